//! Reading of texts, links, moments, truth values and numbers.

use chrono::{DateTime, SubsecRound as _, Utc};

use dongbo_model::{Detail, FileRole, FindingKind, Lang, Text};

use super::super::observe::ObservedValue;
use super::Fields;
use crate::mapping::{Flag, Implausible, NoNumber, quoted};
use crate::value::Value;

const NOT_TEXT: &str = Detail::NotText.text(Lang::En);
const NO_COUNT: &str = Detail::NoCount.text(Lang::En);

impl Fields<'_> {
    /// Text that may be empty.
    pub(crate) fn text(&mut self, column: &'static str, value: Value<'_>) -> Text {
        self.text_by(column, value, Text::new)
    }

    /// Text of a kind that no database keeps as a number without a loss, as telephone numbers begin with a nought.
    pub(crate) fn worded(&mut self, column: &'static str, value: Value<'_>) -> Text {
        if matches!(value, Value::Int(_) | Value::Real(_) | Value::Decimal(_)) {
            self.observe(column, || ObservedValue::Unreadable);
            self.find(FindingKind::BadValue, column, Detail::NumberForText.text(Lang::En));
            return Text::default();
        }
        self.text(column, value)
    }

    fn text_by(&mut self, column: &'static str, value: Value<'_>, canonical: fn(String) -> Text) -> Text {
        let written = match value {
            Value::NotUtf8 => Err((FindingKind::BadText, "")),
            // Bytes of another encoding, or a text that was cut off: nobody knows what it said.
            Value::Text(text) if text.contains('\0') => {
                Err((FindingKind::BadText, Detail::NulCharacter.text(Lang::En)))
            }
            Value::Bool(_) => Err((FindingKind::BadValue, NOT_TEXT)),
            value => value.written().ok_or((FindingKind::BadValue, NOT_TEXT)),
        };
        match written.map(|text| canonical(text.into_owned())) {
            Ok(text) => {
                self.observe(column, || match text.as_str().chars().count() {
                    0 => ObservedValue::Empty,
                    chars => ObservedValue::Text { chars },
                });
                text
            }
            Err((kind, detail)) => {
                self.observe(column, || ObservedValue::Unreadable);
                self.find(kind, column, detail);
                Text::default()
            }
        }
    }

    /// Text that may be empty and has at most `limit` characters.
    pub(crate) fn short_text(&mut self, column: &'static str, value: Value<'_>, limit: usize) -> Text {
        let text = self.text(column, value);
        // Every character has a byte at least, so that most texts need no counting.
        if text.as_str().len() > limit {
            let length = text.as_str().chars().count();
            if length > limit {
                self.find(FindingKind::TooLong, column, Detail::TooLong.with(&[&length, &limit]));
            }
        }
        text
    }

    /// Text that must not be empty and has at most `limit` characters.
    pub(crate) fn required_text(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        limit: usize,
    ) -> Option<Text> {
        let before = self.findings.len();
        let text = self.short_text(column, value, limit);
        if text.is_empty() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        (!text.is_empty()).then_some(text)
    }

    /// The link by which another server gives a file, and its key in a store. When the mapping names a store, a file with
    /// neither is missing there, which holds that file only.
    pub(crate) fn whereabouts(&mut self, role: FileRole, link: Value<'_>, file: Value<'_>) -> (Text, Text) {
        let before = self.findings.len();
        let link = self.link("link", link);
        let file = self.text_by("file", file, Text::name_of_file);
        let has_store = self.mapping.files().of(role).is_some();
        if !file.is_empty() && !has_store {
            self.find(FindingKind::BadValue, "file", Detail::NoStore.text(Lang::En));
        }
        if link.is_empty() && file.is_empty() && !has_store && self.findings.len() == before {
            self.find(FindingKind::MissingField, "link", "");
        }
        (link, file)
    }

    /// A link that the portal can fetch from; empty when nothing is written there.
    fn link(&mut self, column: &'static str, value: Value<'_>) -> Text {
        let text = self.text(column, value);
        if text.is_empty() {
            return text;
        }
        match self.mapping.links.link(text.as_str()) {
            Ok(link) => Text::new(link),
            Err(no_link) => {
                self.find(FindingKind::BadValue, column, no_link.words());
                Text::default()
            }
        }
    }

    /// A moment, to the second; `None` when nothing is written there.
    pub(crate) fn moment(&mut self, column: &'static str, value: Value<'_>) -> Option<DateTime<Utc>> {
        let dates = &self.mapping.dates;
        match self.mapping.plausible.read(dates, &value) {
            Ok(moment) => {
                let moment = moment.map(|moment| moment.trunc_subsecs(0));
                self.observe(column, || {
                    let raw = || quoted(dates, &value).unwrap_or_default();
                    moment.map_or(ObservedValue::Empty, |at| ObservedValue::Moment { raw: raw(), at })
                });
                moment
            }
            Err(implausible) => {
                self.observe(column, || ObservedValue::Unreadable);
                let (kind, detail) = match (&value, &implausible) {
                    (Value::NotUtf8, _) => (FindingKind::BadText, String::new()),
                    (_, Implausible::NoDate) if quoted(dates, &value).is_none() => {
                        (FindingKind::BadDate, String::new())
                    }
                    _ => (FindingKind::BadDate, implausible.words(quoted(dates, &value).as_deref())),
                };
                self.find(kind, column, detail);
                None
            }
        }
    }

    /// A moment that must be there.
    pub(crate) fn required_moment(
        &mut self,
        column: &'static str,
        value: Value<'_>,
    ) -> Option<DateTime<Utc>> {
        let before = self.findings.len();
        let moment = self.moment(column, value);
        if moment.is_none() && self.findings.len() == before {
            self.find(FindingKind::MissingField, column, "");
        }
        moment
    }

    /// Yes or no; `None` when nothing is written there.
    pub(crate) fn flag(&mut self, column: &'static str, value: Value<'_>) -> Option<bool> {
        if value.is_blank() {
            self.observe(column, || ObservedValue::Empty);
            return None;
        }
        let said = self.said(&value);
        self.observe(column, || match said {
            Some(yes) => ObservedValue::Flag { raw: raw(value), yes },
            None => ObservedValue::Unreadable,
        });
        if said.is_none() {
            self.find(FindingKind::BadValue, column, Detail::NoFlag.text(Lang::En));
        }
        said
    }

    /// What `value` says by the mapping, or in words that mean one thing.
    fn said(&self, value: &Value<'_>) -> Option<bool> {
        let text = Text::new(value.clone().written()?);
        if let Some(flag) = self.mapping.tables.flag.listed(text.as_str()) {
            return Some(flag == Flag::Yes);
        }
        match (value, text.as_str().to_lowercase().as_str()) {
            (Value::Bool(said), _) => Some(*said),
            (_, "f" | "false") => Some(false),
            (_, "t" | "true") => Some(true),
            _ => match self.mapping.numbers.whole(value) {
                Ok(Some(0)) => Some(false),
                Ok(Some(1)) => Some(true),
                _ => None,
            },
        }
    }

    /// A whole number of at least nought; `None` when nothing is written there.
    pub(crate) fn count(&mut self, column: &'static str, value: Value<'_>) -> Option<u64> {
        let read = self.mapping.numbers.whole(&value);
        self.counted(column, value, read)
    }

    /// An amount in đồng, as [`Fields::count`].
    pub(crate) fn amount(&mut self, column: &'static str, value: Value<'_>) -> Option<u64> {
        let read = self.mapping.numbers.amount(&value);
        self.counted(column, value, read)
    }

    fn counted(
        &mut self,
        column: &'static str,
        value: Value<'_>,
        read: Result<Option<i64>, NoNumber>,
    ) -> Option<u64> {
        let number = match read {
            Ok(None) => {
                self.observe(column, || ObservedValue::Empty);
                return None;
            }
            Ok(Some(number)) => u64::try_from(number).map_err(|_| NO_COUNT),
            Err(no_number) => Err(no_number.separators().unwrap_or(NO_COUNT)),
        };
        match number {
            Ok(number) => {
                self.observe(column, || ObservedValue::Number { raw: raw(value), number });
                Some(number)
            }
            Err(detail) => {
                self.observe(column, || ObservedValue::Unreadable);
                self.find(FindingKind::BadValue, column, detail);
                None
            }
        }
    }

    /// A running number; nought when the query gives none.
    pub(crate) fn sequence(&mut self, column: &'static str, value: Value<'_>) -> i64 {
        let read = self.mapping.numbers.whole(&value);
        if let Err(no_number) = read {
            self.find(
                FindingKind::BadValue,
                column,
                no_number.separators().unwrap_or(Detail::NoWhole.text(Lang::En)),
            );
        }
        read.ok().flatten().unwrap_or_default()
    }
}

/// The value as the local database writes it. Only for what was read: a number or a word for yes and no.
fn raw(value: Value<'_>) -> String {
    value.written().map(|text| text.trim().to_owned()).unwrap_or_default()
}
