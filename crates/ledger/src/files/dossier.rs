//! The files of dossiers that are read and settled.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::claim::place_of;
use super::types::{FileState, KnownFile, Named};
use crate::store::{Row, Sql, Tx, values};
use crate::{Ledger, LedgerError, Settlement, encode, micros};
use dongbo_model::DossierCode;

/// Code, fence, role, place, lane; whether to look at it; whether the portal lost it.
#[derive(Serialize)]
struct Mark<'a>(&'a str, i64, &'static str, String, i64, i64, i64);

/// Code, fence, role, place; reference; until when it may be fetched.
#[derive(Serialize)]
struct NamedRow<'a>(&'a str, i64, &'static str, String, &'a str, Option<i64>);

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
        let seen: Vec<(&str, i64)> = with_files().map(|(one, _)| (one.code.as_str(), one.fence)).collect();
        if seen.is_empty() {
            return Ok(0);
        }
        let marks: Vec<Mark<'_>> = with_files()
            .flat_map(|(one, files)| {
                files.marks.iter().map(move |mark| {
                    let place = mark.place;
                    let lane = files.lane.number();
                    let (look, lost) = (mark.look.into(), mark.lost.into());
                    let code = one.code.as_str();
                    Mark(code, one.fence, place.role.name(), place.key.to_string(), lane, look, lost)
                })
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
            .flat_map(|(one, files)| {
                files.marks.iter().filter_map(move |mark| {
                    let Named { reference, fetch_until } = mark.named.as_ref()?;
                    let (role, key) = (mark.place.role.name(), mark.place.key.to_string());
                    Some(NamedRow(
                        one.code.as_str(),
                        one.fence,
                        role,
                        key,
                        reference,
                        fetch_until.map(micros),
                    ))
                })
            })
            .collect();
        if named.is_empty() {
            return Ok(0);
        }
        let changed = tx.execute(&NAME_FILES, values![encode("settle", &named)?, micros(now)]).await?;
        // One portal takes all files in one way.
        let arrives = named.iter().all(|NamedRow(.., fetch_until)| fetch_until.is_none());
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

/// The rows of [`Mark`]s.
macro_rules! marks {
    () => {
        "{rows $1: code text, fence bigint, role text, place text, lane bigint, look bigint, lost bigint}"
    };
}

static DROP_FILES: Sql = Sql::new(
    "drop_files",
    concat!(
        "DELETE FROM file WHERE code IN (
             SELECT one.code FROM {rows $2: code text, fence bigint} AS one
             JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence)
         AND NOT EXISTS (SELECT 1 FROM ",
        marks!(),
        " AS kept WHERE kept.code = file.code AND kept.role = file.role AND kept.place = file.place)",
    ),
);

static ADD_FILES: Sql = Sql::new(
    "add_files",
    concat!(
        "INSERT INTO file (code, role, place, unit, lane, state, due_at, fence, attempts)
         SELECT one.code, one.role, one.place, dossier.unit, one.lane, 'new', $2, $2, 0 FROM ",
        marks!(),
        " AS one
         JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence WHERE true
         ON CONFLICT (code, role, place) DO NOTHING",
    ),
);

/// A file whose dossier changed is looked at, at once or when its holder has settled it. What the portal lost with its
/// dossier goes to it again.
static LOOK_AT_FILES: Sql = Sql::new(
    "look_at_files",
    concat!(
        "UPDATE file SET
             lane = one.lane,
             state = CASE WHEN one.lost = 1 AND file.state IN ('announced', 'arrived') THEN 'ready' ELSE file.state END,
             again = CASE WHEN one.look = 1 AND file.lease_owner IS NOT NULL THEN 1 ELSE file.again END,
             due_at = CASE WHEN one.look = 1 AND file.lease_owner IS NULL THEN LEAST(coalesce(file.due_at, $2), $2)
                 ELSE file.due_at END
         FROM ",
        marks!(),
        " AS one
         JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence
         WHERE file.code = one.code AND file.role = one.role AND file.place = one.place",
    ),
);

/// What was proved anew meanwhile has another reference, and is named again. Who holds the file does not know yet until
/// when it may be fetched: it is looked at once more.
static NAME_FILES: Sql = Sql::new(
    "name_files",
    "UPDATE file SET
         state = CASE WHEN one.fetch_until IS NULL THEN 'arrived' ELSE 'announced' END,
         announced_at = $2,
         arrived_at = CASE WHEN one.fetch_until IS NULL THEN $2 END,
         attempts = CASE WHEN one.fetch_until IS NULL THEN 0 ELSE file.attempts END,
         again = CASE WHEN file.lease_owner IS NULL THEN file.again ELSE 1 END,
         due_at = CASE WHEN one.fetch_until IS NULL OR file.lease_owner IS NOT NULL THEN file.due_at
             ELSE LEAST(coalesce(file.due_at, one.fetch_until), one.fetch_until) END
     FROM {rows $1: code text, fence bigint, role text, place text, reference text, fetch_until bigint} AS one
     JOIN dossier ON dossier.code = one.code AND dossier.fence = one.fence
     WHERE file.code = one.code AND file.role = one.role AND file.place = one.place
         AND file.reference = one.reference AND file.state = 'ready'",
);
