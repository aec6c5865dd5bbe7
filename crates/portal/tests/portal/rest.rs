//! The peculiarities of dialect `rest`: token, files, statuses with lists, and parts.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dongbo_model::clock::Clock;
use dongbo_model::{ApplicantKind, FindingKind, Mode, PortalId, Shipped, Status, Text};
use dongbo_portal::Dialect;
use dongbo_portal::{Content, NotUploaded, Outcome, Portal, Receipt, Rest, Sent, Writing};
use futures_util::stream::{self, StreamExt as _};
use mock_portal::{Config, FaultKind, FaultRule, Service, UploadAnswer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::canned::{self, Canned};
use crate::fixture::{at, maximal, minimal};
use crate::world::{World, impatient};

/// Written by hand from the protocol.
const CREATED: &str = r#"{"MaHoSo":"H48.57-250915-0012","MaTTHC":"1.001193","MaDichVuCong":"1.001193","ChuHoSo":"Nguyễn Thị Canary",
"LoaiDoiTuong":"1","MaDonViTiepNhan":"H48.57","NgayNop":"2025-09-15 08:00:00","NgayTiepNhan":"2025-09-15 08:02:03",
"ThanhPhanHoSo":[{"MaThanhPhanHoSo":"TP01","TenThanhPhanHoSo":"","SoLuong":"1","LoaiBan":"2","GiayToDinhKem":[]}],
"ThongTinNguoiNop":{"LoaiDoiTuong":"1","IdDoiTuong":"","ThongTinChiTiet":{"TenNguoiNop":"Nguyễn Thị Canary",
"SoDinhDanh":"079123456789","NgayCapDinhDanh":"","NgaySinh":"","SoDienThoai":"0912345678","Email":"canary@example.vn",
"Fax":"0255 3822222","MaTinh":"","MaHuyen":"","MaXa":"","DiaChiChiTiet":"","TenChuHs":"Nguyễn Thị Canary",
"SoDinhDanhChuHs":"079123456789","MaTinhChuHs":"","MaXaChuHs":"","DiaChiChiTietChuHs":""}}}"#;
const CHANGED: &str = r#"[{"IdHoSo":"$ID","MaHoSo":"H48.57-250915-0012","TrangThai":"9","NoiDungYKien":"rev=3","PhongBanXuLy":"",
"NoiDungXuLy":"","DanhSachLePhi":[{"TenPhiLePhi":"Lệ phí","MaPhiLePhi":"LP01","HinhThucThu":"4","Gia":"8000",
"LoaiPhiLePhi":"2"}],"DanhSachGiayToKetQua":[]},{"IdHoSo":"$ID","MaHoSo":"H48.57-250915-0012","TrangThai":"10",
"NoiDungYKien":"rev=3","PhongBanXuLy":"","NoiDungXuLy":""}]"#;
const STEPPED: &str = r#"[{"IDHoSo":"$ID","MaHoSo":"H48.57-250915-0012","NguoiXuLy":"Lê Văn Bình",
"ThoiDiemXuLy":"2025-09-16T08:00:00.000","PhongBanXuLy":"Bộ phận một cửa","NoiDungXuLy":"Tiếp nhận","TrangThai":"4",
"NgayBatDau":"2025-09-16T07:00:00.000","NgayKetThucTheoQuyDinh":""}]"#;

const PIECE: usize = 64 * 1024;

/// A file of so many pieces, its size and its hash.
fn file(pieces: usize) -> (Content, u64, String) {
    let piece = |number: usize| Bytes::from(vec![u8::try_from(number % 251).unwrap(); PIECE]);
    let mut hash = Sha256::new();
    (0..pieces).for_each(|number| hash.update(piece(number)));
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let size = u64::try_from(pieces * PIECE).unwrap();
    (stream::iter((0..pieces).map(move |number| Ok(piece(number)))).boxed(), size, sha256)
}

fn rest(world: &World) -> Rest {
    world.portal.uploads().unwrap()
}

async fn upload(world: &World, pieces: usize) -> Result<Receipt, NotUploaded> {
    let (content, size, sha256) = file(pieces);
    rest(world).upload("Giấy \"khai\" sinh.pdf", size, &sha256, content).await
}

fn outcome(uploaded: Result<Receipt, NotUploaded>) -> Outcome {
    match uploaded {
        Err(NotUploaded::Answered(answer)) => answer.outcome,
        other => panic!("no answer: {other:?}"),
    }
}

#[tokio::test]
async fn a_file_arrives_whole_and_hangs_on_the_dossier_that_names_it() {
    let world = World::rest().await;
    let receipt = upload(&world, 320).await.unwrap();
    assert_eq!(receipt.sha256.as_str(), file(320).2);
    let shipped = Shipped { sha256: receipt.sha256, reference: receipt.id.clone(), link: receipt.id };
    let mut dossier = maximal("H48-1");
    dossier.results[0].shipped = Some(shipped.clone());
    dossier.papers[0].deleted = false;
    dossier.papers[0].shipped = Some(shipped);
    let (created, id) = world.create(&dossier).await;
    assert_eq!(created.outcome, Outcome::Delivered, "{created:?}");
    assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
    assert!(world.see(&dossier).await.content_equal);
    let view = world.mock.dossier("H48-1").unwrap();
    assert_eq!(view.fields["TrangThai"], json!("10"), "it does not rest on the 9 that carried the lists");
    assert_eq!(view.fields["DanhSachGiayToKetQua"][0]["MaKetQua"], json!("KQ.G07.000122"));
    let files = world.mock.uploads();
    assert_eq!((files.len(), files[0].uploads, files[0].size), (1, 1, 320 * 64 * 1024));
    assert_eq!(files[0].dossiers, ["H48-1"]);
    dossier.results[0].shipped = None;
    assert!(!world.see(&dossier).await.content_equal, "a file that is named is one too many now");
}

#[tokio::test]
async fn a_receipt_that_comes_wrapped_in_the_answer_of_another_system_is_one() {
    let rest = mock_portal::Rest { upload_answer: UploadAnswer::Wrapped, ..mock_portal::Rest::default() };
    let world = World::new(Dialect::Rest, Config { rest, ..Config::default() }, |_| {}).await;
    assert_eq!(upload(&world, 3).await.unwrap().sha256.as_str(), file(3).2);
    world.strike(Service::Upload, FaultKind::Damage {});
    assert_eq!(upload(&world, 3).await, Err(NotUploaded::Damaged));
}

#[tokio::test]
async fn the_code_of_a_result_goes_as_it_is_whatever_its_form() {
    let world = World::rest().await;
    let receipt = upload(&world, 1).await.unwrap();
    for (number, code) in ["KQ.DVC.KETQUA", "KQ.DVC.GIAYTOBOSUNG", "KQ.G07.000122"].into_iter().enumerate() {
        let mut dossier = maximal(&format!("H48-{number}"));
        let (reference, link) = (receipt.id.clone(), receipt.id.clone());
        dossier.results[0].shipped = Some(Shipped { sha256: receipt.sha256.clone(), reference, link });
        dossier.results[0].result_code = Text::new(code);
        let (_, id) = world.create(&dossier).await;
        assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
        assert!(world.see(&dossier).await.content_equal);
        let view = world.mock.dossier(dossier.code.as_str()).unwrap();
        assert_eq!(view.fields["DanhSachGiayToKetQua"][0]["MaKetQua"], json!(code));
    }
}

#[tokio::test]
async fn where_a_bridge_is_watched_the_files_that_it_uploaded_are_no_difference() {
    let world = World::rest().await;
    let receipt = upload(&world, 1).await.unwrap();
    let (reference, link) = (receipt.id.clone(), receipt.id.clone());
    let shipped = Some(Shipped { sha256: receipt.sha256.clone(), reference, link });
    let mut dossier = maximal("H48-1");
    dossier.papers[0].deleted = false;
    (dossier.papers[0].shipped, dossier.results[0].shipped) = (shipped.clone(), shipped);
    let (_, id) = world.create(&dossier).await;
    assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
    world.append(&dossier, id.as_ref(), 0..dossier.steps.len()).await;
    assert!(world.see(&dossier).await.content_equal);

    (dossier.papers[0].shipped, dossier.results[0].shipped) = (None, None);
    (dossier.papers[0].file, dossier.results[0].file) = (Text::new("t-1"), Text::new("g-1"));
    assert!(!world.see(&dossier).await.content_equal);
    let seen = world.portal.look_up(&dossier, Mode::Watch).await.unwrap().unwrap();
    assert!(seen.content_equal && seen.differing.is_empty(), "{:?}", seen.differing);
}

#[tokio::test]
async fn a_file_that_is_not_known_or_has_another_hash_is_refused() {
    let world = World::rest().await;
    let mut dossier = maximal("H48-1");
    let (_, id) = world.create(&dossier).await;
    let shipped = Shipped { sha256: Text::new("ab"), reference: Text::new("T0"), link: Text::new("T0") };
    dossier.results[0].shipped = Some(shipped);
    assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Rejected);
}

#[tokio::test]
async fn bytes_that_were_damaged_on_the_way_are_told_by_their_hash() {
    let world = World::rest().await;
    world.strike(Service::Upload, FaultKind::Damage {});
    assert_eq!(upload(&world, 3).await, Err(NotUploaded::Damaged));
    assert!(upload(&world, 3).await.is_ok());
}

#[tokio::test]
async fn an_upload_that_was_cut_or_refused_says_so_and_is_repeated_alone() {
    let world = World::rest().await;
    for (kind, wanted) in [
        (FaultKind::RefuseConnection {}, Outcome::Unknown),
        (FaultKind::CloseBefore {}, Outcome::Unknown),
        (FaultKind::CloseAfter {}, Outcome::Unknown),
        (FaultKind::Status { code: 502, after: false }, Outcome::Transient),
        (FaultKind::Throttle { retry_after_s: 2 }, Outcome::Throttled),
        (FaultKind::Html { after: false }, Outcome::Unknown),
        (FaultKind::SessionLapse {}, Outcome::Transient),
    ] {
        let name = kind.name();
        world.strike(Service::Upload, kind);
        assert_eq!(outcome(upload(&world, 100).await), wanted, "{name}");
        assert!(upload(&world, 1).await.is_ok(), "after {name}");
    }
    let broken = stream::iter([Ok(Bytes::from_static(b"ab")), Err(std::io::Error::other("disk"))]).boxed();
    assert_eq!(outcome(rest(&world).upload("a", 5, "ab", broken).await), Outcome::Unknown);
}

#[tokio::test]
async fn an_upload_is_waited_for_by_its_size_and_no_longer() {
    let world = World::new(Dialect::Rest, Config::default(), |config| {
        impatient(config);
        config.rest.upload_least_bytes_per_second = 1_000_000;
    })
    .await;
    world.portal.log_in().await;
    let slow = FaultRule::new(FaultKind::Delay { ms: 2_500, ms_max: None }).on(Service::Upload);
    world.mock.add_fault(slow).unwrap();
    assert_eq!(outcome(upload(&world, 1).await), Outcome::Unknown, "65 kB have a second");
    assert!(upload(&world, 64).await.is_ok(), "4 MB have four seconds more, and no limit on silence");
}

#[tokio::test]
async fn a_token_is_renewed_before_it_lapses_and_not_sooner() {
    let mut config = Config::default();
    config.rest.token_life_s = 300;
    let world = World::new(Dialect::Rest, config, |_| {}).await;
    let dossier = minimal("H48-1");
    let look = async || assert_eq!(world.portal.look_up(&dossier, Mode::Push).await, Ok(None));
    look().await;
    world.clock.advance_to(at("2025-09-15T08:04:29Z"));
    look().await;
    assert_eq!(world.mock.counters().logins, 1);
    world.clock.advance_to(at("2025-09-15T08:04:30Z"));
    look().await;
    assert_eq!(world.mock.counters().logins, 2);
    assert!(world.story().iter().all(|(_, outcome)| *outcome == "delivered"), "{:?}", world.story());
}

#[tokio::test]
async fn a_platform_that_cannot_reach_the_portal_is_asked_again_but_looked_up_after_steps() {
    let world = World::rest().await;
    let dossier = maximal("H48-1");
    let (_, id) = world.create(&dossier).await;
    let bad = || FaultKind::Status { code: 502, after: false };
    for (service, wanted) in [(Service::SetStatus, Outcome::Transient), (Service::Progress, Outcome::Unknown)]
    {
        world.strike(service, bad());
        let answer = if service == Service::SetStatus {
            world.update(&dossier, id.as_ref()).await
        } else {
            world.append(&dossier, id.as_ref(), 0..1).await
        };
        assert_eq!(answer.outcome, wanted, "{service:?}");
    }
}

#[tokio::test]
async fn fees_travel_with_the_statuses_that_take_them_and_reach_final_ones_by_way_of_another() {
    for (status, elements, has_fees) in [
        (Status::InProcess, &["4"][..], false),
        (Status::SupplementRequested, &["5"], true),
        (Status::Processed, &["9"], true),
        (Status::Returned, &["9", "10"], true),
        (Status::Withdrawn, &["9", "7"], true),
    ] {
        let world = World::new(Dialect::Rest, Config { log_bodies: true, ..Config::default() }, |_| {}).await;
        let mut dossier = maximal("H48-1");
        dossier.status = status;
        let (_, id) = world.create(&dossier).await;
        assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
        let call = world.mock.calls().into_iter().find(|call| call.service == Service::SetStatus).unwrap();
        let body: Vec<Value> = serde_json::from_str(&call.body.unwrap()).unwrap();
        let sent: Vec<&str> = body.iter().map(|element| element["TrangThai"].as_str().unwrap()).collect();
        assert_eq!(sent, elements);
        assert_eq!(body[0].get("DanhSachLePhi").is_some(), has_fees, "{status:?}");
        let seen = world.see(&dossier).await;
        assert_eq!((seen.content_equal, seen.status), (true, Some(status)));
    }
}

#[tokio::test]
async fn a_dossier_without_lists_goes_straight_to_its_final_status() {
    let world = World::new(Dialect::Rest, Config { log_bodies: true, ..Config::default() }, |_| {}).await;
    let mut dossier = minimal("H48-1");
    dossier.status = Status::NotAccepted;
    let (_, id) = world.create(&dossier).await;
    assert_eq!(world.update(&dossier, id.as_ref()).await.outcome, Outcome::Delivered);
    let statuses: Vec<u8> =
        world.mock.dossier("H48-1").unwrap().history.iter().map(|write| write.status).collect();
    assert_eq!(statuses, [1, 3]);
    assert!(
        !world.mock.calls().iter().any(|call| call.body.as_ref().is_some_and(|body| body.contains("\"9\"")))
    );
}

#[tokio::test]
async fn an_applicant_that_has_no_code_here_is_an_objection_and_one_that_is_mapped_is_none() {
    let mut dossier = minimal("H48-1");
    dossier.applicant.kind = ApplicantKind::Organisation;
    let world = World::rest().await;
    let finding = world.portal.objection(&dossier).unwrap();
    assert_eq!((finding.kind, finding.subject.as_str()), (FindingKind::BadValue, "LoaiDoiTuong"));
    let mapped = World::new(Dialect::Rest, Config::default(), |config| {
        "2".clone_into(&mut config.rest.applicant_kinds.organisation);
    })
    .await;
    assert_eq!(mapped.portal.objection(&dossier), None);
    mapped.create(&dossier).await;
    assert_eq!(mapped.mock.dossier("H48-1").unwrap().fields["LoaiDoiTuong"], json!("2"));
}

#[tokio::test]
async fn what_was_handed_in_is_replaced_where_the_portal_takes_that() {
    let world = World::rest().await;
    let mut dossier = minimal("H48-1");
    let (_, id) = world.create(&dossier).await;
    dossier.applicant.phone = Text::new("0255 3822222");
    assert!(!world.see(&dossier).await.content_equal);
    let again = world.portal.create(&[Sent { dossier: &dossier, id: id.as_ref() }]).await;
    assert_eq!(again.outcome, Outcome::Delivered, "{again:?}");
    world.update(&dossier, id.as_ref()).await;
    assert!(world.see(&dossier).await.content_equal);
    assert_eq!(world.mock.counters().creates, 1);
}

#[tokio::test]
async fn where_the_portal_does_not_take_that_the_answer_says_what_to_set() {
    let mut config = Config::default();
    config.rest.resubmit = false;
    let world = World::new(Dialect::Rest, config.clone(), |_| {}).await;
    let mut dossier = minimal("H48-1");
    let (_, id) = world.create(&dossier).await;
    let again = world.portal.create(&[Sent { dossier: &dossier, id: id.as_ref() }]).await;
    assert_eq!(again.outcome, Outcome::Config);
    assert!(again.message.contains("portal.rest.resubmit"), "{}", again.message);

    let world = World::new(Dialect::Rest, config, |config| config.rest.resubmit = false).await;
    assert_eq!(world.portal.writing(), Writing::InParts { resubmits: false });
    let (_, id) = world.create(&dossier).await;
    dossier.applicant.phone = Text::new("0255 3822222");
    world.update(&dossier, id.as_ref()).await;
    assert!(world.see(&dossier).await.content_equal, "what cannot be sent is not compared");
}

#[tokio::test]
async fn several_dossiers_share_an_update_and_only_the_refused_one_is_named() {
    let world = World::rest().await;
    let dossiers: Vec<_> = (1..=3).map(|number| minimal(&format!("H48-{number}"))).collect();
    let mut ids: Vec<PortalId> = Vec::new();
    for dossier in &dossiers {
        ids.push(world.create(dossier).await.1.unwrap());
    }
    let sent: Vec<Sent<'_>> =
        dossiers.iter().zip(&ids).map(|(dossier, id)| Sent { dossier, id: Some(id) }).collect();
    assert_eq!(world.portal.update(&sent).await.outcome, Outcome::Delivered);
    let refuse = FaultKind::RefuseContent { message: "Nội dung sai".to_owned() };
    world.mock.add_fault(FaultRule::new(refuse).for_dossier("H48-2").times(1)).unwrap();
    let answer = world.portal.update(&sent).await;
    assert_eq!((answer.outcome, answer.named), (Outcome::Rejected, vec![dossiers[1].code.clone()]));
}

#[tokio::test]
async fn token_and_secret_are_kept_out_of_what_the_portal_says() {
    let token = canned::json(r#"{"code":0,"data":{"access_token":"tok-canary-1","expires_in":600}}"#);
    let echo = r#"{"code":400,"message":"Token tok-canary-1 của dongbo-secret không có quyền","data":null}"#;
    let server = Canned::with_log_in(token, [canned::answer(400, "", echo)]).await;
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "dongbo-secret").unwrap();
    let mut config = dongbo_portal::Settings {
        dialect: Dialect::Rest,
        adapter_url: server.url(),
        username: "dongbo".to_owned(),
        password_file: secret.path().to_owned(),
        ..dongbo_portal::Settings::default()
    };
    "/auth".clone_into(&mut config.rest.token_path);
    let portal = Portal::new(&config, Clock::manual(at("2025-09-15T08:00:00Z")), Arc::new(|_| {})).unwrap();
    let dossier = minimal("H48-1");
    let answer = portal.create(&[Sent { dossier: &dossier, id: None }]).await;
    assert_eq!((answer.outcome, answer.portal_code.as_str()), (Outcome::Rejected, "400"));
    for hidden in ["tok-canary-1", "dongbo-secret"] {
        assert!(!format!("{answer:?}").contains(hidden), "{answer:?}");
    }
    let [call] = server.calls().try_into().unwrap();
    assert!(call.head.contains("authorization: Bearer tok-canary-1"), "{}", call.head);
    assert!(!call.head.contains("dstcode") && !call.body.contains("tok-canary"));
}

#[tokio::test]
async fn what_is_sent_is_what_the_protocol_says_letter_by_letter() {
    let world = World::new(Dialect::Rest, Config { log_bodies: true, ..Config::default() }, |_| {}).await;
    let mut dossier = maximal("H48.57-250915-0012");
    dossier.papers[0].deleted = false;
    let (_, id) = world.create(&dossier).await;
    let id = id.unwrap();
    world.update(&dossier, Some(&id)).await;
    world.append(&dossier, Some(&id), 0..1).await;
    let sent: Vec<String> = world.mock.calls().into_iter().skip(1).map(|call| call.body.unwrap()).collect();
    let wanted = [CREATED, CHANGED, STEPPED].map(|text| text.replace('\n', "").replace("$ID", id.as_str()));
    assert_eq!(sent, wanted);
}

#[tokio::test]
async fn a_portal_that_is_slow_is_given_up() {
    let world = World::new(Dialect::Rest, Config::default(), impatient).await;
    let dossier = minimal("H48-1");
    world.strike(Service::HandIn, FaultKind::Hang { max_ms: 60_000 });
    let start = std::time::Instant::now();
    assert_eq!(world.create(&dossier).await.0.outcome, Outcome::Unknown);
    assert!(start.elapsed() < Duration::from_secs(30));
}
