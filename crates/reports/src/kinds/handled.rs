//! The dossiers of a period in the form of the national reporting system: how they came, and how far they were handled.

use dongbo_model::{Lang, texts};

use super::{Issue, with};
use crate::document::{Column, Row, Table};
use crate::figures::Figure;

texts! {
    received(period, all, online, counter, carried):
        "Trong {period}, tổng số {all} phải giải quyết, gồm: tiếp nhận trực tuyến {online}, trực tiếp và qua bưu chính {counter}, từ kỳ trước chuyển sang {carried}.",
        "In {period} {all} were to be handled: {online} received online, {counter} at the counter or by post, {carried} carried over from before.";
    handled(done, early, on_time, late, share):
        "Đã giải quyết {done}: trước hạn {early}, đúng hạn {on_time}, quá hạn {late}; tỷ lệ trước hạn và đúng hạn {share}.",
        "{done} were handled: {early} before the due day, {on_time} on it, {late} late; {share} in time.";
    open(open, in_time, overdue): "Đang giải quyết {open}: trong hạn {in_time}, quá hạn {overdue}.", "{open} are being handled: {in_time} in time, {overdue} overdue.";
    before(all, done, share): "Kỳ trước: tổng số {all}, đã giải quyết {done}, tỷ lệ trước hạn và đúng hạn {share}.", "In the period before: {all} in all, {done} handled, {share} in time.";
    table_fields(): "Tình hình, kết quả giải quyết thủ tục hành chính theo lĩnh vực (Biểu số II.06a/VPCP/KSTT)", "Handling by field (form II.06a/VPCP/KSTT)";
    table_units(): "Tình hình, kết quả giải quyết thủ tục hành chính theo đơn vị", "Handling by unit";
    head_number(): "TT", "No.";
    head_field(): "Lĩnh vực", "Field";
    head_unit(): "Đơn vị", "Unit";
    group_received(): "Số hồ sơ tiếp nhận", "Dossiers received";
    group_done(): "Số hồ sơ đã giải quyết", "Dossiers handled";
    group_open(): "Số hồ sơ đang giải quyết", "Dossiers being handled";
    head_all(): "Tổng số", "In all";
    head_online(): "Trực tuyến", "Online";
    head_counter(): "Trực tiếp, bưu chính", "Counter, post";
    head_carried(): "Từ kỳ trước", "Carried over";
    head_early(): "Trước hạn", "Before the day";
    head_on_time(): "Đúng hạn", "On the day";
    head_late(): "Quá hạn", "Late";
    head_in_time(): "Trong hạn", "In time";
    head_undated(): "Chưa có hạn", "No due day";
    total(): "Tổng cộng", "Total";
    note_form():
        "Đúng hạn, quá hạn tính như chỉ số 2.1 (trừ thời gian chờ bổ sung; yêu cầu bổ sung từ hai lần là quá hạn); hồ sơ chờ bổ sung được tính là đang giải quyết.",
        "On time and late are those of indicator 2.1 (waiting for papers is taken off; two requests make a dossier late); one that waits for papers is being handled.";
    note_undated(many): "{many} không có ngày hẹn trả và thủ tục không có thời hạn: nằm trong tổng số tiếp nhận, không nằm trong số đã hoặc đang giải quyết.",
        "{many} have neither a due day nor a limit: they are among the received, and neither among the handled nor among those being handled.";
    note_above(): "Số của đơn vị cấp trên gồm cả các đơn vị trực thuộc; dòng tổng cộng tính mỗi hồ sơ một lần.", "Figures of a unit include those of the units below it; the total counts each dossier once.";
}

/// The dossiers of a period, of a field or a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandledRow {
    /// Its name.
    pub name: String,
    /// The options that narrow a command to it.
    pub scope: String,
    /// Its counts.
    pub counts: HandledCounts,
}

/// Counts of dossiers by how they came and how far they were handled; each is in one of the first three and in one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HandledCounts {
    /// Received in the period, online.
    pub online: u64,
    /// Received in the period, at the counter or by post.
    pub counter: u64,
    /// Received before it, and not ended before it.
    pub carried: u64,
    /// Ended before the due day.
    pub early: u64,
    /// Ended on the due day, in time.
    pub on_time: u64,
    /// Ended late.
    pub late: u64,
    /// Not ended, in time.
    pub open: u64,
    /// Not ended, overdue.
    pub overdue: u64,
    /// Without a day to judge by.
    pub undated: u64,
}

/// The dossiers of a period, by field and by unit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HandledFigures {
    /// The options that narrow its commands to what it is about, `--unit` of one unit; empty for all.
    pub scope: String,
    /// All of them, each once.
    pub all: HandledCounts,
    /// Those of the period before, which has the same length.
    pub before: HandledCounts,
    /// By field.
    pub fields: Vec<HandledRow>,
    /// By unit; one above others has theirs in it.
    pub units: Vec<HandledRow>,
}

impl std::ops::AddAssign for HandledCounts {
    fn add_assign(&mut self, other: Self) {
        self.online += other.online;
        self.counter += other.counter;
        self.carried += other.carried;
        self.early += other.early;
        self.on_time += other.on_time;
        self.late += other.late;
        self.open += other.open;
        self.overdue += other.overdue;
        self.undated += other.undated;
    }
}

impl HandledCounts {
    const fn received(self) -> u64 {
        self.online + self.counter + self.carried
    }

    const fn done(self) -> u64 {
        self.early + self.on_time + self.late
    }

    const fn in_time(self) -> Figure {
        Figure::Share { part: self.early + self.on_time, whole: self.done() }
    }

    /// Its numbers in the order of the form.
    fn cells(self, with_undated: bool) -> Vec<Figure> {
        let form = [
            self.received(),
            self.online,
            self.counter,
            self.carried,
            self.done(),
            self.early,
            self.on_time,
            self.late,
            self.open + self.overdue,
            self.open,
            self.overdue,
        ];
        form.into_iter().chain(with_undated.then_some(self.undated)).map(Figure::Count).collect()
    }
}

impl HandledFigures {
    /// The sentences on all of them.
    pub(super) fn words(&self, lang: Lang, period: &str) -> String {
        let (all, count) = (self.all, |many| lang.count(many));
        let (online, counter, carried) = (count(all.online), count(all.counter), count(all.carried));
        let came = received(lang, period, lang.dossiers(all.received()), online, counter, carried);
        let share = all.in_time().shown(lang);
        let done = lang.dossiers(all.done());
        let done = handled(lang, done, count(all.early), count(all.on_time), count(all.late), share);
        let running = lang.dossiers(all.open + all.overdue);
        let running = open(lang, running, count(all.open), count(all.overdue));
        format!("{came} {done} {running}")
    }

    /// A sentence on the period before; `None` when it had no dossier.
    pub(super) fn words_before(&self, lang: Lang) -> Option<String> {
        let (of, count) = (self.before, |many| lang.count(many));
        let share = of.in_time().shown(lang);
        (of.received() > 0).then(|| before(lang, count(of.received()), count(of.done()), share))
    }

    /// The notes on how its numbers come about.
    pub(super) fn notes(&self, lang: Lang) -> Vec<String> {
        let undated = (self.all.undated > 0).then(|| note_undated(lang, lang.dossiers(self.all.undated)));
        [note_form(lang), note_above(lang)].into_iter().chain(undated).collect()
    }

    /// The form, by field.
    pub(super) fn by_field(&self, issue: &Issue) -> Table {
        let scope = self.scope.as_str();
        self.table(issue, table_fields(issue.lang), head_field(issue.lang), &self.fields, scope)
    }

    /// The form, by unit.
    pub(super) fn by_unit(&self, issue: &Issue) -> Table {
        // A row names its own unit, so the report's is left out.
        self.table(issue, table_units(issue.lang), head_unit(issue.lang), &self.units, "")
    }

    fn table(&self, issue: &Issue, title: String, head: String, rows: &[HandledRow], scope: &str) -> Table {
        let lang = issue.lang;
        let with_undated = self.all.undated > 0;
        let command = with(&format!("dongbo report handled --period {}", issue.period), scope);
        let listed = |options: &str| with(&command, options);
        let (came, done, running) = (group_received(lang), group_done(lang), group_open(lang));
        let mut columns = vec![Column::new(head_number(lang), 7), Column::new(head, 30)];
        columns.extend([
            Column::new(head_all(lang), 12).under(&came).listed_by(listed("")),
            Column::new(head_online(lang), 12).under(&came).listed_by(listed("--entry online")),
            Column::new(head_counter(lang), 13).under(&came).listed_by(listed("--entry counter")),
            Column::new(head_carried(lang), 12).under(&came).listed_by(listed("--entry carried")),
            Column::new(head_all(lang), 12).under(&done).listed_by(listed("--exit early,on-time,late")),
            Column::new(head_early(lang), 12).under(&done).listed_by(listed("--exit early")),
            Column::new(head_on_time(lang), 12).under(&done).listed_by(listed("--exit on-time")),
            Column::new(head_late(lang), 11).under(&done).listed_by(listed("--exit late")),
            Column::new(head_all(lang), 12).under(&running).listed_by(listed("--exit open,overdue")),
            Column::new(head_in_time(lang), 12).under(&running).listed_by(listed("--exit open")),
            Column::new(head_late(lang), 11).under(&running).listed_by(listed("--exit overdue")),
        ]);
        if with_undated {
            columns.push(Column::new(head_undated(lang), 12).listed_by(listed("--exit undated")));
        }
        let row = |number: String, name: &str, scope: &str, counts: HandledCounts, is_total| Row {
            cells: [Figure::Text(number), Figure::text(name)]
                .into_iter()
                .chain(counts.cells(with_undated))
                .collect(),
            scope: Some(scope.to_owned()),
            is_total,
        };
        let numbered = (1..).zip(rows);
        let mut drawn: Vec<Row> = numbered
            .map(|(number, one): (u64, &HandledRow)| {
                row(number.to_string(), &one.name, &one.scope, one.counts, false)
            })
            .collect();
        // Without the report's own scope in the columns, the row of the sum has it.
        let own = if scope.is_empty() { self.scope.as_str() } else { "" };
        drawn.push(row(String::new(), &total(lang), own, self.all, true));
        Table { title, columns, rows: drawn }
    }
}
