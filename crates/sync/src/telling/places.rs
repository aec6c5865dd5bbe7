//! Where what is told of can be looked at: addresses of the console.

use dongbo_model::FindingKind;
use reqwest::Url;

/// A path of the console with parameters.
#[must_use]
pub fn address<'a>(path: &str, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    // The host only stands in: what is taken is behind it.
    let Ok(mut url) = Url::parse("http://localhost") else { return path.to_owned() };
    url.query_pairs_mut().extend_pairs(parameters);
    match url.query() {
        Some(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

/// The console's list of the dossiers that are held for this cause; with `form` only those to which the portal said it in these words.
#[must_use]
pub fn held_list(kind: FindingKind, subject: &str, form: Option<&str>, unit: Option<&str>) -> String {
    let mut parameters = vec![("kind", kind.name()), ("subject", subject)];
    parameters.extend(form.map(|form| ("words", form)));
    parameters.extend(unit.map(|unit| ("unit", unit)));
    address("/dossiers", parameters)
}

#[cfg(test)]
mod tests {
    use super::{address, held_list};
    use dongbo_model::FindingKind;

    #[test]
    fn no_subject_breaks_out_of_its_parameter() {
        assert_eq!(address("/work", []), "/work");
        let list = held_list(FindingKind::UnmappedUnit, "a&b=<c>", None, Some("H 1"));
        assert_eq!(list, "/dossiers?kind=unmapped_unit&subject=a%26b%3D%3Cc%3E&unit=H+1");
    }
}
