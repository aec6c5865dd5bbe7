//! Sections `[files.results]` and `[files.papers]` of a mapping file: where the files of dossiers are.

mod written;

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;

use crate::settings::Engine;
use dongbo_model::{FileKind, FileRole};

pub(crate) use written::FilesFile;

/// What portals and mail take; a scan above this was made with the wrong settings.
const DEFAULT_MAX_BYTES: u64 = 100 << 20;
/// Kinds that a citizen's computer and telephone show, and the signed forms of results.
const DEFAULT_ALLOWED: [FileKind; 5] =
    [FileKind::Pdf, FileKind::Jpeg, FileKind::Png, FileKind::Tiff, FileKind::Xml];

/// Where the files of both roles are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesConfig {
    /// Where result papers are; `None` when they are not in a store.
    pub results: Option<StoreConfig>,
    /// Where papers handed in are: what `[files.papers]` says, or else where the results are.
    pub papers: Option<StoreConfig>,
}

impl FilesConfig {
    /// The store of one role.
    #[must_use]
    pub const fn of(&self, role: FileRole) -> Option<&StoreConfig> {
        match role {
            FileRole::Result => self.results.as_ref(),
            FileRole::Paper => self.papers.as_ref(),
        }
    }
}

/// One store and what a file of it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// Which store.
    pub place: StorePlace,
    /// What files are taken.
    pub limits: FileLimits,
    /// How long the store may let us wait for its next sign of life.
    pub timeout: Duration,
}

/// What a file must be to be named to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLimits {
    /// The most bytes.
    pub max_bytes: u64,
    /// The kinds that are taken, told from the bytes.
    pub allowed: Vec<FileKind>,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self { max_bytes: DEFAULT_MAX_BYTES, allowed: DEFAULT_ALLOWED.to_vec() }
    }
}

/// A store of one of the four kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorePlace {
    /// A tree of folders.
    Folder {
        /// Its root, an absolute path; a key is a path below it.
        root: PathBuf,
    },
    /// A column of the local database; the key is a parameter of the SQL.
    Column(ColumnConfig),
    /// A document store behind HTTP.
    Http(HttpPlace),
    /// An object store that speaks S3.
    S3(S3Place),
}

/// The SQL that gives a file out of the local database, for each engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnConfig {
    /// For SQLite.
    pub sqlite: Option<String>,
    /// For PostgreSQL.
    pub postgres: Option<String>,
}

impl ColumnConfig {
    /// The SQL for `engine`.
    #[must_use]
    pub fn sql(&self, engine: Engine) -> Option<&str> {
        match engine {
            Engine::Sqlite => self.sqlite.as_deref(),
            Engine::Postgres => self.postgres.as_deref(),
        }
    }
}

/// Whom a store of the network may be, and how it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Networks that are not public and yet may be connected to.
    pub allow_private: Vec<IpNet>,
    /// A certificate authority to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
}

/// A document store behind HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpPlace {
    /// What a key is put behind; ends in a slash.
    pub base_url: Url,
    /// File with one line `Name: value`, the header that the store knows us by.
    pub header_file: Option<PathBuf>,
    /// Further hosts to which the store may redirect.
    pub redirect_hosts: Vec<String>,
    /// Whom it may be.
    pub reach: Reach,
}

/// An object store that speaks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// Its address.
    pub endpoint: Url,
    /// The bucket; put behind the endpoint's address as a folder.
    pub bucket: String,
    /// The region that requests are signed for.
    pub region: String,
    /// File with the access key's identifier.
    pub access_key_file: PathBuf,
    /// File with the secret key.
    pub secret_key_file: PathBuf,
    /// What stands before every key.
    pub prefix: String,
    /// Whom it may be.
    pub reach: Reach,
}

#[cfg(test)]
mod tests {
    use super::{FilesConfig, FilesFile, StorePlace};
    use dongbo_model::{FileKind, FileRole};
    use dongbo_settings::hint::nearest_hint;

    fn checked(text: &str) -> (FilesConfig, Vec<String>) {
        let mut problems = Vec::new();
        let config = toml::from_str::<FilesFile>(text).unwrap().check(&mut problems);
        (config, problems)
    }

    #[test]
    fn papers_are_where_results_are_unless_told_otherwise() {
        let results =
            "[results]\nkind = 'folder'\nroot = '/srv/tep'\nmax_bytes = '5 MiB'\nallowed = ['pdf']\n";
        let (config, problems) = checked(results);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(config.of(FileRole::Paper), config.of(FileRole::Result));
        let limits = &config.papers.as_ref().unwrap().limits;
        assert_eq!((limits.max_bytes, limits.allowed.as_slice()), (5 << 20, &[FileKind::Pdf][..]));
        let (config, problems) =
            checked(&format!("{results}[papers]\nkind = 'http'\nbase_url = 'https://kho.vn/tep'"));
        assert_eq!(problems, Vec::<String>::new());
        let StorePlace::Http(http) = config.papers.unwrap().place else { panic!("another kind") };
        assert_eq!(http.base_url.as_str(), "https://kho.vn/tep/");
        assert_eq!(checked(""), (FilesConfig::default(), Vec::new()));
    }

    #[test]
    fn everything_wrong_with_a_section_is_said_at_once_and_no_password_with_it() {
        let (_, problems) = checked(
            "[results]\nkind = 's3'\nroot = '/x'\nendpoint = 'https://me:geheim@s3.vn'\nallowed = ['pfd']\n\
             allow_private = ['10.1.0.0/99']\nmax_bytes = 0",
        );
        let all = problems.join("\n");
        for told in [
            "[files.results]: the key root has no place in kind \"s3\"",
            "max_bytes must be",
            "\"pfd\" is no kind, did you mean \"pdf\"?",
            "\"10.1.0.0/99\" is no network",
            "endpoint holds a user or password",
            "the key bucket is missing",
            "the key secret_key_file is missing",
        ] {
            assert!(all.contains(told), "{told} is not in\n{all}");
        }
        assert!(!all.contains("geheim"));
    }

    #[test]
    fn a_misspelt_key_is_told_the_nearest_one() {
        let error = toml::from_str::<FilesFile>("[results]\nkind = 'folder'\nrot = '/x'").unwrap_err();
        assert_eq!(nearest_hint(error.message()), Some("did you mean `root`?".to_owned()));
    }
}
