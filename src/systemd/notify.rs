//! Telling systemd how the service is, over its notification socket (sd_notify(3)).
//!
//! A reload is announced by `RELOADING=1` and `READY=1`, as `Type=notify` takes them. `Type=notify-reload` would need
//! systemd 253, and the servers that this runs on have 252; so the unit's `ExecReload=` is `dongbo reload`, which waits for the end.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dongbo_model::invisible;

/// systemd empties its socket at once; a manager that does not must not hold the daemon up.
const LONGEST_SEND: Duration = Duration::from_millis(500);

/// Speaks to the service manager; cheap to clone. The default one is silent, for a daemon that nobody supervises.
#[derive(Debug, Clone, Default)]
pub struct Notifier(Option<Arc<Target>>);

#[derive(Debug)]
struct Target {
    socket: UnixDatagram,
    address: SocketAddr,
    watchdog: Option<Duration>,
    failed: AtomicBool,
}

impl Notifier {
    /// The one that the environment asks for: `variable` gives the value of `NOTIFY_SOCKET`, `WATCHDOG_USEC` and
    /// `WATCHDOG_PID`, and `pid` is this process. Silent when there is no socket, or when it cannot be used; then a
    /// warning says why.
    #[must_use]
    pub fn from_environment(variable: impl Fn(&str) -> Option<OsString>, pid: u32) -> Self {
        let Some(address) = variable("NOTIFY_SOCKET").filter(|address| !address.is_empty()) else {
            return Self::default();
        };
        match open(&address) {
            Ok((socket, address)) => Self(Some(Arc::new(Target {
                socket,
                address,
                watchdog: watchdog(variable, pid),
                failed: AtomicBool::new(false),
            }))),
            Err(error) => {
                tracing::warn!(
                    event = "notify.failed",
                    "systemd cannot be told anything, as NOTIFY_SOCKET={} cannot be used: {error}",
                    address.display()
                );
                Self::default()
            }
        }
    }

    /// Whether nobody listens, so that no status need be gathered.
    #[must_use]
    pub const fn is_silent(&self) -> bool {
        self.0.is_none()
    }

    /// After how long without [`Notifier::alive`] the unit has the daemon killed; `None` when it has no watchdog.
    #[must_use]
    pub fn watchdog(&self) -> Option<Duration> {
        self.0.as_ref().and_then(|target| target.watchdog)
    }

    /// The daemon serves: at the end of a start or a reload.
    pub fn ready(&self) {
        self.send("READY=1");
    }

    /// A reload has begun; [`Notifier::ready`] ends it, whether the new configuration is taken over or not.
    pub fn reloading(&self) {
        self.send("RELOADING=1");
    }

    /// A stop has begun.
    pub fn stopping(&self) {
        self.send("STOPPING=1");
    }

    /// One line on how things stand, which `systemctl status` shows.
    pub fn status(&self, line: &str) {
        // A line break would end the assignment and begin another one.
        self.send(&format!("STATUS={}", invisible::on_one_line(&line.replace(['\n', '\r'], " "))));
    }

    /// Every part of the daemon has finished work: starts the watchdog's interval anew.
    pub fn alive(&self) {
        self.send("WATCHDOG=1");
    }

    /// Sets the watchdog's interval, which also starts it anew. Only for a unit that has a watchdog: it would get one.
    pub fn set_watchdog(&self, interval: Duration) {
        self.send(&format!("WATCHDOG_USEC={}", interval.as_micros()));
    }

    /// Asks that a start or a stop may take `longer` than the unit allows, from now on.
    pub fn extend_timeout(&self, longer: Duration) {
        self.send(&format!("EXTEND_TIMEOUT_USEC={}", longer.as_micros()));
    }

    fn send(&self, state: &str) {
        let Some(target) = &self.0 else { return };
        if let Err(error) = target.socket.send_to_addr(state.as_bytes(), &target.address)
            && !target.failed.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                event = "notify.failed",
                "systemd was not told {state}, and may consider dongbo hung (NOTIFY_SOCKET): {error}"
            );
        }
    }
}

fn open(address: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match address.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        [b'/', ..] => SocketAddr::from_pathname(address)?,
        _ => return Err(io::Error::new(io::ErrorKind::Unsupported, "it is neither a path nor @name")),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(LONGEST_SEND))?;
    Ok((socket, address))
}

/// The watchdog's interval, when it is meant for the process `pid`.
fn watchdog(variable: impl Fn(&str) -> Option<OsString>, pid: u32) -> Option<Duration> {
    let number = |name| variable(name)?.to_str()?.parse::<u64>().ok();
    let of_another = variable("WATCHDOG_PID").is_some() && number("WATCHDOG_PID") != Some(u64::from(pid));
    let interval = number("WATCHDOG_USEC").filter(|usec| *usec > 0).map(Duration::from_micros);
    interval.filter(|_| !of_another)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::time::Duration;

    use super::Notifier;

    fn of(variables: &[(&str, &str)]) -> Notifier {
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name);
        Notifier::from_environment(|name| value(name).map(|(_, value)| OsString::from(*value)), 42)
    }

    fn received(socket: &UnixDatagram) -> String {
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut bytes = [0; 256];
        let length = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..length].to_vec()).unwrap()
    }

    #[test]
    fn a_socket_is_reached_by_its_path_and_by_its_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path).unwrap();
        of(&[("NOTIFY_SOCKET", path.to_str().unwrap())]).ready();
        assert_eq!(received(&by_path), "READY=1");

        let name = format!("dongbo-test-{}", std::process::id());
        let abstract_one = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        let notifier = of(&[("NOTIFY_SOCKET", &format!("@{name}"))]);
        notifier.status("99.98 %\nREADY=1");
        assert_eq!(
            received(&abstract_one),
            "STATUS=99.98 % READY=1",
            "a status is one line, whatever is in it"
        );
        notifier.set_watchdog(Duration::from_secs(3));
        assert_eq!(received(&abstract_one), "WATCHDOG_USEC=3000000");
    }

    #[test]
    fn without_a_usable_socket_it_is_silent_and_a_socket_that_goes_away_harms_nobody() {
        for variables in [&[][..], &[("NOTIFY_SOCKET", "")], &[("NOTIFY_SOCKET", "vsock:2:1234")]] {
            let notifier = of(variables);
            assert!(notifier.is_silent());
            notifier.ready();
        }
        of(&[("NOTIFY_SOCKET", "/nowhere/notify")]).ready();
    }

    #[test]
    fn the_watchdog_is_ours_only_when_it_names_us_or_nobody() {
        let socket = ("NOTIFY_SOCKET", "/nowhere/notify");
        let minutes = Some(Duration::from_secs(180));
        for (variables, watchdog) in [
            (&[socket, ("WATCHDOG_USEC", "180000000")][..], minutes),
            (&[socket, ("WATCHDOG_USEC", "180000000"), ("WATCHDOG_PID", "42")], minutes),
            (&[socket, ("WATCHDOG_USEC", "180000000"), ("WATCHDOG_PID", "43")], None),
            (&[socket, ("WATCHDOG_USEC", "0")], None),
            (&[socket, ("WATCHDOG_USEC", "soon")], None),
            (&[socket], None),
        ] {
            assert_eq!(of(variables).watchdog(), watchdog, "{variables:?}");
        }
    }
}
