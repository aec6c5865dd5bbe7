use std::path::PathBuf;

use super::*;
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;

/// 06:00 on the second of each month.
const SCHEDULE: &str = "0 0 6 2 * *";

struct World {
    reporter: Reporter,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl World {
    /// A daemon that leads at `now`, and writes these kinds.
    async fn new(now: &str, kinds: &[Kind], seal: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let report = Settings {
            schedule: SCHEDULE.to_owned(),
            kinds: kinds.to_vec(),
            formats: vec![Format::Csv, Format::Html],
            seal,
            folder: folder.path().join("reports"),
            ..Settings::default()
        };
        let config = crate::Settings { report, ..crate::Settings::default() };
        let clock = Clock::manual(now.parse().unwrap());
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).await.unwrap();
        let ctx = Ctx::new(ledger, clock.clone(), &config.push);
        ctx.vitals.lead(true);
        Self { reporter: Reporter::new(&config, &ctx).unwrap(), clock, folder }
    }

    /// Works until it rests, and returns how long.
    async fn until_it_rests(&mut self) -> DateTime<Utc> {
        loop {
            match self.reporter.once().await.unwrap() {
                Again::Now => {}
                Again::At(at) => return at,
                other => panic!("{other:?}"),
            }
        }
    }

    fn files(&self, period: &str) -> Vec<String> {
        let folder: PathBuf = self.folder.path().join("reports").join(period);
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn each_kind_is_written_once_a_period_at_the_first_moment_of_the_schedule_after_its_end() {
    let kinds = [Kind::Sync, Kind::Quarterly];
    let mut world = World::new("2026-10-01T22:59:59Z", &kinds, false).await;
    let next = world.until_it_rests().await;
    assert_eq!((world.files("2026-09").len(), next.to_rfc3339().as_str()), (0, "2026-10-01T23:00:00+00:00"));
    world.clock.advance_to(next);
    world.until_it_rests().await;
    assert_eq!(world.files("2026-09"), ["dong-bo.csv", "dong-bo.html"]);
    assert_eq!(world.files("2026-Q3"), ["ket-qua-giai-quyet.csv", "ket-qua-giai-quyet.html"]);
    // What is there is left as it is, whoever wrote it; what is gone comes again.
    let (kept, gone) = ["csv", "html"].map(|form| format!("reports/2026-09/dong-bo.{form}")).into();
    std::fs::write(world.folder.path().join(kept.as_str()), "an office's own").unwrap();
    std::fs::remove_file(world.folder.path().join(gone.as_str())).unwrap();
    world.until_it_rests().await;
    assert_eq!(world.files("2026-09").len(), 2);
    assert_eq!(std::fs::read_to_string(world.folder.path().join(kept)).unwrap(), "an office's own");
}

#[tokio::test]
async fn a_report_that_fails_is_told_of_and_tried_again_and_holds_up_no_other() {
    let mut world = World::new("2026-10-03T00:00:00Z", &[Kind::Late, Kind::Sync], false).await;
    let register = world.folder.path().join("letters.csv");
    world.reporter.report.apologies.clone_from(&register);
    world.until_it_rests().await;
    assert_eq!(world.files("2026-09"), ["dong-bo.csv", "dong-bo.html"]);
    let standing = world.reporter.ctx.failures.standing();
    assert_eq!((standing.len(), standing[0].work, standing[0].class), (1, Work::Report, ErrorClass::Config));
    assert!(standing[0].words.contains("report.apologies"), "{}", standing[0].words);
    std::fs::write(register, "dossier,number,day\n").unwrap();
    world.clock.advance_to(world.clock.now() + chrono::TimeDelta::seconds(299));
    world.until_it_rests().await;
    assert_eq!(world.files("2026-09").len(), 2, "it waits");
    world.clock.advance_to(world.clock.now() + chrono::TimeDelta::seconds(1));
    world.until_it_rests().await;
    assert_eq!(world.files("2026-09").len(), 4);
    assert_eq!(world.reporter.ctx.failures.standing(), []);
}

#[tokio::test]
async fn a_period_whose_reports_are_all_there_is_sealed_when_that_is_wanted() {
    let mut world = World::new("2026-10-03T00:00:00Z", &[Kind::Sync, Kind::Quality], true).await;
    world.until_it_rests().await;
    let verified = world.reporter.archive().verify(None).unwrap();
    assert_eq!((verified.entries, verified.files, verified.flaws.len()), (1, 4, 0));
    world.until_it_rests().await;
    assert_eq!(world.reporter.archive().verify(None).unwrap().entries, 1, "once");
}
