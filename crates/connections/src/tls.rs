//! The proof that the server of a database has to give of who it is, before it is told a password.
//!
//! Nothing here is of one make of server. Each engine asks [`TlsSettings::demands_proof`] and obeys: an encrypted connection,
//! with a certificate of a trusted authority that is issued for the name in the address.

use std::path::PathBuf;

use serde::Deserialize;

/// `tls` of a section that names a database: the trust in its server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// PEM file with authorities that are trusted besides the system's. Read again when the server's certificate is not trusted.
    pub ca_file: Option<PathBuf>,
    /// Allow a connection to another host that is not encrypted, or whose server has not proven who it is.
    pub allow_plain: bool,
}

impl TlsSettings {
    /// Whether a server has to prove who it is; one on this machine need not.
    #[must_use]
    pub const fn demands_proof(&self, is_here: bool) -> bool {
        !is_here && !self.allow_plain
    }

    /// The complaints of `section` about keys that mean something only for a server; none where nothing is written.
    #[must_use]
    pub fn without_server(&self, section: &str) -> Vec<String> {
        let strays = [("ca_file", self.ca_file.is_some()), ("allow_plain", self.allow_plain)];
        let strays = strays.into_iter().filter(|(_, written)| *written);
        strays
            .map(|(key, _)| format!("{section}.tls.{key} needs a server: leave it out for a file"))
            .collect()
    }
}
