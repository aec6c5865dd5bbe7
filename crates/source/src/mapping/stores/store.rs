//! The stores in which files of dossiers are, ready for use.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Url;

use crate::mapping::engine_sql::EngineSql;
use dongbo_model::{FileKind, FileRole};

/// The most bytes of a file unless the mapping says otherwise: portals and mail take no more, and a larger scan was made
/// with the wrong settings.
pub(super) const DEFAULT_MAX_BYTES: u64 = 100 << 20;
/// Kinds that a citizen's computer and telephone show, and the signed forms of results.
pub(super) const DEFAULT_ALLOWED: [FileKind; 5] =
    [FileKind::Pdf, FileKind::Jpeg, FileKind::Png, FileKind::Tiff, FileKind::Xml];

/// The stores of the files of both roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesConfig {
    /// The store of result papers; `None` when they are not in a store.
    pub results: Option<StoreConfig>,
    /// The store of papers handed in: `[files.papers]`, or else that of the results.
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

/// One store, and the limits of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// The kind of store, with its address.
    pub place: StorePlace,
    /// The limits that its files must keep.
    pub limits: FileLimits,
    /// The longest wait for the store's next sign of life.
    pub timeout: Duration,
}

/// Limits that a file must keep to be named to the portal.
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
    Column(EngineSql),
    /// A document store behind HTTP.
    Http(HttpPlace),
    /// An object store that speaks S3.
    S3(S3Place),
}

/// The servers that a store of the network may be, and how they are trusted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Networks that are not public and yet may be connected to.
    pub allow_private: Vec<IpNet>,
    /// A certificate authority to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy on the way there: empty for the environment's, `none`, or its address.
    pub proxy: String,
    /// File with one line `user:password` that the proxy knows us by.
    pub proxy_credentials_file: Option<PathBuf>,
}

/// A document store behind HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpPlace {
    /// The address that keys are put behind; ends in a slash.
    pub base_url: Url,
    /// File with one line `Name: value`, the header that the store knows us by.
    pub header_file: Option<PathBuf>,
    /// Further hosts, with scheme and port, to which the store may redirect.
    pub redirect_hosts: Vec<Url>,
    /// The servers that it may be.
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
    /// The text before every key.
    pub prefix: String,
    /// The servers that it may be.
    pub reach: Reach,
}
