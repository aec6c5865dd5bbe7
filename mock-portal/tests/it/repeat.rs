//! A seed repeats a serial run exactly, and every kind of fault is met in the nasty set.

use mock_portal::{Config, Counters, FaultKind, Faults};

use crate::support::{Told, World, dossier, step};

/// The answers to a client in a run; faults that wait are shortened.
async fn nasty_run(seed: u64, rounds: usize) -> (Vec<Result<Told, ()>>, Counters) {
    let mut world = World::with(Config { seed, ..Config::default() }).await;
    let quick = Faults::nasty().into_iter().map(|mut rule| {
        rule.kind = match rule.kind {
            FaultKind::Delay { .. } => FaultKind::Delay { ms: 0, ms_max: Some(1) },
            FaultKind::Hang { .. } => FaultKind::Hang { max_ms: 1 },
            FaultKind::Late { .. } => FaultKind::Late { ms: 0 },
            kind => kind,
        };
        rule.probability *= 4.0;
        rule
    });
    world.portal.add_faults(quick).unwrap();
    let mut told = Vec::new();
    for round in 0..rounds {
        let code = format!("H48-{:03}", round / 2);
        let answer = match round % 2 {
            0 => world.create(&[dossier(&code), dossier(&format!("{code}x"))]).await,
            _ => world.steps(&[step(&code, "20250915081500")]).await,
        };
        // A late request lands before the next call, so that chance alone decides the run.
        world.portal.settle().await;
        let lapsed = answer.as_ref().is_ok_and(|told| told.text.contains("hết phiên"));
        told.push(answer.map_err(|_| ()));
        while lapsed && !world.try_log_in().await {}
    }
    (told, world.portal.counters())
}

#[tokio::test]
async fn the_same_seed_gives_the_same_run_and_another_does_not() {
    let (told, counters) = nasty_run(7, 100).await;
    let (again, counters_again) = nasty_run(7, 100).await;
    assert_eq!(told, again);
    assert_eq!(counters, counters_again);
    let (other, _) = nasty_run(8, 100).await;
    assert_ne!(told, other);
}

#[tokio::test]
async fn a_long_run_meets_every_kind() {
    let (_, counters) = nasty_run(1, 500).await;
    // No file is uploaded here, so none is damaged; and no client outlives repeated steps.
    for name in FaultKind::NAMES.into_iter().filter(|name| !["damage", "repeat"].contains(name)) {
        assert!(counters.faults_by_kind.contains_key(name), "{name}: {:?}", counters.faults_by_kind);
    }
}

#[tokio::test]
async fn what_was_kept_outlives_the_portal_and_what_came_twice_is_still_counted() {
    let file = std::env::temp_dir().join(format!("mock-portal-kept-{}.jsonl", std::process::id()));
    let config = Config { keep: Some(file.clone()), ..Config::default() };
    let code = "H48.31-260302-0001";
    let world = World::with(config.clone()).await;
    assert!(world.create(&[dossier(code)]).await.unwrap().is_success());
    let twice = step(code, "20260302080000");
    assert!(world.steps(std::slice::from_ref(&twice)).await.unwrap().is_success());
    let before = world.portal.dossier(code);
    drop(world);

    let world = World::with(config).await;
    assert_eq!(world.portal.dossier(code), before);
    assert!(!world.create(&[dossier(code)]).await.unwrap().is_success(), "it is known");
    assert!(world.steps(&[twice]).await.unwrap().is_success());
    std::fs::remove_file(file).unwrap();
    let counters = world.portal.counters();
    assert_eq!((counters.creates, counters.steps, counters.duplicate_steps), (1, 2, 1));
}
