//! Reports for tests: of a commune, with names as bad as data can have them.

use std::time::Duration;

use dongbo_model::{Lang, Month, Owner, Period};

use crate::document::{Letterhead, Report};
use crate::figures::Figure;
use crate::kinds::{
    Aim, Annex, BySet, EnteredRow, Formula, GroupPoints, HalfYear, HandledCounts, HandledFigures, HandledRow,
    HeldFor, Index, Issue, LateCounts, LateDossier, LateDossiers, LateFigures, LateRow, LayerFigures, Letter,
    Measure, Measured, MonthDelays, Points, Publication, PublishedMeasure, Quarterly, Standing, SyncFigures,
    UnitMeasured,
};

/// A name that is markup, a formula, a command to a terminal, and letters turned around.
pub(crate) const HOSTILE: &str =
    "=HYPERLINK(\"http://x\")<script>alert('1')</script>&amp;\u{202e}\u{1b}[2J\u{ffff}";

fn issue() -> Issue {
    let letterhead = Letterhead {
        agency_above: "Tỉnh Quảng Ngãi".to_owned(),
        agency: "Ủy ban nhân dân xã Bờ Y".to_owned(),
        symbol: "BC-UBND".to_owned(),
        place: "Bờ Y".to_owned(),
        signs_for: "TM. Ủy ban nhân dân".to_owned(),
        signer_position: "Chủ tịch".to_owned(),
        signer: String::new(),
        recipients: vec!["Ủy ban nhân dân tỉnh (để b/c)".to_owned(), "Phòng Văn hóa - Xã hội".to_owned()],
    };
    Issue {
        lang: Lang::Vi,
        letterhead,
        period: Period::parse("2026-08").unwrap(),
        at: "2026-09-05T01:15:00Z".parse().unwrap(),
    }
}

fn standing(name: &str, scope: &str, dossiers: u64, synced: [u64; 4]) -> Standing {
    let layer = |synced| LayerFigures { wanted: dossiers, synced, unproved: 0 };
    Standing { name: name.to_owned(), scope: scope.to_owned(), dossiers, held: 3, layers: synced.map(layer) }
}

/// The figures of a month in which two units lack something.
pub(crate) fn sync() -> SyncFigures {
    let first = Month::parse("2025-09").unwrap();
    let delays = (0..12).map(|number| MonthDelays {
        month: Month(first.0 + number),
        changes: if number == 3 { 0 } else { 900 + 40 * u64::try_from(number).unwrap() },
        half: (number != 3).then_some(Duration::from_secs(40)),
        most: (number != 3).then(|| Duration::from_mins(90 - 4 * u64::try_from(number).unwrap())),
        waiting: u64::from(number == 11) * 17,
    });
    SyncFigures {
        issue: issue(),
        scope: String::new(),
        units: vec![
            standing("UBND xã Bờ Y", "--unit H48.57", 1_234, [1_234, 1_230, 1_228, 1_100]),
            standing(HOSTILE, "--unit H48.58", 766, [760, 750, 740, 700]),
        ],
        procedures: vec![
            standing(
                "Chứng thực bản sao từ bản chính giấy tờ, văn bản",
                "--procedure 2.000815",
                1_500,
                [1_498, 1_490, 1_480, 1_400],
            ),
            standing("Đăng ký khai sinh", "--procedure 1.001193", 500, [496, 490, 488, 400]),
        ],
        held: vec![HeldFor {
            cause: "Cổng từ chối: mã giấy tờ không có trong danh mục".to_owned(),
            owner: Owner::Unit,
            dossiers: 4,
            files: 0,
            since: "2026-08-20T03:00:00Z".parse().unwrap(),
            remedy: "Đơn vị sửa mã giấy tờ ở hệ thống một cửa rồi lưu lại".to_owned(),
            scope: "--cause refused:content".to_owned(),
        }],
        delays: delays.collect(),
        unplaced: 2,
    }
}

/// The document of [`sync`].
pub(crate) fn report() -> Report {
    sync().report()
}

/// The index of the commune, with two indicators of which one is entered.
pub(crate) fn index() -> Index {
    let measured = |id: &str, name: &str, is_entered, numerator, value| Measured {
        id: id.to_owned(),
        number: id.to_owned(),
        name: name.to_owned(),
        is_entered,
        is_days: false,
        is_listed: (!is_entered, !is_entered),
        portal: Measure { numerator, denominator: 2_000, value, points: value.map(|value| value / 5) },
        local: Measure { numerator: 1_900, denominator: 2_000, value: Some(9_500), points: Some(1_900) },
        published: PublishedMeasure {
            value: value.map(|value| value - 100),
            points: None,
            remark: (!is_entered).then(|| HOSTILE.to_owned()),
        },
    };
    let first = Month::parse("2025-09").unwrap();
    let month = |number| {
        let value = (number != 3).then(|| 9_000 + 50 * u32::try_from(number).unwrap());
        (Month(first.0 + number), vec![None, value])
    };
    Index {
        scope: String::new(),
        set: ("p-2026-09".to_owned(), "theo số Cổng công bố".to_owned()),
        indicators: vec![
            measured("1.1", "Công khai thủ tục đúng hạn", true, 0, None),
            measured("2.1", HOSTILE, false, 1_800, Some(9_000)),
        ],
        published_at: Some("2026-09-02T01:00:00Z".parse().unwrap()),
        groups: vec![GroupPoints {
            name: "Tiến độ giải quyết".to_owned(),
            most: 20,
            portal: Points { points: 1_800, of: 20 },
            local: Points { points: 1_900, of: 20 },
            published: Some(1_780),
            without: vec!["1.1".to_owned()],
        }],
        published_total: None,
        by_set: BySet {
            sets: vec!["d-2026-10".to_owned(), "p-2026-09".to_owned()],
            values: vec![vec![None, None], vec![Some(9_100), Some(9_000)]],
        },
        targets: vec![Aim {
            plan: "Kế hoạch chuyển đổi số, UBND xã Bờ Y".to_owned(),
            words: "Hồ sơ giải quyết đúng hạn".to_owned(),
            wanted: "từ 100,00\u{a0}%".to_owned(),
            percent: Some(10_000),
            value: Figure::Percent(Some(9_000)),
            stands_at: Some(9_000),
            is_met: Some(false),
        }],
        chosen: vec!["2.1".to_owned()],
        units: ["H48.57", "H48.58"]
            .map(|unit| UnitMeasured {
                name: unit.to_owned(),
                scope: format!("--unit {unit}"),
                received: 1_000,
                values: vec![Some(9_000)],
            })
            .to_vec(),
        months: (0..12).map(month).collect(),
    }
}

/// The dossiers of the commune in the form of the national reporting system.
pub(crate) fn handled() -> HandledFigures {
    let counts = HandledCounts {
        online: 1_500,
        counter: 480,
        carried: 20,
        early: 1_200,
        on_time: 600,
        late: 100,
        open: 80,
        overdue: 15,
        undated: 5,
    };
    let row = |name: &str, scope: &str| HandledRow { name: name.to_owned(), scope: scope.to_owned(), counts };
    HandledFigures {
        scope: String::new(),
        all: counts,
        before: HandledCounts {
            online: 900,
            counter: 100,
            early: 900,
            late: 100,
            ..HandledCounts::default()
        },
        fields: vec![row("Hộ tịch", "--field HT")],
        units: vec![row("UBND xã Bờ Y", "--unit H48.57"), row(HOSTILE, "--unit H48.58")],
    }
}

/// The late dossiers of the commune.
pub(crate) fn late() -> LateDossiers {
    let counts =
        LateCounts { judged: 2_000, late: 2, portal: 3, falsely: 2, missed: 1, published: 1, missing: 1 };
    let row = |name: &str, scope: &str| LateRow { name: name.to_owned(), scope: scope.to_owned(), counts };
    let day = |text: &str| Some(text.parse().unwrap());
    let dossier = |code: &str, ended, letter| LateDossier {
        code: code.to_owned(),
        unit: "H48.57".to_owned(),
        procedure: "1.001193".to_owned(),
        officer: HOSTILE.to_owned(),
        due: day("2026-08-05"),
        ended,
        letter,
    };
    let letter = ("12/TXL-UBND".to_owned(), "2026-09-03".parse().unwrap());
    LateDossiers {
        scope: String::new(),
        all: counts,
        units: vec![row("UBND xã Bờ Y", "--unit H48.57")],
        officers: vec![row("CB-07", "--officer CB-07")],
        officers_in_all: 2,
        reasons: vec![("thiếu bước kết thúc".to_owned(), "--reason end_step_missing".to_owned(), 2)],
        has_register: true,
        dossiers: vec![
            dossier("H48.57-260801-0001", day("2026-08-09"), (Letter::Published, Some(letter))),
            dossier("H48.57-260802-0002", None, (Letter::Missing, None)),
        ],
    }
}

/// A document of every kind but that of the quality of data.
pub(crate) fn every_kind() -> Vec<Report> {
    let formula = Formula {
        id: "2.1".to_owned(),
        name: "Tỷ lệ hồ sơ giải quyết đúng hạn".to_owned(),
        numerator: "hồ sơ kết thúc đúng hạn".to_owned(),
        denominator: "hồ sơ tiếp nhận trong kỳ".to_owned(),
        exclusions: "hồ sơ không có ngày tiếp nhận".to_owned(),
        open: HOSTILE.to_owned(),
    };
    let entered = EnteredRow {
        figure: "1.1 Công khai thủ tục đúng hạn".to_owned(),
        period: "2026-08".to_owned(),
        unit: String::new(),
        value: "98,50\u{a0}%".to_owned(),
        by: HOSTILE.to_owned(),
        at: issue().at,
    };
    let (handled, index, late, sync) = (handled(), index(), late(), sync());
    let annex = Annex {
        issue: issue(),
        formulas: vec![formula],
        index: index.clone(),
        sync: sync.clone(),
        entered: vec![entered],
        published: vec![("2026-08".to_owned(), [5, 1, 0])],
        version: "0.1.0".to_owned(),
        calendar: (2026, Some(false)),
    };
    vec![
        report(),
        Publication { issue: issue(), received: (2_000, 1_990), index: index.clone() }.report(),
        LateFigures { issue: issue(), late: late.clone() }.report(),
        Quarterly { issue: issue(), handled: handled.clone() }.report(),
        HalfYear { issue: issue(), handled, index, late, sync }.report(),
        annex.report(),
    ]
}
