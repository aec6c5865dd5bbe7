//! The conversion of rows to the fields of the wire, one line a field.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ExpectedDossier;
use super::record::Record;
use crate::catalogue::{PROCEDURES, Procedure, STATUSES, UNITS};

/// The fields of a dossier that the portal requires.
const REQUIRED: [&str; 16] = [
    "MaHoSo",
    "MaTTHC",
    "TenTTHC",
    "MaLinhVuc",
    "TenLinhVuc",
    "LoaiDoiTuong",
    "TrichYeuHoSo",
    "NgayTiepNhan",
    "TrangThaiHoSo",
    "HinhThuc",
    "DonViXuLy",
    "NoiNopHoSo",
    "HoSoCoThanhPhanSoHoa",
    "TaiKhoanDuocXacThucVoiVNeID",
    "DuocThanhToanTrucTuyen",
    "NgayNopHoSo",
];

/// Rows which hang on the dossiers of a page, by dossier.
pub(super) struct Rows {
    pub(super) steps: BTreeMap<i64, Vec<Record>>,
    pub(super) papers: BTreeMap<i64, Vec<Record>>,
    pub(super) results: BTreeMap<i64, Vec<Record>>,
    pub(super) fees: BTreeMap<i64, Vec<Record>>,
    pub(super) supplements: BTreeMap<i64, Vec<Record>>,
    pub(super) databases: BTreeMap<i64, Vec<Record>>,
    pub(super) others: BTreeMap<i64, Vec<Record>>,
}

/// The dossier, and why it cannot be sent, if it cannot.
pub(super) fn expect(id: i64, row: &Record, rows: &mut Rows) -> (ExpectedDossier, Vec<String>) {
    let scalars = scalars(row);
    let mut reasons = row.take_defects();
    for field in REQUIRED {
        if scalars.get(field).is_none_or(String::is_empty) {
            reasons.push(format!("{field} is missing"));
        }
    }
    let mut list = |of: &mut BTreeMap<i64, Vec<Record>>, item: fn(&Record) -> Value| -> Value {
        let records = of.remove(&id).unwrap_or_default();
        let items = records.iter().map(item).collect();
        reasons.extend(records.into_iter().flat_map(Record::into_defects));
        Value::Array(items)
    };
    let lists = [
        ("TaiLieuNop", list(&mut rows.papers, paper)),
        ("DanhSachGiayToKetQua", list(&mut rows.results, result)),
        ("DanhSachLePhi", list(&mut rows.fees, fee)),
        ("DanhSachHoSoBoSung", list(&mut rows.supplements, supplement)),
        ("DSKetNoiCSDL", list(&mut rows.databases, |row| json!({"MaCSDL": row.text("ma_csdl")}))),
        ("DanhSachTepDinhKemKhac", list(&mut rows.others, other)),
        ("DinhDanhCHS", identities(row)),
    ];
    let code = scalars.get("MaHoSo").cloned().unwrap_or_default();
    let records = rows.steps.remove(&id).unwrap_or_default();
    let mut steps: Vec<_> = records.iter().map(|row| step(row, &code)).collect();
    reasons.extend(records.into_iter().flat_map(Record::into_defects));
    // Stable: steps of the same second stay in the order of their ids.
    steps.sort_by_key(|step| step.get("ThoiDiemXuLy").cloned());
    let lists = lists.into_iter().map(|(name, list)| (name.to_owned(), list)).collect();
    (ExpectedDossier { scalars, lists, steps }, reasons)
}

fn scalars(row: &Record) -> BTreeMap<String, String> {
    let local = row.text("ma_thu_tuc");
    let procedure = PROCEDURES.iter().find(|procedure| procedure.local == local);
    if procedure.is_none() && !local.is_empty() {
        row.defect(format!("procedure {local} is not mapped"));
    }
    let of_procedure = |field: fn(&Procedure) -> &str| procedure.map(field).unwrap_or_default().to_owned();
    let unit = row.text("don_vi");
    if !unit.is_empty() && !UNITS.iter().any(|known| known.code == unit) {
        row.defect(format!("unit {unit} is not known"));
    }
    named([
        ("MaHoSo", row.text("ma_ho_so")),
        ("MaTTHC", of_procedure(|one| one.code)),
        ("TenTTHC", of_procedure(|one| one.name)),
        ("MaLinhVuc", of_procedure(|one| one.field)),
        ("TenLinhVuc", of_procedure(|one| one.field_name)),
        ("KenhThucHien", row.text("kenh")),
        ("ChuHoSo", row.text("chu_ho_so")),
        ("LoaiDoiTuong", row.text("loai_doi_tuong")),
        ("MaDoiTuong", row.text("ma_doi_tuong")),
        ("ThongTinKhac", row.text("thong_tin_khac")),
        ("Email", row.text("email")),
        ("Fax", row.text("fax")),
        ("SoDienThoai", row.text("dien_thoai")),
        ("TrichYeuHoSo", row.limited("trich_yeu", 1_000)),
        ("NgayTiepNhan", row.time("ngay_tiep_nhan")),
        ("NgayHenTra", row.time("ngay_hen_tra")),
        ("TrangThaiHoSo", status(row)),
        ("NgayTra", row.time("ngay_tra")),
        ("ThongTinTra", row.text("thong_tin_tra")),
        ("HinhThuc", row.text("hinh_thuc_tra")),
        ("NgayKetThucXuLy", row.time("ngay_ket_thuc")),
        ("DonViXuLy", unit),
        ("GhiChu", row.text("ghi_chu")),
        ("NoiNopHoSo", row.text("noi_nop")),
        ("HoSoCoThanhPhanSoHoa", row.text("so_hoa")),
        ("TaiKhoanDuocXacThucVoiVNeID", row.text("vneid")),
        ("DuocThanhToanTrucTuyen", row.text("thanh_toan")),
        ("NgayTuChoi", row.time("ngay_tu_choi")),
        ("NgayNopHoSo", row.time("ngay_nop")),
    ])
}

fn named<const N: usize>(fields: [(&str, String); N]) -> BTreeMap<String, String> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The national status, from the vendor's text in `trang_thai`.
fn status(row: &Record) -> String {
    let vendor = row.text("trang_thai");
    match STATUSES.iter().find(|(text, _)| *text == vendor) {
        Some((_, national)) => (*national).to_owned(),
        None => {
            row.defect(format!("status {vendor} is not mapped"));
            String::new()
        }
    }
}

fn identities(row: &Record) -> Value {
    let number = row.text("so_dinh_danh");
    if number.is_empty() {
        return json!([]);
    }
    json!([{"LoaiDinhDanh": row.text("loai_giay_to"), "SoDinhDanh": number}])
}

fn paper(row: &Record) -> Value {
    json!({
        "TepDinhKemId": row.text("ma_tep"),
        "TenTepDinhKem": row.required(row.limited("ten_tep", 4_000), "ten_tep"),
        "IsDeleted": "False",
        "MaThanhPhanHoSo": row.required(row.text("ma_thanh_phan"), "ma_thanh_phan"),
        "DuongDanTaiTepTin": row.required(row.text("duong_dan"), "duong_dan"),
        "DuocSoHoa": row.text("so_hoa"),
        "DuocTaiSuDung": row.text("tai_su_dung"),
        "DuocLayTuKhoDMQG": row.text("kho_dmqg"),
        "MaKetQuaThayThe": row.text("ma_ket_qua_thay_the"),
    })
}

fn result(row: &Record) -> Value {
    json!({
        "TenGiayTo": row.required(row.limited("ten", 2_000), "ten"),
        "MaThanhPhanHoSo": row.text("ma_thanh_phan"),
        "GiayToId": row.text("ma_giay_to"),
        "DuongDanTepTinKetQua": row.required(row.text("duong_dan"), "duong_dan"),
        "MaGiayToKetQua": row.required(row.text("ma_ket_qua"), "ma_ket_qua"),
    })
}

fn fee(row: &Record) -> Value {
    json!({
        "TenPhiLePhi": row.text("ten"),
        "MaPhiLePhi": row.text("ma"),
        "HinhThucThu": row.text("hinh_thuc_thu"),
        "Gia": row.text("gia"),
        "LoaiPhiLePhi": row.text("loai"),
    })
}

fn supplement(row: &Record) -> Value {
    json!({
        "HoSoBoSungId": row.text("id"),
        "NguoiYeuCauBoSung": row.text("nguoi_yeu_cau"),
        "NoiDungBoSung": row.text("noi_dung"),
        "NgayBoSung": row.time("ngay_yeu_cau"),
        "NguoiTiepNhanBoSung": row.text("nguoi_tiep_nhan"),
        "ThongTinTiepNhan": row.text("thong_tin_tiep_nhan"),
        "NgayTiepNhanBoSung": row.time("ngay_tiep_nhan"),
        "TrangThaiBoSung": row.text("trang_thai"),
        "DanhSachGiayToBoSung": [],
        "DanhSachLePhiBoSung": [],
        "NgayHenTraTruoc": row.time("han_truoc"),
        "NgayHenTraMoi": row.time("han_moi"),
    })
}

fn other(row: &Record) -> Value {
    json!({
        "TenGiayTo": row.text("ten"),
        "SoLuong": row.text("so_luong"),
        "LoaiGiayTo": row.text("loai"),
    })
}

fn step(row: &Record, code: &str) -> BTreeMap<String, String> {
    named([
        ("MaHoSo", code.to_owned()),
        ("NguoiXuLy", row.required(row.limited("nguoi_xu_ly", 50), "nguoi_xu_ly")),
        ("ChucDanh", row.text("chuc_danh")),
        ("ThoiDiemXuLy", row.required(row.time("thoi_diem"), "thoi_diem")),
        ("PhongBanXuLy", row.text("phong_ban")),
        ("NoiDungXuLy", row.text("noi_dung")),
        ("TrangThai", status(row)),
        ("NgayBatDau", row.time("bat_dau")),
        ("NgayKetThucTheoQuyDinh", row.time("han")),
    ])
}
