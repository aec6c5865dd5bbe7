//! The local system of the comparison, and the bodies that dongbo makes of its dossiers.

use std::time::Duration;

use sqlx::PgPool;
use testbed::servers::PrivatePostgres;

use crate::{dongbo_run, process};

/// A PostgreSQL with dossiers as ready JSON documents, and each one's body as it is sent.
pub(crate) struct Office {
    pub(crate) server: PrivatePostgres,
    pub(crate) pool: PgPool,
    pub(crate) dossiers: usize,
}

impl Office {
    pub(crate) async fn open(dossiers: usize) -> Self {
        let server = PrivatePostgres::start_durable().unwrap();
        let db = testbed::Db::postgres(server.url()).await.unwrap();
        let config = testbed::onestop::SimConfig::default();
        let mut simulator = testbed::onestop::Simulator::create(db, config).await.unwrap();
        simulator.create_year(testbed::day::start().unwrap(), dossiers).await.unwrap();
        let pool = PgPool::connect(server.url()).await.unwrap();
        sqlx::raw_sql(include_str!("../../tests/data/ho_so_json.sql")).execute(&pool).await.unwrap();
        // Without steps each dossier is one call.
        let one_call = "UPDATE ho_so_json SET noi_dung = noi_dung - 'steps' - 'supplements' - 'papers';
            CREATE TABLE body (id bigserial PRIMARY KEY, body text NOT NULL); VACUUM ANALYZE";
        for statement in one_call.split(';') {
            sqlx::raw_sql(statement).execute(&pool).await.unwrap();
        }
        let office = Self { server, pool, dossiers };
        office.record().await;
        office
    }

    /// Keeps the bodies that dongbo sends, for the others to send.
    async fn record(&self) {
        let mut mock = process::Child::mock(&["bodies"]).await;
        dongbo_run::send_all(self, false, &mut mock).await;
        let bodies: Vec<String> =
            process::bodies(&mock.admin_url).await.into_iter().map(|(_, body)| body).collect();
        assert_eq!(bodies.len(), self.dossiers, "each dossier is one call");
        let insert = "INSERT INTO body (body) SELECT * FROM unnest($1::text[])";
        sqlx::query(insert).bind(bodies).execute(&self.pool).await.unwrap();
        sqlx::raw_sql("VACUUM ANALYZE body").execute(&self.pool).await.unwrap();
    }

    /// Writes the session of a log-in at this portal into every body.
    pub(crate) async fn log_in(&self, portal: &str) {
        let login = reqwest::Client::new()
            .post(format!("{portal}/auth"))
            .header("content-type", "application/json; charset=utf-8")
            .header("dstcode", "VN:GOV:G22:DVC")
            .body(r#"{"username":"dongbo","password":"dongbo"}"#);
        let answer = login.send().await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "an answer of our own portal")]
        let told = answer.bytes().await.unwrap();
        let told: serde_json::Value = serde_json::from_slice(&told).unwrap();
        let session = told["session"].as_str().unwrap();
        let known: String =
            sqlx::query_scalar("SELECT body FROM body LIMIT 1").fetch_one(&self.pool).await.unwrap();
        let known: serde_json::Value = serde_json::from_str(&known).unwrap();
        let replace = "UPDATE body SET body = replace(body, $1, $2)";
        sqlx::query(replace)
            .bind(known["session"].as_str().unwrap())
            .bind(session)
            .execute(&self.pool)
            .await
            .unwrap();
        sqlx::raw_sql("VACUUM ANALYZE body").execute(&self.pool).await.unwrap();
        sqlx::raw_sql("CHECKPOINT").execute(&self.pool).await.unwrap();
    }

    /// The CPU time of all processes of PostgreSQL so far, in the system's ticks of 10 ms.
    pub(crate) async fn server_cpu(&self) -> Duration {
        let folder: String = sqlx::query_scalar("SHOW data_directory").fetch_one(&self.pool).await.unwrap();
        let pid_file = std::fs::read_to_string(format!("{folder}/postmaster.pid")).unwrap();
        let postmaster = pid_file.lines().next().unwrap().trim().to_owned();
        let mut ticks = 0;
        for entry in std::fs::read_dir("/proc").unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap_or_default();
            let Ok(stat) = std::fs::read_to_string(format!("/proc/{name}/stat")) else { continue };
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            let number = |place: usize| fields[place].parse::<u64>().unwrap_or(0);
            if name == postmaster {
                // Its own, and that of those that have ended.
                ticks += number(11) + number(12) + number(13) + number(14);
            } else if fields.get(1) == Some(&postmaster.as_str()) {
                ticks += number(11) + number(12);
            }
        }
        Duration::from_millis(ticks * 10)
    }
}
