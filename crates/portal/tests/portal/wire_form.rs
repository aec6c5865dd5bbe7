//! Requests on the wire, byte for byte. The expected text is written by hand from the integration guide.

use crate::canned::{Canned, says};
use crate::fixture::{Client, maximal, minimal, steps_of};

const MAXIMAL: &str = r#"{"session":"tok-canary","madonvi":"H48","service":"DongBoHoSoMC","isUpdating":"False","data":[{
"MaHoSo":"H48.57-250915-0012","MaTTHC":"1.001193","TenTTHC":"Đăng ký khai sinh","MaLinhVuc":"HT","TenLinhVuc":"Hộ tịch",
"KenhThucHien":"2","ChuHoSo":"Nguyễn Thị Canary","LoaiDoiTuong":"2","MaDoiTuong":"DN-1",
"ThongTinKhac":"Thường trú: \"tổ 4\"\nphường Nghĩa Lộ","Email":"canary@example.vn","Fax":"0255 3822222",
"SoDienThoai":"0912345678","TrichYeuHoSo":"Khai sinh","NgayTiepNhan":"20250915080203","NgayHenTra":"20250920170000",
"TrangThaiHoSo":"10","NgayTra":"20250919003000","ThongTinTra":"Trả tận tay","HinhThuc":"1",
"NgayKetThucXuLy":"20250918100000","DonViXuLy":"H48.57","GhiChu":"rev=3","NoiNopHoSo":"1","HoSoCoThanhPhanSoHoa":"1",
"TaiKhoanDuocXacThucVoiVNeID":"1","DuocThanhToanTrucTuyen":"3","NgayTuChoi":"20250918110000",
"NgayNopHoSo":"20250915080000","DinhDanhCHS":[{"LoaiDinhDanh":"1","SoDinhDanh":"079123456789"}],
"DSKetNoiCSDL":[{"MaCSDL":"CSDL01"},{"MaCSDL":"CSDL02"}],
"TaiLieuNop":[{"TepDinhKemId":"t-1","TenTepDinhKem":"Tờ khai.pdf","IsDeleted":"True","MaThanhPhanHoSo":"TP01",
"DuongDanTaiTepTin":"https://tep.example.vn/t-1?sig=x","DuocSoHoa":"1","DuocTaiSuDung":"2","DuocLayTuKhoDMQG":"0",
"MaKetQuaThayThe":"KQ.G07.000001"}],
"DanhSachGiayToKetQua":[{"TenGiayTo":"Giấy khai sinh","MaThanhPhanHoSo":"TP02","GiayToId":"g-1",
"DuongDanTepTinKetQua":"https://tep.example.vn/g-1?sig=y","MaGiayToKetQua":"KQ.G07.000122"}],
"DanhSachLePhi":[{"TenPhiLePhi":"Lệ phí","MaPhiLePhi":"LP01","HinhThucThu":"4","Gia":"8000","LoaiPhiLePhi":"2"}],
"DanhSachHoSoBoSung":[{"HoSoBoSungId":"b-1","NguoiYeuCauBoSung":"Lê Văn B","NoiDungBoSung":"Bổ sung ảnh",
"NgayBoSung":"20250916090000","NguoiTiepNhanBoSung":"Trần C","ThongTinTiepNhan":"Đã nhận",
"NgayTiepNhanBoSung":"20250917090000","TrangThaiBoSung":"2","DanhSachGiayToBoSung":[],"DanhSachLePhiBoSung":[],
"NgayHenTraTruoc":"20250919170000","NgayHenTraMoi":"20250920170000"}],
"DanhSachTepDinhKemKhac":[{"TenGiayTo":"Bản vẽ","SoLuong":"2","LoaiGiayTo":"Bản chính"}]}]}"#;

const MINIMAL: &str = r#"{"session":"tok-canary","madonvi":"H48","service":"DongBoHoSoMC","isUpdating":"True","data":[{
"MaHoSo":"H48-1","MaTTHC":"1.001193","TenTTHC":"Đăng ký khai sinh","MaLinhVuc":"HT","TenLinhVuc":"Hộ tịch",
"KenhThucHien":"","ChuHoSo":"","LoaiDoiTuong":"1","MaDoiTuong":"","ThongTinKhac":"","Email":"","Fax":"","SoDienThoai":"",
"TrichYeuHoSo":"Khai sinh","NgayTiepNhan":"20250915080203","NgayHenTra":"","TrangThaiHoSo":"1","NgayTra":"",
"ThongTinTra":"","HinhThuc":"0","NgayKetThucXuLy":"","DonViXuLy":"H48.57","GhiChu":"","NoiNopHoSo":"2",
"HoSoCoThanhPhanSoHoa":"0","TaiKhoanDuocXacThucVoiVNeID":"0","DuocThanhToanTrucTuyen":"0","NgayTuChoi":"",
"NgayNopHoSo":"20250915080000","DinhDanhCHS":[],"DSKetNoiCSDL":[],"TaiLieuNop":[],"DanhSachGiayToKetQua":[],
"DanhSachLePhi":[],"DanhSachHoSoBoSung":[],"DanhSachTepDinhKemKhac":[]}]}"#;

const STEP: &str = r#"{"session":"tok-canary","madonvi":"H48","service":"CapNhatTienDoHoSoMC","data":[{
"MaHoSo":"H48-1","NguoiXuLy":"Lê Văn Bình","ChucDanh":"Chuyên viên","ThoiDiemXuLy":"20250916080000",
"PhongBanXuLy":"Bộ phận một cửa","NoiDungXuLy":"Tiếp nhận","TrangThai":"4","NgayBatDau":"20250916070000",
"NgayKetThucTheoQuyDinh":""}]}"#;

const LOOK_UP: &str = r#"{"session":"tok-canary","madonvi":"H48","service":"TraCuuHoSo","mahoso":"H48-1"}"#;

#[tokio::test]
async fn every_call_is_written_as_the_guide_says() {
    let server = Canned::start([says("0", "")]).await;
    let client = Client::new(&format!("{}/", server.url()));
    let full = maximal("H48.57-250915-0012");
    let small = minimal("H48-1");
    client.ndxp.create(&[&full]).await;
    client.ndxp.update(&[&small]).await;
    client.ndxp.append_steps(&[(&small.code, &full.steps[0])]).await;
    client.ndxp.probe(&small.code).await;
    let bodies: Vec<String> = server.calls().into_iter().map(|call| call.body).collect();
    // The constants are broken into lines for the reader; in JSON texts a line break is always escaped.
    assert_eq!(bodies, [MAXIMAL, MINIMAL, STEP, LOOK_UP].map(|json| json.replace('\n', "")));
    assert_eq!(server.log_ins()[0].body, r#"{"username":"dongbo","password":"dongbo"}"#);
}

#[tokio::test]
async fn every_call_is_a_post_of_json_with_the_routing_code() {
    let server = Canned::start([says("0", "")]).await;
    let client = Client::new(&server.url());
    let dossier = maximal("H48-1");
    client.ndxp.append_steps(&steps_of(&dossier)).await;
    assert!(server.calls()[0].head.starts_with("POST /integration HTTP/1.1\r\n"));
    for call in server.calls().into_iter().chain(server.log_ins()) {
        let head = call.head.to_ascii_lowercase();
        assert!(head.contains("\r\ncontent-type: application/json; charset=utf-8\r\n"), "{head}");
        assert!(head.contains("\r\ndstcode: vn:gov:dvcqg\r\n"), "{head}");
    }
}
