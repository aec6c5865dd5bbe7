//! A PostgreSQL server of our own, in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use super::process::{as_user, lasting_port, output, random_hex, reaper, run, unprivileged};
use crate::Error;

/// Not waiting for the disk.
const QUICK: &str = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off";

/// A private server, stopped and removed when dropped, and also when the process dies.
#[derive(Debug)]
pub struct PrivatePostgres {
    url: String,
    address: String,
    password: String,
    dir: PathBuf,
    programs: Programs,
    /// The settings besides its folder and address.
    settings: String,
    /// The options of every start.
    options: String,
    reaper: Child,
}

impl PrivatePostgres {
    /// Starts a server that does not wait for the disk: right for tests, which never cut the power.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Result<Self, Error> {
        Self::launch(QUICK)
    }

    /// Starts a server with the durability of production: for measurements.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start_durable() -> Result<Self, Error> {
        Self::launch("-c shared_buffers=512MB")
    }

    /// Starts a server that keeps what it has acknowledged when it is killed, but not when the power is cut.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start_killable() -> Result<Self, Error> {
        Self::launch("-c fsync=off")
    }

    /// Kills the server with all its processes, by SIGKILL.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&self) -> Result<(), Error> {
        let file = self.dir.join("data/postmaster.pid");
        let text = fs::read_to_string(&file).map_err(Error::io("read postmaster.pid"))?;
        let server = text.lines().next().unwrap_or_default().trim().to_owned();
        // Afterwards they have another parent. Stopped, it starts no more of them meanwhile.
        run(Command::new("kill").args(["-STOP", &server]))?;
        let children = children(&server);
        run(Command::new("kill").args(["-KILL", &server]))?;
        for child in &children {
            // It may have seen its parent's end and gone by itself.
            drop(run(Command::new("kill").args(["-KILL", child])));
        }
        while children.iter().chain([&server]).any(|pid| lives(pid)) {
            std::thread::sleep(Duration::from_millis(2));
        }
        // Where nobody buries the dead, the server would take its own remains for another one that runs.
        fs::remove_file(file).map_err(Error::io("remove postmaster.pid"))
    }

    /// Starts the server again, with the data that it had.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_again(&self) -> Result<(), Error> {
        let mut start = self.programs.command("pg_ctl");
        // `-w` returns when the server answers connections.
        start.args(["start", "-w", "-t", "60", "-s", "-D"]).arg(self.dir.join("data"));
        let log = self.dir.join("log");
        run(start.arg("-l").arg(&log).arg("-o").arg(&self.options)).map_err(|error| {
            let said = fs::read_to_string(log).unwrap_or_default();
            let last: Vec<&str> = said.lines().rev().take(5).collect();
            Error::Unsupported(format!("{error}; its log ends with (last line first) {}", last.join(" | ")))
        })
    }

    /// URL of the database `postgres` on this server, as superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Shuts the server down as an operator does: sessions are ended, all is written.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Result<(), Error> {
        self.end("fast")
    }

    /// Ends the server as a crash does: no session is notified, and the next start has to recover.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn crash(&self) -> Result<(), Error> {
        self.end("immediate")
    }

    /// A second server on a copy of the data, with a port of its own: what a failover finds when it goes over to a
    /// server that is behind. This one must be stopped.
    ///
    /// # Errors
    /// When the copy cannot be made or does not start.
    pub fn copy(&self) -> Result<Self, Error> {
        Self::make(&self.settings, self.password.clone(), |programs, data, _| {
            let mut copy = Command::new("cp");
            run(copy.arg("-a").arg(self.dir.join("data")).arg(data))?;
            programs.user.map_or(Ok(()), |user| run(Command::new("chown").arg("-R").arg(user).arg(data)))
        })
    }

    fn end(&self, mode: &str) -> Result<(), Error> {
        let mut stop = self.programs.command("pg_ctl");
        run(stop.args(["stop", "-w", "-s", "-m", mode, "-D"]).arg(self.dir.join("data")))
    }

    fn launch(settings: &str) -> Result<Self, Error> {
        Self::make(settings, random_hex()?, |programs, data, password_file| {
            // The password keeps other users of the machine out; sent in the clear, since hashing it for each
            // connection is slow in a debug build and nobody listens on the loopback.
            let mut initdb = programs.command("initdb");
            initdb.args([
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
                "--username=postgres",
                "--auth=password",
            ]);
            run(initdb.arg("--pwfile").arg(password_file).arg("-D").arg(data))
        })
    }

    /// Starts a server on the data that `fill` puts into the directory it is given, with the file of the password.
    fn make(
        settings: &str,
        password: String,
        fill: impl FnOnce(&Programs, &Path, &Path) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let programs = Programs::find()?;
        let home = tempfile::Builder::new()
            .prefix("dongbo-pg-")
            .tempdir_in("/tmp") // The user that runs PostgreSQL may not be able to enter TMPDIR.
            .map_err(Error::io("make a directory for PostgreSQL"))?;
        let dir = home.path();
        let data = dir.join("data");
        let password_file = dir.join("password");
        fs::write(&password_file, &password).map_err(Error::io("write the password file"))?;
        if let Some(user) = programs.user {
            run(Command::new("chown").arg("-R").arg(user).arg(dir))?;
        }
        fill(&programs, &data, &password_file)?;

        let mut stop = programs.command("pg_ctl");
        stop.args(["stop", "-w", "-s", "-m", "fast", "-D"]).arg(&data);
        let address = format!("127.0.0.1:{}", lasting_port()?);
        let port = address.rsplit(':').next().unwrap_or_default();
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories= -c max_connections=200 {settings}"
        );
        let server = Self {
            url: format!("postgres://postgres:{password}@{address}/postgres"),
            address,
            password,
            programs,
            settings: settings.to_owned(),
            options,
            // Before the server, so that no instant is left in which our death would leave it running.
            reaper: reaper(dir, &stop)?,
            dir: home.keep(), // From here on the reaper removes it.
        };
        server.start_again()?;
        Ok(server)
    }
}

/// The processes whose parent is `server`.
fn children(server: &str) -> Vec<String> {
    let is_child = |stat: &str| {
        // The name before the parenthesis that closes may hold anything.
        stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)) == Some(server)
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = processes.filter_map(|process| process.file_name().into_string().ok());
    named
        .filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| is_child(&stat)))
        .collect()
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        // Nothing can be done about a failure here, and the next run does not depend on it.
        let _ = self.reaper.wait();
    }
}

/// Whether the process is there and not dead.
fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// The folder of PostgreSQL's programs, and the user that may run them.
#[derive(Debug)]
struct Programs {
    dir: PathBuf,
    /// Another user, when we are root: PostgreSQL refuses to run as root.
    user: Option<&'static str>,
}

impl Programs {
    fn find() -> Result<Self, Error> {
        let user = unprivileged("postgres")?;
        let named =
            output(Command::new("pg_config").arg("--bindir")).map(|dir| PathBuf::from(dir.trim())).ok();
        let mut installed: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|version| version.path().join("bin"))
            .collect();
        installed.sort();
        named
            .into_iter()
            .chain(installed.into_iter().rev())
            .find(|dir| dir.join("initdb").exists() && dir.join("pg_ctl").exists())
            .map(|dir| Self { dir, user })
            .ok_or_else(|| Error::Unsupported("PostgreSQL's initdb and pg_ctl are not installed".to_owned()))
    }

    fn command(&self, program: &str) -> Command {
        let path = self.dir.join(program);
        as_user(self.user, &path)
    }
}
