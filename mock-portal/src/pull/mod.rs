//! Fetching: the portal follows the links that dossiers name, each at the time and in the way that the rules say.

mod fetch;
mod report;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::core::Core;
use crate::files::{Errand, FileState, HeldFile, PullKind};
use crate::gate::stopped;
use crate::sync::lock;
use fetch::{FetchedFile, Problem};
use report::Report;

/// Takes errands until the portal stops; then all that are under way end.
pub(crate) async fn run(core: Arc<Core>) {
    let client = match fetch::client(core.config.pull.timeout_s) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the portal cannot fetch files");
            return;
        }
    };
    let stop = stopped(core.gate.watch());
    tokio::pin!(stop);
    let mut jobs = JoinSet::new();
    // The write log may have announced links already.
    core.files.wake();
    loop {
        tokio::select! {
            () = &mut stop => return,
            Some(_ended) = jobs.join_next() => {}
            errands = core.files.fresh_errands() => {
                for errand in errands {
                    jobs.spawn(run_errand(Arc::clone(&core), client.clone(), errand));
                }
            }
        }
    }
}

/// Attempts to fetch one file until it is whole, no attempt is left, or another link is announced.
async fn run_errand(core: Arc<Core>, client: Client, errand: Errand) {
    let config = &core.config.pull;
    let mut pause = None;
    for attempt in 1..=config.attempts {
        let Some(kind) = until_due(&core, &errand, pause).await else { return };
        // Never closed; and if it were, there would be nobody left to fetch.
        let Ok(_turn) = core.files.turn().await else { return };
        let Some(link) = begin(&core, &errand) else { return };
        let Some(fetched) = fetch_by(&core, &client, &errand, &kind, &link).await else { return };
        let done = fetched.is_ok();
        finish(&core, &errand, fetched, attempt == config.attempts);
        core.files.attempt_ended();
        if done {
            return;
        }
        pause = Some(Duration::from_millis(config.again_after_ms));
    }
}

/// Fetches a file in one way; `None` when its link is not the last any more.
async fn fetch_by(
    core: &Core,
    client: &Client,
    errand: &Errand,
    kind: &PullKind,
    link: &str,
) -> Option<Result<Vec<FetchedFile>, Problem>> {
    let report = Report::new(&core.files, errand);
    let PullKind::Cut { again_after_ms } = kind else {
        let order = core.files.draw(&[&errand.dossier, &errand.file]);
        return Some(fetch::whole(client, link, kind, order, &report).await);
    };
    let part = match fetch::half(client, link, &report).await {
        Ok(fetch::Half::Rest(part)) => part,
        Ok(fetch::Half::All(file)) => return Some(Ok(vec![file])),
        Err(problem) => return Some(Err(problem)),
    };
    // It waits as a file that has yet to be fetched, so that "fetch now" asks for the rest at once.
    core.files.change(errand, |file| file.state = FileState::Waiting);
    until_due(core, errand, Some(Duration::from_millis(*again_after_ms))).await?;
    begin(core, errand)?;
    Some(fetch::rest(client, link, part, &report).await)
}

/// Waits until the file is due: `pause` from now, or for the first time by the rule from the announcement on. Returns
/// the way to fetch it; `None` when the link is not the last any more.
async fn until_due(core: &Core, errand: &Errand, pause: Option<Duration>) -> Option<PullKind> {
    let mut nudges = core.files.nudges();
    let begun = Instant::now();
    loop {
        nudges.mark_unchanged();
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
            nudges.changed().await.ok()?;
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
            changed = nudges.changed() => changed.ok()?,
        }
    }
}

fn first_wait(core: &Core, errand: &Errand) -> Duration {
    let config = &core.config.pull;
    let number = errand.number.to_string();
    let drawn = core.files.draw(&["pull", &errand.dossier, &errand.file, &number]);
    let jitter = drawn.checked_rem(config.jitter_ms.saturating_add(1)).unwrap_or_default();
    Duration::from_millis(config.delay_ms.saturating_add(jitter))
}

/// Enters the beginning of an attempt and returns the link; `None` when it is not the last any more.
fn begin(core: &Core, errand: &Errand) -> Option<String> {
    let mut book = lock(&core.files.book);
    let file = book.file(errand)?;
    file.state = FileState::Fetching;
    file.attempts += 1;
    Some(file.link.clone())
}

/// Enters the end of an attempt, and keeps a whole file in the write log.
fn finish(core: &Core, errand: &Errand, fetched: Result<Vec<FetchedFile>, Problem>, is_last: bool) {
    let store = lock(&core.store);
    let mut book = lock(&core.files.book);
    let Some(file) = book.file(errand) else { return };
    match fetched {
        Ok(all) => {
            file.hurried = false;
            for fetched in &all {
                file.receive(fetched.bytes, &fetched.sha256);
            }
            let Some(last) = all.into_iter().next_back() else { return };
            let held = HeldFile {
                dossier: errand.dossier.clone(),
                role: errand.role,
                file: errand.file.clone(),
                link: file.link.clone(),
                bytes: last.bytes,
                sha256: last.sha256,
            };
            if let Some(log) = lock(&core.write_log).as_mut() {
                log.keep_file(&held);
            }
        }
        Err(problem) => {
            tracing::debug!(dossier = errand.dossier, problem, "a file could not be fetched");
            file.state = if is_last { FileState::Failed } else { FileState::Waiting };
            file.hurried &= !is_last;
            file.problem = problem;
        }
    }
    drop(book);
    drop(store);
}
