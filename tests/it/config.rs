//! A configuration that is wrong is refused with the key, the reason and the way out; the documented defaults hold.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use dongbo::config::{Config, DEFAULTS, Loaded, Origin};

/// The keys without a default.
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

fn load(text: &str) -> Result<Config, dongbo::config::SettingsError> {
    load_with(text, &[])
}

fn load_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, dongbo::config::SettingsError> {
    Folder::new(text).load(variables).map(|loaded| loaded.config)
}

/// A folder like `/etc/dongbo`.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(main: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("dongbo.toml", main);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Loaded, dongbo::config::SettingsError> {
        Config::load_layers(Some(&self.path("dongbo.toml")), variables.iter().copied())
    }

    /// Everything that is wrong, as if the folder were `/etc/dongbo`.
    fn problems(&self, variables: &[(&str, &str)]) -> Vec<String> {
        let here = self.0.path().display().to_string();
        let problems = self.load(variables).unwrap_err().problems;
        problems.iter().map(|problem| problem.replace(&here, "/etc/dongbo")).collect()
    }
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
    assert_eq!(config.push, dongbo_sync::push::Settings::default());
    assert_eq!(config.http, dongbo::http::Settings::default());
}

#[test]
fn everything_wrong_in_every_layer_is_told_in_one_answer() {
    let folder = Folder::new(&format!(
        "lease = \"60s\"\n{LEAST}total_timeout = \"30s\"\nmax_response_bytes = \"4 megs\"\n[push]\nprobe_every = 30\n\
         breaker_drift = -1\nbreaker_failures = 0\n[portal.lookup]\nsteps = \"yes\"\n\
         [[portal.verdicts]]\ncod = [\"1\"]\nhttp = \"503\"\noutcome = \"transient\"\n\
         [[portal.verdicts]]\nhttp = \"503\"\noutcome = \"transiend\""
    ));
    folder.write(
        "conf.d/20-x.toml",
        "http = 1\n[push]\nmax_concurency = 3\nprobe_every = \"1m\"\n[pusch]\nlease = \"1m\"",
    );
    let variables =
        [("DONGBO__PUSH__LEAS", "1m"), ("DONGBO__LOG__FORMAT", "xml"), ("DONGBO__HTTP__LISTEN", "here")];
    assert_eq!(
        folder.problems(&variables),
        [
            "/etc/dongbo/dongbo.toml: lease is not known; did you mean push.lease?",
            "/etc/dongbo/dongbo.toml: portal.lookup.steps must be true or false",
            "/etc/dongbo/dongbo.toml: portal.max_response_bytes must be a size with its unit, such as \"4 MiB\"",
            "/etc/dongbo/dongbo.toml: portal.verdicts[0].cod is not known; did you mean portal.verdicts[0].code?",
            "/etc/dongbo/dongbo.toml: portal.verdicts[1].outcome must be one of `delivered`, `duplicate`, \
             `session_expired`, `throttled`, `transient`, `unknown`, `rejected`, `not_found`, `auth`, `config`; \
             did you mean \"transient\"?",
            "/etc/dongbo/dongbo.toml: push.breaker_drift must be a whole number of 0 or more, such as 5",
            "/etc/dongbo/dongbo.toml: push.probe_every must be a duration with its unit, such as \"30s\"",
            "/etc/dongbo/conf.d/20-x.toml: http is a section: its keys stand below [http]",
            "/etc/dongbo/conf.d/20-x.toml: pusch is not known; did you mean push?",
            "/etc/dongbo/conf.d/20-x.toml: push.max_concurency is not known; did you mean push.max_concurrency?",
            "DONGBO__HTTP__LISTEN: http.listen is wrong (invalid socket address syntax): write it like \"127.0.0.1:9766\"",
            "DONGBO__LOG__FORMAT: log.format must be one of `text`, `json`, `journald`, such as \"text\"",
            "DONGBO__PUSH__LEAS: push.leas is not known; did you mean push.lease?",
            "push.breaker_failures must be at least 1 [push.breaker_failures is from /etc/dongbo/dongbo.toml]",
            "push.lease (60s) must be at least 3 times portal.total_timeout (30s), because a call may log in and be \
             repeated within it: raise push.lease to 90s or lower portal.total_timeout \
             [portal.total_timeout is from /etc/dongbo/dongbo.toml]",
        ]
    );
}

#[test]
fn rules_between_keys_name_both_with_their_values_and_places() {
    for (text, told) in [
        (
            "total_timeout = \"30s\"\n[push]\nlease = \"89s\"",
            "push.lease (89s) must be at least 3 times portal.total_timeout (30s), because a call may log in and be \
             repeated within it: raise push.lease to 90s or lower portal.total_timeout \
             [portal.total_timeout is from /etc/dongbo/dongbo.toml, push.lease is from /etc/dongbo/dongbo.toml]",
        ),
        (
            "read_timeout = \"21s\"",
            "portal.read_timeout (21s) must not be longer than portal.total_timeout (20s)",
        ),
        (
            "connect_timeout = \"21s\"",
            "portal.connect_timeout (21s) must not be longer than portal.total_timeout (20s)",
        ),
        (
            "[push]\nbackoff_cap = \"1s\"",
            "push.backoff_base (2s) must not be longer than push.backoff_cap (1s)",
        ),
        (
            "[ledger]\npath = \"/var/lib/motcua/motcua.db\"",
            "ledger.path and source.url both name /var/lib/motcua/motcua.db",
        ),
    ] {
        let problems = Folder::new(&format!("{LEAST}{text}")).problems(&[]);
        assert!(problems.iter().any(|problem| problem.starts_with(told)), "{told}\nis not in\n{problems:#?}");
    }
    for (variables, told) in [
        (
            ("DONGBO__SOURCE__POLL_EVERY", "31s"),
            "source.poll_every (31s) must not be longer than source.overlap_every (30s)",
        ),
        (
            ("DONGBO__SOURCE__OVERLAP_EVERY", "11m"),
            "source.overlap_every (660s) must not be longer than source.overlap (600s)",
        ),
    ] {
        let problems = Folder::new(LEAST).problems(&[variables]);
        assert!(problems[0].starts_with(told), "{told}\nis not in\n{problems:#?}");
        assert!(problems[0].ends_with(&format!(" is from {}]", variables.0)), "{problems:#?}");
    }
    load(&format!("{LEAST}total_timeout = \"30s\"\n[push]\nlease = \"90s\"")).unwrap();
}

#[test]
fn a_size_has_a_unit_or_is_in_bytes() {
    for (written, bytes) in [("\"1 MiB\"", 1 << 20), ("\"500 kB\"", 500_000), ("2_000", 2_000)] {
        let config = load(&format!("{LEAST}max_response_bytes = {written}")).unwrap();
        assert_eq!(config.portal.max_response_bytes, bytes, "{written}");
    }
    let config = load_with(LEAST, &[("DONGBO__LEDGER__WARN_FREE", "10 GiB")]).unwrap();
    assert_eq!(config.ledger.warn_free, 10 << 30);
}

#[test]
fn a_password_in_a_url_is_masked_where_the_configuration_is_shown() {
    let url = format!("postgres://motcua:{CANARY}@db/motcua");
    let folder = Folder::new(&LEAST.replace("/var/lib/motcua/motcua.db", &url));
    let loaded = folder.load(&[]).unwrap();
    let entry = loaded.entries.iter().find(|entry| entry.key == "source.url").unwrap();
    assert_eq!((entry.value.as_str(), entry.masked), ("\"postgres://motcua:•••@db/motcua\"", true));
    assert_eq!(loaded.entries.iter().filter(|entry| entry.masked).count(), 1);
    assert!(!format!("{loaded:?}").contains(CANARY));
    let json = serde_json::to_value(entry).unwrap();
    assert_eq!(json["origin"], folder.path("dongbo.toml").display().to_string());
}

#[test]
fn a_credential_of_systemd_wins_over_every_layer() {
    let folder = Folder::new(&LEAST.replace("/var/lib/motcua/motcua.db", "postgres://motcua@db/motcua"));
    let portal = folder.write("credentials/portal.password", "x");
    let credentials = folder.path("credentials").display().to_string();
    let variables =
        [("CREDENTIALS_DIRECTORY", credentials.as_str()), ("DONGBO__PORTAL__PASSWORD_FILE", "/elsewhere")];
    let loaded = folder.load(&variables).unwrap();
    assert_eq!(loaded.config.portal.password_file, portal);
    assert_eq!(loaded.origin("portal.password_file"), Some(&Origin::Credential));
    assert_eq!(loaded.config.source.password_file, None, "there is no such credential");

    let source = folder.write("credentials/source.password", "x");
    assert_eq!(folder.load(&variables).unwrap().config.source.password_file, Some(source));
    // SQLite needs no password, and the credential of a unit that is the same everywhere does no harm.
    folder.write("dongbo.toml", LEAST);
    assert_eq!(folder.load(&variables).unwrap().config.source.password_file, None);
}

#[test]
fn a_secret_that_others_can_read_is_warned_of_with_the_remedy() {
    let folder = Folder::new(&LEAST.replace("/var/lib/motcua/motcua.db", "postgres://u:p@db/motcua"));
    let file = folder.write("portal.password", "x");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    mode(&file, 0o640);
    mode(&folder.path("dongbo.toml"), 0o604);
    let file_name = file.display().to_string();
    let loaded = folder.load(&[("DONGBO__PORTAL__PASSWORD_FILE", &file_name)]).unwrap();
    let warnings = dongbo::config::exposed_secrets(&loaded);
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert_says(&warnings[0], &["portal.password_file", "mode 0640", &format!("chmod 0400 {file_name}")]);
    assert_says(&warnings[1], &["source.url", "dongbo.toml", "mode 0604"]);
    mode(&file, 0o400);
    mode(&folder.path("dongbo.toml"), 0o600);
    assert_eq!(dongbo::config::exposed_secrets(&loaded), Vec::<String>::new());

    // An access list of systemd shows as a right of the group.
    let credential = folder.write("credentials/portal.password", "x");
    mode(&credential, 0o440);
    let credentials = folder.path("credentials").display().to_string();
    let loaded = folder.load(&[("CREDENTIALS_DIRECTORY", &credentials)]).unwrap();
    assert_eq!(dongbo::config::exposed_secrets(&loaded), Vec::<String>::new());
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
fn a_file_that_is_missing_is_named() {
    let error = Config::load(Some("/nowhere/dongbo.toml".as_ref()));
    assert_says(&error.unwrap_err().to_string(), &["/nowhere/dongbo.toml"]);
}

#[test]
fn the_documented_defaults_are_the_ones_in_the_code() {
    let documented: Config = toml::from_str(DEFAULTS).unwrap();
    let coded = Config {
        files: dongbo_sync::files::Settings::default(),
        source: dongbo_source::Settings::default(),
        sources: std::collections::BTreeMap::new(),
        ledger: dongbo_ledger::Settings::default(),
        portal: dongbo_portal::Settings::default(),
        catalogue: Default::default(),
        indicators: dongbo_indicators::Settings::default(),
        push: dongbo_sync::push::Settings::default(),
        reconcile: dongbo_sync::reconcile::Settings::default(),
        watch: dongbo_sync::push::WatchSettings::default(),
        published: dongbo_sync::published::Settings::default(),
        owner_store: dongbo_sync::owner_store::Settings::default(),
        bridge: dongbo_sync::resend::Settings::default(),
        report: dongbo_reports::Settings::default(),
        http: dongbo::http::Settings::default(),
        console: dongbo_console::Settings::default(),
        notify: dongbo_notify::Settings::default(),
        log: dongbo::log::Settings::default(),
        metrics: dongbo_sync::metrics::Settings::default(),
        listeners: dongbo_listeners::Settings::default(),
        control: dongbo::control::Settings::default(),
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
        ("source", keys::<dongbo_source::Settings>()),
        ("source.tls", keys::<dongbo_source::TlsSettings>()),
        ("source.http", keys::<dongbo_source::HttpSettings>()),
        ("ledger", keys::<dongbo_ledger::Settings>()),
        ("ledger.tls", keys::<dongbo_source::TlsSettings>()),
        ("portal", keys::<dongbo_portal::Settings>()),
        ("portal.lookup", keys::<dongbo_portal::LookupSettings>()),
        ("portal.ndxp", keys::<dongbo_portal::NdxpSettings>()),
        ("portal.rest", keys::<dongbo_portal::RestSettings>()),
        ("files", keys::<dongbo_sync::files::Settings>()),
        ("catalogue", keys::<dongbo_sync::catalogue::Settings>()),
        ("reconcile", keys::<dongbo_sync::reconcile::Settings>()),
        ("push", keys::<dongbo_sync::push::Settings>()),
        ("watch", keys::<dongbo_sync::push::WatchSettings>()),
        ("published", keys::<dongbo_sync::published::Settings>()),
        ("owner_store", keys::<dongbo_sync::owner_store::Settings>()),
        ("bridge", keys::<dongbo_sync::resend::Settings>()),
        ("report", keys::<dongbo_reports::Settings>()),
        ("http", keys::<dongbo::http::Settings>()),
        ("console", keys::<dongbo_console::Settings>()),
        ("log", keys::<dongbo::log::Settings>()),
        ("metrics", keys::<dongbo_sync::metrics::Settings>()),
        ("listeners", keys::<dongbo_listeners::Settings>()),
        ("control", keys::<dongbo::control::Settings>()),
    ] {
        let from = DEFAULTS.find(&format!("\n[{section}]\n")).unwrap();
        let rest = &DEFAULTS[from + 2..];
        let text = &rest[..rest.find("\n[").unwrap_or(rest.len())];
        assert!(!keys.is_empty(), "{section}");
        for key in keys.iter().filter(|key| {
            !["lookup", "ndxp", "rest", "applicant_kinds", "tls", "http", "verdicts", "token"]
                .contains(&key.as_str())
        }) {
            let line = text.lines().any(|line| {
                line.trim_start_matches("# ").split_once(" = ").is_some_and(|(name, _)| name == key)
            });
            assert!(line, "{section}.{key} is not documented");
        }
    }
    for list in ["portal.verdicts", "console.token"] {
        assert!(DEFAULTS.contains(&format!("\n# [[{list}]]\n")), "{list} is not documented");
    }
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
        // The section is forgotten.
        format!("source = \"{url}\"\n"),
        format!("[source]\npoll_every = \"{CANARY}\"\npage_size = \"{CANARY}\"\n"),
        format!("[log]\nformat = \"{CANARY}\"\n[http]\nlisten = \"{CANARY}\"\n"),
        LEAST.replace("/var/lib/motcua/motcua.db", &url.replace("postgres", "mssql")),
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

/// Two sources in the place of the one of [`LEAST`].
fn several() -> String {
    let list = "[[source]]\nname = \"b\"\nurl = \"postgres://u@localhost/b\"\nmapping = \"b.toml\"\n\
                [[source]]\nname = \"a\"\nurl = \"/a.db\"\nmapping = \"a.toml\"\npoll_every = \"1s\"\n";
    LEAST.replace("[source]\nurl = \"/var/lib/motcua/motcua.db\"\n", list)
}

#[test]
fn several_sources_keep_their_order_and_each_has_layers_credentials_and_origins_of_its_own() {
    let folder = Folder::new(&several());
    folder.write("conf.d/10.toml", "[sources.a]\npage_size = 9\n[[source]]\nname = \"c\"\nurl = \"/c.db\"");
    folder.write("credentials/sources.b.password", "x");
    let credentials = folder.path("credentials").display().to_string();
    let variables = [("CREDENTIALS_DIRECTORY", credentials.as_str()), ("DONGBO__SOURCES__A__OVERLAP", "7m")];
    let loaded = folder.load(&variables).unwrap();
    let sources = loaded.config.all_sources();
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["b", "a", "c"], "as they are written");
    let [b, a, c] = sources.as_slice() else { panic!("{sources:?}") };
    assert_eq!((a.page_size, a.overlap.as_secs(), a.poll_every.as_secs()), (9, 420, 1));
    assert_eq!(c.sweep, dongbo_source::Settings::default().sweep, "the defaults are those of one");
    assert!(b.password_file.as_ref().is_some_and(|file| file.ends_with("sources.b.password")), "{b:?}");
    assert_eq!(loaded.origin("sources.b.password_file"), Some(&Origin::Credential));
    assert_eq!(
        loaded.origin("sources.a.overlap"),
        Some(&Origin::Variable("DONGBO__SOURCES__A__OVERLAP".to_owned()))
    );
    assert_eq!(loaded.origin("sources.a.page_size"), Some(&Origin::File(folder.path("conf.d/10.toml"))));
    assert!(loaded.origin("source.url").is_none(), "there is no such one");
}

#[test]
fn what_is_wrong_with_one_of_several_sources_names_it() {
    let text = several().replace("poll_every = \"1s\"", "pol_every = \"1s\"\noverlap = 5");
    assert_says(
        &refused(&text),
        &["sources.a.pol_every", "poll_every?", "sources.a.overlap must be a duration"],
    );
    assert_says(&refused(&several().replace("/a.db", "")), &["sources.a.url is empty"]);
    assert_says(
        &refused(&several().replace("name = \"a\"", "name = \"b\"")),
        &["two [[source]] have the name b"],
    );
    assert_says(
        &refused(&several().replace("name = \"a\"\n", "")),
        &["each [[source]] of several needs a name"],
    );
    assert_says(&refused(&several().replace("name = \"a\"", "name = \"Xã A\"")), &["is no name"]);
    let both = load_with(&several(), &[("DONGBO__SOURCE__URL", "/x.db")]).unwrap_err().to_string();
    assert_says(&both, &["[source] and [[source]] are both set"]);
    let watches_one = several().replace("name = \"a\"", "name = \"a\"\nmode = \"watch\"");
    let slow = format!("{watches_one}\n[reconcile]\nlook_ups_per_minute = 2");
    assert_says(&refused(&slow), &["with sources.a.mode = \"watch\", or 0 for no limit"]);
    let over_http = several().replace("/a.db", "http://u:geheim@motcua.example/api");
    assert_says(&refused(&over_http), &["sources.a.url: it holds a user or password", "sources.a.http.user"]);
    let url = format!("postgres://u:{CANARY}@db/x");
    let folder = Folder::new(&several().replace("postgres://u@localhost/b", &url));
    let shown = format!("{:?} {:?}", folder.load(&[]), folder.load(&[]).map(|loaded| loaded.entries));
    assert!(!shown.contains(CANARY), "{shown}");
}

#[test]
fn a_list_of_one_source_is_the_one_source() {
    let text = LEAST.replace("[source]", "[[source]]");
    let config = load(&text).unwrap();
    assert_eq!((config.sources.len(), config.source.url.as_str()), (0, "/var/lib/motcua/motcua.db"));
}
