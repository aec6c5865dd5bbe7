//! What people are told by the real program: the numbers of the commands and pages, each thing once, and nobody waits for a way.

use serde_json::Value;
use testbed::interface::{Interface, Reply};

use crate::control::run;
use crate::kit::until;
use crate::process::Process;
use support::{Plan, Rig, merged, now, sample};

/// A receiver that takes everything.
async fn receiver() -> Interface {
    Interface::start(|_| Reply::Plain(204, Vec::new(), String::new())).await.unwrap()
}

/// The messages of one occasion that a receiver was sent.
fn messages(receiver: &Interface, occasion: &str) -> Vec<Value> {
    let all = receiver.asked().into_iter().map(|asked| serde_json::from_str::<Value>(&asked.body).unwrap());
    all.filter(|message| message["occasion"] == occasion).collect()
}

/// The alerts that were told, each message by itself: those that stand, and those that are over.
fn alerts(receiver: &Interface) -> Vec<(Vec<String>, Vec<String>)> {
    let names = |of: &Value| -> Vec<String> {
        of.as_array().unwrap().iter().map(|one| one["alert"].as_str().unwrap().to_owned()).collect()
    };
    let told = messages(receiver, "alert");
    told.iter().map(|one| (names(&one["data"]["raised"]), names(&one["data"]["over"]))).collect()
}

/// A rig of which three dossiers are held, with these lines over its configuration.
async fn rig(seed: u64, more: &str) -> Rig {
    let mut rig = Rig::new(Plan { seed, dossiers: 20, ..Plan::default() }).await;
    rig.without_results().await;
    for _ in 0..3 {
        rig.simulator.plant_unmapped_procedure(now()).await.unwrap();
    }
    let file = rig.folder.join("dongbo.toml");
    std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), more)).unwrap();
    rig
}

async fn json(rig: &Rig, words: &[&str]) -> Value {
    let said = run(&rig.folder, words).await;
    serde_json::from_str(&said.stdout)
        .unwrap_or_else(|error| panic!("{words:?}: {error}: {}{}", said.stdout, said.stderr))
}

/// The rows of the list that `command` shows.
async fn rows(rig: &Rig, name: &str, command: &str) -> u64 {
    let words = command.split(' ').skip(1).map(|word| word.trim_matches('\''));
    let words: Vec<&str> = words.chain(["--json"]).collect();
    let shown = json(rig, &words).await;
    let many = |list: &Value| u64::try_from(list.as_array().unwrap().len()).unwrap();
    match words[..2] {
        ["status", _] => shown[name].as_u64().unwrap(),
        ["held", _] => many(&shown["rows"]),
        ["indicators", "clocks"] => many(&shown["dossiers"]),
        ["indicators", "list"] => shown["total"].as_u64().unwrap(),
        _ => panic!("{command}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn page_bulletin_and_commands_say_the_same_and_each_number_has_as_many_rows() {
    let receiver = receiver().await;
    let more = format!(
        "[console]\nlisten = \"127.0.0.1:0\"\n[notify]\nbulletin = \"* * * * * *\"\nconsole_url = \"http://console\"\n\
         raise_after = \"1h\"\n[[notify.way]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\nlang = \"en\"",
        receiver.url()
    );
    let rig = rig(3_171, &more).await;
    let process = Process::start(&rig.folder.join("dongbo.toml"));
    process.until_at_rest(&rig, 23, 3).await;
    let before = messages(&receiver, "bulletin").len();
    until("a bulletin", async || messages(&receiver, "bulletin").len() > before + 1).await;
    let bulletin = messages(&receiver, "bulletin").pop().unwrap();
    let status = json(&rig, &["status", "--json", "--lang", "en"]).await;
    assert_eq!(bulletin["data"]["verdict"]["verdict"], status["verdict"]);
    assert_eq!(bulletin["data"]["verdict"]["standing"], status["standing"]);

    let numbers = bulletin["data"]["numbers"].as_array().unwrap();
    for number in numbers {
        let (name, command) = (number["name"].as_str().unwrap(), number["command"].as_str().unwrap());
        assert_eq!(rows(&rig, name, command).await, number["value"].as_u64().unwrap(), "{number}");
    }
    let held: Vec<&Value> =
        numbers.iter().filter(|number| number["name"].as_str().unwrap().starts_with("held:")).collect();
    assert_eq!(held.iter().map(|number| number["value"].as_u64().unwrap()).sum::<u64>(), 3);
    let shown = json(&rig, &["notify", "show", "--json", "--way", "hook"]).await;
    assert_eq!(shown["data"]["numbers"], bulletin["data"]["numbers"], "notify show is the bulletin of now");
    assert_eq!(shown["data"]["verdict"]["verdict"], status["verdict"]);

    let log = process.log();
    let (_, address) = log.split_once("The console is at ").expect("the console is served");
    let address = address.split_whitespace().next().unwrap().trim_end_matches(['/', ';', ',']);
    for number in held {
        let path = number["link"].as_str().unwrap().strip_prefix("http://console").unwrap().to_owned();
        #[expect(clippy::disallowed_methods, reason = "our own page, not a body from outside")]
        let page = reqwest::get(format!("{address}{path}")).await.unwrap().text().await.unwrap();
        let listed = page.matches("class=\"code\" href=\"").count();
        assert_eq!(u64::try_from(listed).unwrap(), number["value"].as_u64().unwrap(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_and_its_end_are_told_once_each_over_a_restart_while_a_broken_way_holds_up_nothing() {
    let (receiver, broken) = (receiver().await, Interface::start(|_| Reply::Silence).await.unwrap());
    let way = |name: &str, url: String| {
        format!("[[notify.way]]\nname = \"{name}\"\nkind = \"webhook\"\nbulletin = false\nurl = \"{url}\"\n")
    };
    let more = format!(
        "[notify]\nraise_after = \"0s\"\nover_after = \"0s\"\ntimeout = \"1s\"\n{}{}",
        way("hook", receiver.url()),
        way("broken", broken.url())
    );
    let rig = rig(3_172, &more).await;
    let config = rig.folder.join("dongbo.toml");
    let process = Process::start(&config);
    process.until_settled(23, 3).await;
    let told = |raised: &str, over: &str| {
        let has = |names: &[String], name: &str| name.is_empty() || names.iter().any(|known| known == name);
        alerts(&receiver).iter().any(|(up, down)| has(up, raised) && has(down, over))
    };
    until("what is held is told", async || told("dossiers_held", "")).await;
    assert_eq!(run(&rig.folder, &["pause", "--reason", "Nguyễn Thị Lan, 0912345678"]).await.code, 0);
    until("the pause is told", async || told("paused", "")).await;
    until("the broken way is shown", async || {
        let shown = json(&rig, &["status", "--full", "--json"]).await;
        let ways = shown["ways"].as_array().unwrap().clone();
        let failing = |name: &str| ways.iter().find(|way| way["way"] == name).unwrap()["failing"].clone();
        failing("broken")["class"] == "transient" && failing("hook").is_null()
    })
    .await;
    let ledger = sqlx::SqlitePool::connect(&rig.config.ledger.path.display().to_string()).await.unwrap();
    until("the ledger keeps what was told", async || {
        let kept = sqlx::query_scalar::<_, String>("SELECT value FROM memo WHERE name = 'notify'");
        let kept: Value = serde_json::from_str(&kept.fetch_one(&ledger).await.unwrap()).unwrap();
        kept["ways"]["hook"]["alerts"].as_array().unwrap().iter().any(|alert| alert["kind"] == "paused")
    })
    .await;
    ledger.close().await;
    let metrics = process.page("/metrics").await;
    assert!(sample(&metrics, "dongbo_notify_failing_since_timestamp_seconds{way=\"broken\"}").is_some());
    let of_alerts = "dongbo_notify_messages_total{occasion=\"alert\",outcome=\"sent\"}";
    assert!(sample(&metrics, of_alerts).is_some_and(|many| many >= 1.0), "{metrics}");
    process.until_logs(&["notify.failed"]).await;
    drop(process);

    let _process = Process::start(&config);
    assert_eq!(run(&rig.folder, &["resume"]).await.code, 0);
    until("the end of the pause is told", async || told("", "paused")).await;
    let all = alerts(&receiver);
    for name in ["dossiers_held", "paused"] {
        let times = all.iter().flat_map(|(raised, _)| raised).filter(|told| *told == name).count();
        assert_eq!(times, 1, "{name} is told once: {all:?}");
    }
    for asked in receiver.asked() {
        assert!(!asked.body.contains("Lan") && !asked.body.contains("0912"), "{}", asked.body);
    }
    let test = run(&rig.folder, &["notify", "test", "--json", "--way", "hook"]).await;
    assert_eq!((test.code, messages(&receiver, "test").len()), (0, 1), "{}{}", test.stdout, test.stderr);
    assert_eq!(run(&rig.folder, &["notify", "test", "--way", "broken"]).await.code, 1);
    let none = run(&rig.folder, &["notify", "test", "--way", "nobody"]).await;
    assert!(none.code == 2 && none.stderr.contains("hook, broken"), "{}", none.stderr);
}
