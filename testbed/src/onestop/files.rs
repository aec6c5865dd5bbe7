//! The folder in which the simulated vendor keeps the bytes of results and papers, and damage to it.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::AssertSqlSafe;

use super::forms;
use crate::{Db, Error};

/// The properties of the files.
#[derive(Debug, Clone)]
pub struct FilePlan {
    /// The seed of all randomness; each file follows from it and from its key alone.
    pub seed: u64,
    /// The approximate size of files.
    pub bytes: RangeInclusive<usize>,
    /// The percentage of results that look signed, where their form has signatures.
    pub signed_percent: u32,
}

impl Default for FilePlan {
    fn default() -> Self {
        Self { seed: 1, bytes: 2_000..=20_000, signed_percent: 70 }
    }
}

/// One file that a row of the database names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeFile {
    /// Code of the dossier.
    pub code: String,
    /// Whether it is a result; else it is a paper that was handed in.
    pub is_result: bool,
    /// The vendor's identifier (`ma_giay_to` of a result, `ma_tep` of a paper).
    pub id: String,
    /// Its key (`khoa_tep`): the path below the folder.
    pub key: String,
}

/// Ways in which a file can be damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileDamage {
    /// It is gone.
    Missing,
    /// It has no bytes.
    Empty,
    /// It is the error page of another system.
    WrongKind,
    /// It has so many bytes.
    TooLarge(usize),
    /// Its second half is missing.
    Cut,
}

impl FileDamage {
    /// Every kind; what is too large has six million bytes.
    pub const ALL: [Self; 5] =
        [Self::Missing, Self::Empty, Self::WrongKind, Self::TooLarge(6_000_000), Self::Cut];
}

/// The key of a result: PDF mostly, and some pictures and XML, as the last digit of its id says.
pub(crate) fn result_key(dossier: i64, id: i64) -> String {
    let end = match id % 10 {
        0..=6 => "pdf",
        7 | 8 => "jpg",
        _ => "xml",
    };
    format!("ket-qua/{dossier}/{id}.{end}")
}

/// A folder with the files of a simulated office.
#[derive(Debug)]
pub struct OfficeFiles {
    root: PathBuf,
    plan: FilePlan,
}

impl OfficeFiles {
    /// The files of `plan` below `root`, which need not be there yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>, plan: FilePlan) -> Self {
        Self { root: root.into(), plan }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Every file that the database names, results first, each list in the order of ids.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn named(&self, db: &Db) -> Result<Vec<OfficeFile>, Error> {
        let mut all = Vec::new();
        for (is_result, table, id) in [(true, "ket_qua", "ma_giay_to"), (false, "giay_to_nop", "ma_tep")] {
            let sql = format!(
                "SELECT h.ma_ho_so, f.{id}, f.khoa_tep FROM {table} f JOIN ho_so h ON h.id = f.ho_so_id \
                 WHERE h.ma_ho_so IS NOT NULL AND f.khoa_tep IS NOT NULL AND f.{id} IS NOT NULL ORDER BY f.id"
            );
            let sql = AssertSqlSafe(sql);
            let rows: Vec<(String, String, String)> = match db {
                Db::Sqlite(pool) => sqlx::query_as(sql).fetch_all(pool).await?,
                Db::Postgres(pool) => sqlx::query_as(sql).fetch_all(pool).await?,
                Db::Mysql(pool) => sqlx::query_as(sql).fetch_all(pool).await?,
            };
            all.extend(rows.into_iter().map(|(code, id, key)| OfficeFile { code, is_result, id, key }));
        }
        Ok(all)
    }

    /// Writes every file that the database names and that is not there yet; gives those.
    ///
    /// # Errors
    /// When the database or the folder refuses.
    pub async fn write(&self, db: &Db) -> Result<Vec<OfficeFile>, Error> {
        let mut written = self.named(db).await?;
        written.retain(|file| !self.path(file).exists());
        for file in &written {
            self.put(file, &self.bytes(file))?;
        }
        Ok(written)
    }

    /// The bytes that the file has when it is in order: always the same for one seed and key.
    #[must_use]
    pub fn bytes(&self, file: &OfficeFile) -> Vec<u8> {
        let mut rng = StdRng::seed_from_u64(self.plan.seed ^ mixed(&file.key));
        let size = rng.random_range(self.plan.bytes.clone());
        let signed = file.is_result && rng.random_ratio(self.plan.signed_percent.min(100), 100);
        match Path::new(&file.key).extension().and_then(|end| end.to_str()) {
            Some("jpg") => forms::jpeg(&mut rng, size),
            Some("xml") => forms::xml(&mut rng, size),
            _ => forms::pdf(&mut rng, size, signed),
        }
    }

    /// Damages the file.
    ///
    /// # Errors
    /// When the folder refuses.
    pub fn damage(&self, file: &OfficeFile, damage: FileDamage) -> Result<(), Error> {
        let healthy = self.bytes(file);
        match damage {
            FileDamage::Missing => {
                let path = self.path(file);
                std::fs::remove_file(path).map_err(Error::io(format!("remove {}", file.key)))
            }
            FileDamage::Empty => self.put(file, b""),
            FileDamage::WrongKind => self.put(file, forms::ERROR_PAGE),
            FileDamage::TooLarge(size) => {
                let mut rng = StdRng::seed_from_u64(self.plan.seed);
                self.put(file, &forms::pdf(&mut rng, size, false))
            }
            FileDamage::Cut => self.put(file, healthy.get(..healthy.len() / 2).unwrap_or(&healthy)),
        }
    }

    /// Makes the file what it was before it was damaged.
    ///
    /// # Errors
    /// When the folder refuses.
    pub fn mend(&self, file: &OfficeFile) -> Result<(), Error> {
        self.put(file, &self.bytes(file))
    }

    fn path(&self, file: &OfficeFile) -> PathBuf {
        self.root.join(&file.key)
    }

    /// Puts the bytes in the file's place at once, so that no reader meets a half.
    fn put(&self, file: &OfficeFile, bytes: &[u8]) -> Result<(), Error> {
        let io = || Error::io(format!("write {}", file.key));
        let path = self.path(file);
        std::fs::create_dir_all(path.parent().unwrap_or(&self.root)).map_err(io())?;
        let aside = path.with_extension("part");
        std::fs::write(&aside, bytes).map_err(io())?;
        std::fs::rename(aside, path).map_err(io())
    }
}

/// A number out of a key, the same on every machine (FNV-1a).
fn mixed(key: &str) -> u64 {
    key.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
