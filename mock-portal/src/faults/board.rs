//! The rules in force, and the draw for each call.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::rule::{FaultKind, FaultRule};
use crate::chance;
use crate::error::Error;
use crate::service::Service;
use crate::sync::lock;

/// A rule in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmedRule {
    /// The rule; its id is set.
    pub rule: FaultRule,
    /// Number of calls that it has struck since it was added.
    pub fired: u64,
}

#[derive(Debug)]
struct Armed {
    id: Arc<str>,
    rule: FaultRule,
    service: Option<Service>,
    fired: u64,
    generator: StdRng,
}

/// A rule that struck.
#[derive(Debug, Clone)]
pub(crate) struct Fired {
    pub(crate) id: Arc<str>,
    pub(crate) kind: FaultKind,
    /// The first dossier of the call that the rule is about.
    pub(crate) dossier: Option<String>,
}

/// The faults that strike a call.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// Wait before anything else: the sum of the delays.
    pub(crate) pause: Duration,
    /// Every rule that struck, the delays first; only the last can be more than a delay.
    pub(crate) fired: Vec<Fired>,
}

/// The parts of a call that the rules look at.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) service: Service,
    pub(crate) is_create: bool,
    pub(crate) dossiers: &'a [String],
}

#[derive(Debug, Default)]
struct RuleList {
    armed: Vec<Armed>,
    named: u64,
}

/// The rules in force.
#[derive(Debug)]
pub(crate) struct FaultBoard {
    rules: Mutex<RuleList>,
    /// Whether there is any rule; spares the lock while there is none.
    any: AtomicBool,
    seed: u64,
}

impl FaultBoard {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rules: Mutex::default(), any: AtomicBool::new(false), seed }
    }

    /// Adds a rule, or replaces the one of the same id in its place, and returns the id.
    pub(crate) fn add(&self, mut rule: FaultRule) -> Result<String, Error> {
        rule.validate()?;
        let mut rules = lock(&self.rules);
        let id = match &rule.id {
            Some(id) => id.clone(),
            None => {
                rules.named += 1;
                format!("{}-{}", rule.kind.name(), rules.named)
            }
        };
        rule.id = Some(id.clone());
        let armed = Armed {
            id: id.as_str().into(),
            service: Service::from_wire(&rule.service),
            rule,
            fired: 0,
            generator: chance::generator(self.seed, &id),
        };
        match rules.armed.iter_mut().find(|old| *old.id == *id) {
            Some(old) => *old = armed,
            None => rules.armed.push(armed),
        }
        self.any.store(true, Ordering::Release);
        Ok(id)
    }

    pub(crate) fn remove(&self, id: &str) -> bool {
        let mut rules = lock(&self.rules);
        let before = rules.armed.len();
        rules.armed.retain(|armed| *armed.id != *id);
        self.any.store(!rules.armed.is_empty(), Ordering::Release);
        rules.armed.len() < before
    }

    pub(crate) fn clear(&self) {
        lock(&self.rules).armed.clear();
        self.any.store(false, Ordering::Release);
    }

    pub(crate) fn list(&self) -> Vec<ArmedRule> {
        let rules = lock(&self.rules);
        rules.armed.iter().map(|armed| ArmedRule { rule: armed.rule.clone(), fired: armed.fired }).collect()
    }

    /// Whether a rule closes the connection before the body is read. `service` is known only if the path alone tells it.
    pub(crate) fn decide_early(&self, service: Option<Service>, elapsed: Duration) -> Option<Fired> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut rules = lock(&self.rules);
        let early = rules.armed.iter_mut().filter(|armed| armed.rule.strikes_early());
        early
            .filter(|armed| armed.service.is_none() || armed.service == service)
            .find_map(|armed| armed.draw(None, elapsed))
    }

    /// Goes through the rules in order. Delays add up; the first other rule that strikes ends the search.
    pub(crate) fn decide(&self, subject: &Subject<'_>, elapsed: Duration) -> Decision {
        let mut decision = Decision::default();
        if !self.any.load(Ordering::Acquire) {
            return decision;
        }
        let mut rules = lock(&self.rules);
        for armed in &mut rules.armed {
            let Some(dossier) = armed.matches(subject, self.seed) else { continue };
            let Some(fired) = armed.draw(dossier, elapsed) else { continue };
            let delay = match fired.kind {
                FaultKind::Delay { ms, ms_max } => {
                    Some(armed.generator.random_range(ms..=ms_max.unwrap_or(ms).max(ms)))
                }
                _ => None,
            };
            decision.fired.push(fired);
            match delay {
                Some(ms) => decision.pause += Duration::from_millis(ms),
                None => break,
            }
        }
        decision
    }
}

impl Armed {
    /// The dossier of the call that the rule is about, if any; `None` if the rule is not about the call.
    fn matches(&self, subject: &Subject<'_>, seed: u64) -> Option<Option<String>> {
        let suits = self.service.is_none_or(|service| service == subject.service)
            && self.rule.kind.suits(subject.service, subject.is_create)
            && !self.rule.strikes_early();
        if !suits {
            return None;
        }
        let is_meant = |code: &String| {
            self.rule.dossier.as_ref().is_none_or(|wanted| wanted == code)
                && self
                    .rule
                    .dossier_hash_percent
                    .is_none_or(|percent| chance::is_chosen(seed, &self.id, code, percent))
        };
        let dossier = subject.dossiers.iter().find(|code| is_meant(code)).cloned();
        let is_narrow = self.rule.dossier.is_some() || self.rule.dossier_hash_percent.is_some();
        if is_narrow && dossier.is_none() { None } else { Some(dossier) }
    }

    fn draw(&mut self, dossier: Option<String>, elapsed: Duration) -> Option<Fired> {
        let now = elapsed.as_secs_f64();
        let is_due = self.rule.count.is_none_or(|count| self.fired < count)
            && self.rule.window.is_none_or(|window| window.from_s <= now && now < window.to_s);
        if !is_due || self.generator.random::<f64>() >= self.rule.probability {
            return None;
        }
        self.fired += 1;
        Some(Fired { id: Arc::clone(&self.id), kind: self.rule.kind.clone(), dossier })
    }
}

#[cfg(test)]
mod tests;
