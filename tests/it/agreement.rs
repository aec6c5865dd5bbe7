//! dongbo's own numbers beside what the mock portal publishes of the same dossiers: two programs that share no formula.

use std::collections::BTreeMap;

use dongbo_indicators::{
    Calendar, Cutoff, FormulaSet, Given, Hundredths, Indicator, OnlineService, Payment, Rules, Sides, Sum,
    Tally, Value, metric_points, online_service, payment, progress, value,
};
use dongbo_ledger::{FactPlace, FactQuery, Side};
use dongbo_model::{Cell, Month, Period};
use dongbo_portal::{Evaluation, Figures, Published, Topic};

use crate::reconcile::settled;
use support::{Plan, Rig, Running, clock, now};

/// The month that is over of which the portal has most dossiers.
pub(crate) fn fullest_month(rig: &Rig) -> Month {
    let mut months: BTreeMap<Month, usize> = BTreeMap::new();
    for dossier in rig.mock.dossiers() {
        let received = dossier.fields["NgayTiepNhan"].as_str().unwrap().to_owned();
        let month = Month::parse(&format!("{}-{}", &received[..4], &received[4..6])).unwrap();
        *months.entry(month).or_default() += 1;
    }
    months.remove(&Month::of(now()));
    months.into_iter().max_by_key(|(_, many)| *many).unwrap().0
}

/// What the portal publishes of one topic.
async fn published(rig: &Rig, topic: Topic, period: Period) -> Published {
    let (url, portal) = (&rig.config.reconcile.evaluation_url, &rig.config.portal);
    let api = Evaluation::new(url, "", portal, clock()).unwrap().unwrap();
    let page = api.published(topic, period, 1).await.unwrap();
    assert!(!page.has_next);
    let published = Published::read(topic, &[page.raw]).unwrap();
    assert_eq!(published.odd, [], "{topic:?}");
    published
}

/// The published numbers of a unit: numerator and denominator, or the points, by names.
struct Theirs {
    plain: BTreeMap<String, u64>,
    metrics: BTreeMap<String, (u64, u64, Option<f64>)>,
    groups: BTreeMap<String, Option<f64>>,
}

impl Theirs {
    async fn of(rig: &Rig, period: Period) -> BTreeMap<String, Self> {
        let mut units: BTreeMap<String, Self> = BTreeMap::new();
        for &topic in Topic::ALL.iter().filter(|topic| **topic != Topic::Provinces) {
            for row in published(rig, topic, period).await.rows {
                let empty =
                    Self { plain: BTreeMap::new(), metrics: BTreeMap::new(), groups: BTreeMap::new() };
                let unit = units.entry(row.department.code.unwrap()).or_insert(empty);
                match row.figures {
                    Figures::Tree(tree) => {
                        unit.plain.extend(tree.into_iter().filter_map(|(name, value)| {
                            Some((name, format!("{:.0}", value?).parse().unwrap()))
                        }))
                    }
                    Figures::Metrics(metrics) => {
                        let counted = metrics.into_iter().filter_map(|metric| {
                            let counts = (metric.numerator?, metric.denominator?, metric.score);
                            Some((metric.code, counts))
                        });
                        unit.metrics.extend(counted);
                    }
                    Figures::Score(score) => {
                        unit.groups.extend(score.radar.into_iter().map(|axis| (axis.code, axis.score)));
                    }
                }
            }
        }
        units
    }

    fn pair(&self, numerator: &str, denominator: &str) -> (u64, u64) {
        (self.plain[numerator], self.plain[denominator])
    }
}

/// dongbo's own sums of each unit, from the facts of what the portal accepted.
async fn ours(rig: &Rig, running: &Running, month: Month) -> BTreeMap<String, Sum> {
    let query = FactQuery { months: month..=month, units: None, procedures: None };
    let facts = running.ledger.list_facts(Side::Portal, &query, &FactPlace::default(), 10_000).await.unwrap();
    let calendar = Calendar::parse(include_str!("../../config/holidays.toml")).unwrap();
    let listed = rig.mock.procedures();
    let rules = |code: &str| {
        let procedure = listed.iter().find(|procedure| procedure.code == code).unwrap();
        let (paper, fee) = (!procedure.result.is_empty(), procedure.fee > 0);
        Rules { returns_paper: Some(paper), has_fee: Some(fee), limit: None }
    };
    let mut cells: BTreeMap<Cell, Tally> = BTreeMap::new();
    for one in facts {
        let tally = cells.entry(one.cell.clone()).or_default();
        tally.count(&one.facts, &rules(&one.cell.procedure), &calendar, month);
    }
    let period = Period::Month(month);
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for (cell, tally) in &cells {
        let empty = || Sum::of(period, Cutoff::of(period, now()));
        sums.entry(cell.agency.clone()).or_insert_with(empty).add(cell, tally, &rules(&cell.procedure));
    }
    sums
}

/// Each rounds once, and one of them in floating point.
fn near(ours: Option<Hundredths>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (None, None) => true,
        (Some(ours), Some(theirs)) => (f64::from(ours.0) / 100.0 - theirs).abs() < 0.015,
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_step_every_number_of_ours_is_the_one_that_the_portal_publishes() {
    let (rig, running) = settled(Plan { seed: 671, dossiers: 400, ..Plan::default() }).await;
    let month = fullest_month(&rig);
    let period = Period::Month(month);
    let (theirs, ours) = (Theirs::of(&rig, period).await, ours(&rig, &running, month).await);
    let count = |is: fn(&mock_portal::Procedure) -> bool| {
        u64::try_from(rig.mock.procedures().iter().filter(|procedure| is(procedure)).count()).unwrap()
    };
    let given = Given {
        services: Some(count(|_| true)),
        fee_procedures: Some(count(|procedure| procedure.fee > 0)),
        ..Given::default()
    };
    let received: u64 = theirs.values().map(|unit| unit.plain["totalReceived"]).sum();
    assert_eq!((ours.values().map(|sum| sum.raw.received).sum::<u64>(), received > 20), (received, true));
    for (code, sum) in &ours {
        let unit = &theirs[code];
        let received = sum.raw.received;
        let sides = Sides { shown: sum, local_received: received, portal_received: received, period };
        let of = |indicator| -> Value { value(indicator, FormulaSet::P202609, &sides, &given).unwrap() };
        for (indicator, numerator, denominator) in [
            (Indicator::OnTime, "totalOnTime", "totalReceived"),
            (Indicator::OnlineShare, "channelOnlineSum", "channelTotalSum"),
            (Indicator::ServicesUsed, "onlineDossierCount", "onlineServiceTotal"),
            (Indicator::FeesSynchronised, "totalFeeDossierFormality", "totalFeeFormality"),
            (Indicator::PaidOnline, "totalDossierOnlinePaymentSuccess", "totalDossierFinancialObligation"),
        ] {
            let Value { numerator: over, denominator: under, .. } = of(indicator);
            assert_eq!((over, under), unit.pair(numerator, denominator), "{code} {indicator:?} in {month}");
        }
        for (indicator, metric) in [
            (Indicator::Synchronised, "DOSSIER_SYNC"),
            (Indicator::Satisfaction, "DOSSIER_RECEIVING_SATISFACTION"),
            (Indicator::ElectronicResult, "ORIGINAL_RESULT_AVAILABLE"),
            (Indicator::Digitised, "SO_HOA_GIAY_TO_GIAI_QUYET"),
            (Indicator::Reused, "REUSED_DIGITIZED_DATA"),
            (Indicator::PersonalStore, "SYNCED_WITH_DVCQG_PERSONAL_STORAGE"),
            (Indicator::PopulationDossiers, "CITIZEN_DATA_CONNECTED_DOSSIER"),
            (Indicator::PopulationProcedures, "CITIZEN_DATA_CONNECTED_FORMALITY"),
        ] {
            let Value { numerator, denominator, points, .. } = of(indicator);
            let (over, under, score) = unit.metrics[metric];
            assert_eq!((numerator, denominator), (over, under), "{code} {metric} in {month}");
            assert!(near(points, score), "{code} {metric} in {month}: {points:?}, {score:?}");
        }
        the_scores_follow_from_what_is_published(code, unit);
    }
    running.stop().await;
}

/// The portal's points of each group are those that dongbo computes of the published counts.
fn the_scores_follow_from_what_is_published(code: &str, unit: &Theirs) {
    for (metric, (numerator, denominator, score)) in &unit.metrics {
        let points = metric_points(metric, *numerator, *denominator);
        assert!(near(points, *score), "{code} {metric}: {points:?}, {score:?}");
    }
    let figure = |name: &str| unit.plain[name];
    let online = OnlineService {
        authority: figure("authorityCount"),
        partial: figure("partialCount"),
        full: figure("fullCount"),
        with_dossiers: figure("onlineDossierCount"),
        services: figure("onlineServiceTotal"),
        channel_online: figure("channelOnlineSum"),
        channel_total: figure("channelTotalSum"),
    };
    let paid = Payment {
        paid_online: figure("totalDossierOnlinePaymentSuccess"),
        to_pay: figure("totalDossierFinancialObligation"),
        procedures_paid: figure("totalDossierOnlineFormalityPaymentSuccess"),
        procedures_with_fee_sent: figure("totalFeeDossierFormality"),
        procedures_with_fee: figure("totalFeeFormality"),
    };
    for (group, points) in [
        ("TDGQ", progress(figure("totalOnTime"), figure("totalReceived"))),
        ("ONLINE_SERVICE", Some(online_service(&online))),
        ("TTTT", Some(payment(&paid))),
    ] {
        let score = unit.groups[group];
        assert!(near(points, score), "{code} {group}: {points:?}, {score:?}");
    }
}
