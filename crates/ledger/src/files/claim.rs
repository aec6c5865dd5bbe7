//! Claiming files that have to be looked at. A claim is its own lease: it moves the time at which the file is due.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::types::{FileClaim, FileState, FilesDue, Offered, ReadMark, Signature};
use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::fair_turn::{Turn, take, units};
use crate::open::Ledger;
use crate::store::{Row, Sql, Tx, record, values};
use dongbo_model::Lane;
use dongbo_model::clock::later;
use dongbo_model::{DossierCode, FileRole, FileTrouble, Fingerprint, Place, SourceId};

/// Due files, for a turn of their units.
static DUE: Turn = Turn { units: &FILE_UNITS, take: &TAKE_FILES };

/// The most files of one dossier that come with the one that has its turn.
const MOST_OF_ONE: i64 = 16;

record! {
    /// The key of a file's row.
    #[derive(PartialEq, Eq, Hash)]
    pub(super) struct FileKey<'a> {
        code: &'a str,
        role: &'a str,
        place: String,
    }
}

impl Ledger {
    /// Claims up to `limit` files that are due, the first lane first and within a lane the units in turn; `turn` says
    /// where the round begins. With them come the other due files of their dossiers, up to 16 of each, because one
    /// reading of a dossier serves all of them. A file whose holder died is due again when its lease ends.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is claimed then.
    pub async fn claim_files(
        &self,
        limit: usize,
        turn: usize,
        owner: &str,
        lease_for: Duration,
        now: DateTime<Utc>,
    ) -> Result<FilesDue, LedgerError> {
        // It is asked after each settlement, mostly in vain: that must not keep others from writing.
        let mut look = self.store.snapshot("claim_files").await?;
        let (is_due, first) = DUE.is_due(&mut look, now).await?;
        drop(look);
        if !is_due {
            return Ok(FilesDue { next_due: first, ..FilesDue::default() });
        }
        let mut tx = self.store.begin("claim_files").await?;
        let mut taken: Vec<(String, String, String)> = Vec::new();
        let mut next_due = None;
        for &lane in Lane::ALL {
            let left = limit.saturating_sub(taken.len());
            if left == 0 {
                break;
            }
            let lane_next =
                DUE.take(&mut tx, &self.backlogs, (lane, None), left, turn, now, &mut taken).await?;
            next_due = [next_due, lane_next].into_iter().flatten().min();
        }
        let until = later(now, lease_for);
        let in_turn = taken.len();
        let claims = if taken.is_empty() {
            Vec::new()
        } else {
            take_siblings(&mut tx, &mut taken, now).await?;
            let keys = encode("claim_files", &taken)?;
            let leased = tx.read(&LEASE_FILES, values![keys, micros(until), owner]).await?;
            leased
                .iter()
                .map(claim_from)
                .collect::<Result<_, _>>()
                .map_err(LedgerError::during("claim_files"))?
        };
        tx.commit("claim_files").await?;
        Ok(FilesDue { claims, in_turn, next_due })
    }

    /// Makes the claim of a file last until `until`, if it is still held.
    ///
    /// # Errors
    /// When the ledger cannot be written; the lease then runs out when it would have.
    pub async fn renew_file(&self, claim: &FileClaim, until: DateTime<Utc>) -> Result<bool, LedgerError> {
        let role = claim.place.role.name();
        let key = claim.place.key.to_string();
        let held = self
            .store
            .execute(&RENEW_FILE, values![claim.code.as_str(), role, key, claim.fence, micros(until)])
            .await?;
        Ok(held > 0)
    }
}

/// Takes further due files of the dossiers of `taken`.
async fn take_siblings(
    tx: &mut Tx,
    taken: &mut Vec<(String, String, String)>,
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let codes: BTreeSet<&str> = taken.iter().map(|(code, ..)| code.as_str()).collect();
    let codes = encode("claim_files", &codes)?;
    let due = tx.read_list(&TAKE_SIBLINGS, values![codes, micros(now), MOST_OF_ONE]).await?;
    taken.extend::<Vec<_>>(due);
    taken.sort();
    taken.dedup();
    Ok(())
}

/// The key in columns `code`, `role` and `place`.
pub(super) fn key(row: &Row) -> Result<FileKey<'_>, sqlx::Error> {
    Ok(FileKey { code: row.get("code")?, role: row.get("role")?, place: row.get("place")? })
}

/// The place that columns `role` and `place` name.
pub(super) fn place_of(row: &Row) -> Result<Place, sqlx::Error> {
    let role = FileRole::from_name(row.get("role")?);
    let key = Fingerprint::parse(row.get("place")?);
    role.zip(key)
        .map(|(role, key)| Place { role, key })
        .ok_or_else(|| sqlx::Error::Decode("a file's place in the ledger is invalid".into()))
}

/// The dossier that column `code` names.
pub(super) fn code_of(row: &Row) -> Result<DossierCode, sqlx::Error> {
    DossierCode::new(row.get("code")?)
        .ok_or_else(|| sqlx::Error::Decode("a dossier code in the ledger is invalid".into()))
}

/// The proof of a file; `None` when nothing was.
pub(super) fn mark_of(row: &Row) -> Result<Option<ReadMark>, sqlx::Error> {
    let sha256: Option<String> = row.get("sha256")?;
    let size: Option<i64> = row.get("size")?;
    let (Some(sha256), Some(size)) = (sha256, size.and_then(|size| u64::try_from(size).ok())) else {
        return Ok(None);
    };
    Ok(Some(ReadMark {
        size,
        changed_at: row.get::<Option<i64>, _>("changed_at")?.map(time),
        tag: row.get::<Option<String>, _>("tag")?.unwrap_or_default(),
        sha256,
        signature: Signature::from_number(row.get::<Option<i64>, _>("signed")?.unwrap_or_default()),
    }))
}

fn claim_from(row: &Row) -> Result<FileClaim, sqlx::Error> {
    let reference: Option<String> = row.get("reference")?;
    let (announcement, link_id) = (row.get("announcement")?, row.get("link_id")?);
    Ok(FileClaim {
        code: code_of(row)?,
        place: place_of(row)?,
        fence: row.get("fence")?,
        lane: Lane::from_number(row.get("lane")?),
        state: FileState::from_name(row.get("state")?).unwrap_or(FileState::New),
        attempts: u32::try_from(row.get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        mark: mark_of(row)?,
        offered: reference.map(|reference| Offered { announcement, link_id, reference }),
        announced_at: row.get::<Option<i64>, _>("announced_at")?.map(time),
        trouble: trouble_of(row)?,
        source: SourceId(row.get("source")?),
    })
}

/// The trouble that keeps the file waiting, and since when.
pub(super) fn trouble_of(row: &Row) -> Result<Option<(FileTrouble, DateTime<Utc>)>, sqlx::Error> {
    let name: Option<String> = row.get("trouble")?;
    let since: Option<i64> = row.get("troubled_at")?;
    Ok(name.and_then(|name| FileTrouble::from_name(&name)).zip(since.map(time)))
}

static FILE_UNITS: Sql = units!("file_units", "file WHERE due_at IS NOT NULL");

static TAKE_FILES: Sql = take!("take_files", "code, role, place", "file WHERE due_at IS NOT NULL");

/// Up to $3 of each dossier; those that another daemon takes at this moment are left to it.
static TAKE_SIBLINGS: Sql = Sql::new(
    "take_siblings",
    "SELECT CAST({list}({json}(piece)) AS TEXT) FROM (
         SELECT taken.value AS piece FROM {texts $1} AS given
         CROSS JOIN {elements}((SELECT {list}({array}(code, role, place)) FROM (
             SELECT code, role, place FROM file WHERE code = given.value AND due_at <= $2
             ORDER BY role, place LIMIT $3 {skip}) AS due)) AS taken {value}) AS pieces",
);

static LEASE_FILES: Sql = Sql::of(
    "lease_files",
    "UPDATE file SET fence = fence + 1, due_at = $2, lease_owner = $3, again = 0
     FROM {rows $1: FileKey} AS one
     WHERE file.code = one.code AND file.role = one.role AND file.place = one.place
     RETURNING file.code, file.role, file.place, file.fence, file.lane, file.state, file.attempts, file.size,
         file.changed_at, file.tag, file.sha256, file.signed, file.announcement, file.link_id, file.reference,
         file.announced_at, file.trouble, file.troubled_at,
         coalesce((SELECT dossier.source FROM dossier WHERE dossier.code = file.code), 1) AS source",
    &[FileKey::RECORD],
);

static RENEW_FILE: Sql = Sql::new(
    "renew_file",
    "UPDATE file SET due_at = $5
     WHERE code = $1 AND role = $2 AND place = $3 AND fence = $4 AND lease_owner IS NOT NULL",
);
