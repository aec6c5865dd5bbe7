//! The promises of both dialects, each against the mock portal, which knows nothing of the client.

use dongbo_model::{Mode, PortalId, Text};
use dongbo_portal::{Outcome, Sent, StepsSeen};
use mock_portal::{Config, FaultKind};
use tokio::task::JoinSet;

use crate::fixture::{CANARIES, maximal, minimal};
use crate::world::{World, in_both, in_both_with};

#[tokio::test]
async fn the_life_of_a_dossier() {
    in_both(async |world: World| {
        for mut dossier in [maximal("H48.57-250915-0012"), minimal("H48.57-250915-0013")] {
            assert_eq!(world.portal.look_up(&dossier, Mode::Push).await, Ok(None));
            let (created, id) = world.create(&dossier).await;
            assert_eq!(created.outcome, Outcome::Delivered, "{created:?}");
            let seen = world.see(&dossier).await;
            assert_eq!((seen.steps, &seen.portal_id), (StepsSeen::Prefix(0), &id));
            assert!(seen.content_equal || !world.creates_whole(), "{seen:?}");
            let updated = world.update(&dossier, id.as_ref()).await;
            assert_eq!(updated.outcome, Outcome::Delivered, "{updated:?}");
            let seen = world.see(&dossier).await;
            assert_eq!((seen.content_equal, seen.status), (true, Some(dossier.status)), "{seen:?}");
            dossier.note = Text::new("rev=4");
            assert!(!world.see(&dossier).await.content_equal);
            assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
            assert!(world.see(&dossier).await.content_equal);
        }
        assert_eq!(world.mock.counters().logins, 1);
    })
    .await;
}

#[tokio::test]
async fn a_create_of_a_known_dossier_is_a_duplicate_that_names_it() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        world.create(&dossier).await;
        let (again, _) = world.create(&dossier).await;
        assert_eq!((again.outcome, again.named), (Outcome::Duplicate, vec![dossier.code.clone()]));
        assert_eq!(world.mock.counters().creates, 1);
    })
    .await;
}

#[tokio::test]
async fn what_changes_a_dossier_that_is_not_there_is_not_found() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        let strange = PortalId::new("khac");
        for id in [None, strange.as_ref()] {
            assert_eq!(world.update(&dossier, id).await.outcome, Outcome::NotFound);
            assert_eq!(world.append(&dossier, id, 0..1).await.outcome, Outcome::NotFound);
        }
        assert_eq!(
            world.portal.probe(&dossier.code).await.outcome,
            Outcome::Delivered,
            "a probe asks for no more"
        );
    })
    .await;
}

#[tokio::test]
async fn steps_are_appended_in_their_order() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        let (_, id) = world.create(&dossier).await;
        for (places, seen) in [(0..1, 1), (1..3, 3)] {
            let answer = world.append(&dossier, id.as_ref(), places).await;
            assert_eq!(answer.outcome, Outcome::Delivered, "{answer:?}");
            assert_eq!(world.see(&dossier).await.steps, StepsSeen::Prefix(seen));
        }
        world.append(&dossier, id.as_ref(), 1..2).await;
        assert_eq!(world.see(&dossier).await.steps, StepsSeen::Differ { twice: 1 });
    })
    .await;
}

#[tokio::test]
async fn what_was_lost_on_the_way_back_is_unknown_and_a_look_up_tells() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        world.strike(world.service_of_create(), FaultKind::CloseBefore {});
        assert_eq!(world.create(&dossier).await.0.outcome, Outcome::Unknown);
        assert_eq!(world.portal.look_up(&dossier, Mode::Push).await, Ok(None));

        world.strike(world.service_of_create(), FaultKind::CloseAfter {});
        let (lost, nothing) = world.create(&dossier).await;
        assert_eq!((lost.outcome, lost.drift, nothing), (Outcome::Unknown, false, None));
        let id = world.see(&dossier).await.portal_id;
        assert_eq!(id.is_some(), !world.creates_whole());

        world.strike(world.service_of_update(), FaultKind::CloseAfter {});
        assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Unknown);
        assert!(world.see(&dossier).await.content_equal);

        world.strike(world.service_of_steps(), FaultKind::CloseAfter {});
        assert_eq!(world.append(&dossier, id.as_ref(), 0..3).await.outcome, Outcome::Unknown);
        assert_eq!(world.see(&dossier).await.steps, StepsSeen::Prefix(3));
    })
    .await;
}

#[tokio::test]
async fn thirty_two_workers_who_meet_a_lapsed_session_cause_one_log_in() {
    in_both(async |world: World| {
        assert_eq!(world.portal.log_in().await.outcome, Outcome::Delivered);
        world.mock.expire_sessions();
        let mut workers = JoinSet::new();
        for number in 0..32 {
            let portal = world.portal.clone();
            workers.spawn(async move {
                let dossier = minimal(&format!("H48-{number}"));
                portal.create(&[Sent { dossier: &dossier, id: None }]).await.outcome
            });
        }
        assert_eq!(workers.join_all().await, [Outcome::Delivered; 32]);
        let counters = world.mock.counters();
        assert_eq!((counters.logins, counters.creates), (2, 32), "{:?}", world.dialect);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_an_auth_failure_told_to_all_and_tried_once() {
    let mut config = Config::default();
    "another".clone_into(&mut config.ndxp.password);
    "another".clone_into(&mut config.rest.client_secret);
    in_both_with(config, async |world: World| {
        let dossier = minimal("H48-1");
        for _ in 0..3 {
            let (answer, _) = world.create(&dossier).await;
            assert_eq!(answer.outcome, Outcome::Auth, "{answer:?}");
            assert!(answer.message.starts_with("Sai"), "{}", answer.message);
        }
        assert_eq!(world.story(), [("log_in", "auth")]);
    })
    .await;
}

#[tokio::test]
async fn faults_are_met_as_what_they_are() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        let (_, id) = world.create(&dossier).await;
        for (kind, outcome, drift) in [
            (FaultKind::Throttle { retry_after_s: 9 }, Outcome::Throttled, false),
            (FaultKind::Status { code: 500, after: false }, Outcome::Unknown, false),
            (FaultKind::Status { code: 503, after: false }, Outcome::Transient, false),
            (FaultKind::Html { after: true }, Outcome::Unknown, true),
            (FaultKind::CutJson { after: true }, Outcome::Unknown, false),
            (FaultKind::UnknownCode { after: false }, Outcome::Unknown, true),
            (FaultKind::SessionLapse {}, Outcome::Delivered, false),
        ] {
            let name = kind.name();
            world.strike(world.service_of_update(), kind);
            let answer = world.update(&dossier, id.as_ref()).await;
            assert_eq!(
                (answer.outcome, answer.drift),
                (outcome, drift),
                "{:?} {name}: {answer:?}",
                world.dialect
            );
            let waits = answer.retry_after.map(|wait| wait.as_secs());
            assert_eq!(waits, (outcome == Outcome::Throttled).then_some(9));
        }
    })
    .await;
}

#[tokio::test]
async fn a_portal_that_is_down_is_transient_and_comes_back() {
    in_both(async |world: World| {
        let dossier = minimal("H48-1");
        world.mock.set_down(true);
        let (answer, _) = world.create(&dossier).await;
        assert_eq!(answer.outcome, Outcome::Transient, "{answer:?}");
        world.mock.set_down(false);
        assert_eq!(world.create(&dossier).await.0.outcome, Outcome::Delivered);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_comes_in_the_portals_words_without_personal_data() {
    in_both(async |world: World| {
        let dossier = maximal("H48-1");
        let (_, id) = world.create(&dossier).await;
        let message = format!("Sai thông tin của {} (tệp Tờ khai.pdf)", CANARIES.join(", "));
        for (service, is_update) in [(world.service_of_update(), true), (world.service_of_steps(), false)] {
            let message =
                if is_update { message.clone() } else { "Sai bước của Lê Văn Bình".to_owned() };
            world.strike(service, FaultKind::RefuseContent { message });
            let answer = if is_update {
                world.update(&dossier, id.as_ref()).await
            } else {
                world.append(&dossier, id.as_ref(), 0..1).await
            };
            assert_eq!((answer.outcome, &answer.named), (Outcome::Rejected, &vec![dossier.code.clone()]));
            assert!(answer.message.contains("Sai"), "{answer:?}");
            for canary in CANARIES.into_iter().chain(["Lê Văn Bình", "Tờ khai.pdf"]) {
                assert!(!format!("{answer:?}").contains(canary), "{answer:?}");
            }
        }
    })
    .await;
}
