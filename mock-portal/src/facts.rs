//! The counts of the evaluation API: one stored dossier's share, the sums of many, and their cache.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

/// Counts by unit, procedure, year and month of receipt.
pub(crate) type Cells = BTreeMap<(String, String, i32, u32), Cell>;

/// The counts of some dossiers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) received: u64,
    pub(crate) completed: u64,
    pub(crate) overdue: u64,
    /// Seconds from receipt to the end, of the completed ones.
    pub(crate) seconds: u64,
    pub(crate) online: u64,
    pub(crate) direct: u64,
    pub(crate) post: u64,
    pub(crate) paid_online: u64,
    pub(crate) obliged: u64,
    pub(crate) with_result: u64,
    pub(crate) digitised: u64,
    pub(crate) reused: u64,
    pub(crate) from_store: u64,
    pub(crate) verified: u64,
}

impl Cell {
    /// The counts of one dossier, but for its time.
    fn of(fields: &Map<String, Value>, completed: bool) -> Self {
        let one_if = |yes: bool| u64::from(yes);
        let text = |name: &str| text(fields, name);
        let papers = items(fields, "TaiLieuNop");
        let any_paper =
            |name: &str| papers.iter().any(|paper| paper.get(name).and_then(Value::as_str) == Some("1"));
        let is_owed = |fee: &Value| {
            fee.get("Gia").and_then(Value::as_str).is_some_and(|amount| !matches!(amount, "" | "0"))
        };
        Self {
            received: 1,
            completed: one_if(completed),
            online: one_if(text("KenhThucHien") == "2"),
            direct: one_if(text("KenhThucHien") == "1"),
            post: one_if(text("KenhThucHien") == "3"),
            paid_online: one_if(matches!(text("DuocThanhToanTrucTuyen"), "1" | "2")),
            obliged: one_if(items(fields, "DanhSachLePhi").iter().any(is_owed)),
            with_result: one_if(completed && !items(fields, "DanhSachGiayToKetQua").is_empty()),
            digitised: one_if(text("HoSoCoThanhPhanSoHoa") == "1"),
            reused: one_if(any_paper("DuocTaiSuDung")),
            from_store: one_if(any_paper("DuocLayTuKhoDMQG")),
            verified: one_if(text("TaiKhoanDuocXacThucVoiVNeID") == "1"),
            ..Self::default()
        }
    }

    pub(crate) const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.completed += other.completed;
        self.overdue += other.overdue;
        self.seconds += other.seconds;
        self.online += other.online;
        self.direct += other.direct;
        self.post += other.post;
        self.paid_online += other.paid_online;
        self.obliged += other.obliged;
        self.with_result += other.with_result;
        self.digitised += other.digitised;
        self.reused += other.reused;
        self.from_store += other.from_store;
        self.verified += other.verified;
    }
}

/// The cell that a dossier is counted in, and its share of that cell.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) place: (String, String, i32, u32),
    cell: Cell,
    /// Time from which it is late unless it is completed; the wall clock of Vietnam.
    due: Option<NaiveDateTime>,
    ended: Option<NaiveDateTime>,
}

impl Facts {
    pub(crate) fn of(fields: &Map<String, Value>) -> Self {
        let completed = matches!(text(fields, "TrangThaiHoSo"), "9" | "10");
        let received = date(fields, "NgayTiepNhan");
        let ended = date(fields, "NgayKetThucXuLy").or_else(|| date(fields, "NgayTra"));
        let took = ended.zip(received).map(|(end, begin)| (end - begin).num_seconds());
        let cell = Cell {
            seconds: took.filter(|_| completed).and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0),
            ..Cell::of(fields, completed)
        };
        Self {
            place: place(fields),
            cell,
            due: date(fields, "NgayHenTra"),
            ended: ended.filter(|_| completed),
        }
    }

    /// The share of its cell at `now`, which decides whether it is late.
    pub(crate) fn counted(&self, now: NaiveDateTime) -> Cell {
        let late = self.due.is_some_and(|due| self.ended.unwrap_or(now) > due);
        Cell { overdue: u64::from(late), ..self.cell }
    }
}

fn text<'f>(fields: &'f Map<String, Value>, name: &str) -> &'f str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items<'f>(fields: &'f Map<String, Value>, name: &str) -> &'f [Value] {
    fields.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn date(fields: &Map<String, Value>, name: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text(fields, name), "%Y%m%d%H%M%S").ok()
}

/// Unit, procedure, year and month of receipt.
fn place(fields: &Map<String, Value>) -> (String, String, i32, u32) {
    let received = text(fields, "NgayTiepNhan");
    let number = |range: Range<usize>| received.get(range).and_then(|digits| digits.parse::<u32>().ok());
    let year = number(0..4).and_then(|year| i32::try_from(year).ok()).unwrap_or_default();
    let month = number(4..6).unwrap_or_default();
    (text(fields, "DonViXuLy").to_owned(), text(fields, "MaTTHC").to_owned(), year, month)
}

/// The last counts that the evaluation API took, and how often it was called.
#[derive(Debug, Default)]
pub(crate) struct CountCache {
    taken: Option<(Instant, u64, Arc<Cells>)>,
    calls: u64,
}

impl CountCache {
    /// Calls of the evaluation API so far.
    pub(crate) const fn calls(&self) -> u64 {
        self.calls
    }

    /// Counts a call and returns its number.
    pub(crate) const fn count_call(&mut self) -> u64 {
        self.calls += 1;
        self.calls
    }

    /// The last counts, if they are younger than `delay` or the store has not changed since `version`.
    pub(crate) fn get(&self, version: u64, delay: Duration) -> Option<Arc<Cells>> {
        let (at, counted, cells) = self.taken.as_ref()?;
        (at.elapsed() < delay || *counted == version).then(|| Arc::clone(cells))
    }

    pub(crate) fn set(&mut self, version: u64, cells: Arc<Cells>) {
        self.taken = Some((Instant::now(), version, cells));
    }
}
