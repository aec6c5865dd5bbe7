//! One session for all workers: whoever meets a lapsed one first renews it, the others wait for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use super::{Answer, Outcome};
use dongbo_model::clock::{Clock, later};
use dongbo_settings::Secret;

/// A session is renewed at most so long before its end.
const MOST_EARLY: Duration = Duration::from_secs(60);

/// The session that all calls share.
pub(super) struct Session {
    clock: Clock,
    /// No log-in within this time after a refused one.
    pause: Duration,
    /// Log-ins that have ended. Read before waiting for the lock, it tells whether one ended meanwhile.
    ended: AtomicU64,
    /// Held while somebody logs in: that is what the others wait for.
    last: Mutex<Last>,
}

enum Last {
    Never,
    Open(Ticket),
    Failed { answer: Answer, at: DateTime<Utc> },
}

/// What a log-in brings.
pub(super) struct Grant {
    pub(super) token: Secret,
    /// How long the portal says that it holds; `None` when it does not say.
    pub(super) life: Option<Duration>,
}

/// A session's token and which log-in it comes from.
#[derive(Clone)]
pub(super) struct Ticket {
    pub(super) token: Arc<Secret>,
    pub(super) generation: u64,
    /// From when on it is renewed before it is used: a little before the portal ends it.
    renew_at: Option<DateTime<Utc>>,
}

/// Which session a caller can do with.
#[derive(Clone, Copy)]
pub(super) enum Need {
    /// Any.
    Any,
    /// One that is newer than this generation, which the portal refuses.
    NewerThan(u64),
    /// One of a log-in that ends after this moment, however fresh the last one is.
    New,
}

impl Session {
    pub(super) fn new(clock: Clock, pause: Duration) -> Self {
        Self { clock, pause, ended: AtomicU64::new(0), last: Mutex::new(Last::Never) }
    }

    /// A session as `need` asks for, from `log_in` when there is none; and whether its log-in ended during this
    /// call. However many callers need one at the same time, one of them logs in, and its failure is theirs too.
    pub(super) async fn ticket<F: Future<Output = Result<Grant, Answer>>>(
        &self,
        need: Need,
        log_in: impl FnOnce() -> F,
    ) -> Result<(Ticket, bool), Answer> {
        let ended_before = self.ended.load(Ordering::Acquire);
        let mut last = self.last.lock().await;
        let ended = self.ended.load(Ordering::Acquire);
        let ended_meanwhile = ended != ended_before;
        match &*last {
            Last::Open(ticket) if ended_meanwhile || need.is_met_by(ticket) && !self.is_old(ticket) => {
                return Ok((ticket.clone(), ended_meanwhile));
            }
            Last::Failed { answer, at } if ended_meanwhile || self.pauses(need, answer, *at) => {
                return Err(answer.clone());
            }
            _ => {}
        }
        // When this future is dropped here, the lock is free again and the next caller logs in.
        let result = log_in().await;
        let generation = ended.wrapping_add(1);
        let outcome = match result {
            Ok(Grant { token, life }) => {
                let renew_at = life.map(|life| later(self.clock.now(), life.saturating_sub(early(life))));
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
    pub(super) async fn refused(&self, generation: u64, answer: &Answer) {
        let mut last = self.last.lock().await;
        if matches!(&*last, Last::Open(ticket) if ticket.generation == generation) {
            *last = Last::Failed { answer: answer.clone(), at: self.clock.now() };
        }
    }

    /// Whether the portal is about to end it, or has done so.
    fn is_old(&self, ticket: &Ticket) -> bool {
        ticket.renew_at.is_some_and(|renew_at| renew_at <= self.clock.now())
    }

    /// Whether a log-in refused at `at` still holds back another. Only a refusal does: it can lock the account.
    fn pauses(&self, need: Need, answer: &Answer, at: DateTime<Utc>) -> bool {
        // A clock set back makes the difference negative, which `to_std` refuses: no pause for hours then.
        let passed = (self.clock.now() - at).to_std();
        !matches!(need, Need::New)
            && answer.outcome == Outcome::Auth
            && passed.is_ok_and(|passed| passed < self.pause)
    }
}

/// How long before its end a session that lives so long is renewed: a call sent at the last moment would still be refused.
fn early(life: Duration) -> Duration {
    (life / 10).min(MOST_EARLY)
}

impl Need {
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

    use super::{Grant, Need, Session};
    use crate::{Answer, Outcome};
    use dongbo_model::clock::Clock;
    use dongbo_settings::Secret;

    fn session() -> (Clock, Session) {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        (clock.clone(), Session::new(clock, Duration::from_secs(10)))
    }

    fn grant(text: &str, life: Option<Duration>) -> Result<Grant, Answer> {
        Ok(Grant { token: Secret::new(text), life })
    }

    fn token(text: &str) -> std::future::Ready<Result<Grant, Answer>> {
        ready(grant(text, None))
    }

    fn failure(outcome: Outcome) -> std::future::Ready<Result<Grant, Answer>> {
        ready(Err(Answer::of_ours(outcome, "no")))
    }

    /// Lets `callers` need a session at the same time, and counts the log-ins.
    async fn together(
        session: Session,
        need: Need,
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
                            Err(Answer::of_ours(outcome, "no"))
                        }
                    };
                    session
                        .ticket(need, log_in)
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
        let (ticket, fresh) = session.ticket(Need::Any, || token("old")).await.unwrap();
        assert!(fresh);
        let need = Need::NewerThan(ticket.generation);
        let (log_ins, outcomes) = together(session, need, 32, Outcome::Delivered).await;
        assert_eq!((log_ins, outcomes), (1, vec![Outcome::Delivered; 32]));
    }

    #[tokio::test]
    async fn a_failed_log_in_is_shared_too_whatever_its_kind() {
        for outcome in [Outcome::Auth, Outcome::Transient] {
            let (log_ins, outcomes) = together(session().1, Need::Any, 32, outcome).await;
            assert_eq!((log_ins, outcomes), (1, vec![outcome; 32]));
        }
    }

    #[tokio::test]
    async fn an_open_session_serves_all_until_one_finds_it_lapsed() {
        let (_, session) = session();
        let (first, _) = session.ticket(Need::Any, || token("1")).await.unwrap();
        let (again, fresh) = session.ticket(Need::Any, || token("x")).await.unwrap();
        assert_eq!((again.token.expose(), fresh), ("1", false));
        let (second, fresh) = session.ticket(Need::NewerThan(first.generation), || token("2")).await.unwrap();
        assert_eq!((second.token.expose(), fresh), ("2", true));
        let (late, fresh) = session.ticket(Need::NewerThan(first.generation), || token("x")).await.unwrap();
        assert_eq!((late.token.expose(), fresh), ("2", false));
    }

    #[tokio::test]
    async fn a_session_that_says_how_long_it_lives_is_renewed_a_little_before_its_end() {
        for (life, renewed_after) in [(300, 270), (3_600, 3_540)] {
            let (clock, session) = session();
            let lasting = |text| ready(grant(text, Some(Duration::from_secs(life))));
            session.ticket(Need::Any, || lasting("1")).await.unwrap();
            clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(renewed_after - 1));
            let (kept, _) = session.ticket(Need::Any, || lasting("2")).await.unwrap();
            assert_eq!(kept.token.expose(), "1", "{life}");
            clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(renewed_after));
            let (renewed, fresh) = session.ticket(Need::Any, || lasting("2")).await.unwrap();
            assert_eq!((renewed.token.expose(), fresh), ("2", true), "{life}");
        }
    }

    #[tokio::test]
    async fn a_session_that_lives_no_time_is_used_once_and_renewed_for_the_next_call() {
        let (_, session) = session();
        let dying = |text| ready(grant(text, Some(Duration::ZERO)));
        assert_eq!(session.ticket(Need::Any, || dying("1")).await.unwrap().0.token.expose(), "1");
        assert_eq!(session.ticket(Need::Any, || dying("2")).await.unwrap().0.token.expose(), "2");
    }

    #[tokio::test]
    async fn a_refused_log_in_is_not_repeated_within_the_pause_unless_somebody_insists() {
        let (clock, session) = session();
        let refuse = || failure(Outcome::Auth);
        assert!(session.ticket(Need::Any, refuse).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(9));
        assert!(session.ticket(Need::Any, || token("x")).await.is_err());
        assert!(session.ticket(Need::New, || token("x")).await.is_ok());
        assert!(session.ticket(Need::NewerThan(2), refuse).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(19));
        assert!(session.ticket(Need::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_transient_failure_and_a_clock_set_back_hold_nobody_up() {
        let (clock, session) = session();
        assert!(session.ticket(Need::Any, || failure(Outcome::Transient)).await.is_err());
        assert!(session.ticket(Need::New, || failure(Outcome::Auth)).await.is_err());
        clock.advance_to(DateTime::<Utc>::UNIX_EPOCH - TimeDelta::hours(1));
        assert!(session.ticket(Need::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_caller_that_gives_up_within_the_log_in_holds_nobody_up() {
        let (_, session) = session();
        let never = session.ticket(Need::Any, std::future::pending);
        assert!(futures_util::FutureExt::now_or_never(never).is_none());
        assert!(session.ticket(Need::Any, || token("x")).await.is_ok());
    }

    #[tokio::test]
    async fn a_fresh_session_that_is_refused_pauses_too_but_not_a_newer_one() {
        let (_, session) = session();
        let (first, _) = session.ticket(Need::Any, || token("1")).await.unwrap();
        let (second, _) = session.ticket(Need::New, || token("2")).await.unwrap();
        let answer = Answer::of_ours(Outcome::Auth, "no");
        session.refused(first.generation, &answer).await;
        assert!(session.ticket(Need::Any, || token("x")).await.is_ok());
        session.refused(second.generation, &answer).await;
        assert_eq!(session.ticket(Need::Any, || token("x")).await.err(), Some(answer));
    }
}
