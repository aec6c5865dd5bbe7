//! When the portal comes for which file.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::book::{Book, Errand, Held};
use super::fetch::{self, Got};
use super::{FileState, PullKind, PullRule};
use crate::chance;
use crate::config::Pull;
use crate::core::Core;
use crate::error::Error;
use crate::gate::stopped;
use crate::sync::lock;

/// The book of files, and what wakes those who work by it.
#[derive(Debug)]
pub(crate) struct Puller {
    /// Locked while `store` is, where both are.
    pub(crate) book: Mutex<Book>,
    rules: Mutex<Vec<PullRule>>,
    /// There are fresh errands.
    fresh: Notify,
    /// Who waits is to look again: the rules are others, or there is a hurry.
    nudge: watch::Sender<u64>,
    /// Something is over.
    over: watch::Sender<u64>,
    /// How many come at the same time.
    at_once: Semaphore,
    seed: u64,
}

impl Puller {
    pub(crate) fn new(config: &Pull, seed: u64, book: Book) -> Self {
        Self {
            book: Mutex::new(book),
            rules: Mutex::new(config.rules.clone()),
            fresh: Notify::new(),
            nudge: watch::Sender::new(0),
            over: watch::Sender::new(0),
            at_once: Semaphore::new(config.at_once),
            seed,
        }
    }

    /// Tells whoever takes errands up that there may be fresh ones.
    pub(crate) fn wake(&self) {
        self.fresh.notify_one();
    }

    pub(crate) fn rules(&self) -> Vec<PullRule> {
        lock(&self.rules).clone()
    }

    /// Replaces all rules. They hold at once for every file that is still waited with.
    pub(crate) fn set_rules(&self, rules: Vec<PullRule>) -> Result<(), Error> {
        rules.iter().try_for_each(PullRule::validate)?;
        *lock(&self.rules) = rules;
        self.nudge.send_modify(|turn| *turn += 1);
        Ok(())
    }

    /// Comes now for every file that is not whole, but for those that a rule says `never` of, and waits until it has
    /// got each or has come as often as it may.
    pub(crate) async fn fetch_now(&self) {
        let mut over = self.over.subscribe();
        let rules = self.rules();
        let kind = |dossier: &str, role, file: &str| pick(&rules, self.seed, dossier, role, file);
        let mut errands =
            lock(&self.book).hurry(|dossier, role, file| kind(dossier, role, file) != PullKind::Never);
        self.wake();
        self.nudge.send_modify(|turn| *turn += 1);
        loop {
            over.mark_unchanged();
            {
                let mut book = lock(&self.book);
                errands.retain(|errand| !book.is_over(errand));
            }
            if errands.is_empty() || over.changed().await.is_err() {
                return;
            }
        }
    }

    fn kind(&self, errand: &Errand) -> PullKind {
        pick(&lock(&self.rules), self.seed, &errand.dossier, errand.role, &errand.file)
    }
}

fn pick(rules: &[PullRule], seed: u64, dossier: &str, role: super::Role, file: &str) -> PullKind {
    let rule = rules.iter().find(|rule| rule.fits(seed, dossier, role, file));
    rule.map_or(PullKind::Once, |rule| rule.kind.clone())
}

/// Takes errands up until the portal stops; then all that are under way end.
pub(crate) async fn run(core: Arc<Core>) {
    let client = match fetch::client(&core.config.pull) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the portal cannot come for files");
            return;
        }
    };
    let stop = stopped(core.gate.watch());
    tokio::pin!(stop);
    let mut jobs = JoinSet::new();
    // A kept file may have told of links already.
    core.files.wake();
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(_ended) = jobs.join_next() => {}
            () = core.files.fresh.notified() => {
                for errand in lock(&core.files.book).take_fresh() {
                    jobs.spawn(go(Arc::clone(&core), client.clone(), errand));
                }
            }
        }
    }
}

/// Comes for one file until it has it, may come no more, or another link is announced.
async fn go(core: Arc<Core>, client: reqwest::Client, errand: Errand) {
    let config = &core.config.pull;
    let mut pause = None;
    for attempt in 1..=config.attempts {
        let Some(kind) = until_due(&core, &errand, pause).await else { return };
        // Never closed; and if it were, there would be nobody left to come.
        let Ok(_turn) = core.files.at_once.acquire().await else { return };
        let Some(link) = begin(&core, &errand) else { return };
        let got = match &kind {
            // Not before the rest is asked for; so that "fetch now" need not wait for it either.
            PullKind::Cut { again_after_ms } => {
                match fetch::half(&client, &link, &Report::new(&core, &errand)).await {
                    Ok(fetch::Half::Rest(part)) => {
                        pause = Some(Duration::from_millis(*again_after_ms));
                        note(&core, &errand, |file| file.state = FileState::Waiting);
                        if until_due(&core, &errand, pause).await.is_none() || begin(&core, &errand).is_none()
                        {
                            return;
                        }
                        fetch::rest(&client, &link, part, &Report::new(&core, &errand)).await
                    }
                    Ok(fetch::Half::All(got)) => Ok(vec![got]),
                    Err(problem) => Err(problem),
                }
            }
            kind => {
                let order = chance::mix(core.files.seed, &[&errand.dossier, &errand.file]);
                fetch::whole(&client, &link, kind, order, &Report::new(&core, &errand)).await
            }
        };
        let done = got.is_ok();
        let last = attempt == config.attempts;
        finish(&core, &errand, got, last);
        core.files.over.send_modify(|turn| *turn += 1);
        if done {
            return;
        }
        pause = Some(Duration::from_millis(config.again_after_ms));
    }
}

/// Waits until the portal comes: `pause` from now, or for the first time by the rule from the announcement on. Returns
/// the way of coming; `None` when the link is not the last any more.
async fn until_due(core: &Core, errand: &Errand, pause: Option<Duration>) -> Option<PullKind> {
    let mut nudge = core.files.nudge.subscribe();
    let begun = Instant::now();
    loop {
        nudge.mark_unchanged();
        let kind = core.files.kind(errand);
        let (announced, hurried) = {
            let mut book = lock(&core.files.book);
            let file = book.file(errand)?;
            (file.announced, file.hurried)
        };
        let due = match (&kind, pause) {
            (PullKind::Never, _) => None,
            (_, Some(pause)) => Some(begun + pause),
            (PullKind::Late { after_s }, None) => Some(announced + Duration::from_secs(*after_s)),
            (_, None) => Some(announced + first_wait(core, errand)),
        };
        let Some(due) = due else {
            // The rules may change; the portal's end ends the task.
            nudge.changed().await.ok()?;
            continue;
        };
        if hurried {
            return Some(kind);
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(due) => {
                return lock(&core.files.book).file(errand).map(|_| kind);
            }
            changed = nudge.changed() => changed.ok()?,
        }
    }
}

fn first_wait(core: &Core, errand: &Errand) -> Duration {
    let config = &core.config.pull;
    let number = errand.number.to_string();
    let drawn = chance::mix(core.files.seed, &["pull", &errand.dossier, &errand.file, &number]);
    let jitter = drawn.checked_rem(config.jitter_ms.saturating_add(1)).unwrap_or_default();
    Duration::from_millis(config.delay_ms.saturating_add(jitter))
}

fn note(core: &Core, errand: &Errand, change: impl FnOnce(&mut super::book::File)) {
    if let Some(file) = lock(&core.files.book).file(errand) {
        change(file);
    }
}

/// The link to follow; `None` when another was announced meanwhile.
fn begin(core: &Core, errand: &Errand) -> Option<String> {
    let mut book = lock(&core.files.book);
    let file = book.file(errand)?;
    file.state = FileState::Fetching;
    file.attempts += 1;
    Some(file.link.clone())
}

fn finish(core: &Core, errand: &Errand, got: Result<Vec<Got>, &'static str>, last: bool) {
    let store = lock(&core.store);
    let mut book = lock(&core.files.book);
    let Some(file) = book.file(errand) else { return };
    match got {
        Ok(all) => {
            file.hurried = false;
            for got in &all {
                file.got(got.bytes, &got.sha256);
            }
            let Some(got) = all.into_iter().next_back() else { return };
            let held = Held {
                dossier: errand.dossier.clone(),
                role: errand.role,
                file: errand.file.clone(),
                link: file.link.clone(),
                bytes: got.bytes,
                sha256: got.sha256,
            };
            if let Some(kept) = lock(&core.kept).as_mut() {
                kept.keep_file(&held);
            }
        }
        Err(problem) => {
            tracing::debug!(dossier = errand.dossier, problem, "a file could not be fetched");
            file.state = if last { FileState::Failed } else { FileState::Waiting };
            file.hurried &= !last;
            file.problem = problem;
        }
    }
    drop(book);
    drop(store);
}

/// Notes requests and their answers while they are made.
pub(super) struct Report<'a> {
    core: &'a Core,
    errand: &'a Errand,
}

impl<'a> Report<'a> {
    fn new(core: &'a Core, errand: &'a Errand) -> Self {
        Self { core, errand }
    }

    pub(super) fn asked(&self) {
        note(self.core, self.errand, |file| file.requests += 1);
    }

    pub(super) fn answered(&self, status: u16) {
        note(self.core, self.errand, |file| file.http = Some(status));
    }
}
