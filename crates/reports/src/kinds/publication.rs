//! The monthly publication: the indicators of Decision 766 as the portal and the local system have them, their points by group and by
//! each set of formulas, the targets of plans, and each unit.

use dongbo_model::texts;

use super::{Index, Issue, Kind};
use crate::document::{Block, Report, Section};
use crate::period::named;

texts! {
    heading_groups(): "ĐIỂM BỘ CHỈ SỐ", "POINTS";
    heading_indicators(): "KẾT QUẢ TỪNG CHỈ SỐ", "INDICATORS";
    heading_targets(): "THỰC HIỆN CHỈ TIÊU KẾ HOẠCH", "TARGETS OF PLANS";
    heading_units(): "KẾT QUẢ THEO ĐƠN VỊ", "BY UNIT";
    heading_sets(): "KẾT QUẢ THEO TỪNG BỘ CÔNG THỨC", "BY SET OF FORMULAS";
    heading_months(): "DIỄN BIẾN 12 THÁNG", "TWELVE MONTHS";
    received(period, local, portal):
        "Trong {period}, hệ thống một cửa tiếp nhận {local}; Cổng Dịch vụ công quốc gia đã nhận {portal} trong số đó.",
        "In {period} the local system received {local}; the national portal has {portal} of them.";
}

/// The figures of a monthly publication.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// The parts of every report.
    pub issue: Issue,
    /// Dossiers received by the local system, and of these those that the portal has.
    pub received: (u64, u64),
    /// The indicators.
    pub index: Index,
}

impl Publication {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let (lang, index) = (self.issue.lang, &self.index);
        let (local, portal) = self.received;
        let came =
            received(lang, named(lang, self.issue.period), lang.dossiers(local), lang.dossiers(portal));
        let words = [Some(came), index.lower(lang)].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let section = |heading, blocks| Section { heading, blocks };
        let mut groups = vec![Block::Paragraph(words)];
        groups.extend(index.groups(lang));
        let mut sections = vec![
            section(heading_groups(lang), groups),
            section(heading_indicators(lang), vec![Block::Table(index.table(&self.issue))]),
        ];
        if !index.targets.is_empty() {
            sections.push(section(heading_targets(lang), index.aims(lang)));
        }
        if index.units.len() > 1 {
            sections.push(section(heading_units(lang), vec![Block::Table(index.by_unit(&self.issue))]));
        }
        sections.push(section(heading_sets(lang), vec![Block::Table(index.sets(lang))]));
        sections.push(section(heading_months(lang), vec![Block::Chart(index.month_chart(lang))]));
        Report { sections, notes: index.notes(lang), ..self.issue.begun(Kind::Publication) }
    }
}
