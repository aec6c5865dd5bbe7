//! The report on synchronisation: the four layers by unit and procedure, what is held by cause and owner, and how long changes took.

use std::time::Duration;

use dongbo_model::{Lang, Layer, Month, texts};

use super::causes::{self, HeldFor};
use super::{Issue, Kind, month_named, with};
use crate::chart::{Bar, Bars, Chart, Line, Lines, Mark};
use crate::document::{Block, Column, Report, Row, Section, Table};
use crate::figures::{Figure, percentage};
use crate::period::named;

texts! {
    heading_whole(): "TÌNH HÌNH CHUNG", "OVERVIEW";
    heading_units(): "KẾT QUẢ THEO ĐƠN VỊ", "BY UNIT";
    heading_procedures(): "KẾT QUẢ THEO THỦ TỤC HÀNH CHÍNH", "BY PROCEDURE";
    heading_causes(): "VƯỚNG MẮC VÀ TRÁCH NHIỆM XỬ LÝ", "OBSTACLES AND WHO HAS TO ACT";
    heading_delays(): "THỜI GIAN ĐỒNG BỘ", "TIME UNTIL SYNCHRONISED";
    whole(at, period, dossiers, wanted, synced, share):
        "Tính đến {at}, trong {dossiers} tiếp nhận {period} có {wanted} phải có trên Cổng Dịch vụ công quốc gia; đã có {synced}, đạt {share}.",
        "As of {at}, {wanted} of the {dossiers} received in {period} are to be on the national portal; {synced} are there, {share}.";
    lacks(layer, many): "còn thiếu ở hạng mục “{layer}” {many}", "the portal lacks “{layer}” of {many}";
    complete(): "Không hạng mục nào còn thiếu.", "Nothing is missing in any layer.";
    no_dossiers(at, period): "Tính đến {at}, không có hồ sơ nào tiếp nhận {period}.", "As of {at}, no dossier was received in {period}.";
    worst(units): "Các đơn vị còn nhiều hồ sơ thiếu nhất: {units}.", "Units that lack most: {units}.";
    table_layers(): "Mức độ đồng bộ theo hạng mục", "Synchronisation by layer";
    table_units(): "Mức độ đồng bộ theo đơn vị", "Synchronisation by unit";
    table_procedures(): "Mức độ đồng bộ theo thủ tục hành chính", "Synchronisation by procedure";
    table_delays(): "Thời gian từ khi thay đổi ở một cửa đến khi Cổng có đủ", "Time from a local change until the portal had it";
    chart_layers(): "Tỷ lệ hồ sơ đã khớp theo hạng mục so với chỉ tiêu", "Share of dossiers in step by layer, against the target";
    chart_delays(): "Thời gian đồng bộ trong 12 tháng", "Time until synchronised, twelve months";
    head_number(): "TT", "No.";
    head_layer(): "Hạng mục", "Layer";
    head_wanted(): "Phải có", "Wanted";
    head_synced(): "Đã khớp", "In step";
    head_lacking(): "Thiếu", "Lacking";
    head_unproved(): "Chưa xác minh", "Unproved";
    head_held(): "Bị giữ", "Held";
    head_share(): "Tỷ lệ", "Share";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_month(): "Tháng", "Month";
    head_changes(): "Số thay đổi", "Changes";
    head_half(): "Một nửa không quá", "Half within";
    head_most(): "90 % không quá", "90 % within";
    head_waiting(): "Chưa đến Cổng", "Not there yet";
    total(): "Tổng cộng", "Total";
    hours(): "giờ", "hours";
    no_causes(): "Không có hồ sơ, tệp nào bị giữ.", "No dossier and no file is held.";
    no_delays(): "Chưa có thay đổi nào được đo.", "No change was measured.";
    note_state():
        "Số liệu theo sổ theo dõi của dongbo tại thời điểm nêu trên; kỳ tính theo ngày tiếp nhận (NgayTiepNhan) của hồ sơ, giờ Việt Nam.",
        "Figures are those of dongbo's ledger at that moment; the period is that of the day of receipt (NgayTiepNhan) in Vietnam.";
    note_share():
        "Tỷ lệ làm tròn xuống hai chữ số thập phân; mẫu số bằng 0 ghi N/A. Chỉ tiêu: 100 % hồ sơ được đồng bộ cả trạng thái và kết quả.",
        "Shares are rounded down to two decimals; N/A stands for a zero denominator. Target: 100 % of dossiers, status and result.";
    note_unproved():
        "Tệp kết quả gửi bằng đường dẫn của hệ thống khác không xác minh được thì không tính là đã khớp, cũng không tính là thiếu.",
        "A result sent as a link that somebody else serves cannot be proved; it counts neither as in step nor as lacking.";
    note_unplaced(many): "{many} chưa đọc được ngày tiếp nhận, không nằm trong kỳ nào.", "{many} have no known day of receipt and are in no period.";
    note_delays(): "Thời gian đo không thấp hơn thực tế và cao hơn nhiều nhất 1/16; thay đổi chưa đến Cổng không nằm trong số đo.",
        "Times are no less than the truth and at most 1/16 more; changes that the portal does not have yet are not among them.";
    moment(hour, minute, day): "{hour} giờ {minute} ngày {day}", "{day} {hour}:{minute}";
}

/// The share of dossiers that the plans want in step.
const TARGET: f64 = 100.0;
/// So many units are named as those that lack most.
const NAMED: usize = 3;

/// The figures of a report on synchronisation.
#[derive(Debug, Clone, PartialEq)]
pub struct SyncFigures {
    /// The parts of every report.
    pub issue: Issue,
    /// The options that narrow its commands to what it is about, `--unit` of one unit; empty for all.
    pub scope: String,
    /// By unit; they add up to all.
    pub units: Vec<Standing>,
    /// By procedure; they add up to all.
    pub procedures: Vec<Standing>,
    /// Dossiers that are held, by cause.
    pub held: Vec<HeldFor>,
    /// How long changes took, month by month.
    pub delays: Vec<MonthDelays>,
    /// The dossiers whose day of receipt is not known.
    pub unplaced: u64,
}

/// The figures of a unit or a procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// The options that narrow a command to it.
    pub scope: String,
    /// All its dossiers of the period.
    pub dossiers: u64,
    /// The dossiers that a person has to act on.
    pub held: u64,
    /// By layer, in the order of [`Layer::ALL`].
    pub layers: [LayerFigures; 4],
}

/// The figures of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayerFigures {
    /// The dossiers whose layer the portal is to have.
    pub wanted: u64,
    /// Of these, those that it has.
    pub synced: u64,
    /// Of these, those of which nothing proves that it has them.
    pub unproved: u64,
}

/// The delays of the changes of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthDelays {
    /// The month.
    pub month: Month,
    /// The changes that the portal accepted.
    pub changes: u64,
    /// The delay that half of them do not exceed.
    pub half: Option<Duration>,
    /// The delay that 90 % of them do not exceed.
    pub most: Option<Duration>,
    /// The dossiers with a change that the portal does not have yet.
    pub waiting: u64,
}

impl LayerFigures {
    const fn lacking(self) -> u64 {
        self.wanted.saturating_sub(self.synced).saturating_sub(self.unproved)
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            wanted: self.wanted + other.wanted,
            synced: self.synced + other.synced,
            unproved: self.unproved + other.unproved,
        }
    }

    const fn share(self) -> Figure {
        Figure::Share { part: self.synced, whole: self.wanted }
    }
}

impl Standing {
    /// The sum of several.
    fn sum(all: &[Self]) -> Self {
        let mut sum = Self {
            name: String::new(),
            scope: String::new(),
            dossiers: 0,
            held: 0,
            layers: Default::default(),
        };
        for one in all {
            sum.dossiers += one.dossiers;
            sum.held += one.held;
            for (layer, more) in sum.layers.iter_mut().zip(one.layers) {
                *layer = layer.plus(more);
            }
        }
        sum
    }

    /// The dossiers that it lacks in its worst layer.
    fn lacking(&self) -> u64 {
        self.layers.iter().map(|layer| layer.lacking()).max().unwrap_or_default()
    }
}

impl SyncFigures {
    /// The document.
    #[must_use]
    pub fn report(&self) -> Report {
        let lang = self.issue.lang;
        let sum = Standing::sum(&self.units);
        let mut sections = vec![self.overview()];
        if self.units.len() > 1 {
            let table = self.standings(table_units(lang), head_unit(lang), &self.units, &sum);
            sections.push(Section { heading: heading_units(lang), blocks: vec![Block::Table(table)] });
        }
        if !self.procedures.is_empty() {
            let table = self.standings(table_procedures(lang), head_procedure(lang), &self.procedures, &sum);
            sections.push(Section { heading: heading_procedures(lang), blocks: vec![Block::Table(table)] });
        }
        sections.push(self.obstacles());
        sections.push(self.delayed());
        let mut notes = self.notes();
        notes.push(note_delays(lang));
        Report { sections, notes, ..self.issue.begun(Kind::Sync) }
    }

    /// The notes on how the numbers of layers come about.
    pub(super) fn notes(&self) -> Vec<String> {
        let lang = self.issue.lang;
        let unplaced = (self.unplaced > 0).then(|| note_unplaced(lang, lang.dossiers(self.unplaced)));
        [note_state(lang), note_share(lang), note_unproved(lang)].into_iter().chain(unplaced).collect()
    }

    /// The section on the layers as a whole.
    pub(super) fn overview(&self) -> Section {
        self.whole(&Standing::sum(&self.units))
    }

    /// The section on what is held.
    pub(super) fn obstacles(&self) -> Section {
        let lang = self.issue.lang;
        let block = if self.held.is_empty() {
            Block::Paragraph(no_causes(lang))
        } else {
            Block::Table(causes::table(&self.issue, &self.held, &self.scope))
        };
        Section { heading: heading_causes(lang), blocks: vec![block] }
    }

    /// The command that lists dossiers of the period, with further options.
    fn listed(&self, options: &str) -> String {
        let command = format!("dongbo report dossiers --period {}", self.issue.period);
        with(&with(&command, options), &self.scope)
    }

    fn whole(&self, sum: &Standing) -> Section {
        let lang = self.issue.lang;
        let heading = heading_whole(lang);
        let (at, period) = (moment_of(&self.issue), named(lang, self.issue.period));
        if sum.dossiers == 0 {
            let period = in_words(lang, &period);
            return Section { heading, blocks: vec![Block::Paragraph(no_dossiers(lang, at, period))] };
        }
        let [presence, ..] = sum.layers;
        let share = presence.share().shown(lang);
        let (dossiers, wanted) = (lang.dossiers(sum.dossiers), lang.count(presence.wanted));
        let synced = lang.count(presence.synced);
        let mut words = whole(lang, at, in_words(lang, &period), dossiers, wanted, synced, share);
        let lacking = Layer::ALL.iter().zip(sum.layers).filter(|(_, figures)| figures.lacking() > 0);
        let lacking: Vec<String> = lacking
            .map(|(layer, figures)| lacks(lang, layer.text(lang), lang.dossiers(figures.lacking())))
            .collect();
        let told =
            if lacking.is_empty() { complete(lang) } else { format!("{}.", capital(&lacking.join("; "))) };
        words.push(' ');
        words.push_str(&told);
        let mut blocks = vec![Block::Paragraph(words)];
        blocks.extend(self.named_worst().map(Block::Paragraph));
        blocks.push(Block::Table(self.layers(sum)));
        blocks.push(Block::Chart(layer_chart(lang, sum)));
        Section { heading, blocks }
    }

    /// The units that lack most, when there are several.
    fn named_worst(&self) -> Option<String> {
        let lang = self.issue.lang;
        let mut lacking: Vec<&Standing> = self.units.iter().filter(|unit| unit.lacking() > 0).collect();
        lacking.sort_by_key(|unit| std::cmp::Reverse(unit.lacking()));
        let named =
            lacking.iter().take(NAMED).map(|unit| format!("{} ({})", unit.name, lang.count(unit.lacking())));
        let named: Vec<String> = named.collect();
        (self.units.len() > 1 && !named.is_empty()).then(|| worst(lang, named.join(", ")))
    }

    fn layers(&self, sum: &Standing) -> Table {
        let lang = self.issue.lang;
        let listed = |state: &str| self.listed(&format!("--state {state}"));
        let columns = vec![
            Column::new(head_number(lang), 6),
            Column::new(head_layer(lang), 30),
            Column::new(head_wanted(lang), 14).listed_by(listed("wanted")),
            Column::new(head_synced(lang), 14).listed_by(listed("synced")),
            Column::new(head_lacking(lang), 12).listed_by(listed("lacking")),
            Column::new(head_unproved(lang), 12).listed_by(listed("unproved")),
            Column::new(head_share(lang), 14).listed_by(listed("synced")),
        ];
        let rows = Layer::ALL.iter().zip(sum.layers).enumerate().map(|(place, (layer, figures))| Row {
            cells: vec![
                Figure::text((place + 1).to_string()),
                Figure::text(layer.text(lang)),
                Figure::Count(figures.wanted),
                Figure::Count(figures.synced),
                Figure::Count(figures.lacking()),
                Figure::Count(figures.unproved),
                figures.share(),
            ],
            scope: Some(format!("--layer {}", layer.name())),
            is_total: false,
        });
        Table { title: table_layers(lang), columns, rows: rows.collect() }
    }

    fn standings(&self, title: String, head: String, rows: &[Standing], sum: &Standing) -> Table {
        let lang = self.issue.lang;
        let mut columns = vec![
            Column::new(head_number(lang), 9),
            Column::new(head, 36),
            Column::new(head_dossiers(lang), 15).listed_by(self.listed("")),
        ];
        for layer in Layer::ALL {
            let lacking = self.listed(&format!("--layer {} --state lacking", layer.name()));
            columns.push(Column::new(head_lacking(lang), 15).under(layer.text(lang)).listed_by(&lacking));
            columns.push(Column::new(head_share(lang), 16).under(layer.text(lang)).listed_by(lacking));
        }
        columns.push(Column::new(head_held(lang), 12).listed_by(self.listed("--state held")));
        let row = |number: String, name: String, standing: &Standing, is_total| {
            let mut cells = vec![Figure::Text(number), Figure::Text(name), Figure::Count(standing.dossiers)];
            for figures in standing.layers {
                cells.extend([Figure::Count(figures.lacking()), figures.share()]);
            }
            cells.push(Figure::Count(standing.held));
            Row { cells, scope: Some(standing.scope.clone()), is_total }
        };
        let numbered = rows.iter().enumerate();
        let mut rows: Vec<Row> =
            numbered.map(|(place, one)| row((place + 1).to_string(), one.name.clone(), one, false)).collect();
        rows.push(row(String::new(), total(lang), sum, true));
        Table { title, columns, rows }
    }

    /// The section on how long changes took.
    pub(super) fn delayed(&self) -> Section {
        let lang = self.issue.lang;
        let heading = heading_delays(lang);
        if self.delays.iter().all(|month| month.changes + month.waiting == 0) {
            return Section { heading, blocks: vec![Block::Paragraph(no_delays(lang))] };
        }
        let listed = with("dongbo delays", &self.scope);
        let columns = vec![
            Column::new(head_month(lang), 14),
            Column::new(head_changes(lang), 18).listed_by(&listed),
            Column::new(head_half(lang), 24).listed_by(&listed),
            Column::new(head_most(lang), 24).listed_by(&listed),
            Column::new(head_waiting(lang), 20).listed_by(&listed),
        ];
        let rows = self.delays.iter().map(|one| Row {
            cells: vec![
                Figure::text(month_named(lang, one.month)),
                Figure::Count(one.changes),
                Figure::Span(one.half),
                Figure::Span(one.most),
                Figure::Count(one.waiting),
            ],
            scope: Some(format!("--month {}", one.month)),
            is_total: false,
        });
        let table = Table { title: table_delays(lang), columns, rows: rows.collect() };
        Section { heading, blocks: vec![Block::Table(table), Block::Chart(self.delay_chart())] }
    }

    fn delay_chart(&self) -> Chart {
        let lang = self.issue.lang;
        let in_hours = |length: Duration| length.as_secs_f64() / 3_600.0;
        let line = |name: String, of: fn(&MonthDelays) -> Option<Duration>| Line {
            name,
            values: self.delays.iter().map(|month| of(month).map(in_hours)).collect(),
        };
        Chart::Lines(Lines {
            title: chart_delays(lang),
            unit: hours(lang),
            moments: self.delays.iter().map(|one| month_named(lang, one.month)).collect(),
            lines: vec![line(head_half(lang), |month| month.half), line(head_most(lang), |month| month.most)],
        })
    }
}

fn layer_chart(lang: Lang, sum: &Standing) -> Chart {
    let bar = |(layer, figures): (&Layer, LayerFigures)| Bar {
        label: layer.text(lang).to_owned(),
        value: percentage(figures.synced, figures.wanted),
        target: Some(TARGET),
    };
    let bars = Layer::ALL.iter().zip(sum.layers).map(bar).collect();
    Chart::Bars(Bars { title: chart_layers(lang), unit: "%".to_owned(), mark: Mark::Target, bars })
}

/// A period behind "received".
fn in_words(lang: Lang, period: &str) -> String {
    match lang {
        Lang::Vi => format!("trong {period}"),
        Lang::En => period.to_owned(),
    }
}

/// The moment of the figures, as a sentence has it.
fn moment_of(issue: &Issue) -> String {
    let at = issue.at.with_timezone(&chrono_tz::Asia::Ho_Chi_Minh);
    let day = crate::figures::written_day(issue.lang, at.date_naive());
    moment(issue.lang, at.format("%H"), at.format("%M"), day)
}

/// A sentence with a capital at its beginning.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
