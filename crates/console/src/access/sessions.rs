//! Those who have logged in. Sessions live in memory: a restart ends them.

use dongbo_model::locks::lock;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng as _;
use rand::rngs::StdRng;

use dongbo_model::clock::later;

/// Most sessions of one user; the one that was idle longest goes.
const MOST_OF_ONE: usize = 10;
/// Most sessions of all.
const MOST: usize = 2_000;

/// One who has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Session {
    /// The user's name.
    pub(super) user: String,
    /// The hash of the password at the time: another password ends the session.
    pub(super) password: String,
    /// The token that every form of this session carries and no other site knows.
    pub(super) token: String,
    began: DateTime<Utc>,
    last: DateTime<Utc>,
    /// When a wall screen asked last.
    on_wall: Option<DateTime<Utc>>,
    /// The outcome of what was ordered, for the next page to tell.
    news: Option<String>,
}

/// The one who makes use of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Use {
    /// A person, and no page by itself.
    pub(crate) by_person: bool,
    /// A wall screen that may stay for as long as it asks.
    pub(crate) on_wall: bool,
}

/// All sessions by their ids, which chance gives.
#[derive(Debug)]
pub(super) struct Sessions {
    idle: Duration,
    longest: Duration,
    open: Mutex<HashMap<String, Session>>,
    chance: Mutex<StdRng>,
}

impl Sessions {
    pub(super) fn new((idle, longest): (Duration, Duration), chance: StdRng) -> Self {
        Self { idle, longest, open: Mutex::default(), chance: Mutex::new(chance) }
    }

    /// Opens a session and gives its id.
    pub(super) fn open(&self, user: &str, password: &str, now: DateTime<Utc>) -> String {
        let (id, token) = (self.secret(), self.secret());
        let session = Session {
            user: user.to_owned(),
            password: password.to_owned(),
            token,
            began: now,
            last: now,
            on_wall: None,
            news: None,
        };
        let mut open = self.lock();
        open.retain(|_, session| self.lives(session, now) || self.hangs(session, now));
        make_room(&mut open, MOST_OF_ONE, |session| session.user == user);
        make_room(&mut open, MOST, |_| true);
        open.insert(id.clone(), session);
        id
    }

    /// The user whose session has this id.
    pub(super) fn user_of(&self, id: &str) -> Option<String> {
        self.lock().get(id).map(|session| session.user.clone())
    }

    /// The session with this id while it lasts. A person keeps it from ending; a wall screen keeps it for wall screens alone.
    pub(super) fn find(&self, id: &str, used: Use, now: DateTime<Utc>) -> Option<Session> {
        let mut open = self.lock();
        let session = open.get_mut(id)?;
        let (lives, hangs) = (self.lives(session, now), self.hangs(session, now));
        if !lives && !hangs {
            open.remove(id);
            return None;
        }
        if !lives && !used.on_wall {
            return None;
        }
        if lives && used.by_person {
            session.last = session.last.max(now);
        }
        if used.on_wall {
            session.on_wall = session.on_wall.max(Some(now));
        }
        Some(session.clone())
    }

    /// Has the next page of a session tell of something.
    pub(super) fn tell(&self, id: &str, news: String) {
        if let Some(session) = self.lock().get_mut(id) {
            session.news = Some(news);
        }
    }

    /// Takes what this page of a session is to tell of.
    pub(super) fn news(&self, id: &str) -> Option<String> {
        self.lock().get_mut(id)?.news.take()
    }

    /// Ends a session.
    pub(super) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lives(&self, session: &Session, now: DateTime<Utc>) -> bool {
        now < later(session.last, self.idle) && now < later(session.began, self.longest)
    }

    /// Whether a wall screen keeps the session.
    fn hangs(&self, session: &Session, now: DateTime<Utc>) -> bool {
        session.on_wall.is_some_and(|asked| now < later(asked, self.idle))
    }

    /// Two hundred and fifty-six bits that nobody guesses.
    fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        lock(&self.chance).fill_bytes(&mut bytes);
        hex::encode(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        lock(&self.open)
    }
}

/// Ends the sessions of `these` that were idle longest, until there is room for one more below `most`.
fn make_room(open: &mut HashMap<String, Session>, most: usize, these: impl Fn(&Session) -> bool) {
    while open.values().filter(|session| these(session)).count() >= most {
        let oldest = open
            .iter()
            .filter(|(_, session)| these(session))
            .min_by_key(|(_, session)| session.on_wall.max(Some(session.last)));
        let Some(id) = oldest.map(|(id, _)| id.clone()) else { return };
        open.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    use super::{MOST_OF_ONE, Sessions, Use};

    const PERSON: Use = Use { by_person: true, on_wall: false };
    const PAGE: Use = Use { by_person: false, on_wall: false };
    const WALL: Use = Use { by_person: false, on_wall: true };

    fn sessions() -> (Sessions, DateTime<Utc>) {
        let times = (Duration::from_mins(30), Duration::from_hours(12));
        (Sessions::new(times, StdRng::seed_from_u64(1)), "2026-03-02T01:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_session_ends_when_it_is_left_alone_and_at_the_end_of_the_day() {
        let (sessions, began) = sessions();
        let id = sessions.open("lan", "hash", began);
        let token = sessions.find(&id, PAGE, began).unwrap().token;
        assert!(id.len() == 64 && token.len() == 64 && id != token);
        assert_eq!(sessions.find("", PERSON, began), None);
        let mut now = began;
        while now < began + TimeDelta::hours(12) - TimeDelta::minutes(29) {
            now += TimeDelta::minutes(29);
            assert!(sessions.find(&id, PERSON, now).is_some(), "{now}");
        }
        assert_eq!(sessions.find(&id, PERSON, began + TimeDelta::hours(12)), None, "at the end of the day");
        let id = sessions.open("lan", "hash", began);
        for minutes in [10, 20, 29] {
            let at = began + TimeDelta::minutes(minutes);
            assert!(sessions.find(&id, PAGE, at).is_some(), "a page that stays open looks");
        }
        assert_eq!(
            sessions.find(&id, PERSON, began + TimeDelta::minutes(30)),
            None,
            "nobody asked for half an hour"
        );
        assert_eq!(sessions.find(&id, PERSON, began), None, "and it stays ended");
    }

    #[test]
    fn a_wall_screen_stays_for_as_long_as_it_asks_and_opens_no_other_page() {
        let (sessions, began) = sessions();
        let at = |minutes| began + TimeDelta::minutes(minutes);
        let id = sessions.open("wall", "hash", began);
        for minutes in (0..4 * 24 * 60).step_by(20) {
            assert!(sessions.find(&id, WALL, at(minutes)).is_some(), "{minutes}");
        }
        let end = 4 * 24 * 60;
        for used in [PERSON, PAGE] {
            assert_eq!(sessions.find(&id, used, at(end)), None, "its cookie is good for nothing else");
        }
        assert!(sessions.find(&id, WALL, at(end)).is_some());
        assert_eq!(sessions.find(&id, WALL, at(end + 30)), None, "it was switched off");
    }

    #[test]
    fn one_user_has_so_many_sessions_and_leaves_those_of_others_alone() {
        let (sessions, now) = sessions();
        let other = sessions.open("minh", "hash", now);
        let at = |number: i64| now + TimeDelta::seconds(number);
        let ids: Vec<String> = (0..12).map(|number| sessions.open("lan", "hash", at(number))).collect();
        let open = ids.iter().filter(|id| sessions.find(id, PAGE, at(12)).is_some()).count();
        assert_eq!(open, MOST_OF_ONE);
        assert!(
            sessions.find(&ids[11], PAGE, at(12)).is_some() && sessions.find(&other, PAGE, at(12)).is_some()
        );
        sessions.close(&other);
        assert_eq!(sessions.find(&other, PAGE, at(12)), None);
    }
}
