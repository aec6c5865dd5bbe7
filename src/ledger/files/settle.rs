//! Writing down what came of files: how their claims ended, what the portal was told, and what it fetched.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::claim::{code_of, mark_of, place_of};
use super::types::{FileClaim, FileNext, FileSettled, FileSettlement, FileState, Linked, ReadMark};
use crate::dossier::{FileRole, Finding, Place};
use crate::ledger::store::{Sql, Tx, values};
use crate::ledger::{Ledger, LedgerError, encode, micros};

/// Code, role, place, fence; state, or nothing to keep it; due time; attempts; what is proved; what it is known by.
#[derive(Serialize)]
struct Row<'a>(
    &'a str,
    &'static str,
    String,
    i64,
    Option<&'static str>,
    Option<i64>,
    u32,
    Option<u64>,
    Option<i64>,
    Option<&'a str>,
    Option<&'a str>,
    Option<i64>,
    i64,
    Option<&'a str>,
    Option<&'a str>,
);

impl Ledger {
    /// Settles the claim of a file. When the portal is to be told of it, its dossier becomes due in the same transaction,
    /// or in the one that settles the last of its siblings that nobody has looked at yet: so they go in one call. When
    /// the claim is held no more, nothing is changed.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn settle_file(
        &self,
        one: &FileSettlement,
        now: DateTime<Utc>,
    ) -> Result<FileSettled, LedgerError> {
        let mut tx = self.store.begin("settle_file").await?;
        let FileClaim { code, place, fence, lane, .. } = &one.claim;
        let changed = if one.next == FileNext::Gone {
            let values = values![code.as_str(), place.role.name(), place.key.to_string(), *fence];
            tx.execute(&FORGET_FILE, values).await?
        } else {
            tx.execute(&SETTLE_FILE, values![encode("settle_file", &[row(one)])?, micros(now)]).await?
        };
        if changed == 0 {
            return Ok(FileSettled::default());
        }
        let mut dossier_due = false;
        if !matches!(one.next, FileNext::Kept(_)) {
            dossier_due =
                tx.execute(&MAKE_DUE, values![code.as_str(), micros(now), lane.number()]).await? > 0;
        }
        if let Some(findings) = &one.findings {
            write_findings(&mut tx, code.as_str(), *place, findings, now).await?;
        }
        tx.commit("settle_file").await?;
        Ok(FileSettled { held: true, dossier_due })
    }

    /// What the link with this identifier leads to; `None` when no file that may be fetched has it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn linked(&self, link_id: &str) -> Result<Option<Linked>, LedgerError> {
        let during = || LedgerError::during("linked");
        let rows = self.store.read(&LINKED, values![link_id]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Some(mark) = mark_of(row).map_err(during())? else { return Ok(None) };
        Ok(Some(Linked {
            code: code_of(row).map_err(during())?,
            place: place_of(row).map_err(during())?,
            mark,
            announcement: row.get("announcement").map_err(during())?,
        }))
    }

    /// Notes that the portal has fetched the file behind `link_id` whole. Returns whether that was news.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn file_arrived(&self, link_id: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        let mut tx = self.store.begin("file_arrived").await?;
        let rows = tx.read(&ARRIVED, values![link_id, micros(now)]).await?;
        for row in &rows {
            let code = code_of(row).map_err(LedgerError::during("file_arrived"))?;
            let place = place_of(row).map_err(LedgerError::during("file_arrived"))?;
            write_findings(&mut tx, code.as_str(), place, &[], now).await?;
        }
        tx.commit("file_arrived").await?;
        Ok(!rows.is_empty())
    }

    /// Has all files looked at that were no results by the rules of another mapping.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn judge_held_files_anew(&self, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.execute(&JUDGE_ANEW, values![micros(now)]).await
    }

    /// Has files proved and brought to the portal anew, each told by its dossier, its list and its
    /// [`mark`](Place::mark): the portal shows no bytes of them, or others. Until then they stay named as they are.
    /// Returns their dossiers, each once.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn doubt_files(
        &self,
        files: &[(&str, FileRole, &str)],
        now: DateTime<Utc>,
    ) -> Result<BTreeSet<String>, LedgerError> {
        let rows: Vec<(&str, &str, &str)> =
            files.iter().map(|&(code, role, mark)| (code, role.name(), mark)).collect();
        let mut tx = self.store.begin("doubt_files").await?;
        let doubted = tx.read(&DOUBT_FILES, values![encode("doubt_files", &rows)?, micros(now)]).await?;
        tx.commit("doubt_files").await?;
        let codes = doubted.iter().map(|row| row.get("code"));
        codes.collect::<Result<_, sqlx::Error>>().map_err(LedgerError::during("doubt_files"))
    }

    /// Has the file behind `link_id` looked at: its store holds something else than was proved.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn file_questioned(&self, link_id: &str, now: DateTime<Utc>) -> Result<(), LedgerError> {
        self.store.execute(&QUESTIONED, values![link_id, micros(now)]).await.map(drop)
    }
}

async fn write_findings(
    tx: &mut Tx,
    code: &str,
    place: Place,
    findings: &[Finding],
    now: DateTime<Utc>,
) -> Result<(), LedgerError> {
    let rows: Vec<(&str, &str, &str)> = findings
        .iter()
        .map(|finding| (finding.kind.name(), finding.subject.as_str(), finding.detail.as_str()))
        .collect();
    let rows = encode("settle_file", &rows)?;
    let of_this = format!("%:{}", place.mark());
    tx.execute(&CLOSE_FILE_FINDINGS, values![code, of_this, &rows, micros(now)]).await?;
    if !findings.is_empty() {
        tx.execute(&OPEN_FILE_FINDINGS, values![code, &rows, micros(now)]).await?;
    }
    Ok(())
}

fn row(one: &FileSettlement) -> Row<'_> {
    let claim = &one.claim;
    let (state, due_at, offered) = match &one.next {
        FileNext::Ready(offered) => (Some(FileState::Ready), None, Some(offered)),
        FileNext::Held(at) => (Some(FileState::Held), Some(*at), claim.offered.as_ref()),
        FileNext::Again(at) => (None, Some(*at), claim.offered.as_ref()),
        FileNext::Kept(at) => (None, *at, claim.offered.as_ref()),
        FileNext::Gone => (None, None, None),
    };
    let mark = one.mark.as_ref();
    Row(
        claim.code.as_str(),
        claim.place.role.name(),
        claim.place.key.to_string(),
        claim.fence,
        state.map(FileState::name),
        due_at.map(micros),
        one.attempts,
        mark.map(|mark| mark.size),
        mark.and_then(|mark| mark.changed_at).map(micros),
        mark.map(|mark: &ReadMark| mark.tag.as_str()),
        mark.map(|mark| mark.sha256.as_str()),
        mark.map(|mark| mark.signature.number()),
        offered.map_or(0, |offered| offered.announcement),
        offered.and_then(|offered| offered.link_id.as_deref()),
        offered.map(|offered| offered.reference.as_str()),
    )
}

static FORGET_FILE: Sql = Sql::new(
    "forget_file",
    "DELETE FROM file WHERE code = $1 AND role = $2 AND place = $3 AND fence = $4 AND again = 0",
);

/// A file whose dossier changed meanwhile is looked at once more.
static SETTLE_FILE: Sql = Sql::new(
    "settle_file",
    "UPDATE file SET
         state = coalesce(one.next, file.state),
         due_at = CASE WHEN file.again = 1 THEN $2 ELSE one.next_at END,
         again = 0,
         lease_owner = NULL,
         attempts = one.failures,
         size = one.bytes, changed_at = one.changed, tag = one.mark, sha256 = one.hash, signed = one.has_signature,
         announcement = one.made, link_id = one.link, reference = one.known_by,
         announced_at = CASE WHEN one.next IS NULL THEN file.announced_at END,
         arrived_at = CASE WHEN one.next IS NULL THEN file.arrived_at END
     FROM {rows $1: code text, role text, place text, fence bigint, next text, next_at bigint, failures bigint, bytes bigint, \
         changed bigint, mark text, hash text, has_signature bigint, made bigint, link text, known_by text} AS one
     WHERE file.code = one.code AND file.role = one.role AND file.place = one.place AND file.fence = one.fence
         AND file.lease_owner IS NOT NULL",
);

/// A dossier with files that are ready, and none that is still to be looked at for the first time. At rest it goes into
/// the lane of its file; one that is under way is read again after it.
static MAKE_DUE: Sql = Sql::new(
    "make_due",
    "UPDATE dossier SET
         touches = touches + 1, unsent_since = coalesce(unsent_since, $2),
         lane = CASE WHEN state = 'synced' THEN $3 ELSE lane END,
         due_at = CASE WHEN state = 'synced' OR (state = 'due' AND doubt = 2) THEN $2 ELSE due_at END,
         state = CASE WHEN state = 'synced' THEN 'due' ELSE state END
     WHERE code = $1 AND EXISTS (SELECT 1 FROM file WHERE file.code = $1 AND file.state = 'ready')
         AND NOT EXISTS (SELECT 1 FROM file WHERE file.code = $1 AND file.state = 'new' AND file.attempts = 0)",
);

static LINKED: Sql = Sql::new(
    "linked",
    "SELECT code, role, place, size, changed_at, tag, sha256, signed, announcement FROM file
     WHERE link_id = $1 AND state IN ('ready', 'announced', 'arrived') ORDER BY code LIMIT 1",
);

/// Who holds it at this moment learns that it has come too late, and somebody looks at the file once more.
static ARRIVED: Sql = Sql::new(
    "arrived",
    "UPDATE file SET state = 'arrived', arrived_at = $2, attempts = 0, fence = fence + 1,
         due_at = CASE WHEN lease_owner IS NOT NULL OR again = 1 THEN $2 END, lease_owner = NULL, again = 0
     WHERE link_id = $1 AND state IN ('ready', 'announced') RETURNING code, role, place",
);

static QUESTIONED: Sql = Sql::new(
    "questioned",
    "UPDATE file SET due_at = CASE WHEN lease_owner IS NULL THEN $2 ELSE due_at END,
         again = CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END
     WHERE link_id = $1",
);

/// Who holds it at this moment learns that it has come too late.
static DOUBT_FILES: Sql = Sql::new(
    "doubt_files",
    "UPDATE file SET state = 'new', due_at = $2, attempts = 0, fence = fence + 1, lease_owner = NULL, again = 0
     FROM {rows $1: code text, role text, mark text} AS one
     WHERE file.code = one.code AND file.role = one.role AND substr(file.place, 1, 8) = one.mark
         AND file.state IN ('announced', 'arrived')
     RETURNING file.code",
);

static JUDGE_ANEW: Sql = Sql::new(
    "judge_anew",
    "UPDATE file SET size = NULL, due_at = $1 WHERE state = 'held' AND lease_owner IS NULL",
);

static CLOSE_FILE_FINDINGS: Sql = Sql::new(
    "close_file_findings",
    "UPDATE finding SET closed_at = $4
     WHERE closed_at IS NULL AND code = $1 AND substr(kind, 1, 5) = 'file_' AND subject LIKE $2
         AND NOT EXISTS (SELECT 1 FROM {rows $3: kind text, subject text, detail text} AS found
             WHERE found.kind = finding.kind AND found.subject = finding.subject)",
);

static OPEN_FILE_FINDINGS: Sql = Sql::new(
    "open_file_findings",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
     SELECT $1, found.kind, found.subject, found.detail, $3, $3
     FROM {rows $2: kind text, subject text, detail text} AS found WHERE true
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
         DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail",
);
