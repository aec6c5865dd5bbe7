//! Section `[portal.rest]`: the parts of dialect `rest` that differ from platform to platform, or are assumed.

use serde::Deserialize;

/// Section `[portal.rest]`. Used with `portal.dialect = "rest"` only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestSettings {
    /// Path of the call that gives a token.
    pub token_path: String,
    /// Path of the upload of a file.
    pub upload_path: String,
    /// Path of `NopHoSo`, which creates a dossier.
    pub create_path: String,
    /// Path of `CapNhatTrangThai`, which sets statuses.
    pub status_path: String,
    /// Path of `CapNhatTienTrinh`, which appends steps.
    pub progress_path: String,
    /// Path of the look-up. Assumed: the protocol names none.
    pub lookup_path: String,
    /// Whether a `NopHoSo` with the `IdHoSo` of a known dossier replaces what was handed in. Assumed. Without it
    /// changes of applicant, dates and papers after the create cannot be sent.
    pub resubmit: bool,
    /// The statuses with which fees and result papers may be sent.
    pub lists_with: Vec<String>,
    /// The status by way of which a dossier at a final status gets its fees and result papers, in the same call; empty
    /// for none. Assumed.
    pub lists_through: String,
    /// The slowest upload that is waited for, in bytes a second; `"64 KiB"` in the file.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub upload_least_bytes_per_second: u64,
    /// This dialect's codes for kinds of applicants.
    pub applicant_kinds: ApplicantKinds,
}

impl Default for RestSettings {
    fn default() -> Self {
        Self {
            token_path: "/token".to_owned(),
            upload_path: "/upload".to_owned(),
            create_path: "/NopHoSo".to_owned(),
            status_path: "/CapNhatTrangThai".to_owned(),
            progress_path: "/CapNhatTienTrinh".to_owned(),
            lookup_path: "/TraCuuHoSo".to_owned(),
            resubmit: true,
            lists_with: ["5", "6", "9"].map(str::to_owned).to_vec(),
            lists_through: "9".to_owned(),
            upload_least_bytes_per_second: 64 * 1024,
            applicant_kinds: ApplicantKinds::default(),
        }
    }
}

/// `LoaiDoiTuong` of dialect `rest` for each kind of applicant; empty where there is none, and then such a dossier waits
/// for a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApplicantKinds {
    /// A citizen (`ndxp`: 1).
    pub citizen: String,
    /// An enterprise (`ndxp`: 2).
    pub enterprise: String,
    /// A state body (`ndxp`: 3).
    pub state_body: String,
    /// Another organisation (`ndxp`: 4).
    pub organisation: String,
}

impl Default for ApplicantKinds {
    fn default() -> Self {
        Self {
            citizen: "0".to_owned(),
            enterprise: "1".to_owned(),
            state_body: String::new(),
            organisation: String::new(),
        }
    }
}

impl RestSettings {
    /// The paths with their keys.
    #[must_use]
    pub fn paths(&self) -> [(&'static str, &String); 6] {
        [
            ("rest.token_path", &self.token_path),
            ("rest.upload_path", &self.upload_path),
            ("rest.create_path", &self.create_path),
            ("rest.status_path", &self.status_path),
            ("rest.progress_path", &self.progress_path),
            ("rest.lookup_path", &self.lookup_path),
        ]
    }

    /// Everything that is wrong here, each as a sentence for the operator.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (key, path) in self.paths() {
            if !path.starts_with('/') {
                problems.push(format!("portal.{key} must begin with /"));
            }
        }
        let is_status =
            |code: &String| matches!(code.parse::<u8>(), Ok(1..=10)) && !code.starts_with(['0', '+']);
        for code in self.lists_with.iter().filter(|code| !is_status(code)) {
            problems
                .push(format!("portal.rest.lists_with has {code}, which is not a national status: 1 to 10"));
        }
        if !self.lists_through.is_empty() && !self.lists_with.contains(&self.lists_through) {
            problems.push(format!(
                "portal.rest.lists_through ({}) must be one of portal.rest.lists_with, or empty",
                self.lists_through
            ));
        }
        if self.upload_least_bytes_per_second == 0 {
            problems.push("portal.rest.upload_least_bytes_per_second must be more than 0".to_owned());
        }
        let kinds = &self.applicant_kinds;
        for (key, code) in [
            ("citizen", &kinds.citizen),
            ("enterprise", &kinds.enterprise),
            ("state_body", &kinds.state_body),
            ("organisation", &kinds.organisation),
        ] {
            if !matches!(code.as_str(), "" | "0" | "1" | "2") {
                problems.push(format!("portal.rest.applicant_kinds.{key} must be 0, 1, 2 or empty"));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::RestSettings;

    #[test]
    fn what_makes_no_sense_is_told_at_once() {
        assert_eq!(RestSettings::default().validate(), Vec::<String>::new());
        let config: RestSettings = toml::from_str(
            "token_path = 'x'\nlists_with = ['5', '11', '05']\nlists_through = '9'\n\
             upload_least_bytes_per_second = 0\n[applicant_kinds]\norganisation = '3'",
        )
        .unwrap();
        assert_eq!(config.validate().len(), 6, "{:?}", config.validate());
        let none: RestSettings = toml::from_str("lists_with = []\nlists_through = ''").unwrap();
        assert_eq!(none.validate(), Vec::<String>::new());
    }
}
