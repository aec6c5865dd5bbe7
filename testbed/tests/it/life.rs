//! The lives of simulated dossiers are legal, and follow from the seed.

use std::collections::BTreeSet;

use testbed::catalogue::{PROCEDURES, STATUSES};
use testbed::expect::Expectation;
use testbed::onestop::{ChangeKind, Status};

use crate::support::{after, field, history, now, on_sqlite, statuses, time, wall};

fn national(status: Status) -> &'static str {
    STATUSES.iter().find(|(vendor, _)| *vendor == status.vendor()).unwrap().1
}

#[tokio::test]
async fn every_dossier_lives_legally() {
    let (mut simulator, _dir) = on_sqlite(7).await;
    let expected = history(&mut simulator).await;
    assert_eq!(expected.held, []);
    let latest = wall(150);
    for (code, dossier) in &expected.dossiers {
        let path = statuses(dossier);
        assert!(["1", "2"].contains(&path[0]), "{code} begins at {path:?}");
        assert_eq!(path[0] == "1", field(dossier, "KenhThucHien") == "2", "{code}: online begins at 1");
        assert_eq!(path.last(), Some(&field(dossier, "TrangThaiHoSo")), "{code}");
        for pair in path.windows(2) {
            let from = Status::ALL.into_iter().find(|status| national(*status) == pair[0]).unwrap();
            assert!(from.next().iter().any(|next| national(*next) == pair[1]), "{code}: {path:?}");
        }
        let times: Vec<_> = dossier.steps.iter().map(|step| time(step, "ThoiDiemXuLy").unwrap()).collect();
        assert!(times.is_sorted_by(|a, b| a < b), "{code}: {times:?}");
        assert!(times.iter().all(|at| *at <= latest), "{code}: in the future");

        let at = |name| time(&dossier.scalars, name);
        let when = |status| path.iter().position(|known| *known == status).map(|place| times[place]);
        assert_eq!(at("NgayNopHoSo"), Some(times[0]), "{code}");
        assert_eq!(at("NgayTiepNhan"), when("2").or(Some(times[0])), "{code}");
        assert_eq!(at("NgayHenTra").is_some(), when("2").is_some(), "{code}");
        assert_eq!(at("NgayTuChoi"), when("3"), "{code}");
        assert_eq!(at("NgayTra"), when("10"), "{code}");
        assert_eq!(at("NgayKetThucXuLy"), when("9").or(when("7")).or(when("8")), "{code}");
        let supplements = dossier.lists["DanhSachHoSoBoSung"].as_array().unwrap();
        assert_eq!(supplements.len(), path.iter().filter(|status| **status == "5").count(), "{code}");
        let results = dossier.lists["DanhSachGiayToKetQua"].as_array().unwrap();
        let paper = PROCEDURES.iter().any(|known| known.code == field(dossier, "MaTTHC") && known.paper);
        assert!(results.len() <= usize::from(paper && when("9").is_some()), "{code}");
        assert!(when("10").is_none() || results.len() == usize::from(paper), "{code}");
    }
}

#[tokio::test]
async fn a_year_has_something_of_everything() {
    let (mut simulator, _dir) = on_sqlite(3).await;
    simulator.create_year(now(), 3_000).await.unwrap();
    let expected = Expectation::read(simulator.db()).await.unwrap();
    let all = expected.dossiers.values();
    assert_eq!(all.len(), 3_000);
    let seen: BTreeSet<_> = all.clone().flat_map(statuses).collect();
    assert_eq!(seen, STATUSES.iter().map(|(_, national)| *national).collect());
    let copies = all.clone().filter(|dossier| field(dossier, "MaTTHC") == "2.000815").count();
    assert!((1_500..2_000).contains(&copies), "{copies} copies");
    let ended = all.clone().filter(|dossier| !field(dossier, "NgayKetThucXuLy").is_empty());
    let same_day =
        ended.clone().filter(|one| field(one, "NgayTiepNhan")[..8] == field(one, "NgayKetThucXuLy")[..8]);
    assert!(same_day.count() * 2 > ended.clone().count(), "most end on the day they came");
    let late = ended.clone().filter(|one| {
        !field(one, "NgayHenTra").is_empty() && field(one, "NgayKetThucXuLy") > field(one, "NgayHenTra")
    });
    let (late, ended) = (late.count(), ended.clone().count());
    assert!(late * 100 > ended * 2 && late * 100 < ended * 25, "{late} of {ended} are late");
    for (name, values) in [
        ("KenhThucHien", &["1", "2", "3"][..]),
        ("DuocThanhToanTrucTuyen", &["0", "1", "2", "3"]),
        ("HoSoCoThanhPhanSoHoa", &["0", "1"]),
        ("TaiKhoanDuocXacThucVoiVNeID", &["0", "1"]),
        ("LoaiDoiTuong", &["1", "2"]),
        ("NoiNopHoSo", &["1", "2"]),
    ] {
        let found: BTreeSet<_> = all.clone().map(|dossier| field(dossier, name)).collect();
        assert_eq!(found, values.iter().copied().collect(), "{name}");
    }
    assert!(
        all.clone().any(|dossier| statuses(dossier).iter().filter(|status| **status == "5").count() == 2)
    );
    let half_a_year_ago = wall(-180 * 86_400).format("%y");
    for start in ["H48.57-", "000.00.59.H48-"] {
        let start = format!("{start}{half_a_year_ago}");
        assert!(expected.dossiers.keys().any(|code| code.starts_with(&start)), "none begins with {start}");
    }
    assert!(simulator.open_dossiers() > 0 && simulator.open_dossiers() < 600);
    assert_eq!(simulator.changes_made(), 0);
}

#[tokio::test]
async fn the_same_seed_writes_the_same_rows_and_another_does_not() {
    let (mut first, _one) = on_sqlite(5).await;
    let (mut second, _two) = on_sqlite(5).await;
    let (mut other, _three) = on_sqlite(6).await;
    let first = history(&mut first).await;
    assert_eq!(first, history(&mut second).await);
    assert_ne!(first, history(&mut other).await);
}

#[tokio::test]
async fn a_change_is_one_revision_and_a_move_is_one_step() {
    let (mut simulator, _dir) = on_sqlite(11).await;
    simulator.create_year(now(), 60).await.unwrap();
    let mut before = Expectation::read(simulator.db()).await.unwrap();
    let (mut moved, mut edited) = (0, 0);
    for second in 1..=120 {
        let change = simulator.tick(after(second)).await.unwrap();
        let now = Expectation::read(simulator.db()).await.unwrap();
        let count = |all: &Expectation| all.dossiers.get(&change.code).map_or(0, |one| one.steps.len());
        let revision = |all: &Expectation| -> u32 {
            let text = all.dossiers.get(&change.code).map_or("rev=0", |one| field(one, "GhiChu"));
            text.strip_prefix("rev=").unwrap().parse().unwrap()
        };
        let steps = match change.kind {
            ChangeKind::Edited => 0,
            ChangeKind::Created | ChangeKind::Moved(_) => 1,
        };
        assert_eq!(count(&now), count(&before) + steps, "{change:?}");
        assert_eq!(revision(&now), revision(&before) + 1, "{change:?}");
        let others = |all: &Expectation| {
            let mut all = all.dossiers.clone();
            all.remove(&change.code);
            all
        };
        assert_eq!(others(&now), others(&before), "{change:?} changed another dossier");
        moved += usize::from(matches!(change.kind, ChangeKind::Moved(_)));
        edited += usize::from(change.kind == ChangeKind::Edited);
        before = now;
    }
    assert!(moved > 20 && edited > 5, "{moved} moves, {edited} edits");
    assert_eq!(simulator.changes_made(), 120);
}

#[tokio::test]
async fn one_dossier_can_be_followed_to_its_end() {
    let (mut simulator, _dir) = on_sqlite(2).await;
    let code = simulator.create_at(now()).await.unwrap().code;
    let mut second = 0;
    loop {
        second += 1;
        let change = simulator.move_on(&code, after(second)).await.unwrap();
        if change.kind == ChangeKind::Moved(Status::Returned) {
            break;
        }
    }
    assert!(simulator.move_on(&code, after(second + 1)).await.is_err(), "its life is over");
    let expected = Expectation::read(simulator.db()).await.unwrap();
    assert!(statuses(&expected.dossiers[&code]).ends_with(&["2", "4", "9", "10"]));
}

#[tokio::test]
async fn live_changes_stop_when_told() {
    let (mut simulator, _dir) = on_sqlite(2).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let asked = std::cell::Cell::new(0);
    // The clock is asked once a change: it tells when enough have been made.
    let clock = || {
        asked.set(asked.get() + 1);
        stop.send_replace(asked.get() == 20);
        after(asked.get())
    };
    simulator.run_live(clock, 1_000.0, stopped.clone()).await.unwrap();
    assert_eq!(simulator.changes_made(), 20);
    assert!(simulator.run_live(now, 0.0, stopped.clone()).await.is_err(), "no rate");
    drop(stop);
    simulator.run_live(now, 1.0, stopped).await.unwrap();
    assert_eq!(simulator.changes_made(), 20, "nobody is left who could stop it");
}
