//! Writing down how claims ended: set-based, a batch in one transaction, fenced.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::store::{Sql, Tx, values};
use super::{Attempt, Doubt, Lane, Ledger, LedgerError, Next, Settlement, encode, micros};
use dongbo_model::Finding;

/// What a batch of settlements did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Claims that were still ours.
    pub settled: u64,
    /// Claims whose lease had passed to somebody else: their outcome was not written.
    pub lease_lost: u64,
    /// Files that the portal has, as it took up the dossier that names them.
    pub files_arrived: u64,
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
    i64,             // 8 on_portal
    Option<&'a str>, // 9 status_accepted
    Option<String>,  // 10 content_wanted
    Option<String>,  // 11 content_accepted
    usize,           // 12 steps_wanted
    Option<String>,  // 13 steps_wanted_fp
    usize,           // 14 steps_accepted
    Option<String>,  // 15 steps_accepted_fp
    i64,             // 16 whether everything wanted is accepted
    i64,             // 17 whether it comes to rest, and so is due at once when it was touched meanwhile
    Option<usize>,   // 18 links_unproved
    Option<&'a str>, // 19 portal_id
    Option<&'a str>, // 20 agency
    Option<&'a str>, // 21 procedure
    Option<i64>,     // 22 month of receipt
    i64,             // 23 proof
    Option<usize>,   // 24 results_accepted
);

#[derive(Serialize)]
struct AttemptRow<'a>(&'a str, i64, i64, i64, &'a str, &'a str, Option<u16>, &'a str, &'a str);

#[derive(Serialize)]
struct FindingRow<'a>(&'a str, i64, &'static str, &'a str, &'a str);

impl Ledger {
    /// Settles a batch of claims in one transaction: what the portal accepted, what comes next, findings, attempts.
    ///
    /// A settlement whose fence is not the row's any more changes nothing of the row and is counted as lease lost; its
    /// attempt is written all the same, because it happened. A dossier that was touched since its claim is due again.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn settle(&self, batch: &[Settlement], now: DateTime<Utc>) -> Result<Settled, LedgerError> {
        let mut rows: Vec<Row<'_>> = batch.iter().map(|one| row(one, now)).collect();
        // Whoever writes many rows takes them in the order of their codes, so that two never wait for each other.
        rows.sort_unstable_by(|one, other| one.0.cmp(other.0));
        let codes: Vec<&str> = rows.iter().map(|row| row.0).collect();
        let mut tx = self.store.begin("settle").await?;
        tx.lock(&LOCK, encode("settle", &codes)?).await?;
        let mut settled = 0;
        // First, so that one touched since its claim is still there to become due below.
        for gone in batch.iter().filter(|one| one.next == Next::Forget) {
            settled += tx.execute(&FORGET, values![gone.code.as_str(), gone.fence, gone.touches]).await?;
        }
        settled += tx.execute(&SETTLE, values![encode("settle", &rows)?, micros(now)]).await?;
        let attempts: Vec<AttemptRow<'_>> =
            batch.iter().filter_map(|one| Some(attempt_row(one, one.attempt.as_ref()?))).collect();
        if !attempts.is_empty() {
            tx.execute(&ADD_ATTEMPTS, values![encode("settle", &attempts)?]).await?;
        }
        Self::write_findings(&mut tx, batch, now).await?;
        let files_arrived = Self::settle_files_of(&mut tx, batch, now).await?;
        tx.commit("settle").await?;
        let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok(Settled { settled, lease_lost: all.saturating_sub(settled), files_arrived })
    }

    /// Of those only that are still ours: who lost its lease knows nothing of what holds a dossier now.
    async fn write_findings(
        tx: &mut Tx,
        batch: &[Settlement],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let judged: Vec<(&Settlement, &[Finding])> =
            batch.iter().filter_map(|one| Some((one, one.findings.as_deref()?))).collect();
        if judged.is_empty() {
            return Ok(());
        }
        let codes: Vec<(&str, i64)> = judged.iter().map(|(one, _)| (one.code.as_str(), one.fence)).collect();
        let found: Vec<FindingRow<'_>> = judged
            .iter()
            .flat_map(|(one, findings)| findings.iter().map(|finding| finding_row(one, finding)))
            .collect();
        let rows = encode("settle", &found)?;
        tx.execute(&CLOSE_FINDINGS, values![encode("settle", &codes)?, &rows, micros(now)]).await?;
        if !found.is_empty() {
            tx.execute(&OPEN_FINDINGS, values![&rows, micros(now)]).await?;
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
        accepted.on_portal.into(),
        accepted.status.map(dongbo_model::Status::code),
        wanted.map(|wanted| wanted.content.to_string()),
        accepted.content.map(|content| content.to_string()),
        wanted.map_or(0, |wanted| wanted.steps),
        wanted.and_then(|wanted| wanted.steps_fp).map(|chain| chain.to_string()),
        accepted.steps,
        accepted.steps_fp.map(|chain| chain.to_string()),
        i64::from(matches!(one.next, Next::Synced | Next::Verify(_))),
        i64::from(!matches!(one.next, Next::Due(..))),
        one.unproved_links,
        accepted.portal_id.as_ref().map(dongbo_model::PortalId::as_str),
        one.cell.as_ref().map(|cell| cell.agency.as_str()),
        one.cell.as_ref().map(|cell| cell.procedure.as_str()),
        one.cell.as_ref().map(|cell| cell.month.0),
        one.proof.number(),
        accepted.results,
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

fn finding_row<'a>(one: &'a Settlement, finding: &'a Finding) -> FindingRow<'a> {
    FindingRow(one.code.as_str(), one.fence, finding.kind.name(), &finding.subject, &finding.detail)
}

/// Whoever writes about files holds their dossiers too, and first.
pub(super) static LOCK: Sql =
    Sql::new("lock", "SELECT code FROM dossier WHERE code IN {texts $1} ORDER BY code {lock}");

static FORGET: Sql =
    Sql::new("forget", "DELETE FROM dossier WHERE code = $1 AND fence = $2 AND touches = $3");

/// A dossier touched since its claim cannot rest: it goes straight back into the live lane. One that backs off keeps
/// its due time, or a dossier that changes every second would be sent every second to a portal in trouble.
static SETTLE: Sql = Sql::new(
    "settle",
    "UPDATE dossier SET
         state = CASE WHEN dossier.touches <> one.read_to THEN 'due' ELSE one.next END,
         due_at = CASE WHEN dossier.touches <> one.read_to AND one.rests = 1 THEN $2 ELSE one.next_at END,
         lane = CASE WHEN dossier.touches <> one.read_to AND one.rests = 1 THEN 0 ELSE one.next_lane END,
         read_touches = one.read_to,
         lease_until = NULL,
         lease_owner = NULL,
         attempts = one.failures,
         doubt = one.doubted,
         on_portal = one.is_there,
         status_accepted = one.status,
         content_wanted = one.content_w,
         content_accepted = one.content_a,
         steps_wanted = one.steps_w,
         steps_wanted_fp = one.steps_w_fp,
         steps_accepted = one.steps_a,
         steps_accepted_fp = one.steps_a_fp,
         results_accepted = one.results_a,
         links_unproved = coalesce(one.links, dossier.links_unproved),
         portal_id = one.portals_own,
         unsent_since = CASE WHEN one.complete = 0 THEN dossier.unsent_since
             WHEN dossier.touches <> one.read_to THEN LEAST(dossier.changed_at, $2) END,
         agency = coalesce(one.cell_agency, dossier.agency),
         procedure = coalesce(one.cell_procedure, dossier.procedure),
         received_month = coalesce(one.cell_month, dossier.received_month),
         accepted_at = CASE WHEN one.proved = 1 THEN $2 ELSE dossier.accepted_at END,
         verified_at = CASE one.proved WHEN 1 THEN NULL WHEN 2 THEN $2 ELSE dossier.verified_at END
     FROM {rows $1: code text, fence bigint, read_to bigint, next text, next_at bigint, next_lane bigint, failures bigint, \
         doubted bigint, is_there bigint, status text, content_w text, content_a text, steps_w bigint, steps_w_fp text, \
         steps_a bigint, steps_a_fp text, complete bigint, rests bigint, links bigint, portals_own text, cell_agency text, \
         cell_procedure text, cell_month bigint, proved bigint, results_a bigint} AS one
     WHERE dossier.code = one.code AND dossier.fence = one.fence AND dossier.state = 'leased'",
);

static ADD_ATTEMPTS: Sql = Sql::new(
    "add_attempts",
    "INSERT INTO attempt (code, fence, started_at, ended_at, operations, outcome, http_status, portal_code, message)
     SELECT code, fence, started_at, ended_at, operations, outcome, http_status, portal_code, message
     FROM {rows $1: code text, fence bigint, started_at bigint, ended_at bigint, operations text, outcome text, \
         http_status bigint, portal_code text, message text} AS one WHERE true
     ON CONFLICT (code, fence) DO NOTHING",
);

/// What was found about files is the file lane's to close.
static CLOSE_FINDINGS: Sql = Sql::new(
    "close_findings",
    "UPDATE finding SET closed_at = $3
     WHERE closed_at IS NULL AND substr(kind, 1, 5) <> 'file_' AND code IN (
             SELECT judged.code FROM {rows $1: code text, fence bigint} AS judged
             LEFT JOIN dossier ON dossier.code = judged.code
             WHERE dossier.fence IS NULL OR dossier.fence = judged.fence)
         AND NOT EXISTS (SELECT 1 FROM {rows $2: code text, fence bigint, kind text, subject text, detail text} AS found
             WHERE found.code = finding.code AND found.kind = finding.kind AND found.subject = finding.subject)",
);

static OPEN_FINDINGS: Sql = Sql::new(
    "open_findings",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
     SELECT found.code, found.kind, found.subject, found.detail, $2, $2
     FROM {rows $1: code text, fence bigint, kind text, subject text, detail text} AS found
     JOIN dossier ON dossier.code = found.code AND dossier.fence = found.fence WHERE true
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
         DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail",
);
