//! The six-monthly report of the head of the agency: what was handled, points and targets, late dossiers, synchronisation, what is in the
//! way, and room for what the head decides.

use dongbo_model::texts;

use super::{HandledFigures, Index, Issue, Kind, LateDossiers, SyncFigures};
use crate::document::{Block, Report, Section};
use crate::period::named;

texts! {
    heading_handled(): "KẾT QUẢ TIẾP NHẬN, GIẢI QUYẾT HỒ SƠ", "RECEIVED AND HANDLED";
    heading_index(): "KẾT QUẢ BỘ CHỈ SỐ", "POINTS";
    heading_targets(): "THỰC HIỆN CHỈ TIÊU KẾ HOẠCH", "TARGETS OF PLANS";
    heading_late(): "HỒ SƠ TRỄ HẠN VÀ VIỆC XIN LỖI", "LATE DOSSIERS AND APOLOGIES";
    heading_sync(): "ĐỒNG BỘ LÊN CỔNG DỊCH VỤ CÔNG QUỐC GIA", "SYNCHRONISATION";
    heading_tasks(): "TRÁCH NHIỆM, PHƯƠNG HƯỚNG VÀ KIẾN NGHỊ", "RESPONSIBILITY, PLANS AND PROPOSALS";
    responsible():
        "Người đứng đầu cơ quan chịu trách nhiệm về kết quả giải quyết thủ tục hành chính và về tính chính xác của số liệu trong báo cáo này.",
        "The head of the agency answers for how dossiers are handled and for the figures of this report.";
    reasons(): "Nguyên nhân của hồ sơ trễ hạn và trách nhiệm của cá nhân, đơn vị:", "Why dossiers were late, and who answers for it:";
    measures(): "Biện pháp trong 6 tháng tới:", "Measures of the next six months:";
    proposals(): "Kiến nghị, đề xuất:", "Proposals:";
}

/// Lines that the head of the agency has for each point.
const LINES_BY_HAND: u8 = 2;

/// The figures of a six-monthly report.
#[derive(Debug, Clone, PartialEq)]
pub struct HalfYear {
    /// The parts of every report.
    pub issue: Issue,
    /// The dossiers by how far they were handled.
    pub handled: HandledFigures,
    /// The indicators.
    pub index: Index,
    /// The late dossiers.
    pub late: LateDossiers,
    /// Synchronisation.
    pub sync: SyncFigures,
}

impl HalfYear {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let (lang, issue) = (self.issue.lang, &self.issue);
        let period = named(lang, issue.period);
        let section = |heading, blocks| Section { heading, blocks };
        let (handled, late) = (&self.handled, &self.late);
        let told = [Some(handled.words(lang, &period)), handled.words_before(lang)];
        let mut came: Vec<Block> = told.into_iter().flatten().map(Block::Paragraph).collect();
        came.push(Block::Table(handled.by_field(issue)));
        if handled.units.len() > 1 {
            came.push(Block::Table(handled.by_unit(issue)));
        }
        let mut points = self.index.groups(lang);
        points.push(Block::Chart(self.index.month_chart(lang)));
        let mut sections = vec![section(heading_handled(lang), came), section(heading_index(lang), points)];
        if !self.index.targets.is_empty() {
            sections.push(section(heading_targets(lang), self.index.aims(lang)));
        }
        let mut lateness =
            vec![Block::Paragraph(late.words(lang, &period)), Block::Table(late.by_unit(issue))];
        if !late.reasons.is_empty() {
            lateness.push(Block::Table(late.by_reason(issue)));
        }
        sections.push(section(heading_late(lang), lateness));
        sections.push(Section { heading: heading_sync(lang), ..self.sync.overview() });
        sections.push(self.sync.obstacles());
        let by_hand = [reasons(lang), measures(lang), proposals(lang)];
        let by_hand =
            by_hand.into_iter().flat_map(|words| [Block::Paragraph(words), Block::Lines(LINES_BY_HAND)]);
        let tasks = [Block::Paragraph(responsible(lang))].into_iter().chain(by_hand);
        sections.push(section(heading_tasks(lang), tasks.collect()));
        let notes = [handled.notes(lang), self.index.notes(lang), late.notes(lang), self.sync.notes()];
        Report { sections, notes: notes.concat(), ..issue.begun(Kind::HalfYear) }
    }
}
