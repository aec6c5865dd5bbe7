//! Counting and listing files, for metrics and for those who look after them.

use chrono::{DateTime, Utc};

use super::claim::trouble_of;
use super::types::{FileState, OpenFile, Signature};
use crate::bin::of_file;
use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};
use dongbo_model::{FileTrouble, Month};

/// The files that one thing stands in the way of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubledFiles {
    /// The thing.
    pub trouble: FileTrouble,
    /// Codes that say more, as they were told of one of the files.
    pub detail: String,
    /// The number of the files.
    pub many: u64,
    /// Since when the first of them has been waiting for it.
    pub since: DateTime<Utc>,
}

/// The numbers of files by state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileCounts {
    /// By state, in the order of [`FileState::ALL`].
    by_state: [u64; 5],
    /// Result papers that were read and are in order, in the order of [`Signature::ALL`].
    by_signature: [u64; 3],
    /// Since when the oldest file waits that the portal was told of and has not fetched.
    pub oldest_announced: Option<DateTime<Utc>>,
    /// The files that something stands in the way of, by what it is.
    pub troubled: Vec<TroubledFiles>,
}

impl FileCounts {
    /// The number of files in `state`.
    #[must_use]
    pub fn of(&self, state: FileState) -> u64 {
        FileState::ALL.iter().zip(self.by_state).find(|(one, _)| **one == state).map_or(0, |(_, many)| many)
    }

    /// In how many result papers `signature` was found, of those that were read and are in order.
    #[must_use]
    pub fn results(&self, signature: Signature) -> u64 {
        let counted = Signature::ALL.iter().zip(self.by_signature);
        counted.filter(|(one, _)| **one == signature).map(|(_, many)| many).sum()
    }
}

/// The files of some dossiers: those that meet every condition that is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesIn {
    /// One dossier.
    pub dossier: Option<String>,
    /// The national code of the unit.
    pub agency: Option<String>,
    /// The national code of the procedure.
    pub procedure: Option<String>,
    /// The month of receipt.
    pub month: Option<Month>,
}

impl Ledger {
    /// Counts the files that the portal does not have.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn files_missing(&self, which: &FilesIn) -> Result<u64, LedgerError> {
        // A parameter that may be missing is text: the server keeps one type for it.
        let month = which.month.map(|month| month.0.to_string());
        let values = values![
            which.dossier.as_deref(),
            which.agency.as_deref(),
            which.procedure.as_deref(),
            month.as_deref()
        ];
        let rows = self.store.read(&FILES_MISSING, values).await?;
        rows.first().map_or(Ok(0), |row| row.count("many")).map_err(LedgerError::during("files_missing"))
    }

    /// Counts all files.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn file_counts(&self) -> Result<FileCounts, LedgerError> {
        self.file_counts_of(None).await
    }

    /// Counts the files of one unit, or of all.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn file_counts_of(&self, unit: Option<&str>) -> Result<FileCounts, LedgerError> {
        let mut counts = FileCounts::default();
        for row in &self.store.read(&FILE_TALLIES, values![unit]).await? {
            let bin = row.get("bin").map_err(LedgerError::during("file_counts"))?;
            let many = row.count("many").map_err(LedgerError::during("file_counts"))?;
            let (state, signature) = of_file(bin);
            for (one, count) in FileState::ALL.iter().zip(&mut counts.by_state) {
                *count += if *one == state { many } else { 0 };
            }
            for (one, count) in Signature::ALL.iter().zip(&mut counts.by_signature) {
                *count += if Some(*one) == signature { many } else { 0 };
            }
        }
        let oldest = self.store.read_number(&OLDEST_ANNOUNCED, values![unit]).await?;
        counts.oldest_announced = oldest.map(time);
        for row in &self.store.read(&FILES_IN_TROUBLE, values![unit]).await? {
            counts.troubled.extend(troubled(row).map_err(LedgerError::during("file_counts"))?);
        }
        Ok(counts)
    }

    /// The number of files, `limit` at most, that are told to the portal as soon as it can be called: their dossiers wait
    /// for nothing else.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn files_on_the_way(&self, limit: u32, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        let rows = self.store.read(&ON_THE_WAY, values![limit, micros(now)]).await?;
        rows.first().map_or(Ok(0), |row| row.count("many")).map_err(LedgerError::during("files_on_the_way"))
    }

    /// Up to `limit` files that the portal does not have, those first that a person has to act on; of one dossier only
    /// when `code` names it, and then those that it has, too.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn open_files(&self, code: Option<&str>, limit: u32) -> Result<Vec<OpenFile>, LedgerError> {
        let rows = self.store.read(&OPEN_FILES, values![code, limit]).await?;
        let mut files: Vec<((String, String), OpenFile)> = Vec::new();
        for row in &rows {
            let (key, file) = open(row).map_err(LedgerError::during("open_files"))?;
            match files.last_mut() {
                Some((last, known)) if *last == key => known.findings.extend(file.findings),
                _ => files.push((key, file)),
            }
        }
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }
}

fn troubled(row: &Row) -> Result<Option<TroubledFiles>, sqlx::Error> {
    let detail: Option<String> = row.get("trouble_detail")?;
    let many = row.count("many")?;
    let known = trouble_of(row)?;
    Ok(known.map(|(trouble, since)| TroubledFiles {
        trouble,
        detail: detail.unwrap_or_default(),
        many,
        since,
    }))
}

/// One file with one of its findings, and what tells it from every other file.
fn open(row: &Row) -> Result<((String, String), OpenFile), sqlx::Error> {
    let code: String = row.get("code")?;
    let kind: Option<String> = row.get("kind")?;
    let detail: Option<String> = row.get("detail")?;
    let more: Option<String> = row.get("trouble_detail")?;
    let trouble = trouble_of(row)?.map(|(trouble, since)| (trouble, more.unwrap_or_default(), since));
    let file = OpenFile {
        trouble,
        code: code.clone(),
        unit: row.get("unit")?,
        role: row.get("role")?,
        state: FileState::from_name(row.get("state")?).unwrap_or(FileState::New),
        attempts: u32::try_from(row.get::<i64, _>("attempts")?).unwrap_or(u32::MAX),
        due_at: row.get::<Option<i64>, _>("due_at")?.map(time),
        size: row.get::<Option<i64>, _>("size")?.and_then(|size| u64::try_from(size).ok()),
        signature: row.get::<Option<i64>, _>("signed")?.map(Signature::from_number),
        findings: kind.zip(detail).into_iter().collect(),
    };
    Ok(((code, row.get("place")?), file))
}

static FILE_TALLIES: Sql = Sql::new(
    "file_tallies",
    "SELECT bin, CAST(sum(many) AS BIGINT) AS many FROM file_tally WHERE ($1 IS NULL OR unit = $1) GROUP BY bin",
);

static OLDEST_ANNOUNCED: Sql = Sql::new(
    "oldest_announced",
    "SELECT announced_at FROM file WHERE state = 'announced' AND announced_at IS NOT NULL AND ($1 IS NULL OR unit = $1)
     ORDER BY announced_at LIMIT 1",
);

static FILES_IN_TROUBLE: Sql = Sql::new(
    "files_in_trouble",
    "SELECT trouble, max(trouble_detail) AS trouble_detail, count(*) AS many, min(troubled_at) AS troubled_at
     FROM file WHERE trouble IS NOT NULL AND ($1 IS NULL OR unit = $1) GROUP BY trouble ORDER BY trouble",
);

static FILES_MISSING: Sql = Sql::new(
    "files_missing",
    "SELECT count(*) AS many FROM file JOIN dossier ON dossier.code = file.code
     WHERE file.state <> 'arrived' AND ($1 IS NULL OR file.code = $1) AND ($2 IS NULL OR dossier.agency = $2)
         AND ($3 IS NULL OR dossier.procedure = $3) AND ($4 IS NULL OR dossier.received_month = CAST($4 AS BIGINT))",
);

static ON_THE_WAY: Sql = Sql::new(
    "files_on_the_way",
    "SELECT count(*) AS many FROM (
         SELECT 1 FROM file JOIN dossier ON dossier.code = file.code
         WHERE file.state = 'ready' AND (dossier.state = 'leased' OR (dossier.state = 'due' AND dossier.due_at <= $2))
         LIMIT $1) AS first_of_them",
);

static OPEN_FILES: Sql = Sql::new(
    "open_files",
    "WITH open_file AS (
         SELECT code, role, place, unit, state, attempts, due_at, size, trouble, trouble_detail, troubled_at,
             CASE WHEN sha256 <> '' THEN signed END AS signed
         FROM file
         WHERE CASE WHEN $1 IS NULL THEN state <> 'arrived' ELSE code = $1 END
         ORDER BY CASE state WHEN 'held' THEN 0 WHEN 'announced' THEN 1 ELSE 2 END, code, role, place LIMIT $2
     )
     SELECT open_file.*, finding.kind, finding.detail FROM open_file
     LEFT JOIN finding ON finding.code = open_file.code AND finding.closed_at IS NULL
         AND substr(finding.kind, 1, 5) = 'file_' AND finding.subject LIKE '%:' || substr(open_file.place, 1, 8)
     ORDER BY CASE state WHEN 'held' THEN 0 WHEN 'announced' THEN 1 ELSE 2 END, open_file.code, role, place, kind",
);
