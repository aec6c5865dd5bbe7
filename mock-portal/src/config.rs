//! Everything that can be set, with its default. `mock-portal.toml` documents the same keys for the reader.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::catalogue::Catalogue;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::faults::FaultRule;
use crate::ndxp::ErrorCode;

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
    /// Start with the service port shut.
    pub start_down: bool,
    /// Keep request bodies in the call log. They are large and carry personal data: for debugging only.
    pub log_bodies: bool,
    /// File in which accepted writes are kept, and from which they are taken again at the start; `None`: a portal that is
    /// stopped forgets everything.
    pub keep: Option<PathBuf>,
    /// How many calls the log keeps; the oldest are dropped.
    pub max_logged_calls: usize,
    /// How the `ndxp` dialect is spoken.
    pub ndxp: Ndxp,
    /// How strict the portal is.
    pub rules: Rules,
    /// What a look-up gives back.
    pub lookup: Lookup,
    /// How the evaluation API behaves.
    pub evaluation: Evaluation,
    /// Procedures, fields and agencies the portal knows.
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
            start_down: false,
            log_bodies: false,
            keep: None,
            max_logged_calls: 1_000_000,
            ndxp: Ndxp::default(),
            rules: Rules::default(),
            lookup: Lookup::default(),
            evaluation: Evaluation::default(),
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
    /// What the `dstcode` header must say; empty: not checked.
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
    /// What success looks like; several take turns, because portals are not consistent.
    pub success_codes: Vec<ErrorCode>,
    /// The code told for a create of a known dossier; vendors see "3" and "-3".
    pub exists_code: ErrorCode,
}

impl Default for Ndxp {
    fn default() -> Self {
        Self {
            auth_path: "/auth".to_owned(),
            integration_path: "/integration".to_owned(),
            share_path: "/share".to_owned(),
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

/// How strict the portal is.
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
    /// One bad item refuses its whole call. Off: the good ones are applied, and the answer tells the first bad one.
    pub atomic_batches: bool,
    /// Whether a refusal names the dossier it is about.
    pub name_offender: bool,
    /// Most dossiers in one `DongBoHoSoMC`.
    pub max_dossiers_per_call: usize,
    /// Most steps in one `CapNhatTienDoHoSoMC`.
    pub max_steps_per_call: usize,
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
            max_steps_per_call: 10,
            max_body_bytes: 8_388_608,
        }
    }
}

/// What `TraCuuHoSo` gives back beside the dossier's own fields: not published, so both ways must be testable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lookup {
    /// The steps, as `DanhSachTienDo`.
    pub steps: bool,
    /// The result papers, as `DanhSachGiayToKetQua`.
    pub files: bool,
}

impl Default for Lookup {
    fn default() -> Self {
        Self { steps: true, files: true }
    }
}

impl Config {
    /// Reads a TOML file; what it leaves out keeps its default.
    ///
    /// # Errors
    /// The file cannot be read or parsed.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let name = || path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| Error::ReadConfig { path: name(), source })?;
        toml::from_str(&text).map_err(|source| Error::ParseConfig { path: name(), source })
    }

    /// Reports every value that makes no sense, all at once.
    ///
    /// # Errors
    /// At least one value makes no sense.
    pub fn validate(&self) -> Result<(), Error> {
        let mut problems = Vec::new();
        let paths = [&self.ndxp.auth_path, &self.ndxp.integration_path, &self.ndxp.share_path];
        for (index, path) in paths.iter().enumerate() {
            if !path.starts_with('/') {
                problems.push(format!("path `{path}` does not begin with /"));
            }
            if paths.iter().skip(index + 1).any(|other| other == path) {
                problems.push(format!("path `{path}` is given twice"));
            }
        }
        if self.ndxp.success_codes.is_empty() {
            problems.push("ndxp.success_codes is empty".to_owned());
        }
        if ![200, 401].contains(&self.ndxp.session_lapse_status) {
            problems.push("ndxp.session_lapse_status is neither 200 nor 401".to_owned());
        }
        for rule in &self.faults {
            if let Err(error) = rule.validate() {
                problems.push(error.to_string());
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::InvalidConfig(problems)) }
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
