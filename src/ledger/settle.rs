//! Writing down how claims ended: set-based, a batch in one transaction, fenced.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Attempt, Doubt, Lane, Ledger, LedgerError, Next, Settlement, micros};
use crate::dossier::Finding;

/// What a batch of settlements did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Claims that were still ours.
    pub settled: u64,
    /// Claims whose lease had passed to somebody else: their outcome was not written.
    pub lease_lost: u64,
}

/// One settlement as the statements read it: a flat array is the cheapest thing for SQLite to take apart.
#[derive(Serialize)]
struct Row<'a>(
    &'a str,         // 0 code
    i64,             // 1 fence
    i64,             // 2 touches
    &'static str,    // 3 state
    i64,             // 4 due_at
    i64,             // 5 lane
    u32,             // 6 attempts
    i64,             // 7 doubt
    bool,            // 8 on_portal
    Option<&'a str>, // 9 status_accepted
    Option<String>,  // 10 content_wanted
    Option<String>,  // 11 content_accepted
    usize,           // 12 steps_wanted
    Option<String>,  // 13 steps_wanted_fp
    usize,           // 14 steps_accepted
    Option<String>,  // 15 steps_accepted_fp
    bool,            // 16 whether everything wanted is accepted
    bool,            // 17 whether it comes to rest, and so is due at once when it was touched meanwhile
);

#[derive(Serialize)]
struct AttemptRow<'a>(&'a str, i64, i64, i64, &'a str, &'a str, Option<u16>, &'a str, &'a str);

#[derive(Serialize)]
struct FindingRow<'a>(&'a str, &'static str, &'a str, &'a str);

impl Ledger {
    /// Settles a batch of claims in one transaction: what the portal accepted, what comes next, findings, attempts.
    ///
    /// A settlement whose fence is not the row's any more changes nothing of the row and is counted as lease lost; its
    /// attempt is written all the same, because it happened. A dossier that was touched since its claim is due again.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn settle(&self, batch: &[Settlement], now: DateTime<Utc>) -> Result<Settled, LedgerError> {
        let encode = |source| LedgerError::Encode { operation: "settle", source };
        let rows: Vec<Row<'_>> = batch.iter().map(|one| row(one, now)).collect();
        let rows = serde_json::to_string(&rows).map_err(encode)?;
        let mut tx = self.begin("settle").await?;
        let mut settled = 0;
        // First, so that one touched since its claim is still there to become due below.
        for gone in batch.iter().filter(|one| one.next == Next::Forget) {
            settled +=
                sqlx::query("-- forget\nDELETE FROM dossier WHERE code = ?1 AND fence = ?2 AND touches = ?3")
                    .bind(gone.code.as_str())
                    .bind(gone.fence)
                    .bind(gone.touches)
                    .execute(&mut *tx)
                    .await
                    .map_err(LedgerError::during("forget"))?
                    .rows_affected();
        }
        settled += sqlx::query(SETTLE)
            .bind(&rows)
            .bind(micros(now))
            .execute(&mut *tx)
            .await
            .map_err(LedgerError::during("settle"))?
            .rows_affected();
        let attempts: Vec<AttemptRow<'_>> =
            batch.iter().filter_map(|one| Some(attempt_row(one, one.attempt.as_ref()?))).collect();
        if !attempts.is_empty() {
            sqlx::query(ADD_ATTEMPTS)
                .bind(serde_json::to_string(&attempts).map_err(encode)?)
                .execute(&mut *tx)
                .await
                .map_err(LedgerError::during("add_attempts"))?;
        }
        Self::write_findings(&mut tx, batch, now).await?;
        tx.commit().await.map_err(LedgerError::during("settle"))?;
        let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok(Settled { settled, lease_lost: all.saturating_sub(settled) })
    }

    async fn write_findings(
        tx: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
        batch: &[Settlement],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let encode = |source| LedgerError::Encode { operation: "settle", source };
        let judged: Vec<(&str, &[Finding])> =
            batch.iter().filter_map(|one| Some((one.code.as_str(), one.findings.as_deref()?))).collect();
        let codes: Vec<&str> = judged.iter().map(|(code, _)| *code).collect();
        let found: Vec<FindingRow<'_>> = judged
            .iter()
            .flat_map(|(code, findings)| findings.iter().map(|finding| finding_row(code, finding)))
            .collect();
        let found = serde_json::to_string(&found).map_err(encode)?;
        sqlx::query(CLOSE_FINDINGS)
            .bind(serde_json::to_string(&codes).map_err(encode)?)
            .bind(&found)
            .bind(micros(now))
            .execute(&mut **tx)
            .await
            .map_err(LedgerError::during("close_findings"))?;
        if found != "[]" {
            sqlx::query(OPEN_FINDINGS)
                .bind(&found)
                .bind(micros(now))
                .execute(&mut **tx)
                .await
                .map_err(LedgerError::during("open_findings"))?;
        }
        Ok(())
    }
}

fn row(one: &Settlement, now: DateTime<Utc>) -> Row<'_> {
    let (state, due_at, lane, doubt) = match one.next {
        Next::Synced => ("synced", now, Lane::Live, Doubt::None),
        Next::Verify(at) => ("due", at, Lane::Backfill, Doubt::Verify),
        Next::Due(at, lane) => ("due", at, lane, one.doubt),
        Next::Held | Next::Forget => ("held", now, Lane::Live, one.doubt),
    };
    let wanted = one.wanted.as_ref();
    let accepted = &one.accepted;
    Row(
        one.code.as_str(),
        one.fence,
        one.touches,
        state,
        micros(due_at),
        lane.number(),
        one.attempts,
        doubt.number(),
        accepted.on_portal,
        accepted.status.map(crate::dossier::Status::code),
        wanted.map(|wanted| wanted.content.to_string()),
        accepted.content.map(|content| content.to_string()),
        wanted.map_or(0, |wanted| wanted.steps),
        wanted.and_then(|wanted| wanted.steps_fp).map(|chain| chain.to_string()),
        accepted.steps,
        accepted.steps_fp.map(|chain| chain.to_string()),
        matches!(one.next, Next::Synced | Next::Verify(_)),
        !matches!(one.next, Next::Due(..)),
    )
}

fn attempt_row<'a>(one: &'a Settlement, attempt: &'a Attempt) -> AttemptRow<'a> {
    AttemptRow(
        one.code.as_str(),
        one.fence,
        micros(attempt.started_at),
        micros(attempt.ended_at),
        &attempt.operations,
        attempt.outcome,
        attempt.http_status,
        &attempt.portal_code,
        &attempt.message,
    )
}

fn finding_row<'a>(code: &'a str, finding: &'a Finding) -> FindingRow<'a> {
    FindingRow(code, finding.kind.name(), &finding.subject, &finding.detail)
}

/// A dossier touched since its claim cannot rest: it goes straight back into the live lane. One that backs off keeps
/// its due time, or a dossier that changes every second would be sent every second to a portal in trouble.
const SETTLE: &str = "-- settle
UPDATE dossier SET
    state = CASE WHEN touches <> one.value ->> 2 THEN 'due' ELSE one.value ->> 3 END,
    due_at = CASE WHEN touches <> one.value ->> 2 AND one.value ->> 17 THEN ?2 ELSE one.value ->> 4 END,
    lane = CASE WHEN touches <> one.value ->> 2 AND one.value ->> 17 THEN 0 ELSE one.value ->> 5 END,
    read_touches = one.value ->> 2,
    lease_until = NULL,
    lease_owner = NULL,
    attempts = one.value ->> 6,
    doubt = one.value ->> 7,
    on_portal = one.value ->> 8,
    status_accepted = one.value ->> 9,
    content_wanted = one.value ->> 10,
    content_accepted = one.value ->> 11,
    steps_wanted = one.value ->> 12,
    steps_wanted_fp = one.value ->> 13,
    steps_accepted = one.value ->> 14,
    steps_accepted_fp = one.value ->> 15,
    unsent_since = CASE WHEN NOT one.value ->> 16 THEN unsent_since WHEN touches <> one.value ->> 2 THEN min(changed_at, ?2) END
FROM json_each(?1) AS one
WHERE dossier.code = one.value ->> 0 AND fence = one.value ->> 1 AND state = 'leased'";

const ADD_ATTEMPTS: &str = "-- add_attempts
INSERT INTO attempt (code, fence, started_at, ended_at, operations, outcome, http_status, portal_code, message)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
    value ->> 8
FROM json_each(?1) WHERE true
ON CONFLICT (code, fence) DO NOTHING";

const CLOSE_FINDINGS: &str = "-- close_findings
UPDATE finding SET closed_at = ?3
WHERE closed_at IS NULL AND code IN (SELECT value FROM json_each(?1))
    AND NOT EXISTS (SELECT 1 FROM json_each(?2) AS found WHERE found.value ->> 0 = finding.code
        AND found.value ->> 1 = finding.kind AND found.value ->> 2 = finding.subject)";

const OPEN_FINDINGS: &str = "-- open_findings
INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, ?2, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
    DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail";
