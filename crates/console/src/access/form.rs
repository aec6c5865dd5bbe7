//! The forms that pages send.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use url::{Url, form_urlencoded};

/// Longest form: a list of a hundred thousand codes has three MiB.
const LONGEST: usize = 8 << 20;
/// Longest form of somebody who has not logged in.
const LONGEST_OF_STRANGERS: usize = 16 << 10;
/// Time in which a form has to come.
const WITHIN: Duration = Duration::from_secs(20);
/// The field with the session's token.
pub(crate) const TOKEN: &str = "token";

/// The fields of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form; `None` when it is too long, comes too slowly or is broken off.
    pub(super) async fn read(body: Body, is_stranger: bool) -> Option<Self> {
        let longest = if is_stranger { LONGEST_OF_STRANGERS } else { LONGEST };
        let bytes = tokio::time::timeout(WITHIN, to_bytes(body, longest)).await.ok()?.ok()?;
        // A server cannot keep this character in a text.
        let text = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        Some(Self(form_urlencoded::parse(&bytes).map(|(name, value)| (text(name), text(value))).collect()))
    }

    /// The value of a field as it came; `None` where there is none.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a field as it came; empty where there is none.
    pub(crate) fn given(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The value of a field without blanks around it; `None` where it is missing or empty.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        Some(self.given(name).trim()).filter(|value| !value.is_empty())
    }

    /// Whether it carries the session's token.
    pub(super) fn carries(&self, token: &str) -> bool {
        let given = self.given(TOKEN);
        // Every character is looked at, so that the time tells nothing.
        let differ = given.bytes().zip(token.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
        !token.is_empty() && given.len() == token.len() && differ == 0
    }
}

/// Whether a page of this console sent the request, as far as the browser says.
pub(super) fn is_from_here(headers: &HeaderMap) -> bool {
    let of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = of("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = of(ORIGIN.as_str()) else { return true };
    let (Ok(origin), Some(host)) = (Url::parse(origin), of(HOST.as_str())) else { return false };
    let Some(name) = origin.host_str() else { return false };
    let authority = origin.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
    authority.eq_ignore_ascii_case(host)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::HeaderMap;

    use super::{Form, LONGEST_OF_STRANGERS, is_from_here};

    #[tokio::test]
    async fn forms_are_read_up_to_their_longest_and_carry_the_token_or_not() {
        let form = Form::read(Body::from("name=+Lan+&token=abc&code=a%00b&name=other"), true).await.unwrap();
        assert_eq!((form.field("name"), form.given("code"), form.field("none")), (Some("Lan"), "ab", None));
        assert!(form.carries("abc"));
        for token in ["", "ab", "abcd", "abd"] {
            assert!(!form.carries(token), "{token}");
        }
        assert!(!Form::default().carries(""), "no token is none");
        let long = "x".repeat(LONGEST_OF_STRANGERS + 1);
        assert_eq!(Form::read(Body::from(long.clone()), true).await, None);
        assert!(Form::read(Body::from(long), false).await.is_some());
        assert!(Form::read(Body::from(vec![0xff, 0xfe, b'=']), true).await.is_some(), "whatever it is");
    }

    #[test]
    fn forms_of_other_sites_are_known_by_what_browsers_say() {
        let of = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            is_from_here(&HeaderMap::from_iter(pairs))
        };
        assert!(of(&[]), "no browser, and so no cookie that it would send by itself");
        assert!(of(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(!of(&[("sec-fetch-site", "same-site")]) && !of(&[("sec-fetch-site", "cross-site")]));
        assert!(of(&[("origin", "https://dongbo.tinh.example"), ("host", "dongbo.tinh.example")]));
        assert!(of(&[("origin", "http://127.0.0.1:9768"), ("host", "127.0.0.1:9768")]));
        for origin in ["null", "https://evil.example", "https://dongbo.tinh.example:444", "nonsense"] {
            assert!(!of(&[("origin", origin), ("host", "dongbo.tinh.example")]), "{origin}");
        }
    }
}
