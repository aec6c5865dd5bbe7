//! How far an order has come, and what came of each of its dossiers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::preview::takes;
use super::settings::Settings;
use crate::acts::apart;
use dongbo_ledger::{Ledger, LedgerError, Resend, ResendCounts, ResendState, Resent, ResentState};
use dongbo_model::{Lang, csv, texts};

/// The first line of a table of results. Spreadsheets take a file without the mark for one in an older encoding.
pub const HEADING: &str = "\u{feff}code,state,calls,asked_at,ended_at,said\r\n";

texts! {
    results_of(done, of): "Đã có kết quả {done}/{of}", "Results of {done}/{of}";
    and_asked(line, asked): "{line}; {asked} chờ tra cứu", "{line}; {asked} to be looked up";
    and_left(line, span): "{line} · còn khoảng {span}", "{line} · about {span} left";
}

/// The progress of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The order.
    #[serde(flatten)]
    pub order: Resend,
    /// How many of its dossiers stand where.
    pub counts: ResendCounts,
}

impl Progress {
    /// The progress of the last order, as far as it is about one unit or about all; `None` when nothing was ever ordered.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(ledger: &Ledger, unit: Option<&str>) -> Result<Option<Self>, LedgerError> {
        let Some(order) = ledger.resend().await? else { return Ok(None) };
        let counts = ledger.resend_counts_of(unit).await?;
        Ok(Some(Self { order, counts }))
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.order.state, ResendState::Done | ResendState::Cancelled)
    }

    /// The number of dossiers that have their result.
    #[must_use]
    pub const fn ended(&self) -> u64 {
        let ResendCounts { waiting, asked, .. } = self.counts;
        self.counts.all().saturating_sub(waiting.saturating_add(asked))
    }

    /// Its line: how many have their result, and about how long it goes on.
    #[must_use]
    pub fn line(&self, bridge: &Settings, lang: Lang) -> String {
        let ResendCounts { asked, .. } = self.counts;
        let mut line = results_of(lang, lang.count(self.ended()), lang.count(self.counts.all()));
        if asked > 0 {
            line = and_asked(lang, line, lang.count(asked));
        }
        match self.left(bridge) {
            left if left.is_zero() => line,
            left => and_left(lang, line, lang.span(left)),
        }
    }

    /// The time that it takes at least, by the paces that are known.
    fn left(&self, bridge: &Settings) -> Duration {
        let ResendCounts { waiting, for_bridge, .. } = self.counts;
        let own = u32::try_from(waiting.saturating_sub(for_bridge)).unwrap_or(u32::MAX);
        let own = apart(self.order.per_minute).saturating_mul(own);
        own.max(takes(bridge, for_bridge.saturating_mul(bridge.calls().into())))
    }
}

/// What came of one dossier, as a row of a table of results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultRow {
    /// Its code.
    pub code: String,
    /// The name of its [`ResentState`]; `listed` in a list for somebody who asks a bridge himself.
    pub state: &'static str,
    /// Calls that the bridge took.
    pub calls: u32,
    /// When it had its turn, or the bridge took the last of them.
    pub asked_at: Option<DateTime<Utc>>,
    /// When its result was known.
    pub ended_at: Option<DateTime<Utc>>,
    /// The bridge's words, masked, or what the portal lacks.
    pub said: String,
}

impl ResultRow {
    /// The row of a list, with the kinds of what is open between both sides of the dossier.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn listed(ledger: &Ledger, code: &str) -> Result<Self, LedgerError> {
        let open = ledger.differences_of(code, 50).await?;
        let mut kinds: Vec<&str> = open
            .iter()
            .filter(|difference| difference.closed_at.is_none())
            .map(|difference| difference.kind.name())
            .collect();
        kinds.dedup();
        let (code, said) = (code.to_owned(), kinds.join(" "));
        Ok(Self { code, state: "listed", calls: 0, asked_at: None, ended_at: None, said })
    }

    /// Whether the portal has all of it.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.state == ResentState::Arrived.name()
    }

    /// Its line in a table that begins with [`HEADING`].
    #[must_use]
    pub fn line(&self) -> String {
        let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let (calls, asked_at, ended_at) =
            (self.calls.to_string(), moment(self.asked_at), moment(self.ended_at));
        let cells = [&self.code, self.state, calls.as_str(), &asked_at, &ended_at, &self.said];
        format!("{}\r\n", csv::row(cells))
    }
}

impl From<Resent> for ResultRow {
    fn from(resent: Resent) -> Self {
        Self {
            state: resent.state.name(),
            code: resent.code,
            calls: resent.calls,
            asked_at: resent.asked_at,
            ended_at: resent.ended_at,
            said: resent.said,
        }
    }
}
