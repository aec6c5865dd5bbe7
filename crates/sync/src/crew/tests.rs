//! The start, the watching and the stop of members.

use super::*;
use crate::push;
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use futures_util::FutureExt as _;

const CANARY: &str = "079199000123";

#[tokio::test]
async fn how_a_task_ended_is_told_without_the_message_of_its_panic() {
    let panicked = tokio::spawn(async { panic!("no dossier of {CANARY}") }).await.unwrap_err();
    assert!(panicked.to_string().contains(CANARY), "this is why the error itself is not logged");
    assert_eq!(ended(&panicked), "it panicked, see task.panicked");
    let cancelled = tokio::spawn(std::future::pending::<()>());
    cancelled.abort();
    assert_eq!(ended(&cancelled.await.unwrap_err()), "it was cancelled");
}

async fn ctx() -> (Ctx, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
    let clock = Clock::manual(DateTime::UNIX_EPOCH);
    (Ctx::new(ledger, clock, &push::Settings::default()), folder)
}

/// A worker that fails twice, does its work, and is then off.
struct Failing(u32);

impl Worker for Failing {
    type Error = ();

    fn part(&self) -> Part {
        Part::Sweep
    }

    async fn once(&mut self) -> Result<Again, ()> {
        self.0 += 1;
        if self.0 < 3 { Err(()) } else { Ok(Again::Never) }
    }

    fn failed(&mut self, (): &(), _: Duration) {}

    fn longest(&self) -> Duration {
        Duration::ZERO
    }
}

const fn post(part: Part, stop_within: u64) -> Post {
    Post { part, longest: Duration::ZERO, stop_within: Duration::from_secs(stop_within), may_outlast: false }
}

/// Moves the time on whenever nothing else happens, until `work` is done.
async fn in_time<T>(clock: &Clock, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        for _ in 0..20 {
            if let Some(done) = work.as_mut().now_or_never() {
                return done;
            }
            tokio::task::yield_now().await;
        }
        if let Some(wake) = clock.next_sleeper().now_or_never() {
            clock.advance_to(wake);
        }
    }
}

#[tokio::test]
async fn work_that_failed_is_tried_again_later_and_later() {
    let (ctx, _folder) = ctx().await;
    let mut crew = Crew::new(ctx.clone(), CancellationToken::new());
    crew.hire(Failing(0));
    let off = async {
        while ctx.vitals.progress().of(Part::Sweep) < 3 {
            tokio::task::yield_now().await;
        }
    };
    let ended = in_time(&ctx.clock, crew.run_until(off)).await;
    assert_eq!(ended, Ended { cause: Some(Cause::Trouble(())), late: Vec::new() });
    let passed = ctx.clock.now() - DateTime::<Utc>::UNIX_EPOCH;
    assert_eq!(passed, chrono::TimeDelta::milliseconds(1_500), "half a second, then a whole one");
}

#[tokio::test]
async fn a_member_that_ends_by_itself_stops_all_others_and_is_named() {
    let (ctx, _folder) = ctx().await;
    let stop = CancellationToken::new();
    let mut crew = Crew::new(ctx.clone(), stop.clone());
    let stopped = stop.clone();
    crew.hire_stream(post(Part::Live, 1), async move { stopped.cancelled().await });
    crew.hire_stream(post(Part::Files, 1), async { panic!("broken on purpose") });
    let ended = in_time(&ctx.clock, crew.run_until(std::future::pending::<()>())).await;
    assert_eq!(ended, Ended { cause: Some(Cause::Died(Part::Files)), late: Vec::new() });
    assert!(stop.is_cancelled());
    assert_eq!(ctx.clock.now(), DateTime::<Utc>::UNIX_EPOCH, "nobody was waited for");
}

#[tokio::test]
async fn who_is_late_after_a_stop_is_broken_off_at_its_own_deadline_and_told() {
    let (ctx, _folder) = ctx().await;
    let stop = CancellationToken::new();
    let mut crew = Crew::new(ctx.clone(), stop.clone());
    let (held, mut released) = tokio::sync::mpsc::channel::<()>(1);
    crew.hire_stream(post(Part::Live, 8), async move {
        let _held = held;
        std::future::pending().await
    });
    crew.hire_stream(post(Part::Settling, 9), async move { while released.recv().await.is_some() {} });
    stop.cancel();
    let ended = in_time(&ctx.clock, crew.run_until(std::future::pending::<()>())).await;
    assert_eq!(
        ended,
        Ended { cause: None, late: vec![Part::Live] },
        "the writer ended with the last that it waited for"
    );
    assert_eq!(ctx.clock.now() - DateTime::<Utc>::UNIX_EPOCH, chrono::TimeDelta::seconds(8));
}

/// A worker of any part, with work every second, which hangs in its third piece.
struct Everyday {
    part: Part,
    clock: Clock,
    hangs: bool,
    done: u32,
}

impl Worker for Everyday {
    type Error = ();

    fn part(&self) -> Part {
        self.part
    }

    async fn once(&mut self) -> Result<Again, ()> {
        self.done += 1;
        if self.hangs && self.done == 3 {
            std::future::pending::<()>().await;
        }
        Ok(Again::At(later(self.clock.now(), Duration::from_secs(1))))
    }

    fn failed(&mut self, (): &(), _: Duration) {}

    fn longest(&self) -> Duration {
        Duration::from_secs(10)
    }
}

#[tokio::test]
async fn a_part_that_hangs_starves_the_watchdog_and_is_named_whichever_it_is() {
    for &hung in Part::ALL {
        let (ctx, _folder) = ctx().await;
        let mut crew = Crew::new(ctx.clone(), CancellationToken::new());
        for &part in Part::ALL {
            crew.hire(Everyday { part, clock: ctx.clock.clone(), hangs: part == hung, done: 0 });
        }
        let (mut fed_at, mut seen) = (ctx.clock.now(), ctx.vitals.progress());
        let watched = async {
            loop {
                seen = ctx.vitals.all_progressed(&seen).await;
                fed_at = ctx.clock.now();
                ctx.clock.sleep(Duration::from_secs(1)).await;
            }
        };
        let named = async {
            loop {
                if let Some(standstill) = ctx.vitals.standstill(None, ctx.clock.now()) {
                    return standstill.part;
                }
                ctx.clock.sleep(Duration::from_secs(1)).await;
            }
        };
        // A while of health comes first: a member that has not begun is not ready.
        let judged = async {
            ctx.clock.sleep(Duration::from_millis(500)).await;
            assert_eq!(ctx.vitals.standstill(None, ctx.clock.now()), None);
            tokio::select! {
                never = watched => never,
                part = named => part,
            }
        };
        let Ended { cause, .. } = in_time(&ctx.clock, crew.run_until(judged)).await;
        assert_eq!(cause, Some(Cause::Trouble(hung)));
        let (fed, stood) = (fed_at - DateTime::<Utc>::UNIX_EPOCH, ctx.clock.now() - fed_at);
        assert!(fed.num_seconds() <= 4, "{hung:?}: it was fed at {fed}");
        assert!(
            stood.num_seconds() >= 75,
            "{hung:?}: two pieces of work and a minute are left to it, not {stood}"
        );
    }
}
