//! Where what is told of can be looked at: arguments of commands, and addresses of the console.

use dongbo_model::FindingKind;
use reqwest::Url;

/// A code as it is typed in a shell; `#` begins a comment there.
#[must_use]
pub fn typed(code: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-._/".contains(c);
    if !code.is_empty() && code.chars().all(plain) {
        code.to_owned()
    } else {
        format!("'{}'", code.replace('\'', "'\\''"))
    }
}

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
    use super::{address, held_list, typed};
    use dongbo_model::FindingKind;

    #[test]
    fn what_is_typed_reaches_the_command_as_it_is() {
        assert_eq!(typed("H48.57"), "H48.57");
        assert_eq!(typed("#1"), "'#1'");
        assert_eq!(typed("a'b"), "'a'\\''b'");
        assert_eq!(typed(""), "''");
    }

    #[test]
    fn no_subject_breaks_out_of_its_parameter() {
        assert_eq!(address("/work", []), "/work");
        let list = held_list(FindingKind::UnmappedUnit, "a&b=<c>", None, Some("H 1"));
        assert_eq!(list, "/dossiers?kind=unmapped_unit&subject=a%26b%3D%3Cc%3E&unit=H+1");
    }
}
