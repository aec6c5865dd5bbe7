//! Each sort of damage is what it says, and can be put right.

use testbed::Db;
use testbed::expect::Expectation;
use testbed::onestop::{Planted, Simulator};

use crate::support::{after, field, now, on_postgres, on_sqlite, wall};

async fn held(simulator: &Simulator) -> Vec<String> {
    let expected = Expectation::read(simulator.db()).await.unwrap();
    expected.held.into_iter().map(|held| held.reasons.join("; ")).collect()
}

async fn heals(simulator: &mut Simulator, planted: Planted, reason: &str) {
    assert_eq!(held(simulator).await, [reason]);
    let code = planted.code.clone();
    let change = simulator.repair(planted, after(1)).await.unwrap();
    assert_eq!(change.code, code);
    let expected = Expectation::read(simulator.db()).await.unwrap();
    assert_eq!(expected.held, []);
    assert_eq!(field(&expected.dossiers[&code], "GhiChu"), "rev=2");
}

async fn each_sort(simulator: &mut Simulator) {
    let planted = simulator.plant_without_code(now()).await.unwrap();
    heals(simulator, planted, "MaHoSo is missing").await;
    let planted = simulator.plant_unmapped_status(now()).await.unwrap();
    heals(simulator, planted, "status LUU_KHO is not mapped; TrangThaiHoSo is missing").await;
    let planted = simulator.plant_unmapped_procedure(now()).await.unwrap();
    let missing = ["MaTTHC", "TenTTHC", "MaLinhVuc", "TenLinhVuc"].map(|name| format!("; {name} is missing"));
    heals(simulator, planted, &format!("procedure XX99 is not mapped{}", missing.concat())).await;
    let planted = simulator.plant_year_zero(now()).await.unwrap();
    heals(simulator, planted, "ngay_tiep_nhan is not a date; NgayTiepNhan is missing").await;
    let planted = simulator.plant_long_text(now()).await.unwrap();
    heals(simulator, planted, "trich_yeu has 5000 characters, the portal takes 1000").await;
    let planted = simulator.plant_missing_required(now()).await.unwrap();
    heals(simulator, planted, "TrichYeuHoSo is missing").await;
}

#[tokio::test]
async fn each_sort_is_held_and_heals_on_sqlite() {
    let (mut simulator, _dir) = on_sqlite(1).await;
    each_sort(&mut simulator).await;
    let planted = simulator.plant_invalid_utf8(now()).await.unwrap();
    heals(&mut simulator, planted, "text is not UTF-8").await;
}

#[tokio::test]
async fn each_sort_is_held_and_heals_on_postgres() {
    let (mut simulator, _database) = on_postgres(1).await;
    each_sort(&mut simulator).await;
    assert!(simulator.plant_invalid_utf8(now()).await.is_err());
}

#[tokio::test]
async fn a_late_commit_is_seen_late() {
    let (mut simulator, _database) = on_postgres(4).await;
    let late = simulator.late_commit(now()).await.unwrap();
    let early = simulator.create_at(after(60)).await.unwrap().code;
    let seen = Expectation::read(simulator.db()).await.unwrap();
    assert_eq!(seen.dossiers.keys().collect::<Vec<_>>(), [&early]);
    let code = late.code.clone();
    late.commit().await.unwrap();
    let seen = Expectation::read(simulator.db()).await.unwrap();
    assert!(seen.dossiers.contains_key(&code) && seen.dossiers.len() == 2);
}

#[tokio::test]
async fn a_late_commit_on_sqlite_rolls_back_when_dropped() {
    let (mut simulator, _dir) = on_sqlite(4).await;
    drop(simulator.late_commit(now()).await.unwrap());
    simulator.create_at(after(1)).await.unwrap();
    assert_eq!(Expectation::read(simulator.db()).await.unwrap().dossiers.len(), 1);
    let late = simulator.late_commit(now()).await.unwrap();
    late.commit().await.unwrap();
    assert_eq!(Expectation::read(simulator.db()).await.unwrap().dossiers.len(), 2);
}

#[tokio::test]
async fn many_share_one_instant() {
    let (mut simulator, _dir) = on_sqlite(4).await;
    let codes = simulator.plant_same_instant(now(), 700).await.unwrap();
    assert_eq!(codes.len(), 700);
    let Db::Sqlite(pool) = simulator.db() else { panic!("not SQLite") };
    let times: Vec<(String, i64)> =
        sqlx::query_as("SELECT cap_nhat_luc, count(*) FROM ho_so GROUP BY 1").fetch_all(pool).await.unwrap();
    assert_eq!(times, [(wall(0).format("%Y-%m-%d %H:%M:%S%.6f").to_string(), 700)]);
    assert_eq!(simulator.changes_made(), 700);
}

#[tokio::test]
async fn a_rewritten_history_keeps_its_length() {
    let (mut simulator, _dir) = on_sqlite(4).await;
    let code = simulator.create_at(now()).await.unwrap().code;
    let before = Expectation::read(simulator.db()).await.unwrap().dossiers;
    simulator.rewrite_steps(&code, after(5)).await.unwrap();
    let after = Expectation::read(simulator.db()).await.unwrap().dossiers;
    assert_eq!(after[&code].steps.len(), before[&code].steps.len());
    assert_eq!(after[&code].steps[0]["NoiDungXuLy"], "Nội dung đã sửa lại");
    assert_eq!(after[&code].steps[0]["ThoiDiemXuLy"], wall(-1).format("%Y%m%d%H%M%S").to_string());
    assert_eq!(after[&code].scalars, before[&code].scalars);
}
