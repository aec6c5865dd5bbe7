//! Commands of root about the service's own configuration, run as the service runs: as its user, with the passwords that systemd
//! hands over. Root can read and write everything, so whatever it finds in order may still fail in the service.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::signal::unix::{SignalKind, signal};

use super::failure::Ended;
use super::globals::Globals;
use crate::config::MAIN_FILE;
use crate::control::user_id;

/// The user that the unit names.
const USER: &str = "dongbo";
/// The passwords that the unit has systemd hand over; they lie beside the configuration.
const PASSWORDS: [&str; 4] = ["portal.password", "source.password", "ledger.password", "bridge.password"];
/// The program that takes on another user with all its groups.
const SWITCH: &str = "setpriv";

/// Runs the command that was typed once more as the service's user. `None` when it is not root's, not about the service's
/// configuration, or the user cannot be taken on here: then it goes on as it is.
pub(super) fn again(globals: &Globals) -> Option<Ended> {
    let file = globals.config.as_deref().unwrap_or(Path::new(MAIN_FILE));
    let is_handed = std::env::var_os("CREDENTIALS_DIRECTORY").is_some();
    if is_handed || user_id() != 0 || file != Path::new(MAIN_FILE) || !file.exists() {
        return None;
    }
    let (user, group) = ids(&std::fs::read_to_string("/etc/passwd").ok()?)?;
    // An interrupt ends the command below, and not this one, which has to clean up.
    let _interrupts = signal(SignalKind::interrupt()).ok()?;
    let passwords = Passwords::hand_over(file.parent()?, user, group).ok()?;
    let ended = Command::new(SWITCH)
        .args([&format!("--reuid={user}"), &format!("--regid={group}"), "--init-groups", "--"])
        .arg(std::env::current_exe().ok()?)
        .args(std::env::args_os().skip(1))
        .env("CREDENTIALS_DIRECTORY", &passwords.folder)
        .env_remove("HOME")
        .status()
        .ok()?;
    // 126 and 127: the user may not run this program, or there is none to take it on with.
    ended.code().and_then(Ended::of_code)
}

/// The numbers of the service's user and group in the text of /etc/passwd.
fn ids(passwd: &str) -> Option<(u32, u32)> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(USER))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Copies of the passwords in a folder of memory that only the service's user can enter. It goes when this is dropped.
struct Passwords {
    folder: PathBuf,
}

impl Passwords {
    fn hand_over(from: &Path, user: u32, group: u32) -> io::Result<Self> {
        let folder = PathBuf::from(format!("/run/dongbo-check.{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder)?;
        let passwords = Self { folder };
        for name in PASSWORDS {
            let Ok(password) = std::fs::read(from.join(name)) else { continue };
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o400)
                .open(passwords.folder.join(name))?;
            file.write_all(&password)?;
            fchown(&file, Some(user), Some(group))?;
        }
        std::os::unix::fs::chown(&passwords.folder, Some(user), Some(group))?;
        Ok(passwords)
    }
}

impl Drop for Passwords {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[cfg(test)]
mod tests {
    use super::{PASSWORDS, ids};

    #[test]
    fn the_services_user_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0:root:/root:/bin/bash\ndongbo2:x:7:8::/:/bin/sh\ndongbo:x:998:997::/:/bin/sh\n";
        assert_eq!(ids(passwd), Some((998, 997)));
        assert_eq!(ids("root:x:0:0:root:/root:/bin/bash\n"), None);
        assert_eq!(ids("dongbo:x:many:1::/:/bin/sh\n"), None);
    }

    #[test]
    fn the_unit_hands_over_the_same_passwords() {
        let unit = include_str!("../../systemd/dongbo.service");
        let named: Vec<&str> =
            unit.lines().filter_map(|line| line.strip_prefix("LoadCredential=")?.split(':').next()).collect();
        assert_eq!(named, PASSWORDS);
    }
}
