//! What an answer means: a table over HTTP status, `error_code` and message.

use std::cell::OnceCell;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::Outcome;
use crate::settings::{Verdict, VerdictRule};

/// The rules that are compiled in for dialect `ndxp`.
pub(super) const NDXP: &str = include_str!("verdicts.toml");
/// The rules that are compiled in for dialect `rest`.
pub(super) const REST: &str = include_str!("rest/verdicts.toml");

/// The rules in the order in which they are tried.
pub(super) struct Table(Vec<VerdictRule>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    verdicts: Vec<VerdictRule>,
}

/// What the portal said in an answer that could be read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// `error_code`; empty when there is none.
    pub(super) code: String,
    /// `message`; empty when there is none.
    pub(super) message: String,
}

/// An answer, as far as rules look at it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) service: &'a str,
    pub(super) http: u16,
    /// `None` when the body is not what was agreed.
    pub(super) said: Option<&'a Said>,
    /// Whether `not_found` can be.
    pub(super) can_miss: bool,
}

impl Table {
    /// The rules of the configuration, then those compiled in for the dialect.
    pub(super) fn new(configured: &[VerdictRule], defaults: &str) -> Result<Self, toml::de::Error> {
        let defaults: Defaults = toml::from_str(defaults)?;
        let rules = configured.iter().cloned().chain(defaults.verdicts);
        Ok(Self(rules.map(folded).collect()))
    }

    /// What the first rule that matches says; `None` when nobody has taught us what this means.
    pub(super) fn judge(&self, case: Case<'_>) -> Option<Verdict> {
        let message = OnceCell::new();
        self.0.iter().find(|rule| matches(rule, case, &message)).map(|rule| rule.outcome)
    }
}

fn folded(mut rule: VerdictRule) -> VerdictRule {
    let patterns = rule.message_contains.iter_mut().flatten().chain(&mut rule.message_lacks);
    for pattern in patterns {
        *pattern = fold(pattern);
    }
    rule
}

/// One spelling for what is one text to a reader.
fn fold(text: &str) -> String {
    text.nfc().flat_map(char::to_lowercase).collect()
}

fn matches(rule: &VerdictRule, case: Case<'_>, folded: &OnceCell<String>) -> bool {
    if rule.service.as_ref().is_some_and(|service| service != case.service)
        || rule.http.as_ref().is_some_and(|pattern| !http_matches(pattern, case.http))
        || (rule.outcome == Verdict::NotFound && !case.can_miss)
    {
        return false;
    }
    let none = Said::default();
    let said = case.said.unwrap_or(&none);
    if let Some(codes) = &rule.code {
        // Without a reason nobody can put right what was refused.
        let reasonless = rule.outcome == Verdict::Rejected && said.message.trim().is_empty();
        if reasonless || !codes.contains(&said.code) {
            return false;
        }
    }
    let message = || folded.get_or_init(|| fold(&said.message)).as_str();
    rule.message_contains
        .as_ref()
        .is_none_or(|patterns| patterns.iter().any(|pattern| message().contains(pattern.as_str())))
        && !rule.message_lacks.iter().any(|pattern| message().contains(pattern.as_str()))
}

fn http_matches(pattern: &str, status: u16) -> bool {
    match pattern.strip_suffix("xx") {
        Some(class) => class.parse() == Ok(status / 100),
        None => pattern.parse() == Ok(status),
    }
}

/// The verdict that has this outcome.
pub(super) const fn verdict(outcome: Outcome) -> Verdict {
    match outcome {
        Outcome::Delivered => Verdict::Delivered,
        Outcome::Duplicate => Verdict::Duplicate,
        Outcome::Throttled => Verdict::Throttled,
        Outcome::Transient => Verdict::Transient,
        Outcome::Unknown => Verdict::Unknown,
        Outcome::Rejected => Verdict::Rejected,
        Outcome::NotFound => Verdict::NotFound,
        Outcome::Auth => Verdict::Auth,
        Outcome::Config => Verdict::Config,
    }
}

/// The outcome of a verdict. A lapsed session is one only for who meets it again after a log-in.
pub(super) const fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Delivered => Outcome::Delivered,
        Verdict::Duplicate => Outcome::Duplicate,
        Verdict::Throttled => Outcome::Throttled,
        Verdict::Transient => Outcome::Transient,
        Verdict::Unknown => Outcome::Unknown,
        Verdict::Rejected => Outcome::Rejected,
        Verdict::NotFound => Outcome::NotFound,
        Verdict::SessionExpired | Verdict::Auth => Outcome::Auth,
        Verdict::Config => Outcome::Config,
    }
}

#[cfg(test)]
mod tests {
    use super::{Case, NDXP, REST, Said, Table};
    use crate::settings::{Verdict, VerdictRule};

    fn judge_with(rules: &[VerdictRule], http: u16, code: &str, message: &str) -> Option<Verdict> {
        let said = Said { code: code.to_owned(), message: message.to_owned() };
        let case = Case { service: "DongBoHoSoMC", http, said: Some(&said), can_miss: true };
        Table::new(rules, NDXP).unwrap().judge(case)
    }

    fn judge(http: u16, code: &str, message: &str) -> Option<Verdict> {
        judge_with(&[], http, code, message)
    }

    #[test]
    fn the_rules_compiled_in_make_sense() {
        for defaults in [NDXP, REST] {
            for rule in Table::new(&[], defaults).unwrap().0 {
                assert_eq!(rule.problems(), Vec::<String>::new(), "{rule:?}");
            }
        }
    }

    #[test]
    fn every_row_of_the_table() {
        use Verdict::{
            Auth, Config, Delivered, Duplicate, NotFound, Rejected, SessionExpired, Throttled, Transient,
            Unknown,
        };
        for (http, code, message, verdict) in [
            (200, "0", "", Some(Delivered)),
            (200, "00", "Thành công", Some(Delivered)),
            (200, "0", "Hồ sơ đã tồn tại, phiên bản mới", Some(Delivered)),
            (201, "0", "Thành công", None),
            (202, "0", "Đã xếp hàng", None),
            (200, "", "Thành công", None),
            (200, "000", "Thành công", None),
            (401, "", "", Some(SessionExpired)),
            (401, "0", "", Some(SessionExpired)),
            (403, "-1", "phiên", Some(Auth)),
            (495, "", "", Some(Auth)),
            (496, "", "", Some(Auth)),
            (404, "", "", Some(Config)),
            (405, "", "", Some(Config)),
            (301, "", "", Some(Config)),
            (308, "0", "", Some(Config)),
            (413, "", "", Some(Rejected)),
            (429, "3", "đã tồn tại", Some(Throttled)),
            (503, "", "", Some(Transient)),
            (408, "", "", Some(Unknown)),
            (500, "2", "Lỗi hệ thống", Some(Unknown)),
            (502, "0", "", Some(Unknown)),
            (504, "-1", "phiên", Some(Unknown)),
            (520, "", "", Some(Unknown)),
            (200, "3", "Mã hồ sơ đã tồn tại", Some(Duplicate)),
            (200, "-3", "Hồ sơ ĐÃ TỒN TẠI trên hệ thống", Some(Duplicate)),
            (200, "17", "da\u{303}? Hồ sơ đa\u{303} tồn tại", Some(Duplicate)),
            (200, "-4", "Không tìm thấy hồ sơ trên hệ thống", Some(NotFound)),
            (200, "5", "Mã hồ sơ không tồn tại", Some(NotFound)),
            (200, "5", "Mã thủ tục 1.001193 không tồn tại", Some(Rejected)),
            (200, "1", "Phiên không tồn tại", Some(SessionExpired)),
            (200, "1", "Hết phiên làm việc", Some(SessionExpired)),
            (200, "99", "Session timeout", Some(SessionExpired)),
            (200, "-1", "", Some(SessionExpired)),
            (400, "-1", "x", Some(SessionExpired)),
            (200, "2", "Sai phiên bản dữ liệu", Some(Rejected)),
            (200, "1", "Thiếu trường TenTTHC", Some(Rejected)),
            (200, "2", "x", Some(Rejected)),
            (200, "-2", "x", Some(Rejected)),
            (200, "3", "Sai định dạng", Some(Rejected)),
            (200, "-3", "Sai định dạng", Some(Rejected)),
            (200, "4", "x", Some(Rejected)),
            (200, "5", "x", Some(Rejected)),
            (200, "-5", "x", Some(Rejected)),
            (200, "2", "", None),
            (200, "2", " \n", None),
            (400, "2", "x", None),
            (200, "6", "x", None),
            (200, "99", "Lỗi không xác định", None),
            (418, "", "", None),
        ] {
            assert_eq!(judge(http, code, message), verdict, "{http} {code:?} {message:?}");
        }
    }

    #[test]
    fn a_body_that_is_no_answer_is_judged_by_its_status_alone() {
        let table = Table::new(&[], NDXP).unwrap();
        let judge = |http| table.judge(Case { service: "TraCuuHoSo", http, said: None, can_miss: true });
        assert_eq!(judge(200), None);
        assert_eq!(judge(502), Some(Verdict::Unknown));
        assert_eq!(judge(503), Some(Verdict::Transient));
    }

    #[test]
    fn a_create_is_never_not_found() {
        let said = Said { code: "5".to_owned(), message: "Hồ sơ không tồn tại".to_owned() };
        let case = Case { service: "DongBoHoSoMC", http: 200, said: Some(&said), can_miss: false };
        assert_eq!(Table::new(&[], NDXP).unwrap().judge(case), Some(Verdict::Rejected));
    }

    #[test]
    fn rules_of_the_configuration_come_first_and_all_their_conditions_must_hold() {
        let rule: VerdictRule = toml::from_str(
            "service = 'DongBoHoSoMC'\nhttp = '2xx'\ncode = ['0', '17']\nmessage_contains = ['HÀNG ĐỢI']\n\
             message_lacks = ['đầy']\noutcome = 'unknown'",
        )
        .unwrap();
        let rules = [rule];
        assert_eq!(judge_with(&rules, 200, "0", "Vào hàng đợi"), Some(Verdict::Unknown));
        assert_eq!(judge_with(&rules, 202, "17", "Vào hàng đợi"), Some(Verdict::Unknown));
        assert_eq!(judge_with(&rules, 200, "0", "Hàng đợi đầy"), Some(Verdict::Delivered));
        assert_eq!(judge_with(&rules, 200, "0", "Thành công"), Some(Verdict::Delivered));
        assert_eq!(judge_with(&rules, 300, "0", "Vào hàng đợi"), Some(Verdict::Config));
        assert_eq!(judge_with(&rules, 200, "18", "Vào hàng đợi"), None);
        let elsewhere = VerdictRule { service: Some("TraCuuHoSo".to_owned()), ..rules[0].clone() };
        assert_eq!(judge_with(&[elsewhere], 200, "0", "Vào hàng đợi"), Some(Verdict::Delivered));
    }
}
