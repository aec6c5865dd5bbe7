//! The record of a run: always a hash, and words when somebody wants to read it.

use std::fmt::Arguments;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use dongbo_model::clock::Clock;

#[derive(Debug)]
pub(crate) struct Trace {
    clock: Clock,
    hasher: DefaultHasher,
    pub lines: Option<Vec<String>>,
}

impl Trace {
    pub(crate) fn new(clock: Clock, kept: bool) -> Self {
        Self { clock, hasher: DefaultHasher::new(), lines: kept.then(Vec::new) }
    }

    pub(crate) fn note(&mut self, what: Arguments<'_>) {
        let line = format!("{} {what}", self.clock.now().format("%H:%M:%S%.3f"));
        line.hash(&mut self.hasher);
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }
}
