//! The verdict rules of this dialect.

/// The rules that are compiled in.
pub(super) const VERDICTS: &str = include_str!("verdicts.toml");

#[cfg(test)]
mod tests {
    use super::VERDICTS;
    use crate::classify::{Evidence, Statement, VerdictTable};
    use crate::service::Service;
    use crate::verdict::{Verdict, VerdictRule};

    fn judge_with(rules: &[VerdictRule], http: u16, code: &str, message: &str) -> Option<Verdict> {
        let statement = Statement { code: code.to_owned(), message: message.to_owned() };
        let evidence =
            Evidence { service: Service::SyncDossiers, http, statement: Some(&statement), can_miss: true };
        VerdictTable::new(rules, VERDICTS).unwrap().judge(evidence)
    }

    fn judge(http: u16, code: &str, message: &str) -> Option<Verdict> {
        judge_with(&[], http, code, message)
    }

    #[test]
    fn the_rules_compiled_in_make_sense() {
        for rule in VerdictTable::new(&[], VERDICTS).unwrap().rules() {
            assert_eq!(rule.problems(), Vec::<String>::new(), "{rule:?}");
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
        let table = VerdictTable::new(&[], VERDICTS).unwrap();
        let judge =
            |http| table.judge(Evidence { service: Service::LookUp, http, statement: None, can_miss: true });
        assert_eq!(judge(200), None);
        assert_eq!(judge(502), Some(Verdict::Unknown));
        assert_eq!(judge(503), Some(Verdict::Transient));
    }

    #[test]
    fn a_create_is_never_not_found() {
        let statement = Statement { code: "5".to_owned(), message: "Hồ sơ không tồn tại".to_owned() };
        let evidence = Evidence {
            service: Service::SyncDossiers,
            http: 200,
            statement: Some(&statement),
            can_miss: false,
        };
        assert_eq!(VerdictTable::new(&[], VERDICTS).unwrap().judge(evidence), Some(Verdict::Rejected));
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
