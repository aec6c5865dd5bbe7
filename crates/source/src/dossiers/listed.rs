//! Codes of results and components that the portal's catalogue does not list for the procedure.

use dongbo_model::{Catalogue, Dossier, Finding, FindingKind, Text};

use super::parts::Lists;

/// Adds a finding to `findings` for each code that `catalogue` lacks. Where the portal lists no codes nothing is said.
pub(super) fn find(catalogue: &Catalogue, head: &Dossier, lists: &Lists, findings: &mut Vec<Finding>) {
    let procedure = head.procedure.code.as_str();
    let mut tell = |kind, code: &Text, column: &str| {
        findings.push(Finding::new(kind, format!("{procedure} {}", code.as_str()), column));
    };
    for result in &lists.results {
        if !result.result_code.is_empty() && catalogue.lacks_result(procedure, &result.result_code) {
            tell(FindingKind::UnknownResultCode, &result.result_code, "results.result_code");
        }
    }
    let components = lists.papers.iter().map(|paper| (&paper.component_code, "papers.component_code"));
    let of_results = lists.results.iter().map(|result| (&result.component_code, "results.component_code"));
    for (code, column) in components.chain(of_results) {
        if !code.is_empty() && catalogue.lacks_component(procedure, code) {
            tell(FindingKind::UnknownComponentCode, code, column);
        }
    }
}
