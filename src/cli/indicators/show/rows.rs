//! Indicators, each in the views that there are of it.

use super::super::super::output::Output;
use super::super::super::table::{Cell, Side as Align, Table};
use super::super::words::{NOT_APPLICABLE, absent, difference, number, published_told, told};
use dongbo_indicators::{Hundredths, Indicator, Split};
use dongbo_ledger::Side;
use dongbo_model::{Lang, texts};
use dongbo_sync::views::RowView;

texts! {
    head_id(): "Mã", "Id";
    head_name(): "Chỉ số", "Indicator";
    head_points(): "Điểm", "Points";
    head_apart(): "Một cửa trừ Cổng đã nhận", "Local less accepted";
    head_published(): "Cổng công bố", "Published";
    head_published_apart(): "Cổng đã nhận trừ công bố", "Accepted less published";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_month(): "Tháng", "Month";
    by_hand(by, at): "số do {by} nhập, {at}", "entered by {by}, {at}";
    dossiers(): "Hồ sơ của mỗi chỗ chênh:", "The dossiers of each difference:";
}

/// The views that are shown, and the parts into which an indicator is taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Views {
    /// One side alone.
    pub(super) side: Option<Side>,
    pub(super) split: Option<Split>,
    /// Whether there are published figures.
    pub(super) published: bool,
}

impl Views {
    pub(super) fn sides(self) -> Vec<Side> {
        self.side.map_or_else(|| Side::ALL.to_vec(), |side| vec![side])
    }

    /// Whether published figures stand beside both sides.
    pub(super) fn has_published(self) -> bool {
        self.published && self.side.is_none()
    }
}

pub(super) fn render(rows: &[RowView], views: Views, out: &mut Output) {
    let lang = out.lang();
    let mut heads = match views.split {
        None => vec![(Align::Left, head_id(lang)), (Align::Left, head_name(lang))],
        Some(Split::Procedure) => vec![(Align::Left, head_procedure(lang)), (Align::Left, head_name(lang))],
        Some(Split::Month) => vec![(Align::Left, head_month(lang))],
        Some(Split::Unit | Split::Whole) => vec![(Align::Left, head_unit(lang))],
    };
    let sides = views.sides();
    for side in &sides {
        heads.extend([(Align::Right, side.text(lang).to_owned()), (Align::Right, head_points(lang))]);
    }
    if sides.len() > 1 {
        heads.push((Align::Right, head_apart(lang)));
    }
    if views.has_published() {
        heads.extend([head_published(lang), head_points(lang)].map(|head| (Align::Right, head)));
        heads.push((Align::Right, head_published_apart(lang)));
    }
    let mut table = Table::new(heads);
    for row in rows {
        table.row(cells(lang, row, views, &sides));
    }
    out.table(&table);
    if views.side.is_none() && rows.iter().any(|row| !row.lists.is_empty()) {
        out.gap();
        out.line(dossiers(lang));
        for command in rows.iter().flat_map(|row| &row.lists) {
            out.line(format!("  {command}"));
        }
    }
}

fn cells(lang: Lang, row: &RowView, views: Views, sides: &[Side]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = match views.split {
        None => vec![row.indicator.name().into(), row.indicator.text(lang).into()],
        Some(Split::Procedure) => {
            vec![row.part.clone().unwrap_or_default().into(), row.part_name.as_str().into()]
        }
        Some(_) => vec![row.part.clone().unwrap_or_default().into()],
    };
    for side in sides {
        let value = if *side == Side::Local { row.local } else { row.portal };
        let (told, points) = match (value, &row.entered) {
            (Some(value), _) => {
                (told(lang, row.indicator, &value), points(lang, row.indicator, value.points))
            }
            (None, Some(entered)) => {
                let shown = told(lang, row.indicator, &entered.value);
                let by = by_hand(lang, &entered.by, lang.moment(entered.at));
                (format!("{shown}, {by}"), points(lang, row.indicator, entered.value.points))
            }
            (None, None) => (NOT_APPLICABLE.to_owned(), String::new()),
        };
        cells.extend([Cell::from(told), Cell::from(points)]);
    }
    if sides.len() > 1 {
        let (role, apart) = difference(lang, row.ratio_apart, row.points_apart);
        cells.push(Cell::new(role, apart));
    }
    if views.has_published() {
        match &row.published {
            Some(value) => {
                let shown = published_told(lang, row.indicator, value);
                let shown = if value.remark.is_some() { format!("{shown} *") } else { shown };
                let points = value.points.map(|points| number(lang, Some(points))).unwrap_or_default();
                cells.extend([Cell::from(shown), Cell::from(points)]);
            }
            None => cells.extend([Cell::from(absent()), Cell::from("")]),
        }
        let (role, apart) = difference(lang, row.published_ratio_apart, row.published_points_apart);
        cells.push(Cell::new(role, apart));
    }
    cells
}

fn points(lang: Lang, indicator: Indicator, points: Option<Hundredths>) -> String {
    if indicator.points() == 0 { String::new() } else { number(lang, points) }
}
