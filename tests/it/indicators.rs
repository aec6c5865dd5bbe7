//! The indicators as a person asks for them: both sides agree when all is in step, every number leads to its dossiers, and what is
//! entered is checked and marked.

use chrono::Datelike as _;
use serde_json::Value;

use crate::control::dongbo;
use crate::process::Process;
use support::{Plan, Rig, merged, now};

async fn shown(rig: &Rig, period: &str, more: &[&str]) -> Value {
    let command = [&["indicators", "show", "--json", "--period", period], more].concat();
    dongbo(rig, &command).await.json(0)
}

fn of<'v>(shown: &'v Value, indicator: &str) -> &'v Value {
    let rows = shown["indicators"].as_array().unwrap();
    rows.iter().find(|row| row["indicator"] == indicator).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_agree_when_all_is_in_step_and_lead_to_their_dossiers() {
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/config/targets/duong-an.toml");
    let overrides = format!("[indicators]\ntargets = [\"{plan}\"]\nsum_every = \"1s\"\n");
    let rig = Rig::new(Plan { seed: 191, dossiers: 40, overrides, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(40, 0).await;
    let this_year = now().year();
    let mut received = 0;
    for year in this_year - 2..=this_year {
        for set in ["d-2026-10", "p-2026-09"] {
            let shown = shown(&rig, &year.to_string(), &["--set", set]).await;
            assert_eq!(shown["set"], set);
            for row in shown["indicators"].as_array().unwrap() {
                assert_eq!(row["local"], row["portal"], "{year} {set}");
            }
            received += shown["received"]["portal"].as_u64().unwrap();
        }
        let period = year.to_string();
        let on_time = of(&shown(&rig, &period, &[]).await, "2.1")["portal"].clone();
        for part in ["numerator", "denominator"] {
            let command = ["indicators", "list", "2.1", "--json", "--period", &period, "--part", part];
            let listed = dongbo(&rig, &command).await.json(0);
            assert_eq!(listed["total"], on_time[part], "{part} {listed}");
        }
        let apart = ["indicators", "list", "2.1", "--json", "--period", &period, "--part", "falsely-late"];
        assert_eq!(dongbo(&rig, &apart).await.json(0)["total"], 0);
    }
    assert!(received >= 2 * 30, "{received} dossiers are counted");
    let people = dongbo(&rig, &["indicators", "show", "--period", &this_year.to_string()]).await;
    assert!(people.stdout.contains("p-2026-09") && people.stdout.contains("Tỷ lệ hồ sơ giải quyết đúng hạn"));
    let clocks = dongbo(&rig, &["indicators", "clocks", "--json"]).await;
    let rung = clocks.json(clocks.code)["dossiers"].as_array().map(Vec::len);
    assert_eq!(clocks.code, if rung == Some(0) { 0 } else { 3 }, "{}", clocks.stdout);
    let explained = dongbo(&rig, &["indicators", "explain", "4.1"]).await;
    assert!(explained.stdout.contains("Mẫu số") && explained.stdout.contains("dongbo indicators list 4.1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_is_entered_with_who_and_when_and_a_wrong_one_is_not() {
    let rig = Rig::new(Plan { seed: 192, dossiers: 3, ..Plan::default() }).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_settled(3, 0).await;
    let set = |words: &'static str| {
        let rig = &rig;
        async move {
            let words: Vec<&str> = ["indicators", "set"].into_iter().chain(words.split(' ')).collect();
            dongbo(rig, &words).await
        }
    };
    assert_eq!(set("1.1 97.5 --period 2026-08").await.code, 0);
    assert_eq!(set("1.1 98.5 --period 2026-08").await.code, 0);
    let wrong = set("1.1 120 --period 2026-08").await;
    assert!(wrong.code == 2 && wrong.stderr.contains("ngoài khoảng cho phép"), "{}", wrong.stderr);
    let computed = set("2.1 99 --period 2026-08").await;
    assert!(computed.code == 2 && computed.stderr.contains("không nhập tay"), "{}", computed.stderr);
    let shown = shown(&rig, "2026-08", &[]).await;
    let entered = &of(&shown, "1.1")["entered"];
    assert_eq!((&entered["value"]["ratio"], &entered["value"]["points"]), (&98.5.into(), &5.91.into()));
    assert!(entered["by"].is_string() && entered["at"].is_string(), "{entered}");
    let history = dongbo(&rig, &["indicators", "history", "1.1", "--json"]).await.json(0);
    assert_eq!(history["entered"].as_array().map(Vec::len), Some(2), "nothing is written over");

    let (file, plan) = (rig.folder.join("dongbo.toml"), rig.folder.join("ke-hoach.toml"));
    let shipped = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config/targets/bo-y.toml"));
    std::fs::write(&plan, shipped.unwrap().replace("\"3.6\"", "\"online-fastr\"")).unwrap();
    let targets = format!("[indicators]\ntargets = [\"{}\"]\n", plan.display());
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), &targets)).unwrap();
    let refused = dongbo(&rig, &["indicators", "show"]).await;
    for named in ["indicators.targets", "ke-hoach.toml", "`online-fastr`", "`online-faster`"] {
        assert!(refused.code == 2 && refused.stderr.contains(named), "{named}: {}", refused.stderr);
    }
}
