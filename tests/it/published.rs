//! The figures that the portal publishes: fetched politely, kept as they came, and shown with what is missing.

use dongbo_indicators::fetched::Question;
use dongbo_ledger::{PublicationKey, PublicationOutcome};
use dongbo_model::{Month, Period};
use dongbo_portal::{Figures, Metric, OddKind, Published, Topic};
use dongbo_sync::published::questions;
use mock_portal::Evaluation;
use serde_json::{Value, json};

use crate::kit::until;
use crate::process::command;
use support::{Plan, Rig, Running, now, sample};

const UNIT: &str = "H48.57";

/// The last month that is over.
fn last_month() -> Month {
    Month(Month::of(now()).0 - 1)
}

/// A rig that fetches published figures of three months, from a portal that has three dossiers of the unit of the last one, and one
/// of its province of each.
async fn rig(evaluation: Evaluation) -> Rig {
    let overrides = "[published]\nfetch = \"* * * * * *\"\nmonths = 3\nagain_for = \"0s\"".to_owned();
    let rig = Rig::new(Plan { dossiers: 0, overrides, ..Plan::default() }).await;
    rig.mock.set_evaluation(evaluation);
    let plant = |code: &str, unit: &str, back: i64, status: &str| {
        let month = Month(last_month().0 - back).to_string().replace('-', "");
        let fields = json!({ "MaHoSo": code, "DonViXuLy": unit, "MaTTHC": "1.001193", "TrangThaiHoSo": status,
            "NgayTiepNhan": format!("{month}05080000"), "KenhThucHien": "1", "DanhSachGiayToKetQua": [{}] });
        rig.mock.plant(code, fields.as_object().unwrap());
    };
    for (code, status) in [("A", "10"), ("B", "10"), ("C", "4")] {
        plant(code, UNIT, 0, status);
    }
    for (code, back) in [("D", 0), ("E", 1), ("F", 2)] {
        plant(code, "H48", back, "10");
    }
    rig
}

/// The outcome of every question that is to be asked, when all were; else `None`.
async fn outcomes(rig: &Rig, running: &Running) -> Option<Vec<(Question, PublicationOutcome)>> {
    let states = running.ledger.publications().await.unwrap();
    let of = |key: &PublicationKey| states.iter().find(|state| state.key == *key).map(|state| state.outcome);
    let all = questions(&rig.config.published, now()).into_iter();
    all.map(|question| Some((question, of(&question.key(""))?))).collect()
}

async fn read(running: &Running, topic: Topic, period: Period) -> Published {
    let kept = running.ledger.publication(&Question { topic, period }.key(""), 9).await.unwrap();
    let raw: Vec<&str> = kept[0].pages.iter().map(|page| page.raw.as_str()).collect();
    assert_eq!(kept[0].pages[0].http, 201);
    Published::read(topic, &raw).unwrap()
}

fn metrics(published: &Published) -> &[Metric] {
    match &published.of_unit(UNIT).unwrap().figures {
        Figures::Metrics(metrics) => metrics,
        other => panic!("{other:?}"),
    }
}

fn shown(rig: &Rig, words: &[&str]) -> (Option<i32>, Value) {
    let config = rig.folder.join("dongbo.toml");
    let command = &mut command();
    let output = command.args(["indicators", "published", "--json"]).args(words).arg("--config").arg(config);
    let output = output.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let view = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    (output.status.code(), view)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_fetched_once_and_kept_as_it_came_with_its_flags() {
    let settings = Evaluation { ended_only: true, provisional: true, ..Evaluation::default() };
    let rig = rig(settings).await;
    let running = rig.start().await;
    until("fetched", async || outcomes(&rig, &running).await.is_some()).await;
    let all = outcomes(&rig, &running).await.unwrap();
    let published = PublicationOutcome::Published;
    assert!(
        all.iter().all(|(_, outcome)| *outcome == published),
        "nothing was asked before its end: {all:?}"
    );
    assert_eq!(rig.mock.evaluation_calls(), u64::try_from(all.len()).unwrap());

    let month = Period::Month(last_month());
    let disclosure = read(&running, Topic::Disclosure, month).await;
    let sync = metrics(&disclosure).iter().find(|metric| metric.code == "DOSSIER_SYNC").unwrap();
    assert_eq!((sync.numerator, sync.denominator, sync.score), (Some(3), Some(3), Some(6.0)));
    assert_eq!(sync.data_quality.as_deref(), Some("TEMP_NATIONAL_REPORT_DENOMINATOR"));
    let results = &metrics(&read(&running, Topic::Digitisation, month).await)[0].clone();
    assert_eq!((results.numerator, results.denominator, results.ratio), (Some(2), Some(3), Some(66.67)));
    let before = read(&running, Topic::Digitisation, Period::Month(Month(last_month().0 - 1))).await;
    assert_eq!(
        (metrics(&before)[0].denominator, metrics(&before)[0].score),
        (Some(0), None),
        "0/0 has no score"
    );
    let units = read(&running, Topic::Units, month).await;
    let Figures::Score(score) = &units.of_unit(UNIT).unwrap().figures else { panic!("{units:?}") };
    assert_eq!((score.radar.len(), score.monthly.len()), (6, 12));
    let provinces = read(&running, Topic::Provinces, month).await;
    assert!(
        matches!(&provinces.rows[0].figures, Figures::Score(score) if score.rank == Some(1)),
        "{provinces:?}"
    );

    let (ended, view) = shown(&rig, &["--period", &month.to_string(), "--unit", UNIT]);
    assert_eq!((ended, view["figures"].as_array().unwrap().len()), (Some(0), Topic::ALL.len()), "{view}");
    let progress = view["figures"].as_array().unwrap().iter().find(|one| one["topic"] == "progress").unwrap();
    assert_eq!(progress["row"]["figures"]["tree"]["totalReceived"], 3.0);
    let metrics = running.metrics().await;
    assert_eq!(sample(&metrics, "dongbo_published_missing"), Some(0.0));
    assert!(sample(&metrics, "dongbo_published_last_answer_timestamp_seconds").is_some());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_month_news_and_null_are_named_and_nothing_is_made_up() {
    let month = Period::Month(last_month());
    let settings = Evaluation {
        unpublished: vec![month.to_string()],
        nulls: vec![UNIT.to_owned()],
        news: true,
        ..Evaluation::default()
    };
    let rig = rig(settings.clone()).await;
    let running = rig.start().await;
    until("fetched", async || outcomes(&rig, &running).await.is_some()).await;
    for (question, outcome) in outcomes(&rig, &running).await.unwrap() {
        let is_missing = question.period.months().contains(&last_month());
        let expected = if is_missing { PublicationOutcome::Missing } else { PublicationOutcome::Published };
        assert_eq!(outcome, expected, "{question:?}");
    }
    let before = read(&running, Topic::Disclosure, Period::Month(Month(last_month().0 - 1))).await;
    let named: Vec<(OddKind, &str)> = before.odd.iter().map(|odd| (odd.kind, odd.name.as_str())).collect();
    let expected = [
        (OddKind::UnknownCode, "AI_SUPPORTED_DOSSIER"),
        (OddKind::UnknownField, "generatedBy"),
        (OddKind::UnknownField, "weight"),
    ];
    assert_eq!(named, expected);
    let sync = metrics(&before).iter().find(|metric| metric.code == "DOSSIER_SYNC").unwrap();
    assert_eq!((sync.numerator, sync.denominator, sync.ratio, sync.score), (None, None, None, None));
    assert_eq!(sync.data_quality.as_deref(), Some("NO_NATIONAL_REPORT_DATA"));
    let (ended, view) = shown(&rig, &["--period", &month.to_string()]);
    assert_eq!((ended, view["figures"].as_array().unwrap().len()), (Some(3), 0), "{view}");
    assert_eq!(view["periods"][0]["missing"].as_array().unwrap().len(), Topic::ALL.len());
    assert!(sample(&running.metrics().await, "dongbo_published_missing").is_some_and(|many| many >= 8.0));

    rig.mock.set_evaluation(Evaluation { unpublished: Vec::new(), ..settings });
    until("asked again", async || {
        let all = outcomes(&rig, &running).await.unwrap();
        all.iter().all(|(_, outcome)| *outcome == PublicationOutcome::Published)
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_ends_the_round_at_once_and_a_restart_goes_on_with_what_is_left() {
    let rig = rig(Evaluation::default()).await;
    rig.mock.set_evaluation(Evaluation { fail_call: Some(3), ..Evaluation::default() });
    let running = rig.start().await;
    let failed = async |running: &Running| {
        let states = running.ledger.publications().await.unwrap();
        states.iter().filter(|state| state.outcome == PublicationOutcome::Failed).count()
    };
    let all = questions(&rig.config.published, now()).len();
    until("asked", async || outcomes(&rig, &running).await.is_some()).await;
    assert_eq!((failed(&running).await, rig.mock.evaluation_calls()), (1, u64::try_from(all).unwrap()));
    let (ended, view) = shown(&rig, &[]);
    let told =
        view["periods"].as_array().unwrap().iter().flat_map(|period| period["failed"].as_array().unwrap());
    let told: Vec<&str> = told.map(|failed| failed["why"].as_str().unwrap()).collect();
    assert_eq!((ended, told), (Some(3), vec!["the evaluation API gave no counts: HTTP 500"]));
    running.stop().await;

    // A ledger that knows nothing yet, before a portal that refuses.
    let rig = self::rig(Evaluation { refuse_with: 403, ..Evaluation::default() }).await;
    let running = rig.start().await;
    let refused = "dongbo_published_questions_total{outcome=\"refused\"}";
    until("refused", async || sample(&running.metrics().await, refused) == Some(1.0)).await;
    running.stop().await;
    assert_eq!(rig.mock.evaluation_calls(), 1, "after a refusal nothing more is asked");
    rig.mock.set_evaluation(Evaluation::default());
    let running = rig.start().await;
    until("fetched", async || outcomes(&rig, &running).await.is_some()).await;
    assert_eq!(rig.mock.evaluation_calls(), 1 + u64::try_from(all).unwrap());
    running.stop().await;
}
