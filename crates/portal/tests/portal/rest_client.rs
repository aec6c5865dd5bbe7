//! A client of dialect `rest` that talks to a test's server.

use std::sync::Arc;

use dongbo_model::clock::Clock;
use dongbo_portal::{Dialect, Portal, Settings};

use crate::fixture::at;

/// The client, and the file that it reads its secret from.
pub(crate) fn rest(url: &str) -> (Portal, tempfile::NamedTempFile) {
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), "dongbo\n").unwrap();
    let mut config = Settings {
        dialect: Dialect::Rest,
        adapter_url: url.to_owned(),
        username: "dongbo".to_owned(),
        password_file: password.path().to_owned(),
        ..Settings::default()
    };
    // Where a canned server takes log-ins.
    "/auth".clone_into(&mut config.rest.token_path);
    assert_eq!(config.validate(), Vec::<String>::new());
    let clock = Clock::manual(at("2025-09-15T08:00:00Z"));
    (Portal::new(&config, clock, Arc::new(|_| {})).unwrap(), password)
}
