//! Those that a user would pick instead: how each is installed, started and measured.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::office::Office;
use crate::{Measured, process};
use support::usage;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/entrants");

/// One peer: its packages with their versions, and the program that uses them.
pub(crate) struct Entrant {
    pub(crate) name: &'static str,
    kind: Kind,
    packages: &'static [&'static str],
    script: &'static str,
}

#[derive(Clone, Copy)]
enum Kind {
    Npm,
    Pip,
    Crate,
}

pub(crate) const ENTRANTS: [Entrant; 5] = [
    Entrant {
        name: "graphile-worker 0.17.3",
        kind: Kind::Npm,
        packages: &["graphile-worker@0.17.3", "pg@8.16.3", "undici@6.22.0"],
        script: "graphile.mjs",
    },
    Entrant {
        name: "pg-boss 10.4.2",
        kind: Kind::Npm,
        packages: &["pg-boss@10.4.2", "pg@8.16.3", "undici@6.22.0"],
        script: "pgboss.mjs",
    },
    Entrant { name: "apalis 1.0.0", kind: Kind::Crate, packages: &[], script: "apalis" },
    Entrant {
        name: "dlt 1.31.0",
        kind: Kind::Pip,
        packages: &["dlt==1.31.0", "psycopg[binary]==3.3.9", "requests==2.34.2"],
        script: "dlt_entrant.py",
    },
    Entrant {
        name: "sequential script",
        kind: Kind::Pip,
        packages: &["psycopg[binary]==3.3.9", "requests==2.34.2"],
        script: "script.py",
    },
];

/// A peer that is ready to work.
pub(crate) struct Installed {
    program: PathBuf,
    arguments: Vec<PathBuf>,
    folder: PathBuf,
}

impl Entrant {
    /// Installs it into a folder of its own below `folder`; `None` when that does not succeed, with the reason on standard error.
    pub(crate) fn install(&self, folder: &Path) -> Option<Installed> {
        let folder = folder.join(self.script.replace('.', "_"));
        std::fs::create_dir_all(&folder).unwrap();
        let script = Path::new(SCRIPTS).join(self.script);
        let own = folder.join(self.script);
        let (program, arguments) = match self.kind {
            Kind::Npm => {
                run(Command::new("npm")
                    .args(["install", "--silent", "--prefix"])
                    .arg(&folder)
                    .args(self.packages))?;
                std::fs::copy(script, &own).unwrap();
                ("node".into(), vec![own])
            }
            Kind::Pip => {
                run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
                let python = folder.join("bin/python");
                run(Command::new(&python).args(["-m", "pip", "install", "-q"]).args(self.packages))?;
                (python, vec![script])
            }
            Kind::Crate => {
                run(Command::new("cargo")
                    .args(["build", "--release", "--quiet", "--manifest-path"])
                    .arg(script.join("Cargo.toml"))
                    .arg("--target-dir")
                    .arg(&folder))?;
                (folder.join("release/apalis-entrant"), Vec::new())
            }
        };
        Some(Installed { program, arguments, folder })
    }
}

/// Whether it ended well.
fn run(command: &mut Command) -> Option<()> {
    let status = command.as_std_mut().stdout(Stdio::null()).status().ok()?;
    status.success().then_some(())
}

impl Installed {
    /// Enrols every body of the office, and then has all of them sent.
    pub(crate) async fn measure(&self, office: &Office) -> Measured {
        let mock = process::Child::mock(&[]).await;
        office.log_in(&mock.url).await;
        let server_cpu = office.server_cpu().await;
        let mut enrolling = self.start("enrol", office, &mock.url);
        let line = said(&mut enrolling).await;
        let seconds: f64 = line.strip_prefix("enrolled ").unwrap().trim().parse().unwrap();
        let enrolment = Duration::from_secs_f64(seconds);
        let enrolling_cpu = usage::of_process(enrolling.id().unwrap()).cpu;
        let_go(enrolling).await;

        let mut working = self.start("work", office, &mock.url);
        let first = async {
            while process::arrived(&mock.admin_url).await.0 == 0 {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Instant::now()
        };
        let (first, line) = tokio::join!(first, said(&mut working));
        let drain = first.elapsed();
        assert_eq!(line.trim(), "done");
        let used = usage::of_process(working.id().unwrap());
        let_go(working).await;
        let (creates, _) = process::arrived(&mock.admin_url).await;
        assert_eq!(creates, u64::try_from(office.dossiers).unwrap(), "every dossier has arrived, once");
        let server_cpu = office.server_cpu().await - server_cpu;
        self.clear(office).await;
        Measured { drain, all: enrolment + drain, cpu: enrolling_cpu + used.cpu, server_cpu, peak: used.peak }
    }

    fn start(&self, act: &str, office: &Office, portal: &str) -> Child {
        Command::new(&self.program)
            .args(&self.arguments)
            .arg(act)
            .env("DATABASE_URL", office.server.url())
            .env("PORTAL_URL", portal)
            .env("ENTRANT_FOLDER", self.folder.join("kept"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    /// Takes away what it left in the database and in its folder, so that the next round begins like the first.
    async fn clear(&self, office: &Office) {
        for left in [
            "SCHEMA IF EXISTS graphile_worker",
            "SCHEMA IF EXISTS pgboss",
            "SCHEMA IF EXISTS apalis",
            "TABLE IF EXISTS _sqlx_migrations",
        ] {
            let drop_it = sqlx::AssertSqlSafe(format!("DROP {left} CASCADE"));
            sqlx::raw_sql(drop_it).execute(&office.pool).await.unwrap();
        }
        // It has made none when it has nothing to keep.
        let _ = std::fs::remove_dir_all(self.folder.join("kept"));
    }
}

/// Lets it end, as it does when its use of the machine has been read.
async fn let_go(mut child: Child) {
    child.stdin.take().unwrap().write_all(b"\n").await.unwrap();
    child.wait().await.unwrap();
}

/// The next line that it says.
async fn said(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    line
}
