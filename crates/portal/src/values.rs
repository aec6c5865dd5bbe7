//! The number of values in an answer's JSON, told before any of them is built: `{}` takes two bytes on the line, and in memory
//! some hundred times as many as soon as it is compared with a record of ours.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most values that are built of one answer, those within lists and objects included. A dossier with a thousand steps has
/// some ten thousand; the largest tree of so many takes about 20 MiB.
pub(crate) const MOST_VALUES: usize = 50_000;

/// Whether `json` has at most `most` values. What is no JSON has none: reading it says so.
pub(crate) fn are_at_most(most: usize, json: &[u8]) -> bool {
    // Each value but the first comes behind one of these; those within texts only make it more.
    let marks = json.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count();
    marks < most || !overflows(most, json)
}

fn overflows(most: usize, json: &[u8]) -> bool {
    let mut left = most;
    let mut json = serde_json::Deserializer::from_slice(json);
    let read = json.deserialize_any(Count(&mut left));
    read.is_err_and(|error| error.is_data() && error.to_string().starts_with(TOO_MANY))
}

const TOO_MANY: &str = "too many values";

/// Counts down for each value.
struct Count<'c>(&'c mut usize);

impl Count<'_> {
    fn one<E: Error>(&mut self) -> Result<(), E> {
        *self.0 = self.0.checked_sub(1).ok_or_else(|| E::custom(TOO_MANY))?;
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Count<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Count<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.one()
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.one()
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.one()
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.one()
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.one()
    }

    fn visit_str<E: Error>(mut self, _: &str) -> Result<(), E> {
        self.one()
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.one()?;
        while items.next_element_seed(Count(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.one()?;
        // A name takes as much room as a value.
        while entries.next_key_seed(Count(self.0))?.is_some() {
            entries.next_value_seed(Count(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::are_at_most;

    #[test]
    fn every_value_and_every_name_counts_and_nothing_within_a_text() {
        for (json, values) in [
            ("1", 1),
            ("[]", 1),
            ("[1,2,{}]", 4),
            (r#"{"a":[true,null],"b":"x,y,z,[{:"}"#, 7),
            (r#"{"result":[{},{},{},{}],"error_code":0}"#, 9),
        ] {
            assert!(are_at_most(values, json.as_bytes()), "{json}");
            assert!(!are_at_most(values - 1, json.as_bytes()), "{json}");
        }
        assert!(are_at_most(3, b"[1,2,<"), "reading it says what is wrong");
    }
}
