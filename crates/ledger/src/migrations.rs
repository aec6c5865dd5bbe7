//! The migrations that bring the ledger's tables to this version: the same steps for both engines, one file of `migrations/` each.

use std::sync::LazyLock;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// A step: its number, its file's name, and what the file holds.
type Step = (i64, &'static str, &'static str);

macro_rules! steps {
    ($($version:literal $name:literal),+ $(,)?) => {
        const SQLITE_STEPS: &[Step] =
            &[$(($version, $name, include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")))),+];
        const POSTGRES_STEPS: &[Step] =
            &[$(($version, $name, include_str!(concat!("../../../migrations/postgres/", $name, ".sql")))),+];
    };
}

steps! {
    1 "0001_ledger",
    2 "0002_files",
    3 "0003_portal_id",
    4 "0004_catalogue",
    5 "0005_reconciliation",
    6 "0006_counted_results",
    7 "0007_history",
    8 "0008_catalogue_codes",
    9 "0009_listed",
    10 "0010_file_trouble",
    11 "0011_rounds",
    12 "0012_confirmations",
    13 "0013_confirmed_again",
    15 "0015_tallies",
    16 "0016_keyed_hashes",
    18 "0018_delays_and_resends",
    19 "0019_sources",
    20 "0020_facts",
    21 "0021_publications",
    22 "0022_entered",
    23 "0023_list",
    30 "0030_source_modes",
    32 "0032_delays_by_source",
    40 "0040_audit",
    41 "0041_owner_store",
    42 "0042_received",
    43 "0043_spelt_codes",
    44 "0044_last_end",
}

/// Those of SQLite.
pub(crate) static SQLITE: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE_STEPS));
/// Those of PostgreSQL.
pub(crate) static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES_STEPS));

fn migrator(steps: &[Step]) -> Migrator {
    let step = |&(version, name, sql): &Step| {
        let said = name.split_once('_').map_or(name, |(_, said)| said).replace('_', " ");
        Migration::new(version, said.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.iter().map(step).collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{POSTGRES_STEPS, SQLITE_STEPS, Step};

    #[test]
    fn every_file_is_a_step_by_its_number() {
        for (engine, steps) in [("sqlite", SQLITE_STEPS), ("postgres", POSTGRES_STEPS)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
            let mut files: Vec<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort_unstable();
            let named = |(version, name, _): &Step| {
                assert!(name.starts_with(&format!("{version:04}_")), "{version} is {name}");
                format!("{name}.sql")
            };
            let named: Vec<String> = steps.iter().map(named).collect();
            assert_eq!(named, files, "{engine}");
        }
    }
}
