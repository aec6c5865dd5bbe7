//! Claiming due dossiers under a fenced lease, in a fair turn of units.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::fair_turn::{Turn, take, units};
use crate::open::Ledger;
use crate::portal_history::AcceptedHistory;
use crate::queue::{to_confirm, to_send};
use crate::rounds::Rounds;
use crate::store::{Fenced, Sql, Tx, values};
use crate::types::{Accepted, Claim, Claimed, Doubt};
use dongbo_model::Lane;
use dongbo_model::clock::later;
use dongbo_model::{DossierCode, Fingerprint, PortalId, SourceId, Status};

/// Due dossiers of which something has to be sent, or may have to be, for a turn of their units.
static TO_SEND: Turn = Turn { units: &UNITS_TO_SEND, take: &TAKE_TO_SEND };

/// Due dossiers that are only to be looked at once more.
static TO_CONFIRM: Turn = Turn { units: &UNITS_TO_CONFIRM, take: &TAKE_TO_CONFIRM };

/// Claims that are not on the disk yet. Dropped, they were never made.
#[must_use]
pub struct ClaimWriting(Tx);

impl ClaimWriting {
    /// Returns once they are.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is claimed then.
    pub async fn finish(self) -> Result<(), LedgerError> {
        self.0.commit("claim").await
    }
}

impl Ledger {
    /// Claims up to `limit` due dossiers of this source and of `lanes`, the first lane first, and within a lane the units in turn, so
    /// that a unit with 50,000 due dossiers takes no more of a round than one with ten, as long as both have some. Those that
    /// are accepted and only to be confirmed come after all that has to be sent.
    ///
    /// `turn` says at which unit the round begins; give another number each time. Leases that ran out are taken back
    /// first: their outcome is unknown, so those dossiers are looked up before anything is sent.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is claimed then.
    pub async fn claim(
        &self,
        lanes: &[Lane],
        limit: usize,
        turn: usize,
        owner: &str,
        lease_for: Duration,
        now: DateTime<Utc>,
    ) -> Result<Claimed, LedgerError> {
        let (claimed, writing) = self.begin_claim(lanes, limit, turn, owner, lease_for, now).await?;
        writing.finish().await?;
        Ok(claimed)
    }

    /// Claims as [`Ledger::claim`] does, but for the end of it: nothing may be sent for these claims before
    /// [`ClaimWriting::finish`] has returned.
    ///
    /// # Errors
    /// As [`Ledger::claim`].
    pub async fn begin_claim(
        &self,
        lanes: &[Lane],
        limit: usize,
        turn: usize,
        owner: &str,
        lease_for: Duration,
        now: DateTime<Utc>,
    ) -> Result<(Claimed, ClaimWriting), LedgerError> {
        let mut tx = self.store.begin("claim").await?;
        let (mut reclaimed, mut next_due) = (0, Self::next_lapse(&mut tx).await?);
        if next_due.is_some_and(|lapse| lapse <= now) {
            reclaimed = Self::take_back(&mut tx, now).await?;
            next_due = Self::next_lapse(&mut tx).await?;
        }
        let mut codes: Vec<String> = Vec::new();
        for queue in [&TO_SEND, &TO_CONFIRM] {
            for &lane in lanes {
                let left = limit.saturating_sub(codes.len());
                if left == 0 {
                    break;
                }
                let mut taken: Vec<(String,)> = Vec::new();
                let lane_next = queue
                    .take(&mut tx, &self.backlogs, (lane, Some(self.source)), left, turn, now, &mut taken)
                    .await?;
                next_due = [next_due, lane_next].into_iter().flatten().min();
                codes.extend(taken.into_iter().map(|(code,)| code));
            }
        }
        let claims = if codes.is_empty() {
            Vec::new()
        } else {
            Self::lease(&mut tx, &codes, owner, later(now, lease_for)).await?
        };
        Ok((Claimed { claims, next_due, reclaimed }, ClaimWriting(tx)))
    }

    /// Takes back leases that have run out, as each claim does, for times without claims. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn reclaim(&self, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let mut tx = self.store.begin("reclaim").await?;
        let reclaimed = Self::take_back(&mut tx, now).await?;
        tx.commit("reclaim").await?;
        Ok(reclaimed)
    }

    /// Makes claims last until `until`, as far as they are still held. Returns the codes of those that are.
    ///
    /// # Errors
    /// When the ledger cannot be written; the leases then run out when they would have.
    pub async fn renew(
        &self,
        claims: &[(DossierCode, i64)],
        until: DateTime<Utc>,
    ) -> Result<Vec<String>, LedgerError> {
        let mut tx = self.store.begin("renew").await?;
        let renewed = tx.read_texts(&RENEW, values![fenced("renew", claims)?, micros(until)]).await?;
        tx.commit("renew").await?;
        Ok(renewed)
    }

    /// Gives back claims that were not worked on, as if they had never been made. Returns how many were still held.
    ///
    /// # Errors
    /// When the ledger cannot be written; the leases then run out by themselves.
    pub async fn give_back(&self, claims: &[(DossierCode, i64)]) -> Result<u64, LedgerError> {
        self.store.execute(&GIVE_BACK, values![fenced("give_back", claims)?]).await
    }

    /// Moves what has waited in the live lane for longer than `live_for` behind what is live now. Returns how many.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn demote(&self, live_for: Duration, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.execute(&DEMOTE, values![micros(dongbo_model::clock::earlier(now, live_for))]).await
    }

    /// The code of a due dossier, without claiming it: something to probe the portal with.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn any_due(&self, now: DateTime<Utc>) -> Result<Option<DossierCode>, LedgerError> {
        let code = self.store.read_text(&ANY_DUE, values![micros(now)]).await?;
        Ok(code.as_deref().and_then(DossierCode::new))
    }

    async fn take_back(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        tx.execute(&TAKE_BACK, values![micros(now)]).await
    }

    /// When the first lease runs out: after a crash nothing else says that there is work.
    async fn next_lapse(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, LedgerError> {
        Ok(tx.read_number(&NEXT_LAPSE, Vec::new()).await?.map(time))
    }

    async fn lease(
        tx: &mut Tx,
        codes: &[String],
        owner: &str,
        until: DateTime<Utc>,
    ) -> Result<Vec<Claim>, LedgerError> {
        let codes = encode("claim", &codes)?;
        tx.execute(&LEASE, values![&codes, micros(until), owner]).await?;
        let leased: Vec<Leased> = tx.read_list(&LEASED, values![codes]).await?;
        leased.into_iter().map(|one| one.claim(until).map_err(LedgerError::during("leased"))).collect()
    }
}

/// Codes and fences, as the statements read them.
fn fenced(operation: &'static str, claims: &[(DossierCode, i64)]) -> Result<String, LedgerError> {
    let fenced: Vec<Fenced<'_>> =
        claims.iter().map(|(code, fence)| Fenced { code: code.as_str(), fence: *fence }).collect();
    encode(operation, &fenced)
}

/// A dossier that was claimed, in the order of the columns that its statement gives.
#[derive(Deserialize)]
struct Leased {
    code: String,
    fence: i64,
    unit: String,
    lane: i64,
    touches: i64,
    attempts: i64,
    doubt: i64,
    on_portal: i64,
    status_accepted: Option<String>,
    content_accepted: Option<String>,
    steps_accepted: i64,
    steps_accepted_fp: Option<String>,
    portal_id: Option<String>,
    results_accepted: Option<i64>,
    rounds: Option<String>,
    listed: i64,
    lost_at: Option<i64>,
    history_accepted: Option<String>,
    changed_at: i64,
    unsent_since: Option<i64>,
    touched: i64,
    source: i64,
}

impl Leased {
    fn claim(self, lease_until: DateTime<Utc>) -> Result<Claim, sqlx::Error> {
        let code = DossierCode::new(&self.code)
            .ok_or_else(|| sqlx::Error::Decode("a dossier code in the ledger is invalid".into()))?;
        let fingerprint = |text: Option<String>| text.as_deref().and_then(Fingerprint::parse);
        Ok(Claim {
            code,
            fence: self.fence,
            lease_until,
            source: SourceId(self.source),
            unit: self.unit,
            lane: Lane::from_number(self.lane),
            touches: self.touches,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            doubt: Doubt::from_number(self.doubt),
            accepted: Accepted {
                on_portal: self.on_portal != 0,
                status: self.status_accepted.as_deref().and_then(Status::from_code),
                content: fingerprint(self.content_accepted),
                steps: usize::try_from(self.steps_accepted).unwrap_or_default(),
                steps_fp: fingerprint(self.steps_accepted_fp),
                portal_id: self.portal_id.as_deref().and_then(PortalId::new),
                results: self.results_accepted.and_then(|many| usize::try_from(many).ok()),
            },
            touched: self.touched != 0,
            rounds: Rounds::read(self.rounds.as_deref()),
            lost_at: self.lost_at.map(time),
            history: AcceptedHistory::read(self.history_accepted.as_deref()),
            listed: self.listed != 0,
            swept: matches!(self.listed, 1 | 2),
            changed_at: time(self.changed_at),
            unsent_since: self.unsent_since.map(time),
        })
    }
}

/// The dossiers of the claims in $1 whose lease has not passed to another holder.
macro_rules! where_still_held {
    () => {
        " WHERE code IN (SELECT dossier.code FROM {rows $1: Fenced} AS given
             JOIN dossier ON dossier.code = given.code AND dossier.fence = given.fence
             WHERE dossier.state = 'leased' ORDER BY dossier.code {lock})"
    };
}

static GIVE_BACK: Sql = Sql::of(
    "give_back",
    concat!("UPDATE dossier SET state = 'due', lease_until = NULL, lease_owner = NULL", where_still_held!()),
    &[Fenced::RECORD],
);

static RENEW: Sql = Sql::of(
    "renew",
    concat!(
        "UPDATE dossier SET lease_until = GREATEST(lease_until, $2)",
        where_still_held!(),
        " RETURNING code"
    ),
    &[Fenced::RECORD],
);

static DEMOTE: Sql = Sql::new(
    "demote",
    concat!(
        "UPDATE dossier SET lane = 1 WHERE code IN (
             SELECT code FROM dossier WHERE ",
        to_send!(),
        " AND lane = 0 AND due_at < $1 {skip})"
    ),
);

static ANY_DUE: Sql = Sql::new(
    "any_due",
    concat!(
        "SELECT code FROM dossier WHERE ",
        to_send!(),
        " AND lane IN (0, 1, 2) AND due_at <= $1
         UNION ALL SELECT code FROM dossier WHERE ",
        to_confirm!(),
        " AND lane IN (0, 1, 2) AND due_at <= $1 LIMIT 1"
    ),
);

static TAKE_BACK: Sql = Sql::new(
    "take_back",
    "UPDATE dossier SET state = 'due', lane = GREATEST(lane, 1), due_at = $1, doubt = 1,
         lost_at = $1, attempts = attempts + 1, lease_until = NULL, lease_owner = NULL
     WHERE code IN (SELECT code FROM dossier WHERE state = 'leased' AND lease_until <= $1 {skip})",
);

static NEXT_LAPSE: Sql =
    Sql::new("next_lapse", "SELECT min(lease_until) FROM dossier WHERE state = 'leased'");

static UNITS_TO_SEND: Sql =
    units!("units_to_send", concat!("dossier WHERE ", to_send!(), " AND source = $2"));
static UNITS_TO_CONFIRM: Sql =
    units!("units_to_confirm", concat!("dossier WHERE ", to_confirm!(), " AND source = $2"));
static TAKE_TO_SEND: Sql =
    take!("take_to_send", "code", concat!("dossier WHERE ", to_send!(), " AND source = $7"));
static TAKE_TO_CONFIRM: Sql =
    take!("take_to_confirm", "code", concat!("dossier WHERE ", to_confirm!(), " AND source = $7"));

static LEASE: Sql = Sql::new(
    "lease",
    "UPDATE dossier SET state = 'leased', fence = fence + 1, lease_until = $2, lease_owner = $3
     WHERE code IN {texts $1}",
);

/// One row for all of them: a row for each would cost more than to claim it.
static LEASED: Sql = Sql::new(
    "leased",
    "SELECT CAST({list}({array}(code, fence, unit, lane, touches, attempts, doubt, on_portal, status_accepted,
         content_accepted, steps_accepted, steps_accepted_fp, portal_id, results_accepted, rounds, listed, lost_at,
         history_accepted, changed_at, unsent_since,
         CASE WHEN touches <> read_touches THEN 1 ELSE 0 END, source)) AS TEXT)
     FROM dossier WHERE code IN {texts $1}",
);
