//! The portal's published figures of each period: its answers as they came, and the outcome of each question.

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, Tx, values};
use dongbo_model::vocabulary;

vocabulary! {
    /// The outcome of a question about published figures.
    pub enum PublicationOutcome {
        /// It was answered with figures.
        Published = "published";
        /// It was answered, without a figure.
        Missing = "missing";
        /// It was not answered, or not in a way that is understood.
        Failed = "failed";
    }
}

/// A question about published figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicationKey {
    /// The group that is asked about.
    pub topic: String,
    /// The department below which it is asked, by the portal's own id; empty for the whole country.
    pub root: String,
    /// The period: `2026-08`, `2026-Q3` or `2026`.
    pub period: String,
}

/// The outcome of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationState {
    /// The question.
    pub key: PublicationKey,
    /// When it was asked last.
    pub asked_at: DateTime<Utc>,
    /// When it was answered with figures last; `None`: never.
    pub answered_at: Option<DateTime<Utc>>,
    /// The outcome of the last time.
    pub outcome: PublicationOutcome,
    /// Failures in a row, up to the last time.
    pub failures: u32,
    /// The reason of the last failure; else empty.
    pub detail: String,
}

/// One page of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicationPage {
    /// The HTTP status.
    pub http: u16,
    /// The answer as it came.
    pub raw: String,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// When it was given first.
    pub fetched_at: DateTime<Utc>,
    /// When it was given last.
    pub seen_at: DateTime<Utc>,
    /// Its pages, in their order.
    pub pages: Vec<PublicationPage>,
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicationAnswer<'a> {
    /// Figures, page by page.
    Figures(&'a [PublicationPage]),
    /// No figure: what was kept before stays.
    Nothing,
    /// None, for this reason.
    Failed(&'a str),
}

impl Ledger {
    /// Writes down the answer to a question. Returns whether it has figures that differ from those kept last; of those that
    /// differ the newest `keep` stay.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing has changed then.
    pub async fn note_publication(
        &self,
        key: &PublicationKey,
        answer: PublicationAnswer<'_>,
        keep: u32,
        now: DateTime<Utc>,
    ) -> Result<bool, LedgerError> {
        let mut tx = self.store.begin("note_publication").await?;
        let (outcome, detail) = match answer {
            PublicationAnswer::Figures(_) => (PublicationOutcome::Published, ""),
            PublicationAnswer::Nothing => (PublicationOutcome::Missing, ""),
            PublicationAnswer::Failed(why) => (PublicationOutcome::Failed, why),
        };
        let PublicationKey { topic, root, period } = key;
        let state = values![topic, root, period, micros(now), outcome.name(), detail];
        tx.execute(&NOTE_QUESTION, state).await?;
        let news = match answer {
            PublicationAnswer::Figures(pages) => keep_pages(&mut tx, key, pages, keep, now).await?,
            PublicationAnswer::Nothing | PublicationAnswer::Failed(_) => false,
        };
        tx.commit("note_publication").await?;
        Ok(news)
    }

    /// The outcomes of all questions, in the order of topics and periods.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn publications(&self) -> Result<Vec<PublicationState>, LedgerError> {
        let rows = self.store.read(&QUESTIONS, Vec::new()).await?;
        rows.iter().map(state).collect::<Result<_, _>>().map_err(LedgerError::during("publications"))
    }

    /// The answers with figures that are kept for a question, the newest first; at most `limit`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn publication(
        &self,
        key: &PublicationKey,
        limit: u32,
    ) -> Result<Vec<Publication>, LedgerError> {
        let PublicationKey { topic, root, period } = key;
        let rows = self.store.read(&ANSWERS, values![topic, root, period, limit]).await?;
        answers(&rows).map_err(LedgerError::during("publication"))
    }

    /// Copies all of it within the transactions of a move, and compares each answer with what came of it.
    pub(super) async fn copy_publications(old: &mut Tx, new: &mut Tx) -> Result<(), LedgerError> {
        let copying = LedgerError::during("take_over");
        let states = old.read(&QUESTIONS, Vec::new()).await?;
        let states: Vec<PublicationState> =
            states.iter().map(state).collect::<Result<_, _>>().map_err(copying)?;
        for one in states {
            let PublicationKey { topic, root, period } = &one.key;
            let (outcome, failures) = (one.outcome.name(), one.failures);
            let state = values![topic, root, period, micros(one.asked_at), outcome, &one.detail];
            new.execute(&NOTE_QUESTION, state).await?;
            let answered = one.answered_at.map(micros).unwrap_or_default();
            new.execute(&SET_QUESTION, values![topic, root, period, failures, answered]).await?;
            let all = values![topic, root, period, i64::from(u32::MAX)];
            let kept = old.read(&ANSWERS, all.clone()).await?;
            for answer in answers(&kept).map_err(LedgerError::during("take_over"))? {
                add_pages(new, &one.key, &answer).await?;
            }
            let copied = new.read(&ANSWERS, all).await?;
            let read = |rows: &[Row]| answers(rows).map_err(LedgerError::during("take_over"));
            if read(&copied)? != read(&kept)? {
                return Err(LedgerError::Differs { first: topic.clone(), last: period.clone() });
            }
        }
        Ok(())
    }
}

/// Keeps the pages when they differ from those kept last; says whether they do.
async fn keep_pages(
    tx: &mut Tx,
    key: &PublicationKey,
    pages: &[PublicationPage],
    keep: u32,
    now: DateTime<Utc>,
) -> Result<bool, LedgerError> {
    let PublicationKey { topic, root, period } = key;
    let last = tx.read(&ANSWERS, values![topic, root, period, 1_u32]).await?;
    let last = answers(&last).map_err(LedgerError::during("note_publication"))?.pop();
    if let Some(last) = last.filter(|last| last.pages == pages) {
        let seen = values![topic, root, period, micros(last.fetched_at), micros(now)];
        tx.execute(&SEE_AGAIN, seen).await?;
        return Ok(false);
    }
    let answer = Publication { fetched_at: now, seen_at: now, pages: pages.to_vec() };
    add_pages(tx, key, &answer).await?;
    tx.execute(&TRIM, values![topic, root, period, keep]).await?;
    Ok(true)
}

async fn add_pages(tx: &mut Tx, key: &PublicationKey, answer: &Publication) -> Result<(), LedgerError> {
    let PublicationKey { topic, root, period } = key;
    for (page, number) in answer.pages.iter().zip(1_u32..) {
        let row = values![
            topic,
            root,
            period,
            micros(answer.fetched_at),
            number,
            micros(answer.seen_at),
            u32::from(page.http),
            &page.raw
        ];
        tx.execute(&ADD_PAGE, row).await?;
    }
    Ok(())
}

fn state(row: &Row) -> Result<PublicationState, sqlx::Error> {
    let outcome: String = row.get("outcome")?;
    Ok(PublicationState {
        key: PublicationKey { topic: row.get("topic")?, root: row.get("root")?, period: row.get("period")? },
        asked_at: time(row.get("asked_at")?),
        answered_at: row.get::<Option<i64>, _>("answered_at")?.map(time),
        // A newer dongbo may know more.
        outcome: PublicationOutcome::from_name(&outcome).unwrap_or(PublicationOutcome::Failed),
        failures: u32::try_from(row.get::<i64, _>("failures")?).unwrap_or(u32::MAX),
        detail: row.get("detail")?,
    })
}

/// Answers from their pages, which come in order.
fn answers(rows: &[Row]) -> Result<Vec<Publication>, sqlx::Error> {
    let mut answers: Vec<Publication> = Vec::new();
    for row in rows {
        let fetched_at = time(row.get("fetched_at")?);
        let page = PublicationPage {
            http: u16::try_from(row.get::<i64, _>("http")?).unwrap_or_default(),
            raw: row.get("raw")?,
        };
        match answers.last_mut() {
            Some(last) if last.fetched_at == fetched_at => last.pages.push(page),
            _ => answers.push(Publication {
                fetched_at,
                seen_at: time(row.get("seen_at")?),
                pages: vec![page],
            }),
        }
    }
    Ok(answers)
}

static NOTE_QUESTION: Sql = Sql::new(
    "note_publication_question",
    "INSERT INTO publication_question (topic, root, period, asked_at, answered_at, outcome, failures, detail)
     VALUES ($1, $2, $3, $4, CASE WHEN $5 = 'published' THEN $4 END, $5, CASE WHEN $5 = 'failed' THEN 1 ELSE 0 END, $6)
     ON CONFLICT (topic, root, period) DO UPDATE SET asked_at = excluded.asked_at,
         answered_at = coalesce(excluded.answered_at, publication_question.answered_at), outcome = excluded.outcome,
         failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE publication_question.failures + 1 END,
         detail = excluded.detail",
);

/// No answer is as old as the epoch.
static SET_QUESTION: Sql = Sql::new(
    "set_publication_question",
    "UPDATE publication_question SET failures = $4, answered_at = CASE WHEN $5 = 0 THEN NULL ELSE $5 END
     WHERE topic = $1 AND root = $2 AND period = $3",
);

static QUESTIONS: Sql = Sql::new(
    "publication_questions",
    "SELECT topic, root, period, asked_at, answered_at, outcome, failures, detail FROM publication_question
     ORDER BY topic, root, period",
);

static ANSWERS: Sql = Sql::new(
    "publication_answers",
    "SELECT fetched_at, page, seen_at, http, raw FROM publication
     WHERE topic = $1 AND root = $2 AND period = $3 AND fetched_at IN (
         SELECT DISTINCT fetched_at FROM publication WHERE topic = $1 AND root = $2 AND period = $3
         ORDER BY fetched_at DESC LIMIT $4)
     ORDER BY fetched_at DESC, page",
);

static ADD_PAGE: Sql = Sql::new(
    "add_publication_page",
    "INSERT INTO publication (topic, root, period, fetched_at, page, seen_at, http, raw)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
);

static SEE_AGAIN: Sql = Sql::new(
    "see_publication_again",
    "UPDATE publication SET seen_at = $5 WHERE topic = $1 AND root = $2 AND period = $3 AND fetched_at = $4",
);

static TRIM: Sql = Sql::new(
    "trim_publication",
    "DELETE FROM publication WHERE topic = $1 AND root = $2 AND period = $3 AND fetched_at NOT IN (
         SELECT DISTINCT fetched_at FROM publication WHERE topic = $1 AND root = $2 AND period = $3
         ORDER BY fetched_at DESC LIMIT $4)",
);
