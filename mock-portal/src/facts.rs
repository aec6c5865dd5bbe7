//! What is counted of a stored dossier, and the counts of many.

use std::collections::BTreeMap;

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

/// Which cell a dossier is counted in, and as what.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) place: (String, String, i32, u32),
    cell: Cell,
    /// When it is late, should it not be completed by then; the wall clock of Vietnam.
    due: Option<NaiveDateTime>,
    ended: Option<NaiveDateTime>,
}

impl Facts {
    pub(crate) fn of(fields: &Map<String, Value>) -> Self {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let date = |name: &str| NaiveDateTime::parse_from_str(text(name), "%Y%m%d%H%M%S").ok();
        let items = |name: &str| fields.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let papers = items("TaiLieuNop");
        let any =
            |name: &str| papers.iter().any(|paper| paper.get(name).and_then(Value::as_str) == Some("1"));
        let has = |yes: bool| u64::from(yes);
        let received = text("NgayTiepNhan");
        let number =
            |range: std::ops::Range<usize>| received.get(range).and_then(|it| it.parse::<u32>().ok());
        let completed = matches!(text("TrangThaiHoSo"), "9" | "10");
        let ended = date("NgayKetThucXuLy").or_else(|| date("NgayTra"));
        let took = ended.zip(date("NgayTiepNhan")).map(|(end, begin)| (end - begin).num_seconds());
        let owed =
            |fee: &Value| fee.get("Gia").and_then(Value::as_str).is_some_and(|it| !matches!(it, "" | "0"));
        let cell = Cell {
            received: 1,
            completed: has(completed),
            seconds: took.filter(|_| completed).and_then(|it| u64::try_from(it).ok()).unwrap_or(0),
            online: has(text("KenhThucHien") == "2"),
            direct: has(text("KenhThucHien") == "1"),
            post: has(text("KenhThucHien") == "3"),
            paid_online: has(matches!(text("DuocThanhToanTrucTuyen"), "1" | "2")),
            obliged: has(items("DanhSachLePhi").iter().any(owed)),
            with_result: has(completed && !items("DanhSachGiayToKetQua").is_empty()),
            digitised: has(text("HoSoCoThanhPhanSoHoa") == "1"),
            reused: has(any("DuocTaiSuDung")),
            from_store: has(any("DuocLayTuKhoDMQG")),
            verified: has(text("TaiKhoanDuocXacThucVoiVNeID") == "1"),
            ..Cell::default()
        };
        let year = number(0..4).and_then(|year| i32::try_from(year).ok()).unwrap_or_default();
        let place =
            (text("DonViXuLy").to_owned(), text("MaTTHC").to_owned(), year, number(4..6).unwrap_or_default());
        Self { place, cell, due: date("NgayHenTra"), ended: ended.filter(|_| completed) }
    }

    /// What it adds to its cell today.
    pub(crate) fn counted(&self, now: NaiveDateTime) -> Cell {
        let late = self.due.is_some_and(|due| self.ended.unwrap_or(now) > due);
        Cell { overdue: u64::from(late), ..self.cell }
    }
}
