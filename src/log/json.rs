//! Lines for machines: one flat object each.

use chrono::SecondsFormat;
use serde::Serializer as _;
use serde_json::Value;

use super::line::Line;

/// The line with its break: `time` in UTC, `level`, `event` and `message` come first.
pub(super) fn json(line: &Line) -> Vec<u8> {
    let head = [
        ("time", Value::from(line.at.to_rfc3339_opts(SecondsFormat::Micros, true))),
        ("level", Value::from(line.level.as_str())),
        ("event", Value::from(line.event.as_str())),
        ("message", Value::from(line.message.as_str())),
    ];
    let pairs = head.iter().chain(&line.fields).map(|(name, value)| (name, value));
    let mut text = Vec::with_capacity(256);
    // Text, numbers and truth values in memory can always be written as JSON.
    let _ = serde_json::Serializer::new(&mut text).collect_map(pairs);
    text.push(b'\n');
    text
}
