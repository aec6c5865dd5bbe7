//! The HTTP client of the stores behind HTTP and S3, and the meaning of its errors.

use std::error::Error as StdError;

use reqwest::{Client, Url, redirect};

use super::addresses::{Guard, NotPublic};
use super::error::StoreError;
use dongbo_model::{ErrorClass, Lang};
use dongbo_portal::trust::{causes, trusting};
use dongbo_portal::{Obstacle, through};
use dongbo_settings::pem::certificates_in;
use dongbo_settings::proxy::{Proxies, Proxy, variables};
use dongbo_source::stores::{Reach, StoreConfig, StorePlace};

/// The proxies on the way to a store.
///
/// # Errors
/// When the mapping, a file of credentials or the environment names one that cannot be used.
pub(super) fn proxies(reach: &Reach) -> Result<Proxies, StoreError> {
    let file = reach.proxy_credentials_file.as_deref();
    Proxies::new("proxy", &reach.proxy, file, variables())
        .map_err(|error| StoreError::Config(error.to_string()))
}

/// A client that connects to no other address than the guard admits, or to the proxy, and follows no redirect by itself.
pub(super) fn guarded(
    guard: &Guard,
    reach: &Reach,
    proxies: &Proxies,
    base: &Url,
) -> Result<Client, StoreError> {
    let mut builder = Client::builder()
        .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .dns_resolver(guard.clone());
    if let Some(proxy) = through(proxies) {
        builder = builder.proxy(proxy);
    }
    let authorities = reach
        .ca_file
        .as_deref()
        .map(certificates_in)
        .transpose()
        .map_err(|error| StoreError::Config(format!("ca_file {error}")))?;
    let encrypted = base.scheme() != "http" || authorities.is_some();
    let builder = trusting(builder, encrypted, authorities, None).map_err(|_| {
        StoreError::Config(
            "no certificate authorities can be used: install ca-certificates on this machine, or name another ca_file"
                .to_owned(),
        )
    })?;
    builder.build().map_err(|_| StoreError::Config("the HTTP client cannot be set up".to_owned()))
}

/// The meaning of an error of the client on the way to `host`. Its own text holds the address, which may be personal.
pub(super) fn fault(error: &(dyn StdError + 'static), host: &str, proxy: Option<&Proxy>) -> StoreError {
    if causes(error).any(|cause| cause.downcast_ref::<NotPublic>().is_some()) {
        return StoreError::Address;
    }
    if let Some(obstacle) = Obstacle::of(error, host, "ca_file", proxy) {
        let told = obstacle.text(Lang::En).to_owned();
        return match obstacle.class {
            ErrorClass::Transient => StoreError::unreachable(told),
            class => StoreError::Obstacle { class, told },
        };
    }
    let mut text = "the connection was cut";
    for cause in causes(error) {
        if cause.downcast_ref::<rustls::Error>().is_some() {
            text = "TLS with it failed";
        } else if let Some(error) = cause.downcast_ref::<std::io::Error>() {
            if error.kind() == std::io::ErrorKind::ConnectionRefused {
                text = "nothing listens there";
            }
        } else if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
            if error.is_dns() {
                text = "its name cannot be looked up (DNS)";
            } else if error.is_connect() {
                text = "no connection is made";
            }
        }
    }
    StoreError::unreachable(text)
}

/// The host and port of `url`, for messages.
pub(super) fn host(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

/// The host of a store on the network, and the proxy on the way there; `None` for a store that is not on the network.
///
/// # Errors
/// When the mapping, a file of credentials or the environment names a proxy that cannot be used.
#[must_use]
pub fn way(config: &StoreConfig) -> Option<Result<(String, Option<Proxy>), StoreError>> {
    let (url, reach) = match &config.place {
        StorePlace::Http(place) => (&place.base_url, &place.reach),
        StorePlace::S3(place) => (&place.endpoint, &place.reach),
        StorePlace::Folder { .. } | StorePlace::Column(_) => return None,
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    Some(proxies(reach).map(|proxies| (host, proxies.of(url))))
}
