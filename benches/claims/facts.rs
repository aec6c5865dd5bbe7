//! The cost of facts: what a settlement takes with and without them, the room that they need, and how long reading takes.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_indicators::{Book, FormulaSet, Question, Split, sum_up, sums};
use dongbo_ledger::{
    Attempt, FactPlace, FactQuery, FactsNews, Lane, Ledger, PlacedFilter, Settings, Side, SideNews, Touch,
};
use dongbo_model::{
    ApplicantKind, Channel, DossierCode, Ended, Facts, Fees, Month, Officer, OnlinePayment, Papers, Period,
    Results, Status, SubmissionPlace, Text,
};

use crate::settlement;

const BATCH: usize = 1_000;
const UNITS: usize = 150;
const PROCEDURES: usize = 200;
const YEAR: i64 = 365 * 86_400;

/// Months of a year by how many dossiers they have, in hundredths: few at the new year's holidays, many before the year's end.
const OF_MONTHS: [u64; 12] = [5, 4, 8, 8, 8, 9, 9, 9, 10, 9, 10, 11];
/// Units with most of the dossiers, and the share that all of them together have, in hundredths.
const LARGE: usize = 6;
const OF_LARGE: usize = 60;

/// Two ledgers, of which one keeps facts; `alone` leaves the other out.
pub(crate) async fn measure(shared: bool, alone: bool, dossiers: u64) {
    let folder = tempfile::tempdir().unwrap();
    let server = shared.then(|| testbed::servers::PrivatePostgres::start_durable().unwrap());
    let other = shared.then(|| testbed::servers::PrivatePostgres::start_durable().unwrap());
    let settings = |server: &Option<testbed::servers::PrivatePostgres>, name: &str| Settings {
        url: server.as_ref().map(|server| server.url().to_owned()).unwrap_or_default(),
        path: folder.path().join(name),
        ..Settings::default()
    };
    let (with, without) = (settings(&server, "with.sqlite"), settings(&other, "without.sqlite"));
    let ledgers = [Ledger::of(&with).await.unwrap(), Ledger::of(&without).await.unwrap()];
    let now = "2026-12-31T17:00:00Z".parse().unwrap();
    let mut times = [[Duration::ZERO; 3]; 2];
    let batches = usize::try_from(dossiers).unwrap() / BATCH;
    for batch in 0..batches {
        for turn in 0..2 {
            let place = (batch + turn) % 2;
            if alone && place > 0 {
                continue;
            }
            let spent = settle(&ledgers[place], batch, batches, place == 0, now).await;
            for (all, spent) in times[place].iter_mut().zip(spent) {
                *all += spent;
            }
        }
    }
    for (name, [touch, claim, settle]) in
        ["with facts", "without"].iter().zip(times).take(if alone { 1 } else { 2 })
    {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / (batches * BATCH) as f64;
        println!(
            "{name:<12} touch {:.1}, claim {:.1}, settle {:.1} µs a dossier",
            each(touch),
            each(claim),
            each(settle)
        );
    }
    let bytes = [bytes(&with).await, bytes(&without).await];
    let all = i64::try_from(batches * BATCH).unwrap();
    println!("a dossier takes {} bytes, with its attempt and the time that it took", bytes[0] / all);
    if !alone {
        println!("facts take {} bytes of these", (bytes[0] - bytes[1]) / all);
    }
    read(&ledgers[0], now).await;
}

async fn settle(
    ledger: &Ledger,
    batch: usize,
    batches: usize,
    keeps: bool,
    now: DateTime<Utc>,
) -> [Duration; 3] {
    let touches: Vec<Touch> = (0..BATCH).map(|number| touch(batch * BATCH + number, now)).collect();
    let began = Instant::now();
    ledger.touch(&touches, None, now, Duration::ZERO, Duration::from_secs(300)).await.unwrap();
    let touched = began.elapsed();
    let began = Instant::now();
    let lease = Duration::from_secs(60);
    let claims = ledger.claim(Lane::ALL, BATCH, batch, "bench", lease, now).await.unwrap().claims;
    let claimed = began.elapsed();
    assert_eq!(claims.len(), BATCH);
    let batch: Vec<_> = claims
        .into_iter()
        .map(|claim| {
            let number: usize = claim.code.as_str().rsplit('-').next().unwrap().parse().unwrap();
            let facts = Box::new(facts(number, batches * BATCH, now));
            let cell = facts.cell();
            let facts = if keeps {
                FactsNews { local: SideNews::Known(facts.clone()), portal: SideNews::Known(facts), steps: 4 }
            } else {
                FactsNews::default()
            };
            let mut settlement = settlement(claim, facts);
            settlement.cell = Some(cell);
            settlement.attempt = Some(Attempt {
                started_at: now,
                ended_at: now,
                operations: "create,steps".to_owned(),
                outcome: "delivered",
                http_status: Some(200),
                portal_code: "0".to_owned(),
                message: String::new(),
            });
            settlement.delayed = Some(dongbo_ledger::Delayed {
                source: dongbo_model::SourceId::FIRST,
                unit: "57".to_owned(),
                accepted_at: now,
                changed_at: None,
                steps: (1..5).map(|place| (place, now - TimeDelta::days(900))).collect(),
            });
            settlement
        })
        .collect();
    let began = Instant::now();
    ledger.settle(&batch, now).await.unwrap();
    [touched, claimed, began.elapsed()]
}

fn touch(number: usize, now: DateTime<Utc>) -> Touch {
    Touch {
        key: number.to_string(),
        code: DossierCode::new(&format!("H48.{}-2609{:02}-{number:07}", number % UNITS, number % 28)),
        unit: format!("{}", number % UNITS),
        changed_at: now,
        finding: None,
    }
}

/// The unit of a dossier: a few have most of them.
fn unit(number: usize) -> usize {
    // Spread, so that neighbours are of different units.
    let drawn = number.wrapping_mul(2_654_435_761) >> 7;
    if drawn % 100 < OF_LARGE { drawn / 100 % LARGE } else { LARGE + drawn / 100 % (UNITS - LARGE) }
}

/// The moment of the year at which a dossier came, as a part of it in millionths: months are of different size.
fn moment(number: usize, all: usize) -> i64 {
    let mut left = u64::try_from(number).unwrap() * 100_000_000 / u64::try_from(all).unwrap();
    for (month, share) in (0..).zip(OF_MONTHS) {
        if left < share * 1_000_000 {
            return i64::try_from((month * 1_000_000 + left / share) / 12).unwrap();
        }
        left -= share * 1_000_000;
    }
    999_999
}

/// A dossier of a year, most of which are copies, done in a day.
fn facts(number: usize, all: usize, now: DateTime<Utc>) -> Facts {
    let received_at = now - TimeDelta::seconds(YEAR - moment(number, all) * YEAR / 1_000_000);
    let procedure = if number.is_multiple_of(2) { 0 } else { number / 2 % PROCEDURES };
    let done = received_at + TimeDelta::hours(i64::try_from(number % 90).unwrap());
    Facts {
        unit: Text::new(format!("H48.{:02}", unit(number))),
        procedure: Text::new(format!("1.{procedure:06}")),
        received_by: None,
        status: Status::Returned,
        channel: Some(Channel::Online),
        submitted_to: Some(SubmissionPlace::Local),
        applicant: ApplicantKind::Citizen,
        submitted_at: Some(received_at - TimeDelta::minutes(90)),
        received_at: Some(received_at),
        due_at: Some(received_at + TimeDelta::days(3)),
        finished_at: Some(done),
        returned_at: Some(done + TimeDelta::hours(3)),
        ended: Some(Ended { status: Status::Processed, at: done }),
        asked: 0,
        first_asked_at: None,
        waiting_since: None,
        waited: 0,
        vneid: Some(true),
        digitised_flag: Some(true),
        paid_online: Some(OnlinePayment::National),
        fees: Fees::Owed,
        papers: Papers { any: true, any_with_file: true, ..Papers::default() },
        digitised_at: None,
        results: Results { any: true, any_with_link: true, any_with_link_and_code: true },
        databases: false,
        officer: Officer::read(&format!("#{:012x}", number % 5_000)),
    }
}

async fn bytes(settings: &Settings) -> i64 {
    if settings.url.is_empty() {
        let pool = sqlx::SqlitePool::connect(&settings.path.display().to_string()).await.unwrap();
        let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        return sqlx::query_scalar(size).fetch_one(&pool).await.unwrap();
    }
    let pool = sqlx::PgPool::connect(&settings.url).await.unwrap();
    sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&pool).await.unwrap()
}

async fn read(ledger: &Ledger, now: DateTime<Utc>) {
    let last = Month::of(now - TimeDelta::days(20));
    let month = FactQuery { months: last..=last, units: None, procedures: None };
    let began = Instant::now();
    let first = ledger.list_facts(Side::Local, &month, &FactPlace::default(), 100).await.unwrap();
    println!("first page of a month: {:.1} ms", began.elapsed().as_secs_f64() * 1e3);
    let unit = FactQuery { units: Some(vec![first[0].cell.agency.clone()]), ..month.clone() };
    for (name, query) in [("a unit's", unit), ("the province's", month)] {
        let (mut after, mut listed) = (FactPlace::default(), 0);
        let began = Instant::now();
        loop {
            let page = ledger.list_facts(Side::Portal, &query, &after, 10_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = last.place();
            listed += page.len();
        }
        println!("{name} month, {listed} dossiers: {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    }
    let (filter, began) = (PlacedFilter { first: last, last, unit: None, procedure: None }, Instant::now());
    let counted = ledger.placed_counts(&filter, now).await.unwrap();
    println!(
        "the province's month by layers, {} units and procedures: {:.0} ms",
        counted.len(),
        began.elapsed().as_secs_f64() * 1e3
    );
    sum_up_and_ask(ledger, now, last).await;
}

/// Sums up every cell as the daemon does, and asks for a month and a year of the province and of a unit, as commands do.
async fn sum_up_and_ask(ledger: &Ledger, now: DateTime<Utc>, month: Month) {
    let book = Book::open(&dongbo_indicators::Settings::default(), Vec::new()).unwrap();
    let (mut cells, began) = (0, Instant::now());
    loop {
        let dirty = ledger.dirty_cells(20_000).await.unwrap();
        if dirty.is_empty() {
            break;
        }
        for some in dirty.chunks(500) {
            cells += sum_up(ledger, &book, some).await.unwrap();
        }
    }
    println!("{cells} cells summed up: {:.1} s", began.elapsed().as_secs_f64());
    // One of the large ones.
    let unit = Some("H48.03".to_owned());
    let year = Period::Year(month.year());
    for (name, period, unit, set) in [
        ("the province's month", Period::Month(month), None, book.set),
        (
            "the province's month with what was carried into it",
            Period::Month(month),
            None,
            FormulaSet::D202610,
        ),
        ("a unit's month", Period::Month(month), unit.clone(), book.set),
        ("the province's year", year, None, book.set),
        ("a unit's year", year, unit, book.set),
    ] {
        let question = Question { period, unit, procedures: None, set, now };
        for split in [Split::Whole, Split::Unit] {
            let mut times: Vec<Duration> = Vec::new();
            for _ in 0..5 {
                let began = Instant::now();
                let parts = sums(ledger, &book, &question, split).await.unwrap();
                assert!(parts.values().map(|both| both.portal.raw.received).sum::<u64>() > 0);
                times.push(began.elapsed());
            }
            times.sort();
            println!("{name}, {split:?}: {:.0} ms (median of five)", times[2].as_secs_f64() * 1e3);
        }
    }
}
