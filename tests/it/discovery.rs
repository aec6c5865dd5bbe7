//! Dossiers that the queries which find them give, and that cannot be read, followed or paged over: nobody misses them in silence.

use std::collections::BTreeSet;

use dongbo_ledger::{Layer, LayerState, Overview};
use dongbo_model::FindingKind;
use testbed::Db;

use crate::kit::{example_mapping, execute, until, write_mapping};
use support::{Engine, Plan, Rig, Running, all_synced, sample};

/// Sweeps every second.
const SWEEP: &str = "[source]\nsweep = \"* * * * * *\"";
/// A mapping whose [dossiers] joins a table that not every dossier has a row of.
fn joined() -> String {
    let text = example_mapping();
    let mut parts = text.splitn(2, "\n[identities]\n");
    let (head, rest) = (parts.next().unwrap(), parts.next().unwrap());
    let at = head.find("\n[dossiers]\n").unwrap();
    let (before, dossiers) = head.split_at(at);
    let dossiers =
        dossiers.replace("FROM ho_so\n", "FROM ho_so JOIN thu_tuc ON thu_tuc.ma = ho_so.ma_ho_so\n");
    format!("{before}{dossiers}\n[identities]\n{rest}")
}

/// An office of whose dossiers the first two have no row in the joined table.
async fn office(engine: Engine) -> (Rig, Vec<String>) {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { engine, seed: 41, dossiers: 12, overrides, ..Plan::default() }).await;
    let db = rig.simulator.db();
    execute(db, "CREATE TABLE thu_tuc (ma varchar(100)); INSERT INTO thu_tuc SELECT ma_ho_so FROM ho_so")
        .await;
    let codes = db.texts("SELECT ma_ho_so FROM ho_so ORDER BY ma_ho_so LIMIT 2").await.unwrap();
    for code in &codes {
        execute(db, &format!("DELETE FROM thu_tuc WHERE ma = '{code}'")).await;
    }
    rig.config.source.mapping = write_mapping(&rig.folder, &joined());
    (rig, codes)
}

/// The open findings as code and kind.
async fn found(running: &Running) -> BTreeSet<(String, FindingKind)> {
    let found = running.ledger.open_findings(1_000).await.unwrap();
    found.into_iter().map(|one| (one.code, one.finding.kind)).collect()
}

fn held(overview: &Overview) -> Vec<u64> {
    Layer::ALL.iter().map(|layer| overview.counts.of(*layer).of(LayerState::Held)).collect()
}

/// Waits until a sweep that began after this call has ended.
async fn until_swept(running: &Running) {
    let ended =
        async || sample(&running.metrics().await, "dongbo_last_sweep_timestamp_seconds").unwrap_or_default();
    for _ in 0..2 {
        let before = ended().await;
        until("a sweep", async || ended().await > before).await;
    }
}

async fn what_the_queries_give_and_dossiers_does_not_is_held(engine: Engine) {
    let (rig, codes) = office(engine).await;
    let running = rig.start().await;
    let overview = running.until("two are held", |overview| held(overview) == [2; 4]).await;
    assert_eq!(overview.dossiers, 12);
    let wanted: BTreeSet<_> = codes.iter().map(|code| (code.clone(), FindingKind::NotReadable)).collect();
    assert_eq!(found(&running).await, wanted);
    running
        .until("the others are sent", |overview| {
            overview.counts.of(Layer::Presence).of(LayerState::Synced) == 10
        })
        .await;
    let told = "dongbo_findings_open{kind=\"not_readable\"}";
    until("counted", async || sample(&running.metrics().await, told) == Some(2.0)).await;
    // No sweep finds them anew, and none takes them for gone.
    let differences = async || sample(&running.metrics().await, "dongbo_sweep_differences_total").unwrap();
    until_swept(&running).await;
    let before = differences().await;
    until_swept(&running).await;
    assert!((differences().await - before).abs() < f64::EPSILON);
    assert_eq!(found(&running).await, wanted);

    // One can be read from now on, the other is deleted.
    let db = rig.simulator.db();
    execute(db, &format!("INSERT INTO thu_tuc VALUES ('{}')", codes[0])).await;
    execute(db, &format!("DELETE FROM ho_so WHERE ma_ho_so = '{}'", codes[1])).await;
    running.until("none is held", |overview| overview.dossiers == 11 && all_synced(overview)).await;
    until("nothing is open", async || found(&running).await.is_empty()).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_and_cannot_be_read_is_held_and_counted_on_sqlite() {
    what_the_queries_give_and_dossiers_does_not_is_held(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_and_cannot_be_read_is_held_and_counted_on_postgresql() {
    what_the_queries_give_and_dossiers_does_not_is_held(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_and_cannot_be_read_is_held_and_counted_on_mysql() {
    what_the_queries_give_and_dossiers_does_not_is_held(Engine::Mysql).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_found_and_cannot_be_read_is_held_and_counted_on_sqlserver() {
    what_the_queries_give_and_dossiers_does_not_is_held(Engine::Sqlserver).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dossier_on_the_portal_that_dossiers_gives_no_more_is_not_taken_for_deleted() {
    let (rig, codes) = office(Engine::Sqlite).await;
    let db = rig.simulator.db();
    for code in &codes {
        execute(db, &format!("INSERT INTO thu_tuc VALUES ('{code}')")).await;
    }
    let running = rig.start().await;
    running.until("all are sent", |overview| overview.dossiers == 12 && all_synced(overview)).await;
    execute(db, &format!("DELETE FROM thu_tuc WHERE ma = '{}'", codes[0])).await;
    let wanted = BTreeSet::from([(codes[0].clone(), FindingKind::NotReadable)]);
    until("told", async || found(&running).await == wanted).await;
    until_swept(&running).await;
    assert_eq!(found(&running).await, wanted);
    // Once it is really gone, that is what is told.
    execute(db, &format!("DELETE FROM ho_so WHERE ma_ho_so = '{}'", codes[0])).await;
    let wanted = BTreeSet::from([(codes[0].clone(), FindingKind::DeletedLocally)]);
    until("gone", async || found(&running).await == wanted).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_changes_give_and_the_sweep_does_not_is_not_forgotten() {
    let (mut rig, codes) = office(Engine::Sqlite).await;
    let text = joined().replace(
        "WHERE ma_ho_so > :after",
        &format!("WHERE ma_ho_so > :after AND ma_ho_so <> '{}'", codes[0]),
    );
    rig.config.source.mapping = write_mapping(&rig.folder, &text);
    let running = rig.start().await;
    let wanted: BTreeSet<_> = codes.iter().map(|code| (code.clone(), FindingKind::NotReadable)).collect();
    until("told", async || found(&running).await == wanted).await;
    until_swept(&running).await;
    until("still told", async || found(&running).await == wanted).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_key_or_a_time_is_sent_and_told_until_it_has_one() {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { seed: 42, dossiers: 6, overrides, ..Plan::default() }).await;
    let text = example_mapping()
        .replace("SELECT id AS key", "SELECT NULLIF(khoa, 0) AS key")
        .replace("cap_nhat_luc AS changed_at", "NULLIF(luc, '') AS changed_at")
        .replace("(cap_nhat_luc, id) > (", "(NULLIF(luc, ''), khoa) > (");
    rig.config.source.mapping = write_mapping(&rig.folder, &text);
    let db = rig.simulator.db();
    execute(db, "ALTER TABLE ho_so ADD khoa INTEGER; ALTER TABLE ho_so ADD luc TEXT; UPDATE ho_so SET khoa = id, luc = cap_nhat_luc").await;
    let at = |place: usize| format!("(SELECT id FROM ho_so ORDER BY id LIMIT 1 OFFSET {place})");
    execute(
        db,
        &format!(
            "UPDATE ho_so SET khoa = 0 WHERE id = {}; UPDATE ho_so SET luc = '' WHERE id = {}",
            at(0),
            at(1)
        ),
    )
    .await;
    let running = rig.start().await;
    running.until("all are sent", |overview| overview.dossiers == 6 && all_synced(overview)).await;
    let told = async || {
        let open = running.ledger.open_findings(1_000).await.unwrap();
        open.into_iter().map(|one| (one.finding.kind, one.finding.subject)).collect::<BTreeSet<_>>()
    };
    let row = |subject: &str| (FindingKind::BadRow, subject.to_owned());
    until("both are told", async || {
        let told = told().await;
        told.contains(&row("sweep.changed_at")) && told.iter().any(|(_, subject)| subject.ends_with(".key"))
    })
    .await;
    execute(db, "UPDATE ho_so SET khoa = id, luc = cap_nhat_luc").await;
    until("none is told", async || told().await.is_empty()).await;
    running.stop().await;
    rig.assert_portal_equals_local().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_a_blank_before_it_does_not_end_the_sweep() {
    let overrides = SWEEP.to_owned();
    let mut rig = Rig::new(Plan { seed: 43, dossiers: 5, overrides, ..Plan::default() }).await;
    for blank in [" ", "\u{a0}", "\u{3000}"] {
        let planted = rig.simulator.create_at(support::now()).await.unwrap();
        execute(
            rig.simulator.db(),
            &format!("UPDATE ho_so SET ma_ho_so = '{blank}' || ma_ho_so WHERE id = {}", planted.id),
        )
        .await;
    }
    let running = rig.start().await;
    running.until("three are held", |overview| overview.dossiers == 8 && held(overview) == [3; 4]).await;
    until_swept(&running).await;
    // A change that no time tells of: only a sweep to the end finds it.
    let last = "SELECT max(ma_ho_so) FROM ho_so WHERE ma_ho_so < 'a'";
    let code = rig.simulator.db().texts(last).await.unwrap().remove(0);
    execute(
        rig.simulator.db(),
        &format!("UPDATE ho_so SET trich_yeu = 'Sửa không đổi giờ' WHERE ma_ho_so = '{code}'"),
    )
    .await;
    until("sent", async || {
        rig.mock.dossier(&code).is_some_and(|it| it.fields["TrichYeuHoSo"] == "Sửa không đổi giờ")
    })
    .await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_whose_time_is_text_in_utc_are_sent_as_they_come() {
    let mut rig = Rig::new(Plan { seed: 44, dossiers: 5, ..Plan::default() }).await;
    let text = example_mapping().replace("cap_nhat_luc", "luc");
    rig.config.source.mapping = write_mapping(&rig.folder, &text);
    let db = rig.simulator.db();
    let utc = |seconds: i64| {
        (support::now() + chrono::TimeDelta::seconds(seconds)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    execute(db, &format!("ALTER TABLE ho_so ADD luc TEXT; UPDATE ho_so SET luc = '{}'", utc(-3_600))).await;
    let running = rig.start().await;
    running.until("all are sent", |overview| overview.dossiers == 5 && all_synced(overview)).await;
    let code = rig.mock.dossiers().first().map(|dossier| dossier.code.clone()).unwrap();
    execute(
        db,
        &format!("UPDATE ho_so SET trich_yeu = 'Đã sửa', luc = '{}' WHERE ma_ho_so = '{code}'", utc(-1)),
    )
    .await;
    let sent = async || rig.mock.dossier(&code).is_some_and(|it| it.fields["TrichYeuHoSo"] == "Đã sửa");
    until("sent", sent).await;
    running.stop().await;
}

/// The example mapping with a second query for changes, which goes by a time that only steps have.
fn with_steps() -> String {
    let text = example_mapping();
    let (before, rest) = text.split_at(text.find("\n[changed]\n").unwrap());
    let (changed, rest) = rest.split_at(rest.find("\n[sweep]\n").unwrap());
    let changed = changed.replacen("[changed]\n", "[[changed]]\nname = \"ho_so\"\n", 1);
    let ordered = |select: &str, behind: &str| {
        format!(
            "{select} AS code, h.don_vi AS unit, q.luc AS changed_at\nFROM qua_trinh q JOIN ho_so h ON \
             h.id = q.ho_so_id\nWHERE {behind}\nORDER BY q.luc, q.id\n"
        )
    };
    let steps = |key: &str, behind: &str| {
        ordered(&format!("SELECT q.id AS {key}, h.ma_ho_so"), behind) + "LIMIT :limit\n"
    };
    format!(
        "{before}{changed}\n[[changed]]\nname = \"buoc\"\nsqlite = \"\"\"\n{}\"\"\"\npostgres = \"\"\"\n{}\"\"\"\nmysql = \"\"\"\n{}\"\"\"\nsqlserver = \"\"\"\n{}\"\"\"\n{rest}",
        steps("key", "(q.luc, q.id) > (:since, :after)"),
        steps("key", "(q.luc, q.id) > (CAST(:since AS timestamptz), :after)"),
        steps("`key`", "(q.luc > :since OR (q.luc = :since AND q.id > :after))"),
        ordered(
            "SELECT TOP (:limit) q.id AS [key], h.ma_ho_so",
            "(q.luc > CAST(:since AS datetime2) OR (q.luc = CAST(:since AS datetime2) AND q.id > :after))"
        )
    )
}

async fn a_change_of_a_step_alone_is_sent(engine: Engine) {
    let overrides = "[source]\noverlap_every = \"200ms\"".to_owned();
    let mut rig = Rig::new(Plan { engine, seed: 45, dossiers: 8, overrides, ..Plan::default() }).await;
    let first = rig.start().await;
    first.until("all are sent", |overview| overview.dossiers == 8 && all_synced(overview)).await;
    let cursor = first.ledger.cursor("intake").await.unwrap().unwrap();
    first.stop().await;

    let db = rig.simulator.db();
    let (kind, moment) = match db {
        Db::Sqlite(_) => ("TEXT", support::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        Db::Postgres(_) => ("timestamptz", support::now().to_rfc3339()),
        Db::Mysql(_) => unreachable!(),
    };
    execute(db, &format!("ALTER TABLE qua_trinh ADD luc {kind}")).await;
    rig.config.source.mapping = write_mapping(&rig.folder, &with_steps());
    let running = rig.start().await;
    until_swept_once(&running).await;
    assert!(running.ledger.cursor("intake").await.unwrap().unwrap() >= cursor);
    // Two times of one dossier, that of its row and that of its step, neither of which is news again and again.
    let id = "(SELECT min(id) FROM qua_trinh)";
    execute(
        db,
        &format!("UPDATE qua_trinh SET luc = '{moment}', nguoi_xu_ly = 'Trần Văn Mới' WHERE id = {id}"),
    )
    .await;
    until("heard of", async || running.ledger.cursor("intake.buoc").await.unwrap().is_some()).await;
    let told = async || !running.ledger.open_findings(10).await.unwrap().is_empty();
    // The step was sent before, so that the change of it is what a person has to see to.
    until("told", told).await;
    let code = running.ledger.open_findings(10).await.unwrap()[0].code.clone();
    let touches = async || running.ledger.standings(&[&code]).await.unwrap()[&code].touches;
    let polls =
        async || sample(&running.metrics().await, "dongbo_last_poll_timestamp_seconds").unwrap_or_default();
    let mut before = touches().await;
    for _ in 0..3 {
        for _ in 0..4 {
            let last = polls().await;
            until("a poll", async || polls().await > last).await;
        }
        let now = touches().await;
        if now == before {
            running.stop().await;
            return;
        }
        before = now;
    }
    panic!("the dossier is heard of again with every poll");
}

/// Waits until the sweep that follows another mapping has ended.
async fn until_swept_once(running: &Running) {
    let ended = async || sample(&running.metrics().await, "dongbo_last_sweep_timestamp_seconds");
    until("a sweep", async || ended().await.is_some_and(|at| at > 0.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_a_table_with_a_query_of_its_own_is_heard_of_on_sqlite() {
    a_change_of_a_step_alone_is_sent(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_a_table_with_a_query_of_its_own_is_heard_of_on_postgresql() {
    a_change_of_a_step_alone_is_sent(Engine::Postgres).await;
}
