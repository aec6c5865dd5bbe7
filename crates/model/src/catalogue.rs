//! The portal's catalogue of procedures, as far as it is known.

use crate::locks::{read, write};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

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
    /// The codes of the papers that it returns; empty while the portal lists none.
    pub result_codes: BTreeSet<Text>,
    /// The codes of the papers that are handed in for it; empty while the portal lists none.
    pub component_codes: BTreeSet<Text>,
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
        *write(&self.0) = listed;
    }

    /// Whether the portal does not know this national code. `false` too while nothing is known of the catalogue.
    #[must_use]
    pub fn lacks(&self, code: &str) -> bool {
        let listed = read(&self.0);
        !listed.is_empty() && !listed.get(code).is_some_and(|listed| listed.known)
    }

    /// Whether the portal lists the papers that the procedure returns, and none of them has the code `result`.
    #[must_use]
    pub fn lacks_result(&self, procedure: &str, result: &Text) -> bool {
        self.asks(procedure, |listed| {
            !listed.result_codes.is_empty() && !listed.result_codes.contains(result)
        })
    }

    /// Whether the portal lists the papers that are handed in for the procedure, and none of them has the code `component`,
    /// nor has a paper that it returns, which may be named as a component too.
    #[must_use]
    pub fn lacks_component(&self, procedure: &str, component: &Text) -> bool {
        self.asks(procedure, |Listed { component_codes, result_codes, .. }| {
            !component_codes.is_empty()
                && !component_codes.contains(component)
                && !result_codes.contains(component)
        })
    }

    /// Whether the details of this procedure were fetched, so that its papers are known.
    #[must_use]
    pub fn is_detailed(&self, code: &str) -> bool {
        self.asks(code, |listed| !listed.field_code.is_empty())
    }

    /// The codes of papers that the portal lists, as results of the procedures and as their components. A result may be named
    /// as a component too. Empty while the portal lists none.
    #[must_use]
    pub fn papers(&self) -> (BTreeSet<Text>, BTreeSet<Text>) {
        let listed = read(&self.0);
        let results: BTreeSet<Text> =
            listed.values().flat_map(|listed| &listed.result_codes).cloned().collect();
        let mut components: BTreeSet<Text> =
            listed.values().flat_map(|listed| &listed.component_codes).cloned().collect();
        if !components.is_empty() {
            components.extend(results.iter().cloned());
        }
        (results, components)
    }

    fn asks(&self, procedure: &str, about: impl FnOnce(&Listed) -> bool) -> bool {
        read(&self.0).get(procedure).is_some_and(about)
    }

    /// Fills in what is empty in `procedure`, as far as the catalogue knows it. What the mapping says stays.
    #[must_use]
    pub fn complete(&self, procedure: &Procedure) -> Procedure {
        let mut complete = procedure.clone();
        if complete.lacks().is_empty() {
            return complete;
        }
        let listed = read(&self.0);
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
    use std::collections::BTreeSet;

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
            result_codes: ["KQ.1"].map(Text::new).into(),
            component_codes: BTreeSet::new(),
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
    fn a_code_is_lacking_only_where_the_portal_lists_the_codes() {
        let (catalogue, code) = (catalogue(true), Text::new("KQ.2"));
        assert!(catalogue.lacks_result("1.001193", &code));
        assert!(!catalogue.lacks_result("1.001193", &Text::new("KQ.1")));
        assert!(!catalogue.lacks_component("1.001193", &code));
        assert!(!catalogue.lacks_result("9.999999", &code));
        assert!(!Catalogue::default().lacks_result("1.001193", &code));
    }

    #[test]
    fn papers_are_listed_over_all_procedures() {
        let (results, components) = catalogue(true).papers();
        assert_eq!(results, ["KQ.1"].map(Text::new).into());
        assert!(components.is_empty(), "the portal lists none");
    }

    #[test]
    fn a_procedure_that_vanished_is_lacking_and_keeps_its_names() {
        let catalogue = catalogue(false);
        assert!(catalogue.lacks("1.001193") && catalogue.lacks("9.999999"));
        assert!(catalogue.complete(&procedure("", "")).lacks().is_empty());
    }
}
