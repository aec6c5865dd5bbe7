//! The evidence file of one dossier: what both sides have, every call with its answer, and why they judge it otherwise. An office hands
//! it to whoever operates the portal.

use chrono::{DateTime, Utc};
use dongbo_model::{Lang, day_of, texts};
use serde::Serialize;

use crate::document::{Block, Column, Letterhead, Report, Row, Section, Table};
use crate::figures::Figure;

texts! {
    subject(code): "Quá trình đồng bộ hồ sơ {code} lên Cổng Dịch vụ công quốc gia", "Synchronisation of dossier {code} with the National Public Service Portal";
    about(code, unit, procedure): "Hồ sơ {code}, đơn vị {unit}, thủ tục {procedure}.", "Dossier {code}, unit {unit}, procedure {procedure}.";
    heading_verdicts(): "KẾT QUẢ TÍNH ĐÚNG HẠN", "JUDGED ON TIME OR LATE";
    table_verdicts(period): "Tính cho kỳ {period}, chỉ số 2.1", "For the period {period}, indicator 2.1";
    view_local(): "Theo hệ thống một cửa", "By the local system";
    view_portal(): "Theo dữ liệu Cổng đã nhận", "By what the portal accepted";
    view_published(): "Theo cách tính của số Cổng công bố", "As the portal's published figures count it";
    why(reason): "Nguyên nhân khác nhau: {reason}.", "Reason of the difference: {reason}.";
    heading_facts(): "DỮ LIỆU CỦA HAI BÊN", "DATA OF BOTH SIDES";
    table_facts(): "Dữ liệu dùng để tính", "The data that count";
    heading_steps(): "CÁC BƯỚC XỬ LÝ", "STEPS";
    table_steps(): "Bước ở hệ thống một cửa và lúc Cổng nhận", "Steps in the local system, and when the portal accepted them";
    no_steps(): "Không đọc được các bước ở hệ thống một cửa: chỉ có thời điểm Cổng nhận.", "The steps in the local system could not be read: only when the portal accepted them is known.";
    heading_calls(): "CÁC LẦN GỌI CỔNG", "CALLS TO THE PORTAL";
    table_calls(shown, all): "{shown} lần gọi gần nhất trên {all}", "The newest {shown} of {all}";
    no_calls(): "Chưa gọi Cổng lần nào.", "The portal was never called for it.";
    heading_look(): "TRA CỨU TRỰC TIẾP TRÊN CỔNG", "LOOKED UP ON THE PORTAL";
    table_look(at): "Khác biệt tại thời điểm tra cứu {at}", "Differences when looked up at {at}";
    look_equal(at): "Tra cứu lúc {at}: Cổng có đúng như hệ thống một cửa.", "Looked up at {at}: the portal has what the local system has.";
    look_failed(at, why): "Tra cứu lúc {at} không được: {why}", "Looking it up at {at} failed: {why}";
    head_number(): "TT", "No.";
    head_view(): "Cách tính", "View";
    head_verdict(): "Kết quả", "Verdict";
    head_field(): "Dữ liệu", "Data";
    head_local(): "Hệ thống một cửa", "Local system";
    head_portal(): "Cổng", "Portal";
    head_same(): "Khớp", "Same";
    head_step(): "Bước", "Step";
    head_done(): "Thời điểm xử lý", "Done at";
    head_accepted(): "Cổng nhận lúc", "Accepted by the portal at";
    head_begun(): "Bắt đầu", "Begun";
    head_ended(): "Kết thúc", "Ended";
    head_operations(): "Lời gọi", "Calls";
    head_answer(): "Trả lời", "Answer";
    head_said(): "Nội dung trả lời", "What it said";
    same(): "khớp", "yes";
    differs(): "KHÁC", "NO";
    note_data(): "Chỉ có mã, thời điểm, trạng thái và đánh dấu; không có dữ liệu cá nhân. Lời của Cổng đã được che.", "Codes, times, states and marks alone, no personal data. The portal's words are masked.";
    note_calls(): "Các lần gọi được dongbo ghi lúc gọi và không sửa lại sau đó.", "Calls are written down by dongbo when they are made and never changed.";
}

/// The evidence about one dossier, in words of its language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceFigures {
    /// The language.
    #[serde(skip)]
    pub lang: Lang,
    /// Whose it is.
    #[serde(skip)]
    pub letterhead: Letterhead,
    /// When it was drawn up.
    pub at: DateTime<Utc>,
    /// The dossier's code.
    pub code: String,
    /// The unit that handles it.
    pub unit: String,
    /// The national code of its procedure.
    pub procedure: String,
    /// The period that it is judged for.
    pub period: String,
    /// The verdict by the local facts.
    pub local_verdict: String,
    /// The verdict by what the portal accepted.
    pub portal_verdict: String,
    /// The verdict as published figures count it.
    pub published_verdict: String,
    /// The reason why the sides differ; empty when they do not.
    pub reason: String,
    /// The data that count, on each side.
    pub facts: Vec<FactOfBoth>,
    /// Whether the local system's steps could be read.
    pub steps_read: bool,
    /// The steps, in order.
    pub steps: Vec<StepOfBoth>,
    /// Calls to the portal, the oldest first.
    pub calls: Vec<Call>,
    /// Calls in all; those before the first shown are left out.
    pub calls_in_all: u64,
    /// The portal's record now; `None` when nobody asked.
    pub look_up: Option<LookedUp>,
}

/// A fact on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FactOfBoth {
    /// Its name.
    pub name: String,
    /// As the local system has it.
    pub local: String,
    /// As the portal has it.
    pub portal: String,
}

/// A step on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepOfBoth {
    /// Its status; empty when it could not be read.
    pub status: String,
    /// When it was done; empty when it could not be read.
    pub done: String,
    /// When the portal accepted it, or that it has not.
    pub accepted: String,
}

/// A call to the portal, or a chain of calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// When it began.
    pub begun: String,
    /// When it ended.
    pub ended: String,
    /// The calls.
    pub operations: String,
    /// What came of them: outcome, HTTP status, the portal's code.
    pub answer: String,
    /// The portal's words, masked.
    pub said: String,
}

/// What looking at the portal's record showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookedUp {
    /// When.
    pub at: String,
    /// The reason why it failed; empty when it did not.
    pub failed: String,
    /// The differences.
    pub differences: Vec<FactOfBoth>,
}

impl EvidenceFigures {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let lang = self.lang;
        let mut sections = vec![
            self.verdicts(),
            section(heading_facts(lang), Block::Table(self.both(table_facts(lang), &self.facts))),
            self.steps(),
            self.calls(),
        ];
        sections.extend(self.look_up.as_ref().map(|look_up| self.looked_up(look_up)));
        Report {
            lang,
            letterhead: self.letterhead.clone(),
            day: day_of(self.at),
            subject: subject(lang, &self.code),
            bases: Vec::new(),
            sections,
            notes: vec![note_data(lang), note_calls(lang)],
        }
    }

    fn verdicts(&self) -> Section {
        let lang = self.lang;
        let rows = [
            (view_local(lang), &self.local_verdict),
            (view_portal(lang), &self.portal_verdict),
            (view_published(lang), &self.published_verdict),
        ];
        let table = Table {
            title: table_verdicts(lang, &self.period),
            columns: vec![Column::new(head_view(lang), 60), Column::new(head_verdict(lang), 40)],
            rows: rows.into_iter().map(|(view, verdict)| row([view, verdict.clone()])).collect(),
        };
        let about = about(lang, &self.code, &self.unit, &self.procedure);
        let mut blocks = vec![Block::Paragraph(about), Block::Table(table)];
        if !self.reason.is_empty() {
            blocks.push(Block::Paragraph(why(lang, &self.reason)));
        }
        Section { heading: heading_verdicts(lang), blocks }
    }

    fn both(&self, title: String, facts: &[FactOfBoth]) -> Table {
        let lang = self.lang;
        let columns = vec![
            Column::new(head_field(lang), 34),
            Column::new(head_local(lang), 28),
            Column::new(head_portal(lang), 28),
            Column::new(head_same(lang), 10),
        ];
        let told = |fact: &FactOfBoth| {
            let agrees = if fact.local == fact.portal { same(lang) } else { differs(lang) };
            row([fact.name.clone(), fact.local.clone(), fact.portal.clone(), agrees])
        };
        Table { title, columns, rows: facts.iter().map(told).collect() }
    }

    fn steps(&self) -> Section {
        let lang = self.lang;
        let columns = vec![
            Column::new(head_number(lang), 8),
            Column::new(head_step(lang), 36),
            Column::new(head_done(lang), 28),
            Column::new(head_accepted(lang), 28),
        ];
        let told = |(place, step): (usize, &StepOfBoth)| {
            row([(place + 1).to_string(), step.status.clone(), step.done.clone(), step.accepted.clone()])
        };
        let rows = self.steps.iter().enumerate().map(told).collect();
        let mut blocks = Vec::new();
        if !self.steps_read {
            blocks.push(Block::Paragraph(no_steps(lang)));
        }
        blocks.push(Block::Table(Table { title: table_steps(lang), columns, rows }));
        Section { heading: heading_steps(lang), blocks }
    }

    fn calls(&self) -> Section {
        let lang = self.lang;
        if self.calls.is_empty() {
            return section(heading_calls(lang), Block::Paragraph(no_calls(lang)));
        }
        let columns = vec![
            Column::new(head_begun(lang), 18),
            Column::new(head_ended(lang), 18),
            Column::new(head_operations(lang), 18),
            Column::new(head_answer(lang), 20),
            Column::new(head_said(lang), 26),
        ];
        let told = |call: &Call| {
            let Call { begun, ended, operations, answer, said } = call.clone();
            row([begun, ended, operations, answer, said])
        };
        let shown = u64::try_from(self.calls.len()).unwrap_or(u64::MAX);
        let title = table_calls(lang, lang.count(shown), lang.count(self.calls_in_all));
        let table = Table { title, columns, rows: self.calls.iter().map(told).collect() };
        section(heading_calls(lang), Block::Table(table))
    }

    fn looked_up(&self, look_up: &LookedUp) -> Section {
        let lang = self.lang;
        let block = if !look_up.failed.is_empty() {
            Block::Paragraph(look_failed(lang, &look_up.at, &look_up.failed))
        } else if look_up.differences.is_empty() {
            Block::Paragraph(look_equal(lang, &look_up.at))
        } else {
            Block::Table(self.both(table_look(lang, &look_up.at), &look_up.differences))
        };
        section(heading_look(lang), block)
    }
}

fn section(heading: String, block: Block) -> Section {
    Section { heading, blocks: vec![block] }
}

fn row<const N: usize>(cells: [String; N]) -> Row {
    Row { cells: cells.into_iter().map(Figure::Text).collect(), scope: None, is_total: false }
}
