//! The table of the verdict: every fact by itself, every two together, and a small product in full.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    DaemonFacts, DifferenceFacts, Facts, FilesHindered, Forecast, Health, Heard, HeldFacts, LedgerFacts,
    ReasonKind, Standing, Stopped, judge,
};
use crate::failures::{Failing, Work};
use crate::vitals::Part;
use dongbo_ledger::Pause;
use dongbo_model::{ErrorClass, FileTrouble, Lang, Owner, Trouble};

/// A fact, and the reason that it has to make.
type Row = (&'static str, fn(&mut Facts), ReasonKind);

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn ago(seconds: i64) -> DateTime<Utc> {
    now() - TimeDelta::seconds(seconds)
}

/// A daemon that has read everything just now, on a ledger all of whose dossiers the portal has.
fn in_step() -> Facts {
    Facts {
        daemon: Heard::Runs(Box::new(DaemonFacts {
            started_at: ago(86_400),
            leads: true,
            has_read: true,
            poll_every: Duration::from_secs(2),
            last_poll: Some(ago(1)),
            forecast_s: Some(0),
            ..DaemonFacts::default()
        })),
        ledger: Ok(LedgerFacts {
            wanted: 10,
            synced: 10,
            last_poll: Some(ago(20)),
            ..LedgerFacts::default()
        }),
        configuration: None,
    }
}

/// Changes what the daemon knows; nothing when none is heard of.
fn daemon(facts: &mut Facts, change: impl FnOnce(&mut DaemonFacts)) {
    if let Heard::Runs(daemon) = &mut facts.daemon {
        change(daemon);
    }
}

/// Changes what the ledger holds; nothing when it cannot be read.
fn ledger(facts: &mut Facts, change: impl FnOnce(&mut LedgerFacts)) {
    if let Ok(ledger) = &mut facts.ledger {
        change(ledger);
    }
}

fn fails(facts: &mut Facts, work: Work, class: ErrorClass, since: DateTime<Utc>) {
    let failing =
        Failing { work, source: String::new(), of: String::new(), class, words: "words".to_owned(), since };
    daemon(facts, |daemon| daemon.failing.push(failing));
}

fn stopped(facts: &mut Facts, trouble: Trouble) {
    let stopped = Stopped { trouble, since: ago(60), words: "words".to_owned(), next_probe: now() };
    daemon(facts, |daemon| daemon.stopped = Some(stopped));
}

fn differ(facts: &mut Facts, owner: Owner) {
    ledger(facts, |ledger| ledger.differences.push(DifferenceFacts { owner, many: 2, since: ago(90_000) }));
}

fn hindered(facts: &mut Facts, trouble: FileTrouble, since: DateTime<Utc>) {
    let files = FilesHindered { trouble, detail: "403".to_owned(), many: 2, since };
    ledger(facts, |ledger| ledger.files_in_trouble.push(files));
}

/// Every fact that keeps both sides from being known to be equal. What takes the daemon or the ledger away comes last: what
/// they know cannot be changed afterwards.
const TABLE: &[Row] = &[
    ("disk full", |facts| fails(facts, Work::Room, ErrorClass::Transient, ago(1)), ReasonKind::DiskFull),
    (
        "ledger fails",
        |facts| fails(facts, Work::Ledger, ErrorClass::Transient, ago(1)),
        ReasonKind::LedgerUnwritable,
    ),
    (
        "hang",
        |facts| daemon(facts, |daemon| daemon.standstill = Some((Part::Live, Some(ago(900))))),
        ReasonKind::Standstill,
    ),
    ("poll refused", |facts| fails(facts, Work::Poll, ErrorClass::Auth, ago(1)), ReasonKind::SourceRefuses),
    ("poll unfit", |facts| fails(facts, Work::Poll, ErrorClass::Config, ago(1)), ReasonKind::MappingUnfit),
    ("read refused", |facts| fails(facts, Work::Read, ErrorClass::Auth, ago(1)), ReasonKind::SourceRefuses),
    ("read unfit", |facts| fails(facts, Work::Read, ErrorClass::Config, ago(1)), ReasonKind::MappingUnfit),
    ("proof unfit", |facts| fails(facts, Work::Proof, ErrorClass::Config, ago(1)), ReasonKind::MappingUnfit),
    ("poll panics", |facts| fails(facts, Work::Poll, ErrorClass::Bug, ago(1)), ReasonKind::ReadingBroken),
    (
        "poll fails for 15 polls",
        |facts| fails(facts, Work::Poll, ErrorClass::Transient, ago(30)),
        ReasonKind::SourceDown,
    ),
    (
        "reads fail for as long",
        |facts| fails(facts, Work::Read, ErrorClass::Transient, ago(30)),
        ReasonKind::SourceDown,
    ),
    (
        "poll fails since the start",
        |facts| {
            daemon(facts, |daemon| daemon.has_read = false);
            fails(facts, Work::Poll, ErrorClass::Transient, ago(1));
        },
        ReasonKind::SourceDown,
    ),
    (
        "no poll ends",
        |facts| daemon(facts, |daemon| daemon.last_poll = Some(ago(151))),
        ReasonKind::ReadingLate,
    ),
    (
        "nobody leads",
        |facts| {
            daemon(facts, |daemon| daemon.leads = false);
            ledger(facts, |ledger| ledger.last_poll = Some(ago(151)));
        },
        ReasonKind::NobodyLeads,
    ),
    ("just started", |facts| daemon(facts, |daemon| daemon.has_read = false), ReasonKind::NotReadYet),
    (
        "rebuilt",
        |facts| ledger(facts, |ledger| ledger.rebuilding = Some(ago(60))),
        ReasonKind::LedgerRebuilding,
    ),
    (
        "comparison late",
        |facts| daemon(facts, |daemon| daemon.comparing.due = Some(ago(86_401))),
        ReasonKind::ComparisonOverdue,
    ),
    (
        "paused",
        |facts| {
            ledger(facts, |ledger| {
                ledger.paused = Some(Pause { since: ago(60), by: "lan".to_owned(), reason: "x".to_owned() })
            });
        },
        ReasonKind::Paused,
    ),
    ("log-in refused", |facts| stopped(facts, Trouble::Auth), ReasonKind::PortalRefuses),
    ("portal elsewhere", |facts| stopped(facts, Trouble::Config), ReasonKind::PortalMisplaced),
    ("portal odd", |facts| stopped(facts, Trouble::Drift), ReasonKind::PortalOdd),
    ("file broken", |facts| facts.configuration = Some("words".to_owned()), ReasonKind::ConfigBroken),
    (
        "reload refused",
        |facts| fails(facts, Work::Reload, ErrorClass::Config, ago(60)),
        ReasonKind::ReloadRefused,
    ),
    (
        "no dossier",
        |facts| ledger(facts, |ledger| (ledger.wanted, ledger.synced) = (0, 0)),
        ReasonKind::NothingGiven,
    ),
    ("held", |facts| ledger(facts, |ledger| ledger.held = 2), ReasonKind::DossiersHeld),
    ("files held", |facts| ledger(facts, |ledger| ledger.files_held = 2), ReasonKind::FilesHeld),
    ("differ", |facts| differ(facts, Owner::Operator), ReasonKind::Differences),
    ("differ for units", |facts| differ(facts, Owner::Unit), ReasonKind::DifferencesOfUnits),
    ("differ for the portal", |facts| differ(facts, Owner::Portal), ReasonKind::DifferencesOfPortal),
    (
        "not fetched",
        |facts| {
            ledger(facts, |ledger| {
                (ledger.files_announced, ledger.files_on_the_way, ledger.oldest_announced) =
                    (2, 2, Some(ago(3 * 86_400 + 1)));
            })
        },
        ReasonKind::FilesUnfetched,
    ),
    ("store misplaced", |facts| hindered(facts, FileTrouble::StoreSettings, ago(1)), ReasonKind::FilesStuck),
    (
        "store down for long",
        |facts| hindered(facts, FileTrouble::StoreDown, ago(3_601)),
        ReasonKind::FilesStuck,
    ),
    (
        "broken off",
        |facts| daemon(facts, |daemon| daemon.comparing.broken_off = 3),
        ReasonKind::ComparisonBrokenOff,
    ),
    (
        "sweep unfit",
        |facts| fails(facts, Work::Sweep, ErrorClass::Config, ago(1)),
        ReasonKind::ComparisonUnfit,
    ),
    (
        "comparison unfit",
        |facts| fails(facts, Work::Compare, ErrorClass::Config, ago(1)),
        ReasonKind::ComparisonUnfit,
    ),
    ("portal down", |facts| stopped(facts, Trouble::Down), ReasonKind::PortalDown),
    (
        "poll fails once",
        |facts| fails(facts, Work::Poll, ErrorClass::Transient, ago(29)),
        ReasonKind::SourceHiccup,
    ),
    (
        "sweep overdue",
        |facts| daemon(facts, |daemon| daemon.sweep_due = Some(ago(86_401))),
        ReasonKind::SweepOverdue,
    ),
    (
        "half of [changed] gone",
        |facts| ledger(facts, |ledger| ledger.changes_gone = vec![(String::new(), 6, ago(86_400))]),
        ReasonKind::ChangesGone,
    ),
    ("not in [sweep]", |facts| ledger(facts, |ledger| ledger.not_swept = 2), ReasonKind::QueriesDisagree),
    ("of a removed source", |facts| ledger(facts, |ledger| ledger.stranded = 2), ReasonKind::SourceRemoved),
    ("not to be followed", |facts| ledger(facts, |ledger| ledger.unfollowed = 2), ReasonKind::RowsUnfollowed),
    (
        "sweep fails once",
        |facts| fails(facts, Work::Sweep, ErrorClass::Transient, ago(1)),
        ReasonKind::ComparisonDelayed,
    ),
    ("due", |facts| ledger(facts, |ledger| (ledger.due, ledger.synced) = (2, 8)), ReasonKind::Sending),
    ("lacking", |facts| ledger(facts, |ledger| ledger.synced = 8), ReasonKind::Sending),
    (
        "waiting",
        |facts| ledger(facts, |ledger| (ledger.waiting, ledger.synced) = (2, 8)),
        ReasonKind::Retrying,
    ),
    (
        "to be fetched",
        |facts| {
            ledger(facts, |ledger| {
                ledger.files_on_the_way += 2;
                ledger.oldest_announced = ledger.oldest_announced.or(Some(ago(60)));
            });
        },
        ReasonKind::FilesOnTheWay,
    ),
    ("store down", |facts| hindered(facts, FileTrouble::StoreDown, ago(60)), ReasonKind::FilesDelayed),
    ("sent again", |facts| differ(facts, Owner::Nobody), ReasonKind::DifferencesPending),
    ("not brought", |facts| differ(facts, Owner::Bridge), ReasonKind::NotBrought),
    (
        "to be looked up",
        |facts| {
            ledger(facts, |ledger| {
                (ledger.watches, ledger.due, ledger.synced) = (true, 2, 8);
            });
        },
        ReasonKind::Looking,
    ),
    (
        "not seen whole",
        |facts| {
            ledger(facts, |ledger| {
                (ledger.watches, ledger.waiting, ledger.synced) = (true, 2, 8);
            });
        },
        ReasonKind::LookingAgain,
    ),
    ("none runs", |facts| facts.daemon = Heard::Nothing, ReasonKind::NoDaemon),
    ("silent", |facts| facts.daemon = Heard::Silence, ReasonKind::DaemonSilent),
    ("not to be asked", |facts| facts.daemon = Heard::Unasked("words".to_owned()), ReasonKind::DaemonUnasked),
    ("ledger unread", |facts| facts.ledger = Err("words".to_owned()), ReasonKind::LedgerUnreadable),
];

/// The reasons of which only one can stand.
const STOPS: [ReasonKind; 4] =
    [ReasonKind::PortalRefuses, ReasonKind::PortalMisplaced, ReasonKind::PortalOdd, ReasonKind::PortalDown];

/// Asserts the rules that every verdict keeps, whatever it is made of.
fn sound(health: &Health, what: &str) {
    let gravest = health.reasons.iter().map(|reason| reason.standing()).max().unwrap_or(Standing::InStep);
    assert_eq!(health.standing, gravest, "{what}");
    assert!(health.reasons.is_sorted_by_key(|reason| reason.kind), "{what}");
    assert_eq!(health.reasons.is_empty(), health.standing == Standing::InStep, "{what}");
    let blind = health.reasons.iter().any(|reason| reason.kind.blinds());
    assert!(!(health.ready && blind), "{what}");
    for &lang in Lang::ALL {
        let green = Standing::InStep.text(lang);
        let says_so = health.headline(lang).starts_with(green);
        assert_eq!(says_so, health.standing == Standing::InStep, "{what}: {}", health.headline(lang));
        let report = serde_json::to_value(health.report(lang)).unwrap();
        assert_eq!(report["standing"], health.standing.name(), "{what}");
        assert_eq!(report["verdict"], health.headline(lang), "{what}");
        assert!(!health.cause(lang).is_empty() && !health.when(lang).is_empty(), "{what}");
    }
}

fn verdict(rows: &[&Row]) -> Health {
    let mut facts = in_step();
    rows.iter().for_each(|(_, make, _)| make(&mut facts));
    let health = judge(&facts, now());
    sound(&health, &rows.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(" + "));
    // What goes over the socket says the same.
    let sent: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(judge(&sent, now()), health);
    health
}

#[test]
fn what_nothing_speaks_against_is_in_step_and_says_what_proves_it() {
    let health = verdict(&[]);
    assert_eq!((health.standing, health.ready, health.forecast), (Standing::InStep, true, Forecast::Nothing));
    assert_eq!(health.headline(Lang::Vi), "Khớp với Cổng: cả 10 hồ sơ");
    assert!(health.cause(Lang::Vi).contains("chưa lần nào được đối chiếu"));
    let mut compared = in_step();
    ledger(&mut compared, |ledger| ledger.last_comparison = Some(ago(3_600)));
    assert!(judge(&compared, now()).cause(Lang::En).contains("last compared 06:00"));
}

#[test]
fn each_fact_by_itself_makes_its_reason_and_every_kind_of_reason_has_one() {
    let mut met = BTreeSet::new();
    for row in TABLE {
        let health = verdict(&[row]);
        assert!(health.reasons.iter().any(|reason| reason.kind == row.2), "{}: {:?}", row.0, health.reasons);
        assert_eq!(health.first().unwrap().kind, row.2, "{}: {:?}", row.0, health.reasons);
        met.insert(row.2);
    }
    assert_eq!(met.into_iter().collect::<Vec<_>>(), ReasonKind::ALL);
}

#[test]
fn of_every_two_facts_the_graver_decides_and_neither_is_lost() {
    for (place, one) in TABLE.iter().enumerate() {
        for two in &TABLE[place + 1..] {
            let health = verdict(&[one, two]);
            // Sending is stopped for one trouble at a time: the later one.
            let stops = |row: &Row| STOPS.contains(&row.2);
            let expected = if stops(one) && stops(two) { two.2 } else { one.2.min(two.2) };
            assert!(health.standing >= expected.standing(), "{} + {}", one.0, two.0);
            // Without daemon or ledger nobody knows what they would say.
            let gone = [
                ReasonKind::NoDaemon,
                ReasonKind::DaemonUnasked,
                ReasonKind::DaemonSilent,
                ReasonKind::LedgerUnreadable,
            ];
            if gone.contains(&two.2) {
                assert_eq!(health.standing, Standing::NotKnown, "{} + {}", one.0, two.0);
            }
        }
    }
}

#[test]
fn in_every_combination_of_the_great_facts_none_is_green_but_the_one_without_any() {
    let chosen: Vec<&Row> = [
        "poll refused",
        "poll fails once",
        "just started",
        "rebuilt",
        "paused",
        "portal down",
        "held",
        "due",
        "differ",
        "none runs",
        "ledger unread",
    ]
    .iter()
    .map(|name| TABLE.iter().find(|row| row.0 == *name).unwrap())
    .collect();
    for set in 0_u32..1 << chosen.len() {
        let rows: Vec<&Row> = chosen
            .iter()
            .enumerate()
            .filter(|(place, _)| set & (1 << place) != 0)
            .map(|(_, row)| *row)
            .collect();
        let health = verdict(&rows);
        assert_eq!(health.standing == Standing::InStep, rows.is_empty());
    }
}

#[test]
fn what_only_goes_as_a_link_is_a_note_and_changes_nothing() {
    let mut facts = in_step();
    ledger(&mut facts, |ledger| (ledger.links, ledger.not_sent) = (10_779, 3));
    let health = judge(&facts, now());
    assert_eq!(health.standing, Standing::InStep);
    let notes: Vec<String> = health.notes.iter().map(|note| note.text(Lang::Vi)).collect();
    assert!(notes[0].starts_with("10.779 tệp gửi bằng đường dẫn của hệ thống một cửa"), "{notes:?}");
}

#[test]
fn a_poll_that_has_failed_for_fourteen_polls_is_a_hiccup_and_for_fifteen_makes_it_not_known() {
    for (seconds, standing) in [(29, Standing::Working), (30, Standing::NotKnown)] {
        let mut facts = in_step();
        fails(&mut facts, Work::Poll, ErrorClass::Transient, ago(seconds));
        assert_eq!(judge(&facts, now()).standing, standing, "{seconds} s");
    }
}

#[test]
fn a_long_first_reading_is_not_late_while_pages_come() {
    let mut facts = in_step();
    daemon(&mut facts, |daemon| (daemon.last_poll, daemon.last_reading) = (Some(ago(4_000)), Some(ago(2))));
    assert_eq!(judge(&facts, now()).standing, Standing::InStep);
}

#[test]
fn the_graver_kinds_come_first_and_only_what_is_not_known_blinds() {
    let standings: Vec<Standing> = ReasonKind::ALL.iter().map(|kind| kind.standing()).collect();
    assert!(standings.is_sorted_by(|one, two| one >= two), "{standings:?}");
    for kind in ReasonKind::ALL {
        assert!(kind.standing() != Standing::InStep, "{}", kind.name());
        assert!(!kind.blinds() || kind.standing() == Standing::NotKnown, "{}", kind.name());
    }
}

#[test]
fn every_reason_and_remedy_fits_its_line() {
    for kind in ReasonKind::ALL {
        for &lang in Lang::ALL {
            let headline = kind.text(lang).replace("{}", &lang.count(99_999));
            for text in [headline.as_str(), kind.remedy(lang)] {
                assert!(text.chars().count() <= 64, "{} in {}: {text}", kind.name(), lang.name());
            }
        }
    }
}

#[test]
fn held_is_told_by_owner() {
    let mut facts = in_step();
    ledger(&mut facts, |ledger| {
        ledger.held = 5;
        ledger.held_by.insert(Owner::Operator, HeldFacts { dossiers: 4, files: 0 });
        ledger.held_by.insert(Owner::Unit, HeldFacts { dossiers: 1, files: 2 });
    });
    let health = judge(&facts, now());
    let held = "1 hồ sơ, 2 tệp (đơn vị xử lý hồ sơ); 4 hồ sơ (quản trị dongbo)";
    assert_eq!(health.held(Lang::Vi), held);
}
