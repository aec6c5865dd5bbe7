//! The dossiers of a period in the form of the national reporting system.

use std::collections::BTreeMap;

use dongbo_indicators::{Arrival, Book, Exit, Handled, Question, handled};
use dongbo_ledger::LedgerError;
use dongbo_model::shell;
use dongbo_reports::{HandledCounts, HandledFigures, HandledRow, Quarterly};

use crate::numbers::{Numbers, rolled_up};
use crate::{GatherError, Gathering, of_unit};

impl Gathering<'_> {
    /// The quarterly figures.
    pub(crate) async fn quarterly(self) -> Result<Quarterly, GatherError> {
        let numbers = self.numbers().await?;
        let handled = self.handled(&numbers).await?;
        Ok(Quarterly { handled, issue: self.issue })
    }

    /// The dossiers of the period, and of the one before it.
    pub(crate) async fn handled(&self, numbers: &Numbers<'_>) -> Result<HandledFigures, LedgerError> {
        let (ledger, book, question) = (self.ledger, &numbers.book, &numbers.question);
        let (mut all, mut before) = (HandledCounts::default(), HandledCounts::default());
        let mut units: BTreeMap<String, HandledCounts> = BTreeMap::new();
        let mut procedures: BTreeMap<String, HandledCounts> = BTreeMap::new();
        handled(ledger, book, question, |one| {
            let counts = counts(one.handled);
            all += counts;
            *units.entry(one.unit).or_default() += counts;
            *procedures.entry(one.procedure).or_default() += counts;
        })
        .await?;
        let earlier =
            Question { period: dongbo_indicators::period_before(question.period), ..question.clone() };
        handled(ledger, book, &earlier, |one| before += counts(one.handled)).await?;
        let units = rolled_up(book, units).into_iter().map(|(code, counts)| HandledRow {
            name: self.name_of(&code),
            scope: of_unit(&code),
            counts,
        });
        let units = units.collect();
        let fields = self.fields(book, procedures);
        Ok(HandledFigures { scope: self.scope(), all, before, fields, units })
    }

    /// The dossiers by the fields of their procedures.
    fn fields(&self, book: &Book, procedures: BTreeMap<String, HandledCounts>) -> Vec<HandledRow> {
        let mut fields: BTreeMap<(&str, &str), HandledCounts> = BTreeMap::new();
        for (procedure, counts) in &procedures {
            let (code, name) = book.field(procedure);
            *fields.entry((name, code)).or_default() += *counts;
        }
        let unknown = self.issue.lang.pick("Chưa rõ lĩnh vực", "Field not known");
        let row = |((name, code), counts): ((&str, &str), HandledCounts)| HandledRow {
            name: if code.is_empty() { unknown } else { name }.to_owned(),
            scope: format!("--field {}", shell::word(code)),
            counts,
        };
        fields.into_iter().map(row).collect()
    }
}

/// One dossier in the form.
fn counts(of: Handled) -> HandledCounts {
    let (came, went) = (|entry| u64::from(of.entry == entry), |exit| u64::from(of.exit == exit));
    HandledCounts {
        online: came(Arrival::Online),
        counter: came(Arrival::Counter),
        carried: came(Arrival::Carried),
        early: went(Exit::Early),
        on_time: went(Exit::OnTime),
        late: went(Exit::Late),
        open: went(Exit::Open),
        overdue: went(Exit::Overdue),
        undated: went(Exit::Undated),
    }
}
