//! One session for all workers: the first that meets a lapsed one renews it, the others wait for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::answer::Answer;
use crate::outcome::Outcome;
use dongbo_model::clock::{Clock, later};
use dongbo_settings::Secret;

/// The longest time before its end at which a session is renewed.
const MOST_EARLY: Duration = Duration::from_secs(60);

/// The session that all calls share.
pub(crate) struct Session {
    clock: Clock,
    /// The time after a refused log-in within which there is no other.
    pause: Duration,
    /// The number of log-ins that have ended. Read before waiting for the lock, it tells whether one ended meanwhile.
    ended: AtomicU64,
    /// The lock is held during a log-in: that is what the other callers wait for.
    last: Mutex<Last>,
}

enum Last {
    Never,
    Open(Ticket),
    Failed { answer: Answer, at: DateTime<Utc> },
}

/// The session that a log-in gives.
pub(crate) struct NewSession {
    pub(crate) token: Secret,
    /// How long it is valid; `None` when the portal does not say.
    pub(crate) lifetime: Option<Duration>,
}

/// A session's token, with the number of the log-in that gave it.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) token: Arc<Secret>,
    pub(crate) generation: u64,
    /// The moment from which on it is renewed before it is used.
    renew_at: Option<DateTime<Utc>>,
}

/// How fresh a session a caller needs.
#[derive(Clone, Copy)]
pub(crate) enum Freshness {
    /// Any.
    Any,
    /// One that is newer than this generation, which the portal refuses.
    NewerThan(u64),
    /// One of a log-in that ends after this moment, however fresh the last one is.
    New,
}

impl Session {
    pub(crate) fn new(clock: Clock, pause: Duration) -> Self {
        Self { clock, pause, ended: AtomicU64::new(0), last: Mutex::new(Last::Never) }
    }

    /// A session of this freshness, from `log_in` when there is none, and whether its log-in ended during this call.
    /// However many callers need one at the same time, one of them logs in, and its failure is theirs too.
    pub(crate) async fn ticket<F: Future<Output = Result<NewSession, Answer>>>(
        &self,
        freshness: Freshness,
        log_in: impl FnOnce() -> F,
    ) -> Result<(Ticket, bool), Answer> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        let ended = self.ended.load(Ordering::Acquire);
        let ended_meanwhile = ended != ended_before;
        match &*last {
            Last::Open(ticket) if ended_meanwhile || freshness.is_met_by(ticket) && !self.is_old(ticket) => {
                return Ok((ticket.clone(), ended_meanwhile));
            }
            Last::Failed { answer, at } if ended_meanwhile || self.pauses(freshness, answer, *at) => {
                return Err(answer.clone());
            }
            _ => {}
        }
        // When this future is dropped here, the lock is free again and the next caller logs in.
        let result = log_in().await;
        let generation = ended.wrapping_add(1);
        let outcome = match result {
            Ok(NewSession { token, lifetime }) => {
                let renew_at = lifetime.map(|lifetime| later(self.clock.now(), kept_for(lifetime)));
                let ticket = Ticket { token: Arc::new(token), generation, renew_at };
                *last = Last::Open(ticket.clone());
                Ok((ticket, true))
            }
            Err(answer) => {
                *last = Last::Failed { answer: answer.clone(), at: self.clock.now() };
                Err(answer)
            }
        };
        self.ended.store(generation, Ordering::Release);
        outcome
    }

    /// Notes that the portal refuses even the fresh session `generation`, so that no caller logs in again at once.
    pub(crate) async fn refused(&self, generation: u64, answer: &Answer) {
        let mut last = self.last.lock().await;
        if matches!(&*last, Last::Open(ticket) if ticket.generation == generation) {
            *last = Last::Failed { answer: answer.clone(), at: self.clock.now() };
        }
    }

    /// Whether the portal is about to end the session, or has done so.
    fn is_old(&self, ticket: &Ticket) -> bool {
        ticket.renew_at.is_some_and(|renew_at| renew_at <= self.clock.now())
    }

    /// Whether a log-in refused at `at` still holds back another. Only a refusal does: it can lock the account.
    fn pauses(&self, freshness: Freshness, answer: &Answer, at: DateTime<Utc>) -> bool {
        // A clock set back makes the difference negative, which `to_std` refuses: no pause for hours then.
        let passed = (self.clock.now() - at).to_std();
        !matches!(freshness, Freshness::New)
            && answer.outcome == Outcome::Auth
            && passed.is_ok_and(|passed| passed < self.pause)
    }
}

/// How long a session of this lifetime is used. It is renewed a little before its end: a call sent at the last moment
/// would still be refused.
fn kept_for(lifetime: Duration) -> Duration {
    lifetime.saturating_sub((lifetime / 10).min(MOST_EARLY))
}

impl Freshness {
    fn is_met_by(self, ticket: &Ticket) -> bool {
        match self {
            Self::Any => true,
            Self::NewerThan(refused) => ticket.generation > refused,
            Self::New => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use chrono::{DateTime, TimeDelta, Utc};
    use tokio::sync::Semaphore;

    use super::{Freshness, NewSession, Session};
    use crate::answer::Answer;
    use crate::outcome::Outcome;
    use dongbo_model::clock::Clock;
    use dongbo_settings::Secret;

    fn session() -> (Clock, Session) {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        (clock.clone(), Session::new(clock, Duration::from_secs(10)))
    }

    fn grant(text: &str, lifetime: Option<Duration>) -> Result<NewSession, Answer> {
        Ok(NewSession { token: Secret::new(text), lifetime })
    }

    fn token(text: &str) -> std::future::Ready<Result<NewSession, Answer>> {
        ready(grant(text, None))
    }

    fn failure(outcome: Outcome) -> std::future::Ready<Result<NewSession, Answer>> {
        ready(Err(Answer::local(outcome, "no")))
    }

    /// Lets `callers` ask for a session at the same time, and counts the log-ins.
    async fn together(
        session: Session,
        freshness: Freshness,
        callers: usize,
        outcome: Outcome,
    ) -> (usize, Vec<Outcome>) {
        let session = Arc::new(session);
        let log_ins = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(Semaphore::new(0));
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let (session, log_ins, gate) = (session.clone(), log_ins.clone(), gate.clone());
                tokio::spawn(async move {
                    let log_in = || async {
                        log_ins.fetch_add(1, Ordering::SeqCst);
                        gate.acquire().await.unwrap().forget();
                        if outcome == Outcome::Delivered {
                            grant("new", None)
                        } else {
                            Err(Answer::local(outcome, "no"))
                        }
                    };
                    session
                        .ticket(freshness, log_in)
                        .await
                        .map_or_else(|answer| answer.outcome, |_| Outcome::Delivered)
                })
            })
            .collect();
        // The test's runtime has one thread: one turn lets every task come as far as it can.
        tokio::task::yield_now().await;
        gate.add_permits(callers);
        let mut outcomes = Vec::new();
        for task in tasks {
            outcomes.push(task.await.unwrap());
        }
        (log_ins.load(Ordering::SeqCst), outcomes)
    }

    #[tokio::test]
    async fn many_who_meet_a_lapsed_session_cause_one_log_in() {
        let (_, session) = session();
        let (ticket, fresh) = session.ticket(Freshness::Any, || token("old")).await.unwrap();
        assert!(fresh);
        let freshness = Freshness::NewerThan(ticket.generation);
        let (log_ins, outcomes) = together(session, freshness, 32, Outcome::Delivered).await;
        assert_eq!((log_ins, outcomes), (1, vec![Outcome::Delivered; 32]));
    }

    #[tokio::test]
    async fn a_failed_log_in_is_shared_too_whatever_its_kind() {
        for outcome in [Outcome::Auth, Outcome::Transient] {
            let (log_ins, outcomes) = together(session().1, Freshness::Any, 32, outcome).await;
            assert_eq!((log_ins, outcomes), (1, vec![outcome; 32]));
        }
    }

    #[tokio::test]
    async fn an_open_session_serves_all_until_one_finds_it_lapsed() {
        let (_, session) = session();
        let (first, _) = session.ticket(Freshness::Any, || token("1")).await.unwrap();
        let (again, fresh) = session.ticket(Freshness::Any, || token("x")).await.unwrap();
        assert_eq!((again.token.expose(), fresh), ("1", false));
        let (second, fresh) =
            session.ticket(Freshness::NewerThan(first.generation), || token("2")).await.unwrap();
        assert_eq!((second.token.expose(), fresh), ("2", true));
        let (late, fresh) =
            session.ticket(Freshness::NewerThan(first.generation), || token("x")).await.unwrap();
        assert_eq!((late.token.expose(), fresh), ("2", false));
    }

    #[tokio::test]
    async fn a_session_that_says_how_long_it_lives_is_renewed_a_little_before_its_end() {
        for (lifetime, renewed_after) in [(300, 270), (3_600, 3_540)] {
            let (clock, session) = session();
            let lasting = |text| ready(grant(text, Some(Duration::from_secs(lifetime))));
            session.ticket(Freshness::Any, || lasting("1")).await.unwrap();
            clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(renewed_after - 1));
            let (kept, _) = session.ticket(Freshness::Any, || lasting("2")).await.unwrap();
            assert_eq!(kept.token.expose(), "1", "{lifetime}");
            clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(renewed_after));
            let (renewed, fresh) = session.ticket(Freshness::Any, || lasting("2")).await.unwrap();
            assert_eq!((renewed.token.expose(), fresh), ("2", true), "{lifetime}");
        }
    }

    #[tokio::test]
    async fn a_session_that_lives_no_time_is_used_once_and_renewed_for_the_next_call() {
        let (_, session) = session();
        let dying = |text| ready(grant(text, Some(Duration::ZERO)));
        assert_eq!(session.ticket(Freshness::Any, || dying("1")).await.unwrap().0.token.expose(), "1");
        assert_eq!(session.ticket(Freshness::Any, || dying("2")).await.unwrap().0.token.expose(), "2");
    }

    #[tokio::test]
    async fn a_refused_log_in_is_not_repeated_within_the_pause_unless_somebody_insists() {
        let (clock, session) = session();
        let refuse = || failure(Outcome::Auth);
        assert!(session.ticket(Freshness::Any, refuse).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(9));
        assert!(session.ticket(Freshness::Any, || token("x")).await.is_err());
        assert!(session.ticket(Freshness::New, || token("x")).await.is_ok());
        assert!(session.ticket(Freshness::NewerThan(2), refuse).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(19));
        assert!(session.ticket(Freshness::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_transient_failure_and_a_clock_set_back_hold_nobody_up() {
        let (clock, session) = session();
        assert!(session.ticket(Freshness::Any, || failure(Outcome::Transient)).await.is_err());
        assert!(session.ticket(Freshness::New, || failure(Outcome::Auth)).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH - TimeDelta::hours(1));
        assert!(session.ticket(Freshness::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_within_the_log_in_holds_nobody_up() {
        let (_, session) = session();
        let never = session.ticket(Freshness::Any, std::future::pending);
        assert!(futures_util::FutureExt::now_or_never(never).is_none());
        assert!(session.ticket(Freshness::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_fresh_session_that_is_refused_pauses_too_but_not_a_newer_one() {
        let (_, session) = session();
        let (first, _) = session.ticket(Freshness::Any, || token("1")).await.unwrap();
        let (second, _) = session.ticket(Freshness::New, || token("2")).await.unwrap();
        let answer = Answer::local(Outcome::Auth, "no");
        session.refused(first.generation, &answer).await;
        assert!(session.ticket(Freshness::Any, || token("x")).await.is_ok());
        session.refused(second.generation, &answer).await;
        assert_eq!(session.ticket(Freshness::Any, || token("x")).await.err(), Some(answer));
    }
}
