//! Ready-made sets of rules.

use super::rule::{FaultKind, FaultRule};

/// Ready-made sets of rules.
#[derive(Debug, Clone, Copy)]
pub struct Faults;

impl Faults {
    /// Every kind of fault but `repeat`, whose doubled steps no client can take back, each at one to three percent of the
    /// calls it can strike: about a quarter of all calls meet one. No rule strikes the same dossier for ever, so a client that
    /// persists gets everything through.
    #[must_use]
    pub fn nasty() -> Vec<FaultRule> {
        let rules = [
            ("nasty-delay", 0.03, FaultKind::Delay { ms: 5, ms_max: Some(100) }),
            ("nasty-refuse-connection", 0.01, FaultKind::RefuseConnection {}),
            ("nasty-hang", 0.01, FaultKind::Hang { max_ms: 10_000 }),
            ("nasty-late", 0.01, FaultKind::Late { ms: 250 }),
            ("nasty-close-before", 0.01, FaultKind::CloseBefore {}),
            ("nasty-close-after", 0.02, FaultKind::CloseAfter {}),
            ("nasty-throttle", 0.01, FaultKind::Throttle { retry_after_s: 1 }),
            ("nasty-status-500", 0.01, FaultKind::Status { code: 500, after: false }),
            ("nasty-status-502-after", 0.02, FaultKind::Status { code: 502, after: true }),
            ("nasty-status-503", 0.01, FaultKind::Status { code: 503, after: false }),
            ("nasty-html", 0.01, FaultKind::Html { after: false }),
            ("nasty-html-after", 0.01, FaultKind::Html { after: true }),
            ("nasty-cut-json", 0.01, FaultKind::CutJson { after: false }),
            ("nasty-cut-json-after", 0.01, FaultKind::CutJson { after: true }),
            ("nasty-session-lapse", 0.01, FaultKind::SessionLapse {}),
            ("nasty-already-exists", 0.01, FaultKind::AlreadyExists { applied: false }),
            ("nasty-already-exists-applied", 0.01, FaultKind::AlreadyExists { applied: true }),
            ("nasty-unknown-code", 0.01, FaultKind::UnknownCode { after: false }),
            ("nasty-unknown-code-after", 0.01, FaultKind::UnknownCode { after: true }),
            ("nasty-lie", 0.01, FaultKind::Lie {}),
            (
                "nasty-refuse-content",
                0.01,
                FaultKind::RefuseContent {
                    message: "thông tin hồ sơ không hợp lệ, đề nghị kiểm tra lại".to_owned(),
                },
            ),
            ("nasty-partial", 0.01, FaultKind::Partial {}),
            ("nasty-damage", 0.01, FaultKind::Damage {}),
        ];
        let rule = |(id, probability, kind)| FaultRule::new(kind).named(id).with_probability(probability);
        rules.map(rule).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_that_a_client_outlives_is_in_the_nasty_set_at_one_to_three_percent() {
        let rules = Faults::nasty();
        for name in FaultKind::NAMES.into_iter().filter(|name| *name != "repeat") {
            assert!(rules.iter().any(|rule| rule.kind.name() == name), "{name}");
        }
        for rule in rules {
            rule.validate().unwrap();
            assert!((0.01..=0.03).contains(&rule.probability), "{rule:?}");
        }
    }
}
