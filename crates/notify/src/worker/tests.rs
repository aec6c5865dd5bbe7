use chrono::{DateTime, TimeDelta, Utc};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{Due, Outcome, due, note};
use crate::alert::{Alert, AlertKind, advance};
use crate::error::SendError;
use crate::memory::{Memory, Told};
use crate::settings::Settings;
use dongbo_sync::health::ReasonKind;

/// Nine in the evening in Vietnam, and minutes later.
fn at(minutes: i64) -> DateTime<Utc> {
    "2026-03-02T14:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

fn settings(more: &str) -> Settings {
    toml::from_str(&format!(
        "raise_after = \"0s\"\nover_after = \"0s\"\n[[way]]\nname = \"w\"\nkind = \"folder\"\n{more}"
    ))
    .unwrap()
}

fn alert(kind: ReasonKind) -> Alert {
    let (kind, source, watches) = (AlertKind::Reason(kind), String::new(), false);
    Alert { kind, source, since: at(0), many: None, watches, times: 1, gone_at: None }
}

fn knowing(alerts: Vec<Alert>) -> Memory {
    Memory { alerts, ways: [("w".to_owned(), Told::nothing(at(0)))].into() }
}

fn news(due: &[Due<'_>]) -> Vec<&'static str> {
    due.iter().flat_map(|due| &due.news).map(|alert| alert.kind.name()).collect()
}

/// Notes that the way took all that was due.
fn tell(settings: &Settings, memory: &mut Memory, minutes: i64) {
    for due in due(settings, &memory.clone(), at(minutes)) {
        let outcome = Outcome { bulletin: false, sent: Ok(()) };
        let told = memory.ways.get_mut("w").unwrap();
        note(told, &due, outcome, at(minutes), &mut StdRng::seed_from_u64(1));
    }
}

#[test]
fn quiet_hours_hold_back_all_but_what_keeps_anybody_from_knowing() {
    let settings = settings("quiet_hours = \"21:00-06:00\"");
    let memory = knowing(vec![alert(ReasonKind::SourceDown), alert(ReasonKind::DossiersHeld)]);
    assert_eq!(news(&due(&settings, &memory, at(1))), ["source_down"]);
    assert_eq!(news(&due(&settings, &memory, at(9 * 60))), ["source_down", "dossiers_held"]);
    let strict = Settings { urgent_in_quiet: false, ..settings };
    assert!(due(&strict, &memory, at(1)).is_empty());
}

#[test]
fn a_way_is_told_of_its_own_owners_alerts_and_of_an_end_only_where_it_was_told_of_the_beginning() {
    let settings = settings("alerts = [\"host\"]");
    let mut memory = knowing(vec![alert(ReasonKind::DiskFull), alert(ReasonKind::DossiersHeld)]);
    assert_eq!(news(&due(&settings, &memory, at(1))), ["disk_full"]);
    tell(&settings, &mut memory, 1);
    assert!(due(&settings, &memory, at(2)).is_empty(), "it is told once");
    advance(&mut memory.alerts, Vec::new(), &settings, at(3));
    let ended = due(&settings, &memory, at(3));
    let ended: Vec<_> = ended.iter().flat_map(|due| &due.ended).map(|alert| alert.kind.name()).collect();
    assert_eq!(ended, ["disk_full"]);
    tell(&settings, &mut memory, 3);
    assert!(due(&settings, &memory, at(4)).is_empty(), "and its end, too");
}

#[test]
fn a_way_that_failed_is_left_alone_for_a_while_and_then_told_all_at_once() {
    let settings = settings("");
    let mut memory = knowing(vec![alert(ReasonKind::DiskFull)]);
    let mut chance = StdRng::seed_from_u64(1);
    let retry_after = Some(std::time::Duration::from_secs(600));
    let failed = SendError { retry_after, ..SendError::transient("away") };
    let first = due(&settings, &memory, at(1)).remove(0);
    let told = memory.ways.get_mut("w").unwrap();
    note(told, &first, Outcome { bulletin: false, sent: Err(failed) }, at(1), &mut chance);
    memory.alerts.push(alert(ReasonKind::DossiersHeld));
    assert!(due(&settings, &memory, at(10)).is_empty());
    assert_eq!(news(&due(&settings, &memory, at(11))), ["disk_full", "dossiers_held"]);
    assert_eq!(memory.ways["w"].failing.as_ref().map(|failing| failing.failures), Some(1));
}

#[test]
fn a_bulletin_that_was_missed_is_due_once() {
    let settings = Settings { bulletin: "0 30 6 * * *".to_owned(), ..settings("") };
    let mut memory = knowing(Vec::new());
    assert!(due(&settings, &memory, at(9 * 60 + 29)).is_empty());
    let days_later = at(3 * 24 * 60);
    let late = due(&settings, &memory, days_later).remove(0);
    assert!(late.bulletin);
    let told = memory.ways.get_mut("w").unwrap();
    note(told, &late, Outcome { bulletin: true, sent: Ok(()) }, days_later, &mut StdRng::seed_from_u64(1));
    assert!(due(&settings, &memory, days_later + TimeDelta::minutes(1)).is_empty());
}
