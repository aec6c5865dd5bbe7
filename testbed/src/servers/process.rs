//! Programs that private servers are run by, and the end of them.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::Error;

/// Stops the server when its standard input ends, whichever way its parent ends: by closing it, by a panic, or by
/// `kill -9`. Arguments: the directory, then the command that stops.
const REAPER: &str = r#"trap '' INT TERM HUP; read -r _; dir=$1; shift; "$@"; rm -rf "$dir""#;

/// Another user to run a server as, when we are root, as which servers refuse to run: `own` where there is one.
pub(super) fn unprivileged(own: &'static str) -> Result<Option<&'static str>, Error> {
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Ok(None);
    }
    let known = |user: &&str| output(Command::new("id").args(["-u", user])).is_ok();
    let missing = || Error::Unsupported("no unprivileged user to run a server".to_owned());
    [own, "nobody"].into_iter().find(known).ok_or_else(missing).map(Some)
}

/// A program, run as another user where there is one.
pub(super) fn as_user(user: Option<&str>, program: &Path) -> Command {
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir("/tmp"); // The other user may not be able to enter ours.
    command
}

/// Runs `stop` and removes `dir` when this process ends, or when what is given back is told to.
pub(super) fn reaper(dir: &Path, stop: &Command) -> Result<Child, Error> {
    Command::new("sh")
        .args(["-c", REAPER, "reaper"])
        .arg(dir)
        .arg(stop.get_program())
        .args(stop.get_args())
        .current_dir("/tmp")
        // A group of its own: an interrupt at the terminal must not stop it before its work is done.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(Error::io("start the reaper"))
}

/// Runs a program to its end.
pub(super) fn run(command: &mut Command) -> Result<(), Error> {
    output(command).map(drop)
}

/// Runs a program to its end, and gives what it wrote.
pub(super) fn output(command: &mut Command) -> Result<String, Error> {
    let program = format!("{command:?}");
    let done = command.stdin(Stdio::null()).output().map_err(Error::io(program.clone()))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    Err(Error::Program { program, message: String::from_utf8_lossy(&done.stderr).into_owned() })
}

/// A port that is free now and that the system gives to no connection on its way out, so that it is still free when its
/// server is killed and started again. Another process may take it all the same; starting then fails, loudly.
///
/// # Errors
/// When none is found.
pub fn lasting_port() -> Result<u16, Error> {
    for _ in 0..100 {
        let drawn = random_hex()?;
        let drawn = drawn.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok()).unwrap_or(0);
        // Below 32768, where Linux begins to draw.
        let port = 15_000 + drawn % 17_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(Error::Unsupported("no free port was found".to_owned()))
}

/// 128 bits that no other process knows.
pub(super) fn random_hex() -> Result<String, Error> {
    let mut bytes = [0_u8; 16];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(Error::io("read /dev/urandom"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
