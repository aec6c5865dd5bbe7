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
    /// Code of that paper.
    #[serde(default)]
    pub result_code: String,
    /// The papers that are handed in.
    #[serde(default)]
    pub components: Vec<Component>,
}

/// One paper that a procedure asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
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
    /// Code of its sector.
    #[serde(rename(serialize = "MANGANH"), default)]
    pub sector: String,
}

/// One agency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Code.
    #[serde(rename(serialize = "MADONVI"))]
    pub code: String,
    /// Name.
    #[serde(rename(serialize = "TENDONVI"))]
    pub name: String,
    /// Level: 2 province, 3 district, 4 commune. The values are assumed.
    #[serde(rename(serialize = "CAPDONVI"), default)]
    pub level: String,
}

/// Code, name, sector.
const FIELDS: [(&str, &str, &str); 4] = [
    ("G-HT", "Hộ tịch", "G15"),
    ("G-CT", "Chứng thực", "G15"),
    ("G-BTXH", "Bảo trợ xã hội", "G09"),
    ("G-DD", "Đất đai", "G13"),
];

/// Code, name, level.
const AGENCIES: [(&str, &str, &str); 2] =
    [("H48", "Ủy ban nhân dân tỉnh Quảng Ngãi", "2"), ("H48.57", "Ủy ban nhân dân xã Bờ Y", "4")];

/// What every built-in procedure asks for; the code of a component is that of its procedure with this number.
const COMPONENTS: [(&str, &str); 2] = [("01", "Tờ khai theo mẫu"), ("02", "Giấy tờ kèm theo")];

/// Code, name, field, fee, code and name of the paper returned.
const PROCEDURES: [(&str, &str, &str, u32, &str, &str); 10] = [
    ("1.001193", "Đăng ký khai sinh", "G-HT", 0, "KQ.G07.000122", "Giấy khai sinh"),
    ("1.000894", "Đăng ký kết hôn", "G-HT", 0, "KQ.G07.000123", "Giấy chứng nhận kết hôn"),
    ("1.000656", "Đăng ký khai tử", "G-HT", 0, "KQ.G07.000124", "Trích lục khai tử"),
    (
        "1.004873",
        "Cấp Giấy xác nhận tình trạng hôn nhân",
        "G-HT",
        15_000,
        "KQ.G07.000125",
        "Giấy xác nhận tình trạng hôn nhân",
    ),
    (
        "1.004859",
        "Thay đổi, cải chính, bổ sung thông tin hộ tịch, xác định lại dân tộc",
        "G-HT",
        15_000,
        "KQ.G07.000126",
        "Trích lục thay đổi, cải chính, bổ sung hộ tịch",
    ),
    (
        "2.000635",
        "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh",
        "G-HT",
        8_000,
        "KQ.G07.000127",
        "Bản sao Trích lục hộ tịch",
    ),
    (
        "2.000815",
        "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
        "G-CT",
        2_000,
        "KQ.G07.000128",
        "Bản sao được chứng thực",
    ),
    (
        "2.000884",
        "Chứng thực chữ ký trong các giấy tờ, văn bản",
        "G-CT",
        10_000,
        "KQ.G07.000129",
        "Giấy tờ được chứng thực chữ ký",
    ),
    (
        "1.001776",
        "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội hàng tháng",
        "G-BTXH",
        0,
        "KQ.G09.000130",
        "Quyết định trợ cấp xã hội",
    ),
    ("1.012812", "Hòa giải tranh chấp đất đai", "G-DD", 0, "", ""),
];

impl Default for Catalogue {
    fn default() -> Self {
        let text = str::to_owned;
        let components = |procedure: &str| {
            let component = |(number, name): (&str, &str)| Component {
                code: format!("TP.{procedure}.{number}"),
                name: text(name),
            };
            COMPONENTS.map(component).into()
        };
        let procedures = PROCEDURES.map(|(code, name, field, fee, result_code, result)| Procedure {
            code: text(code),
            name: text(name),
            field: text(field),
            fee,
            result: text(result),
            result_code: text(result_code),
            components: components(code),
        });
        let fields = FIELDS.map(|(code, name, sector)| Field {
            code: text(code),
            name: text(name),
            sector: text(sector),
        });
        let agencies = AGENCIES.map(|(code, name, level)| Agency {
            code: text(code),
            name: text(name),
            level: text(level),
        });
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
