//! The counts of the evaluation API: one stored dossier's share, the sums of many, and their cache.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use serde_json::{Map, Value};

/// Counts by unit, procedure, year and month of receipt.
pub(crate) type Cells = BTreeMap<(String, String, i32, u32), Cell>;

/// The counts of some dossiers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) received: u64,
    pub(crate) completed: u64,
    /// Those that ended on time, by the day of their end: what ended after a period was unfinished in it.
    pub(crate) on_time: BTreeMap<NaiveDate, u64>,
    /// Those that are unfinished, by the day on which they are due.
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
    /// Those whose applicant the population database has confirmed. Its code is not published, so that a connection with any
    /// database counts.
    pub(crate) confirmed: u64,
    /// Those of citizens.
    pub(crate) citizens: u64,
    /// Those of both.
    pub(crate) citizens_confirmed: u64,
}

impl Cell {
    /// The counts of one dossier, but for its time.
    fn of(fields: &Map<String, Value>, completed: bool) -> Self {
        let one_if = |yes: bool| u64::from(yes);
        let text = |name: &str| text(fields, name);
        let is = |item: &Value, name: &str, value: &str| item.get(name).is_some_and(|found| found == value);
        let given = items(fields, "TaiLieuNop").iter().filter(|paper| !is(paper, "IsDeleted", "True"));
        let papers: Vec<&Value> = given.collect();
        let results = items(fields, "DanhSachGiayToKetQua");
        let has = |item: &Value, name: &str| {
            item.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
        };
        let with_paper = papers.iter().any(|paper| has(paper, "DuongDanTaiTepTin"));
        let linked = results.iter().any(|result| has(result, "DuongDanTepTinKetQua"));
        let coded = |result: &Value| has(result, "DuongDanTepTinKetQua") && has(result, "MaGiayToKetQua");
        let from_store = papers.iter().any(|paper| is(paper, "DuocLayTuKhoDMQG", "1"));
        let verified = text("TaiKhoanDuocXacThucVoiVNeID") == "1";
        let confirmed = verified || from_store || !items(fields, "DSKetNoiCSDL").is_empty();
        let citizen = text("LoaiDoiTuong") == "1";
        let reuses = |paper: &&Value| ["1", "2"].iter().any(|mark| is(paper, "DuocTaiSuDung", mark));
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
            reused: one_if(papers.iter().any(reuses)),
            from_store: one_if(from_store),
            confirmed: one_if(confirmed),
            citizens: one_if(citizen),
            citizens_confirmed: one_if(citizen && confirmed),
            ..Self::default()
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.completed += other.completed;
        for (ended, many) in &other.on_time {
            *self.on_time.entry(*ended).or_default() += many;
        }
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
        self.confirmed += other.confirmed;
        self.citizens += other.citizens;
        self.citizens_confirmed += other.citizens_confirmed;
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
            Verdict::OnTime(end) => cell.on_time = BTreeMap::from([(end, 1)]),
            Verdict::Late => {}
            Verdict::Open(due) => cell.open = BTreeMap::from([(due, 1)]),
        }
        Self { place: place(fields), cell }
    }
}

enum Verdict {
    /// Ended on this day, on time.
    OnTime(NaiveDate),
    Late,
    /// Unfinished, and due on this day.
    Open(NaiveDate),
}

/// Whether a dossier is on time. One without a due date never is: the limit of its procedure is not known here.
fn verdict(fields: &Map<String, Value>, steps: &[Map<String, Value>], end: Option<NaiveDateTime>) -> Verdict {
    let Some(due) = date(fields, "NgayHenTra") else { return Verdict::Late };
    let rounds = rounds(fields, steps);
    if rounds.len() > 1 {
        return Verdict::Late;
    }
    let waited = rounds.iter().find_map(|(asked, answered)| Some((*answered)? - (*asked)?));
    let due = due + waited.unwrap_or_default().max(TimeDelta::zero());
    let unanswered = rounds.iter().filter(|(_, answered)| answered.is_none()).find_map(|(asked, _)| *asked);
    match end.or(unanswered) {
        Some(end) if end <= due => Verdict::OnTime(end.date()),
        Some(_) => Verdict::Late,
        None => Verdict::Open(due.date()),
    }
}

/// When further papers were asked for, and when they came: by the supplements, else by the steps at 5, each of which lasts until a
/// step at another status.
fn rounds(
    fields: &Map<String, Value>,
    steps: &[Map<String, Value>],
) -> Vec<(Option<NaiveDateTime>, Option<NaiveDateTime>)> {
    let supplements = items(fields, "DanhSachHoSoBoSung");
    if !supplements.is_empty() {
        let supplements = supplements.iter().filter_map(Value::as_object);
        return supplements.map(|one| (date(one, "NgayBoSung"), date(one, "NgayTiepNhanBoSung"))).collect();
    }
    let mut rounds: Vec<(Option<NaiveDateTime>, Option<NaiveDateTime>)> = Vec::new();
    let mut asks = false;
    for step in steps {
        let (at, asked) = (date(step, "ThoiDiemXuLy"), asks);
        asks = text(step, "TrangThai") == "5";
        match rounds.last_mut() {
            _ if asks && !asked => rounds.push((at, None)),
            Some(round) if asked && !asks => round.1 = at,
            _ => {}
        }
    }
    rounds
}

/// The end: of the first step at 9, else at 10, 3, 8 or, once it was received, 7; else the dates of a dossier that is at such a
/// status and has no such step.
fn end(fields: &Map<String, Value>, steps: &[Map<String, Value>]) -> Option<NaiveDateTime> {
    let received = !text(fields, "NgayTiepNhan").is_empty();
    let ends = ["9", "10", "3", "8", "7"].into_iter().filter(move |status| *status != "7" || received);
    let of_steps = ends.clone().find_map(|status| first_at(steps, status));
    let is_over = ends.clone().any(|status| text(fields, "TrangThaiHoSo") == status);
    let of_dossier = || date(fields, "NgayKetThucXuLy").or_else(|| date(fields, "NgayTra"));
    of_steps.or_else(|| of_dossier().filter(|_| is_over))
}

/// The time of the first step at a status.
fn first_at(steps: &[Map<String, Value>], status: &str) -> Option<NaiveDateTime> {
    let mut these = steps.iter().filter(|step| text(step, "TrangThai") == status);
    these.find_map(|step| date(step, "ThoiDiemXuLy"))
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
