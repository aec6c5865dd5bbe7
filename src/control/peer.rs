//! The names of the users and groups at the other end of the socket.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The name to record for a caller whose user id the kernel knows. Only root is believed when it claims to act for
/// another person (`sudo`).
#[must_use]
pub fn caller(uid: u32, claimed: Option<&str>) -> String {
    let claimed = claimed.filter(|name| !name.is_empty());
    match (uid, claimed) {
        (0, Some(name)) => name.to_owned(),
        _ => name_in(Path::new("/etc/passwd"), uid).unwrap_or_else(|| format!("uid {uid}")),
    }
}

/// The user id of this process; root's when the system does not say.
#[must_use]
pub fn user_id() -> u32 {
    std::fs::metadata("/proc/self").map_or(0, |process| process.uid())
}

/// The group that may write to the socket at `path`.
pub(super) fn group_of(path: &Path) -> Option<String> {
    let found =
        [Some(path), path.parent()].into_iter().flatten().find_map(|place| std::fs::metadata(place).ok());
    name_in(Path::new("/etc/group"), found?.gid())
}

/// The name with this number in a file of the form of /etc/passwd and /etc/group.
fn name_in(file: &Path, id: u32) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let id = id.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == id).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::caller;

    #[test]
    fn only_root_is_believed_whose_name_it_acts_in() {
        assert_eq!(caller(0, Some("lan")), "lan");
        assert_eq!(caller(0, None), "root");
        assert_eq!(caller(0, Some("")), "root");
        assert_eq!(caller(4_123_456_789, Some("lan")), "uid 4123456789");
    }
}
