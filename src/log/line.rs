//! One line of the log, and its form for machines.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer as _;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use super::levels;
use dongbo_model::invisible;

/// The event name of lines that libraries write; the field `target` says which library.
pub(super) const LIBRARY: &str = "library.said";

/// A line of the log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) at: DateTime<Utc>,
    pub(super) level: Level,
    /// The stable name, `area.what_happened`.
    pub(super) event: String,
    /// A sentence that reads alone.
    pub(super) message: String,
    /// The other fields, in the order in which the code names them.
    pub(super) fields: Vec<(&'static str, Value)>,
}

impl Line {
    /// The line for `event`; `None` for the traces of libraries, which can contain what goes over the wire.
    pub(super) fn of(event: &Event<'_>, at: DateTime<Utc>) -> Option<Self> {
        let (level, target) = (*event.metadata().level(), event.metadata().target());
        let is_ours = levels::is_ours(target);
        if level == Level::TRACE && !is_ours {
            return None;
        }
        let mut line = Self { at, level, event: String::new(), message: String::new(), fields: Vec::new() };
        event.record(&mut line);
        if line.event.is_empty() {
            LIBRARY.clone_into(&mut line.event);
            line.fields.insert(0, ("target", Value::from(target)));
        }
        Some(line)
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find_map(|(known, value)| (*known == name).then_some(value))
    }

    /// The line for machines, one flat JSON object with its break: `time` in UTC, `level`, `event` and `message` come first.
    pub(super) fn json(&self) -> Vec<u8> {
        let head = [
            ("time", Value::from(self.at.to_rfc3339_opts(SecondsFormat::Micros, true))),
            ("level", Value::from(self.level.as_str())),
            ("event", Value::from(self.event.as_str())),
            ("message", Value::from(self.message.as_str())),
        ];
        let pairs = head.iter().chain(&self.fields).map(|(name, value)| (name, value));
        let mut text = Vec::with_capacity(256);
        // Text, numbers and truth values in memory can always be written as JSON.
        let _ = serde_json::Serializer::new(&mut text).collect_map(pairs);
        let mut text = match String::from_utf8(text) {
            Ok(text) => invisible::in_json(&text).into_owned().into_bytes(),
            Err(error) => error.into_bytes(),
        };
        text.push(b'\n');
        text
    }

    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(text)) => self.message = text,
            ("event", Value::String(text)) => self.event = text,
            // A library's fields must not take the place of the line's own.
            ("message" | "event" | "time" | "level" | "target" | "repeats", _) => {}
            (name, value) => self.fields.push((name, value)),
        }
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::from(format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }
}
