//! Comparison of dossiers with the portal's records of them.

use dongbo_model::{Channel, Differing, Dossier, Facts, Fees, Mode, Papers, Results, Status, Text};
use dongbo_portal::{Answer, Outcome, Seen, StepsSeen};
use serde_json::{Value, json};

use crate::canned::{self, Canned};
use crate::fixture::{Client, maximal, minimal, steps_of};

/// The portal's record of `dossier`: the content of our own calls, with the steps as a list.
async fn shown(dossier: &Dossier) -> Value {
    let server = Canned::start([canned::says("0", "")]).await;
    let client = Client::new(&server.url());
    client.ndxp.create(&[dossier]).await;
    client.ndxp.append_steps(&steps_of(dossier)).await;
    let data = |call: usize| -> Value {
        serde_json::from_str::<Value>(&server.calls()[call].body).unwrap()["data"].take()
    };
    let mut shown = data(0)[0].take();
    shown["DanhSachTienDo"] = data(1);
    shown
}

async fn look_up_in(dossier: &Dossier, result: Value, files: bool) -> Result<Option<Seen>, Answer> {
    let body = json!({ "error_code": "0", "result": result }).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    Client::with(&server.url(), |config| config.lookup.files = files).ndxp.look_up(dossier, Mode::Push).await
}

async fn see(dossier: &Dossier, shown: Value) -> Seen {
    look_up_in(dossier, json!([shown]), true).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_we_sent_is_equal_when_it_comes_back() {
    for dossier in [maximal("H48-1"), minimal("H48-1")] {
        let seen = see(&dossier, shown(&dossier).await).await;
        let steps = StepsSeen::Prefix(dossier.steps.len());
        assert_eq!(
            seen,
            Seen {
                content_equal: true,
                own_form: None,
                facts: None,
                histories: None,
                status: Some(dossier.status),
                steps,
                portal_id: None,
                differing: Vec::new()
            }
        );
    }
}

#[tokio::test]
async fn the_facts_of_a_dossier_that_differs_are_those_that_the_portal_shows() {
    let mut dossier = maximal("H48-1");
    dossier.papers[0].deleted = false;
    dossier.steps[2].status = Status::Processed;
    let ours = Facts::accepted(&dossier, 3, |_| None);
    assert!(ours.ended.is_some() && ours.papers.any_reused && ours.waited > 0, "{ours:?}");
    let mut theirs = shown(&dossier).await;
    for (field, value) in [
        ("NgayHenTra", json!("")),
        ("TrangThaiHoSo", json!("4")),
        ("NgayTiepNhan", json!("2025-09-15")),
        ("DonViXuLy", json!("H48.99")),
        ("KenhThucHien", json!(1)),
        ("DanhSachGiayToKetQua", json!([])),
        ("DSKetNoiCSDL", json!(null)),
    ] {
        theirs[field] = value;
    }
    theirs["DanhSachLePhi"][0]["Gia"] = json!(0);
    theirs["DanhSachHoSoBoSung"][0]["NgayTiepNhanBoSung"] = json!("");
    theirs["TaiLieuNop"][0]["DuocTaiSuDung"] = json!("0");
    theirs["DanhSachTienDo"].as_array_mut().unwrap().pop();
    let facts = see(&dossier, theirs).await.facts.unwrap();
    let expected = Facts {
        status: Status::InProcess,
        due_at: None,
        unit: Text::new("H48.99"),
        channel: Some(Channel::InPerson),
        results: Results::default(),
        databases: false,
        fees: Fees::AllZero,
        waiting_since: ours.first_asked_at,
        waited: 0,
        papers: Papers { any_reused: false, ..ours.papers },
        ended: None,
        ..ours
    };
    assert_eq!(*facts, expected, "a portal that keeps the day only keeps that of ours");
}

#[tokio::test]
async fn another_spelling_of_the_same_is_equal() {
    let mut dossier = maximal("H48-1");
    dossier.applicant.fax = dongbo_model::Text::new("");
    let mut theirs = shown(&dossier).await;
    theirs["ChuHoSo"] = json!("  Nguye\u{302}\u{303}n Thi\u{323} Canary ");
    theirs["TrangThaiHoSo"] = json!(10);
    theirs["HoSoCoThanhPhanSoHoa"] = json!(true);
    theirs["TaiLieuNop"][0]["IsDeleted"] = json!(true);
    theirs["Fax"] = Value::Null;
    theirs["Moi"] = json!({ "truong": "lạ" });
    theirs["DSKetNoiCSDL"].as_array_mut().unwrap().reverse();
    theirs["DanhSachLePhi"][0]["TenTrangThai"] = json!("x");
    assert!(see(&dossier, theirs).await.content_equal);

    let small = minimal("H48-1");
    let fields = shown(&small).await.as_object().unwrap().clone();
    let empty = |value: &Value| value == "" || *value == json!([]);
    let said = fields.into_iter().filter(|(name, value)| name == "DanhSachTienDo" || !empty(value)).collect();
    assert!(see(&small, Value::Object(said)).await.content_equal, "what is left out is empty");
}

#[tokio::test]
async fn every_field_of_ours_counts() {
    let dossier = maximal("H48-1");
    let good = shown(&dossier).await;
    for name in good.as_object().unwrap().keys().filter(|name| *name != "DanhSachTienDo" && *name != "MaHoSo")
    {
        for other in [json!("khác"), Value::Null, json!([{ "a": "b" }]), json!({})] {
            let mut theirs = good.clone();
            theirs[name] = other;
            assert!(!see(&dossier, theirs).await.content_equal, "{name}");
        }
    }
    for list in ["DinhDanhCHS", "TaiLieuNop", "DanhSachGiayToKetQua", "DanhSachLePhi", "DanhSachHoSoBoSung"] {
        let mut theirs = good.clone();
        let items = theirs[list].as_array_mut().unwrap();
        items.push(items[0].clone());
        assert!(!see(&dossier, theirs).await.content_equal, "{list} with an item twice");
    }
    let mut theirs = good;
    theirs["TrangThaiHoSo"] = json!("11");
    assert_eq!(see(&dossier, theirs).await.status, None);
}

#[tokio::test]
async fn an_item_where_we_have_none_is_a_difference() {
    let dossier = minimal("H48-1");
    for item in [json!({}), json!({ "MaCSDL": "" }), json!(""), Value::Null] {
        let mut theirs = shown(&dossier).await;
        theirs["DSKetNoiCSDL"] = json!([item]);
        assert!(!see(&dossier, theirs).await.content_equal);
    }
}

#[tokio::test]
async fn result_papers_count_only_where_the_portal_returns_them() {
    let dossier = maximal("H48-1");
    let mut theirs = shown(&dossier).await;
    theirs.as_object_mut().unwrap().remove("DanhSachGiayToKetQua");
    assert!(!see(&dossier, theirs.clone()).await.content_equal);
    assert!(look_up_in(&dossier, json!([theirs]), false).await.unwrap().unwrap().content_equal);
}

/// In what the record differs where a vendor's bridge brought it, as `kind subject`.
async fn watched(dossier: &Dossier, shown: &Value) -> Vec<String> {
    let body = json!({ "error_code": "0", "result": [shown] }).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    let seen = Client::new(&server.url()).ndxp.look_up(dossier, Mode::Watch).await.unwrap().unwrap();
    assert_eq!(seen.content_equal, seen.differing.is_empty());
    let told = |one: &Differing| format!("{} {}", one.kind.name(), one.subject).trim_end().to_owned();
    seen.differing.iter().map(told).collect()
}

#[tokio::test]
async fn where_a_bridge_is_watched_its_own_places_of_files_are_no_difference_and_what_is_lacking_is_one() {
    let mut dossier = maximal("H48-1");
    let good = shown(&dossier).await;
    let mut theirs = good.clone();
    theirs["TaiLieuNop"][0]["DuongDanTaiTepTin"] = json!("https://cau-noi.example.vn/1");
    theirs["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"] = json!("https://cau-noi.example.vn/2");
    let mut further = theirs["TaiLieuNop"][0].clone();
    further["TepDinhKemId"] = json!("cua-cau-noi");
    theirs["TaiLieuNop"].as_array_mut().unwrap().push(further);
    assert_eq!(watched(&dossier, &theirs).await, [""; 0]);
    assert!(!see(&dossier, theirs.clone()).await.content_equal, "what we bring ourselves is compared whole");
    let mut without = good;
    without["TaiLieuNop"] = json!([]);
    without["DanhSachGiayToKetQua"] = json!([]);
    assert_eq!(watched(&dossier, &without).await, ["content TaiLieuNop", "file_missing g-1"]);

    // The local system gives the bytes of its files, and no links.
    dossier.papers[0].file = std::mem::take(&mut dossier.papers[0].link);
    dossier.results[0].file = std::mem::take(&mut dossier.results[0].link);
    assert_eq!(watched(&dossier, &theirs).await, [""; 0]);
    without["ChuHoSo"] = json!("Người khác");
    assert_eq!(watched(&dossier, &without).await, ["content ChuHoSo", "file_missing"]);
}

#[tokio::test]
async fn steps_are_a_prefix_or_differ() {
    let dossier = maximal("H48-1");
    let good = shown(&dossier).await;
    let steps = good["DanhSachTienDo"].as_array().unwrap().clone();
    let [a, b, c] = [0, 1, 2].map(|place: usize| steps[place].clone());
    let alien = json!({ "NoiDungXuLy": "lạ" });
    for (shown, seen) in [
        (vec![], StepsSeen::Prefix(0)),
        (vec![a.clone()], StepsSeen::Prefix(1)),
        (vec![a.clone(), b.clone(), c.clone()], StepsSeen::Prefix(3)),
        (vec![a.clone(), a.clone()], StepsSeen::Differ { twice: 1 }),
        (vec![a.clone(), a.clone(), a.clone(), b.clone(), b.clone()], StepsSeen::Differ { twice: 3 }),
        (vec![b.clone(), a.clone()], StepsSeen::Differ { twice: 0 }),
        (vec![b.clone()], StepsSeen::Differ { twice: 0 }),
        (vec![a.clone(), b, c, alien.clone(), alien], StepsSeen::Differ { twice: 0 }),
        (vec![json!("x")], StepsSeen::Differ { twice: 0 }),
    ] {
        let mut theirs = good.clone();
        theirs["DanhSachTienDo"] = Value::Array(shown);
        assert_eq!(see(&dossier, theirs).await.steps, seen);
    }
    let mut bare = a;
    bare.as_object_mut().unwrap().remove("MaHoSo");
    bare.as_object_mut().unwrap().remove("NgayKetThucTheoQuyDinh");
    let mut theirs = good.clone();
    theirs["DanhSachTienDo"] = json!([bare]);
    assert_eq!(see(&dossier, theirs).await.steps, StepsSeen::Prefix(1), "what is left out is empty");
    let mut theirs = good;
    theirs.as_object_mut().unwrap().remove("DanhSachTienDo");
    let body = json!({ "error_code": "0", "result": [theirs] }).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    let answer = Client::new(&server.url()).ndxp.look_up(&dossier, Mode::Push).await.unwrap_err();
    assert!(answer.drift && answer.message.contains("portal.lookup.steps_field"), "{answer:?}");
}

#[tokio::test]
async fn steps_in_another_field_or_not_returned_at_all_are_a_matter_of_configuration() {
    let dossier = maximal("H48-1");
    let mut theirs = shown(&dossier).await;
    theirs["QuaTrinh"] = theirs["DanhSachTienDo"].take();
    let body = json!({ "error_code": "0", "result": [theirs] }).to_string();
    let server = Canned::start([canned::json(&body)]).await;
    let client = Client::with(&server.url(), |config| config.lookup.steps_field = "QuaTrinh".to_owned());
    assert_eq!(client.ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap().steps, StepsSeen::Prefix(3));
    let client = Client::with(&server.url(), |config| config.lookup.steps = false);
    assert_eq!(
        client.ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap().steps,
        StepsSeen::NotReturned
    );
}

#[tokio::test]
async fn an_unknown_dossier_is_an_empty_result_and_anything_else_is_drift() {
    let dossier = minimal("H48-1");
    for empty in [json!([]), Value::Null, json!(""), json!({}), json!([{}])] {
        assert_eq!(look_up_in(&dossier, empty, true).await, Ok(None));
    }
    for strange in [json!("H48-1"), json!(["H48-1"]), json!([{ "MaHoSo": "H48-12" }])] {
        let answer = look_up_in(&dossier, strange.clone(), true).await.unwrap_err();
        assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, true), "{strange}");
    }
    let server = Canned::start([canned::json(r#"{"error_code":0}"#)]).await;
    let answer = Client::new(&server.url()).ndxp.look_up(&dossier, Mode::Push).await.unwrap_err();
    assert_eq!((answer.outcome, answer.drift), (Outcome::Unknown, true), "no result at all");
}

#[tokio::test]
async fn the_right_one_of_several_is_taken() {
    let dossier = minimal("H48-1");
    let mut other = shown(&dossier).await;
    other["MaHoSo"] = json!("H48-12");
    other["TrangThaiHoSo"] = json!("4");
    let mut right = shown(&dossier).await;
    right["MaHoSo"] = json!(" H48-1 ");
    let seen = look_up_in(&dossier, json!([other, right]), true).await.unwrap().unwrap();
    assert_eq!(seen.status, Some(Status::Registered));
}

#[tokio::test]
async fn each_field_that_differs_is_told_with_both_values_and_without_personal_data() {
    let dossier = maximal("H48-1");
    let kinds =
        |seen: &Seen| -> Vec<&'static str> { seen.differing.iter().map(|found| found.kind.name()).collect() };
    for (field, value, kind) in [
        ("TrangThaiHoSo", json!("9"), "status"),
        ("NgayHenTra", json!("20250921170000"), "due_date"),
        ("NgayTiepNhan", json!("20250910080000"), "date"),
        ("DanhSachLePhi", json!([]), "fee"),
        ("DonViXuLy", json!("H48.99"), "unit"),
        ("MaTTHC", json!("1.000894"), "procedure"),
        ("ChuHoSo", json!("Trần Văn Khác"), "content"),
        ("DanhSachGiayToKetQua", json!([]), "file_missing"),
    ] {
        let mut theirs = shown(&dossier).await;
        theirs[field] = value;
        let seen = see(&dossier, theirs).await;
        assert_eq!(kinds(&seen), [kind], "{field}");
        assert!(!seen.content_equal);
        let text = format!("{:?}", seen.differing);
        assert!(!text.contains("Canary") && !text.contains("Khác"), "{text}");
    }
    let mut theirs = shown(&dossier).await;
    theirs["TrangThaiHoSo"] = json!(9);
    let status = &see(&dossier, theirs).await.differing[0];
    assert_eq!((status.ours.as_str(), status.theirs.as_str(), status.mendable), ("10", "9", true));
}

#[tokio::test]
async fn steps_that_can_be_appended_are_told_apart_from_those_that_cannot() {
    let dossier = maximal("H48-1");
    let whole = shown(&dossier).await;
    let steps = whole["DanhSachTienDo"].as_array().unwrap().clone();
    let [a, b, c] = [0, 1, 2].map(|place: usize| steps[place].clone());
    for (history, expected) in [
        (vec![a.clone(), b.clone()], vec![("step_missing", true)]),
        (vec![b.clone(), c.clone()], vec![("step_missing", false)]),
        (vec![a.clone(), b.clone(), c.clone(), c.clone()], vec![("step_extra", false)]),
        (vec![a.clone(), c.clone(), b.clone()], vec![("step_order", false)]),
        (vec![a.clone(), b.clone(), json!({})], vec![("step_missing", false), ("step_extra", false)]),
        (vec![a, b, c], vec![]),
    ] {
        let mut theirs = whole.clone();
        theirs["DanhSachTienDo"] = history.into();
        let seen = see(&dossier, theirs).await;
        let told: Vec<_> = seen.differing.iter().map(|found| (found.kind.name(), found.mendable)).collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_paper_with_another_hash_or_link_is_told_and_one_that_is_not_fetched_is_told_apart() {
    let mut dossier = maximal("H48-1");
    let text = dongbo_model::Text::new;
    dossier.results[0].file = text("g-1.pdf");
    dossier.results[0].shipped = Some(dongbo_model::Shipped {
        sha256: text(&"ab".repeat(32)),
        reference: text("https://tep.example.vn/g-1"),
        link: text("https://tep.example.vn/g-1?sig=y"),
    });
    let whole = shown(&dossier).await;
    let told = async |field: &str, value: Value| {
        let mut theirs = whole.clone();
        theirs["DanhSachGiayToKetQua"][0][field] = value;
        let seen = see(&dossier, theirs).await;
        seen.differing.iter().map(|found| found.kind.name()).collect::<Vec<_>>()
    };
    assert_eq!(told("HashTepTin", json!("AB".repeat(32))).await, Vec::<&str>::new());
    assert_eq!(told("HashTepTin", json!("cd".repeat(32))).await, ["file_wrong"]);
    assert_eq!(told("HashTepTin", json!("")).await, ["file_unfetched"]);
    assert_eq!(
        told("DuongDanTepTinKetQua", json!("https://tep.example.vn/g-1?sig=z")).await,
        Vec::<&str>::new()
    );
    assert_eq!(told("DuongDanTepTinKetQua", json!("https://tep.example.vn/g-2")).await, ["file_wrong"]);
    let mut twice = whole.clone();
    twice["DanhSachGiayToKetQua"].as_array_mut().unwrap().push(json!({ "GiayToId": "g-9" }));
    assert_eq!(see(&dossier, twice).await.differing[0].kind.name(), "file_extra");
    let seen = look_up_in(&dossier, json!([whole.clone(), whole]), true).await.unwrap().unwrap();
    assert_eq!(seen.differing.iter().map(|found| found.kind.name()).collect::<Vec<_>>(), ["duplicated"]);
}

#[tokio::test]
async fn the_same_in_other_clothes_is_equal() {
    let dossier = maximal("H48-1");
    let mut theirs = shown(&dossier).await;
    fn dress(value: &mut Value) {
        match value {
            Value::Object(fields) => fields.values_mut().for_each(dress),
            Value::Array(items) if items.is_empty() => *value = Value::Null,
            Value::Array(items) => items.iter_mut().for_each(dress),
            Value::String(text) if text.is_empty() => *value = Value::Null,
            Value::String(text) if text.len() == 14 && text.bytes().all(|byte| byte.is_ascii_digit()) => {
                let at = chrono::NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").unwrap();
                *value = at.format("%Y-%m-%dT%H:%M:%S.000+07:00").to_string().into();
            }
            Value::String(text)
                if text.len() < 3 && text.parse::<u8>().is_ok_and(|n| n.to_string() == *text) =>
            {
                *value = text.parse::<f64>().unwrap().into();
            }
            Value::String(text) => *text = format!(" {}\n", text.replace(' ', "  ")),
            _ => {}
        }
    }
    let steps = theirs["DanhSachTienDo"].take();
    let code = theirs["MaHoSo"].clone();
    dress(&mut theirs);
    theirs["DanhSachTienDo"] = steps;
    theirs["MaHoSo"] = code;
    let seen = see(&dossier, theirs.clone()).await;
    assert!(seen.content_equal, "{:?}\n{theirs}", seen.differing);
    assert_eq!(seen.own_form, None);
}

#[tokio::test]
async fn what_only_says_the_same_is_the_portals_own_form_and_another_value_is_not() {
    let dossier = maximal("H48-1");
    let form = async |change: &dyn Fn(&mut Value)| {
        let mut theirs = shown(&dossier).await;
        change(&mut theirs);
        see(&dossier, theirs).await
    };
    let upper = |theirs: &mut Value| {
        let text = theirs["TrichYeuHoSo"].as_str().unwrap().to_uppercase();
        theirs["TrichYeuHoSo"] = text.into();
        let phone = theirs["SoDienThoai"].as_str().unwrap()[1..].to_owned();
        theirs["SoDienThoai"] = format!("+84{phone}").into();
    };
    let seen = form(&upper).await;
    let own = seen.own_form.clone().unwrap();
    assert!(!seen.content_equal);
    assert_eq!(own.fields, "SoDienThoai,TrichYeuHoSo");
    assert_eq!(seen.differing_from(Some(&own.to_string()), None), []);
    assert_eq!(seen.differing_from(None, None), seen.differing);
    assert_eq!(seen.differing_from(Some("TrichYeuHoSo #000000000000"), None), seen.differing);
    assert!(!own.to_string().contains("912345678"), "{own}");
    for change in [
        &(|theirs: &mut Value| theirs["TrichYeuHoSo"] = "Khai tử".into()) as &dyn Fn(&mut Value),
        &|theirs| theirs["NgayHenTra"] = "20300101000000".into(),
        &|theirs| theirs["DanhSachLePhi"] = json!([]),
        &|theirs| theirs["TrangThaiHoSo"] = "7".into(),
        &|theirs| theirs["DanhSachGiayToKetQua"] = json!([]),
        &|theirs| {
            upper(theirs);
            theirs["TaiLieuNop"] = json!([]);
        },
    ] {
        let seen = form(change).await;
        assert!(!seen.content_equal && seen.own_form.is_none(), "{seen:?}");
    }
}
