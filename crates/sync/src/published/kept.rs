//! What the ledger has of the answer to a question.

use chrono::{DateTime, Utc};

use super::Question;
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_portal::Published;

/// The newest answer to a question that is kept.
#[derive(Debug, Clone)]
pub struct Kept {
    /// When the portal gave it first.
    pub fetched_at: DateTime<Utc>,
    /// When the portal gave it last.
    pub seen_at: DateTime<Utc>,
    /// Answers before it that are kept, at most as many as were asked for.
    pub earlier: usize,
    /// Its figures. What can no longer be read has none.
    pub published: Published,
}

/// The newest answer to `question`, asked below `root`, among `most` that are kept; `None` while none was fetched.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn kept(
    ledger: &Ledger,
    question: Question,
    root: &str,
    most: u32,
) -> Result<Option<Kept>, LedgerError> {
    let mut kept = ledger.publication(&question.key(root), most).await?.into_iter();
    let Some(newest) = kept.next() else { return Ok(None) };
    let pages: Vec<&str> = newest.pages.iter().map(|page| page.raw.as_str()).collect();
    Ok(Some(Kept {
        fetched_at: newest.fetched_at,
        seen_at: newest.seen_at,
        earlier: kept.count(),
        published: Published::read(question.topic, &pages).unwrap_or_default(),
    }))
}
