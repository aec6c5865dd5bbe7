//! The counts of the evaluation API: one stored dossier's share, the sums of many, and their cache.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Map, Value};

/// Counts by unit, procedure, year and month of receipt.
pub(crate) type Cells = BTreeMap<(String, String, i32, u32), Cell>;

/// The code of the national population database in `DSKetNoiCSDL`. Assumed: it is not published.
const POPULATION: &str = "CSDLQGDC";

/// The counts of some dossiers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) received: u64,
    pub(crate) completed: u64,
    /// Those of which it is certain that they are on time, whatever comes.
    pub(crate) on_time: u64,
    /// Those that are unfinished, by the day on which they are due: the end of the period decides.
    pub(crate) open: BTreeMap<NaiveDate, u64>,
    /// Seconds from receipt to the end, of the completed ones.
    pub(crate) seconds: u64,
    pub(crate) online: u64,
    /// Of the online ones those with a result that has code and link.
    pub(crate) online_with_result: u64,
    pub(crate) direct: u64,
    pub(crate) post: u64,
    /// Those that name fees, all of them 0.
    pub(crate) free: u64,
    /// Those that name a fee other than 0.
    pub(crate) with_fee: u64,
    /// Those paid online, the free ones apart.
    pub(crate) paid_online: u64,
    pub(crate) with_result: u64,
    /// Those with a file among the papers handed in.
    pub(crate) with_paper: u64,
    /// Of these, those with a file among the results.
    pub(crate) with_both: u64,
    pub(crate) reused: u64,
    pub(crate) from_store: u64,
    /// Those whose applicant the population database knows.
    pub(crate) citizens: u64,
}

impl Cell {
    /// The counts of one dossier, but for its time.
    fn of(fields: &Map<String, Value>, completed: bool) -> Self {
        let one_if = |yes: bool| u64::from(yes);
        let text = |name: &str| text(fields, name);
        let (papers, results) = (items(fields, "TaiLieuNop"), items(fields, "DanhSachGiayToKetQua"));
        let has = |item: &Value, name: &str| {
            item.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        let is_one = |item: &Value, name: &str| item.get(name).and_then(Value::as_str) == Some("1");
        let with_paper = papers.iter().any(|paper| has(paper, "DuongDanTaiTepTin"));
        let linked = results.iter().any(|result| has(result, "DuongDanTepTinKetQua"));
        let coded = |result: &Value| has(result, "DuongDanTepTinKetQua") && has(result, "MaGiayToKetQua");
        let from_store = papers.iter().any(|paper| is_one(paper, "DuocLayTuKhoDMQG"));
        let databases = items(fields, "DSKetNoiCSDL");
        let population = databases.iter().any(|one| one.get("MaCSDL").is_some_and(|code| code == POPULATION));
        let fees = items(fields, "DanhSachLePhi");
        let is_owed = |fee: &Value| {
            fee.get("Gia").and_then(Value::as_str).is_some_and(|amount| !matches!(amount, "" | "0"))
        };
        let with_fee = fees.iter().any(is_owed);
        let free = !fees.is_empty() && !with_fee;
        let online = text("KenhThucHien") == "2";
        Self {
            received: 1,
            completed: one_if(completed),
            online: one_if(online),
            online_with_result: one_if(online && results.iter().any(coded)),
            direct: one_if(matches!(text("KenhThucHien"), "1" | "")),
            post: one_if(text("KenhThucHien") == "3"),
            free: one_if(free),
            with_fee: one_if(with_fee),
            paid_online: one_if(!free && matches!(text("DuocThanhToanTrucTuyen"), "1" | "2")),
            with_result: one_if(completed && !results.is_empty()),
            with_paper: one_if(with_paper),
            with_both: one_if(with_paper && linked),
            reused: one_if(papers.iter().any(|paper| is_one(paper, "DuocTaiSuDung"))),
            from_store: one_if(from_store),
            citizens: one_if(text("TaiKhoanDuocXacThucVoiVNeID") == "1" || from_store || population),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.completed += other.completed;
        self.on_time += other.on_time;
        for (due, many) in &other.open {
            *self.open.entry(*due).or_default() += many;
        }
        self.seconds += other.seconds;
        self.online += other.online;
        self.online_with_result += other.online_with_result;
        self.direct += other.direct;
        self.post += other.post;
        self.free += other.free;
        self.with_fee += other.with_fee;
        self.paid_online += other.paid_online;
        self.with_result += other.with_result;
        self.with_paper += other.with_paper;
        self.with_both += other.with_both;
        self.reused += other.reused;
        self.from_store += other.from_store;
        self.citizens += other.citizens;
    }
}

/// The cell that a dossier is counted in, and its share of that cell.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    pub(crate) place: (String, String, i32, u32),
    pub(crate) cell: Cell,
}

impl Facts {
    pub(crate) fn of(fields: &Map<String, Value>, steps: &[Map<String, Value>]) -> Self {
        let completed = matches!(text(fields, "TrangThaiHoSo"), "9" | "10");
        let received = date(fields, "NgayTiepNhan");
        let mut cell = Cell::of(fields, completed);
        let end = end(fields, steps);
        let took = end.zip(received).map(|(end, begin)| (end - begin).num_seconds());
        cell.seconds =
            took.filter(|_| completed).and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        match verdict(fields, steps, end) {
            Verdict::OnTime => cell.on_time = 1,
            Verdict::Late => {}
            Verdict::Open(due) => cell.open = BTreeMap::from([(due, 1)]),
        }
        Self { place: place(fields), cell }
    }
}

enum Verdict {
    OnTime,
    Late,
    /// Unfinished, and due on this day.
    Open(NaiveDate),
}

/// Whether a dossier is on time. Without a due date it is: the limit of its procedure is not known here.
fn verdict(fields: &Map<String, Value>, steps: &[Map<String, Value>], end: Option<NaiveDateTime>) -> Verdict {
    let Some(due) = date(fields, "NgayHenTra") else { return Verdict::OnTime };
    let supplements: Vec<&Map<String, Value>> =
        items(fields, "DanhSachHoSoBoSung").iter().filter_map(Value::as_object).collect();
    let asked = supplements.len().max(steps.iter().filter(|step| text(step, "TrangThai") == "5").count());
    if asked > 1 {
        return Verdict::Late;
    }
    let judge = |end: NaiveDateTime| if end <= due { Verdict::OnTime } else { Verdict::Late };
    let (asked_at, answered_at) = match supplements.first() {
        Some(one) => (date(one, "NgayBoSung"), date(one, "NgayTiepNhanBoSung")),
        None => (first_at(steps, "5"), None),
    };
    match (end, asked_at, answered_at) {
        (Some(end), Some(asked), Some(answered)) => judge(end - (answered - asked).max(TimeDelta::zero())),
        (Some(end), ..) => judge(end),
        (None, Some(asked), None) if text(fields, "TrangThaiHoSo") == "5" => judge(asked),
        (None, ..) => Verdict::Open(due.date()),
    }
}

/// The end: of the first step at 9, else at 10, 3, 8 or, once it was received, 7; else the dates of a dossier that is at such a
/// status.
fn end(fields: &Map<String, Value>, steps: &[Map<String, Value>]) -> Option<NaiveDateTime> {
    let received = !text(fields, "NgayTiepNhan").is_empty();
    let ends = ["9", "10", "3", "8", "7"].into_iter().filter(|status| *status != "7" || received);
    let of_steps = ends.clone().find_map(|status| first_at(steps, status));
    let is_over = ends.clone().any(|status| text(fields, "TrangThaiHoSo") == status);
    let of_dossier = || date(fields, "NgayKetThucXuLy").or_else(|| date(fields, "NgayTra"));
    of_steps.or_else(of_dossier).filter(|_| is_over)
}

/// The time of the first step at a status.
fn first_at(steps: &[Map<String, Value>], status: &str) -> Option<NaiveDateTime> {
    let these = steps.iter().filter(|step| text(step, "TrangThai") == status);
    these.filter_map(|step| date(step, "ThoiDiemXuLy")).min()
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
