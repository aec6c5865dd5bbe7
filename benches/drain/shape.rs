//! The shapes of work that are measured.

use std::path::Path;

use testbed::Db;

/// One way to read and to send.
pub struct Shape {
    pub name: &'static str,
    /// The least ratio to the bare client that is to be reached.
    pub goal: f64,
    batch_size: usize,
    mapping: &'static str,
}

const RELATIONAL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/mapping.example.toml");
const JSON_COLUMN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/mapping.json-column.example.toml");

pub const SHAPES: [Shape; 3] = [
    Shape { name: "relational, batch 1", goal: 0.38, batch_size: 1, mapping: RELATIONAL },
    Shape { name: "JSON column, batch 1", goal: 0.55, batch_size: 1, mapping: JSON_COLUMN },
    Shape { name: "JSON column, batch 50", goal: 0.45, batch_size: 50, mapping: JSON_COLUMN },
];

impl Shape {
    /// Writes the configuration into `folder` and returns its path.
    pub fn configure(&self, folder: &Path, source: &str, portal: &str) -> String {
        let password = folder.join("password");
        std::fs::write(&password, "dongbo").unwrap();
        let text = format!(
            "[source]\nurl = \"{source}\"\nmapping = \"{}\"\n[ledger]\npath = \"{}\"\n\
             [portal]\nadapter_url = \"{portal}\"\ndstcode = \"VN:GOV:G22:DVC\"\nunit_code = \"H48\"\n\
             username = \"dongbo\"\npassword_file = \"{}\"\nbatch_size = {}\n\
             [push]\ncalls_per_second = 0\nmax_concurrency = 32\nverify_share = 0.0\n\
             [http]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n[log]\nlevel = \"error\"\n",
            self.mapping,
            folder.join("ledger.sqlite").display(),
            password.display(),
            self.batch_size
        );
        let file = folder.join("dongbo.toml");
        std::fs::write(&file, text).unwrap();
        file.display().to_string()
    }
}

/// Writes every dossier as one JSON document as well.
pub async fn fill_json_column(db: &Db) {
    let Db::Postgres(pool) = db else { return };
    let sql = include_str!("../../tests/data/ho_so_json.sql");
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
    // A database that has been in use for a while knows its own statistics; a fresh one guesses its plans.
    sqlx::raw_sql("ANALYZE").execute(pool).await.unwrap();
}

/// The number of steps in the local database.
pub async fn steps(source: &str) -> u64 {
    let pool = sqlx::PgPool::connect(source).await.unwrap();
    let steps: i64 = sqlx::query_scalar("SELECT count(*) FROM qua_trinh").fetch_one(&pool).await.unwrap();
    pool.close().await;
    steps.unsigned_abs()
}
