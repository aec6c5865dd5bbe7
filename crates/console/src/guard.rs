//! Rules for every request: the host it may be sent to, and what a browser may do with the answer.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::console::Console;

/// Everything on a page comes from the console itself; nothing stands in the markup that runs or that frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The answer to what was sent to another name of this host: one of somebody else's that points here would let their pages read ours.
pub(crate) fn misdirected() -> Response {
    let words = [
        "Trang này chỉ mở được qua localhost: hãy mở http://localhost kèm số cổng.\n",
        "This console answers to localhost only: open http://localhost and its port.\n",
    ]
    .concat();
    (StatusCode::MISDIRECTED_REQUEST, words).into_response()
}

/// Adds the headers to every answer.
pub(crate) async fn guard(State(console): State<Console>, request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if console.is_over_tls() {
        // A browser that was here once comes over TLS from then on.
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    answer
}

/// Whether the request names this host: `localhost` or an address of its own, whatever the port, for a tunnel may have another.
pub(crate) fn is_ours(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::is_ours;

    #[test]
    fn only_names_of_this_host_are_answered() {
        let of = |host: &str| HeaderMap::from_iter([(header::HOST, HeaderValue::from_str(host).unwrap())]);
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:9768", "127.3.2.1", "[::1]:9768", "[::1]"] {
            assert!(is_ours(&of(host)), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example:9768",
            "10.0.0.1",
            "[::2]:80",
            "[::1",
            "127.0.0.1.nip.io",
        ] {
            assert!(!is_ours(&of(host)), "{host}");
        }
        assert!(!is_ours(&HeaderMap::new()), "no name at all");
        let mut two = of("localhost");
        two.append(header::HOST, HeaderValue::from_static("evil.example"));
        assert!(!is_ours(&two), "two names");
    }
}
