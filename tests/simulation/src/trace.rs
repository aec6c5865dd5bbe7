//! The record of a run: always a hash, and words when somebody wants to read it.

use std::fmt::{Arguments, Write};
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
        let now = self.clock.now();
        now.timestamp_micros().hash(&mut self.hasher);
        // A hasher takes everything.
        let _ = Hashed(&mut self.hasher).write_fmt(what);
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{} {what}", now.format("%H:%M:%S%.3f")));
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }
}

/// Hashes what is written.
struct Hashed<'h>(&'h mut DefaultHasher);

impl Write for Hashed<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
