//! The yearly technical annex: how each indicator is computed and what is open about it, its values by set of formulas and by month, how
//! long synchronisation took, what keeps data from the portal, what people entered, and what the portal published.

use chrono::{DateTime, Utc};
use dongbo_model::texts;

use super::{Index, Issue, Kind, SyncFigures};
use crate::document::{Block, Column, Report, Row, Section, Table};
use crate::figures::Figure;

texts! {
    heading_formulas(): "CÁCH TÍNH TỪNG CHỈ SỐ", "HOW EACH INDICATOR IS COMPUTED";
    heading_values(): "KẾT QUẢ CẢ KỲ", "VALUES OF THE PERIOD";
    heading_sets(): "KẾT QUẢ THEO TỪNG BỘ CÔNG THỨC", "BY SET OF FORMULAS";
    heading_months(): "KẾT QUẢ THEO THÁNG", "BY MONTH";
    heading_entered(): "SỐ LIỆU NHẬP TỪ HỆ THỐNG KHÁC", "ENTERED FIGURES";
    heading_published(): "SỐ LIỆU CỔNG CÔNG BỐ ĐÃ LƯU", "PUBLISHED FIGURES THAT ARE KEPT";
    heading_program(): "PHẦN MỀM VÀ LỊCH LÀM VIỆC", "PROGRAM AND CALENDAR";
    nothing_entered(): "Không có số liệu nào được nhập cho kỳ này.", "No figure was entered for this period.";
    nothing_published(): "Chưa lưu số liệu công bố nào của kỳ này.", "No published figure of this period is kept.";
    program(version, set): "Số liệu do dongbo {version} lập, bộ công thức mặc định {set}.", "Drawn up by dongbo {version}; formulas {set} where none is named.";
    calendar_whole(year): "Lịch nghỉ năm {year} đã công bố đủ.", "The holidays of {year} are all announced.";
    calendar_open(year): "Lịch nghỉ năm {year} chưa công bố đủ: thời gian làm việc có thể còn thay đổi.", "The holidays of {year} are not all announced: working time may still change.";
    calendar_none(year): "Lịch nghỉ không có năm {year}: chỉ trừ thứ Bảy, Chủ nhật.", "The calendar does not have {year}: only weekends are off.";
    table_formulas(): "Tử số, mẫu số và điểm chưa rõ của từng chỉ số", "Numerator, denominator and open questions";
    table_entered(): "Số liệu do cơ quan nhập", "Figures that people entered";
    table_published(): "Số liệu công bố theo tháng", "Published figures by month";
    head_id(): "Mã", "Id";
    head_indicator(): "Chỉ số", "Indicator";
    head_numerator(): "Tử số", "Numerator";
    head_denominator(): "Mẫu số", "Denominator";
    head_exclusions(): "Không tính", "Left out";
    head_open(): "Điểm chưa rõ và cách xử lý", "Open, and how it is answered";
    head_figure(): "Số liệu", "Figure";
    head_period(): "Kỳ", "Period";
    head_unit(): "Đơn vị", "Unit";
    head_value(): "Giá trị", "Value";
    head_by(): "Người nhập", "By";
    head_day(): "Ngày nhập", "Day";
    head_fetched(): "Đã lưu", "Kept";
    head_missing(): "Cổng chưa công bố", "Not published";
    head_failed(): "Chưa lấy được", "Not fetched";
    note_dossiers(): "Mỗi con số truy được về hồ sơ bằng lệnh ở phần Nguồn số liệu.", "Each number leads to its dossiers by the commands in the annex on sources.";
}

/// The figures of a technical annex.
#[derive(Debug, Clone, PartialEq)]
pub struct Annex {
    /// The parts of every report.
    pub issue: Issue,
    /// How each indicator is computed.
    pub formulas: Vec<Formula>,
    /// The indicators.
    pub index: Index,
    /// Synchronisation.
    pub sync: SyncFigures,
    /// Figures that people entered for the period and its parts.
    pub entered: Vec<EnteredRow>,
    /// The outcomes of questions about published figures, by the period that they are about: kept, not published, not fetched.
    pub published: Vec<(String, [u64; 3])>,
    /// The version of the program.
    pub version: String,
    /// The year of the calendar, and whether its holidays are all announced; `None` when the calendar does not have it.
    pub calendar: (i64, Option<bool>),
}

/// The words on how an indicator is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The things that its numerator counts.
    pub numerator: String,
    /// The things that its denominator counts.
    pub denominator: String,
    /// The dossiers that it leaves out.
    pub exclusions: String,
    /// Open questions.
    pub open: String,
}

/// A figure that a person entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredRow {
    /// Its name.
    pub figure: String,
    /// The period that it is of.
    pub period: String,
    /// The unit that it is of; empty for all.
    pub unit: String,
    /// Its value.
    pub value: String,
    /// Who entered it.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Annex {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let (lang, issue, index) = (self.issue.lang, &self.issue, &self.index);
        let section = |heading, blocks| Section { heading, blocks };
        let sections = vec![
            section(heading_formulas(lang), vec![Block::Table(self.formulas())]),
            section(heading_values(lang), vec![Block::Table(index.table(issue))]),
            section(heading_sets(lang), vec![Block::Table(index.sets(lang))]),
            section(
                heading_months(lang),
                vec![Block::Table(index.month_table(lang)), Block::Chart(index.month_chart(lang))],
            ),
            self.sync.overview(),
            self.sync.delayed(),
            self.sync.obstacles(),
            section(heading_entered(lang), vec![self.entered()]),
            section(heading_published(lang), vec![self.published()]),
            section(heading_program(lang), vec![Block::Paragraph(self.program())]),
        ];
        let notes = [vec![note_dossiers(lang)], index.notes(lang), self.sync.notes()].concat();
        Report { sections, notes, ..issue.begun(Kind::Annex) }
    }

    fn formulas(&self) -> Table {
        let lang = self.issue.lang;
        let columns = Column::several([
            (head_id(lang), 17),
            (head_indicator(lang), 26),
            (head_numerator(lang), 32),
            (head_denominator(lang), 32),
            (head_exclusions(lang), 22),
            (head_open(lang), 36),
        ]);
        let row = |one: &Formula| {
            let cells = [&one.id, &one.name, &one.numerator, &one.denominator, &one.exclusions, &one.open];
            Row::plain(cells.map(|text| Figure::text(text.as_str())).to_vec())
        };
        let rows = self.formulas.iter().map(row).collect();
        Table { title: table_formulas(lang), columns, rows }
    }

    fn entered(&self) -> Block {
        let lang = self.issue.lang;
        if self.entered.is_empty() {
            return Block::Paragraph(nothing_entered(lang));
        }
        let columns = Column::several([
            (head_figure(lang), 36),
            (head_period(lang), 14),
            (head_unit(lang), 18),
            (head_value(lang), 18),
            (head_by(lang), 20),
            (head_day(lang), 18),
        ]);
        let row = |one: &EnteredRow| {
            let cells = [&one.figure, &one.period, &one.unit, &one.value, &one.by];
            let cells = cells.map(|text| Figure::text(text.as_str())).into_iter();
            Row::plain(cells.chain([Figure::day_of(one.at)]).collect())
        };
        let rows = self.entered.iter().map(row).collect();
        Block::Table(Table { title: table_entered(lang), columns, rows })
    }

    fn published(&self) -> Block {
        let lang = self.issue.lang;
        if self.published.is_empty() {
            return Block::Paragraph(nothing_published(lang));
        }
        let columns = Column::several([
            (head_period(lang), 30),
            (head_fetched(lang), 20),
            (head_missing(lang), 25),
            (head_failed(lang), 25),
        ]);
        let row = |(period, outcomes): &(String, [u64; 3])| {
            Row::plain([Figure::text(period)].into_iter().chain(outcomes.map(Figure::Number)).collect())
        };
        let rows = self.published.iter().map(row).collect();
        Block::Table(Table { title: table_published(lang), columns, rows })
    }

    fn program(&self) -> String {
        let lang = self.issue.lang;
        let calendar = match self.calendar {
            (year, Some(true)) => calendar_whole(lang, year),
            (year, Some(false)) => calendar_open(lang, year),
            (year, None) => calendar_none(lang, year),
        };
        format!("{} {calendar}", program(lang, &self.version, &self.index.set.0))
    }
}
