//! `[http]`: the address of metrics and health pages.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

/// The section `[http]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address and port of `/metrics` and `/healthz`; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Default for Settings {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 9_766)) }
    }
}
