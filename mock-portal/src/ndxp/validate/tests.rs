use serde_json::{Value, json};

use super::*;
use crate::contract::Contract;
use crate::wire::field::{Shape, Table};

fn dossier() -> Value {
    serde_json::from_str(include_str!("../../../samples/dossier.json")).unwrap()
}

fn step() -> Value {
    serde_json::from_str(include_str!("../../../samples/step.json")).unwrap()
}

type Check = fn(&Members<'_>, Strictness<'_>) -> Result<(), Complaint>;

fn contract() -> Contract {
    Contract::load("guide-2024", None).unwrap()
}

fn check_dossier(members: &Members<'_>, how: Strictness<'_>) -> Result<(), Complaint> {
    super::check_dossier(&contract().dossier, members, how)
}

fn check_step(members: &Members<'_>, how: Strictness<'_>) -> Result<(), Complaint> {
    check_object(&contract().step, members, how.strict_fields)
}

fn run(check: Check, text: &str, strict_fields: bool) -> Result<(), String> {
    let Node::Object(members) = serde_json::from_str(text).unwrap() else { panic!("no object") };
    let how = Strictness { strict_fields, latest_receipt: Some("20300101000000") };
    check(&members, how).map_err(|complaint| complaint.sentence())
}

/// The result of checking a dossier after one change, `pointer` being a JSON pointer.
fn after(pointer: &str, value: Value) -> Result<(), String> {
    let mut changed = dossier();
    *changed.pointer_mut(pointer).unwrap() = value;
    run(check_dossier, &changed.to_string(), true)
}

fn step_after(field: &str, value: Value) -> Result<(), String> {
    let mut changed = step();
    changed[field] = value;
    run(check_step, &changed.to_string(), true)
}

#[test]
fn whole_examples_pass() {
    assert_eq!(run(check_dossier, &dossier().to_string(), true), Ok(()));
    assert_eq!(run(check_step, &step().to_string(), true), Ok(()));
}

#[test]
fn every_required_field_must_be_there_and_hold_something() {
    let Contract { dossier: of_dossier, step: of_step, .. } = contract();
    let tables: [(Table, Value, Check); 2] =
        [(of_dossier, dossier(), check_dossier), (of_step, step(), check_step)];
    for (table, whole, check) in tables {
        for field in &*table {
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(&field.name);
            let refused = Err(format!("Trường {} bắt buộc phải có", field.name));
            let expected = if field.required { refused.clone() } else { Ok(()) };
            assert_eq!(run(check, &without.to_string(), true), expected);
            if field.required {
                for empty in ["", "  "] {
                    let mut blank = whole.clone();
                    blank[&field.name] = json!(empty);
                    assert_eq!(run(check, &blank.to_string(), true), refused);
                }
            }
        }
    }
}

#[test]
fn every_scalar_must_be_a_string_and_every_list_a_list() {
    for field in &*contract().dossier {
        let is_list = matches!(field.shape, Shape::List(_) | Shape::OpenList);
        for wrong in [json!(1), json!(true), json!(null), json!(1.5), json!({}), json!(-1)] {
            let expected = if is_list { "phải là mảng" } else { "phải là chuỗi ký tự" };
            let said = after(&format!("/{}", field.name), wrong);
            assert_eq!(said, Err(format!("Trường {} {expected}", field.name)));
        }
    }
    assert!(after("/MaHoSo", json!([])).is_err());
    assert!(after("/TaiLieuNop", json!("")).is_err());
    let said = after("/DanhSachHoSoBoSung/0/DanhSachGiayToBoSung/0/TenGiayTo", json!(1)).unwrap_err();
    assert_eq!(said, "Trường DanhSachHoSoBoSung[0].DanhSachGiayToBoSung[0].TenGiayTo phải là chuỗi ký tự");
    assert!(
        after("/DanhSachHoSoBoSung/0/DanhSachLePhiBoSung", json!([1])).unwrap_err().contains("đối tượng")
    );
    assert!(after("/TaiLieuNop/0", json!("x")).unwrap_err().contains("TaiLieuNop[0] phải là đối tượng"));
}

#[test]
fn fields_of_lists_are_named_by_their_place() {
    for (list, field) in [
        ("TaiLieuNop", "TenTepDinhKem"),
        ("TaiLieuNop", "MaThanhPhanHoSo"),
        ("TaiLieuNop", "DuongDanTaiTepTin"),
        ("DanhSachGiayToKetQua", "TenGiayTo"),
        ("DanhSachGiayToKetQua", "DuongDanTepTinKetQua"),
        ("DanhSachGiayToKetQua", "MaGiayToKetQua"),
    ] {
        let said = after(&format!("/{list}/0/{field}"), json!(""));
        assert_eq!(said, Err(format!("Trường {list}[0].{field} bắt buộc phải có")));
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    for (pointer, most) in [
        ("/TrichYeuHoSo", 1_000),
        ("/TaiLieuNop/0/TenTepDinhKem", 4_000),
        ("/DanhSachGiayToKetQua/0/TenGiayTo", 2_000),
    ] {
        assert_eq!(after(pointer, json!("ế".repeat(most))), Ok(()));
        assert!(
            after(pointer, json!("ế".repeat(most + 1))).unwrap_err().contains(&format!("vượt quá {most}"))
        );
    }
    assert_eq!(step_after("NguoiXuLy", json!("ế".repeat(50))), Ok(()));
    assert!(step_after("NguoiXuLy", json!("ế".repeat(51))).is_err());
}

#[test]
fn dates_must_be_in_the_calendar() {
    for good in ["20240229235959", "19000101000000", "21001231235959"] {
        assert_eq!(after("/NgayHenTra", json!(good)), Ok(()), "{good}");
    }
    for bad in [
        "20250229000000",
        "20251301000000",
        "20250100000000",
        "20250101240000",
        "20250101006000",
        "20250101000060",
        "18991231235959",
        "21010101000000",
        "2025010100000",
        "202501010000000",
        "2025-01-01T00:00:00",
        "2025010100000a",
        "+2025010100000",
        " ",
    ] {
        assert!(after("/NgayHenTra", json!(bad)).is_err(), "{bad}");
        assert!(after("/NgayNopHoSo", json!(bad)).is_err(), "{bad}");
        assert!(after("/DanhSachHoSoBoSung/0/NgayBoSung", json!(bad)).is_err(), "{bad}");
        assert!(step_after("ThoiDiemXuLy", json!(bad)).is_err(), "{bad}");
    }
    assert_eq!(after("/NgayHenTra", json!("")), Ok(()));
}

#[test]
fn a_receipt_from_the_future_is_refused_and_a_due_date_is_not() {
    assert!(after("/NgayTiepNhan", json!("20300101000001")).unwrap_err().contains("thời điểm hiện tại"));
    assert_eq!(after("/NgayTiepNhan", json!("20300101000000")), Ok(()));
    assert_eq!(after("/NgayHenTra", json!("20990101000000")), Ok(()));
}

#[test]
fn enumerations_take_their_values_only() {
    let ten: &[&str] = &["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];
    let cases: [(&str, &[&str]); 16] = [
        ("/KenhThucHien", &["", "1", "2", "3"]),
        ("/LoaiDoiTuong", &["1", "2", "3", "4"]),
        ("/TrangThaiHoSo", ten),
        ("/HinhThuc", &["0", "1"]),
        ("/NoiNopHoSo", &["1", "2"]),
        ("/HoSoCoThanhPhanSoHoa", &["0", "1"]),
        ("/TaiKhoanDuocXacThucVoiVNeID", &["0", "1"]),
        ("/DuocThanhToanTrucTuyen", &["0", "1", "2", "3"]),
        ("/TaiLieuNop/0/IsDeleted", &["", "False", "True"]),
        ("/TaiLieuNop/0/DuocSoHoa", &["", "0", "1"]),
        ("/TaiLieuNop/0/DuocTaiSuDung", &["", "0", "1", "2"]),
        ("/TaiLieuNop/0/DuocLayTuKhoDMQG", &["", "0", "1"]),
        ("/DanhSachLePhi/0/HinhThucThu", &["", "1", "2", "4"]),
        ("/DanhSachLePhi/0/LoaiPhiLePhi", &["", "1", "2", "3"]),
        ("/DanhSachLePhi/0/Gia", &["", "0", "15000"]),
        ("/DinhDanhCHS/0/LoaiDinhDanh", &["", "1"]),
    ];
    for (pointer, values) in cases {
        for value in values {
            assert_eq!(after(pointer, json!(value)), Ok(()), "{pointer} {value}");
        }
        for wrong in ["11", "-1", "true", "1 ", "01x", "x", "5.0"] {
            if pointer != "/DanhSachLePhi/0/Gia" || wrong != "11" {
                assert!(after(pointer, json!(wrong)).is_err(), "{pointer} {wrong}");
            }
        }
    }
    assert!(step_after("TrangThai", json!("0")).is_err());
    assert!(step_after("TrangThai", json!("11")).is_err());
}

#[test]
fn identity_numbers_fit_their_document() {
    let identity = |kind: &str, number: &str| {
        after("/DinhDanhCHS/0", json!({"LoaiDinhDanh": kind, "SoDinhDanh": number}))
    };
    assert_eq!(identity("1", "051090000001"), Ok(()));
    assert_eq!(identity("2", "212345678"), Ok(()));
    assert_eq!(identity("", "P1234567"), Ok(()));
    for (kind, number) in
        [("1", "212345678"), ("2", "051090000001"), ("1", "05109000000a"), ("1", ""), ("2", "21234567٣")]
    {
        assert!(identity(kind, number).unwrap_err().contains("DinhDanhCHS[0].SoDinhDanh"), "{kind} {number}");
    }
}

#[test]
fn unknown_and_repeated_fields_are_refused_when_strict() {
    let mut extra = dossier();
    extra["MaHoSoCu"] = json!("1");
    assert!(
        run(check_dossier, &extra.to_string(), true).unwrap_err().contains("MaHoSoCu không có trong đặc tả")
    );
    assert_eq!(run(check_dossier, &extra.to_string(), false), Ok(()));
    let twice = dossier().to_string().replacen('{', r#"{"ChuHoSo":"x","#, 1);
    assert!(run(check_dossier, &twice, true).unwrap_err().contains("ChuHoSo bị lặp lại"));
    assert_eq!(run(check_dossier, &twice, false), Ok(()));
}
