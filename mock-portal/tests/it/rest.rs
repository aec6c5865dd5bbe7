//! Dialect `rest`, as a client meets it.

use mock_portal::{Config, FaultKind, FaultRule, MockPortal, Operation, Service};
use serde_json::{Value, json};

use crate::support::{self, Told};

const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

struct Client {
    portal: MockPortal,
    http: reqwest::Client,
    token: String,
}

impl Client {
    async fn new() -> Self {
        Self::with(Config::default()).await
    }

    async fn with(config: Config) -> Self {
        let portal = MockPortal::start(config).await.unwrap();
        let mut client = Self { portal, http: support::http(), token: String::new() };
        let secret = json!({"client_id": "dongbo", "client_secret": "dongbo"});
        let told = client.post("token", &secret).await;
        let data = told.json()["data"].clone();
        assert_eq!((&data["token_type"], &data["expires_in"]), (&json!("Bearer"), &json!(1_800)));
        data["access_token"].as_str().unwrap().clone_into(&mut client.token);
        client
    }

    async fn post(&self, path: &str, body: &Value) -> Told {
        let request = self.http.post(format!("{}/rest/{path}", self.portal.url()));
        let request = support::with_json(request, body);
        support::read(request.bearer_auth(&self.token).send().await.unwrap()).await.unwrap()
    }

    /// Hands a dossier in and gives back what the portal calls it.
    async fn create(&self, code: &str) -> String {
        let told = self.post("NopHoSo", &dossier(code)).await;
        assert_eq!(told.json()["data"]["maHoSo"], json!(code), "{}", told.text);
        told.json()["data"]["idHoSo"].as_str().unwrap().to_owned()
    }

    async fn upload(&self, content: &str) -> Told {
        let form = format!(
            "--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.pdf\"\r\n\r\n{content}\r\n--b--\r\n"
        );
        let request = self.http.post(format!("{}/rest/upload", self.portal.url())).body(form);
        let request = request.header("content-type", "multipart/form-data; boundary=b");
        support::read(request.bearer_auth(&self.token).send().await.unwrap()).await.unwrap()
    }

    async fn refuses(&self, path: &str, body: &Value, hint: &str) {
        let told = self.post(path, body).await;
        assert_eq!((told.status, &told.json()["code"]), (400, &json!(400)), "{}", told.text);
        assert!(told.message().contains(hint), "{hint} is not in {}", told.message());
    }
}

fn dossier(code: &str) -> Value {
    json!({
        "MaHoSo": code, "MaTTHC": "1.001193", "MaDichVuCong": "1.001193", "ChuHoSo": "Lê Văn A", "LoaiDoiTuong": "0", "MaDonViTiepNhan": "H48.57",
        "NgayNop": "2025-09-15 08:00:00", "NgayTiepNhan": "2025-09-15 08:02:03", "ThanhPhanHoSo": [],
        "ThongTinNguoiNop": {"LoaiDoiTuong": "0", "ThongTinChiTiet": {"TenNguoiNop": "Lê Văn A"}},
    })
}

fn status(id: &str, code: &str, status: &str) -> Value {
    json!({"IdHoSo": id, "MaHoSo": code, "TrangThai": status, "NoiDungYKien": ""})
}

fn step(id: &str, code: &str, at: &str) -> Value {
    json!({"IDHoSo": id, "MaHoSo": code, "NguoiXuLy": "Bình", "ThoiDiemXuLy": at, "TrangThai": "4"})
}

fn with(mut value: Value, field: &str, to: Value) -> Value {
    value[field] = to;
    value
}

#[tokio::test]
async fn a_dossier_is_handed_in_and_gets_status_steps_and_a_result_that_was_uploaded() {
    let client = Client::new().await;
    let id = client.create("H48-1").await;
    client.refuses("NopHoSo", &dossier("H48-1"), "đã tồn tại").await;
    let receipt = client.upload("abc").await.json()["data"][0].clone();
    assert_eq!(receipt["HashTepTin"], json!(ABC));
    let paper = json!([{"IdGiayTo": receipt["IdTepTin"], "HashTepTin": ABC, "TenGiayTo": "Kết quả", "MaKetQua": "KQ.1"}]);
    let done = with(status(&id, "H48-1", "9"), "DanhSachGiayToKetQua", paper.clone());
    let told = client.post("CapNhatTrangThai", &json!([done, status(&id, "H48-1", "10")])).await;
    assert_eq!(told.status, 200, "{}", told.text);
    client.post("CapNhatTienTrinh", &json!([step(&id, "H48-1", "2025-09-16T08:00:00.000")])).await;

    let seen = client.post("TraCuuHoSo", &json!({"MaHoSo": "H48-1"})).await.json()["data"].clone();
    assert_eq!(
        (&seen["IdHoSo"], &seen["TrangThai"], &seen["ChuHoSo"]),
        (&json!(id), &json!("10"), &json!("Lê Văn A"))
    );
    assert_eq!(seen["DanhSachGiayToKetQua"], paper);
    assert_eq!(seen["DanhSachTienDo"].as_array().unwrap().len(), 1);
    let unknown = client.post("TraCuuHoSo", &json!({"MaHoSo": "H48-2"})).await.json();
    assert_eq!((&unknown["code"], &unknown["data"]), (&json!(0), &Value::Null));

    let again = with(with(dossier("H48-1"), "IdHoSo", json!(id)), "ChuHoSo", json!("Lê Văn B"));
    assert_eq!(client.post("NopHoSo", &again).await.status, 200);
    let view = client.portal.dossier("H48-1").unwrap();
    assert_eq!((&view.fields["ChuHoSo"], &view.fields["TrangThai"]), (&json!("Lê Văn B"), &json!("10")));
    assert_eq!(view.history.iter().filter(|write| write.operation == Operation::Create).count(), 1);
    assert_eq!(client.portal.counters().backward_moves, 0, "9 and 10 in one call is no way back");
    let file = client.portal.uploads().remove(0);
    assert_eq!((file.sha256.as_str(), file.size, file.uploads), (ABC, 3, 1));
    assert_eq!(file.dossiers, ["H48-1"]);
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_http_400_and_the_field() {
    let client = Client::new().await;
    let id = client.create("H48-1").await;
    for (field, value, hint) in [
        ("NgayNop", json!("20250915080000"), "yyyy-MM-dd HH:mm:ss"),
        ("NgayTiepNhan", json!("2025-02-30 08:00:00"), "yyyy-MM-dd HH:mm:ss"),
        ("NgayTiepNhan", json!("2099-02-20 08:00:00"), "không được sau"),
        ("LoaiDoiTuong", json!("4"), "chỉ nhận 0, 1, 2"),
        ("LoaiDoiTuong", json!(0), "chuỗi"),
        ("MaTTHC", json!(""), "bắt buộc"),
        ("Moi", json!("x"), "không có trong đặc tả"),
        ("MaDichVuCong", json!(""), "MaDichVuCong bắt buộc"),
        ("ThongTinNguoiNop", json!({"HoTen": "Lê Văn A"}), "ThongTinNguoiNop.HoTen không có trong đặc tả"),
        ("ThongTinNguoiNop", json!({"LoaiDoiTuong": "0"}), "ThongTinNguoiNop.ThongTinChiTiet bắt buộc"),
        (
            "ThongTinNguoiNop",
            json!({"LoaiDoiTuong": "3", "ThongTinChiTiet": {}}),
            "ThongTinNguoiNop.LoaiDoiTuong có giá trị không hợp lệ, chỉ nhận 0, 1, 2",
        ),
        ("IdHoSo", json!("khac"), "không tìm thấy hồ sơ"),
    ] {
        client.refuses("NopHoSo", &with(dossier("H48-2"), field, value), hint).await;
    }
    for (element, hint) in [
        (with(status(&id, "H48-1", "4"), "DanhSachLePhi", json!([])), "chỉ gửi với trạng thái 5, 6, 9"),
        (
            with(status(&id, "H48-1", "10"), "DanhSachGiayToKetQua", json!([])),
            "chỉ gửi với trạng thái 5, 6, 9",
        ),
        (status("khac", "H48-1", "4"), "không tìm thấy hồ sơ"),
        (status(&id, "H48-3", "4"), "không tìm thấy hồ sơ"),
        (status(&id, "", "4"), "MaHoSo"),
        (status(&id, "H48-1", "11"), "TrangThai"),
    ] {
        client.refuses("CapNhatTrangThai", &json!([status(&id, "H48-1", "2"), element]), hint).await;
    }
    assert_eq!(client.portal.dossier("H48-1").unwrap().fields["TrangThai"], json!("1"), "all or nothing");
    for at in ["2025-09-16 08:00:00", "2025-09-16T08:00:00", "2025-09-16T08:00:60.000"] {
        client.refuses("CapNhatTienTrinh", &json!([step(&id, "H48-1", at)]), "yyyy-MM-ddTHH:mm:ss.fff").await;
    }
    client.refuses("CapNhatTrangThai", &json!([]), "trống").await;
    client.refuses("NopHoSo", &json!([]), "JSON").await;
}

#[tokio::test]
async fn a_file_is_named_only_as_it_was_uploaded() {
    let client = Client::new().await;
    let id = client.create("H48-1").await;
    let told = client.upload("abc").await.json()["data"][0]["IdTepTin"].clone();
    for (name, hash, hint) in
        [(json!("T0"), ABC, "không có trên hệ thống"), (told, "ab", "HashTepTin không khớp")]
    {
        let paper = json!([{"IdGiayTo": name, "HashTepTin": hash, "TenGiayTo": "x"}]);
        let component = json!([{"MaThanhPhanHoSo": "TP1", "GiayToDinhKem": paper}]);
        client.refuses("NopHoSo", &with(dossier("H48-2"), "ThanhPhanHoSo", component), hint).await;
        let element = with(status(&id, "H48-1", "9"), "DanhSachGiayToKetQua", paper);
        client.refuses("CapNhatTrangThai", &json!([element]), hint).await;
    }
}

#[tokio::test]
async fn a_token_lapses_and_a_wrong_secret_gets_none() {
    let client = Client::new().await;
    client.portal.expire_sessions();
    assert_eq!(client.post("TraCuuHoSo", &json!({"MaHoSo": "H48-1"})).await.status, 401);
    assert_eq!(client.upload("abc").await.status, 401);
    let wrong = json!({"client_id": "dongbo", "client_secret": "x"});
    assert_eq!(client.post("token", &wrong).await.status, 401);
    assert_eq!(client.portal.uploads(), []);
}

#[tokio::test]
async fn uploads_are_struck_by_faults_too() {
    let client = Client::new().await;
    let add = |kind| client.portal.add_fault(FaultRule::new(kind).on(Service::Upload).times(1)).unwrap();
    add(FaultKind::Damage {});
    assert_ne!(client.upload("abc").await.json()["data"][0]["HashTepTin"], json!(ABC));
    add(FaultKind::Status { code: 502, after: false });
    assert_eq!(client.upload("abc").await.status, 502);
    add(FaultKind::Throttle { retry_after_s: 3 });
    assert_eq!(client.upload("abc").await.retry_after.as_deref(), Some("3"));
    assert_eq!(client.upload("abc").await.status, 200);
    let uploads: Vec<u64> = client.portal.uploads().iter().map(|file| file.uploads).collect();
    assert_eq!(uploads, [1, 1], "the damaged one and the whole one");
}

#[tokio::test]
async fn a_file_over_the_limit_is_not_taken() {
    let mut config = Config::default();
    config.rest.max_file_bytes = 3;
    let client = Client::with(config).await;
    assert_eq!(client.upload("abcd").await.status, 413);
    assert_eq!(client.upload("abc").await.status, 200);
}
