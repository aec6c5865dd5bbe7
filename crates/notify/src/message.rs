//! A message as it is said, before it is written for one way.

use chrono::{DateTime, Utc};
use serde::Serialize;

use dongbo_model::{Lang, invisible, vocabulary};

vocabulary! {
    /// The occasion of a message.
    pub enum Occasion {
        /// The time of the bulletin.
        Bulletin = "bulletin";
        /// Something has to be acted on, or is over.
        Alert = "alert";
        /// A person tries a way.
        Test = "test";
    }
}

/// One thing that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Line {
    /// The thing, on one line.
    pub text: String,
    /// What belongs to it: since when, what to do, who.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The command that lists what was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The page of the console that lists it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Line {
    /// A line of its own.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// This line with a note more.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Lines under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The heading; empty for none.
    pub heading: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A message to people. No personal data is in it: counts, codes of units and procedures, and dongbo's own words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its occasion.
    pub occasion: Occasion,
    /// When it was made.
    pub at: DateTime<Utc>,
    /// Its language.
    pub lang: Lang,
    /// Its subject.
    pub subject: String,
    /// The rest.
    pub sections: Vec<Section>,
    /// What a program reads in its place.
    pub data: serde_json::Value,
}

impl Message {
    /// The message with every text on one line, on which nothing commands whoever shows it: names and codes come from outside.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        let clean = |text: &mut String| *text = invisible::on_one_line(text).into_owned();
        clean(&mut self.subject);
        for section in &mut self.sections {
            clean(&mut section.heading);
            for line in &mut section.lines {
                clean(&mut line.text);
                line.notes.iter_mut().for_each(clean);
                line.command.iter_mut().chain(&mut line.link).for_each(clean);
            }
        }
        self
    }
}
