//! Writing down how claims ended: set-based, a batch in one transaction, fenced.

use chrono::{DateTime, Utc};

use crate::delays::PastDelay;
use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::portal_history::stored;
use crate::queue::to_send;
use crate::store::{Fenced, Sql, Tx, record, values};
use crate::types::{Attempt, Doubt, Next, Settlement};
use dongbo_model::Finding;
use dongbo_model::Lane;

/// The outcome of a batch of settlements.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// Claims that were still ours.
    pub settled: u64,
    /// Claims whose lease had passed to another holder: their outcome was not written.
    pub lease_lost: u64,
    /// Files that the portal has, as it took up the dossier that names them.
    pub files_arrived: u64,
    /// Whether live changes are due now: of some of the settled we heard meanwhile.
    pub live_due: bool,
    /// How long the changes took that the portal has now and had not before.
    pub delays: Vec<PastDelay>,
}

record! {
    /// One settlement as its statement takes it.
    struct SettlementRow<'a> {
        code: &'a str,
        fence: i64,
        /// The touches that the claim had read up to.
        read_to: i64,
        next: &'static str,
        next_at: i64,
        next_lane: i64,
        failures: u32,
        doubted: i64,
        is_there: i64,
        status: Option<&'a str>,
        content_w: Option<String>,
        content_a: Option<String>,
        steps_w: usize,
        steps_w_fp: Option<String>,
        steps_a: usize,
        steps_a_fp: Option<String>,
        /// Whether everything wanted is accepted.
        complete: i64,
        /// Whether it was read, and the portal lacks something of it.
        lacks: i64,
        /// Whether it comes to rest, and so is due at once when it was touched meanwhile.
        rests: i64,
        links: Option<usize>,
        portals_own: Option<&'a str>,
        cell_agency: Option<&'a str>,
        cell_procedure: Option<&'a str>,
        cell_month: Option<i64>,
        proved: i64,
        results_a: Option<usize>,
        circles: Option<String>,
        /// When the claim lost an answer.
        lost: Option<i64>,
        /// Answers lost before this are confirmed again.
        sure_until: Option<i64>,
        shown: Option<String>,
    }
}

record! {
    /// One attempt as its statement takes it, with the names of its table.
    struct AttemptRow<'a> {
        code: &'a str,
        fence: i64,
        started_at: i64,
        ended_at: i64,
        operations: &'a str,
        outcome: &'a str,
        http_status: Option<u16>,
        portal_code: &'a str,
        message: &'a str,
    }
}

record! {
    /// One finding of a settled dossier as its statements take it.
    struct FindingRow<'a> {
        code: &'a str,
        fence: i64,
        kind: &'static str,
        subject: &'a str,
        detail: &'a str,
    }
}

impl Ledger {
    /// Settles a batch of claims in one transaction: what the portal accepted, what comes next, findings, attempts.
    ///
    /// A settlement whose fence is not the row's any more changes nothing of the row and is counted as lease lost; its
    /// attempt is written all the same, because it happened. A dossier that was touched since its claim is due again.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing of the batch is written then.
    pub async fn settle(&self, batch: &[Settlement], now: DateTime<Utc>) -> Result<Settled, LedgerError> {
        let mut rows: Vec<SettlementRow<'_>> = batch.iter().map(|one| settlement_row(one, now)).collect();
        // Whoever writes many rows takes them in the order of their codes, so that two never wait for each other.
        rows.sort_unstable_by(|one, other| one.code.cmp(other.code));
        let codes: Vec<&str> = rows.iter().map(|row| row.code).collect();
        let mut tx = self.store.begin("settle").await?;
        tx.lock(&LOCK, encode("settle", &codes)?).await?;
        Self::settle_facts(&mut tx, batch).await?;
        let mut settled = 0;
        // First, so that one touched since its claim is still there to become due below.
        for gone in batch.iter().filter(|one| one.next == Next::Forget) {
            settled += tx.execute(&FORGET, values![gone.code.as_str(), gone.fence, gone.touches]).await?;
        }
        let delays = self.settle_delays(&mut tx, batch).await?;
        settled += tx.execute(&SETTLE, values![encode("settle", &rows)?, micros(now)]).await?;
        let attempts: Vec<AttemptRow<'_>> =
            batch.iter().filter_map(|one| Some(attempt_row(one, one.attempt.as_ref()?))).collect();
        if !attempts.is_empty() {
            tx.execute(&ADD_ATTEMPTS, values![encode("settle", &attempts)?]).await?;
        }
        Self::write_findings(&mut tx, batch, now).await?;
        let files_arrived = Self::settle_files_of(&mut tx, batch, now).await?;
        let live_due = tx.read_number(&LIVE_DUE, values![micros(now)]).await?.is_some();
        if live_due || batch.iter().any(|one| matches!(one.next, Next::Due(..))) {
            self.finish_news(tx, "settle").await?;
        } else {
            tx.commit("settle").await?;
        }
        let all = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        Ok(Settled { settled, lease_lost: all.saturating_sub(settled), files_arrived, live_due, delays })
    }

    /// Of those only that are still ours: a holder that lost its lease does not know what holds a dossier now.
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
        let codes: Vec<Fenced<'_>> =
            judged.iter().map(|(one, _)| Fenced { code: one.code.as_str(), fence: one.fence }).collect();
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

fn settlement_row(one: &Settlement, now: DateTime<Utc>) -> SettlementRow<'_> {
    let (state, due_at, lane, doubt) = match one.next {
        Next::Synced => ("synced", now, Lane::Live, Doubt::None),
        Next::Verify(at) => ("due", at, Lane::Backfill, Doubt::Verify),
        Next::Due(at, lane) => ("due", at, lane, one.doubt),
        Next::Held | Next::NotSent | Next::Forget => ("held", now, Lane::Live, one.doubt),
    };
    let (wanted, accepted, cell) = (one.wanted.as_ref(), &one.accepted, one.cell.as_ref());
    SettlementRow {
        code: one.code.as_str(),
        fence: one.fence,
        read_to: one.touches,
        next: state,
        next_at: micros(due_at),
        next_lane: lane.number(),
        failures: one.attempts,
        doubted: doubt.number(),
        is_there: accepted.on_portal.into(),
        status: accepted.status.map(dongbo_model::Status::code),
        content_w: wanted.map(|wanted| wanted.content.to_string()),
        content_a: accepted.content.map(|content| content.to_string()),
        steps_w: wanted.map_or(0, |wanted| wanted.steps),
        steps_w_fp: wanted.and_then(|wanted| wanted.steps_fp).map(|chain| chain.to_string()),
        steps_a: accepted.steps,
        steps_a_fp: accepted.steps_fp.map(|chain| chain.to_string()),
        complete: matches!(one.next, Next::Synced | Next::Verify(_)).into(),
        lacks: wanted.is_some_and(|wanted| !accepted.has(wanted)).into(),
        rests: i64::from(!matches!(one.next, Next::Due(..))),
        links: one.unproved_links,
        portals_own: accepted.portal_id.as_ref().map(dongbo_model::PortalId::as_str),
        cell_agency: cell.map(|cell| cell.agency.as_str()),
        cell_procedure: cell.map(|cell| cell.procedure.as_str()),
        cell_month: cell.map(|cell| cell.month.0),
        proved: one.proof.number(),
        results_a: accepted.results,
        circles: one.rounds.stored(),
        lost: one.landing.lost_at.map(micros),
        sure_until: one.landing.sure_until.map(micros),
        shown: one.history_shown.as_ref().and_then(stored),
    }
}

fn attempt_row<'a>(one: &'a Settlement, attempt: &'a Attempt) -> AttemptRow<'a> {
    AttemptRow {
        code: one.code.as_str(),
        fence: one.fence,
        started_at: micros(attempt.started_at),
        ended_at: micros(attempt.ended_at),
        operations: &attempt.operations,
        outcome: attempt.outcome,
        http_status: attempt.http_status,
        portal_code: &attempt.portal_code,
        message: &attempt.message,
    }
}

fn finding_row<'a>(one: &'a Settlement, finding: &'a Finding) -> FindingRow<'a> {
    FindingRow {
        code: one.code.as_str(),
        fence: one.fence,
        kind: finding.kind.name(),
        subject: &finding.subject,
        detail: &finding.detail,
    }
}

/// A writer about files locks their dossiers too, and first.
pub(super) static LOCK: Sql =
    Sql::new("lock", "SELECT code FROM dossier WHERE code IN {texts $1} ORDER BY code {lock}");

static FORGET: Sql =
    Sql::new("forget", "DELETE FROM dossier WHERE code = $1 AND fence = $2 AND touches = $3");

/// A dossier touched since its claim cannot rest: it goes straight back into the live lane. One that backs off keeps
/// its due time, or a dossier that changes every second would be sent every second to a portal in trouble.
static SETTLE: Sql = Sql::of(
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
         rounds = one.circles,
         lost_at = CASE WHEN one.lost IS NOT NULL THEN one.lost WHEN dossier.lost_at <= one.sure_until THEN NULL
             ELSE dossier.lost_at END,
         confirmed_at = CASE WHEN one.lost IS NULL AND dossier.lost_at <= one.sure_until THEN $2
             ELSE dossier.confirmed_at END,
         history_shown = one.shown,
         links_unproved = coalesce(one.links, dossier.links_unproved),
         portal_id = one.portals_own,
         unsent_since = CASE WHEN one.complete = 0 AND one.lacks = 1 THEN coalesce(dossier.unsent_since, $2)
             WHEN one.complete = 0 THEN dossier.unsent_since
             WHEN dossier.touches <> one.read_to THEN LEAST(dossier.changed_at, $2) END,
         agency = coalesce(one.cell_agency, dossier.agency),
         procedure = coalesce(one.cell_procedure, dossier.procedure),
         received_month = coalesce(one.cell_month, dossier.received_month),
         accepted_at = CASE WHEN one.proved = 1 THEN $2 ELSE dossier.accepted_at END,
         verified_at = CASE one.proved WHEN 1 THEN NULL WHEN 2 THEN $2 ELSE dossier.verified_at END
     FROM {rows $1: SettlementRow} AS one
     WHERE dossier.code = one.code AND dossier.fence = one.fence AND dossier.state = 'leased'",
    &[SettlementRow::RECORD],
);

static LIVE_DUE: Sql = Sql::new(
    "live_due",
    concat!("SELECT due_at FROM dossier WHERE ", to_send!(), " AND lane = 0 AND due_at <= $1 LIMIT 1"),
);

static ADD_ATTEMPTS: Sql = Sql::of(
    "add_attempts",
    "INSERT INTO attempt ({columns AttemptRow}) SELECT {columns AttemptRow} FROM {rows $1: AttemptRow} AS one WHERE true
     ON CONFLICT (code, fence) DO NOTHING",
    &[AttemptRow::RECORD],
);

/// Findings about files are closed by the settlement of files, those about a row's place among the
/// changes by the next touch, those about sources that give it too by their readers.
static CLOSE_FINDINGS: Sql = Sql::of(
    "close_findings",
    "UPDATE finding SET closed_at = $3
     WHERE closed_at IS NULL AND substr(kind, 1, 5) <> 'file_'
         AND (kind NOT IN ('bad_row', 'given_twice') OR NOT EXISTS (SELECT 1 FROM dossier WHERE dossier.code = finding.code))
         AND code IN (
             SELECT judged.code FROM {rows $1: Fenced} AS judged
             LEFT JOIN dossier ON dossier.code = judged.code
             WHERE dossier.fence IS NULL OR dossier.fence = judged.fence)
         AND NOT EXISTS (SELECT 1 FROM {rows $2: FindingRow} AS found
             WHERE found.code = finding.code AND found.kind = finding.kind AND found.subject = finding.subject)",
    &[Fenced::RECORD, FindingRow::RECORD],
);

static OPEN_FINDINGS: Sql = Sql::of(
    "open_findings",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
     SELECT found.code, found.kind, found.subject, found.detail, $2, $2
     FROM {rows $1: FindingRow} AS found
     JOIN dossier ON dossier.code = found.code AND dossier.fence = found.fence WHERE true
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
         DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail",
    &[FindingRow::RECORD],
);
