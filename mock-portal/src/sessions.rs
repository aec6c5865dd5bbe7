//! Sessions handed out at log-in.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::chance;

/// Lapsed sessions are swept when the table reaches this size, and again each time it has doubled.
const FIRST_SWEEP: usize = 10_000;

/// The table of live sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    ends: HashMap<String, Instant>,
    life: Duration,
    sweep_at: usize,
    generator: StdRng,
}

impl Sessions {
    pub(crate) fn new(seed: u64, purpose: &str, life: Duration) -> Self {
        let generator = chance::generator(seed, purpose);
        Self { ends: HashMap::new(), life, sweep_at: FIRST_SWEEP, generator }
    }

    pub(crate) fn open(&mut self, now: Instant) -> String {
        if self.ends.len() >= self.sweep_at {
            self.ends.retain(|_, end| *end > now);
            self.sweep_at = FIRST_SWEEP.max(self.ends.len().saturating_mul(2));
        }
        let mut token = String::with_capacity(32);
        for _ in 0..2 {
            // Writing to a String cannot fail.
            let _infallible = write!(token, "{:016x}", self.generator.random::<u64>());
        }
        self.ends.insert(token.clone(), now + self.life);
        token
    }

    pub(crate) fn is_live(&self, token: &str, now: Instant) -> bool {
        self.ends.get(token).is_some_and(|end| *end > now)
    }

    pub(crate) fn expire_all(&mut self) {
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_lives_its_life_and_no_longer() {
        let now = Instant::now();
        let mut sessions = Sessions::new(1, "sessions", Duration::from_secs(60));
        let token = sessions.open(now);
        assert!(sessions.is_live(&token, now + Duration::from_secs(59)));
        assert!(!sessions.is_live(&token, now + Duration::from_secs(60)));
        assert!(!sessions.is_live("other", now));
        sessions.expire_all();
        assert!(!sessions.is_live(&token, now));
    }

    #[test]
    fn the_seed_decides_the_tokens_and_the_table_stays_small() {
        let now = Instant::now();
        let mut one = Sessions::new(7, "sessions", Duration::ZERO);
        let mut two = Sessions::new(7, "sessions", Duration::ZERO);
        for _ in 0..=FIRST_SWEEP * 2 {
            assert_eq!(one.open(now), two.open(now));
        }
        assert!(one.ends.len() <= FIRST_SWEEP);
    }
}
