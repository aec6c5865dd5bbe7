use super::super::rule::Window;
use super::*;

fn subject(dossiers: &[String]) -> Subject<'_> {
    Subject { service: Service::Upsert, is_create: true, dossiers }
}

fn struck(board: &FaultBoard, dossiers: &[&str]) -> Vec<String> {
    let dossiers: Vec<String> = dossiers.iter().map(|&code| code.to_owned()).collect();
    let decision = board.decide(&subject(&dossiers), Duration::from_secs(5));
    decision.fired.iter().map(|fired| fired.id.to_string()).collect()
}

fn board(rules: impl IntoIterator<Item = FaultRule>) -> FaultBoard {
    let board = FaultBoard::new(7);
    for rule in rules {
        board.add(rule).unwrap();
    }
    board
}

#[test]
fn delays_add_up_and_the_first_other_fault_ends_the_search() {
    let delay = |ms| FaultRule::new(FaultKind::Delay { ms, ms_max: None });
    let board = board([
        delay(10),
        FaultRule::new(FaultKind::CloseAfter {}).named("cut"),
        delay(100),
        FaultRule::new(FaultKind::Lie {}),
    ]);
    let decision = board.decide(&subject(&[]), Duration::ZERO);
    assert_eq!(decision.pause, Duration::from_millis(10));
    assert_eq!(decision.fired.len(), 2);
    assert_eq!(&*decision.fired[1].id, "cut");
}

#[test]
fn rules_strike_what_they_are_about_only() {
    let about = |service| FaultRule::new(FaultKind::CloseBefore {}).on(service);
    assert!(struck(&board([about(Service::LookUp)]), &["A"]).is_empty());
    assert_eq!(struck(&board([about(Service::Upsert)]), &["A"]).len(), 1);
    let one = || board([FaultRule::new(FaultKind::Lie {}).for_dossier("B")]);
    assert!(struck(&one(), &["A"]).is_empty());
    assert!(struck(&one(), &[]).is_empty());
    assert_eq!(struck(&one(), &["A", "B"]).len(), 1);
    // Meant for writes: a log-in passes it by.
    let log_in = Subject { service: Service::Auth, is_create: false, dossiers: &[] };
    let lies = board([FaultRule::new(FaultKind::Lie {}), FaultRule::new(FaultKind::SessionLapse {})]);
    assert!(lies.decide(&log_in, Duration::ZERO).fired.is_empty());
}

#[test]
fn count_window_and_probability_limit_a_rule() {
    let rule = || FaultRule::new(FaultKind::CloseBefore {});
    let twice = board([rule().times(2)]);
    assert_eq!((0..5).map(|_| struck(&twice, &[]).len()).sum::<usize>(), 2);
    assert_eq!(twice.list()[0].fired, 2);

    let window = |from_s, to_s| FaultRule { window: Some(Window { from_s, to_s }), ..rule() };
    for (from, to, hits) in [(0.0, 5.0, 0), (5.0, 6.0, 1), (6.0, 9.0, 0)] {
        assert_eq!(struck(&board([window(from, to)]), &[]).len(), hits, "{from}..{to}");
    }

    let sometimes = board([rule().with_probability(0.3)]);
    let hits = (0..1_000).filter(|_| !struck(&sometimes, &[]).is_empty()).count();
    assert!((250..350).contains(&hits), "{hits}");
    assert!(struck(&board([rule().with_probability(0.0)]), &[]).is_empty());
}

#[test]
fn a_seed_repeats_and_another_rule_does_not_shift_the_draws() {
    let rule = || FaultRule::new(FaultKind::CloseBefore {}).named("r").with_probability(0.5);
    let other = FaultRule::new(FaultKind::Delay { ms: 1, ms_max: Some(9) }).with_probability(0.5);
    let (one, two) = (board([rule()]), board([other, rule()]));
    for _ in 0..200 {
        let hit = |board| struck(board, &[]).contains(&"r".to_owned());
        assert_eq!(hit(&one), hit(&two));
    }
}

#[test]
fn hashed_dossiers_are_those_that_is_chosen_names() {
    let rule = FaultRule::new(FaultKind::Lie {}).named("h").for_percent_of_dossiers(20.0);
    let board = board([rule]);
    for n in 0..200 {
        let code = format!("H48-{n}");
        assert_eq!(!struck(&board, &[&code]).is_empty(), chance::is_chosen(7, "h", &code, 20.0));
    }
}

#[test]
fn a_rule_of_the_same_name_takes_the_place_of_the_old() {
    let rule = |kind| FaultRule::new(kind).named("a");
    let board = board([rule(FaultKind::CloseBefore {}), rule(FaultKind::CloseAfter {})]);
    assert_eq!(board.list().len(), 1);
    assert_eq!(board.list()[0].rule.kind, FaultKind::CloseAfter {});
    assert!(board.remove("a"));
    assert!(!board.remove("a"));
    assert!(struck(&board, &[]).is_empty());
}

#[test]
fn refusing_connections_is_decided_before_the_body_unless_the_rule_is_narrower() {
    let rule = || FaultRule::new(FaultKind::RefuseConnection {});
    let early = |board: &FaultBoard, is_auth: bool| {
        board.decide_early(is_auth.then_some(Service::Auth), Duration::ZERO).is_some()
    };
    let every = board([rule()]);
    assert!(early(&every, false) && early(&every, true) && struck(&every, &[]).is_empty());
    let log_in = board([rule().on(Service::Auth)]);
    assert!(!early(&log_in, false) && early(&log_in, true));
    let narrow = board([rule().on(Service::Upsert)]);
    assert!(!early(&narrow, false) && struck(&narrow, &[]).len() == 1);
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let rule = || FaultRule::new(FaultKind::Lie {});
    let wrong = [
        rule().with_probability(1.1),
        rule().with_probability(f64::NAN),
        rule().for_percent_of_dossiers(101.0),
        FaultRule { service: "TraCuu".to_owned(), ..rule() },
        FaultRule { window: Some(Window { from_s: 2.0, to_s: 1.0 }), ..rule() },
        FaultRule { window: Some(Window { from_s: 0.0, to_s: f64::NAN }), ..rule() },
        FaultRule::new(FaultKind::Status { code: 404, after: false }),
        FaultRule::new(FaultKind::Delay { ms: 5, ms_max: Some(4) }),
    ];
    let board = FaultBoard::new(1);
    for rule in wrong {
        assert!(board.add(rule.clone()).is_err(), "{rule:?}");
    }
    assert!(board.list().is_empty());
}
