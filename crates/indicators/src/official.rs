//! What the portal published, as values of the indicators and groups: the official numbers, never mended.

use std::collections::BTreeMap;

use dongbo_portal::{Figures, Metric, Topic, UnitScore};
use serde::Serialize;

use crate::exact::{Exact, Hundredths};
use crate::indicator::{FormulaSet, Indicator};
use crate::published::Group;

/// The place of an indicator in what the portal publishes.
#[derive(Debug, Clone, Copy)]
enum Place {
    /// The scored metric with this code.
    Metric(Topic, &'static str),
    /// Plain counts: those that make up the numerator, and the denominator.
    Counts(Topic, &'static [&'static str], &'static str),
    /// A mean in days.
    Days(&'static str),
}

/// An indicator as the portal publishes it. What is `null` there is `None` here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct OfficialValue {
    /// The numerator.
    pub numerator: Option<u64>,
    /// The denominator.
    pub denominator: Option<u64>,
    /// Percent, or days for a mean time.
    pub ratio: Option<Hundredths>,
    /// Points.
    pub points: Option<Hundredths>,
    /// Whether ratio and points follow from the published counts, because the portal publishes none for this one alone.
    pub reckoned: bool,
    /// The portal's remark on its data, such as `TEMP_NATIONAL_REPORT_DENOMINATOR`.
    pub remark: Option<String>,
}

/// The portal's own figures of one unit and period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Official {
    values: BTreeMap<Indicator, OfficialValue>,
    groups: BTreeMap<Group, Hundredths>,
    /// The points of all groups.
    pub total: Option<Hundredths>,
}

/// The place of `indicator`; `None` when the portal does not publish it.
const fn place(indicator: Indicator) -> Option<Place> {
    let (disclosure, digitisation) = (Topic::Disclosure, Topic::Digitisation);
    Some(match indicator {
        Indicator::PublishedOnTime => Place::Metric(disclosure, "PUBLISH_ON_TIME"),
        Indicator::UpdatedOnTime => Place::Metric(disclosure, "PUBLIC_UPDATE_ON_TIME"),
        Indicator::PublishedInFull => Place::Metric(disclosure, "PUBLIC_CONTENT_FULL"),
        Indicator::Synchronised => Place::Metric(disclosure, "DOSSIER_SYNC"),
        Indicator::OnTime => Place::Counts(Topic::Progress, &["totalOnTime"], "totalReceived"),
        Indicator::MeanTime => Place::Days("avgProcessingDays"),
        Indicator::ServicesFull => {
            Place::Counts(Topic::OnlineService, &["partialCount", "fullCount"], "authorityCount")
        }
        Indicator::ServicesUsed => {
            Place::Counts(Topic::OnlineService, &["onlineDossierCount"], "onlineServiceTotal")
        }
        Indicator::OnlineShare => {
            Place::Counts(Topic::OnlineService, &["channelOnlineSum"], "channelTotalSum")
        }
        Indicator::FeesSynchronised => {
            Place::Counts(Topic::Payment, &["totalFeeDossierFormality"], "totalFeeFormality")
        }
        Indicator::ProceduresPaid => {
            Place::Counts(Topic::Payment, &["totalDossierOnlineFormalityPaymentSuccess"], "totalFeeFormality")
        }
        Indicator::PaidOnline => Place::Counts(
            Topic::Payment,
            &["totalDossierOnlinePaymentSuccess"],
            "totalDossierFinancialObligation",
        ),
        Indicator::ElectronicResult => Place::Metric(digitisation, "ORIGINAL_RESULT_AVAILABLE"),
        Indicator::Digitised => Place::Metric(digitisation, "SO_HOA_GIAY_TO_GIAI_QUYET"),
        Indicator::Reused => Place::Metric(digitisation, "REUSED_DIGITIZED_DATA"),
        Indicator::PersonalStore => Place::Metric(digitisation, "SYNCED_WITH_DVCQG_PERSONAL_STORAGE"),
        Indicator::PopulationDossiers => Place::Metric(digitisation, "CITIZEN_DATA_CONNECTED_DOSSIER"),
        Indicator::PopulationProcedures => Place::Metric(digitisation, "CITIZEN_DATA_CONNECTED_FORMALITY"),
        Indicator::CertifiedCopies => Place::Metric(digitisation, "ELECTRONIC_CERTIFIED_COPY"),
        Indicator::PetitionsOnTime => Place::Metric(Topic::Satisfaction, "PETITION_PROCESSING_ON_TIME"),
        Indicator::PetitionsSatisfaction => {
            Place::Metric(Topic::Satisfaction, "PETITION_HANDLING_SATISFACTION")
        }
        Indicator::Satisfaction => Place::Metric(Topic::Satisfaction, "DOSSIER_RECEIVING_SATISFACTION"),
        Indicator::ReusedByFlag
        | Indicator::ReusedByPaper
        | Indicator::SatisfactionSurvey
        | Indicator::OldResultsDigitised
        | Indicator::OwnerStore
        | Indicator::OnlineFaster
        | Indicator::Used100
        | Indicator::Used500
        | Indicator::DigitisedAtReceipt => return None,
    })
}

impl Indicator {
    /// The topic of the portal's answers that has its figures; `None` when the portal does not publish them.
    #[must_use]
    pub const fn topic(self) -> Option<Topic> {
        match place(self) {
            Some(Place::Metric(topic, _) | Place::Counts(topic, ..)) => Some(topic),
            Some(Place::Days(_)) => Some(Topic::Progress),
            None => None,
        }
    }
}

impl Official {
    /// The figures of one unit and period, as far as they are published.
    #[must_use]
    pub fn of(figures: &BTreeMap<Topic, Figures>) -> Self {
        let values =
            Indicator::ALL.iter().filter_map(|&indicator| Some((indicator, value(indicator, figures)?)));
        let score = |topic| match figures.get(&topic) {
            Some(Figures::Score(score)) => Some(score),
            _ => None,
        };
        let score = score(Topic::Units).or_else(|| score(Topic::Provinces));
        let points = |score: &UnitScore| -> BTreeMap<Group, Hundredths> {
            let axes = score.radar.iter();
            axes.filter_map(|axis| Group::from_name(&axis.code).zip(hundredths(axis.score))).collect()
        };
        Self {
            values: values.collect(),
            groups: score.map(points).unwrap_or_default(),
            total: score.and_then(|score| hundredths(score.total)),
        }
    }

    /// An indicator; `None` when nothing of it is published.
    #[must_use]
    pub fn value(&self, indicator: Indicator) -> Option<&OfficialValue> {
        self.values.get(&indicator)
    }

    /// The points of a group; `None` when they are not published.
    #[must_use]
    pub fn group(&self, group: Group) -> Option<Hundredths> {
        self.groups.get(&group).copied()
    }

    /// The remarks of the portal on its data, each once, with the indicators that they stand at.
    #[must_use]
    pub fn remarks(&self) -> BTreeMap<&str, Vec<Indicator>> {
        let mut remarks: BTreeMap<&str, Vec<Indicator>> = BTreeMap::new();
        for (indicator, value) in &self.values {
            if let Some(remark) = &value.remark {
                remarks.entry(remark).or_default().push(*indicator);
            }
        }
        remarks
    }
}

fn value(indicator: Indicator, figures: &BTreeMap<Topic, Figures>) -> Option<OfficialValue> {
    match place(indicator)? {
        Place::Metric(topic, code) => match figures.get(&topic)? {
            Figures::Metrics(metrics) => metrics.iter().find(|metric| metric.code == code).map(of_metric),
            Figures::Tree(_) | Figures::Score(_) => None,
        },
        Place::Counts(topic, numerator, denominator) => {
            let figures = figures.get(&topic)?;
            let count = |name: &&str| count(figures, name);
            let numerator: Option<u64> = numerator.iter().map(count).sum();
            Some(reckoned(indicator, numerator, count(&denominator)))
        }
        Place::Days(name) => {
            let ratio = hundredths(figure(figures.get(&Topic::Progress)?, name));
            Some(OfficialValue { ratio, ..OfficialValue::default() })
        }
    }
}

fn of_metric(metric: &Metric) -> OfficialValue {
    OfficialValue {
        numerator: metric.numerator,
        denominator: metric.denominator,
        ratio: hundredths(metric.ratio),
        points: hundredths(metric.score),
        reckoned: false,
        remark: metric.data_quality.clone(),
    }
}

/// The value of published counts. They are scored as the portal's answers show (set P).
fn reckoned(indicator: Indicator, numerator: Option<u64>, denominator: Option<u64>) -> OfficialValue {
    let ratio = numerator.zip(denominator).and_then(|(over, under)| Exact::ratio(over, under));
    let most = indicator.points();
    let full_from = FormulaSet::P202609.full_from(indicator);
    let points =
        ratio.filter(|_| most > 0).map(|ratio| ratio.times(most, 1).times(100, full_from).at_most(most));
    OfficialValue {
        numerator,
        denominator,
        ratio: ratio.map(Exact::percent),
        points: points.map(Exact::hundredths),
        reckoned: true,
        remark: None,
    }
}

fn figure(figures: &Figures, name: &str) -> Option<f64> {
    match figures {
        Figures::Tree(tree) => tree.get(name).copied().flatten(),
        Figures::Metrics(_) | Figures::Score(_) => None,
    }
}

/// A count among plain figures; `None` also for one that is no whole number.
fn count(figures: &Figures, name: &str) -> Option<u64> {
    let figure = figure(figures, name)?;
    if figure.fract() == 0.0 { format!("{figure:.0}").parse().ok() } else { None }
}

/// A published number with two decimals; `None` also for one below 0.
fn hundredths(number: Option<f64>) -> Option<Hundredths> {
    Hundredths::parse(&format!("{:.2}", number?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use dongbo_portal::{Published, Topic};

    use super::Official;
    use crate::exact::Hundredths;
    use crate::indicator::Indicator;
    use crate::published::Group;

    fn official(answers: &[(Topic, &str)]) -> Official {
        let of = |(topic, data): &(Topic, &str)| {
            let raw = format!(r#"{{"code":"OK","data":{data}}}"#);
            (*topic, Published::read(*topic, &[raw]).unwrap().rows.swap_remove(0).figures)
        };
        Official::of(&answers.iter().map(of).collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn published_figures_become_values_and_nothing_is_made_of_what_is_null_or_missing() {
        let official = official(&[
            (
                Topic::Progress,
                r#"{"children":[{"totalReceived":184513,"totalOnTime":null,"avgProcessingDays":1.5}]}"#,
            ),
            (
                Topic::OnlineService,
                r#"{"children":[{"authorityCount":56,"partialCount":31,"fullCount":21,"channelOnlineSum":0,"channelTotalSum":0}]}"#,
            ),
            (
                Topic::Disclosure,
                r#"{"evaluation":[{"metrics":[{"code":"DOSSIER_SYNC","numerator":138744,"denominator":138744,"ratio":100,
                    "score":6,"maxScore":6,"dataQualityStatus":"TEMP_NATIONAL_REPORT_DENOMINATOR"},
                    {"code":"SOMETHING_NEW","numerator":1,"denominator":1,"ratio":100,"score":1}]}]}"#,
            ),
            (
                Topic::Units,
                r#"{"evaluation":[{"totalScore":61.2,"radar":[{"code":"TDGQ","score":17.5},{"code":"NEW","score":3}]}]}"#,
            ),
        ]);
        let of = |indicator| official.value(indicator).unwrap();
        let on_time = of(Indicator::OnTime);
        assert_eq!((on_time.numerator, on_time.denominator), (None, Some(184_513)));
        assert_eq!((on_time.ratio, on_time.points), (None, None), "null is not 0");
        assert_eq!(of(Indicator::MeanTime).ratio, Some(Hundredths(150)));
        let full = of(Indicator::ServicesFull);
        assert_eq!((full.numerator, full.points, full.reckoned), (Some(52), Some(Hundredths(200)), true));
        assert_eq!(of(Indicator::OnlineShare).ratio, None, "0 of 0");
        let sync = of(Indicator::Synchronised);
        assert_eq!((sync.points, sync.reckoned), (Some(Hundredths(600)), false));
        let flagged = BTreeMap::from([("TEMP_NATIONAL_REPORT_DENOMINATOR", vec![Indicator::Synchronised])]);
        assert_eq!(official.remarks(), flagged);
        assert_eq!(official.value(Indicator::Reused), None, "its topic is missing");
        assert_eq!(official.group(Group::Progress), Some(Hundredths(1_750)));
        assert_eq!((official.group(Group::Payment), official.total), (None, Some(Hundredths(6_120))));
    }
}
