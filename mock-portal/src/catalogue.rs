//! Procedures, fields and agencies that the portal knows.

use serde::{Deserialize, Serialize};

/// The portal's lists. Each can be replaced in the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Catalogue {
    /// Procedures, by `MATTHC`.
    pub procedures: Vec<Procedure>,
    /// Fields of administration.
    pub fields: Vec<Field>,
    /// Agencies.
    pub agencies: Vec<Agency>,
}

/// One administrative procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// National code, `MaTTHC`.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its field.
    pub field: String,
    /// Fee in đồng; 0: none.
    #[serde(default)]
    pub fee: u32,
    /// Name of the paper it returns; empty: none.
    #[serde(default)]
    pub result: String,
}

/// One field of administration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Code.
    #[serde(rename(serialize = "MALINHVUC"))]
    pub code: String,
    /// Name.
    #[serde(rename(serialize = "TENLINHVUC"))]
    pub name: String,
}

/// One agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Code.
    #[serde(rename(serialize = "MACOQUAN"))]
    pub code: String,
    /// Name.
    #[serde(rename(serialize = "TENCOQUAN"))]
    pub name: String,
}

const FIELDS: [(&str, &str); 4] =
    [("G-HT", "Hộ tịch"), ("G-CT", "Chứng thực"), ("G-BTXH", "Bảo trợ xã hội"), ("G-DD", "Đất đai")];

const AGENCIES: [(&str, &str); 2] =
    [("H48", "Ủy ban nhân dân tỉnh Quảng Ngãi"), ("H48.57", "Ủy ban nhân dân xã Bờ Y")];

/// Code, name, field, fee, paper returned.
const PROCEDURES: [(&str, &str, &str, u32, &str); 10] = [
    ("1.001193", "Đăng ký khai sinh", "G-HT", 0, "Giấy khai sinh"),
    ("1.000894", "Đăng ký kết hôn", "G-HT", 0, "Giấy chứng nhận kết hôn"),
    ("1.000656", "Đăng ký khai tử", "G-HT", 0, "Trích lục khai tử"),
    (
        "1.004873",
        "Cấp Giấy xác nhận tình trạng hôn nhân",
        "G-HT",
        15_000,
        "Giấy xác nhận tình trạng hôn nhân",
    ),
    (
        "1.004859",
        "Thay đổi, cải chính, bổ sung thông tin hộ tịch, xác định lại dân tộc",
        "G-HT",
        15_000,
        "Trích lục thay đổi, cải chính, bổ sung hộ tịch",
    ),
    (
        "2.000635",
        "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh",
        "G-HT",
        8_000,
        "Bản sao Trích lục hộ tịch",
    ),
    (
        "2.000815",
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
        "G-CT",
        2_000,
        "Bản sao được chứng thực",
    ),
    (
        "2.000884",
        "Chứng thực chữ ký trong các giấy tờ, văn bản",
        "G-CT",
        10_000,
        "Giấy tờ được chứng thực chữ ký",
    ),
    (
        "1.001776",
        "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội hàng tháng",
        "G-BTXH",
        0,
        "Quyết định trợ cấp xã hội",
    ),
    ("1.012812", "Hòa giải tranh chấp đất đai", "G-DD", 0, ""),
];

impl Default for Catalogue {
    fn default() -> Self {
        let procedures = PROCEDURES.map(|(code, name, field, fee, result)| Procedure {
            code: code.to_owned(),
            name: name.to_owned(),
            field: field.to_owned(),
            fee,
            result: result.to_owned(),
        });
        let fields = FIELDS.map(|(code, name)| Field { code: code.to_owned(), name: name.to_owned() });
        let agencies = AGENCIES.map(|(code, name)| Agency { code: code.to_owned(), name: name.to_owned() });
        Self { procedures: procedures.into(), fields: fields.into(), agencies: agencies.into() }
    }
}

impl Catalogue {
    pub(crate) fn procedure(&self, code: &str) -> Option<&Procedure> {
        self.procedures.iter().find(|procedure| procedure.code == code)
    }

    pub(crate) fn field(&self, code: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_procedure_lies_in_a_known_field() {
        let catalogue = Catalogue::default();
        assert_eq!(catalogue.procedures.len(), 10);
        for procedure in &catalogue.procedures {
            assert!(catalogue.field(&procedure.field).is_some(), "{}", procedure.code);
        }
    }
}
