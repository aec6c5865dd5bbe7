//! Those who have logged in. Sessions live in memory: a restart ends them.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    /// The outcome of what was ordered, for the next page to tell.
    news: Option<String>,
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
            news: None,
        };
        let mut open = self.lock();
        open.retain(|_, session| self.lives(session, now));
        make_room(&mut open, MOST_OF_ONE, |session| session.user == user);
        make_room(&mut open, MOST, |_| true);
        open.insert(id.clone(), session);
        id
    }

    /// The session with this id while it lasts. Whoever `asks` for a page keeps it from ending.
    pub(super) fn find(&self, id: &str, asks: bool, now: DateTime<Utc>) -> Option<Session> {
        let mut open = self.lock();
        let session = open.get_mut(id)?;
        if !self.lives(session, now) {
            open.remove(id);
            return None;
        }
        if asks {
            session.last = session.last.max(now);
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

    /// Two hundred and fifty-six bits that nobody guesses.
    fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        hex::encode(bytes)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the sessions of `these` that were idle longest, until there is room for one more below `most`.
fn make_room(open: &mut HashMap<String, Session>, most: usize, these: impl Fn(&Session) -> bool) {
    while open.values().filter(|session| these(session)).count() >= most {
        let oldest =
            open.iter().filter(|(_, session)| these(session)).min_by_key(|(_, session)| session.last);
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

    use super::{MOST_OF_ONE, Sessions};

    fn sessions() -> (Sessions, DateTime<Utc>) {
        let times = (Duration::from_mins(30), Duration::from_hours(12));
        (Sessions::new(times, StdRng::seed_from_u64(1)), "2026-03-02T01:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_session_ends_when_it_is_left_alone_and_at_the_end_of_the_day() {
        let (sessions, began) = sessions();
        let id = sessions.open("lan", "hash", began);
        let token = sessions.find(&id, false, began).unwrap().token;
        assert!(id.len() == 64 && token.len() == 64 && id != token);
        assert_eq!(sessions.find("", true, began), None);
        let mut now = began;
        while now < began + TimeDelta::hours(12) - TimeDelta::minutes(29) {
            now += TimeDelta::minutes(29);
            assert!(sessions.find(&id, true, now).is_some(), "{now}");
        }
        assert_eq!(sessions.find(&id, true, began + TimeDelta::hours(12)), None, "at the end of the day");
        let id = sessions.open("lan", "hash", began);
        for minutes in [10, 20, 29] {
            let at = began + TimeDelta::minutes(minutes);
            assert!(sessions.find(&id, false, at).is_some(), "a page that stays open looks");
        }
        assert_eq!(
            sessions.find(&id, true, began + TimeDelta::minutes(30)),
            None,
            "nobody asked for half an hour"
        );
        assert_eq!(sessions.find(&id, true, began), None, "and it stays ended");
    }

    #[test]
    fn one_user_has_so_many_sessions_and_leaves_those_of_others_alone() {
        let (sessions, now) = sessions();
        let other = sessions.open("minh", "hash", now);
        let at = |number: i64| now + TimeDelta::seconds(number);
        let ids: Vec<String> = (0..12).map(|number| sessions.open("lan", "hash", at(number))).collect();
        let open = ids.iter().filter(|id| sessions.find(id, false, at(12)).is_some()).count();
        assert_eq!(open, MOST_OF_ONE);
        assert!(
            sessions.find(&ids[11], false, at(12)).is_some()
                && sessions.find(&other, false, at(12)).is_some()
        );
        sessions.close(&other);
        assert_eq!(sessions.find(&other, false, at(12)), None);
    }
}
