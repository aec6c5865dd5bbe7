//! The dossiers behind a number, for whoever lists them: commands, pages and the API show the same ones.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::numbers::Numbers;
use dongbo_indicators::{
    Behind, Exact, FormulaSet, GapReason, Given, Hundredths, Indicator, Origin, Part, Verdict, each_behind,
};
use dongbo_ledger::{LedgerError, Side};
use dongbo_model::vocabulary;

vocabulary! {
    /// The dossiers of a number that are listed.
    pub enum ListPart
    texts {
        /// Its name.
        text
    }
    {
        /// Those in the numerator.
        Numerator = "numerator", ["hồ sơ ở tử số", "in the numerator"];
        /// Those in the denominator.
        Denominator = "denominator", ["hồ sơ ở mẫu số", "in the denominator"];
        /// Those in the denominator and not in the numerator.
        Missing = "missing", ["hồ sơ ở mẫu số mà không ở tử số", "in the denominator and not in the numerator"];
        /// Those that count otherwise on each side.
        Apart = "apart", ["hồ sơ hai bên tính khác nhau", "counted otherwise on each side"];
        /// Those on the portal of which it accepted something after it gave the figures that it published.
        AcceptedSince = "accepted-since", ["hồ sơ Cổng còn nhận thêm sau khi đưa số công bố", "changed on the portal after it gave its published figures"];
        /// Those locally on time and late on the portal.
        FalselyLate = "falsely-late", ["hồ sơ trễ hạn ảo: một cửa đúng hạn, Cổng tính trễ", "falsely late: locally on time, on the portal late"];
        /// Those locally late and not on the portal.
        FalselyOnTime = "falsely-on-time", ["một cửa trễ hạn, Cổng tính đúng hạn", "locally late, on the portal on time"];
    }
}

/// The list that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The indicator.
    pub indicator: Indicator,
    /// Which of its dossiers.
    pub part: ListPart,
    /// The side whose number it is.
    pub view: Side,
    /// Only those that both sides count, or judge, otherwise for this reason.
    pub reason: Option<GapReason>,
}

/// The rows that are wanted of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// Only those behind this code.
    pub after: &'a str,
    /// At most so many.
    pub most: usize,
}

impl Wanted<'_> {
    /// Every row.
    pub const ALL: Self = Self { after: "", most: usize::MAX };
}

/// A dossier in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "DossierBehind")]
pub struct BehindView {
    /// Its code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// The officer's code, or a keyed hash of the name, which begins with `#`.
    pub officer: Option<String>,
    /// Its part by the local facts.
    pub local: Part,
    /// Its part by what the portal accepted.
    pub portal: Part,
    /// The verdict on time by the local facts.
    pub local_verdict: Option<Verdict>,
    /// The verdict on time by what the portal accepted.
    pub portal_verdict: Option<Verdict>,
    /// The fact for which both sides count it, or judge it, otherwise.
    pub reason: Option<GapReason>,
}

impl From<Behind> for BehindView {
    fn from(one: Behind) -> Self {
        Self {
            code: one.code,
            unit: one.unit,
            procedure: one.procedure,
            officer: one.officer.as_ref().map(ToString::to_string),
            local: one.local,
            portal: one.portal,
            local_verdict: one.gap.map(|gap| gap.local),
            portal_verdict: one.gap.and_then(|gap| gap.portal),
            reason: one.reason,
        }
    }
}

/// A list: how many dossiers there are of what, and the rows that are wanted.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// The number of dossiers.
    pub total: u64,
    /// Of those accepted since: when the portal gave the figures that it published.
    pub published_at: Option<DateTime<Utc>>,
    /// Points of 2.1 that hang on the falsely late ones.
    pub points: Option<Hundredths>,
    /// How many for each reason.
    pub by_reason: BTreeMap<GapReason, u64>,
    /// How many of each unit.
    pub by_unit: BTreeMap<String, u64>,
    /// How many of each procedure.
    pub by_procedure: BTreeMap<String, u64>,
    /// How many of each officer.
    pub by_officer: BTreeMap<String, u64>,
    /// The dossiers that are wanted, by code.
    pub rows: Vec<BehindView>,
    /// Whether others follow these.
    pub has_more: bool,
    /// Received dossiers, of which 2.1 is a share.
    received: u64,
}

impl Listed {
    /// Reads a list. Of its rows only those that are wanted are kept in memory.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(numbers: &Numbers, about: About, wanted: Wanted<'_>) -> Result<Self, LedgerError> {
        let published_at = match about.part {
            ListPart::AcceptedSince => numbers.published().await?.given_at(about.indicator),
            _ => None,
        };
        let since = match published_at {
            Some(at) => numbers.ledger.accepted_since(at).await?,
            None => HashSet::new(),
        };
        let mut listed = Self { published_at, ..Self::default() };
        let mut kept: BTreeMap<String, BehindView> = BTreeMap::new();
        let take = |one: Behind| {
            listed.received += u64::from(one.portal.is_in);
            if !about.lists(&one, &since) {
                return;
            }
            listed.count(&one);
            if one.code.as_str() > wanted.after {
                kept.insert(one.code.clone(), one.into());
                if kept.len() > wanted.most {
                    kept.pop_last();
                    listed.has_more = true;
                }
            }
        };
        each_behind(&numbers.ledger, &numbers.book, &numbers.question, about.indicator, take).await?;
        listed.rows = kept.into_values().collect();
        let has_points = (about.part, about.indicator) == (ListPart::FalselyLate, Indicator::OnTime);
        listed.points = has_points.then(|| listed.points_of(listed.total)).flatten();
        Ok(listed)
    }

    fn count(&mut self, one: &Behind) {
        self.total += 1;
        if let Some(reason) = one.reason {
            *self.by_reason.entry(reason).or_default() += 1;
        }
        *self.by_unit.entry(one.unit.clone()).or_default() += 1;
        *self.by_procedure.entry(one.procedure.clone()).or_default() += 1;
        if let Some(officer) = &one.officer {
            *self.by_officer.entry(officer.to_string()).or_default() += 1;
        }
    }

    /// The points of 2.1 that hang on so many of the received dossiers.
    #[must_use]
    pub fn points_of(&self, many: u64) -> Option<Hundredths> {
        Exact::ratio(many, self.received).map(|share| share.times(Indicator::OnTime.points(), 1).hundredths())
    }
}

impl About {
    fn lists(self, one: &Behind, since: &HashSet<String>) -> bool {
        let on = if self.view == Side::Local { one.local } else { one.portal };
        let is_of_part = match self.part {
            ListPart::Numerator => on.counts,
            ListPart::Denominator => on.is_in,
            ListPart::Missing => on.is_in && !on.counts,
            ListPart::Apart => one.local != one.portal,
            ListPart::AcceptedSince => one.portal.is_in && since.contains(&one.code),
            ListPart::FalselyLate => one.gap.is_some_and(|gap| gap.is_falsely_late()),
            ListPart::FalselyOnTime => one.gap.is_some_and(|gap| gap.is_falsely_on_time()),
        };
        is_of_part && self.reason.is_none_or(|reason| one.reason == Some(reason))
    }
}

/// The list with just as many dossiers as the numerator or denominator of an indicator on one side; `None` where that counts no dossiers,
/// or people entered what it is made of.
#[must_use]
pub fn exact_list(
    (indicator, set): (Indicator, FormulaSet),
    view: Side,
    part: ListPart,
    given: &Given,
) -> Option<About> {
    let is_sampled = indicator.origin() == Origin::Sampled;
    if !(indicator.counts_dossiers() || is_sampled && view == Side::Portal) {
        return None;
    }
    let view = match (indicator, part, set) {
        // The local system's dossiers are those that the portal should have.
        (Indicator::Synchronised, ListPart::Denominator, FormulaSet::P202609) => Side::Local,
        (Indicator::Synchronised, ListPart::Denominator, _) => return None,
        (Indicator::Satisfaction, ListPart::Numerator, _) if given.complaints.is_some() => return None,
        _ => view,
    };
    Some(About { indicator, part, view, reason: None })
}
