//! The quarterly figures in the form of the national reporting system (II.06a/VPCP/KSTT of Circular 01/2020/TT-VPCP).

use dongbo_model::texts;

use super::{HandledFigures, Issue, Kind};
use crate::document::{Block, Report, Section};
use crate::period::named;

texts! {
    heading_whole(): "TÌNH HÌNH CHUNG", "OVERVIEW";
    heading_fields(): "KẾT QUẢ THEO LĨNH VỰC", "BY FIELD";
    heading_units(): "KẾT QUẢ THEO ĐƠN VỊ", "BY UNIT";
    base_form():
        "Căn cứ Thông tư số 01/2020/TT-VPCP ngày 21 tháng 10 năm 2020 của Bộ trưởng, Chủ nhiệm Văn phòng Chính phủ quy định chế độ báo cáo định kỳ và quản lý, sử dụng, khai thác Hệ thống thông tin báo cáo của Văn phòng Chính phủ",
        "Circular 01/2020/TT-VPCP of 21 October 2020 of the Office of the Government on periodic reports and its reporting system";
}

/// The figures of a quarterly report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarterly {
    /// The parts of every report.
    pub issue: Issue,
    /// The dossiers.
    pub handled: HandledFigures,
}

impl Quarterly {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let (lang, handled) = (self.issue.lang, &self.handled);
        let section = |heading, blocks| Section { heading, blocks };
        let words = handled.words(lang, &named(lang, self.issue.period));
        let told = [Some(words), handled.words_before(lang)].into_iter().flatten().map(Block::Paragraph);
        let mut sections = vec![
            section(heading_whole(lang), told.collect()),
            section(heading_fields(lang), vec![Block::Table(handled.by_field(&self.issue))]),
        ];
        if handled.units.len() > 1 {
            sections.push(section(heading_units(lang), vec![Block::Table(handled.by_unit(&self.issue))]));
        }
        let mut report = self.issue.begun(Kind::Quarterly);
        report.bases.push(base_form(lang));
        Report { sections, notes: handled.notes(lang), ..report }
    }
}
