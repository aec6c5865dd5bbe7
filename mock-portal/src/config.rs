//! Everything that can be set, with its default. `mock-portal.toml` documents the same keys for the reader.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::faults::FaultRule;
use crate::files::PullRule;
use crate::outcome::ErrorCode;
use crate::owner_store::OwnerStore;

/// The whole configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Seed of all chance: sessions, fault draws, choice of dossiers.
    pub seed: u64,
    /// Address of the service port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the admin API; port 0 takes a free one. Keep it on loopback: it has no password.
    pub admin_listen: SocketAddr,
    /// Seconds that the portal's clock is ahead of the machine's; negative when it is behind.
    pub clock_ahead_s: i64,
    /// Start with the service port shut.
    pub start_down: bool,
    /// Keep request bodies in the call log. They are large and carry personal data: for debugging only.
    pub log_bodies: bool,
    /// File in which accepted writes are kept, and from which they are read again at the start; `None`: a portal that is
    /// stopped forgets everything.
    pub keep: Option<PathBuf>,
    /// Number of calls that the log keeps; the oldest are dropped.
    pub max_logged_calls: usize,
    /// The built-in contract by which fields are checked: `guide-2020` or `guide-2024`.
    pub contract: String,
    /// File with a contract, which takes the place of the built-in one.
    pub contract_file: Option<PathBuf>,
    /// Settings of the `ndxp` dialect.
    pub ndxp: Ndxp,
    /// Settings of the `rest` dialect.
    pub rest: Rest,
    /// Strictness of the portal.
    pub rules: Rules,
    /// The parts of a dossier that a look-up gives back.
    pub lookup: Lookup,
    /// Settings of the evaluation API.
    pub evaluation: Evaluation,
    /// Settings of the owners' stores.
    pub owner_store: OwnerStore,
    /// Whether and how the portal fetches files.
    pub pull: Pull,
    /// Procedures, fields and agencies that the portal knows.
    pub catalogue: Catalogue,
    /// Fault rules in force from the start.
    pub faults: Vec<FaultRule>,
}

impl Default for Config {
    fn default() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            seed: 1,
            listen: any_port,
            admin_listen: any_port,
            clock_ahead_s: 0,
            start_down: false,
            log_bodies: false,
            keep: None,
            max_logged_calls: 1_000_000,
            contract: "guide-2024".to_owned(),
            contract_file: None,
            ndxp: Ndxp::default(),
            rest: Rest::default(),
            rules: Rules::default(),
            lookup: Lookup::default(),
            evaluation: Evaluation::default(),
            owner_store: OwnerStore::default(),
            pull: Pull::default(),
            catalogue: Catalogue::default(),
            faults: Vec::new(),
        }
    }
}

/// Paths, credentials and answers of the `ndxp` dialect.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ndxp {
    /// Path of the log-in call.
    pub auth_path: String,
    /// Path of all services.
    pub integration_path: String,
    /// Path of the list services.
    pub share_path: String,
    /// Path of the dossiers in the form of a province's proxy.
    pub proxy_dossiers_path: String,
    /// Path of the steps in the form of a province's proxy; assumed.
    pub proxy_steps_path: String,
    /// Path of the look-up in the form of a province's proxy; assumed. Empty: it has none.
    pub proxy_lookup_path: String,
    /// Value that the `dstcode` header must have; empty: not checked.
    pub routing_code: String,
    /// User name accepted at log-in.
    pub username: String,
    /// Password accepted at log-in.
    pub password: String,
    /// Values of `madonvi` accepted; empty: any that is not empty.
    pub units: Vec<String>,
    /// Seconds that a session lives.
    pub session_life_s: u64,
    /// HTTP status of the answer to a lapsed session, 200 or 401.
    pub session_lapse_status: u16,
    /// Values of `error_code` for success; several take turns, because portals are not consistent.
    pub success_codes: Vec<ErrorCode>,
    /// Value of `error_code` for a create of a known dossier; vendors see "3" and "-3".
    pub exists_code: ErrorCode,
}

impl Default for Ndxp {
    fn default() -> Self {
        Self {
            auth_path: "/auth".to_owned(),
            integration_path: "/integration".to_owned(),
            share_path: "/share".to_owned(),
            proxy_dossiers_path: "/proxy/DongBoHoSoMC".to_owned(),
            proxy_steps_path: "/proxy/CapNhatTienDoHoSoMC".to_owned(),
            proxy_lookup_path: "/proxy/TraCuuHoSo".to_owned(),
            routing_code: String::new(),
            username: "dongbo".to_owned(),
            password: "dongbo".to_owned(),
            units: Vec::new(),
            session_life_s: 1_800,
            session_lapse_status: 200,
            success_codes: vec![ErrorCode::Number(0)],
            exists_code: ErrorCode::from("3"),
        }
    }
}

/// Paths, credentials and answers of the `rest` dialect.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rest {
    /// Path of the call that gives a token.
    pub token_path: String,
    /// Path of the upload of a file.
    pub upload_path: String,
    /// Path of `NopHoSo`.
    pub create_path: String,
    /// Path of `CapNhatTrangThai`.
    pub status_path: String,
    /// Path of `CapNhatTienTrinh`.
    pub progress_path: String,
    /// Path of the look-up, which the protocol does not name.
    pub lookup_path: String,
    /// `client_id` accepted.
    pub client_id: String,
    /// `client_secret` accepted.
    pub client_secret: String,
    /// Seconds that a token lives, which `expires_in` repeats.
    pub token_life_s: u64,
    /// Values of `code` for success; several take turns.
    pub success_codes: Vec<ErrorCode>,
    /// The statuses with which `DanhSachLePhi` and `DanhSachGiayToKetQua` are taken.
    pub lists_with: Vec<String>,
    /// Whether `NopHoSo` with the `IdHoSo` of a known dossier replaces what was handed in.
    pub resubmit: bool,
    /// Longest file; above it the answer is HTTP 413.
    pub max_file_bytes: u64,
    /// The shape of the answer to an upload.
    pub upload_answer: UploadAnswer,
}

/// The shape of the answer to an upload: platforms differ.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UploadAnswer {
    /// The receipt is `data[0]`.
    #[default]
    Plain,
    /// The receipt is `data[0].response.data[0]`.
    Wrapped,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            token_path: "/rest/token".to_owned(),
            upload_path: "/rest/upload".to_owned(),
            create_path: "/rest/NopHoSo".to_owned(),
            status_path: "/rest/CapNhatTrangThai".to_owned(),
            progress_path: "/rest/CapNhatTienTrinh".to_owned(),
            lookup_path: "/rest/TraCuuHoSo".to_owned(),
            client_id: "dongbo".to_owned(),
            client_secret: "dongbo".to_owned(),
            token_life_s: 1_800,
            success_codes: vec![ErrorCode::Number(0)],
            lists_with: ["5", "6", "9"].map(str::to_owned).to_vec(),
            resubmit: true,
            max_file_bytes: 1 << 30,
            upload_answer: UploadAnswer::Plain,
        }
    }
}

/// Strictness of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Refuse fields that the protocol does not name.
    pub strict_fields: bool,
    /// Refuse a `MaTTHC` that the catalogue does not hold.
    pub check_procedures: bool,
    /// Refuse a `NgayTiepNhan` more than a day ahead of the clock. Off for a simulation that runs ahead of time.
    pub refuse_future_receipt: bool,
    /// Refuse to create a known dossier. Off: the create replaces it, and `created_twice` counts it.
    pub refuse_known_create: bool,
    /// One bad item refuses its whole call. Off: the good ones are applied, and the answer names the first bad one.
    pub atomic_batches: bool,
    /// Whether a refusal names the dossier it is about.
    pub name_offender: bool,
    /// Most dossiers in one `DongBoHoSoMC`.
    pub max_dossiers_per_call: usize,
    /// Most steps in one `CapNhatTienDoHoSoMC`; `None`: as many as the contract says.
    pub max_steps_per_call: Option<usize>,
    /// Longest request body; above it the answer is HTTP 413.
    pub max_body_bytes: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            strict_fields: true,
            check_procedures: false,
            refuse_future_receipt: true,
            refuse_known_create: true,
            atomic_batches: true,
            name_offender: true,
            max_dossiers_per_call: 50,
            max_steps_per_call: None,
            max_body_bytes: 8_388_608,
        }
    }
}

/// The parts that `TraCuuHoSo` gives back beside the dossier's own fields: not published, so both ways must be testable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookup {
    /// The steps, as `DanhSachTienDo`.
    pub steps: bool,
    /// The result papers, as `DanhSachGiayToKetQua`.
    pub files: bool,
    /// `HashTepTin` with each result paper: the SHA-256 of the bytes that the portal holds, empty while it holds none. This
    /// is assumed: the guide is silent. Sent only while the portal pulls, for otherwise it never holds a file.
    pub file_hash: bool,
}

impl Default for Lookup {
    fn default() -> Self {
        Self { steps: true, files: true, file_hash: true }
    }
}

/// Whether and how the portal fetches the files that dossiers name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pull {
    /// Fetch files at all.
    pub enabled: bool,
    /// Milliseconds from the acceptance of a link to the first attempt.
    pub delay_ms: u64,
    /// Most milliseconds more, drawn from the seed for each link.
    pub jitter_ms: u64,
    /// Number of files fetched at the same time, at least 1.
    pub at_once: usize,
    /// Attempts for one link, at least 1.
    pub attempts: u64,
    /// Milliseconds from one attempt that failed to the next.
    pub again_after_ms: u64,
    /// Seconds until a request is given up.
    pub timeout_s: u64,
    /// The ways to fetch; the first rule that fits a file decides, and without one it is `once`.
    pub rules: Vec<PullRule>,
}

impl Default for Pull {
    fn default() -> Self {
        Self {
            enabled: false,
            delay_ms: 200,
            jitter_ms: 300,
            at_once: 4,
            attempts: 3,
            again_after_ms: 2_000,
            timeout_s: 600,
            rules: Vec::new(),
        }
    }
}

impl Config {
    /// Reads a TOML file; what it leaves out keeps its default.
    ///
    /// # Errors
    /// [`Error::ReadConfig`] or [`Error::ParseConfig`], which name the file. The values are not checked here: see
    /// [`Self::validate`].
    pub fn load(path: &Path) -> Result<Self, Error> {
        let name = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::ReadConfig { path: name(), source })?;
        toml::from_str(&text).map_err(|source| Error::ParseConfig { path: name(), source })
    }

    /// Reports every value that makes no sense, all at once, in one [`Error::InvalidConfig`].
    pub fn validate(&self) -> Result<(), Error> {
        let mut problems = self.problems_of_paths();
        let rest = &self.rest;
        if self.ndxp.success_codes.is_empty() {
            problems.push("ndxp.success_codes is empty".to_owned());
        }
        if rest.success_codes.is_empty() {
            problems.push("rest.success_codes is empty".to_owned());
        }
        if ![200, 401].contains(&self.ndxp.session_lapse_status) {
            problems.push("ndxp.session_lapse_status is neither 200 nor 401".to_owned());
        }
        for rule in &self.faults {
            if let Err(error) = rule.validate() {
                problems.push(error.to_string());
            }
        }
        for rule in &self.pull.rules {
            if let Err(error) = rule.validate() {
                problems.push(error.to_string());
            }
        }
        if self.pull.at_once == 0 || self.pull.attempts == 0 {
            problems.push("pull.at_once or pull.attempts is 0".to_owned());
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::InvalidConfig(problems)) }
    }

    fn problems_of_paths(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let rest = &self.rest;
        let paths = [
            &self.ndxp.auth_path,
            &self.ndxp.integration_path,
            &self.ndxp.share_path,
            &self.ndxp.proxy_dossiers_path,
            &self.ndxp.proxy_steps_path,
            &rest.token_path,
            &rest.upload_path,
            &rest.create_path,
            &rest.status_path,
            &rest.progress_path,
            &rest.lookup_path,
        ];
        let look_up = Some(&self.ndxp.proxy_lookup_path).filter(|path| !path.is_empty());
        let paths: Vec<&String> = paths.into_iter().chain(look_up).collect();
        for (index, path) in paths.iter().enumerate() {
            if !path.starts_with('/') {
                problems.push(format!("path `{path}` does not begin with /"));
            }
            if paths.iter().skip(index + 1).any(|other| other == path) {
                problems.push(format!("path `{path}` is given twice"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_sample_is_the_defaults() {
        let sample: Config = toml::from_str(include_str!("../mock-portal.toml")).unwrap();
        assert_eq!(sample, Config::default());
        sample.validate().unwrap();
    }

    #[test]
    fn unknown_keys_are_refused() {
        assert!(toml::from_str::<Config>("sed = 1").is_err());
        assert!(toml::from_str::<Config>("[ndxp]\nuser = 'x'").is_err());
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let config: Config = toml::from_str(
            r#"
            [ndxp]
            auth_path = "a"
            share_path = "/integration"
            success_codes = []
            session_lapse_status = 500
            [[faults]]
            service = "nobody"
            kind = { type = "hang" }
            "#,
        )
        .unwrap();
        let Err(Error::InvalidConfig(problems)) = config.validate() else { panic!("accepted") };
        assert_eq!(problems.len(), 5, "{problems:?}");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Config::load(Path::new("/nowhere/mock.toml")).unwrap_err();
        assert!(error.to_string().contains("/nowhere/mock.toml"));
    }
}
