//! `config/dongbo.default.toml` is the reference of every key: each that it names, commented out or not, is one.

use std::collections::HashMap;
use std::io::Write as _;

use config::Environment;
use dongbo::config::{Config, ConfigError, DEFAULTS};

/// The default file with every example in it put into force.
fn everything() -> String {
    let mut lines = Vec::new();
    for line in DEFAULTS.lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        let key = bare.split_once(" = ").map(|(key, _)| key);
        let is_key = key
            .is_some_and(|key| !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        lines.push(if is_key || bare.starts_with("[[") { bare } else { line });
    }
    lines.join("\n")
}

fn load(text: &str) -> Result<Config, ConfigError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let required = [
        ("DONGBO__SOURCE__URL", "postgres://dongbo@localhost/motcua"),
        ("DONGBO__PORTAL__ADAPTER_URL", "https://adapter.example.gov.vn/rest"),
        ("DONGBO__PORTAL__DSTCODE", "VN:GOV:000.00.00.G22:dvcqg"),
        ("DONGBO__PORTAL__UNIT_CODE", "H48"),
        ("DONGBO__PORTAL__USERNAME", "h48"),
    ];
    let required: HashMap<String, String> =
        required.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Config::load_with(Some(file.path()), Environment::with_prefix("DONGBO").source(Some(required)))
}

#[test]
fn every_key_of_the_reference_is_a_key() {
    let config = load(&everything()).unwrap();
    assert!(config.source.password_file.is_some(), "the examples in comments were not put into force");
    assert!(config.portal.ca_file.is_some() && config.portal.client_certificate_file.is_some());
    assert_eq!(config.portal.verdicts.len(), 1);
}

#[test]
fn a_key_that_is_none_is_named_with_the_nearest_one() {
    for (key, wrong) in
        [("poll_every", "pol_every"), ("password_file", "pasword_file"), ("outcome", "outcom")]
    {
        let text = everything().replace(&format!("\n{key} = "), &format!("\n{wrong} = "));
        assert_ne!(text, everything());
        let error = load(&text).unwrap_err().to_string();
        assert!(error.contains(wrong) && error.contains(&format!("did you mean `{key}`?")), "{error}");
    }
}
