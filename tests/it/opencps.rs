//! OpenCPS's own tables, in a real MariaDB, read by the mapping that comes with dongbo.

use testbed::catalogue::{PROCEDURES, Procedure};

use support::{Engine, Plan, Rig, all_synced, now};

use crate::kit::{execute, until, write_mapping};

/// Brings the simulated office into OpenCPS's tables.
const OPENCPS: &str = include_str!("../data/opencps.sql");

/// The mapping, with files as links into Liferay: what dongbo delivers itself is tried elsewhere.
fn mapping() -> String {
    let text = include_str!("../../config/mappings/opencps-v2.toml");
    let place = "CONCAT(e.companyId, '/', IF(e.folderId = 0, e.groupId, e.folderId), '/', e.name, '/', e.version) AS file";
    let link = text.lines().find_map(|line| line.strip_prefix("#   CONCAT('https:")).unwrap();
    assert_eq!(text.matches(place).count(), 2);
    let store = "[files.results]\nkind = \"folder\"\nroot = \"/opt/liferay/data/document_library\"\n";
    assert!(text.contains(store));
    text.replace(place, &format!("CONCAT('https:{link}")).replace(store, "")
}

/// OpenCPS's procedures and the national ones that it maps them to.
fn procedures() -> String {
    let mut sql = String::new();
    for (id, one) in PROCEDURES.iter().enumerate() {
        let Procedure { local, code, name, field, field_name, .. } = one;
        sql.push_str(&format!(
            "REPLACE INTO opencps_serviceinfo VALUES ({id}, 35166, '{local}', '{name}', '{field}', '{field_name}');
             REPLACE INTO opencps_serviceinfomapping VALUES ({id}, 35166, '{local}', '{code}');"
        ));
    }
    sql
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_dossiers_of_opencps_on_mariadb_equal_the_portal_and_go_on_doing_so() {
    let mut rig =
        Rig::new(Plan { engine: Engine::Mysql, seed: 71, dossiers: 2_000, ..Plan::default() }).await;
    execute(rig.simulator.db(), OPENCPS).await;
    execute(rig.simulator.db(), &procedures()).await;
    rig.config.source.mapping = write_mapping(&rig.folder, &mapping());
    let running = rig.start().await;
    running.until("all are sent", |overview| overview.dossiers == 2_000 && all_synced(overview)).await;
    rig.assert_portal_equals_local().await;

    rig.simulator.advance(now(), 40).await.unwrap();
    execute(rig.simulator.db(), OPENCPS).await;
    until("the portal has caught up", async || rig.compare().await.is_clean()).await;
    let sent = rig.mock.dossiers();
    assert!(sent.iter().all(|dossier| dossier.fields["TrichYeuHoSo"] != "Không được gửi"));
    running.stop().await;
}
