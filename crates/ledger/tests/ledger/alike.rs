//! Both engines give the same answers to the same questions: a life of random events is led on both side by side.

use std::time::Duration;

use chrono::TimeDelta;
use dongbo_ledger::{
    Accepted, Attempt, Backfill, BackfillPage, BackfillPosition, BackfillState, Claim, Delayed, Doubt,
    FactsNews, HeldFilter, History, Lane, LaneBacklog, Layer, LayerState, Ledger, ListFilter, ListState,
    Next, Overview, Pause, RowState, Selection, Settlement, SideNews, Story, SweptDossier, Touch,
};
use dongbo_model::{DossierCode, Finding, FindingKind, Month, Status};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::book::{Book, LEASE, LIVE_FOR, TICK, facts, fingerprint, synced, touch};

const UNITS: [&str; 3] = ["57", "58", "59"];
const DOSSIERS: usize = 24;

fn code(number: usize) -> String {
    format!("H48.57-2609{:02}-{number:04}", number % 28 + 1)
}

/// How a claim ends, by chance.
fn ending(claim: &Claim, chance: &mut StdRng, now: chrono::DateTime<chrono::Utc>) -> Settlement {
    let later = now + TimeDelta::seconds(chance.random_range(1..900));
    let attempt = Some(Attempt {
        started_at: now,
        ended_at: now + TimeDelta::milliseconds(40),
        operations: "create,steps".to_owned(),
        outcome: "delivered",
        http_status: Some(200),
        portal_code: "0".to_owned(),
        message: "masked: \u{1ed5}n".to_owned(),
    });
    let delayed = chance.random_bool(0.7).then(|| Delayed {
        source: claim.source,
        unit: claim.unit.clone(),
        accepted_at: later,
        changed_at: claim.unsent_since,
        steps: (0..chance.random_range(0..4)).map(|place| (place + 1, claim.changed_at)).collect(),
    });
    let mut side = || match chance.random_range(0..4_i64) {
        0 => SideNews::Unchanged,
        1 => SideNews::Gone,
        number => {
            let unit = UNITS[usize::from(number == 2)];
            SideNews::Known(Box::new(facts(unit, now - TimeDelta::days(number * 20))))
        }
    };
    let facts = FactsNews { local: side(), portal: side(), steps: 2 };
    let base = Settlement { attempt, delayed, facts, ..synced(claim) };
    let refused = Finding::new(FindingKind::Refused, "-5", "Sai \u{111}\u{1ecb}nh d\u{1ea1}ng");
    let unmapped = Finding::new(FindingKind::UnmappedProcedure, "XX99", "");
    match chance.random_range(0..6) {
        0 => Settlement { next: Next::Verify(later), doubt: Doubt::Verify, ..base },
        1 => Settlement {
            next: Next::Due(later, Lane::Retry),
            attempts: claim.attempts + 1,
            doubt: Doubt::Unknown,
            ..base
        },
        2 => Settlement {
            next: Next::Held,
            wanted: None,
            findings: Some(vec![refused, unmapped]),
            attempt: None,
            ..base
        },
        3 => Settlement { next: Next::Held, findings: Some(vec![refused]), ..base },
        4 if !claim.accepted.on_portal => Settlement {
            next: Next::Forget,
            wanted: None,
            accepted: Accepted::default(),
            attempt: None,
            ..base
        },
        _ => Settlement {
            accepted: Accepted { status: Some(Status::Processed), ..base.accepted.clone() },
            ..base
        },
    }
}

/// All that a ledger tells, as text.
pub(super) async fn told(ledger: &Ledger, now: chrono::DateTime<chrono::Utc>) -> String {
    let filters = [
        HeldFilter::default(),
        HeldFilter { kind: Some(FindingKind::Refused), ..HeldFilter::default() },
        HeldFilter { subject: Some("XX99".to_owned()), unit: Some("58".to_owned()), ..HeldFilter::default() },
    ];
    let mut text = format!(
        "{:#?}\n{:#?}\n{:#?}\n{:#?}\n{:?} {:?} {:?} {:?}\n",
        ledger.overview(now).await.unwrap(),
        ledger.lanes(now).await.unwrap(),
        ledger.lease_holders().await.unwrap(),
        ledger.open_findings(100).await.unwrap(),
        ledger.overdue_leases(now).await.unwrap(),
        ledger.any_due(now).await.unwrap().is_some(),
        ledger.pause().await.unwrap(),
        ledger.backfill().await.unwrap(),
    );
    for filter in &filters {
        text += &format!(
            "{:#?}\n{:?}\n{:#?}\n",
            ledger.held_causes(filter, 10).await.unwrap(),
            ledger.held_totals(filter).await.unwrap(),
            ledger.held_dossiers(filter, None, 50).await.unwrap()
        );
    }
    let month = Month::of(now);
    text += &format!("{:#?}\n", ledger.delays(&[month, Month(month.0 - 1)], None, None).await.unwrap());
    for number in 0..DOSSIERS {
        text += &format!("{:#?}\n", ledger.story(&code(number), 3, now).await.unwrap());
        text += &format!("{:#?}\n", ledger.dossier_facts(&code(number)).await.unwrap());
    }
    for lane in Lane::ALL {
        text += &format!("{:?}\n", ledger.backlog(*lane, 5, now).await.unwrap());
    }
    for asked in ["h48 57 260901 0000", "h48.57-260901-3", "0003", "2609", "H48.57-260901-00O3", "no such"] {
        text += &format!("{:?}\n", ledger.find_code(asked).await.unwrap());
    }
    text
}

/// Leads one round of a life by chance; what it answers is given as text.
pub(super) async fn round(book: &mut Book, chance: &mut StdRng) -> String {
    let ledger = &book.ledger;
    let mut answers = String::new();
    let mut touches: Vec<Touch> = (0..chance.random_range(0..8))
        .map(|_| {
            let number = chance.random_range(0..DOSSIERS);
            let changed_at = book.now - TimeDelta::seconds(chance.random_range(0..600));
            touch(UNITS[number % UNITS.len()], &code(number), changed_at)
        })
        .collect();
    touches.sort_by(|one, other| one.code.cmp(&other.code));
    touches.dedup_by(|one, other| one.code == other.code);
    if chance.random_bool(0.3) {
        touches.push(Touch { code: None, key: "4711".to_owned(), ..touch("57", "x", book.now) });
    } else if chance.random_bool(0.2) {
        touches.push(Touch { key: "4711".to_owned(), ..touch("57", "named at last", book.now) });
    }
    let cursor = Some(("intake", book.now));
    answers += &format!("{:?}\n", ledger.touch(&touches, cursor, book.now, TICK, LIVE_FOR).await.unwrap());
    let mut claimed =
        ledger.claim(Lane::ALL, 1_000, chance.random_range(0..9), "host/1", LEASE, book.now).await.unwrap();
    claimed.claims.sort_by(|one, other| one.code.cmp(&other.code));
    answers += &format!("{claimed:#?}\n");
    let mut given_back = Vec::new();
    let mut settlements = Vec::new();
    for claim in &claimed.claims {
        match chance.random_range(0..10) {
            0 => given_back.push((claim.code.clone(), claim.fence)),
            1 => {}
            _ => settlements.push(ending(claim, chance, book.now)),
        }
    }
    let again = code(chance.random_range(0..DOSSIERS));
    ledger.touch_codes(&[&again], book.now).await.unwrap();
    let mut settled = ledger.settle(&settlements, book.now).await.unwrap();
    settled.delays.sort_by_key(|delay| (delay.accepted_at, delay.changed_at, delay.step));
    answers += &format!("{settled:?}\n");
    answers += &format!("{:?}\n", ledger.give_back(&given_back).await.unwrap());
    answers += &format!("{:?}\n", ledger.demote(LIVE_FOR, book.now).await.unwrap());
    if chance.random_bool(0.3) {
        let codes = (0..3).map(|_| code(chance.random_range(0..DOSSIERS + 3))).collect();
        let selection = match chance.random_range(0..3) {
            0 => Selection { codes: Some(codes), ..Selection::default() },
            1 => Selection {
                kind: Some("refused".to_owned()),
                subject: Some("-5".to_owned()),
                ..Selection::default()
            },
            _ => Selection { unit: Some("58".to_owned()), ..Selection::default() },
        };
        answers += &format!("{:#?}\n", ledger.preview_retry(&selection, book.now).await.unwrap());
        answers +=
            &format!("{:?}\n", ledger.retry(&selection, Duration::from_secs(2), book.now).await.unwrap());
    }
    if chance.random_bool(0.3) {
        let page: Vec<SweptDossier> = (4..12)
            .filter(|_| chance.random_bool(0.8))
            .filter_map(|number| DossierCode::new(&code(number)))
            .map(|code| SweptDossier {
                code,
                content: Some(fingerprint('a')),
                steps_fp: Some(fingerprint('c')),
            })
            .collect();
        let mut page = page;
        page.sort_by(|one, other| one.code.cmp(&other.code));
        let mut differing = ledger.differing(&page).await.unwrap();
        differing.sort();
        let after = page.first().map(|one| one.code.to_string()).unwrap_or_default();
        let last = page.last().filter(|_| chance.random_bool(0.5)).map(|one| one.code.as_str());
        let mut again = ledger.note_listed(&page, &after, last, book.now).await.unwrap();
        again.sort();
        let missing = ledger.missing().await.unwrap();
        answers += &format!("{again:?} {missing:?}\n");
        if chance.random_bool(0.5) {
            let given: Vec<String> = missing.into_iter().take(1).collect();
            answers += &format!("{}\n", ledger.settle_missing(&given, book.now).await.unwrap());
        }
        let mut unheard = ledger.unheard_of(&page).await.unwrap();
        unheard.sort();
        answers += &format!("{differing:?} {unheard:?} {}\n", ledger.holds_without_code().await.unwrap());
        answers += &format!("{}\n", ledger.forget_without_code(&["1".to_owned()], book.now).await.unwrap());
    }
    if chance.random_bool(0.2) {
        let pause = Pause::new(book.now, "an operator", "the portal is maintained");
        answers += &format!("{:?}\n", ledger.begin_pause(&pause).await.unwrap());
    } else {
        answers += &format!("{:?}\n", ledger.end_pause(book.now, "an operator").await.unwrap());
    }
    if chance.random_bool(0.2) {
        let order = Backfill {
            from: book.now - TimeDelta::days(2),
            to: book.now,
            position: None,
            found: 0,
            touched: 0,
            state: BackfillState::Reading,
            started_at: book.now,
            per_minute: 100,
            by: "an operator".to_owned(),
        };
        let order = ledger.begin_backfill(&order).await.unwrap();
        let place = serde_json::json!([1, "x"]);
        let position = BackfillPosition { at: book.now, place, source: 0, begun: 1, later: Vec::new() };
        let touches = vec![touch("57", &code(1), book.now), touch("57", &code(DOSSIERS + 1), book.now)];
        let page = BackfillPage { touches, position: chance.random_bool(0.5).then_some(position) };
        answers += &format!("{:?}\n", ledger.touch_backfill(&order, page, book.now).await.unwrap());
        answers += &format!("{:?}\n", ledger.cancel_backfill().await.unwrap());
    }
    if chance.random_bool(0.1) {
        for history in History::ALL {
            let mut pruning = ledger.prune(*history, book.now - TimeDelta::minutes(10), 50);
            while let Some(gone) = pruning.next().await.unwrap() {
                answers += &format!("{history:?} {gone}\n");
            }
        }
    }
    book.later(chance.random_range(1..90));
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn one_life_leads_to_the_same_answers_on_both_engines() {
    let (mut file, mut server) = (Book::sqlite().await, Book::postgres().await);
    for seed in 0..60 {
        let on_file = round(&mut file, &mut StdRng::seed_from_u64(seed)).await;
        let on_server = round(&mut server, &mut StdRng::seed_from_u64(seed)).await;
        pretty(&on_file, &on_server, seed);
        pretty(&told(&file.ledger, file.now).await, &told(&server.ledger, server.now).await, seed);
        for book in [&file, &server] {
            assert_eq!(book.ledger.recount().await.unwrap(), [], "round {seed}: tallies are what is there");
            every_unit_and_every_dossier_adds_up(book).await;
            if seed % 20 == 7 {
                every_list_has_what_the_stories_tell(book).await;
            }
        }
    }
}

/// The overview of all is the sum of those of the units, and of the stories of all dossiers.
async fn every_unit_and_every_dossier_adds_up(book: &Book) {
    let all = book.ledger.overview(book.now).await.unwrap();
    let mut of_units = std::collections::BTreeMap::new();
    for unit in UNITS {
        let overview = book.ledger.overview_of(Some(unit), book.now).await.unwrap();
        for (&layer, &state) in
            Layer::ALL.iter().flat_map(|layer| LayerState::ALL.iter().map(move |state| (layer, state)))
        {
            *of_units.entry((layer.name(), state.name())).or_insert(0) += overview.counts.of(layer).of(state);
        }
        let lanes = Lane::ALL.iter().map(|&lane| overview.lane(lane));
        assert_eq!(overview.oldest_unsent, lanes.filter_map(|lane| lane.oldest_unsent).min());
    }
    let by_unit = book.ledger.overview_by_unit(book.now).await.unwrap();
    for unit in UNITS {
        let alone = book.ledger.overview_of(Some(unit), book.now).await.unwrap();
        assert_eq!(by_unit.get(unit).cloned().unwrap_or_default(), alone, "{unit}");
    }
    let mut of_stories = of_units.clone();
    of_stories.values_mut().for_each(|many| *many = 0);
    let coded = (0..DOSSIERS + 3).map(code).chain(["#4711".to_owned(), "named at last".to_owned()]);
    for code in coded {
        let Some(story) = book.ledger.story(&code, 1, book.now).await.unwrap() else { continue };
        for (layer, state) in story.layers {
            *of_stories.entry((layer.name(), state.name())).or_insert(0) += 1;
        }
    }
    let mut of_all = of_units.clone();
    for (&layer, &state) in
        Layer::ALL.iter().flat_map(|layer| LayerState::ALL.iter().map(move |state| (layer, state)))
    {
        of_all.insert((layer.name(), state.name()), all.counts.of(layer).of(state));
    }
    assert_eq!(of_all, of_units);
    assert_eq!(of_all, of_stories);
}

/// Every list has the dossiers that the stories tell of, whichever way it is read and however small its pages are.
async fn every_list_has_what_the_stories_tell(book: &Book) {
    let few = book.ledger.overview(book.now).await.unwrap();
    let many = 1_000_000;
    let lanes = few.lanes.map(|lane| LaneBacklog { backlog: many, ..lane });
    let dense = Overview { held: many, in_doubt: many, lanes, ..few.clone() };
    let mut stories = Vec::new();
    let coded = (0..DOSSIERS + 3).map(code).chain(["#4711".to_owned(), "named at last".to_owned()]);
    for code in coded {
        stories.extend(book.ledger.story(&code, 1, book.now).await.unwrap());
    }
    stories.sort_by(|one, other| one.code.cmp(&other.code));
    let units: Vec<_> = std::iter::once(None).chain(UNITS.map(|unit| Some(unit.to_owned()))).collect();
    let layers: Vec<_> = std::iter::once(None).chain(Layer::ALL.iter().copied().map(Some)).collect();
    for (unit, &state) in units.iter().flat_map(|unit| ListState::ALL.iter().map(move |state| (unit, state)))
    {
        for &lacks in &layers {
            let filter = ListFilter { unit: unit.clone(), state, lacks, ..ListFilter::default() };
            let fitting = stories.iter().filter(|story| fits(story, &filter));
            let wanted: Vec<&str> = fitting.map(|story| story.code.as_str()).collect();
            for overview in [&few, &dense] {
                assert_eq!(listed(book, &filter, overview).await, wanted, "{filter:?}");
            }
        }
    }
}

/// The codes of all pages of a list.
async fn listed(book: &Book, filter: &ListFilter, overview: &Overview) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    loop {
        let after = codes.last().cloned().unwrap_or_default();
        let page = book.ledger.list(filter, &after, 9, overview, book.now).await.unwrap();
        let is_last = page.len() < 9;
        codes.extend(page.into_iter().map(|one| one.code));
        if is_last {
            return codes;
        }
    }
}

/// Whether the dossier of a story belongs into a list.
fn fits(story: &Story, filter: &ListFilter) -> bool {
    let stands = match filter.state {
        ListState::All => true,
        ListState::Unsent => {
            matches!(story.state, RowState::Due(_) | RowState::Leased { .. }) && story.unsent_since.is_some()
        }
        ListState::Held => story.state == RowState::Held,
        ListState::InDoubt => story.doubt == Doubt::Unknown,
        ListState::NotSent => story.state == RowState::NotSent,
        ListState::Synced => story.state == RowState::Synced,
    };
    let lacks = |layer: Layer| {
        let at_rest = [LayerState::Synced, LayerState::Unproved, LayerState::NotSent];
        story.layers.iter().any(|(one, state)| *one == layer && !at_rest.contains(state))
    };
    stands && filter.unit.as_ref().is_none_or(|unit| *unit == story.unit) && filter.lacks.is_none_or(lacks)
}

/// Shows the first line in which two texts differ, with what stands before it.
fn pretty(on_file: &str, on_server: &str, seed: u64) {
    let differs = on_file.lines().zip(on_server.lines()).position(|(one, other)| one != other);
    if let Some(line) = differs {
        let around =
            |text: &str| text.lines().skip(line.saturating_sub(30)).take(34).collect::<Vec<_>>().join("\n");
        panic!("round {seed}: a file says\n{}\na server says\n{}", around(on_file), around(on_server));
    }
    assert_eq!(on_file.len(), on_server.len(), "round {seed}");
}
