//! The files of a run: every open difference as JSON lines and as CSV, the summary, and the portal's counts as they came.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::summary::Summary;
use dongbo_ledger::Difference;
use dongbo_model::{csv, invisible};
use dongbo_settings::ownership;

/// The ends of the names of a run's files.
const ENDINGS: [&str; 4] = [".jsonl", ".csv", ".summary.json", ".counts.jsonl"];

/// The longest answer of the evaluation API that is kept as it came. A page of two hundred units has some 40 KiB.
const LARGEST_KEPT: usize = 128 * 1024;
/// The most that is kept of the answers of one run; a province's counts of thirteen months have some ten MiB.
const MOST_KEPT: usize = 64 * 1024 * 1024;

/// The files of one run.
#[derive(Debug)]
pub(super) struct Files {
    folder: PathBuf,
    id: String,
    counts: Option<BufWriter<File>>,
    /// The bytes of answers that were kept.
    kept: usize,
}

/// The two lists of differences, while they are written.
pub(super) struct Lists {
    lines: BufWriter<File>,
    table: BufWriter<File>,
}

impl Files {
    pub(super) fn begin(folder: &Path, id: &str) -> io::Result<Self> {
        ownership::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), id: id.to_owned(), counts: None, kept: 0 })
    }

    /// Keeps an answer of the evaluation API as it came, with its time. Of one that is larger than any page of counts, and of all
    /// that come when much is kept already, only length and digest are kept.
    pub(super) fn keep_counts(
        &mut self,
        at: DateTime<Utc>,
        month: &str,
        procedure: &str,
        group: &str,
        raw: &str,
    ) -> io::Result<()> {
        let file = match &mut self.counts {
            Some(file) => file,
            None => {
                let file = ownership::create(&self.path(".counts.jsonl"))?;
                self.counts.insert(BufWriter::new(file))
            }
        };
        let kept = self.kept.saturating_add(raw.len());
        let whole = raw.len() <= LARGEST_KEPT && kept <= MOST_KEPT;
        let line = if whole {
            self.kept = kept;
            json!({ "at": at, "month": month, "procedure": procedure, "group": group, "answer": raw })
        } else {
            let sha256 = hex::encode(Sha256::digest(raw.as_bytes()));
            json!({ "at": at, "month": month, "procedure": procedure, "group": group,
                "bytes": raw.len(), "sha256": sha256 })
        };
        writeln!(file, "{line}")
    }

    /// Begins the lists of differences.
    pub(super) fn lists(&self) -> io::Result<Lists> {
        let lines = BufWriter::new(ownership::create(&self.path(".jsonl"))?);
        let mut table = BufWriter::new(ownership::create(&self.path(".csv"))?);
        writeln!(
            table,
            "code,layer,kind,subject,age,cause,agency,procedure,month,ours,theirs,ours_raw,theirs_raw,found_by,mendable,\
             since,opened_at,seen_at,repaired_at"
        )?;
        Ok(Lists { lines, table })
    }

    /// Writes the summary, and removes the files of all runs but the newest `keep`.
    pub(super) fn end(mut self, summary: &Summary, keep: u32) -> io::Result<()> {
        if let Some(counts) = &mut self.counts {
            counts.flush()?;
        }
        ownership::write(&self.path(".summary.json"), &serde_json::to_vec_pretty(summary)?)?;
        rotate(&self.folder, keep)
    }

    fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}{ending}", self.id))
    }
}

impl Lists {
    pub(super) fn add(&mut self, it: &Difference) -> io::Result<()> {
        writeln!(self.lines, "{}", invisible::in_json(&serde_json::to_string(it)?))?;
        let found_by = it.found_by.name();
        let (month, since) = (it.cell.month.to_string(), it.since.to_rfc3339());
        let (opened, seen) = (it.opened_at.to_rfc3339(), it.seen_at.to_rfc3339());
        let repaired = it.repaired_at.map(|at| at.to_rfc3339()).unwrap_or_default();
        let mendable = if it.mendable { "1" } else { "0" };
        let cause = it.cause.to_string();
        let fields = [
            &it.code,
            it.layer.name(),
            it.kind.name(),
            &it.subject,
            it.age.name(),
            &cause,
            &it.cell.agency,
            &it.cell.procedure,
            &month,
            &it.ours,
            &it.theirs,
            &it.ours_raw,
            &it.theirs_raw,
            found_by,
            mendable,
            &since,
            &opened,
            &seen,
            &repaired,
        ];
        writeln!(self.table, "{}", csv::row(fields))
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.lines.flush()?;
        self.table.flush()
    }
}

/// Removes the files of all runs but the newest `keep`. Only names that a run has are touched.
fn rotate(folder: &Path, keep: u32) -> io::Result<()> {
    let mut ids: Vec<String> = fs::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".summary.json").map(str::to_owned))
        .filter(|id| id.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    ids.sort_unstable();
    let gone = ids.len().saturating_sub(usize::try_from(keep).unwrap_or(usize::MAX));
    for id in ids.iter().take(gone) {
        for ending in ENDINGS {
            match fs::remove_file(folder.join(format!("{id}{ending}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::Files;
    use crate::reconcile::Summary;

    #[test]
    fn the_newest_runs_are_kept_and_nothing_that_is_no_run() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("notes.summary.json"), "").unwrap();
        for id in ["20260101T000000Z", "20260102T000000Z", "20260103T000000Z"] {
            let mut files = Files::begin(folder.path(), id).unwrap();
            files.keep_counts(DateTime::UNIX_EPOCH, "2026-01", "", "", "{}").unwrap();
            files.lists().unwrap().end().unwrap();
            files.end(&Summary::default(), 2).unwrap();
        }
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names.len(), 9, "{names:?}");
        assert!(names[0].to_str().unwrap().starts_with("20260102"));
    }

    #[test]
    fn an_answer_larger_than_any_page_is_kept_as_its_digest_and_so_is_all_beyond_what_a_run_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = Files::begin(folder.path(), "20260101T000000Z").unwrap();
        let page = "x".repeat(100_000);
        files.keep_counts(DateTime::UNIX_EPOCH, "2026-01", "", "", &"x".repeat(4 << 20)).unwrap();
        for _ in 0..1_000 {
            files.keep_counts(DateTime::UNIX_EPOCH, "2026-01", "", "", &page).unwrap();
        }
        files.end(&Summary::default(), 2).unwrap();
        let kept = std::fs::read_to_string(folder.path().join("20260101T000000Z.counts.jsonl")).unwrap();
        let lines: Vec<serde_json::Value> =
            kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((lines.len(), lines[0]["bytes"].as_u64()), (1_001, Some(4 << 20)));
        assert_eq!(lines[0]["sha256"].as_str().unwrap().len(), 64);
        let whole = lines.iter().filter(|line| line["answer"].is_string()).count();
        assert_eq!(whole, (64 << 20) / 100_000);
        assert!(kept.len() < 66 << 20, "{}", kept.len());
    }
}
