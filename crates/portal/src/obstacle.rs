//! What stands between dongbo and a server before the server is asked: a certificate that is not trusted, or a proxy.

use std::error::Error as StdError;

use crate::trust::{CertificateFault, Untrusted, causes};
use dongbo_model::{ErrorClass, Lang, vocabulary};
use dongbo_settings::proxy::Proxy;

vocabulary! {
    /// What keeps a proxy from leading to the server.
    pub enum ProxyFault
    texts {
        /// The fault and its remedy in a sentence, with `{proxy}`, `{origin}` and `{host}` in their places.
        text
    }
    columns {
        /// The class, which says who has to act.
        class: ErrorClass
    }
    {
        /// No connection to it comes about.
        Unreachable = "unreachable",
            ["không kết nối được tới proxy {proxy} ({origin}) để đến {host}: kiểm tra địa chỉ proxy và tường lửa", "the proxy {proxy} ({origin}) on the way to {host} cannot be reached: check its address and the firewall"] => ErrorClass::Transient;
        /// It asks for a user and a password, or refuses ours.
        Credentials = "credentials",
            ["proxy {proxy} ({origin}) trên đường tới {host} đòi tài khoản hoặc từ chối tài khoản của ta (407): đặt tên và mật khẩu vào tệp proxy_credentials_file", "the proxy {proxy} ({origin}) on the way to {host} asks for a user and password or refuses ours (407): write them into the file of proxy_credentials_file"] => ErrorClass::Auth;
        /// It does not lead there.
        Refused = "refused",
            ["proxy {proxy} ({origin}) từ chối nối tới {host} (CONNECT bị từ chối, thường là 403): nhờ quản trị proxy cho phép, hoặc đặt proxy = \"none\" hay NO_PROXY nếu đi thẳng được", "the proxy {proxy} ({origin}) refuses the way to {host} (CONNECT was refused, mostly with 403): ask its operator to allow it, or set proxy = \"none\" or NO_PROXY where it can be reached directly"] => ErrorClass::Config;
        /// It does not answer as a proxy.
        Broken = "broken",
            ["proxy {proxy} ({origin}) không trả lời đúng cách cho đường tới {host}: kiểm tra đó có đúng là proxy HTTP không", "the proxy {proxy} ({origin}) does not answer as one on the way to {host}: check that it is an HTTP proxy"] => ErrorClass::Config;
    }
}

impl ProxyFault {
    /// The obstacle that this is at `proxy` on the way to `host`.
    #[must_use]
    pub fn at(self, proxy: &Proxy, host: &str) -> Obstacle {
        let told = |lang| {
            let text: &str = self.text(lang);
            text.replace("{proxy}", &proxy.host()).replace("{origin}", &proxy.origin).replace("{host}", host)
        };
        Obstacle { class: self.class(), vi: told(Lang::Vi), en: told(Lang::En) }
    }
}

/// Something that stands between dongbo and a server, so that the server was certainly not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The class, which says who has to act.
    pub class: ErrorClass,
    vi: String,
    en: String,
}

impl Obstacle {
    /// What it is and what to do, in a sentence.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }

    /// The obstacle that `error` of a call to `host` tells, when it is one; `ca_file` is the key that names authorities.
    #[must_use]
    pub fn of(
        error: &(dyn StdError + 'static),
        host: &str,
        ca_file: &str,
        proxy: Option<&Proxy>,
    ) -> Option<Self> {
        let fault = proxy.and_then(|proxy| Some((proxy, tunnel_fault(error)?)));
        if let Some((proxy, fault)) = fault {
            return Some(fault.at(proxy, host));
        }
        let connecting = causes(error)
            .any(|cause| cause.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect));
        let tls = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>());
        match (tls, proxy) {
            (Some(tls), _) => {
                let fault = certificate_fault(tls).filter(|_| connecting)?;
                let told = |lang| fault.sentence(lang, host, ca_file);
                Some(Self { class: ErrorClass::Config, vi: told(Lang::Vi), en: told(Lang::En) })
            }
            (None, Some(proxy)) if connecting => Some(ProxyFault::Unreachable.at(proxy, host)),
            _ => None,
        }
    }
}

/// What is wrong with the server's side of a handshake that failed; `None` when it is our side that is refused, or nobody
/// can say.
fn certificate_fault(error: &rustls::Error) -> Option<CertificateFault> {
    match error {
        rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other)) => Some(
            other
                .0
                .downcast_ref::<Untrusted>()
                .map_or(CertificateFault::Unusable, |untrusted| untrusted.fault),
        ),
        rustls::Error::InvalidCertificate(_) => Some(CertificateFault::Unusable),
        // The first bytes that came are no record of TLS.
        rustls::Error::InvalidMessage(_) => Some(CertificateFault::PlainHttp),
        _ => None,
    }
}

/// What keeps a proxy from making a tunnel. The client's own error type is not public, so its words are read; a test holds
/// them.
fn tunnel_fault(error: &(dyn StdError + 'static)) -> Option<ProxyFault> {
    causes(error).find_map(|cause| {
        let words = cause.to_string();
        Some(match words.strip_prefix("tunnel error: ")? {
            "proxy authorization required" => ProxyFault::Credentials,
            "unsuccessful" => ProxyFault::Refused,
            "failed to create underlying connection" => ProxyFault::Unreachable,
            _ => ProxyFault::Broken,
        })
    })
}
