//! Section `[files]`: how result and submitted files reach the portal.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

/// Section `[files]`. It has an effect only when the mapping says where files are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port at which the portal's fetches arrive, in dialect `ndxp`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The beginning of every link, as the portal reaches `listen`: `https://tep.example.gov.vn/dongbo`. Required in
    /// dialect `ndxp`.
    pub public_url: String,
    /// File with the keys that sign links, a line each: a name, a blank, and at least 32 characters. The first signs; all
    /// are accepted, so a key is changed by a new first line, and the old one removed after twice `link_for`.
    pub link_keys_file: PathBuf,
    /// How long a link is good at least; at most twice as long. Its text stays the same for as long, so that the portal
    /// does not fetch a file again because its dossier was sent again.
    #[serde(with = "humantime_serde")]
    pub link_for: Duration,
    /// How long the portal is given to fetch what it was told of, before it is told again; doubled each time.
    #[serde(with = "humantime_serde")]
    pub chase_after: Duration,
    /// It is told again at least this often.
    #[serde(with = "humantime_serde")]
    pub chase_cap: Duration,
    /// After this many announcements that nobody answered, the file is a finding; it is chased on.
    pub not_fetched_after: u32,
    /// How often a file is looked for that was missing or no result: it can come without its dossier changing.
    #[serde(with = "humantime_serde")]
    pub look_again_after: Duration,
    /// Files that are read, or uploaded, at once.
    pub concurrency: u32,
    /// Most bytes a second that are read from stores, and as many that are uploaded; 0 sets no limit.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub bytes_per_second: usize,
    /// Fetches of the portal that are served at once; more wait in line for ten seconds, and are then asked to come back.
    pub serve_concurrency: usize,
    /// Requests with a good link that are answered a second, and files that are announced a second at most; more requests
    /// wait in line for ten seconds, and are then asked to come back.
    pub serve_per_second: u32,
    /// Most bytes a second that are served to all together; 0 sets no limit.
    #[serde(deserialize_with = "dongbo_settings::size::deserialize")]
    pub serve_bytes_per_second: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9_767)),
            public_url: String::new(),
            link_keys_file: PathBuf::from("/etc/dongbo/link.keys"),
            link_for: Duration::from_hours(72),
            chase_after: Duration::from_hours(6),
            chase_cap: Duration::from_hours(72),
            not_fetched_after: 3,
            look_again_after: Duration::from_hours(1),
            concurrency: 4,
            bytes_per_second: 20 * 1024 * 1024,
            serve_concurrency: 32,
            serve_per_second: 50,
            serve_bytes_per_second: 20 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// The rules that the values break, by themselves and together.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let url = Url::parse(&self.public_url).ok();
        let fits = url.is_some_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()
        });
        if !self.public_url.is_empty() && !fits {
            wrong.push(
                "files.public_url: links cannot begin with this address; write \"https://\", the host's name \
                 and, where a proxy needs one, a path"
                    .to_owned(),
            );
        }
        for (key, duration) in [
            ("link_for", self.link_for),
            ("chase_after", self.chase_after),
            ("chase_cap", self.chase_cap),
            ("look_again_after", self.look_again_after),
        ] {
            if duration < Duration::from_secs(1) {
                wrong.push(format!("files.{key}: must be at least 1s"));
            }
        }
        if self.chase_cap < self.chase_after {
            wrong.push("files.chase_cap: must not be shorter than files.chase_after".to_owned());
        }
        for (key, number) in [
            ("concurrency", u64::from(self.concurrency)),
            ("serve_per_second", u64::from(self.serve_per_second)),
            ("serve_concurrency", u64::try_from(self.serve_concurrency).unwrap_or(u64::MAX)),
        ] {
            if number == 0 {
                wrong.push(format!("files.{key}: must be at least 1"));
            }
        }
        wrong
    }
}
