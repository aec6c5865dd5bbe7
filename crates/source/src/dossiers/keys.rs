//! The local keys of the dossiers that are read at once, by which rows of lists find theirs.

use std::collections::HashMap;

use crate::engines::{LEAST_UUID, Mark};
use crate::key;
use crate::mapping::KeyType;
use crate::value::Value;

/// The keys, and whose each is.
#[derive(Debug)]
pub(super) struct Keys {
    kind: KeyType,
    places: HashMap<String, usize>,
    marks: Vec<Mark>,
}

/// What is wrong with the key of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFault {
    /// It is empty, or no key of the kind that the mapping says.
    Unusable,
    /// The dossier at this place has it too.
    Shared(usize),
}

impl Keys {
    pub(super) fn new(kind: KeyType) -> Self {
        Self { kind, places: HashMap::new(), marks: Vec::new() }
    }

    /// Notes the key of the dossier at `place`, and gives it as text.
    pub(super) fn note(&mut self, value: &Value<'_>, place: usize) -> Result<String, KeyFault> {
        let mark = self.mark(value).ok_or(KeyFault::Unusable)?;
        let written = key::written(&mark);
        match self.places.get(&written) {
            Some(other) if *other != place => Err(KeyFault::Shared(*other)),
            Some(_) => Ok(written),
            None => {
                self.places.insert(written.clone(), place);
                self.marks.push(mark);
                Ok(written)
            }
        }
    }

    /// The place of the dossier that has this key.
    pub(super) fn place(&self, value: &Value<'_>) -> Option<usize> {
        self.places.get(&key::written(&self.mark(value)?)).copied()
    }

    /// Every key that was noted, each once.
    pub(super) fn all(&self) -> &[Mark] {
        &self.marks
    }

    /// Some key, which shows the kind.
    pub(super) fn example(&self) -> Mark {
        match self.kind {
            KeyType::Integer => Mark::Int(0),
            KeyType::Text => Mark::Text(String::new()),
            KeyType::Uuid => Mark::Uuid(LEAST_UUID.to_owned()),
        }
    }

    fn mark(&self, value: &Value<'_>) -> Option<Mark> {
        key::mark(self.kind, value).filter(|mark| *mark != Mark::Text(String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyFault, Keys};
    use crate::mapping::KeyType;
    use crate::value::Value;

    #[test]
    fn a_key_finds_its_dossier_however_the_database_gives_it() {
        let mut keys = Keys::new(KeyType::Integer);
        assert_eq!(keys.note(&Value::Int(7), 0), Ok("7".to_owned()));
        assert_eq!(keys.note(&Value::Text("7".into()), 0), Ok("7".to_owned()));
        assert_eq!(keys.note(&Value::Int(7), 1), Err(KeyFault::Shared(0)));
        assert_eq!(keys.note(&Value::Null, 1), Err(KeyFault::Unusable));
        assert_eq!((keys.place(&Value::Text("7".into())), keys.place(&Value::Int(8))), (Some(0), None));
        assert_eq!(keys.all().len(), 1);
        let mut keys = Keys::new(KeyType::Text);
        assert_eq!(keys.note(&Value::Text("a".into()), 0), Ok("a".to_owned()));
        assert_eq!(keys.place(&Value::Text("A".into())), None);
    }
}
