//! Who may open the pages, and what of them.

mod admit;
mod enter;
mod form;
mod lockout;
pub(crate) mod password;
mod sessions;
mod tokens;
mod users;

pub use password::{Weak, hash, weakness};
pub use tokens::Token;
pub use users::{Role, User, Users, UsersError, is_name, read, write};

pub(crate) use admit::admit;
pub(crate) use enter::{enter, leave, leave_form, login};
pub(crate) use form::{Form, TOKEN};
pub(crate) use sessions::Use;

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use ipnet::IpNet;
use rand::rngs::StdRng;
use tokio::sync::Semaphore;

use crate::settings::Settings;
use lockout::Lockout;
use sessions::Sessions;
use tokens::TokenFile;
use users::UserFile;

/// The cookie that keeps the session's id.
const COOKIE: &str = "dongbo_session";
/// Passwords that are hashed at once: each takes 19 MiB and a core.
const HASHED_AT_ONCE: usize = 2;

/// Who may open the pages of one console.
#[derive(Debug)]
pub(crate) struct Access {
    /// `None`: nobody is asked who they are.
    users: Option<UserFile>,
    /// The programs that may ask.
    tokens: Vec<TokenFile>,
    sessions: Sessions,
    lockout: Lockout,
    hashing: Semaphore,
    proxies: Vec<IpNet>,
}

/// The one who asks for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visitor {
    /// The user's name; empty where nobody is asked.
    pub(crate) name: String,
    /// The user's rights.
    pub(crate) role: Role,
    /// The units whose dossiers the user sees; `None`: all.
    pub(crate) units: Option<BTreeSet<String>>,
    /// The token of the session's forms; empty without a session.
    token: String,
    /// The session's id.
    session: String,
    /// Whether a wall screen asks that keeps the session for itself.
    on_wall: bool,
}

impl Visitor {
    /// One on this host, who is not asked, sees everything and changes nothing.
    const fn of_this_host() -> Self {
        Self {
            name: String::new(),
            role: Role::Viewer,
            units: None,
            token: String::new(),
            session: String::new(),
            on_wall: false,
        }
    }

    /// One who has not logged in, and sees nothing.
    pub(crate) const fn stranger() -> Self {
        Self {
            name: String::new(),
            role: Role::Viewer,
            units: Some(BTreeSet::new()),
            token: String::new(),
            session: String::new(),
            on_wall: false,
        }
    }

    /// Whether this is somebody who has logged in.
    pub(crate) const fn is_known(&self) -> bool {
        !self.name.is_empty()
    }

    /// Whether the visitor sees the daemon itself: its sources, its parts, and who ordered what.
    pub(crate) const fn sees_the_daemon(&self) -> bool {
        self.units.is_none()
    }

    /// Whether the visitor sees the configuration: nobody is asked, or it is an administrator.
    pub(crate) fn sees_the_configuration(&self) -> bool {
        self.sees_the_daemon() && (!self.is_known() || self.role == Role::Administrator)
    }

    /// Whether the visitor sees the audit log.
    pub(crate) fn sees_the_audit(&self) -> bool {
        self.is_known() && self.sees_the_configuration()
    }

    /// Whether the visitor sees this unit's dossiers.
    pub(crate) fn sees(&self, unit: &str) -> bool {
        self.units.as_ref().is_none_or(|units| units.contains(unit))
    }

    /// Whether the visitor may order what is about dossiers that the visitor sees.
    pub(crate) fn operates(&self) -> bool {
        self.is_known() && self.role >= Role::Operator
    }

    /// Whether the visitor may order what is about all dossiers.
    pub(crate) fn operates_all(&self) -> bool {
        self.operates() && self.units.is_none()
    }

    /// The token that every form carries.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }
}

impl Access {
    pub(crate) fn new(settings: &Settings, chance: StdRng) -> Self {
        Self {
            users: settings.users_file.clone().map(UserFile::new),
            tokens: settings.tokens.iter().cloned().map(TokenFile::new).collect(),
            sessions: Sessions::new((settings.idle_timeout, settings.session_timeout), chance),
            lockout: Lockout::default(),
            hashing: Semaphore::new(HASHED_AT_ONCE),
            proxies: settings.behind_proxy.clone(),
        }
    }

    /// Whether proxies speak TLS with the browsers.
    pub(crate) const fn is_behind_proxy(&self) -> bool {
        !self.proxies.is_empty()
    }

    /// Whether people are asked who they are.
    pub(crate) const fn asks(&self) -> bool {
        self.users.is_some()
    }

    /// The visitor that the cookie of a request tells of, if the session lasts and the user is still one.
    pub(crate) fn visitor(&self, headers: &HeaderMap, used: Use, now: DateTime<Utc>) -> Option<Visitor> {
        let Some(file) = &self.users else { return Some(Visitor::of_this_host()) };
        let id = cookie(headers, COOKIE)?;
        let users = file.current().ok()?;
        let used = of_viewers(used, users.get(&self.sessions.user_of(id)?));
        let session = self.sessions.find(id, used, now)?;
        let user = users.get(&session.user).filter(|user| user.password == session.password);
        let Some(user) = user else {
            self.sessions.close(id);
            return None;
        };
        Some(Visitor {
            name: session.user,
            role: user.role,
            units: (!user.units.is_empty()).then(|| user.units.clone()),
            token: session.token,
            session: id.to_owned(),
            on_wall: used.on_wall,
        })
    }

    /// The program or the visitor that asks for an answer of the API: whoever shows a token is the one whose token it is, or nobody.
    pub(crate) fn caller(&self, headers: &HeaderMap, used: Use, now: DateTime<Utc>) -> Option<Visitor> {
        match tokens::shown(headers) {
            Some(token) => self.tokens.iter().find_map(|known| known.visitor(token)),
            None => self.visitor(headers, used, now),
        }
    }

    /// Whether `visitor` may still see what was seen before.
    pub(crate) fn still(&self, visitor: &Visitor, now: DateTime<Utc>) -> bool {
        let Some(file) = &self.users else { return true };
        let users = file.current().ok();
        let user = users.as_ref().and_then(|users| users.get(&visitor.name));
        let used = of_viewers(Use { by_person: false, on_wall: visitor.on_wall }, user);
        let session = self.sessions.find(&visitor.session, used, now);
        session.zip(user).is_some_and(|(session, user)| {
            let units = (!user.units.is_empty()).then_some(&user.units);
            user.password == session.password && units == visitor.units.as_ref()
        })
    }

    /// Has the visitor's next page tell of something.
    pub(crate) fn tell(&self, visitor: &Visitor, news: String) {
        self.sessions.tell(&visitor.session, news);
    }

    /// Takes what the visitor's page is to tell of.
    pub(crate) fn news(&self, visitor: &Visitor) -> Option<String> {
        self.sessions.news(&visitor.session)
    }

    /// The address of the client: the one that sent the request, or the last that a trusted proxy names. `None` where a request came
    /// past the proxies.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
        if self.proxies.is_empty() {
            return Some(peer);
        }
        let is_proxy = |address: &IpAddr| self.proxies.iter().any(|network| network.contains(address));
        if !is_proxy(&peer) {
            return None;
        }
        let named = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let named: Vec<IpAddr> =
            named.flat_map(|value| value.split(',')).filter_map(|one| one.trim().parse().ok()).collect();
        Some(named.into_iter().rev().find(|address| !is_proxy(address)).unwrap_or(peer))
    }
}

/// The use of a session by `user`. Only those who change nothing leave a screen on the wall.
fn of_viewers(used: Use, user: Option<&User>) -> Use {
    let on_wall = used.on_wall && user.is_some_and(|user| user.role == Role::Viewer);
    Use { on_wall, ..used }
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    all.flat_map(|cookies| cookies.split(';')).find_map(|cookie| {
        let (known, value) = cookie.trim().split_once('=')?;
        (known == name).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::http::{HeaderMap, header};
    use chrono::{DateTime, TimeDelta, Utc};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::{Access, Role, Use, User, Users, write};
    use crate::settings::Settings;

    #[test]
    fn the_wall_screen_of_a_viewer_stays_and_that_of_an_operator_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("users.toml");
        let password =
            "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUh$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        let user = |role| User { role, units: BTreeSet::new(), password: password.to_owned() };
        let roles = [("wall", Role::Viewer), ("minh", Role::Operator)];
        let users: Users = roles.into_iter().map(|(name, role)| (name.to_owned(), user(role))).collect();
        write(&file, &users).unwrap();
        let settings = Settings { users_file: Some(file), ..Settings::default() };
        let access = Access::new(&settings, StdRng::seed_from_u64(1));
        let began: DateTime<Utc> = "2026-03-02T01:00:00Z".parse().unwrap();
        for (name, stays) in [("wall", true), ("minh", false)] {
            let id = access.sessions.open(name, password, began);
            let cookie = format!("dongbo_session={id}").parse().unwrap();
            let headers = HeaderMap::from_iter([(header::COOKIE, cookie)]);
            let on_wall = Use { by_person: false, on_wall: true };
            let wall = access.visitor(&headers, on_wall, began).unwrap();
            assert!(access.still(&wall, began + TimeDelta::minutes(29)));
            let later = began + TimeDelta::minutes(58);
            assert_eq!(access.still(&wall, later), stays, "{name}");
            let person = Use { by_person: true, on_wall: false };
            assert_eq!(
                access.visitor(&headers, person, later),
                None,
                "for {name} every other page is closed"
            );
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_who_the_client_is() {
        let of = |proxies: &[&str]| {
            let behind_proxy = proxies.iter().map(|network| network.parse().unwrap()).collect();
            Access::new(&Settings { behind_proxy, ..Settings::default() }, StdRng::seed_from_u64(1))
        };
        let client = |access: &Access, peer: &str, forwarded: &[&'static str]| {
            let headers =
                forwarded.iter().map(|value| ("x-forwarded-for".parse().unwrap(), value.parse().unwrap()));
            access
                .client(peer.parse().unwrap(), &HeaderMap::from_iter(headers))
                .map(|address| address.to_string())
        };
        let (direct, behind) = (of(&[]), of(&["10.0.0.0/24"]));
        assert_eq!(client(&direct, "192.0.2.1", &["10.9.9.9"]).unwrap(), "192.0.2.1", "nobody is believed");
        assert_eq!(client(&behind, "10.0.0.2", &["192.0.2.7"]).unwrap(), "192.0.2.7");
        assert_eq!(
            client(&behind, "10.0.0.2", &["1.2.3.4, 192.0.2.7, 10.0.0.3"]).unwrap(),
            "192.0.2.7",
            "the client says more"
        );
        assert_eq!(client(&behind, "10.0.0.2", &["1.2.3.4", "192.0.2.7"]).unwrap(), "192.0.2.7");
        assert_eq!(client(&behind, "10.0.0.2", &["nonsense"]).unwrap(), "10.0.0.2");
        assert_eq!(client(&behind, "192.0.2.1", &["192.0.2.7"]), None, "past the proxy");
    }
}
