//! Contracts by name and by file, and what a client of 2020 sends.

use std::process::Command;

use mock_portal::Config;
use serde_json::{Value, json};

use crate::support::{World, dossier, step, with};

/// A dossier with the fields that a client of October 2020 sends; the data is made up.
fn old_dossier(code: &str, status: &str) -> Value {
    let received = if ["1", "3"].contains(&status) { "" } else { "20201002080000" };
    json!({
        "MaHoSo": code, "MaTTHC": "1.001193", "TenTTHC": "Đăng ký khai sinh", "MaLinhVuc": "G-HT",
        "TenLinhVuc": "Hộ tịch", "KenhThucHien": "1", "ChuHoSo": "Nguyễn Văn A", "LoaiDoiTuong": "1",
        "MaDoiTuong": "", "ThongTinKhac": "", "Email": "", "Fax": "", "SoDienThoai": "", "TrichYeuHoSo": "",
        "NgayTiepNhan": received, "NgayHenTra": "", "TrangThaiHoSo": status, "NgayTra": "", "ThongTinTra": "",
        "HinhThuc": "0", "NgayKetThucXuLy": "", "DonViXuLy": "Ủy ban nhân dân xã Bờ Y", "GhiChu": "",
        "TaiLieuNop": [{
            "TepDinhKemId": "1", "TenTepDinhKem": "don.pdf", "IsDeleted": "False", "MaThanhPhanHoSo": "",
            "DuongDanTaiTepTin": "https://mc.example.vn/t/1",
        }],
        "DanhSachGiayToKetQua": [{
            "TenGiayTo": "Giấy khai sinh", "MaThanhPhanHoSo": "", "GiayToId": "9",
            "DuongDanTepTinKetQua": "https://mc.example.vn/k/9",
        }],
        "DanhSachLePhi": [], "DanhSachHoSoBoSung": [], "DanhSachTepDinhKemKhac": [],
    })
}

async fn by(contract: &str) -> World {
    World::with(Config { contract: contract.to_owned(), ..Config::default() }).await
}

#[tokio::test]
async fn a_client_of_2020_is_taken_by_its_own_contract() {
    let world = by("guide-2020").await;
    for status in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"] {
        let told = world.create(&[old_dossier(&format!("H48-{status}"), status)]).await.unwrap();
        assert!(told.is_success(), "{status}: {}", told.text);
    }
    let steps = |many: u32| -> Vec<Value> {
        (0..many).map(|minute| step("H48-4", &format!("202010020800{minute:02}"))).collect()
    };
    assert!(world.steps(&steps(11)).await.unwrap().is_success());
    assert_eq!(world.steps(&steps(12)).await.unwrap().code(), json!("-5"));
    // What may be empty, may be so only there, and what came later is not known.
    let unreceived = with(old_dossier("H48-11", "2"), "NgayTiepNhan", "");
    let told = world.create(&[unreceived]).await.unwrap();
    assert_eq!(told.message(), "Hồ sơ H48-11: Trường NgayTiepNhan bắt buộc phải có");
    let told = world.create(&[with(old_dossier("H48-11", "2"), "NoiNopHoSo", "2")]).await.unwrap();
    assert_eq!(told.message(), "Hồ sơ H48-11: Trường NoiNopHoSo không có trong đặc tả");
    assert!(!world.create(&[dossier("H48-12")]).await.unwrap().is_success());
}

#[tokio::test]
async fn a_client_of_2020_is_told_by_a_newer_contract_what_it_lacks() {
    let world = by("guide-2024").await;
    let refusal = async |dossier: Value| world.create(&[dossier]).await.unwrap().message();
    let mut growing = old_dossier("H48-1", "4");
    for (field, value) in [
        ("DanhSachGiayToKetQua[0].MaGiayToKetQua", "KQ.G07.000122"),
        ("TaiLieuNop[0].MaThanhPhanHoSo", "TP1"),
        ("TrichYeuHoSo", "Khai sinh"),
        ("NoiNopHoSo", "2"),
        ("HoSoCoThanhPhanSoHoa", "0"),
        ("TaiKhoanDuocXacThucVoiVNeID", "0"),
        ("DuocThanhToanTrucTuyen", "0"),
        ("NgayNopHoSo", "20201002080000"),
    ] {
        assert_eq!(refusal(growing.clone()).await, format!("Hồ sơ H48-1: Trường {field} bắt buộc phải có"));
        match field.split_once("[0].") {
            Some((list, inner)) => growing[list][0][inner] = json!(value),
            None => growing[field] = json!(value),
        }
    }
    assert!(world.create(&[growing]).await.unwrap().is_success());
    let steps: Vec<Value> =
        (0..11).map(|second| step("H48-1", &format!("202010020800{second:02}"))).collect();
    assert_eq!(world.steps(&steps).await.unwrap().code(), json!("-5"));
}

#[tokio::test]
async fn a_contract_that_was_printed_and_changed_is_obeyed() {
    let printed = Command::new(env!("CARGO_BIN_EXE_mock-portal"))
        .args(["--print-contract", "guide-2020"])
        .output()
        .unwrap();
    let text = String::from_utf8(printed.stdout).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let changed = text.replace("[change.dossier]", "[change.dossier]\nSoGiayToChuHoSo = { longest = 12 }");
    assert_ne!(changed, text);
    std::fs::write(&path, changed).unwrap();
    let world = World::with(Config { contract_file: Some(path), ..Config::default() }).await;
    let extra = |number: &str| with(old_dossier("H48-1", "4"), "SoGiayToChuHoSo", number);
    assert!(!world.create(&[extra("0510900000011")]).await.unwrap().is_success());
    assert!(world.create(&[extra("051090000001")]).await.unwrap().is_success());

    let config = Config { contract: "guide-1999".to_owned(), ..Config::default() };
    let told = mock_portal::MockPortal::start(config).await.unwrap_err().to_string();
    assert!(told.contains("guide-1999") && told.contains("guide-2024"), "{told}");
}
