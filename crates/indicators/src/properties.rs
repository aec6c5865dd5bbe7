//! The sum over cells is what the formulas give dossier by dossier.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::{
    ApplicantKind, Cell, Channel, Ended, Facts, Fees, Month, OnlinePayment, Papers, Period, Results, Status,
    SubmissionPlace, Text, day_of,
};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::calendar::tests::shipped;
use crate::cases::{at, facts};
use crate::{
    Calendar, Cutoff, FormulaSet, Given, Indicator, Limit, LimitUnit, Rules, Sides, Sum, Tally, Verdict,
    value, verdict,
};

const PROCEDURES: [&str; 3] = ["1.001193", "2.000815", "1.012812"];

fn rules(procedure: &str) -> Rules {
    let limit = |count, unit| Some(Limit { count, unit });
    match procedure {
        "1.001193" => {
            Rules { returns_paper: Some(true), has_fee: None, limit: limit(3, LimitUnit::WorkingDays) }
        }
        "2.000815" => Rules { returns_paper: None, has_fee: Some(true), limit: limit(20, LimitUnit::Days) },
        _ => Rules { returns_paper: Some(false), has_fee: Some(false), limit: None },
    }
}

/// A dossier of which nothing happened after `now`.
fn any_facts(rng: &mut StdRng, now: DateTime<Utc>) -> Facts {
    let mut some = |most: i64| rng.random_bool(0.8).then(|| TimeDelta::minutes(rng.random_range(0..most)));
    let begin = at("2025-11-20T00:00:00");
    let year = (now - begin).num_minutes();
    let submitted_at = some(year).map(|after| begin + after);
    let received_at = submitted_at.zip(some(3_000)).map(|(from, after)| from + after);
    let due_at = received_at.zip(some(150_000)).map(|(from, after)| from + after);
    let over = some(200_000)
        .map(|after| received_at.or(submitted_at).unwrap_or(begin) + after - TimeDelta::hours(2));
    let over = over.filter(|over| *over < now);
    let waiting = some(50_000).map(|after| begin + after).filter(|since| *since < now);
    let asked = u32::from(rng.random_bool(0.3)) + u32::from(rng.random_bool(0.1));
    let statuses = [Status::Processed, Status::Returned, Status::NotAccepted, Status::Stopped];
    let status = statuses[rng.random_range(0..statuses.len())];
    let mut yes = || rng.random_bool(0.5);
    Facts {
        unit: Text::new(if yes() { "H44.03" } else { "H44.08" }),
        channel: yes().then(|| {
            if yes() {
                Channel::Online
            } else if yes() {
                Channel::Post
            } else {
                Channel::InPerson
            }
        }),
        submitted_to: yes().then_some(SubmissionPlace::National),
        applicant: if yes() { ApplicantKind::Citizen } else { ApplicantKind::Enterprise },
        ended: over.map(|at| Ended { status, at }),
        status: if over.is_some() { status } else { Status::InProcess },
        asked,
        waiting_since: waiting.filter(|_| asked > 0 && yes()),
        waited: if asked > 0 { rng.random_range(0..500_000) } else { 0 },
        vneid: Some(rng.random_bool(0.5)),
        digitised_flag: Some(rng.random_bool(0.5)),
        paid_online: Some(OnlinePayment::ALL[rng.random_range(0..OnlinePayment::ALL.len())]),
        fees: [Fees::None, Fees::AllZero, Fees::Owed][rng.random_range(0..3)],
        papers: Papers {
            any: true,
            any_with_file: rng.random_bool(0.5),
            any_digitised: rng.random_bool(0.5),
            any_reused: rng.random_bool(0.5),
            any_from_store: rng.random_bool(0.2),
        },
        results: Results {
            any: true,
            any_with_link: rng.random_bool(0.5),
            any_with_link_and_code: rng.random_bool(0.5),
        },
        digitised_at: received_at
            .filter(|_| rng.random_bool(0.5))
            .map(|received| received + TimeDelta::minutes(rng.random_range(-300..4_000))),
        databases: rng.random_bool(0.2),
        procedure: Text::new(PROCEDURES[rng.random_range(0..PROCEDURES.len())]),
        submitted_at,
        received_at: received_at.filter(|received| *received < now),
        due_at,
        ..facts()
    }
}

/// The formulas over dossiers as the notes write them, without a cell in sight.
struct Direct<'a> {
    all: &'a [Facts],
    period: Period,
    now: DateTime<Utc>,
    calendar: &'a Calendar,
}

impl Direct<'_> {
    fn received(&self) -> impl Iterator<Item = &Facts> {
        self.all
            .iter()
            .filter(|facts| facts.received_at.is_some_and(|at| self.period.months().contains(&Month::of(at))))
    }

    fn received_or_handed_in(&self) -> impl Iterator<Item = &Facts> {
        let day = |facts: &Facts| facts.received_at.or(facts.submitted_at);
        self.all
            .iter()
            .filter(move |facts| day(facts).is_some_and(|at| self.period.months().contains(&Month::of(at))))
    }

    fn verdict(&self, facts: &Facts) -> Verdict {
        verdict(facts, &rules(facts.procedure.as_str()), self.calendar, Cutoff::of(self.period, self.now))
    }

    fn share(&self, is: impl Fn(&Facts) -> bool) -> (u64, u64) {
        (self.received().filter(|facts| is(facts)).count() as u64, self.received().count() as u64)
    }

    fn counted(&self, indicator: Indicator, set: FormulaSet) -> (u64, u64) {
        let p = set == FormulaSet::P202609;
        let paper = |facts: &Facts| rules(facts.procedure.as_str()).returns_paper.unwrap_or(true);
        let procedures = |facts: &mut dyn Iterator<Item = &Facts>| {
            facts.map(|facts| facts.procedure.as_str().to_owned()).collect::<BTreeSet<_>>()
        };
        match indicator {
            Indicator::OnTime if p => self.share(|facts| self.verdict(facts) == Verdict::OnTime),
            Indicator::OnTime => {
                let before = |facts: &&Facts| {
                    facts.received_at.is_some_and(|at| at < self.period.months().start().begins())
                };
                let end = |facts: &Facts| {
                    facts.ended.map(|end| end.at).or(facts.waiting_since.filter(|_| facts.asked == 1))
                };
                let until = Cutoff::of(self.period, self.now).month;
                let carried: Vec<_> = self
                    .all
                    .iter()
                    .filter(before)
                    .filter(|facts| {
                        end(facts).is_some_and(|end| {
                            (*self.period.months().start()..=until).contains(&Month::of(end))
                        })
                    })
                    .collect();
                let good =
                    carried.iter().filter(|facts| self.verdict(facts) == Verdict::OnTime).count() as u64;
                let (own, all) =
                    self.share(|facts| matches!(self.verdict(facts), Verdict::OnTime | Verdict::Running));
                (own + good, all + carried.len() as u64)
            }
            Indicator::OnlineShare => {
                let online = |facts: &Facts| {
                    facts.channel == Some(Channel::Online)
                        && (!paper(facts) || facts.results.any_with_link_and_code)
                };
                let (online, all) = self.share(online);
                let other = self.share(|facts| facts.channel != Some(Channel::Online)).0;
                (online, if p { online + other } else { all })
            }
            Indicator::ServicesUsed => {
                let services = |online: bool| {
                    let all = self.received_or_handed_in();
                    let some = all.filter(|facts| !online || facts.channel == Some(Channel::Online));
                    some.map(|facts| (facts.unit.as_str(), facts.procedure.as_str()))
                        .collect::<BTreeSet<_>>()
                        .len() as u64
                };
                (services(true), services(false))
            }
            Indicator::PaidOnline => {
                let to_pay: Vec<_> = self
                    .received_or_handed_in()
                    .filter(|facts| match rules(facts.procedure.as_str()).has_fee {
                        Some(fee) => fee && facts.fees != Fees::AllZero,
                        None => facts.fees == Fees::Owed,
                    })
                    .collect();
                let paid = |facts: &&&Facts| {
                    matches!(facts.paid_online, Some(OnlinePayment::National | OnlinePayment::Local))
                };
                (to_pay.iter().filter(paid).count() as u64, to_pay.len() as u64)
            }
            Indicator::FeesSynchronised => {
                let owed =
                    procedures(&mut self.received_or_handed_in().filter(|facts| facts.fees == Fees::Owed));
                let all = procedures(&mut self.received_or_handed_in());
                let has_fee = |code: &&String| rules(code).has_fee.unwrap_or(owed.contains(*code));
                let with_fee: BTreeSet<_> = all.iter().filter(has_fee).collect();
                (with_fee.iter().filter(|code| owed.contains(**code)).count() as u64, with_fee.len() as u64)
            }
            Indicator::ElectronicResult if p => self.share(|facts| facts.results.any_with_link),
            Indicator::ElectronicResult => {
                (self.share(|facts| paper(facts) && facts.results.any_with_link).0, self.share(paper).0)
            }
            Indicator::Digitised => self
                .share(|facts| facts.papers.any_with_file && (!paper(facts) || facts.results.any_with_link)),
            Indicator::Reused => self.share(|facts| {
                let born_there = facts.submitted_to == Some(SubmissionPlace::National);
                let marked =
                    if born_there { facts.papers.any_digitised } else { facts.digitised_flag == Some(true) };
                facts.papers.any_reused || (!p && marked)
            }),
            Indicator::DigitisedAtReceipt => self.share(|facts| {
                let day = |at: Option<DateTime<Utc>>| at.map(day_of);
                let later = facts.digitised_at.is_some() && day(facts.digitised_at) > day(facts.received_at);
                (facts.papers.any_digitised || facts.digitised_flag == Some(true)) && !later
            }),
            Indicator::PersonalStore => self.share(|facts| facts.papers.any_from_store),
            Indicator::PopulationDossiers => self.share(population),
            Indicator::PopulationProcedures => {
                let citizens = || self.received().filter(|facts| facts.applicant == ApplicantKind::Citizen);
                let some = procedures(&mut citizens().filter(|facts| population(facts)));
                (some.len() as u64, procedures(&mut citizens()).len() as u64)
            }
            Indicator::MeanTime => {
                let until = Cutoff::of(self.period, self.now).month;
                let times = self.received().filter_map(|facts| {
                    let (ended, from) = (facts.ended?, facts.received_at?);
                    let processed = matches!(ended.status, Status::Processed | Status::Returned);
                    if !processed || ended.at < from || Month::of(ended.at) > until {
                        return None;
                    }
                    let working = matches!(
                        rules(facts.procedure.as_str()).limit,
                        Some(Limit { unit: LimitUnit::WorkingDays, .. })
                    );
                    let length = if working {
                        self.calendar.working_time(from, ended.at) * 3
                    } else {
                        ended.at - from
                    };
                    u64::try_from(length.num_seconds()).ok()
                });
                times.fold((0, 0), |(seconds, count), one| (seconds + one, count + 1))
            }
            other => panic!("{} has no direct formula", other.name()),
        }
    }
}

fn population(facts: &Facts) -> bool {
    facts.vneid == Some(true) || facts.papers.any_from_store || facts.databases
}

const TESTED: [Indicator; 14] = [
    Indicator::OnTime,
    Indicator::MeanTime,
    Indicator::ServicesUsed,
    Indicator::OnlineShare,
    Indicator::FeesSynchronised,
    Indicator::PaidOnline,
    Indicator::ElectronicResult,
    Indicator::Digitised,
    Indicator::Reused,
    Indicator::PersonalStore,
    Indicator::PopulationDossiers,
    Indicator::PopulationProcedures,
    Indicator::Satisfaction,
    Indicator::DigitisedAtReceipt,
];

#[test]
fn cells_add_up_to_what_the_formulas_give_dossier_by_dossier() {
    let calendar = shipped();
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let now = at("2026-09-17T10:00:00") + TimeDelta::days(rng.random_range(-60..60));
        let all: Vec<_> = (0..300).map(|_| any_facts(&mut rng, now)).collect();
        let mut cells: BTreeMap<Cell, Tally> = BTreeMap::new();
        for facts in &all {
            let cell = facts.cell();
            let tally = cells.entry(cell.clone()).or_default();
            tally.count(facts, &rules(&cell.procedure), &calendar, cell.month);
        }
        // As the ledger keeps them.
        let kept =
            |tally: &Tally| serde_json::from_str::<Tally>(&serde_json::to_string(tally).unwrap()).unwrap();
        for period in ["2026-01", "2026-06", "2026-08", "2026-Q1", "2026-Q3", "2025", "2026"] {
            let period = Period::parse(period).unwrap();
            let mut sum = Sum::of(period, Cutoff::of(period, now));
            for (cell, tally) in &cells {
                sum.add(cell, &kept(tally), &rules(&cell.procedure));
            }
            let direct = Direct { all: &all, period, now, calendar: &calendar };
            let sides = Sides {
                shown: &sum,
                local_received: sum.raw.received,
                portal_received: sum.raw.received,
                period,
            };
            for set in [FormulaSet::D202610, FormulaSet::P202609] {
                for indicator in TESTED {
                    let value = value(indicator, set, &sides, &Given::default()).unwrap();
                    let by_hand = direct.counted(
                        if indicator == Indicator::Satisfaction { Indicator::OnTime } else { indicator },
                        set,
                    );
                    assert_eq!(
                        (value.numerator, value.denominator),
                        by_hand,
                        "{} {} {period} seed {seed} now {now}",
                        indicator.name(),
                        set.name()
                    );
                }
            }
        }
    }
}

#[test]
fn a_cell_of_a_thousand_dossiers_is_kept_in_less_than_two_kilobytes() {
    let mut rng = StdRng::seed_from_u64(1);
    let (calendar, now) = (shipped(), at("2026-09-17T10:00:00"));
    let mut tally = Tally::default();
    for _ in 0..1_000 {
        let received = at("2026-08-01T08:00:00") + TimeDelta::minutes(rng.random_range(0..43_000));
        let facts = Facts {
            received_at: Some(received),
            due_at: Some(received + TimeDelta::days(10)),
            ..any_facts(&mut rng, now)
        };
        tally.count(&facts, &rules("1.001193"), &calendar, Month::of(received));
    }
    let kept = serde_json::to_string(&tally).unwrap();
    assert!(kept.len() < 2_048, "{} bytes: {kept}", kept.len());
}
