//! Reports for tests: of a commune, with names as bad as data can have them.

use std::time::Duration;

use dongbo_model::{Lang, Month, Owner, Period};

use crate::document::{Letterhead, Report};
use crate::kinds::{HeldFor, Issue, LayerFigures, MonthDelays, Standing, SyncFigures};

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
