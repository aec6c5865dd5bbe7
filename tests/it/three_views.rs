//! Three views of the indicators side by side: equal while all is in step, and every difference leads to its dossiers with the reason.

use std::collections::BTreeMap;

use chrono::Datelike as _;
use dongbo::config::Config;
use dongbo_model::{Month, Period};
use dongbo_sync::published::questions;
use dongbo_sync::reconcile::{Job, RunRequest};
use mock_portal::{Damage, DossierView, Evaluation};
use serde_json::{Map, Value, json};

use crate::agreement::fullest_month;
use crate::control::{dongbo, run};
use crate::kit::until;
use crate::reconcile::{compare, order};
use crate::watch::Vendor;
use support::spoil::{set, spoil};
use support::{Plan, Rig, clock, merged, now};

fn row<'v>(shown: &'v Value, indicator: &str) -> &'v Value {
    let rows = shown["indicators"].as_array().unwrap();
    rows.iter().find(|row| row["indicator"] == indicator).unwrap()
}

/// Numerator and denominator.
fn counts(value: &Value) -> (u64, u64) {
    (value["numerator"].as_u64().unwrap(), value["denominator"].as_u64().unwrap())
}

/// The unit with most dossiers on the portal in `month`.
fn fullest_unit(rig: &Rig, month: Month) -> String {
    let mut units: BTreeMap<String, usize> = BTreeMap::new();
    let written = month.to_string().replace('-', "");
    for dossier in rig.mock.dossiers() {
        if dossier.fields["NgayTiepNhan"].as_str().unwrap().starts_with(&written) {
            *units.entry(dossier.fields["DonViXuLy"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    units.into_iter().max_by_key(|(_, many)| *many).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_stands_beside_both_sides_and_agrees_until_the_portal_takes_more() {
    let overrides = "[catalogue]\nenabled = true\npause = \"0s\"\n".to_owned();
    let mut portal = mock_portal::Config::default();
    // The example's system has codes of its own.
    for procedure in &mut portal.catalogue.procedures {
        procedure.result_code.clear();
        procedure.components.clear();
    }
    let rig = Rig::new(Plan { seed: 672, dossiers: 200, portal, overrides, ..Plan::default() }).await;
    let running = rig.start().await;
    running.until_settled(200).await;
    running.stop().await;
    let month = fullest_month(&rig);
    let (unit, period) = (fullest_unit(&rig, month), month.to_string());
    let silent = Month(if month.0 + 1 < Month::of(now()).0 { month.0 + 1 } else { month.0 - 1 }).to_string();
    let dossiers = rig.mock.dossiers();
    let units = dossiers.iter().map(|dossier| dossier.fields["DonViXuLy"].as_str().unwrap());
    let blank = units.into_iter().find(|other| *other != unit).unwrap().to_owned();
    rig.mock.set_evaluation(Evaluation {
        provisional: true,
        news: true,
        unpublished: vec![silent.clone()],
        nulls: vec![blank.clone()],
        ..Evaluation::default()
    });
    let file = rig.folder.join("dongbo.toml");
    let fetching = "[published]\nfetch = \"* * * * * *\"\nmonths = 13\nagain_for = \"0s\"\n";
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), fetching)).unwrap();
    let config = Config::load(Some(&file)).unwrap();
    let running = Rig::start_with(&config, clock()).await;
    let many = questions(&config.published, now()).len();
    until("fetched", async || running.ledger.publications().await.unwrap().len() == many).await;

    let count = |fee: u32| rig.mock.procedures().iter().filter(|procedure| procedure.fee >= fee).count();
    for (figure, many) in [("services", count(0)), ("fee-procedures", count(1))] {
        let many = many.to_string();
        let set = ["indicators", "set", figure, &many, "--period", &period, "--unit", &unit];
        assert_eq!(dongbo(&rig, &set).await.code, 0);
    }
    let show = ["indicators", "show", "--json", "--period", &period, "--unit", &unit];
    let shown = dongbo(&rig, &show).await.json(0);
    assert_eq!(shown["published"]["unit"], unit.as_str());
    assert_eq!(shown["published"]["remarks"]["TEMP_NATIONAL_REPORT_DENOMINATOR"], json!(["1.4"]));
    assert_eq!(shown["published"]["odd"]["disclosure"][0]["name"], "AI_SUPPORTED_DOSSIER");
    assert!(counts(&row(&shown, "2.1")["portal"]).1 > 0, "{shown}");
    for indicator in
        ["1.4", "2.1", "3.2", "3.3", "3.5", "3.5-paid", "3.6", "4.1", "4.2", "4.3", "4.4", "4.5", "5.4"]
    {
        let row = row(&shown, indicator);
        assert_eq!(counts(&row["portal"]), counts(&row["published"]), "{indicator}: {row}");
        let apart = row["published_points_apart"].as_f64();
        assert!(apart.is_none_or(|apart| apart.abs() < 0.015) && row["lists"] == json!([]), "{row}");
    }
    let never = row(&shown, "1.1");
    assert_eq!((&never["published"]["points"], &never["published"]["ratio"]), (&Value::Null, &Value::Null));
    let progress = &shown["groups"][1];
    assert_eq!((&progress["group"], &progress["most"]), (&json!("TDGQ"), &json!(20)));
    assert!(progress["published_apart"].as_f64().unwrap().abs() < 0.015, "{progress}");
    let all = shown["groups"].as_array().unwrap().last().unwrap();
    assert!(all["portal"]["without"].as_array().unwrap().contains(&json!("1.1")), "{all}");
    assert_eq!(all["published_apart"], Value::Null, "nothing is made up for what has no value");

    let uncounted = ["indicators", "show", "--json", "--period", &period, "--unit", &blank];
    let uncounted = dongbo(&rig, &uncounted).await.json(0);
    let published = &row(&uncounted, "2.1")["published"];
    assert_eq!(
        (&published["numerator"], &published["points"]),
        (&Value::Null, &Value::Null),
        "null is not 0"
    );
    let unpublished = dongbo(&rig, &["indicators", "show", "--json", "--period", &silent]).await.json(0);
    assert_eq!(unpublished["published"]["missing"].as_array().map(Vec::len), Some(8), "{unpublished}");
    assert_eq!(row(&unpublished, "2.1")["published"], Value::Null);

    let since = ["indicators", "list", "2.1", "--json", "--period", &period, "--part", "accepted-since"];
    let listed = dongbo(&rig, &since).await.json(0);
    assert_eq!((&listed["total"], listed["published_at"].is_string()), (&json!(0), true), "{listed}");
    let written = period.replace('-', "");
    let dossier = rig.mock.dossiers().into_iter().find(|dossier| {
        dossier.fields["NgayTiepNhan"].as_str().unwrap().starts_with(&written)
            && dossier.fields["DonViXuLy"] == unit.as_str()
    });
    let dossier = dossier.unwrap();
    spoil(&rig.mock, "content", &dossier);
    let look = RunRequest { jobs: vec![Job::LookUps], full: true, repair: true, yes: true, ..order() };
    assert_eq!(compare(&running, look).await.repaired, 1);
    running.until_settled(200).await;
    let listed = dongbo(&rig, &since).await.json(0);
    assert_eq!((&listed["total"], &listed["dossiers"][0]["code"]), (&json!(1), &json!(dossier.code)));

    let evidence = dongbo(&rig, &["indicators", "evidence", &dossier.code]).await;
    assert!(evidence.code == 0 && evidence.stdout.contains("HTTP 200"), "{}", evidence.stdout);
    let people = dongbo(&rig, &["indicators", "show", "--period", &period, "--unit", &unit]).await.stdout;
    assert!(
        people.contains("TEMP_NATIONAL_REPORT_DENOMINATOR") && people.contains("Cổng công bố"),
        "{people}"
    );
    let present = Period::Month(Month::of(now())).to_string();
    let people = dongbo(&rig, &["indicators", "show", "--period", &present]).await.stdout;
    assert!(people.contains("chưa hết nên Cổng chưa công bố"), "{people}");
    running.stop().await;
}

/// A vandal of the portal's records: takes dossiers that are on time, each once.
struct Vandal<'r> {
    rig: &'r Rig,
    left: Vec<DossierView>,
    /// Reasons by indicator and code.
    expected: BTreeMap<(&'static str, String), &'static str>,
}

fn text<'v>(fields: &'v Value, field: &str) -> &'v str {
    fields[field].as_str().unwrap_or_default()
}

fn of_step<'v>(step: &'v Map<String, Value>, field: &str) -> &'v str {
    step.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The places of the steps that end a dossier.
fn ends(dossier: &DossierView) -> Vec<usize> {
    let of = |step: &Map<String, Value>| matches!(of_step(step, "TrangThai"), "9" | "10");
    (0..dossier.steps.len()).filter(|place| of(&dossier.steps[*place])).collect()
}

/// Whether it ended in the month of its receipt, by its due day, which is in that month, without being asked for more papers, and its
/// month is over.
fn is_on_time(dossier: &DossierView) -> bool {
    let fields = json!(dossier.fields);
    let Some(end) =
        ends(dossier).first().map(|place| of_step(&dossier.steps[*place], "ThoiDiemXuLy").to_owned())
    else {
        return false;
    };
    let due = text(&fields, "NgayHenTra");
    let month = &text(&fields, "NgayTiepNhan")[..6];
    let asked = dossier.steps.iter().any(|step| of_step(step, "TrangThai") == "5");
    let over = month < Month::of(now()).to_string().replace('-', "").as_str();
    over && !asked && end.as_str() <= due && end.starts_with(month) && due.starts_with(month)
}

impl Vandal<'_> {
    fn take(&mut self, of: &[(&'static str, &'static str)], fit: impl Fn(&Value) -> bool) -> DossierView {
        let place = self.left.iter().position(|dossier| fit(&json!(dossier.fields)));
        let dossier = self.left.remove(place.unwrap_or_else(|| panic!("no dossier is fit for {of:?}")));
        for (indicator, reason) in of {
            self.expected.insert((*indicator, dossier.code.clone()), reason);
        }
        dossier
    }

    fn spoil(
        &mut self,
        of: &[(&'static str, &'static str)],
        field: &str,
        value: Value,
        fit: impl Fn(&Value) -> bool,
    ) {
        let dossier = self.take(of, fit);
        assert!(self.rig.mock.damage(&dossier.code, &set(field, value)).unwrap());
    }

    /// Takes off the steps that end a dossier.
    fn lose_end(&mut self, reason: &'static str, more: Option<(&str, Value)>) {
        let dossier = self.take(&[("2.1", reason)], |_| true);
        for place in ends(&dossier).into_iter().rev() {
            let lost = Damage { drop_step: Some(place), ..Damage::default() };
            assert!(self.rig.mock.damage(&dossier.code, &lost).unwrap());
        }
        if let Some((field, value)) = more {
            assert!(self.rig.mock.damage(&dossier.code, &set(field, value)).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_in_every_layer_of_the_portal_is_explained_by_exactly_its_dossiers_and_reasons() {
    let mut vendor = Vendor::new(673, 150).await;
    vendor.stop().await;
    let (folder, config) = vendor.watching("");
    let rig = &vendor.rig;
    let left: Vec<DossierView> = rig.mock.dossiers().into_iter().filter(is_on_time).collect();
    let mut vandal = Vandal { rig, left, expected: BTreeMap::new() };
    let any = |_: &Value| true;
    let asked = json!([{ "NgayBoSung": "20260102080000", "NgayTiepNhanBoSung": "20260103080000" },
        { "NgayBoSung": "20260104080000", "NgayTiepNhanBoSung": "20260105080000" }]);
    vandal.lose_end("status_behind", Some(("TrangThaiHoSo", json!("4"))));
    vandal.lose_end("end_step_missing", None);
    vandal.spoil(&[("2.1", "due_not_synchronised")], "NgayHenTra", json!(""), any);
    vandal.spoil(&[("2.1", "due_not_synchronised")], "NgayHenTra", json!("20200101170000"), any);
    vandal.spoil(&[("2.1", "supplements_missing")], "DanhSachHoSoBoSung", asked, any);
    vandal.spoil(&[("4.1", "results_missing")], "DanhSachGiayToKetQua", json!([]), |fields| {
        fields["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"].is_string()
            && text(fields, "KenhThucHien") != "2"
    });
    let channel = [("3.3", "channel_differs")];
    vandal.spoil(&channel, "KenhThucHien", json!("1"), |fields| text(fields, "KenhThucHien") == "2");
    let account = "TaiKhoanDuocXacThucVoiVNeID";
    let unmarked = vandal.take(&[("4.5", "marks_differ")], |fields| {
        let papers = fields["TaiLieuNop"].as_array();
        text(fields, account) == "1"
            && papers.is_none_or(|papers| papers.iter().all(|paper| paper["DuocLayTuKhoDMQG"] != "1"))
    });
    for (field, value) in [(account, json!("0")), ("DSKetNoiCSDL", json!([]))] {
        assert!(rig.mock.damage(&unmarked.code, &set(field, value)).unwrap());
    }
    let everywhere = |reason| ["1.4", "2.1", "4.1"].map(|indicator| (indicator, reason));
    let missing = vandal.take(&everywhere("not_on_portal"), |fields| {
        fields["DanhSachGiayToKetQua"][0]["DuongDanTepTinKetQua"].is_string()
    });
    assert!(rig.mock.delete_dossier(&missing.code));
    vandal.spoil(&everywhere("counted_elsewhere"), "NgayTiepNhan", json!("20010101080000"), any);
    let everything: Vec<String> = rig.mock.dossiers().into_iter().map(|dossier| dossier.code).collect();

    let running = Rig::start_with(&config, clock()).await;
    let facts = async |code: &String| running.ledger.dossier_facts(code).await.unwrap();
    for code in &everything {
        until("looked at", async || facts(code).await.portal.is_some()).await;
    }
    until("read", async || facts(&missing.code).await.local.is_some()).await;
    running.stop().await;
    the_evidence_names_what_differs(&vandal, &folder).await;
    let mut told = BTreeMap::new();
    for indicator in ["1.4", "2.1", "3.3", "4.1", "4.5"] {
        for year in [now().year() - 1, now().year()] {
            let year = year.to_string();
            let list = ["indicators", "list", indicator, "--json", "--period", &year, "--part", "apart"];
            let listed = run(&folder, &list).await.json(0);
            for one in listed["dossiers"].as_array().unwrap() {
                let of = |field: &str| one[field].as_str().unwrap().to_owned();
                told.insert((indicator, of("code")), of("reason"));
            }
        }
    }
    // What is nowhere, or elsewhere, is so in every indicator that it has a part in.
    let is_placed = |reason: &str| !matches!(reason, "not_on_portal" | "counted_elsewhere");
    let of_code = |code: &String, reason: &str| {
        vandal.expected.iter().any(|((_, one), expected)| one == code && *expected == reason)
    };
    for ((indicator, code), reason) in &told {
        assert!(is_placed(reason) || of_code(code, reason), "{indicator} {code}: {reason}");
    }
    let expected: BTreeMap<(&str, String), String> =
        vandal.expected.iter().map(|(of, reason)| (of.clone(), (*reason).to_owned())).collect();
    told.retain(|of, reason| is_placed(reason) || expected.contains_key(of));
    assert_eq!(told, expected);
}

/// The file on a dossier whose status is behind shows both verdicts, the reason, and the portal's record as it is; and nobody's name.
async fn the_evidence_names_what_differs(vandal: &Vandal<'_>, folder: &std::path::Path) {
    let mut behind = vandal.expected.iter().filter(|(_, reason)| **reason == "status_behind");
    let (_, code) = behind.next().unwrap().0;
    let out = folder.join("evidence").display().to_string();
    let command =
        ["indicators", "evidence", code, "--look-up", "--json", "--out", &out, "--format", "html,docx"];
    let evidence = run(folder, &command).await.json(0);
    let said = |field: &str| evidence[field].as_str().unwrap().to_owned();
    assert_eq!(
        (said("local_verdict"), said("portal_verdict")),
        ("đúng hạn".to_owned(), "trễ hạn".to_owned())
    );
    assert_eq!(said("reason"), "trạng thái trên Cổng chậm hơn");
    assert!(
        evidence["steps_read"] == true && !evidence["steps"].as_array().unwrap().is_empty(),
        "{evidence}"
    );
    let look = &evidence["look_up"];
    assert!(look["failed"] == "" && look["differences"].as_array().unwrap().len() > 1, "{evidence}");
    let file = evidence["files"][0].as_str().unwrap();
    let page = std::fs::read_to_string(file).unwrap();
    let owner = json!(vandal.rig.mock.dossier(code).unwrap().fields)["ChuHoSo"].as_str().unwrap().to_owned();
    assert!(
        page.contains(code.as_str()) && page.contains("KHÁC") && !owner.is_empty() && !page.contains(&owner)
    );
}
