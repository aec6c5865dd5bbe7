//! dongbo itself, as a process.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Time in which it has to open its socket.
const START_WITHIN: Duration = Duration::from_secs(30);
/// Time between two looks for it.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Time that it has to stop in, as systemd gives it.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// Most of its words that are shown when it fails.
const LAST_LINES: usize = 12;

/// The program that is beside this one.
pub(crate) fn beside() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?.with_file_name("dongbo");
    if program.exists() { Ok(program) } else { Err(Failure::NoProgram(program)) }
}

/// Hears of an interrupt or a request to end.
pub(crate) fn signals() -> Result<mpsc::Receiver<()>, Failure> {
    let (tell, told) = mpsc::channel(1);
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        let (mut heard, tell) = (signal(kind)?, tell.clone());
        tokio::spawn(async move {
            heard.recv().await;
            // Whoever listened has heard of another one.
            let _ = tell.try_send(());
        });
    }
    Ok(told)
}

/// Runs a command of dongbo to its end, which must be a good one.
pub(crate) async fn done(what: &'static str, arguments: &[&OsStr]) -> Result<(), Failure> {
    let output = command()?.args(arguments).output().await?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::Ended { what, status: output.status, said })
}

/// A dongbo that runs.
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it with `config`, its log in `folder`, and waits until commands reach it at `socket`.
    pub(crate) async fn start(config: &Path, folder: &Path, socket: &Path) -> Result<Self, Failure> {
        let log = folder.join("dongbo.log");
        let lines = std::fs::File::create(&log)?;
        // In a group of its own, so that a Ctrl-C is ours, and it is stopped in order.
        let child = command()?
            .args([OsStr::new("run"), OsStr::new("--config"), config.as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(lines)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let mut program = Self { child, log };
        let looks = START_WITHIN.as_millis() / LOOK_EVERY.as_millis();
        for _ in 0..looks {
            if tokio::net::UnixStream::connect(socket).await.is_ok() {
                return Ok(program);
            }
            if let Some(status) = program.child.try_wait()? {
                return Err(program.ended(status));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err(Failure::NotReady(START_WITHIN.as_secs()))
    }

    /// Waits until it ends by itself, which it must not.
    pub(crate) async fn until_it_ends(&mut self) -> Failure {
        match self.child.wait().await {
            Ok(status) => self.ended(status),
            Err(error) => error.into(),
        }
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        if let Some(process) = self.child.id() {
            let asked = Command::new("kill").args(["-TERM", &process.to_string()]).status().await;
            if asked.is_ok() && tokio::time::timeout(STOP_WITHIN, self.child.wait()).await.is_ok() {
                return;
            }
        }
        // It has ended already, or is killed when dropped.
        drop(self.child.kill().await);
    }

    fn ended(&self, status: std::process::ExitStatus) -> Failure {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let said = lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n");
        Failure::Ended { what: "run", status, said }
    }
}

/// The program without what the environment would set over the trial's configuration.
fn command() -> Result<Command, Failure> {
    let mut command = Command::new(beside()?);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DONGBO__") || ["CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"].contains(&text.as_ref())
        {
            command.env_remove(&name);
        }
    }
    Ok(command)
}
