//! The tables that a mapping file for the simulated one-stop system has to repeat: procedures, units, statuses.

/// A procedure, as the local system and as the nation call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Procedure {
    /// Code in `ho_so.ma_thu_tuc`.
    pub local: &'static str,
    /// National code (`MaTTHC`).
    pub code: &'static str,
    /// Name (`TenTTHC`).
    pub name: &'static str,
    /// Code of the field (`MaLinhVuc`).
    pub field: &'static str,
    /// Name of the field (`TenLinhVuc`).
    pub field_name: &'static str,
    /// Whether it ends with a paper.
    pub paper: bool,
    /// Fee in đồng; of [`PER_PAGE`] for each page.
    pub fee: i64,
    /// Working days allowed; 0 is the same day.
    pub limit_days: u32,
    /// Share of a commune's dossiers, in thousandths.
    pub share: u32,
}

/// Local code of the procedure whose fee is for each page.
pub const PER_PAGE: &str = "CT01";

const HO_TICH: (&str, &str) = ("G-HT", "Hộ tịch");
const CHUNG_THUC: (&str, &str) = ("G-CT", "Chứng thực");
const BAO_TRO: (&str, &str) = ("G-BTXH", "Bảo trợ xã hội");
const DAT_DAI: (&str, &str) = ("G-DD", "Đất đai");

/// Takes local code, national code and name; code and name of the field; and the rest in the order of the struct.
const fn procedure(
    (local, code, name): (&'static str, &'static str, &'static str),
    (field, field_name): (&'static str, &'static str),
    (paper, fee): (bool, i64),
    limit_days: u32,
    share: u32,
) -> Procedure {
    Procedure { local, code, name, field, field_name, paper, fee, limit_days, share }
}

/// Every procedure of the simulated communes, most frequent first.
pub const PROCEDURES: [Procedure; 10] = [
    procedure(
        (PER_PAGE, "2.000815", "Chứng thực bản sao từ bản chính giấy tờ, văn bản"),
        CHUNG_THUC,
        (true, 2_000),
        0,
        560,
    ),
    procedure(
        ("CT02", "2.000884", "Chứng thực chữ ký trong các giấy tờ, văn bản"),
        CHUNG_THUC,
        (true, 10_000),
        0,
        120,
    ),
    procedure(
        ("TL01", "2.000635", "Cấp bản sao Trích lục hộ tịch, bản sao Giấy khai sinh"),
        HO_TICH,
        (true, 8_000),
        0,
        110,
    ),
    procedure(("HN01", "1.004873", "Cấp Giấy xác nhận tình trạng hôn nhân"), HO_TICH, (true, 15_000), 3, 60),
    procedure(("KS01", "1.001193", "Đăng ký khai sinh"), HO_TICH, (true, 0), 1, 50),
    procedure(("KH01", "1.000894", "Đăng ký kết hôn"), HO_TICH, (true, 0), 1, 25),
    procedure(("KT01", "1.000656", "Đăng ký khai tử"), HO_TICH, (true, 0), 1, 25),
    procedure(
        ("BT01", "1.001776", "Thực hiện, điều chỉnh, thôi hưởng trợ cấp xã hội hàng tháng"),
        BAO_TRO,
        (true, 0),
        22,
        25,
    ),
    procedure(
        ("CC01", "1.004859", "Thay đổi, cải chính, bổ sung thông tin hộ tịch, xác định lại dân tộc"),
        HO_TICH,
        (true, 15_000),
        3,
        15,
    ),
    procedure(("DD01", "1.012812", "Hòa giải tranh chấp đất đai"), DAT_DAI, (false, 0), 45, 10),
];

/// A unit which handles dossiers; its code is the same locally and nationally.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Code in `ho_so.don_vi`, sent as `DonViXuLy`.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Agency code of the form used before the mergers. Units with one still number their dossiers by it.
    pub old_code: Option<&'static str>,
}

const fn unit(code: &'static str, name: &'static str, old_code: Option<&'static str>) -> Unit {
    Unit { code, name, old_code }
}

/// Units of the simulated province; [`crate::onestop::SimConfig::communes`] says how many are used.
pub const UNITS: [Unit; 12] = [
    unit("H48.57", "Ủy ban nhân dân xã Bờ Y", None),
    unit("H48.58", "Ủy ban nhân dân xã Đăk Kôi", None),
    unit("H48.59", "Ủy ban nhân dân xã Sa Thầy", Some("000.00.59.H48")),
    unit("H48.60", "Ủy ban nhân dân xã Xuân Thành", None),
    unit("H48.61", "Ủy ban nhân dân xã Đường An", None),
    unit("H48.62", "Ủy ban nhân dân xã Ngọk Tụ", Some("000.00.62.H48")),
    unit("H48.63", "Ủy ban nhân dân xã Đăk Hà", None),
    unit("H48.64", "Ủy ban nhân dân xã Măng Đen", None),
    unit("H48.65", "Ủy ban nhân dân xã Kon Plông", None),
    unit("H48.66", "Ủy ban nhân dân xã Ia Chim", Some("000.00.66.H48")),
    unit("H48.67", "Ủy ban nhân dân phường Kon Tum", None),
    unit("H48.68", "Ủy ban nhân dân xã Bình Sơn", None),
];

/// The vendor's status text (`ho_so.trang_thai`, `qua_trinh.trang_thai`) and the national status.
pub const STATUSES: [(&str, &str); 10] = [
    ("MOI", "1"),
    ("DA_TIEP_NHAN", "2"),
    ("TU_CHOI", "3"),
    ("DANG_XU_LY", "4"),
    ("CHO_BO_SUNG", "5"),
    ("CHO_NGHIA_VU_TC", "6"),
    ("RUT", "7"),
    ("DUNG", "8"),
    ("DA_XONG", "9"),
    ("DA_TRA", "10"),
];
