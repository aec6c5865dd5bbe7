//! `[owner_store]`: whether and how the stores of owners are looked into.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use dongbo_model::schedule::Schedule;
use dongbo_portal::{OwnerStoreAddress, Requester};
use dongbo_settings::{Secret, SecretError, is_this_machine};

/// Whether and how the stores of owners are looked into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The address of the read side; empty: no store is looked into.
    pub url: String,
    /// The routing code for the header `dstcode`; empty: none is sent.
    pub dstcode: String,
    /// File of two lines: the name and the identity number of the officer who answers for the looks.
    pub requester_file: PathBuf,
    /// Values of `errorCode` that say that the question was answered.
    pub success_codes: Vec<String>,
    /// When a sample is looked at: a cron expression with seconds, in Vietnamese time; empty for never.
    pub sample: String,
    /// How many dossiers a sample has.
    pub dossiers: u32,
    /// How many looks are made a minute.
    pub per_minute: u32,
    /// From the dossiers of how many months, back from the present one, a sample is drawn.
    pub months: u32,
    /// How long after the end of a dossier its results are to be in the store.
    #[serde(with = "humantime_serde")]
    pub after: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            dstcode: String::new(),
            requester_file: PathBuf::new(),
            success_codes: vec!["0".to_owned(), "00".to_owned()],
            sample: "0 15 4 * * *".to_owned(),
            dossiers: 50,
            per_minute: 12,
            months: 3,
            after: Duration::from_secs(3 * 86_400),
        }
    }
}

/// The reason why nobody can be named to the store.
#[derive(Debug, thiserror::Error)]
pub enum RequesterError {
    /// The file cannot be read.
    #[error("owner_store.requester_file: {0}")]
    Read(#[from] SecretError),
    /// It has other than two lines.
    #[error(
        "owner_store.requester_file: {}: two lines are needed, the name and the identity number of the officer who answers for the \
         looks", .0.display()
    )]
    Lines(PathBuf),
}

impl Settings {
    /// The schedule; `None` when no store is to be looked into. It was checked with the configuration.
    #[must_use]
    pub fn schedule(&self) -> Option<Schedule> {
        if self.url.is_empty() || self.sample.trim().is_empty() { None } else { self.sample.parse().ok() }
    }

    /// The address, and how it is asked; `None` when there is none.
    #[must_use]
    pub fn address(&self) -> Option<OwnerStoreAddress> {
        let url = Url::parse(&self.url).ok().filter(Url::has_host)?;
        Some(OwnerStoreAddress {
            url,
            dstcode: self.dstcode.clone(),
            success_codes: self.success_codes.clone(),
        })
    }

    /// The officer who answers for the looks.
    ///
    /// # Errors
    /// The file cannot be read, or has other than two lines.
    pub fn requester(&self) -> Result<Requester, RequesterError> {
        let text = Secret::from_file(&self.requester_file)?;
        let mut lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty());
        match (lines.next(), lines.next(), lines.next()) {
            (Some(name), Some(number), None) => {
                Ok(Requester { name: Secret::new(name), number: Secret::new(number) })
            }
            _ => Err(RequesterError::Lines(self.requester_file.clone())),
        }
    }

    /// The rules that these values break; `plain` says whether `portal.allow_plain_http` is on.
    #[must_use]
    pub fn validate(&self, plain: bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if !self.sample.trim().is_empty()
            && let Err(error) = self.sample.parse::<Schedule>()
        {
            wrong.push(format!("owner_store.sample: {error}"));
        }
        let mut check = |fine: bool, text: &str| {
            if !fine {
                wrong.push(text.to_owned());
            }
        };
        let address = self.address();
        check(
            self.url.is_empty() || address.is_some(),
            "owner_store.url must be empty or an address such as \"https://kho.example.gov.vn/tra-cuu\"",
        );
        let is_safe = |url: &Url| {
            url.scheme() == "https" || plain || is_this_machine(url.host_str().unwrap_or_default())
        };
        check(
            address.is_none_or(|address| is_safe(&address.url)),
            "owner_store.url is plain http, which shows identity numbers on the way: use https, or set portal.allow_plain_http = true \
             within a closed network",
        );
        check(
            self.url.is_empty() || !self.requester_file.as_os_str().is_empty(),
            "owner_store.requester_file is missing: owner_store.url needs somebody who answers for the looks",
        );
        check(
            self.dstcode.bytes().all(|byte| byte.is_ascii_graphic()),
            "owner_store.dstcode cannot go into a header: only visible ASCII without blanks",
        );
        check(!self.success_codes.is_empty(), "owner_store.success_codes must name one code at least");
        check((1..=5_000).contains(&self.dossiers), "owner_store.dossiers must lie between 1 and 5000");
        check(self.per_minute > 0, "owner_store.per_minute must be at least 1");
        check((1..=24).contains(&self.months), "owner_store.months must lie between 1 and 24");
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::{RequesterError, Settings};

    #[test]
    fn what_would_show_an_identity_or_ask_in_nobodys_name_is_refused() {
        assert_eq!(Settings::default().validate(false), Vec::<String>::new());
        assert!(Settings::default().schedule().is_none(), "nothing is asked without an address");
        let with =
            |url: &str| Settings { url: url.to_owned(), requester_file: "x".into(), ..Settings::default() };
        assert_eq!(with("https://kho.example.vn/tra-cuu").validate(false), Vec::<String>::new());
        assert_eq!(with("http://127.0.0.1:8080/x").validate(false), Vec::<String>::new());
        assert_eq!(with("http://10.0.0.5/x").validate(true), Vec::<String>::new());
        assert!(with("http://10.0.0.5/x").validate(false)[0].contains("identity numbers"));
        assert_eq!(with("kho").validate(false).len(), 1);
        let wrong = Settings {
            url: "https://kho.example.vn".to_owned(),
            sample: "daily".to_owned(),
            dstcode: "a b".to_owned(),
            success_codes: Vec::new(),
            dossiers: 0,
            per_minute: 0,
            months: 0,
            ..Settings::default()
        };
        assert_eq!(wrong.validate(false).len(), 7, "{:?}", wrong.validate(false));
    }

    #[test]
    fn the_officer_who_answers_stands_in_two_lines() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let requester = |text: &str| {
            std::fs::write(file.path(), text).unwrap();
            Settings { requester_file: file.path().to_owned(), ..Settings::default() }.requester()
        };
        let officer = requester("Trần Thị Thử\n 012345678901 \n").unwrap();
        assert_eq!((officer.name.expose(), officer.number.expose()), ("Trần Thị Thử", "012345678901"));
        for text in ["Trần Thị Thử", "a\nb\nc"] {
            assert!(matches!(requester(text), Err(RequesterError::Lines(_))), "{text}");
        }
    }
}
