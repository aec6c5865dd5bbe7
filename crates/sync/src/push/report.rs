//! Log lines that several parts of sending write.

use std::collections::BTreeSet;

use dongbo_model::{DossierCode, ErrorClass, Finding, Lang};

/// Logs that a dossier waits for a person. Where many are held for one cause, the log sums their lines by it.
pub(super) fn report_held(code: &DossierCode, unit: &str, findings: &[Finding]) {
    let holding: Vec<&Finding> = findings.iter().filter(|finding| finding.kind.holds()).collect();
    let kinds: BTreeSet<&str> = holding.iter().map(|finding| finding.kind.name()).collect();
    let reasons: Vec<String> = holding
        .iter()
        .map(|finding| {
            let why = finding.kind.explanation(Lang::En);
            format!("{why} ({} {})", finding.subject, finding.detail).replace(" )", ")")
        })
        .collect();
    tracing::info!(
        event = "dossier.held",
        %code,
        unit,
        cause = kinds.into_iter().collect::<Vec<_>>().join("+"),
        "Dossier {code} is held: {}",
        reasons.join(" ")
    );
}

/// Logs that a dossier is not sent at its status, by the mapping.
pub(super) fn report_not_sent(code: &DossierCode, unit: &str, on_portal: bool, findings: &[Finding]) {
    let status = findings.first().map_or("", |finding| finding.subject.as_str());
    tracing::info!(
        event = "dossier.not_sent",
        %code,
        unit,
        status,
        on_portal,
        "Dossier {code} is not sent at status {status}, by the mapping{}",
        if on_portal { "; what the portal has of it stays as it is" } else { "" }
    );
}

/// Logs that the ledger's writer has ended before its senders, which is a fault of ours.
pub(super) fn report_settler_gone() {
    tracing::error!(
        event = "push.settler_gone",
        class = ErrorClass::Bug.name(),
        "An outcome could not be handed to the ledger's writer; its dossier will be looked up. Please report this"
    );
}
