//! The portal's catalogue of procedures, as far as it is known.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::{Procedure, Text};

/// The catalogue's entry of one procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its national name; empty when the portal gives none.
    pub name: Text,
    /// The code of its field; empty until its details were fetched.
    pub field_code: Text,
    /// The name of its field; empty until its details were fetched.
    pub field_name: Text,
    /// Whether the last whole list has it.
    pub known: bool,
}

/// The catalogue as everybody who needs it shares it; cheap to clone. It is empty until somebody fills it, and says nothing
/// then.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(Arc<RwLock<HashMap<String, Listed>>>);

impl Catalogue {
    /// Takes over what is known of each procedure, by national code, in place of what was known.
    pub fn replace(&self, listed: HashMap<String, Listed>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = listed;
    }

    /// Whether the portal does not know this national code. `false` too while nothing is known of the catalogue.
    #[must_use]
    pub fn lacks(&self, code: &str) -> bool {
        let listed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !listed.is_empty() && !listed.get(code).is_some_and(|listed| listed.known)
    }

    /// Fills in what is empty in `procedure`, as far as the catalogue knows it. What the mapping says stays.
    #[must_use]
    pub fn complete(&self, procedure: &Procedure) -> Procedure {
        let mut complete = procedure.clone();
        if complete.lacks().is_empty() {
            return complete;
        }
        let listed = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(listed) = listed.get(procedure.code.as_str()) {
            let parts = [
                (&mut complete.name, &listed.name),
                (&mut complete.field_code, &listed.field_code),
                (&mut complete.field_name, &listed.field_name),
            ];
            for (ours, theirs) in parts {
                if ours.is_empty() {
                    ours.clone_from(theirs);
                }
            }
        }
        complete
    }
}

impl Procedure {
    /// The required texts that are empty, by their keys in the mapping file.
    #[must_use]
    pub fn lacks(&self) -> Vec<&'static str> {
        let parts =
            [("name", &self.name), ("field_code", &self.field_code), ("field_name", &self.field_name)];
        parts.into_iter().filter(|(_, text)| text.is_empty()).map(|(key, _)| key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalogue, Listed};
    use crate::{Procedure, Text};

    fn procedure(name: &str, field_code: &str) -> Procedure {
        Procedure {
            code: Text::new("1.001193"),
            name: Text::new(name),
            field_code: Text::new(field_code),
            field_name: Text::new(""),
        }
    }

    fn catalogue(known: bool) -> Catalogue {
        let catalogue = Catalogue::default();
        let listed = Listed {
            name: Text::new("Đăng ký khai sinh"),
            field_code: Text::new("G-HT"),
            field_name: Text::new("Hộ tịch"),
            known,
        };
        catalogue.replace([("1.001193".to_owned(), listed)].into());
        catalogue
    }

    #[test]
    fn an_empty_catalogue_lacks_nothing_and_completes_nothing() {
        let empty = Catalogue::default();
        assert!(!empty.lacks("1.001193"));
        assert_eq!(empty.complete(&procedure("", "")).lacks(), ["name", "field_code", "field_name"]);
    }

    #[test]
    fn what_the_mapping_says_stays_and_the_rest_comes_from_the_catalogue() {
        let complete = catalogue(true).complete(&procedure("Khai sinh", ""));
        assert_eq!((complete.name.as_str(), complete.field_code.as_str()), ("Khai sinh", "G-HT"));
        assert!(complete.lacks().is_empty());
    }

    #[test]
    fn a_procedure_that_vanished_is_lacking_and_keeps_its_names() {
        let catalogue = catalogue(false);
        assert!(catalogue.lacks("1.001193") && catalogue.lacks("9.999999"));
        assert!(catalogue.complete(&procedure("", "")).lacks().is_empty());
    }
}
