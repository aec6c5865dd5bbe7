//! Each value comes from the strongest layer that has it and knows which; every layer's mistakes are told.

use std::path::Path;

use dongbo_settings::{Loaded, Origin};

use crate::office::{Folder, Office};

/// The value of `key` as it is shown.
fn shown<'l>(loaded: &'l Loaded<Office>, key: &str) -> &'l str {
    &loaded.entries.iter().find(|entry| entry.key == key).unwrap().value
}

#[test]
fn later_layers_win_key_by_key_and_each_value_knows_its_origin() {
    let folder = Folder::new("[push]\nlease = \"61s\"\nlive_for = \"1m\"\nbreaker_drift = 2");
    // In byte order "10" comes before "9", and "Z" before "a".
    let first = folder.write("conf.d/10-pace.toml", "[push]\nlease = \"62s\"\ncalls_per_second = 10");
    let second = folder.write("conf.d/9-pace.toml", "[push]\ncalls_per_second = 9\nmax_concurrency = 3");
    folder.write("conf.d/Z.toml", "[push]\nmax_concurrency = 4");
    let third = folder.write("conf.d/a.toml", "[push]\nmax_concurrency = 5");
    let loaded =
        folder.load(&[("DONGBO__PUSH__LIVE_FOR", "2m"), ("DONGBO__push__breaker_failures", "7")]).unwrap();

    let file = |path: &Path| Origin::File(path.to_owned());
    let variable = |name: &str| Origin::Variable(name.to_owned());
    for (key, value, origin) in [
        ("push.lease", "\"62s\"", file(&first)),
        ("push.calls_per_second", "9", file(&second)),
        ("push.max_concurrency", "5", file(&third)),
        ("push.breaker_drift", "2", file(&folder.path("dongbo.toml"))),
        ("push.live_for", "\"2m\"", variable("DONGBO__PUSH__LIVE_FOR")),
        ("push.breaker_failures", "7", variable("DONGBO__push__breaker_failures")),
        ("push.verify_share", "0.01", Origin::Default),
        ("portal.lookup.steps", "true", Origin::Default),
    ] {
        assert_eq!((shown(&loaded, key), loaded.origin(key)), (value, Some(&origin)), "{key}");
    }
    let push = &loaded.config.push;
    assert_eq!((push.lease.as_secs(), push.live_for.as_secs()), (62, 120));
    assert_eq!((push.calls_per_second, push.max_concurrency), (9, 5));
    assert_eq!((push.breaker_drift, push.breaker_failures), (2, 7));
    assert!((push.verify_share - 0.01).abs() < f64::EPSILON);
    assert_eq!(loaded.files.len(), 5);
    assert_eq!(loaded.origin("portal.ca_file"), None, "a key without a value has no row");
}

#[test]
fn a_list_of_a_later_layer_replaces_the_one_below() {
    let rule = |code: &str| format!("[[portal.verdicts]]\ncode = [\"{code}\"]\n");
    let folder = Folder::new(&format!("{}{}", rule("1"), rule("2")));
    let over = folder.write("conf.d/verdicts.toml", &rule("3"));
    let loaded = folder.load(&[]).unwrap();
    let codes: Vec<_> = loaded.config.portal.verdicts.iter().map(|rule| rule.code.clone()).collect();
    assert_eq!(codes, [["3"]]);
    assert_eq!(loaded.origin("portal.verdicts"), Some(&Origin::File(over)));
    assert!(!shown(&loaded, "portal.verdicts").contains('\n'), "a row is one line");
}

#[test]
fn a_file_with_a_slip_is_named_by_line_and_column_and_leaves_the_rules_for_later() {
    let folder = Folder::new("[push]\nleas = \"1m\"");
    folder.write("conf.d/30-x.toml", "[portal]\nusername = info\n");
    assert_eq!(
        folder.problems(&[]),
        [
            "/etc/dongbo/conf.d/30-x.toml, line 2, column 12: invalid float, expected `inf`",
            "/etc/dongbo/dongbo.toml: push.leas is not known; did you mean push.lease?",
        ],
        "what the broken file may hold is not complained of"
    );
}

#[test]
fn a_value_that_two_layers_get_wrong_is_told_twice() {
    let folder = Folder::new("[push]\nlease = 5");
    folder.write("conf.d/a.toml", "[push]\nlease = \"5 parsecs\"");
    assert_eq!(
        folder.problems(&[("DONGBO__PUSH__LEASE", "90s")]),
        [
            "/etc/dongbo/dongbo.toml: push.lease must be a duration with its unit, such as \"60s\"",
            "/etc/dongbo/conf.d/a.toml: push.lease must be a duration with its unit, such as \"60s\"",
        ]
    );
}

#[test]
fn a_rule_says_nothing_of_a_value_that_could_not_be_read() {
    let folder = Folder::new("[portal]\ntotal_timeout = \"30s\"\n[push]\nlease = 90");
    assert_eq!(folder.problems(&[]).len(), 1, "{:?}", folder.problems(&[]));
}

#[test]
fn a_variable_that_looks_like_a_number_stays_the_text_that_it_is() {
    let variables = [("DONGBO__PORTAL__UNIT_CODE", "000048"), ("DONGBO__PORTAL__USERNAME", "1e3")];
    let config = Folder::new("").load(&variables).unwrap().config;
    assert_eq!((config.portal.unit_code.as_str(), config.portal.username.as_str()), ("000048", "1e3"));
}

#[test]
fn a_number_in_the_place_of_text_and_text_in_the_place_of_a_number_are_refused_in_a_file() {
    let folder = Folder::new("[portal]\nunit_code = 48\n[push]\nmax_concurrency = \"9\"");
    assert_eq!(
        folder.problems(&[]),
        [
            "/etc/dongbo/dongbo.toml: portal.unit_code must be a string",
            "/etc/dongbo/dongbo.toml: push.max_concurrency must be a whole number of 0 or more, such as 8",
        ]
    );
}
