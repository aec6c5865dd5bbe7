//! dongbo's own part of the comparison.

use std::path::Path;
use std::time::{Duration, Instant};

use dongbo_ledger::{Layer, LayerState, Ledger};

use crate::office::Office;
use crate::{Measured, process};

const MAPPING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/mapping.json-column.example.toml");

/// Measures dongbo with a ledger in a file, or in a database of the office's server.
pub(crate) async fn measure(office: &Office, shared: bool) -> Measured {
    let mut mock = process::Child::mock(&[]).await;
    send_all(office, shared, &mut mock).await
}

/// Has dongbo send every dossier of the office to this portal.
pub(crate) async fn send_all(office: &Office, shared: bool, mock: &mut process::Child) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let url = if shared { fresh_database(office).await } else { String::new() };
    let settings = dongbo_ledger::Settings {
        path: folder.path().join("ledger.sqlite"),
        url,
        ..dongbo_ledger::Settings::default()
    };
    let file = configure(office, &settings, folder.path(), &mock.url);
    // The tables are made before, as they are on every day but the first.
    Ledger::of(&settings).await.unwrap().close().await;
    let server_cpu = office.server_cpu().await;
    let began = Instant::now();
    let mut dongbo = process::Child::dongbo(&file).await;
    let mut first = None;
    let ledger = Ledger::read_only_of(&settings).await.unwrap();
    let wanted = u64::try_from(office.dossiers).unwrap();
    loop {
        let (creates, _) = process::arrived(&mock.admin_url).await;
        if creates > 0 && first.is_none() {
            first = Some(Instant::now());
        }
        if creates >= wanted {
            let overview = ledger.overview(testbed::day::start().unwrap()).await.unwrap();
            let synced = [Layer::Presence, Layer::Status]
                .map(|layer| overview.counts.of(layer).of(LayerState::Synced));
            if synced.iter().all(|synced| *synced >= wanted) {
                break;
            }
        }
        assert!(began.elapsed() < Duration::from_secs(600), "only {creates} dossiers arrived");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let all = began.elapsed();
    let drain = first.unwrap().elapsed();
    let usage = dongbo.usage();
    dongbo.stop().await;
    ledger.close().await;
    let server_cpu = office.server_cpu().await - server_cpu;
    Measured { drain, all, cpu: usage.cpu, server_cpu, peak: usage.peak }
}

async fn fresh_database(office: &Office) -> String {
    for statement in ["DROP DATABASE IF EXISTS ledger WITH (FORCE)", "CREATE DATABASE ledger"] {
        sqlx::raw_sql(statement).execute(&office.pool).await.unwrap();
    }
    let (server, _) = office.server.url().rsplit_once('/').unwrap();
    format!("{server}/ledger")
}

fn configure(office: &Office, ledger: &dongbo_ledger::Settings, folder: &Path, portal: &str) -> String {
    let password = folder.join("password");
    std::fs::write(&password, "dongbo").unwrap();
    let ledger = if ledger.url.is_empty() {
        format!("path = \"{}\"", ledger.path.display())
    } else {
        format!("url = \"{}\"", ledger.url)
    };
    let text = format!(
        "[source]\nurl = \"{}\"\nmapping = \"{MAPPING}\"\n[ledger]\n{ledger}\n\
         [portal]\nadapter_url = \"{portal}\"\ndstcode = \"VN:GOV:G22:DVC\"\nunit_code = \"H48\"\n\
         username = \"dongbo\"\npassword_file = \"{}\"\nbatch_size = 1\n\
         [push]\ncalls_per_second = 0\nmax_concurrency = 32\nverify_share = 0.0\n\
         [http]\nlisten = \"127.0.0.1:0\"\n[console]\nlisten = \"\"\n[log]\nlevel = \"error\"\n",
        office.server.url(),
        password.display(),
    );
    let file = folder.join("dongbo.toml");
    std::fs::write(&file, text).unwrap();
    file.display().to_string()
}
