//! `docs/openapi.json` is the description of the API that the daemon serves, and docs/api.md names each of its addresses.

use serde_json::Value;

use crate::pages::{page, top};

#[test]
fn the_description_is_the_programs() {
    let path = top().join("docs/openapi.json");
    let described = dongbo_console::description();
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    // Whether fields are sorted hangs on what else is compiled along.
    if serde_json::from_str::<Value>(&kept).ok().as_ref() != Some(&described) {
        assert!(
            std::env::var_os("DONGBO_WRITE_DOCS").is_some(),
            "write it anew: DONGBO_WRITE_DOCS=1 cargo test --test docs api"
        );
        let text = serde_json::to_string_pretty(&described).unwrap();
        std::fs::write(path, format!("{text}\n")).unwrap();
    }
    let page = page("docs/api.md").text;
    for address in described["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("`{address}`")), "docs/api.md does not name {address}");
    }
}
