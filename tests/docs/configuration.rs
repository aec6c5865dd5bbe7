//! `config/dongbo.default.toml` is the reference of every key: each that it names, commented out or not, is one.

use std::io::Write as _;

use dongbo::config::{Config, DEFAULTS};

use crate::pages::page;

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

fn load(text: &str) -> Result<Config, dongbo::config::SettingsError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let required = [
        ("DONGBO__SOURCE__URL", "postgres://dongbo@localhost/motcua"),
        ("DONGBO__PORTAL__ADAPTER_URL", "https://adapter.example.gov.vn/rest"),
        ("DONGBO__PORTAL__DSTCODE", "VN:GOV:000.00.00.G22:dvcqg"),
        ("DONGBO__PORTAL__UNIT_CODE", "H48"),
        ("DONGBO__PORTAL__USERNAME", "h48"),
        ("DONGBO__LEDGER__URL", "postgres://dongbo@localhost/dongbo"),
    ];
    Config::load_layers(Some(file.path()), required).map(|loaded| loaded.config)
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
    for (key, wrong, path) in [
        ("poll_every", "pol_every", "source.poll_every"),
        ("password_file", "pasword_file", "source.password_file"),
        ("outcome", "outcom", "portal.verdicts[0].outcome"),
    ] {
        let text = everything().replace(&format!("\n{key} = "), &format!("\n{wrong} = "));
        assert_ne!(text, everything());
        let error = load(&text).unwrap_err().to_string();
        let told = format!("{} is not known; did you mean {path}?", path.replace(key, wrong));
        assert!(error.contains(&told), "{told}\nis not in\n{error}");
    }
}

/// The lines above each key down to the blank line or section before it hold a comment.
#[test]
fn every_key_of_the_reference_has_a_comment_above_it() {
    let mut explained = false;
    for line in DEFAULTS.lines() {
        let key = line.trim_start_matches("# ").split_once(" = ").map(|(key, _)| key);
        if line.is_empty() || line.starts_with('[') {
            explained = false;
        } else if key.is_some_and(|key| !key.contains(' ')) {
            assert!(explained, "nothing is said of {line}");
        } else if line.starts_with("# ") {
            explained = true;
        }
    }
}

/// The page shows a wrong configuration with the very words of the program.
#[test]
fn the_page_quotes_the_real_messages() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let page = page("docs/configuration.md").text;
    std::fs::create_dir(folder.path().join("conf.d")).unwrap();
    let shown = |start: &str| {
        let from = page.find(start).unwrap_or_else(|| panic!("the page has no {start}"));
        let text = &page[from..];
        text[text.find('\n').unwrap() + 1..text.find("\n```\n").unwrap()].to_owned()
    };
    write("dongbo.toml", &shown("```toml dongbo.toml"));
    write("conf.d/20-x.toml", &shown("```toml conf.d/20-x.toml"));
    let variables = [("DONGBO__LOG__FORMAT", "jsom")];
    let error = Config::load_layers(Some(&folder.path().join("dongbo.toml")), variables).unwrap_err();
    let said = format!("dongbo: {error}").replace(&folder.path().display().to_string(), "/etc/dongbo");
    assert_eq!(said, shown("```text said"));
}
