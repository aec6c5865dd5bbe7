//! A configuration that is wrong is refused with the key, the reason and the way out; the documented defaults hold.

use std::collections::HashMap;

use ::config::Environment;
use dongbo::config::http::HttpConfig;
use dongbo::config::ledger::LedgerConfig;
use dongbo::config::log::LogConfig;
use dongbo::config::portal::{LookupConfig, PortalConfig};
use dongbo::config::push::PushConfig;
use dongbo::config::source::SourceConfig;
use dongbo::config::{Config, ConfigError, DEFAULTS};

/// What nobody can guess, and so has to be said.
const LEAST: &str = r#"
[source]
url = "/var/lib/motcua/motcua.db"
[portal]
adapter_url = "https://adapter.example.gov.vn/rest"
dstcode = "VN:GOV:000.00.00.G22:dvcqg"
unit_code = "000.00.00.H48"
username = "quangngai"
"#;
/// Stands for every secret: it must never be seen.
const CANARY: &str = "geheim-7431";

fn load(text: &str) -> Result<Config, ConfigError> {
    load_with(text, &[])
}

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Config::load_with(Some(file.path()), Environment::with_prefix("DONGBO").source(Some(variables)))
}

fn refused(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn what_nobody_can_guess_is_enough_and_the_rest_is_the_documented_default() {
    let config = load(LEAST).unwrap();
    assert_eq!(config.push, PushConfig::default());
    assert_eq!(config.http, HttpConfig::default());
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one_in_every_section() {
    for (wrong, unknown, meant) in [
        ("[push]\nmax_concurency = 3", "max_concurency", "max_concurrency"),
        ("[pusch]\nlease = \"1m\"", "pusch", "push"),
        ("[ledger]\npaht = \"x\"", "paht", "path"),
        ("[http]\nlisten_ = \"127.0.0.1:1\"", "listen_", "listen"),
        ("[log]\nlevle = \"info\"", "levle", "level"),
        ("[portal.lookup]\nstep = true", "step", "steps"),
    ] {
        assert_says(&refused(wrong), &[&format!("`{unknown}`"), &format!("did you mean `{meant}`?")]);
    }
    let error = load_with(LEAST, &[("DONGBO__PUSH__LEAS", "1m")]).unwrap_err().to_string();
    assert_says(&error, &["`leas`", "did you mean `lease`?"]);
}

#[test]
fn a_value_of_the_wrong_form_is_named_with_its_key() {
    for (wrong, key) in [
        ("[push]\nmax_concurrency = \"many\"", "push.max_concurrency"),
        ("[push]\nmax_concurrency = -3", "push.max_concurrency"),
        ("[push]\nlease = \"5 parsecs\"", "push.lease"),
        ("[push]\nlease = 5", "push.lease"),
        ("[http]\nlisten = \"here\"", "http.listen"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[portal.lookup]\nsteps = \"perhaps\"", "portal.lookup.steps"),
    ] {
        assert_says(&refused(wrong), &[key]);
    }
}

#[test]
fn values_that_do_not_go_together_are_told_with_both_keys() {
    let text = refused(&format!("{LEAST}total_timeout = \"30s\"\n[push]\nlease = \"30s\""));
    assert_says(&text, &["push.lease (30s)", "portal.total_timeout (30s)"]);
    load(&format!("{LEAST}total_timeout = \"30s\"\n[push]\nlease = \"31s\"")).unwrap();
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let text = refused(
        "[source]\nsweep = \"every night\"\n[push]\nverify_share = 2.0\n[log]\nlevel = \"a=b=c\"\n[portal]\nbatch_size = 0",
    );
    assert_says(
        &text,
        &["source.url", "source.sweep", "push.verify_share", "log.level", "portal.batch_size"],
    );
    assert_says(&text, &["portal.adapter_url", "portal.dstcode", "portal.unit_code", "portal.username"]);
}

#[test]
fn a_variable_wins_over_the_file_and_reaches_nested_keys() {
    let config = load_with(
        &format!("{LEAST}[push]\ncalls_per_second = 7"),
        &[
            ("DONGBO__PUSH__CALLS_PER_SECOND", "9"),
            ("DONGBO__PUSH__LEASE", "90s"),
            ("DONGBO__PUSH__VERIFY_SHARE", "0.5"),
            ("DONGBO__PORTAL__LOOKUP__STEPS", "false"),
            ("DONGBO__PORTAL__PASSWORD_FILE", "/run/credentials/portal"),
        ],
    )
    .unwrap();
    assert_eq!(config.push.calls_per_second, 9);
    assert_eq!(config.push.lease.as_secs(), 90);
    assert!((config.push.verify_share - 0.5).abs() < f64::EPSILON);
    assert!(!config.portal.lookup.steps);
    assert_eq!(config.portal.password_file, std::path::Path::new("/run/credentials/portal"));
}

#[test]
fn a_variable_that_looks_like_a_number_stays_the_text_that_it_is() {
    let config =
        load_with(LEAST, &[("DONGBO__PORTAL__UNIT_CODE", "000048"), ("DONGBO__PORTAL__USERNAME", "1e3")])
            .unwrap();
    assert_eq!((config.portal.unit_code.as_str(), config.portal.username.as_str()), ("000048", "1e3"));
}

#[test]
fn a_file_that_is_missing_is_named() {
    let error = Config::load_with(Some("/nowhere/dongbo.toml".as_ref()), Environment::default());
    assert_says(&error.unwrap_err().to_string(), &["/nowhere/dongbo.toml"]);
}

#[test]
fn the_documented_defaults_are_the_ones_in_the_code() {
    let documented: Config = toml::from_str(DEFAULTS).unwrap();
    let coded = Config {
        source: SourceConfig::default(),
        ledger: LedgerConfig::default(),
        portal: PortalConfig::default(),
        push: PushConfig::default(),
        http: HttpConfig::default(),
        log: LogConfig::default(),
    };
    // The source's debug form hides its address, so a difference there shows here.
    assert_eq!(documented.source.url, coded.source.url);
    assert_eq!(documented, coded);
}

/// The keys of a section, which serde names when it meets one that it does not know.
fn keys<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let error = toml::from_str::<T>("no_such_key = 1").err().unwrap().to_string();
    let known = error.split_once("expected ").unwrap().1;
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented_in_the_default_file() {
    for (section, keys) in [
        ("source", keys::<SourceConfig>()),
        ("ledger", keys::<LedgerConfig>()),
        ("portal", keys::<PortalConfig>()),
        ("portal.lookup", keys::<LookupConfig>()),
        ("push", keys::<PushConfig>()),
        ("http", keys::<HttpConfig>()),
        ("log", keys::<LogConfig>()),
    ] {
        let from = DEFAULTS.find(&format!("\n[{section}]\n")).unwrap();
        let rest = &DEFAULTS[from + 2..];
        let text = &rest[..rest.find("\n[").unwrap_or(rest.len())];
        assert!(!keys.is_empty(), "{section}");
        for key in keys.iter().filter(|key| !["lookup", "verdicts"].contains(&key.as_str())) {
            let line = text.lines().any(|line| {
                line.trim_start_matches("# ").split_once(" = ").is_some_and(|(name, _)| name == key)
            });
            assert!(line, "{section}.{key} is not documented");
        }
    }
    assert!(DEFAULTS.contains("\n# [[portal.verdicts]]\n"));
}

#[test]
fn a_secret_is_seen_neither_in_the_configuration_nor_in_what_is_said_of_it() {
    let url = format!("postgres://motcua:{CANARY}@db/motcua");
    let config = load(&LEAST.replace("/var/lib/motcua/motcua.db", &url)).unwrap();
    assert_eq!(config.source.url, url);
    let shown = format!("{config:?} {config:#?}");
    assert!(!shown.contains(CANARY), "{shown}");

    for wrong in [
        // Somebody writes the password itself, under a key that looks right.
        format!("{LEAST}password = \"{CANARY}\""),
        // The quotation mark at the end is forgotten.
        format!("[source]\nurl = \"{url}\n[push]"),
        format!("[source]\nurl = {url}\n"),
        LEAST.replace("/var/lib/motcua/motcua.db", &url.replace("postgres", "mysql")),
        LEAST.replace("https://adapter", &format!("https://u:{CANARY}@adapter")),
        LEAST.replace("https://adapter", &format!("ftp//u:{CANARY}@adapter")),
    ] {
        let error = load(&wrong).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
    // What the file's place in the error is good for must not be lost with it.
    let error = refused(&format!("[source]\nurl = \"{url}\n[push]"));
    assert_says(&error, &["line 2"]);
}
