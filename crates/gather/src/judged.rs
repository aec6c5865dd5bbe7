//! The dossiers of a period as they are judged on time or late, with the letters of apology for those that are late.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use dongbo_indicators::{Behind, Book, GapReason, Indicator, Question, each_behind};
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::{day_of, shell, vocabulary};
use dongbo_reports::{LateCounts, LateDossier, LateDossiers, LateRow, Letter, Letters};

use crate::numbers::{Numbers, rolled_up};
use crate::{GatherError, Gathering, count, of_unit};

/// The most late dossiers that a report lists one by one.
const LISTED: usize = 500;
/// The most officers that a report names.
const OFFICERS: usize = 200;

vocabulary! {
    /// Judged dossiers that are asked for.
    pub enum Judgement
    texts {
        /// Its name.
        text
    }
    {
        /// All of them.
        All = "all", ["được tính", "judged"];
        /// Late by the local facts.
        Late = "late", ["trễ hạn thực tế", "late"];
        /// Late on the portal.
        PortalLate = "portal-late", ["Cổng tính trễ hạn", "late on the portal"];
        /// Late on the portal alone.
        FalselyLate = "falsely-late", ["trễ hạn ảo: chỉ trễ trên Cổng", "late on the portal alone"];
        /// Late, and not on the portal.
        FalselyOnTime = "falsely-on-time", ["trễ hạn thực tế, Cổng tính đúng hạn", "late, and not on the portal"];
    }
}

/// A judged dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its part in indicator 2.1, and the verdicts of both sides.
    pub behind: Behind,
    /// Its letter of apology; only a late one has any.
    pub letter: Option<Letter>,
}

impl Judged {
    /// Whether it is one of those that are asked for.
    #[must_use]
    pub fn is(&self, judgement: Judgement) -> bool {
        self.behind.gap.is_some_and(|gap| match judgement {
            Judgement::All => true,
            Judgement::Late => gap.local.is_late(),
            Judgement::PortalLate => gap.portal.is_some_and(|portal| portal.is_late()),
            Judgement::FalselyLate => gap.is_falsely_late(),
            Judgement::FalselyOnTime => gap.is_falsely_on_time(),
        })
    }

    /// The reason why both sides judge it otherwise.
    #[must_use]
    pub fn reason(&self) -> Option<GapReason> {
        self.behind.gap?.reason
    }

    /// Its officer, by code or keyed hash; empty when that is not known.
    #[must_use]
    pub fn officer(&self) -> String {
        self.behind.officer.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    fn counts(&self) -> LateCounts {
        let one = |is: bool| u64::from(is);
        LateCounts {
            judged: 1,
            late: one(self.is(Judgement::Late)),
            portal: one(self.is(Judgement::PortalLate)),
            falsely: one(self.is(Judgement::FalselyLate)),
            missed: one(self.is(Judgement::FalselyOnTime)),
            published: one(self.letter == Some(Letter::Published)),
            missing: one(self.letter == Some(Letter::Missing)),
        }
    }
}

/// The dossiers that `question` asks for, those in the denominator of 2.1 by the local facts, in the order of their codes.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn judged(
    ledger: &Ledger,
    book: &Book,
    question: &Question,
    register: Option<&Letters>,
) -> Result<Vec<Judged>, LedgerError> {
    let mut all = Vec::new();
    let take = |one: Behind| {
        if one.local.is_in && one.gap.is_some() {
            all.push(one);
        }
    };
    each_behind(ledger, book, question, Indicator::OnTime, take).await?;
    all.sort_unstable_by(|one, other| one.code.cmp(&other.code));
    let judged = all.into_iter().map(|behind| {
        let letter = behind.gap.filter(|gap| gap.local.is_late()).map(|_| match register {
            None => Letter::Unknown,
            Some(register) if register.of(&behind.code).is_some() => Letter::Published,
            Some(_) => Letter::Missing,
        });
        Judged { behind, letter }
    });
    Ok(judged.collect())
}

/// The days for which a dossier was promised and on which it ended, by the local facts.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn days_of(
    ledger: &Ledger,
    code: &str,
) -> Result<(Option<NaiveDate>, Option<NaiveDate>), LedgerError> {
    let facts = ledger.dossier_facts(code).await?.local;
    let due = facts.as_ref().and_then(|facts| facts.due_at).map(day_of);
    Ok((due, facts.and_then(|facts| facts.ended).map(|ended| day_of(ended.at))))
}

impl Gathering<'_> {
    /// The late dossiers of the period.
    pub(crate) async fn late(&self, numbers: &Numbers<'_>) -> Result<LateDossiers, GatherError> {
        let register = self.office.report.letters()?;
        let (ledger, lang) = (self.ledger, self.issue.lang);
        let all = judged(ledger, &numbers.book, &numbers.question, register.as_ref()).await?;
        let mut sum = LateCounts::default();
        let mut units: BTreeMap<String, LateCounts> = BTreeMap::new();
        let mut officers: BTreeMap<String, LateCounts> = BTreeMap::new();
        let mut reasons: BTreeMap<GapReason, u64> = BTreeMap::new();
        for one in &all {
            let counts = one.counts();
            sum += counts;
            *units.entry(one.behind.unit.clone()).or_default() += counts;
            *officers.entry(one.officer()).or_default() += counts;
            if let Some(reason) = one.reason().filter(|_| one.is(Judgement::FalselyLate)) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        let named = rolled_up(&numbers.book, units);
        let units = named.into_iter().map(|(code, counts)| LateRow {
            name: self.name_of(&code),
            scope: of_unit(&code),
            counts,
        });
        officers.retain(|_, counts| counts.late + counts.portal > 0);
        let officers_in_all = count(officers.len());
        let late = all.iter().filter(|one| one.is(Judgement::Late)).take(LISTED);
        let mut dossiers = Vec::new();
        for one in late {
            dossiers.push(late_dossier(ledger, one, register.as_ref()).await?);
        }
        Ok(LateDossiers {
            scope: self.scope(),
            all: sum,
            units: units.collect(),
            officers: worst_first(officers, lang.pick("chưa rõ", "not known")),
            officers_in_all,
            reasons: reasons
                .into_iter()
                .map(|(reason, many)| {
                    (reason.text(lang).to_owned(), format!("--reason {}", reason.name()), many)
                })
                .collect(),
            has_register: register.is_some(),
            dossiers,
        })
    }
}

/// The officers with most late dossiers.
fn worst_first(officers: BTreeMap<String, LateCounts>, unknown: &str) -> Vec<LateRow> {
    let row = |(code, counts): (String, LateCounts)| LateRow {
        name: if code.is_empty() { unknown.to_owned() } else { code.clone() },
        scope: format!("--officer {}", shell::word(&code)),
        counts,
    };
    let mut rows: Vec<LateRow> = officers.into_iter().map(row).collect();
    rows.sort_by_key(|row| std::cmp::Reverse((row.counts.late, row.counts.portal)));
    rows.truncate(OFFICERS);
    rows
}

async fn late_dossier(
    ledger: &Ledger,
    one: &Judged,
    register: Option<&Letters>,
) -> Result<LateDossier, LedgerError> {
    let (due, ended) = days_of(ledger, &one.behind.code).await?;
    let details = register.and_then(|register| register.of(&one.behind.code)).cloned();
    Ok(LateDossier {
        code: one.behind.code.clone(),
        unit: one.behind.unit.clone(),
        procedure: one.behind.procedure.clone(),
        officer: one.officer(),
        due,
        ended,
        letter: (one.letter.unwrap_or(Letter::Unknown), details),
    })
}
