//! Nothing is written by way of a mapping, whatever its SQL says.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use dongbo_source::{Mapping, SourceError};
use sqlx::postgres::PgListener;
use testbed::Db;

use crate::support::{Site, after, code, example, open, whole};

/// How a hostile text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The mapping is not taken, so that no engine ever sees the text.
    NotTaken,
    /// The database refuses it, as `check` tells.
    Refused,
    /// It runs, and nothing of it stays.
    Undone,
}

/// The example with `sql` as the query for fees.
fn mapping(engine: &str, sql: &str) -> Result<Mapping, dongbo_source::MappingError> {
    let mut file: toml::Table = example().parse().unwrap();
    file["fees"].as_table_mut().unwrap().insert(engine.to_owned(), sql.into());
    Mapping::parse(&toml::to_string(&file).unwrap(), "hostile.toml")
}

/// Tries a text as a mapping would be: taken, proved, and read with.
async fn tried(site: &Site, engine: &str, sql: &str) -> End {
    let mapping = match mapping(engine, sql) {
        Ok(mapping) => mapping,
        Err(refused) => {
            assert!(refused.to_string().contains(&format!("[fees].{engine}: ")), "{sql}: {refused}");
            return End::NotTaken;
        }
    };
    let clock = dongbo_model::clock::Clock::manual(after(3_600));
    let source = dongbo_source::Source::open(&site.config, mapping, clock).unwrap();
    let proved = match source.probe().await.unwrap_err() {
        SourceError::Several(all) => all,
        one => vec![one],
    };
    drop(source.read(&[code("H48.60.01-250901-000001")]).await);
    // That it gives other columns than those of a fee is told of all of them.
    let of_columns = |error: &SourceError| {
        matches!(error, SourceError::MissingColumn { .. } | SourceError::UnknownColumn { .. })
            || matches!(error, SourceError::ColumnType { .. })
    };
    if proved.iter().all(of_columns) { End::Undone } else { End::Refused }
}

#[tokio::test]
async fn no_text_of_a_mapping_writes_to_an_sqlite_file_or_copies_it() {
    let mut site = Site::on_sqlite(61).await;
    site.simulator.create_year(after(0), 20).await.unwrap();
    let folder = Path::new(&site.config.url).parent().unwrap().to_owned();
    let files = || -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
        let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
        // The index of the log is shared memory, which readers write to as well.
        named
            .filter(|(name, _)| !name.ends_with("-shm"))
            .map(|(name, path)| (name, std::fs::read(path).unwrap()))
            .collect()
    };
    let before = files();
    let codes = "SELECT value FROM json_each(:codes)";
    for (sql, end) in [
        ("{codes}; PRAGMA query_only=off; VACUUM INTO '{copy}'", End::NotTaken),
        ("PRAGMA query_only=off; {codes}", End::NotTaken),
        ("VACUUM INTO coalesce(({codes}), '{copy}')", End::NotTaken),
        ("{codes}; ATTACH '{copy}' AS ban_sao; CREATE TABLE ban_sao.t AS SELECT * FROM ho_so", End::NotTaken),
        ("ATTACH '{copy}' AS ban_sao; {codes}", End::NotTaken),
        ("DELETE FROM le_phi WHERE ho_so_id NOT IN ({codes})", End::NotTaken),
        ("{codes}; COMMIT; PRAGMA query_only=off; PRAGMA user_version=7", End::NotTaken),
        ("{codes} /* /* */; PRAGMA locking_mode=exclusive; SELECT 1 /* */ /* */", End::NotTaken),
        ("WITH a AS ({codes}) DELETE FROM le_phi WHERE ho_so_id NOT IN (SELECT value FROM a)", End::Refused),
        ("WITH a AS ({codes}) INSERT INTO le_phi SELECT * FROM le_phi WHERE id NOT IN a", End::Refused),
        ("SELECT load_extension('{copy}') FROM (SELECT 1) WHERE 1 NOT IN ({codes})", End::Refused),
        ("SELECT * FROM pragma_user_version(7) WHERE 1 NOT IN ({codes})", End::Refused),
        ("SELECT query_only FROM pragma_query_only WHERE 1 NOT IN ({codes})", End::Undone),
    ] {
        let copy = folder.join("ban_sao.db");
        let text = sql.replace("{codes}", codes).replace("{copy}", copy.to_str().unwrap());
        assert_eq!(tried(&site, "sqlite", &text).await, end, "{sql}");
        assert!(files() == before, "{sql}: files were changed");
    }
}

/// What there is in the database, as far as the texts below would change it.
async fn state(site: &Site) -> Vec<i64> {
    let Db::Postgres(pool) = site.simulator.db() else { panic!("a server") };
    let counts = "SELECT ARRAY[(SELECT count(*) FROM ho_so), (SELECT count(*) FROM le_phi), (SELECT count(*) FROM pg_class), \
                  (SELECT count(*) FROM pg_largeobject_metadata), (SELECT sum(last_value)::bigint FROM pg_sequences)]";
    sqlx::query_scalar(counts).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn no_text_of_a_mapping_writes_to_postgresql() {
    let mut site = Site::on_postgres(62).await;
    site.simulator.create_year(after(0), 20).await.unwrap();
    site.execute("CREATE SEQUENCE so_phieu").await;
    site.execute("SELECT nextval('so_phieu')").await;
    site.execute(
        "CREATE FUNCTION xoa() RETURNS text LANGUAGE plpgsql AS \
         'BEGIN DELETE FROM le_phi; RETURN ''x''; END'",
    )
    .await;
    let Db::Postgres(pool) = site.simulator.db() else { panic!("a server") };
    let mut listener = PgListener::connect_with(pool).await.unwrap();
    listener.listen("doi").await.unwrap();
    let before = state(&site).await;
    for (sql, end) in [
        ("SELECT 'x' WHERE {none}; DELETE FROM le_phi", End::NotTaken),
        ("SELECT 'x' WHERE {none}; COMMIT; DELETE FROM le_phi", End::NotTaken),
        ("COPY (SELECT 'x' WHERE {none}) TO PROGRAM 'true'", End::NotTaken),
        ("DELETE FROM le_phi WHERE {none}", End::NotTaken),
        ("EXPLAIN ANALYZE DELETE FROM le_phi WHERE {none}", End::NotTaken),
        // The server's reading of a quote may be another than ours; it takes one statement a text then.
        ("SELECT E'\\\\' WHERE {none}; DELETE FROM le_phi", End::NotTaken),
        ("WITH gone AS (DELETE FROM le_phi RETURNING 'x') SELECT * FROM gone WHERE {none}", End::Refused),
        ("WITH gone AS (SELECT 1 WHERE {none}) DELETE FROM le_phi", End::Refused),
        ("SELECT xoa() WHERE {none}", End::Refused),
        (
            "WITH s AS MATERIALIZED (SELECT set_config('transaction_read_only', 'off', true)) \
             SELECT xoa() FROM s WHERE {none}",
            End::Refused,
        ),
        ("SELECT nextval('so_phieu') WHERE {none}", End::Refused),
        ("SELECT 'x' AS x INTO ban_sao WHERE {none}", End::Refused),
        ("SELECT * FROM le_phi WHERE {none} FOR UPDATE", End::Refused),
        ("SELECT pg_notify('doi', 'x') WHERE {none}", End::Undone),
        ("SELECT set_config('statement_timeout', '0', false) WHERE {none}", End::Undone),
    ] {
        let text = sql.replace("{none}", "'x' <> ALL(CAST(:codes AS text[]))");
        let tried = tried(&site, "postgres", &text).await;
        // What cannot be described, as a function without a value, is told as a column that cannot be read.
        assert_eq!(tried, end, "{sql}");
        assert_eq!(state(&site).await, before, "{sql}");
    }
    // The server refuses it from version 16 on, and lets everybody do it before.
    tried(&site, "postgres", "SELECT lo_create(4711) WHERE 'x' <> ALL(CAST(:codes AS text[]))").await;
    assert_eq!(state(&site).await, before, "a large object stayed");
    site.execute("NOTIFY doi, 'last'").await;
    let told = tokio::time::timeout(Duration::from_secs(30), listener.recv()).await.unwrap().unwrap();
    assert_eq!(told.payload(), "last", "a mapping notified somebody");
}

#[tokio::test]
async fn what_a_mapping_sets_is_forgotten_with_its_reading() {
    let mut site = Site::on_postgres(63).await;
    site.simulator.create_year(after(0), 1).await.unwrap();
    let Db::Postgres(pool) = site.simulator.db() else { panic!("a server") };
    let first: String = sqlx::query_scalar("SELECT ma_ho_so FROM ho_so").fetch_one(pool).await.unwrap();
    let counts =
        "set_config('mot_cua.lan', concat(current_setting('mot_cua.lan', true), 'x'), false) AS note";
    let text = example().replace("ghi_chu AS note", counts);
    site.config.max_connections = 1;
    let source = open(&site.config, &text);
    for _ in 0..3 {
        let read = source.read(&[code(&first)]).await.unwrap();
        assert_eq!(whole(&read[0]).note.as_str(), "x");
    }
}

#[tokio::test]
async fn a_mapping_that_writes_is_told_by_its_query() {
    let site = Site::on_postgres(64).await;
    let mapping = mapping(
        "postgres",
        "WITH gone AS (DELETE FROM ho_so RETURNING ma_ho_so) SELECT ma_ho_so FROM gone WHERE ma_ho_so = ANY(:codes)",
    );
    let clock = dongbo_model::clock::Clock::manual(after(3_600));
    let source = dongbo_source::Source::open(&site.config, mapping.unwrap(), clock).unwrap();
    let SourceError::Several(all) = source.probe().await.unwrap_err() else { panic!("several") };
    assert!(all.contains(&SourceError::Writes { query: "fees".to_owned() }), "{all:?}");
}

#[tokio::test]
async fn rights_beyond_reading_are_known() {
    let mut site = Site::on_postgres(65).await;
    assert!(site.source().write_rights().await.unwrap().is_superuser);
    let url = site.config.url.clone();
    let database = url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    let role = format!("chi_doc_{database}");
    site.execute(&format!("CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")).await;
    site.config.url = format!("{url}{}options[role]={role}", if url.contains('?') { '&' } else { '?' });
    assert!(site.source().write_rights().await.unwrap().is_none());
    site.source().probe().await.unwrap();
    site.execute(&format!("GRANT DELETE ON le_phi TO {role}")).await;
    let rights = site.source().write_rights().await.unwrap();
    assert_eq!((rights.is_superuser, rights.tables, rights.named), (false, 1, vec!["le_phi".to_owned()]));
    site.execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}
