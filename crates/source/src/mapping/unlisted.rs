//! The codes of papers in the mapping file that the portal's catalogue does not list.

use dongbo_model::Text;

use super::Mapping;

/// An entry of a table of papers whose national code the portal does not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnlistedPaper {
    /// The table in the mapping file.
    pub table: &'static str,
    /// The local code.
    pub local: String,
    /// The national code beside it.
    pub code: Text,
}

impl Mapping {
    /// The entries of `[result_code]` and `[component_code]` whose right side the portal lists for no procedure. Empty while
    /// the details of a procedure in use are not known: its papers may be the ones.
    #[must_use]
    pub fn unlisted_papers(&self) -> Vec<UnlistedPaper> {
        let Some(catalogue) = self.catalogue() else { return Vec::new() };
        let used = self.procedures().in_use();
        if !used.iter().all(|procedure| catalogue.is_detailed(procedure.code.as_str())) {
            return Vec::new();
        }
        let (results, components) = catalogue.papers();
        let tables = [
            ("result_code", &self.tables.result_code, results),
            ("component_code", &self.tables.component_code, components),
        ];
        let mut unlisted = Vec::new();
        for (table, entries, listed) in tables.into_iter().filter(|(.., listed)| !listed.is_empty()) {
            let lacking = entries.written().filter(|(_, code)| !listed.contains(*code));
            unlisted.extend(lacking.map(|(local, code)| UnlistedPaper {
                table,
                local: local.to_owned(),
                code: code.clone(),
            }));
        }
        unlisted
    }
}
