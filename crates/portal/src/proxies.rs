//! The proxies of a client, as the library takes them.

use dongbo_settings::proxy::{Proxies, ProxyError};

use crate::settings::Settings;

/// The library's proxy that leads each call as `proxies` say; `None` when none ever leads anywhere.
#[must_use]
pub fn through(proxies: &Proxies) -> Option<reqwest::Proxy> {
    if proxies.hosts().is_empty() {
        return None;
    }
    let proxies = proxies.clone();
    Some(reqwest::Proxy::custom(move |url| {
        let proxy = proxies.of(url)?;
        let mut address = proxy.url.clone();
        if let Some(known) = &proxy.credentials {
            // An address with a host takes both.
            address.set_username(known.user.expose()).ok()?;
            address.set_password(Some(known.password.expose())).ok()?;
        }
        Some(address)
    }))
}

impl Settings {
    /// The proxies of the calls to the adapter and to the evaluation API. The file of credentials is read.
    ///
    /// # Errors
    /// When `portal.proxy`, the file of credentials or a variable of the environment cannot be used.
    pub fn proxies(&self) -> Result<Proxies, ProxyError> {
        let file = self.proxy_credentials_file.as_deref();
        Proxies::new("portal.proxy", &self.proxy, file, dongbo_settings::proxy::variables())
    }
}
