//! Levels of the log, by module: `info,dongbo::push=debug`.
//!
//! A module is named as `docs/logging.md` names it, whichever crate holds it: `dongbo::push` is `dongbo_sync::push`.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// The floors below the program, with the modules that the documentation names without their floor; a floor without
/// any is such a module itself.
const FLOORS: &[(&str, &[&str])] = &[
    ("dongbo_model", &[]),
    ("dongbo_settings", &[]),
    ("dongbo_connections", &[]),
    ("dongbo_source", &[]),
    ("dongbo_ledger", &[]),
    ("dongbo_portal", &[]),
    (
        "dongbo_sync",
        &[
            "catalogue",
            "compare_jobs",
            "crew",
            "engine",
            "files",
            "gate",
            "housekeeping",
            "intake",
            "metrics",
            "owner_store",
            "published",
            "push",
            "reconcile",
            "vitals",
        ],
    ),
];

/// The client of SQL Server, whose lines quote what the server says of rows, and call a connection plain that is encrypted beneath it.
const UNHEARD: &str = "tiberius";

/// Reads levels as `log.level` has them.
///
/// # Errors
/// The directive that cannot be read, and the forms that can.
pub fn levels(text: &str) -> Result<Targets, String> {
    for directive in text.split(',').map(str::trim) {
        let level = directive.split_once('=').map_or(directive, |(_, level)| level.trim());
        // The library takes a word that is no level for a module, which would silence everything else.
        if level.is_empty() || level.parse::<LevelFilter>().is_err() {
            return Err(format!(
                "{directive:?} is not a level; use off, error, warn, info, debug or trace, or module=level, separated by commas"
            ));
        }
    }
    let text: String = text.split_whitespace().collect();
    text.split(',')
        .map(|directive| match directive.split_once('=') {
            Some((module, level)) => format!("{}={level}", target(module)),
            None => directive.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(",")
        .parse()
        .map(|levels: Targets| levels.with_target(UNHEARD, LevelFilter::OFF))
        .map_err(|error| format!("{text:?} cannot be read: {error}"))
}

/// The levels in the form that [`levels`] reads.
pub(super) fn written(levels: &Targets) -> String {
    levels
        .to_string()
        .split(',')
        .filter(|directive| !directive.starts_with(UNHEARD))
        .map(|directive| match directive.split_once('=') {
            Some((target, level)) => format!("{}={level}", module(target)),
            None => directive.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(",")
}

/// Whether a line with this target is the program's own, and not a library's.
pub(super) fn is_ours(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or_default();
    root == env!("CARGO_CRATE_NAME") || FLOORS.iter().any(|(floor, _)| *floor == root)
}

/// The target that lines of the documented `module` carry.
fn target(module: &str) -> String {
    let Some(inner) = module.strip_prefix("dongbo::") else { return module.to_owned() };
    let first = inner.split("::").next().unwrap_or_default();
    FLOORS
        .iter()
        .find_map(|(floor, modules)| {
            if floor.strip_prefix("dongbo_") == Some(first) {
                Some(format!("dongbo_{inner}"))
            } else {
                modules.contains(&first).then(|| format!("{floor}::{inner}"))
            }
        })
        .unwrap_or_else(|| module.to_owned())
}

/// The documented module whose lines carry `target`.
fn module(target: &str) -> String {
    let root = target.split("::").next().unwrap_or_default();
    match FLOORS.iter().find(|(floor, _)| *floor == root) {
        Some((floor, [])) => target.replacen(floor, &floor.replacen('_', "::", 1), 1),
        Some((floor, _)) => target.replacen(floor, "dongbo", 1),
        None => target.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::{is_ours, levels, written};

    #[test]
    fn a_documented_module_is_found_in_whichever_crate_holds_it() {
        for (text, target) in [
            ("dongbo::push=debug", "dongbo_sync::push::gate"),
            ("dongbo::portal=debug", "dongbo_portal::session"),
            ("dongbo::source=debug", "dongbo_source"),
            ("dongbo::control=debug", "dongbo::control"),
            ("dongbo=debug", "dongbo_sync::push"),
        ] {
            let levels = levels(&format!("info, {text}")).unwrap();
            assert!(levels.would_enable(target, &Level::DEBUG), "{text}");
            assert!(!levels.would_enable("sqlx", &Level::DEBUG), "{text}");
            assert!(written(&levels).contains(text), "{}", written(&levels));
        }
        let sending = levels("info,dongbo::push=debug").unwrap();
        assert!(!sending.would_enable("dongbo_sync::files", &Level::DEBUG));
    }

    #[test]
    fn every_floor_is_ours_and_a_library_with_a_like_name_is_not() {
        for target in ["dongbo::cli", "dongbo_sync::push", "dongbo_ledger"] {
            assert!(is_ours(target), "{target}");
        }
        assert!(!is_ours("dongbo_like::x") && !is_ours("sqlx::query"));
    }
}
