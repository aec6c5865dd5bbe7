//! Recording the outcomes of files: how their claims ended, and what the portal fetched.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, Utc};

use super::claim::{FileKey, code_of, key, mark_of, place_of};
use super::types::{
    FileClaim, FileNews, FileNext, FileSettlement, FileState, FilesNoted, Linked, ReadMark, Unserved,
};
use crate::encoding::{encode, micros};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::settle::LOCK;
use crate::store::{Sql, Tx, record, values};
use dongbo_model::ErrorClass;
use dongbo_model::{DossierCode, FileRole, Finding, Place, SourceId};

record! {
    /// The ending of a file's claim, as its statements take it.
    struct EndingRow<'a> {
        code: &'a str,
        role: &'static str,
        place: String,
        fence: i64,
        /// The state; `None` keeps it.
        next: Option<&'static str>,
        next_at: Option<i64>,
        failures: u32,
        bytes: Option<u64>,
        changed: Option<i64>,
        mark: Option<&'a str>,
        hash: Option<&'a str>,
        has_signature: Option<i64>,
        made: i64,
        link: Option<&'a str>,
        known_by: Option<&'a str>,
        /// Whether what stands in its way is left as it is known.
        keeps: i64,
        stands_in_way: Option<&'static str>,
        more: Option<&'a str>,
    }
}

record! {
    /// A file that the portal came for in vain.
    struct UnservedRow<'a> {
        link: &'a str,
        stood_in_way: &'static str,
        more: &'a str,
        again_at: i64,
    }
}

record! {
    /// A dossier that is to tell the portal of its files, and the lane of the first of them.
    struct TellingRow<'a> {
        code: &'a str,
        file_lane: i64,
    }
}

record! {
    /// A file of which the portal shows no bytes, or others.
    struct DoubtedRow<'a> {
        code: &'a str,
        role: &'static str,
        mark: &'a str,
    }
}

record! {
    /// A file whose findings are known, by the mark that ends their subjects.
    struct JudgedRow<'a> {
        code: &'a str,
        mark: String,
    }
}

record! {
    /// A finding about a file.
    struct FileFindingRow<'a> {
        code: &'a str,
        kind: &'static str,
        subject: &'a str,
        detail: &'a str,
    }
}

/// A file whose findings are known to be these and no others.
struct Judged<'a> {
    code: DossierCode,
    place: Place,
    findings: &'a [Finding],
}

impl Ledger {
    /// Records the outcomes of files, all in one transaction. A dossier whose file is to be named to the portal becomes
    /// due in it, unless a sibling of the file is still to be looked at for the first time, so that both go in one
    /// call. For a claim that is no longer held nothing is written; a fetch by the portal takes precedence over a look
    /// meanwhile.
    ///
    /// News that the database refuses for its content is left out, and keeps nothing else from being written.
    ///
    /// # Errors
    /// When the ledger cannot be written. Then all of it may be handed in again: what was written already stays as it is.
    pub async fn note_files(&self, news: &[FileNews], now: DateTime<Utc>) -> Result<FilesNoted, LedgerError> {
        let mut all = match self.note_together(news, now).await {
            Err(error) if error.class() == ErrorClass::Bug => FilesNoted::default(),
            noted => return noted,
        };
        for one in news {
            match self.note_together(std::slice::from_ref(one), now).await {
                Ok(noted) => {
                    all.arrived = all.arrived.saturating_add(noted.arrived);
                    all.dossier_due |= noted.dossier_due;
                }
                Err(error) if error.class() == ErrorClass::Bug => {
                    all.refused.push((one.code().clone(), error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    async fn note_together(&self, news: &[FileNews], now: DateTime<Utc>) -> Result<FilesNoted, LedgerError> {
        let (mut ended, mut arrived, mut questioned) = (Vec::new(), Vec::new(), Vec::new());
        let mut unserved = Vec::new();
        for one in news {
            match one {
                FileNews::Ended(settlement) => ended.push(settlement.as_ref()),
                FileNews::Arrived(_, link_id) => arrived.push(link_id.as_str()),
                FileNews::Questioned(_, link_id) => questioned.push(link_id.as_str()),
                FileNews::Unserved(one) => unserved.push(one),
            }
        }
        let mut tx = self.store.begin("note_files").await?;
        // In the order in which dossiers are settled, so that two never wait for each other.
        let codes: Vec<&str> = news.iter().map(|one| one.code().as_str()).collect();
        tx.lock(&LOCK, encode("note_files", &codes)?).await?;
        let mut judged = arrive(&mut tx, &arrived, now).await?;
        let files_arrived = u64::try_from(judged.len()).unwrap_or(u64::MAX);
        if !questioned.is_empty() {
            tx.execute(&QUESTIONED, values![encode("note_files", &questioned)?, micros(now)]).await?;
        }
        note_unserved(&mut tx, &unserved, now).await?;
        let settled = settle(&mut tx, &ended, now).await?;
        let dossier_due = make_due(&mut tx, &settled, now).await?;
        judged.extend(settled.iter().filter_map(|one| {
            let FileClaim { code, place, .. } = &one.claim;
            Some(Judged { code: code.clone(), place: *place, findings: one.findings.as_deref()? })
        }));
        write_findings(&mut tx, &judged, now).await?;
        tx.commit("note_files").await?;
        Ok(FilesNoted { arrived: files_arrived, dossier_due, refused: Vec::new() })
    }

    /// The file that the link with this identifier leads to; `None` when no file that may be fetched has it.
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
            source: SourceId(row.get("source").map_err(during())?),
        }))
    }

    /// Has all files looked at that were no results by the rules of another mapping.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn judge_held_files_anew(&self, now: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.execute(&JUDGE_ANEW, values![micros(now)]).await
    }

    /// Has files proved and brought to the portal anew, each identified by its dossier, its list and its
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
        let rows: Vec<DoubtedRow<'_>> =
            files.iter().map(|&(code, role, mark)| DoubtedRow { code, role: role.name(), mark }).collect();
        let codes: Vec<&str> = files.iter().map(|(code, ..)| *code).collect();
        let mut tx = self.store.begin("doubt_files").await?;
        tx.lock(&LOCK, encode("doubt_files", &codes)?).await?;
        let doubted = tx.read(&DOUBT_FILES, values![encode("doubt_files", &rows)?, micros(now)]).await?;
        tx.commit("doubt_files").await?;
        let codes = doubted.iter().map(|row| row.get("code"));
        codes.collect::<Result<_, sqlx::Error>>().map_err(LedgerError::during("doubt_files"))
    }
}

/// The files behind these links are on the portal; gives those of which that is news.
async fn arrive(
    tx: &mut Tx,
    link_ids: &[&str],
    now: DateTime<Utc>,
) -> Result<Vec<Judged<'static>>, LedgerError> {
    if link_ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx.read(&ARRIVED, values![encode("note_files", &link_ids)?, micros(now)]).await?;
    let judged =
        rows.iter().map(|row| Ok(Judged { code: code_of(row)?, place: place_of(row)?, findings: &[] }));
    judged.collect::<Result<_, _>>().map_err(LedgerError::during("note_files"))
}

/// The portal came for these and did not get them. The newest word on a file stands.
async fn note_unserved(tx: &mut Tx, unserved: &[&Unserved], now: DateTime<Utc>) -> Result<(), LedgerError> {
    let newest: BTreeMap<&str, &Unserved> = unserved.iter().map(|one| (one.link_id.as_str(), *one)).collect();
    if newest.is_empty() {
        return Ok(());
    }
    let rows: Vec<UnservedRow<'_>> = newest
        .into_iter()
        .map(|(link, one)| UnservedRow {
            link,
            stood_in_way: one.trouble.name(),
            more: &one.detail,
            again_at: micros(one.again_at),
        })
        .collect();
    tx.execute(&UNSERVED, values![encode("note_files", &rows)?, micros(now)]).await?;
    Ok(())
}

/// Ends claims; gives those that were still held.
async fn settle<'s>(
    tx: &mut Tx,
    ended: &[&'s FileSettlement],
    now: DateTime<Utc>,
) -> Result<Vec<&'s FileSettlement>, LedgerError> {
    let (gone, kept): (Vec<&FileSettlement>, Vec<_>) =
        ended.iter().copied().partition(|one| one.next == FileNext::Gone);
    let mut held: HashSet<(String, String, String, i64)> = HashSet::new();
    for (sql, some) in [(&FORGET_FILES, gone), (&SETTLE_FILES, kept)] {
        if !some.is_empty() {
            let rows: Vec<EndingRow<'_>> = some.into_iter().map(ending_row).collect();
            let rows = tx.read(sql, values![encode("note_files", &rows)?, micros(now)]).await?;
            for row in &rows {
                let FileKey { code, role, place } = key(row).map_err(LedgerError::during("note_files"))?;
                let fence = row.get("fence").map_err(LedgerError::during("note_files"))?;
                held.insert((code.to_owned(), role.to_owned(), place, fence));
            }
        }
    }
    // Two claims of one file may end together, of which only the later one was still held.
    let is_held = |one: &&FileSettlement| {
        let FileClaim { code, place, fence, .. } = &one.claim;
        let (role, key) = (place.role.name().to_owned(), place.key.to_string());
        held.contains(&(code.as_str().to_owned(), role, key, *fence))
    };
    Ok(ended.iter().copied().filter(is_held).collect())
}

/// Has the dossiers of settled files tell the portal of them. Returns whether one was made due.
async fn make_due(tx: &mut Tx, settled: &[&FileSettlement], now: DateTime<Utc>) -> Result<bool, LedgerError> {
    let mut lanes: BTreeMap<&str, i64> = BTreeMap::new();
    for one in settled.iter().filter(|one| !matches!(one.next, FileNext::Kept(_))) {
        let lane = one.claim.lane.number();
        lanes.entry(one.claim.code.as_str()).and_modify(|first| *first = lane.min(*first)).or_insert(lane);
    }
    if lanes.is_empty() {
        return Ok(false);
    }
    let rows: Vec<TellingRow<'_>> =
        lanes.into_iter().map(|(code, file_lane)| TellingRow { code, file_lane }).collect();
    Ok(tx.execute(&MAKE_DUE, values![encode("note_files", &rows)?, micros(now)]).await? > 0)
}

async fn write_findings(tx: &mut Tx, judged: &[Judged<'_>], now: DateTime<Utc>) -> Result<(), LedgerError> {
    if judged.is_empty() {
        return Ok(());
    }
    let files: Vec<JudgedRow<'_>> =
        judged.iter().map(|file| JudgedRow { code: file.code.as_str(), mark: file.place.mark() }).collect();
    let found: Vec<FileFindingRow<'_>> = judged
        .iter()
        .flat_map(|file| file.findings.iter().map(|finding| (file.code.as_str(), finding)))
        .map(|(code, finding)| FileFindingRow {
            code,
            kind: finding.kind.name(),
            subject: &finding.subject,
            detail: &finding.detail,
        })
        .collect();
    let rows = encode("note_files", &found)?;
    tx.execute(&CLOSE_FILE_FINDINGS, values![encode("note_files", &files)?, micros(now), &rows]).await?;
    if !found.is_empty() {
        tx.execute(&OPEN_FILE_FINDINGS, values![&rows, micros(now)]).await?;
    }
    Ok(())
}

fn ending_row(one: &FileSettlement) -> EndingRow<'_> {
    let claim = &one.claim;
    let (state, due_at, offered) = match &one.next {
        FileNext::Ready(offered) => (Some(FileState::Ready), None, Some(offered)),
        FileNext::Held(at) => (Some(FileState::Held), Some(*at), claim.offered.as_ref()),
        FileNext::Again(at) => (None, Some(*at), claim.offered.as_ref()),
        FileNext::Kept(at) => (None, *at, claim.offered.as_ref()),
        FileNext::Gone => (None, None, None),
    };
    let mark = one.mark.as_ref();
    EndingRow {
        code: claim.code.as_str(),
        role: claim.place.role.name(),
        place: claim.place.key.to_string(),
        fence: claim.fence,
        next: state.map(FileState::name),
        next_at: due_at.map(micros),
        failures: one.attempts,
        bytes: mark.map(|mark| mark.size),
        changed: mark.and_then(|mark| mark.changed_at).map(micros),
        mark: mark.map(|mark: &ReadMark| mark.tag.as_str()),
        hash: mark.map(|mark| mark.sha256.as_str()),
        has_signature: mark.map(|mark| mark.signature.number()),
        made: offered.map_or(0, |offered| offered.announcement),
        link: offered.and_then(|offered| offered.link_id.as_deref()),
        known_by: offered.map(|offered| offered.reference.as_str()),
        keeps: matches!(one.next, FileNext::Kept(_)).into(),
        stands_in_way: one.trouble.as_ref().map(|(trouble, _)| trouble.name()),
        more: one.trouble.as_ref().map(|(_, detail)| detail.as_str()),
    }
}

/// A file whose dossier changed meanwhile is looked at once more.
static FORGET_FILES: Sql = Sql::of(
    "forget_files",
    "DELETE FROM file WHERE again = 0
             AND (code, role, place, fence) IN (SELECT one.code, one.role, one.place, one.fence FROM {rows $1: EndingRow} AS one)
         RETURNING code, role, place, fence",
    &[EndingRow::RECORD],
);

/// A file whose dossier changed meanwhile is looked at once more.
static SETTLE_FILES: Sql = Sql::of(
    "settle_files",
    "UPDATE file SET
             state = coalesce(one.next, file.state),
             due_at = CASE WHEN file.again = 1 THEN $2 ELSE one.next_at END,
             again = 0,
             lease_owner = NULL,
             attempts = one.failures,
             size = one.bytes, changed_at = one.changed, tag = one.mark, sha256 = one.hash, signed = one.has_signature,
             announcement = one.made, link_id = one.link, reference = one.known_by,
             announced_at = CASE WHEN one.next IS NULL THEN file.announced_at END,
             arrived_at = CASE WHEN one.next IS NULL THEN file.arrived_at END,
             trouble = CASE WHEN one.keeps = 1 THEN file.trouble ELSE one.stands_in_way END,
             trouble_detail = CASE WHEN one.keeps = 1 THEN file.trouble_detail ELSE one.more END,
             troubled_at = CASE WHEN one.keeps = 1 OR file.trouble = one.stands_in_way THEN file.troubled_at
                 WHEN one.stands_in_way IS NOT NULL THEN $2 END
         FROM {rows $1: EndingRow} AS one
         WHERE file.code = one.code AND file.role = one.role AND file.place = one.place AND file.fence = one.fence
             AND file.lease_owner IS NOT NULL
         RETURNING file.code, file.role, file.place, file.fence",
    &[EndingRow::RECORD],
);

/// A dossier with files that are ready, and none that is still to be looked at for the first time. At rest it goes into
/// the lane of its file, untouched: no change was heard of, for which its files would be looked at again. One that is under
/// way is read again after it.
static MAKE_DUE: Sql = Sql::of(
    "make_due",
    "UPDATE dossier SET
         touches = CASE WHEN dossier.state = 'synced' THEN dossier.touches ELSE dossier.touches + 1 END,
         unsent_since = coalesce(dossier.unsent_since, $2),
         lane = CASE WHEN dossier.state = 'synced' THEN one.file_lane ELSE dossier.lane END,
         due_at = CASE WHEN dossier.state = 'synced' OR (dossier.state = 'due' AND dossier.doubt = 2) THEN $2
             ELSE dossier.due_at END,
         state = CASE WHEN dossier.state = 'synced' THEN 'due' ELSE dossier.state END
     FROM {rows $1: TellingRow} AS one
     WHERE dossier.code = one.code
         AND EXISTS (SELECT 1 FROM file WHERE file.code = one.code AND file.state = 'ready')
         AND NOT EXISTS (SELECT 1 FROM file
             WHERE file.code = one.code AND file.state = 'new' AND file.attempts = 0)",
    &[TellingRow::RECORD],
);

static LINKED: Sql = Sql::new(
    "linked",
    "SELECT code, role, place, size, changed_at, tag, sha256, signed, announcement,
         coalesce((SELECT dossier.source FROM dossier WHERE dossier.code = file.code), 1) AS source
     FROM file
     WHERE link_id = $1 AND state IN ('ready', 'announced', 'arrived') ORDER BY code LIMIT 1",
);

/// A worker that holds it at this moment learns that it has come too late, and somebody looks at the file once more.
static ARRIVED: Sql = Sql::new(
    "arrived",
    "UPDATE file SET state = 'arrived', arrived_at = $2, attempts = 0, fence = fence + 1,
         trouble = NULL, trouble_detail = NULL, troubled_at = NULL,
         due_at = CASE WHEN lease_owner IS NOT NULL OR again = 1 THEN $2 END, lease_owner = NULL, again = 0
     WHERE link_id IN {texts $1} AND state IN ('ready', 'announced') RETURNING code, role, place",
);

/// One that has arrived by another request is in nobody's way.
static UNSERVED: Sql = Sql::of(
    "unserved",
    "UPDATE file SET trouble = one.stood_in_way, trouble_detail = one.more, troubled_at = $2,
         due_at = CASE WHEN file.state = 'announced' AND file.lease_owner IS NULL
             THEN LEAST(coalesce(file.due_at, one.again_at), one.again_at) ELSE file.due_at END
     FROM {rows $1: UnservedRow} AS one
     WHERE file.link_id = one.link AND file.state IN ('ready', 'announced')",
    &[UnservedRow::RECORD],
);

static QUESTIONED: Sql = Sql::new(
    "questioned",
    "UPDATE file SET due_at = CASE WHEN lease_owner IS NULL THEN $2 ELSE due_at END,
         again = CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END
     WHERE link_id IN {texts $1}",
);

/// A worker that holds it at this moment learns that it has come too late.
static DOUBT_FILES: Sql = Sql::of(
    "doubt_files",
    "UPDATE file SET state = 'new', due_at = $2, attempts = 0, fence = fence + 1, lease_owner = NULL, again = 0,
         trouble = NULL, trouble_detail = NULL, troubled_at = NULL
     FROM {rows $1: DoubtedRow} AS one
     WHERE file.code = one.code AND file.role = one.role AND substr(file.place, 1, length(one.mark)) = one.mark
         AND file.state IN ('announced', 'arrived')
     RETURNING file.code",
    &[DoubtedRow::RECORD],
);

static JUDGE_ANEW: Sql = Sql::new(
    "judge_anew",
    "UPDATE file SET size = NULL, due_at = $1 WHERE state = 'held' AND lease_owner IS NULL",
);

static CLOSE_FILE_FINDINGS: Sql = Sql::of(
    "close_file_findings",
    "UPDATE finding SET closed_at = $2
     FROM {rows $1: JudgedRow} AS judged
     WHERE finding.closed_at IS NULL AND finding.code = judged.code AND substr(finding.kind, 1, 5) = 'file_'
         AND finding.subject LIKE '%:' || judged.mark
         AND NOT EXISTS (SELECT 1 FROM {rows $3: FileFindingRow} AS found
             WHERE found.code = finding.code AND found.kind = finding.kind AND found.subject = finding.subject)",
    &[JudgedRow::RECORD, FileFindingRow::RECORD],
);

static OPEN_FILE_FINDINGS: Sql = Sql::of(
    "open_file_findings",
    "INSERT INTO finding (code, kind, subject, detail, opened_at, seen_at)
     SELECT found.code, found.kind, found.subject, found.detail, $2, $2
     FROM {rows $1: FileFindingRow} AS found WHERE true
     ON CONFLICT (code, kind, subject) WHERE closed_at IS NULL
         DO UPDATE SET seen_at = excluded.seen_at, detail = excluded.detail",
    &[FileFindingRow::RECORD],
);
