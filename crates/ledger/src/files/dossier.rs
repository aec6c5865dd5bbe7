//! The files of dossiers that are read and settled.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::claim::place_of;
use super::types::{FileState, KnownFile, Named};
use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Fenced, Row, Sql, Tx, record, values};
use crate::types::Settlement;
use dongbo_model::DossierCode;

record! {
    /// A file that a settled dossier lists, as its statements take it.
    struct ListedRow<'a> {
        code: &'a str,
        fence: i64,
        role: &'static str,
        place: String,
        lane: i64,
        /// Whether it is looked at.
        look: i64,
        /// Whether the portal lost it.
        lost: i64,
    }
}

record! {
    /// A file that the portal was told of.
    struct NamedRow<'a> {
        code: &'a str,
        fence: i64,
        role: &'static str,
        place: String,
        reference: &'a str,
        fetch_until: Option<i64>,
    }
}

impl Ledger {
    /// The files that the ledger knows of these dossiers, by dossier.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn known_files(
        &self,
        codes: &[DossierCode],
    ) -> Result<HashMap<String, Vec<KnownFile>>, LedgerError> {
        let codes: Vec<&str> = codes.iter().map(DossierCode::as_str).collect();
        let rows = self.store.read(&KNOWN_FILES, values![encode("known_files", &codes)?]).await?;
        let mut files: HashMap<String, Vec<KnownFile>> = HashMap::new();
        for row in &rows {
            let (code, file) = known(row).map_err(LedgerError::during("known_files"))?;
            files.entry(code).or_default().push(file);
        }
        Ok(files)
    }

    /// Writes down which files the settled dossiers of a batch have, and of which the portal has been told. Returns how
    /// many the portal has by that.
    pub(crate) async fn settle_files_of(
        tx: &mut Tx,
        batch: &[Settlement],
        now: DateTime<Utc>,
    ) -> Result<u64, LedgerError> {
        let with_files = || batch.iter().filter_map(|one| Some((one, one.files.as_ref()?)));
        let seen: Vec<Fenced<'_>> =
            with_files().map(|(one, _)| Fenced { code: one.code.as_str(), fence: one.fence }).collect();
        if seen.is_empty() {
            return Ok(0);
        }
        let marks: Vec<ListedRow<'_>> = with_files()
            .flat_map(|(one, files)| files.marks.iter().map(move |mark| (one, files.lane, mark)))
            .map(|(one, lane, mark)| ListedRow {
                code: one.code.as_str(),
                fence: one.fence,
                role: mark.place.role.name(),
                place: mark.place.key.to_string(),
                lane: lane.number(),
                look: mark.look.into(),
                lost: mark.lost.into(),
            })
            .collect();
        let (seen, marks) = (encode("settle", &seen)?, encode("settle", &marks)?);
        if with_files().any(|(_, files)| files.lists_fewer) {
            tx.execute(&DROP_FILES, values![&marks, &seen]).await?;
        }
        if with_files().any(|(_, files)| !files.marks.is_empty()) {
            tx.execute(&ADD_FILES, values![&marks, micros(now)]).await?;
        }
        if with_files().flat_map(|(_, files)| &files.marks).any(|mark| mark.look || mark.lost) {
            tx.execute(&LOOK_AT_FILES, values![&marks, micros(now)]).await?;
        }
        let named: Vec<NamedRow<'_>> = with_files()
            .flat_map(|(one, files)| files.marks.iter().map(move |mark| (one, mark)))
            .filter_map(|(one, mark)| {
                let Named { reference, fetch_until } = mark.named.as_ref()?;
                Some(NamedRow {
                    code: one.code.as_str(),
                    fence: one.fence,
                    role: mark.place.role.name(),
                    place: mark.place.key.to_string(),
                    reference,
                    fetch_until: fetch_until.map(micros),
                })
            })
            .collect();
        if named.is_empty() {
            return Ok(0);
        }
        let changed = tx.execute(&NAME_FILES, values![encode("settle", &named)?, micros(now)]).await?;
        // One portal takes all files in one way.
        let arrives = named.iter().all(|file| file.fetch_until.is_none());
        Ok(if arrives { changed } else { 0 })
    }
}

fn known(row: &Row) -> Result<(String, KnownFile), sqlx::Error> {
    let state = FileState::from_name(row.get("state")?).unwrap_or(FileState::New);
    // One that is new and has a reference is proved once more because the portal seems not to have it.
    let may_be_named = state != FileState::Held;
    let sha256: Option<String> = row.get("sha256")?;
    let reference: Option<String> = row.get("reference")?;
    let proved = sha256.zip(reference).filter(|_| may_be_named);
    let attempts = u32::try_from(row.get::<i64, _>("attempts")?).unwrap_or(u32::MAX);
    Ok((row.get("code")?, KnownFile { place: place_of(row)?, state, attempts, proved }))
}

static KNOWN_FILES: Sql = Sql::new(
    "known_files",
    "SELECT code, role, place, state, attempts, sha256, reference FROM file WHERE code IN {texts $1} ORDER BY code, role, place",
);

static DROP_FILES: Sql = Sql::of(
    "drop_files",
    "DELETE FROM file WHERE code IN (
             SELECT one.code FROM {rows $2: Fenced} AS one
             JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence)
         AND NOT EXISTS (SELECT 1 FROM {rows $1: ListedRow} AS kept
             WHERE kept.code = file.code AND kept.role = file.role AND kept.place = file.place)",
    &[ListedRow::RECORD, Fenced::RECORD],
);

static ADD_FILES: Sql = Sql::of(
    "add_files",
    "INSERT INTO file (code, role, place, unit, lane, state, due_at, fence, attempts)
         SELECT one.code, one.role, one.place, dossier.unit, one.lane, 'new', $2, $2, 0 FROM {rows $1: ListedRow} AS one
         JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence WHERE true
         ON CONFLICT (code, role, place) DO NOTHING",
    &[ListedRow::RECORD],
);

/// A file whose dossier changed is looked at, at once or when its holder has settled it. What the portal lost with its
/// dossier goes to it again.
static LOOK_AT_FILES: Sql = Sql::of(
    "look_at_files",
    "UPDATE file SET
             lane = one.lane,
             state = CASE WHEN one.lost = 1 AND file.state IN ('announced', 'arrived') THEN 'ready' ELSE file.state END,
             again = CASE WHEN one.look = 1 AND file.lease_owner IS NOT NULL THEN 1 ELSE file.again END,
             due_at = CASE WHEN one.look = 1 AND file.lease_owner IS NULL THEN LEAST(coalesce(file.due_at, $2), $2)
                 ELSE file.due_at END
         FROM {rows $1: ListedRow} AS one
         JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence
         WHERE file.code = one.code AND file.role = one.role AND file.place = one.place",
    &[ListedRow::RECORD],
);

/// A file that was proved anew meanwhile has another reference, and is named again. Its holder does not know yet until
/// when it may be fetched: it is looked at once more.
static NAME_FILES: Sql = Sql::of(
    "name_files",
    "UPDATE file SET
         state = CASE WHEN one.fetch_until IS NULL THEN 'arrived' ELSE 'announced' END,
         announced_at = $2,
         arrived_at = CASE WHEN one.fetch_until IS NULL THEN $2 END,
         attempts = CASE WHEN one.fetch_until IS NULL THEN 0 ELSE file.attempts END,
         again = CASE WHEN file.lease_owner IS NULL THEN file.again ELSE 1 END,
         due_at = CASE WHEN one.fetch_until IS NULL OR file.lease_owner IS NOT NULL THEN file.due_at
             ELSE LEAST(coalesce(file.due_at, one.fetch_until), one.fetch_until) END
     FROM {rows $1: NamedRow} AS one
     JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence
     WHERE file.code = one.code AND file.role = one.role AND file.place = one.place
         AND file.reference = one.reference AND file.state = 'ready'",
    &[NamedRow::RECORD],
);
