//! A MariaDB server of our own, in a temporary directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::process::{as_user, lasting_port, random_hex, reaper, run, unprivileged};
use crate::Error;
use crate::certified::Certified;

/// Not waiting for the disk.
const QUICK: [&str; 3] =
    ["--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync", "--innodb-doublewrite=0"];
/// The time that it has to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A private server, stopped and removed when dropped, and also when the process dies.
#[derive(Debug)]
pub struct PrivateMariadb {
    url: String,
    address: String,
    dir: PathBuf,
    user: Option<&'static str>,
    /// The options of every start.
    options: Vec<String>,
    reaper: Child,
}

impl PrivateMariadb {
    /// Starts a server that does not wait for the disk: right for tests, which never cut the power.
    ///
    /// # Errors
    /// When MariaDB is not installed or does not start.
    pub fn start() -> Result<Self, Error> {
        Self::launch(None)
    }

    /// Starts a server that encrypts, with a certificate for `name`; gives the authority of it too, in PEM form.
    ///
    /// # Errors
    /// When MariaDB is not installed or does not start.
    pub fn start_with_tls(name: &str) -> Result<(Self, String), Error> {
        let certified = Certified::named(name).map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok((Self::launch(Some(&certified))?, certified.authority))
    }

    /// URL of the server as its administrator, without a database.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts the server on its data, and waits until it listens.
    fn run(&self) -> Result<(), Error> {
        let log = fs::File::create(self.dir.join("log")).map_err(Error::io("make the log"))?;
        let mut server = as_user(self.user, &program("mariadbd")?)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(Error::io("start mariadbd"))?;
        let begun = Instant::now();
        while std::net::TcpStream::connect(&self.address).is_err() {
            let ended = server.try_wait().map_err(Error::io("wait for mariadbd"))?;
            if ended.is_some() || begun.elapsed() > PATIENCE {
                let said = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
                let last: Vec<&str> = said.lines().rev().take(5).collect();
                let last = last.join(" | ");
                return Err(Error::Unsupported(format!(
                    "mariadbd does not start; its log ends with (last line first) {last}"
                )));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // Whoever starts it buries it.
        std::thread::spawn(move || server.wait());
        Ok(())
    }

    fn launch(certified: Option<&Certified>) -> Result<Self, Error> {
        let user = unprivileged("mysql")?;
        let home = tempfile::Builder::new()
            .prefix("dongbo-my-")
            .tempdir_in("/tmp") // The user that runs MariaDB may not be able to enter TMPDIR.
            .map_err(Error::io("make a directory for MariaDB"))?;
        let dir = home.path();
        let password = random_hex()?;
        // The password keeps other users of the machine out, and nobody else is let in.
        let first = format!(
            "CREATE USER IF NOT EXISTS testbed@'127.0.0.1' IDENTIFIED BY '{password}';\n\
             GRANT ALL PRIVILEGES ON *.* TO testbed@'127.0.0.1' WITH GRANT OPTION;\n\
             DELETE FROM mysql.global_priv WHERE User = 'root';\nFLUSH PRIVILEGES;\n"
        );
        fs::write(dir.join("first.sql"), first).map_err(Error::io("write the first statements"))?;
        if let Some(Certified { certificate, key, .. }) = certified {
            fs::write(dir.join("cert.pem"), certificate.pem()).map_err(Error::io("write the certificate"))?;
            fs::write(dir.join("key.pem"), key.serialize_pem()).map_err(Error::io("write the key"))?;
        }
        if let Some(user) = user {
            run(Command::new("chown").arg("-R").arg(user).arg(dir))?;
        }
        let data = dir.join("data");
        let named = |option: &str, path: &Path| format!("--{option}={}", path.display());
        let mut install = as_user(user, &program("mariadb-install-db")?);
        install.args(["--no-defaults", "--skip-test-db", "--skip-name-resolve"]);
        install.args(["--auth-root-authentication-method=normal", "--innodb-flush-method=nosync"]);
        // A server that starts takes away what others left in the folder of temporary tables, also of those that still run there.
        let temporary = named("tmpdir", dir);
        run(install.arg(named("datadir", &data)).arg(&temporary))?;
        let address = format!("127.0.0.1:{}", lasting_port()?);
        let port = address.rsplit(':').next().unwrap_or_default();
        let mut options = vec![
            "--no-defaults".to_owned(),
            named("datadir", &data),
            temporary,
            named("socket", &dir.join("socket")),
            named("pid-file", &dir.join("pid")),
            named("init-file", &dir.join("first.sql")),
            format!("--port={port}"),
        ];
        let fixed = ["--bind-address=127.0.0.1", "--skip-name-resolve", "--max-connections=200"];
        options.extend(fixed.iter().chain(&QUICK).map(|option| (*option).to_owned()));
        if certified.is_some() {
            options
                .extend([named("ssl-cert", &dir.join("cert.pem")), named("ssl-key", &dir.join("key.pem"))]);
        }
        let server = Self {
            url: format!("mysql://testbed:{password}@{address}"),
            address,
            user,
            options,
            // Before the server, so that no instant is left in which our death would leave it running.
            reaper: reaper(dir, &stop(user, dir))?,
            dir: home.keep(), // From here on the reaper removes it.
        };
        server.run()?;
        Ok(server)
    }
}

impl Drop for PrivateMariadb {
    fn drop(&mut self) {
        drop(self.reaper.stdin.take());
        // Nothing can be done about a failure here, and the next run does not depend on it.
        let _ = self.reaper.wait();
    }
}

/// Ends the server of the directory and waits for it.
fn stop(user: Option<&str>, dir: &Path) -> Command {
    let script =
        "pid=$(cat \"$0/pid\") && kill \"$pid\" && while kill -0 \"$pid\" 2>/dev/null; do sleep 0.02; done";
    let mut command = as_user(user, Path::new("sh"));
    command.args(["-c", script]).arg(dir);
    command
}

/// The path of one of MariaDB's programs, which stand in folders that not everybody looks into.
fn program(name: &str) -> Result<PathBuf, Error> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = path.split(':').chain(["/usr/sbin", "/usr/bin", "/usr/libexec"]);
    let found = folders.map(|folder| Path::new(folder).join(name)).find(|path| path.exists());
    found.ok_or_else(|| Error::Unsupported(format!("MariaDB's {name} is not installed")))
}
