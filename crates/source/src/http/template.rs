//! Addresses of requests with values in the places of names in braces.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

use dongbo_settings::hint::nearest;

/// All that a step of a path may not hold as itself.
const LETTERS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path below the base address, and a query behind it.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    path: String,
    query: Vec<(String, String)>,
}

impl Template {
    /// The request to `path` with `query`, in which only `names` may stand in braces. Errors are sentences.
    pub(crate) fn check(
        path: &str,
        query: Vec<(String, String)>,
        names: &[&str],
    ) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let climbs = |path: &str| path.split('/').any(|step| step == "..");
        if path.is_empty() || path.starts_with('/') || path.contains(['?', '#', '\\', ':']) || climbs(path) {
            wrong.push(
                "path must be one below source.url, as pa/dossier/search; parameters belong into query"
                    .to_owned(),
            );
        }
        let texts = std::iter::once(path).chain(query.iter().map(|(_, value)| value.as_str()));
        for name in texts.flat_map(placeholders) {
            if !names.contains(&name.as_str()) {
                let hint = nearest(&name, names.iter().copied())
                    .map_or_else(String::new, |near| format!(", did you mean {{{near}}}?"));
                wrong
                    .push(format!("unknown name {{{name}}} in braces{hint}, there are {}", names.join(", ")));
            }
        }
        if wrong.is_empty() { Ok(Self { path: path.to_owned(), query }) } else { Err(wrong) }
    }

    /// Whether the name stands somewhere in it.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let texts =
            std::iter::once(self.path.as_str()).chain(self.query.iter().map(|(_, value)| value.as_str()));
        texts.flat_map(placeholders).any(|found| found == name)
    }

    /// The address below `base`, with `values` in the places of their names and `further` parameters at its end. A parameter whose
    /// only value is an empty one is left out.
    pub(crate) fn url(&self, base: &Url, values: &[(&str, &str)], further: &[(&str, &str)]) -> Url {
        let mut url = base.clone();
        let path = filled(&self.path, values, |value| utf8_percent_encode(value, LETTERS).to_string());
        url.set_path(&format!("{}{path}", base.path()));
        let query = self.query.iter().filter_map(|(name, written)| {
            let value = filled(written, values, str::to_owned);
            (!value.is_empty() || written.is_empty()).then_some((name.as_str(), value))
        });
        let further = further.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let all: Vec<(&str, String)> = query.chain(further).collect();
        if !all.is_empty() {
            url.query_pairs_mut().extend_pairs(all);
        }
        url
    }
}

/// The names in braces.
fn placeholders(text: &str) -> Vec<String> {
    let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| name.to_owned()).collect()
}

/// `text` with its own values in the places of `values`' names.
pub(crate) fn filled(text: &str, values: &[(&str, &str)], write: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(&write(value)),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::Template;

    #[test]
    fn a_value_cannot_leave_its_place() {
        let base = Url::parse("https://motcua.example.vn/api/").unwrap();
        let query = vec![("ids".to_owned(), "{keys}".to_owned()), ("status".to_owned(), String::new())];
        let template = Template::check("pa/dossier/{key}/--online", query, &["key", "keys"]).unwrap();
        let url = template.url(&base, &[("key", "../x?y#z"), ("keys", "a&b=c,d")], &[("from", "2026+07")]);
        assert_eq!(
            url.as_str(),
            "https://motcua.example.vn/api/pa/dossier/..%2Fx%3Fy%23z/--online?ids=a%26b%3Dc%2Cd&status=&from=2026%2B07"
        );
        for path in ["/pa", "../pa", "https://other.vn/x", "a?b=c", ""] {
            assert!(Template::check(path, Vec::new(), &[]).is_err(), "{path}");
        }
        let wrong = Template::check("pa/{kye}", Vec::new(), &["key"]).unwrap_err();
        assert_eq!(wrong, ["unknown name {kye} in braces, did you mean {key}?, there are key"]);
    }
}
