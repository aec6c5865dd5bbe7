//! The numbers of a period, and what is needed to give them.

use std::collections::BTreeMap;

use dongbo_indicators::fetched::{Departments, OfPeriod};
use dongbo_indicators::{Book, Both, Given, Indicator, Question, Split, entries, owner_stores, sums};
use dongbo_ledger::{EnteredFigure, Ledger, LedgerError, OwnerStoreCount};
use dongbo_model::{Period, shell};

/// The part of the configuration by which published figures are found.
#[derive(Debug, Clone, Default)]
pub struct Publishing {
    /// Where the figures of our units stand among them.
    pub departments: Departments,
    /// Whether figures are fetched at all.
    pub is_fetched: bool,
}

/// A ledger that is read, with everything that numbers need beside it.
#[derive(Debug)]
pub struct Numbers {
    /// Where published figures are found.
    pub publishing: Publishing,
    /// The ledger.
    pub ledger: Ledger,
    /// The configured reading of the indicators.
    pub book: Book,
    /// The period, the unit and the set of formulas that are asked for.
    pub question: Question,
    /// Figures that people entered.
    pub entered: Vec<EnteredFigure>,
    /// Dossiers whose owners' stores were looked into.
    owner_stores: Vec<OwnerStoreCount>,
    /// The options that narrow the dossiers to those of a field or procedure, as they are typed.
    procedures: String,
}

impl Numbers {
    /// The numbers of `question`, of which `procedures` are the options that narrow the procedures of a command.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn new(
        (ledger, publishing): (Ledger, Publishing),
        book: Book,
        question: Question,
        procedures: String,
    ) -> Result<Self, LedgerError> {
        let entered = ledger.entered_figures(None, None).await?;
        let owner_stores = ledger.owner_store_counts().await?;
        Ok(Self { publishing, ledger, book, question, entered, owner_stores, procedures })
    }

    /// The command that lists the dossiers of `part` behind an indicator; of the unit or the procedure `only` where numbers are taken
    /// apart by one.
    #[must_use]
    pub fn list(&self, indicator: Indicator, only: Option<(Split, &str)>, part: &str) -> String {
        let Question { period, unit, set, .. } = &self.question;
        let unit = match only {
            Some((Split::Unit, unit)) => Some(unit),
            _ => unit.as_deref(),
        };
        let unit = unit.map(|unit| format!(" --unit {}", shell::word(unit))).unwrap_or_default();
        let (period, procedures) = match only {
            Some((Split::Procedure, code)) => {
                (period.to_string(), format!(" --procedure {}", shell::word(code)))
            }
            Some((Split::Month, month)) => (month.to_owned(), self.procedures.clone()),
            _ => (period.to_string(), self.procedures.clone()),
        };
        let (id, set) = (indicator.name(), set.name());
        format!("dongbo indicators list {id} --period {period}{unit}{procedures} --set {set} --part {part}")
    }

    /// All that the portal published of the period.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn published(&self) -> Result<OfPeriod, LedgerError> {
        OfPeriod::read(&self.ledger, &self.publishing.departments, self.question.period).await
    }

    /// The counts of both sides, in parts.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sums(&self, split: Split) -> Result<BTreeMap<String, Both>, LedgerError> {
        sums(&self.ledger, &self.book, &self.question, split).await
    }

    /// The counts of both sides over `period`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn whole(&self, period: Period) -> Result<Both, LedgerError> {
        let question = Question { period, ..self.question.clone() };
        let mut parts = sums(&self.ledger, &self.book, &question, Split::Whole).await?;
        Ok(parts.remove("").unwrap_or_else(|| Both::of(&question)))
    }

    /// The counts that people entered for a unit over `period`, and those of the sample. Figures are entered for whole units, so there are none for a part
    /// of their procedures.
    #[must_use]
    pub fn given(&self, period: Period, unit: Option<&str>) -> Given {
        match self.question.procedures {
            Some(_) => Given::default(),
            None => Given {
                owner_stores: owner_stores(&self.book, &self.owner_stores, period, unit),
                ..entries::given(&self.entered, period, unit.unwrap_or_default())
            },
        }
    }
}
