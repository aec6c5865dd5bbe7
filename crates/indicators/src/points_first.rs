//! What is saved by sending what most points hang on before a month closes: a simulated backlog that is sent in part, once in the order in
//! which it fell due and once ranked, on a real ledger.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{
    Book, Cutoff, FormulaSet, Given, Hundredths, Indicator, Question, Settings, Sides, Sum, Tally,
    moved_ahead, value,
};
use chrono::{DateTime, TimeDelta, Utc};
use dongbo_ledger::{
    Accepted, Claim, Doubt, FactsNews, Landing, Lane, Ledger, Next, Proof, Settlement, SideNews, Touch,
    Wanted,
};
use dongbo_model::{
    ApplicantKind, Channel, DossierCode, Ended, Facts, Fees, Fingerprint, Month, Papers, Period, Results,
    Status, Text,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

const UNIT: &str = "H48.57";
const DOSSIERS: usize = 600;
/// Dossiers that can be sent before the month closes.
const SENT: usize = 200;
const LEASE: Duration = Duration::from_secs(60);

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}+07:00").parse().unwrap()
}

/// A dossier of the local system, and what the portal has of it.
#[derive(Clone)]
struct Dossier {
    code: String,
    local: Facts,
    portal: Option<Facts>,
}

fn facts(received_at: DateTime<Utc>) -> Facts {
    let end = Ended { status: Status::Processed, at: received_at + TimeDelta::hours(5) };
    Facts {
        unit: Text::new(UNIT),
        procedure: Text::new("2.000815"),
        received_by: None,
        status: Status::Processed,
        channel: Some(Channel::InPerson),
        submitted_to: None,
        applicant: ApplicantKind::Citizen,
        submitted_at: Some(received_at),
        received_at: Some(received_at),
        due_at: Some(received_at + TimeDelta::days(3)),
        finished_at: Some(end.at),
        returned_at: None,
        ended: Some(end),
        asked: 0,
        first_asked_at: None,
        waiting_since: None,
        waited: 0,
        vneid: None,
        digitised_flag: None,
        paid_online: None,
        fees: Fees::None,
        papers: Papers { any: true, any_with_file: true, ..Papers::default() },
        digitised_at: None,
        results: Results { any: true, any_with_link: true, any_with_link_and_code: true },
        databases: false,
        officer: None,
    }
}

/// A commune's backlog: texts that were changed of what the portal has whole, ends and results that it lacks, dossiers that it does not
/// have at all, and old ones.
fn backlog() -> Vec<Dossier> {
    let mut chance = StdRng::seed_from_u64(17);
    let dossier = |number: usize| {
        let (kind, day) = (chance.random_range(0..10), chance.random_range(1..25_u32));
        let received_at =
            if kind == 9 { at("2025-10-06T08:00:00") } else { at(&format!("2026-08-{day:02}T08:00:00")) };
        let local = facts(received_at);
        let portal = match kind {
            0..6 | 9 => Some(local.clone()),
            6 => Some(Facts { ended: None, status: Status::InProcess, ..local.clone() }),
            7 => Some(Facts { results: Results::default(), ..local.clone() }),
            _ => None,
        };
        Dossier { code: format!("H48.57-{number:04}"), local, portal }
    };
    (0..DOSSIERS).map(dossier).collect()
}

/// The points of August by what the portal has.
fn points(book: &Book, dossiers: &BTreeMap<String, Dossier>) -> Hundredths {
    let period = Period::Month(Month::of(at("2026-08-15T12:00:00")));
    let cutoff = Cutoff::of(period, at("2026-09-01T00:00:00"));
    let sum = |facts: Vec<&Facts>| {
        let mut sum = Sum::of(period, cutoff);
        for facts in facts {
            let (cell, rules) = (facts.cell(), book.rules("2.000815"));
            let mut tally = Tally::default();
            tally.count(facts, &rules, &book.calendar, cell.month);
            sum.add(&cell, &tally, &rules);
        }
        sum
    };
    let local = sum(dossiers.values().map(|one| &one.local).collect());
    let portal = sum(dossiers.values().filter_map(|one| one.portal.as_ref()).collect());
    let sides = Sides {
        shown: &portal,
        local_received: local.raw.received,
        portal_received: portal.raw.received,
        period,
    };
    let of = [
        Indicator::Synchronised,
        Indicator::OnTime,
        Indicator::ElectronicResult,
        Indicator::Digitised,
        Indicator::Satisfaction,
    ];
    let value = |indicator| value(indicator, FormulaSet::P202609, &sides, &Given::default()).unwrap();
    Hundredths(of.into_iter().filter_map(|indicator| Some(value(indicator).points?.0)).sum())
}

fn settlement(claim: &Claim, facts: FactsNews) -> Settlement {
    let fingerprint = Fingerprint::parse(&"a".repeat(32));
    Settlement {
        code: claim.code.clone(),
        fence: claim.fence,
        touches: claim.touches,
        next: Next::Synced,
        attempts: 0,
        doubt: Doubt::None,
        wanted: Some(Wanted { content: fingerprint.unwrap(), steps: 0, steps_fp: None }),
        accepted: Accepted { on_portal: true, content: fingerprint, ..Accepted::default() },
        findings: Some(Vec::new()),
        rounds: claim.rounds.clone(),
        landing: Landing::default(),
        history_shown: None,
        delayed: None,
        facts,
        attempt: None,
        cell: None,
        proof: Proof::Sent,
        unproved_links: None,
        files: None,
    }
}

async fn touch(ledger: &Ledger, code: &str, now: DateTime<Utc>) {
    let touch = Touch {
        key: code.to_owned(),
        code: DossierCode::new(code),
        unit: UNIT.to_owned(),
        changed_at: now,
        finding: None,
    };
    ledger.touch(&[touch], None, now, Duration::ZERO, Duration::from_secs(300)).await.unwrap();
}

/// The points at the end of the month when the backlog is sent in part.
async fn sent_in_part(ranked: bool) -> Hundredths {
    let folder = tempfile::tempdir().unwrap();
    let settings = dongbo_ledger::Settings {
        path: folder.path().join("ledger.sqlite"),
        ..dongbo_ledger::Settings::default()
    };
    let ledger = Ledger::of(&settings).await.unwrap();
    let book = Book::open(&Settings::default(), Vec::new()).unwrap();
    let mut dossiers: BTreeMap<String, Dossier> =
        backlog().into_iter().map(|one| (one.code.clone(), one)).collect();
    let mut now = at("2026-08-25T08:00:00");
    for code in dossiers.iter().filter(|(_, one)| one.portal.is_some()).map(|(code, _)| code) {
        touch(&ledger, code, now).await;
    }
    let claims = ledger.claim(Lane::ALL, DOSSIERS, 0, "test", LEASE, now).await.unwrap().claims;
    let known = |facts: &Facts| SideNews::Known(Box::new(facts.clone()));
    let settled: Vec<Settlement> = claims
        .iter()
        .map(|claim| {
            let portal = dossiers[claim.code.as_str()].portal.as_ref().unwrap();
            settlement(claim, FactsNews { local: known(portal), portal: known(portal), steps: 0 })
        })
        .collect();
    ledger.settle(&settled, now).await.unwrap();

    now = at("2026-08-28T08:00:00");
    let began = now;
    for code in dossiers.keys() {
        now += TimeDelta::seconds(30);
        touch(&ledger, code, now).await;
    }
    if ranked {
        let period = Period::Month(Month::of(now));
        let question = Question { period, unit: None, procedures: None, set: book.set, now };
        let page = ledger.waiting_between(began, now, "", 10_000).await.unwrap();
        assert_eq!((page.dossiers.len(), page.next), (DOSSIERS, None));
        let ahead = page.dossiers.into_iter().map(|one| {
            let by = moved_ahead(&book, &question, one.local.as_ref(), one.portal.as_ref());
            (one, by)
        });
        ledger.move_ahead(&ahead.filter(|(_, by)| !by.is_zero()).collect::<Vec<_>>()).await.unwrap();
    }
    let claims = ledger.claim(Lane::ALL, SENT, 0, "test", LEASE, now).await.unwrap().claims;
    assert_eq!(claims.len(), SENT);
    for claim in claims {
        let one = dossiers.get_mut(claim.code.as_str()).unwrap();
        one.portal = Some(one.local.clone());
    }
    points(&book, &dossiers)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_most_points_hang_on_is_sent_before_the_month_closes() {
    let (plain, ranked) = (sent_in_part(false).await, sent_in_part(true).await);
    assert!(ranked.0 >= plain.0 + 200, "plain order {plain}, ranked {ranked} points");
    assert_eq!(ranked, Hundredths(4_200), "everything that points hang on could be sent, and nothing else");
}
