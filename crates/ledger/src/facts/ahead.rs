//! Moving due dossiers ahead of others of their unit, for whoever knows what hangs on each.
//!
//! A claim takes the due dossiers of a unit in the order of `due_at`, by one index. One that is moved ahead is as if it had waited so much
//! longer: claims cost what they did, and none waits for ever behind newer ones.

use std::time::Duration;

use chrono::{DateTime, Utc};
use dongbo_model::{DossierCode, Facts};

use super::list::listed;
use super::{BOTH, Side};
use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::queue::{each_queue, to_send};
use crate::store::{Row, Sql, record, values};

/// A due dossier that has waited, with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its code.
    pub code: DossierCode,
    /// As the local system had it when it was read last; `None` while it was not read.
    pub local: Option<Facts>,
    /// As the portal accepted it; `None` when it did not.
    pub portal: Option<Facts>,
    due_at: i64,
}

/// A page of waiting dossiers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WaitingPage {
    /// The dossiers of the page.
    pub dossiers: Vec<Waiting>,
    /// The place behind which the next page begins; `None` when this one is the last.
    pub next: Option<String>,
}

record! {
    /// A dossier that is moved ahead, as it was found.
    struct AheadRow<'a> {
        code: &'a str,
        found: i64,
        ahead: i64,
    }
}

impl Ledger {
    /// Up to `most` dossiers of which something has to be sent, that fell due after `from` and by `to`, behind `after` in the order of
    /// their codes. Of the last lane, in which old dossiers wait, only those of which facts are known.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn waiting_between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        after: &str,
        most: u32,
    ) -> Result<WaitingPage, LedgerError> {
        let rows = self.store.read(&WAITING, values![micros(from), micros(to), after, most]).await?;
        let (mut page, mut seen) = (WaitingPage::default(), 0_u32);
        let mut last: Option<String> = None;
        for row in &rows {
            let (code, found) = waiting(row).map_err(LedgerError::during("waiting_between"))?;
            if last.as_ref() != Some(&code) {
                seen += 1;
                last = Some(code);
            }
            let Some((one, side)) = found else { continue };
            match page.dossiers.last_mut().filter(|known| known.code == one.code) {
                Some(known) if side == Side::Portal.number() => known.portal = one.portal,
                Some(known) => known.local = one.local,
                None => page.dossiers.push(one),
            }
        }
        page.next = last.filter(|_| seen >= most);
        Ok(page)
    }

    /// Moves dossiers ahead by so much, as far as nobody has touched them since they were found. Returns how many were moved.
    ///
    /// # Errors
    /// When the ledger cannot be written; none is moved then.
    pub async fn move_ahead(&self, ahead: &[(Waiting, Duration)]) -> Result<u64, LedgerError> {
        let mut rows: Vec<AheadRow<'_>> = ahead
            .iter()
            .map(|(waiting, by)| AheadRow {
                code: waiting.code.as_str(),
                found: waiting.due_at,
                ahead: i64::try_from(by.as_micros()).unwrap_or(i64::MAX / 2),
            })
            .collect();
        rows.sort_by_key(|row| row.code);
        self.store.execute(&MOVE_AHEAD, values![encode("move_ahead", &rows)?]).await
    }
}

/// The code of a row, and the dossier with one side of its facts and that side's number; `None` of a row without a code.
fn waiting(row: &Row) -> Result<(String, Option<(Waiting, i64)>), sqlx::Error> {
    let code: String = row.get("code")?;
    let due_at: i64 = row.get("due_at")?;
    let side: Option<i64> = row.get("side")?;
    let facts = match side {
        Some(_) => listed(row)?.map(|one| one.facts),
        None => None,
    };
    let side = side.unwrap_or(BOTH);
    let of = |one: Side| facts.clone().filter(|_| side == BOTH || side == one.number());
    let dossier = DossierCode::new(&code);
    let one = dossier.map(|code| Waiting { code, local: of(Side::Local), portal: of(Side::Portal), due_at });
    Ok((code, one.map(|one| (one, side))))
}

static WAITING: Sql = Sql::new(
    "waiting_between",
    concat!(
        "SELECT found.code, found.due_at, fact.side, fact.month, fact.unit, fact.procedure, fact.facts FROM (
             SELECT code, due_at FROM ",
        each_queue!(""),
        " AND ",
        to_send!(),
        " AND due_at > $1 AND due_at <= $2 AND code > $3
                 AND (one_lane < 2 OR EXISTS (SELECT 1 FROM fact WHERE fact.code = dossier.code))
             ORDER BY code LIMIT $4) AS found
         LEFT JOIN fact ON fact.code = found.code ORDER BY found.code, fact.side"
    ),
);

static MOVE_AHEAD: Sql = Sql::of(
    "move_ahead",
    "UPDATE dossier SET due_at = dossier.due_at - one.ahead FROM {rows $1: AheadRow} AS one
     WHERE dossier.code = one.code AND dossier.state = 'due' AND dossier.due_at = one.found",
    &[AheadRow::RECORD],
);
