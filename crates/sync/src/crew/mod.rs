//! Runs the workers: starts each by name, repeats its work when it says, feeds its proof of life, logs which died, and
//! stops all of them.
//!
//! A `Worker` does one piece of work at a time and says when the next is due. A stream, which has channels or a listener
//! of its own, brings its own loop. Both are members of a `Crew`.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_model::ErrorClass;
use dongbo_model::backoff::{LONGEST_RETRY, retry_waits};
use dongbo_model::clock::{Mark, later};

/// Time in which a worker has to end after a stop, unless it says otherwise.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(1);

/// When a worker has work again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// At once.
    Now,
    /// At this moment.
    At(DateTime<Utc>),
    /// When it is woken, and at this moment at the latest.
    AtOrWoken(DateTime<Utc>),
    /// When it is woken, and when this comes at the latest.
    MarkOrWoken(Mark),
    /// When it is woken.
    Woken,
    /// Never: a schedule that is off.
    Never,
}

/// A part of the daemon that does one piece of work after another.
pub trait Worker: Send + Sync {
    /// The reason why a piece of work failed; it is tried again after a growing wait.
    type Error: Send;

    /// The part that it is.
    fn part(&self) -> Part;

    /// When its first piece of work is due.
    fn first(&self) -> Again {
        Again::Now
    }

    /// Does one piece of work, and says when the next is due.
    fn once(&mut self) -> impl Future<Output = Result<Again, Self::Error>> + Send;

    /// Logs a piece of work that failed and is tried again after `wait`.
    fn failed(&mut self, error: &Self::Error, wait: Duration);

    /// Returns when it is woken, for a worker that says [`Again::AtOrWoken`] or [`Again::Woken`]. It must not miss what woke
    /// it before it was called.
    fn woken(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// The longest that one piece of work may take between two reports of progress.
    fn longest(&self) -> Duration;
}

/// Repeats the work of `worker` without an end. Dropping it breaks off what goes on.
pub(crate) async fn work(ctx: &Ctx, mut worker: impl Worker) {
    let part = worker.part();
    let _on_duty = ctx.vitals.on_duty(part, worker.longest());
    let mut waits = retry_waits();
    let mut again = worker.first();
    loop {
        rest(ctx, &worker, again).await;
        again = match worker.once().await {
            Ok(again) => {
                waits = retry_waits();
                again
            }
            Err(error) => {
                let wait = waits.next().unwrap_or(LONGEST_RETRY);
                worker.failed(&error, wait);
                Again::At(later(ctx.clock.now(), wait))
            }
        };
        ctx.vitals.progressed(part);
    }
}

/// Lets `worker` rest until its next piece of work is due.
async fn rest(ctx: &Ctx, worker: &impl Worker, again: Again) {
    let part = worker.part();
    match again {
        Again::Now => {}
        Again::At(at) => {
            ctx.vitals.rests(part, at);
            ctx.clock.sleep_until(at).await;
        }
        Again::AtOrWoken(at) => {
            ctx.vitals.rests(part, at);
            tokio::select! {
                biased;
                () = worker.woken() => {}
                () = ctx.clock.sleep_until(at) => {}
            }
        }
        Again::MarkOrWoken(mark) => {
            ctx.vitals.rests(part, ctx.clock.moment_of(mark));
            tokio::select! {
                biased;
                () = worker.woken() => {}
                () = ctx.clock.sleep_to(mark) => {}
            }
        }
        Again::Woken => {
            let _waiting = ctx.vitals.waits(part);
            worker.woken().await;
        }
        Again::Never => {
            let _waiting = ctx.vitals.waits(part);
            std::future::pending().await
        }
    }
    ctx.vitals.begins(part);
}

/// A member's place in a crew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Post {
    /// The part that it is.
    pub(crate) part: Part,
    /// The longest that one piece of its work may take between two reports of progress.
    pub(crate) longest: Duration,
    /// Time in which it has to end after a stop.
    pub(crate) stop_within: Duration,
    /// Whether it may go on alone after that; else it is broken off.
    pub(crate) may_outlast: bool,
}

/// The reason why a crew stopped by itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cause<T> {
    /// A member ended without being asked to.
    Died(Part),
    /// The trouble came that the crew was to stop for.
    Trouble(T),
}

/// The end of a crew.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended<T> {
    /// The reason why it stopped; `None` when it was asked to.
    pub(crate) cause: Option<Cause<T>>,
    /// The parts that did not end in time after the stop and were broken off.
    pub(crate) late: Vec<Part>,
}

/// The workers and streams that live and stop together.
pub(crate) struct Crew {
    ctx: Ctx,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    members: HashMap<Id, Member>,
}

struct Member {
    post: Post,
    task: AbortHandle,
}

impl Crew {
    /// A crew without members, which works until `stop`. It gives `stop` itself when a member dies.
    pub(crate) fn new(ctx: Ctx, stop: CancellationToken) -> Self {
        Self { ctx, stop, tasks: JoinSet::new(), members: HashMap::new() }
    }

    /// Starts a worker; what it does when the stop comes is broken off.
    pub(crate) fn hire(&mut self, worker: impl Worker + 'static) {
        let post = Post {
            part: worker.part(),
            longest: worker.longest(),
            stop_within: STOP_WITHIN,
            may_outlast: false,
        };
        let (ctx, stop) = (self.ctx.clone(), self.stop.clone());
        self.start(post, async move {
            stop.run_until_cancelled(work(&ctx, worker)).await;
        });
    }

    /// Starts a stream, which ends by itself after the stop.
    pub(crate) fn hire_stream(&mut self, post: Post, stream: impl Future<Output = ()> + Send + 'static) {
        let on_duty = self.ctx.vitals.on_duty(post.part, post.longest);
        self.start(post, async move {
            let _on_duty = on_duty;
            stream.await;
        });
    }

    fn start(&mut self, post: Post, member: impl Future<Output = ()> + Send + 'static) {
        let task = self.tasks.spawn(member);
        self.members.insert(task.id(), Member { post, task });
    }

    /// Works until the stop comes, `trouble` does or a member dies; then stops everybody and waits for them, for each as long
    /// as its post says.
    pub(crate) async fn run_until<T>(mut self, trouble: impl Future<Output = T>) -> Ended<T> {
        let cause = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            trouble = trouble => Some(Cause::Trouble(trouble)),
            Some(ended) = self.tasks.join_next_with_id() => self.left(ended).map(Cause::Died),
        };
        // Members that end because they were told to may be quicker than the word that they were.
        let cause = cause.filter(|_| !self.stop.is_cancelled());
        self.stop.cancel();
        Ended { cause, late: self.stand_down().await }
    }

    /// Waits for everybody, for each as long as its post says.
    async fn stand_down(&mut self) -> Vec<Part> {
        let stopped_at = self.ctx.clock.now();
        let mut late = Vec::new();
        let clock = self.ctx.clock.clone();
        while let Some(within) = self.members.values().map(|member| member.post.stop_within).min() {
            tokio::select! {
                biased;
                ended = self.tasks.join_next_with_id() => match ended {
                    Some(ended) => drop(self.left(ended)),
                    None => break,
                },
                () = clock.sleep_until(later(stopped_at, within)) => {
                    for (_, member) in self.members.extract_if(|_, member| member.post.stop_within <= within) {
                        if !member.post.may_outlast {
                            member.task.abort();
                        }
                        late.push(member.post.part);
                    }
                }
            }
        }
        self.tasks.detach_all();
        late
    }

    /// Removes a member that has ended, and logs one that did not end well.
    fn left(&mut self, ended: Result<(Id, ()), JoinError>) -> Option<Part> {
        let id = match &ended {
            Ok((id, ())) => *id,
            Err(error) => error.id(),
        };
        let part = self.members.remove(&id)?.post.part;
        if let Err(error) = ended {
            report(part, &error);
        }
        Some(part)
    }
}

/// Logs a member that did not end well. Of the others the panic itself is in the log.
fn report(part: Part, error: &JoinError) {
    match part {
        Part::Settling => tracing::error!(
            event = "push.settler_died",
            class = ErrorClass::Bug.name(),
            "The ledger's writer died ({}). Please report this",
            ended(error)
        ),
        Part::Live | Part::Background | Part::Pause | Part::Probe => tracing::error!(
            event = "push.task_died",
            class = ErrorClass::Bug.name(),
            "A part of sending died ({}). Please report this",
            ended(error)
        ),
        _ => {}
    }
}

/// Says how a task ended that did not end well. The error's own text is not fit for the log: it holds the panic's message.
#[must_use]
pub fn ended(error: &JoinError) -> &'static str {
    if error.is_panic() { "it panicked, see task.panicked" } else { "it was cancelled" }
}

#[cfg(test)]
mod tests;
