//! The names of the users and groups at the other end of the socket.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

/// Time in which the system's directory of users has to give a name.
const PATIENCE: Duration = Duration::from_secs(2);
/// The program that asks every directory of users that the system knows: its files, LDAP, SSSD.
const DIRECTORY: &str = "getent";
/// The id that the kernel gives in place of one that has none in this user namespace.
const FOREIGN: u32 = 65_534;

/// The name to record for a caller whose user id the kernel knows. Only root is believed when it claims to act for
/// another person (`sudo`). Without a name it is the number.
pub async fn caller(uid: u32, claimed: Option<&str>) -> String {
    let claimed = claimed.filter(|name| !name.is_empty());
    if let (0, Some(name)) = (uid, claimed) {
        return name.to_owned();
    }
    let users = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    if is_foreign(uid, &users) {
        return "unknown user".to_owned();
    }
    if let Some(name) = name_in(Path::new("/etc/passwd"), uid) {
        return name;
    }
    let mut directory = Command::new(DIRECTORY);
    directory.args(["passwd", &uid.to_string()]);
    name_by(directory, uid, PATIENCE).await.unwrap_or_else(|| format!("uid {uid}"))
}

/// Whether a user id may stand for anybody: it is the one that the kernel gives for ids from outside, and this process
/// lives in a user namespace (`users`, its map of ids) without an id of that number.
fn is_foreign(uid: u32, users: &str) -> bool {
    let holds = |line: &str| {
        let mut numbers = line.split_whitespace().filter_map(|number| number.parse::<u64>().ok());
        let (first, _, many) = (numbers.next()?, numbers.next()?, numbers.next()?);
        Some((first..first.saturating_add(many)).contains(&u64::from(uid)))
    };
    uid == FOREIGN && !users.is_empty() && !users.lines().filter_map(holds).any(|holds| holds)
}

/// The name of a user by what `directory` prints; `None` when it knows none, or does not answer `within` that time.
async fn name_by(mut directory: Command, uid: u32, within: Duration) -> Option<String> {
    directory.stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let answer = tokio::time::timeout(within, directory.output()).await.ok()?.ok()?;
    name_of(&String::from_utf8_lossy(&answer.stdout), uid)
}

/// The user id of this process.
#[must_use]
pub fn user_id() -> u32 {
    rustix::process::getuid().as_raw()
}

/// The group that may write to the socket at `path`.
pub(super) fn group_of(path: &Path) -> Option<String> {
    let found =
        [Some(path), path.parent()].into_iter().flatten().find_map(|place| std::fs::metadata(place).ok());
    name_in(Path::new("/etc/group"), found?.gid())
}

/// The name with this number in a file of the form of /etc/passwd and /etc/group.
fn name_in(file: &Path, id: u32) -> Option<String> {
    name_of(&std::fs::read_to_string(file).ok()?, id)
}

/// The name with this number in a text of the form of /etc/passwd and /etc/group.
fn name_of(text: &str, id: u32) -> Option<String> {
    let id = id.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::{FOREIGN, caller, is_foreign, name_by};

    #[tokio::test]
    async fn only_root_is_believed_whose_name_it_acts_in() {
        assert_eq!(caller(0, Some("lan")).await, "lan");
        assert_eq!(caller(0, None).await, "root");
        assert_eq!(caller(0, Some("")).await, "root");
        assert_eq!(caller(4_123_456_789, Some("lan")).await, "uid 4123456789");
    }

    #[tokio::test]
    async fn a_user_of_a_directory_service_has_a_name_and_never_that_of_another() {
        let answered = |script: &str, within| {
            let mut directory = Command::new("sh");
            directory.args(["-c", script]);
            name_by(directory, 70_001, within)
        };
        let in_time = Duration::from_secs(60);
        let told = answered("echo 'nguyen.lan:*:70001:70000:A name:/home/lan:/bin/bash'", in_time).await;
        assert_eq!(told.as_deref(), Some("nguyen.lan"));
        assert_eq!(answered("echo nobody:x:65534:65534:nobody:/:/bin/false", in_time).await, None);
        assert_eq!(answered("exit 2", in_time).await, None);
        assert_eq!(answered("exec sleep 600", Duration::from_millis(50)).await, None);
        assert_eq!(name_by(Command::new("/nowhere/getent"), 70_001, in_time).await, None);
    }

    #[test]
    fn the_id_for_ids_from_outside_names_nobody_in_a_user_namespace() {
        assert!(!is_foreign(FOREIGN, "         0          0 4294967295\n"), "there it is a user");
        assert!(is_foreign(FOREIGN, "         0          0          1\n       999        999          1\n"));
        assert!(!is_foreign(999, "         0          0          1\n       999        999          1\n"));
        assert!(!is_foreign(FOREIGN, ""), "nothing is known of a namespace");
    }
}
