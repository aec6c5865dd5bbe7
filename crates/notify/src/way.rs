//! One way by which people are told, as it is configured.

use std::path::PathBuf;

use lettre::Address;
use reqwest::Url;
use serde::Deserialize;

use crate::quiet::QuietHours;
use crate::settings::everybody;
use dongbo_model::{Lang, Owner, vocabulary};
use dongbo_settings::is_this_machine;
use dongbo_settings::proxy;

vocabulary! {
    /// The kind of a way.
    pub enum WayKind {
        /// An e-mail by a server of the office.
        Email = "email";
        /// A signed JSON document to an address.
        Webhook = "webhook";
        /// A message of a Telegram bot.
        Telegram = "telegram";
        /// A message of a Zalo Official Account.
        Zalo = "zalo";
        /// A message to an incoming webhook of Slack, Mattermost, Rocket.Chat or the like.
        Slack = "slack";
        /// A file in a folder.
        Folder = "folder";
    }
}

vocabulary! {
    /// The encryption of the way to a mail server.
    #[derive(Default)]
    pub enum Security {
        /// The connection is encrypted before anything is sent (STARTTLS), on port 587.
        #[default]
        StartTls = "starttls";
        /// It is encrypted from the beginning, on port 465.
        Tls = "tls";
        /// It is not, on port 25.
        None = "none";
    }
}

/// One way by which people are told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Way {
    /// Its name, in commands, metrics and the log.
    pub name: String,
    /// Its kind.
    pub kind: WayKind,
    /// Whether the bulletin goes there.
    #[serde(default = "yes")]
    pub bulletin: bool,
    /// Whose alerts go there; empty for none.
    #[serde(default = "everybody")]
    pub alerts: Vec<Owner>,
    /// Its language, where it has its own.
    pub lang: Option<Lang>,
    /// Its quiet hours, where it has its own.
    pub quiet_hours: Option<String>,
    /// The mail server.
    #[serde(default)]
    pub server: String,
    /// The port of the mail server, where it is not the usual one.
    pub port: Option<u16>,
    /// The encryption of the way there.
    #[serde(default)]
    pub security: Security,
    /// The account at the mail server; empty for none.
    #[serde(default)]
    pub username: String,
    /// File with its password.
    pub password_file: Option<PathBuf>,
    /// The sender's address.
    #[serde(default)]
    pub from: String,
    /// Addresses of mail, one chat of a bot, or one user of an Official Account.
    #[serde(default)]
    pub to: Vec<String>,
    /// The address of a webhook.
    #[serde(default)]
    pub url: String,
    /// File with the address, where the address itself is a secret.
    pub url_file: Option<PathBuf>,
    /// File with the key of the signature, or the token of the bot or account.
    pub secret_file: Option<PathBuf>,
    /// Certificates that the server's is signed by, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy of the requests, `none` for none; empty for that of the environment.
    #[serde(default)]
    pub proxy: String,
    /// File with the user and password by which the proxy knows us.
    pub proxy_credentials_file: Option<PathBuf>,
    /// The folder that files are put into.
    pub folder: Option<PathBuf>,
}

const fn yes() -> bool {
    true
}

/// The most letters of a name.
const LONGEST_NAME: usize = 40;

impl Way {
    /// The key of one of its values, for messages.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("notify.way {}: {name}", self.name)
    }

    /// The address of the kind's own service, where it has one.
    const fn usual_url(&self) -> &'static str {
        match self.kind {
            WayKind::Telegram => "https://api.telegram.org",
            WayKind::Zalo => "https://openapi.zalo.me",
            WayKind::Email | WayKind::Webhook | WayKind::Slack | WayKind::Folder => "",
        }
    }

    /// The address that is written in the configuration, or the usual one of the kind.
    pub(crate) fn written_url(&self) -> &str {
        if self.url.is_empty() { self.usual_url() } else { &self.url }
    }

    /// The files with secrets in them, each with its key.
    pub(crate) fn secret_files(&self) -> Vec<(String, &PathBuf)> {
        let files = [
            ("password_file", &self.password_file),
            ("url_file", &self.url_file),
            ("secret_file", &self.secret_file),
            ("proxy_credentials_file", &self.proxy_credentials_file),
        ];
        files.into_iter().filter_map(|(key, file)| Some((self.key(key), file.as_ref()?))).collect()
    }

    /// The rules that its values break, each in a sentence.
    pub(crate) fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let is_name = !self.name.is_empty()
            && self.name.len() <= LONGEST_NAME
            && self.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !is_name {
            wrong.push(format!(
                "notify.way: {:?} is no name: it has letters a to z, digits and \"-\", and is at most {LONGEST_NAME} long",
                self.name
            ));
        }
        if let Some(Err(error)) = self.quiet_hours.as_ref().map(|hours| QuietHours::parse(hours)) {
            wrong.push(format!("{}: {error}", self.key("quiet_hours")));
        }
        match self.kind {
            WayKind::Email => self.validate_email(&mut wrong),
            WayKind::Folder => self.demand(&mut wrong, self.folder.is_some(), "folder is missing"),
            WayKind::Webhook | WayKind::Telegram | WayKind::Zalo | WayKind::Slack => {
                self.validate_http(&mut wrong);
            }
        }
        wrong
    }

    fn demand(&self, wrong: &mut Vec<String>, holds: bool, complaint: &str) {
        if !holds {
            wrong.push(self.key(complaint));
        }
    }

    fn validate_email(&self, wrong: &mut Vec<String>) {
        self.demand(wrong, !self.server.is_empty(), "server is missing: name the mail server");
        let is_address = |text: &str| text.parse::<Address>().is_ok();
        self.demand(wrong, is_address(&self.from), "from is no address; an example is dongbo@example.gov.vn");
        self.demand(wrong, !self.to.is_empty(), "to is empty: name whom to tell");
        for to in self.to.iter().filter(|to| !is_address(to)) {
            self.demand(wrong, false, &format!("to: {to:?} is no address"));
        }
        let has_account = !self.username.is_empty();
        self.demand(
            wrong,
            has_account == self.password_file.is_some(),
            "username and password_file belong together",
        );
        self.demand(
            wrong,
            self.security != Security::None || !has_account || is_this_machine(&self.server),
            "the password would go there unencrypted: write security = \"starttls\" or \"tls\"",
        );
    }

    fn validate_http(&self, wrong: &mut Vec<String>) {
        let is_secret = self.kind == WayKind::Slack;
        if is_secret {
            self.demand(
                wrong,
                self.url.is_empty(),
                "url is a secret there: write it into the file of url_file",
            );
            self.demand(wrong, self.url_file.is_some(), "url_file is missing: the file with the address");
        }
        if self.url_file.is_none() && !is_secret {
            match address(self.written_url()) {
                None => self.demand(wrong, false, "url is no address of a web server"),
                Some(url) => self.demand(
                    wrong,
                    url.scheme() == "https"
                        || self.kind == WayKind::Webhook
                        || is_this_machine(url.host_str().unwrap_or_default()),
                    "url: the token would go there unencrypted: write https://",
                ),
            }
        }
        let needs_token = matches!(self.kind, WayKind::Telegram | WayKind::Zalo);
        self.demand(
            wrong,
            !needs_token || self.secret_file.is_some(),
            "secret_file is missing: the file with the token",
        );
        self.demand(
            wrong,
            !needs_token || self.to.len() == 1,
            "to must have one chat or user: another one is another [[notify.way]]",
        );
        if let Err(error) = proxy::check(&self.key("proxy"), &self.proxy) {
            wrong.push(error.to_string());
        }
    }
}

/// An address of a web server without user and password.
pub(crate) fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_web = url.has_host() && matches!(url.scheme(), "http" | "https");
    (is_web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::Way;

    fn wrong(text: &str) -> Vec<String> {
        toml::from_str::<Way>(&format!("name = \"x\"\n{text}")).unwrap().validate()
    }

    #[test]
    fn a_way_of_each_kind_needs_little() {
        for right in [
            "kind = \"email\"\nserver = \"mail.example.vn\"\nfrom = \"dongbo@example.vn\"\nto = [\"lan@example.vn\"]",
            "kind = \"webhook\"\nurl = \"http://receiver.example.vn/dongbo\"",
            "kind = \"telegram\"\nto = [\"-100\"]\nsecret_file = \"/etc/dongbo/bot\"",
            "kind = \"zalo\"\nto = [\"1\"]\nsecret_file = \"/etc/dongbo/oa\"",
            "kind = \"slack\"\nurl_file = \"/etc/dongbo/slack\"",
            "kind = \"folder\"\nfolder = \"/srv/dongbo\"",
        ] {
            assert_eq!(wrong(right), Vec::<String>::new(), "{right}");
        }
    }

    #[test]
    fn no_secret_goes_unencrypted_or_stands_where_it_is_shown() {
        for (text, told) in [
            (
                "kind = \"email\"\nserver = \"m.vn\"\nsecurity = \"none\"\nusername = \"u\"\npassword_file = \"/p\"\n\
                 from = \"a@b.vn\"\nto = [\"a@b.vn\"]",
                "unencrypted",
            ),
            ("kind = \"telegram\"\nurl = \"http://t.vn\"\nto = [\"1\"]\nsecret_file = \"/b\"", "unencrypted"),
            ("kind = \"slack\"\nurl = \"https://hooks.example.com/T\"\nurl_file = \"/s\"", "url is a secret"),
            ("kind = \"webhook\"\nurl = \"https://u:p@receiver.vn\"", "url is no address"),
        ] {
            let wrong = wrong(text);
            assert!(wrong.len() == 1 && wrong[0].contains(told), "{wrong:?}");
        }
    }
}
