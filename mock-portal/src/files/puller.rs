//! The book of files and the rules of fetching, with the signals between those who change them and those who fetch.

use std::sync::Mutex;

use tokio::sync::{AcquireError, Notify, Semaphore, SemaphorePermit, watch};

use super::book::{Book, Errand, FileRecord};
use super::file::Role;
use super::rule::{PullKind, PullRule};
use crate::chance;
use crate::error::Error;
use crate::sync::lock;

/// The book of files, and the signals that wake those who fetch by it.
#[derive(Debug)]
pub(crate) struct Puller {
    /// Locked while `store` is, where both are.
    pub(crate) book: Mutex<Book>,
    rules: Mutex<Vec<PullRule>>,
    /// Signals fresh errands.
    fresh: Notify,
    /// Makes waiting errands look again: the rules are others, or there is a hurry.
    nudge: watch::Sender<u64>,
    /// Signals that an attempt has ended.
    over: watch::Sender<u64>,
    /// Limits how many files are fetched at the same time.
    at_once: Semaphore,
    seed: u64,
}

impl Puller {
    pub(crate) fn new(rules: Vec<PullRule>, at_once: usize, seed: u64, book: Book) -> Self {
        Self {
            book: Mutex::new(book),
            rules: Mutex::new(rules),
            fresh: Notify::new(),
            nudge: watch::Sender::new(0),
            over: watch::Sender::new(0),
            at_once: Semaphore::new(at_once),
            seed,
        }
    }

    /// Signals that there may be fresh errands.
    pub(crate) fn wake(&self) {
        self.fresh.notify_one();
    }

    /// Waits for [`Self::wake`] and takes the fresh errands. Nothing is lost when the wait is given up.
    pub(crate) async fn fresh_errands(&self) -> Vec<Errand> {
        self.fresh.notified().await;
        lock(&self.book).take_fresh()
    }

    pub(crate) fn rules(&self) -> Vec<PullRule> {
        lock(&self.rules).clone()
    }

    /// Replaces all rules. They hold at once for every file that is still waiting.
    pub(crate) fn set_rules(&self, rules: Vec<PullRule>) -> Result<(), Error> {
        rules.iter().try_for_each(PullRule::validate)?;
        *lock(&self.rules) = rules;
        self.nudge.send_modify(|turn| *turn += 1);
        Ok(())
    }

    /// Fetches now every file that is not whole, but for those that a rule says `never` of, and waits until each is
    /// whole or has failed.
    pub(crate) async fn fetch_now(&self) {
        let mut over = self.over.subscribe();
        let rules = self.rules();
        let kind = |dossier: &str, role, file: &str| kind_by(&rules, self.seed, dossier, role, file);
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

    /// The way to fetch the file of an errand by the present rules.
    pub(crate) fn kind(&self, errand: &Errand) -> PullKind {
        kind_by(&lock(&self.rules), self.seed, &errand.dossier, errand.role, &errand.file)
    }

    /// A receiver that changes when waiting errands have to look again.
    pub(crate) fn nudges(&self) -> watch::Receiver<u64> {
        self.nudge.subscribe()
    }

    /// Waits until fewer than `at_once` files are being fetched.
    pub(crate) async fn turn(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.at_once.acquire().await
    }

    /// Signals that an attempt has ended.
    pub(crate) fn attempt_ended(&self) {
        self.over.send_modify(|turn| *turn += 1);
    }

    /// A number that the seed and `purpose` decide.
    pub(crate) fn draw(&self, purpose: &[&str]) -> u64 {
        chance::mix(self.seed, purpose)
    }

    /// Changes the record of an errand's file, unless its link is not the last any more.
    pub(crate) fn change(&self, errand: &Errand, change: impl FnOnce(&mut FileRecord)) {
        if let Some(file) = lock(&self.book).file(errand) {
            change(file);
        }
    }
}

fn kind_by(rules: &[PullRule], seed: u64, dossier: &str, role: Role, file: &str) -> PullKind {
    let rule = rules.iter().find(|rule| rule.fits(seed, dossier, role, file));
    rule.map_or(PullKind::Once, |rule| rule.kind.clone())
}
