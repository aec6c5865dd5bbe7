//! Indicators, each in the views that there are of it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::super::output::Output;
use super::super::super::role::Role;
use super::super::super::table::{Cell, Side as Align, Table};
use super::super::asked::Numbers;
use super::super::words::{NOT_APPLICABLE, absent, apart, number, published_told, signed, told};
use dongbo_indicators::{
    Both, Hundredths, Indicator, Official, OfficialValue, Origin, Split, Value, entries, values,
};
use dongbo_ledger::Side;
use dongbo_model::{Lang, texts};

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
    points_too(ratio, points): "{ratio} ({points} điểm)", "{ratio} ({points} points)";
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

#[derive(Debug, Clone, Serialize)]
pub(super) struct RowView {
    pub(super) indicator: Indicator,
    /// The unit, procedure or month that it was taken apart by.
    part: Option<String>,
    /// The catalogue's name of the procedure.
    #[serde(skip)]
    part_name: String,
    origin: Origin,
    pub(super) local: Option<Value>,
    pub(super) portal: Option<Value>,
    /// As the portal published it.
    published: Option<OfficialValue>,
    /// Points of the local value less those of the portal's.
    points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of the local value less those of the portal's.
    ratio_apart: Option<f64>,
    /// Points of the portal's value less those that it published.
    published_points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of the portal's value less those that it published.
    published_ratio_apart: Option<f64>,
    pub(super) entered: Option<EnteredView>,
    /// Commands that list the dossiers behind the differences.
    lists: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct EnteredView {
    pub(super) value: Value,
    by: String,
    at: DateTime<Utc>,
}

impl RowView {
    /// One indicator of `unit`, of which `Some(None)` is all; figures are entered for whole units, so there is none for other parts.
    pub(super) fn of(
        numbers: &Numbers,
        indicator: Indicator,
        both: &Both,
        unit: Option<Option<&str>>,
        official: Option<&Official>,
    ) -> Self {
        let period = numbers.question.period;
        let given = unit.map(|unit| numbers.given(period, unit)).unwrap_or_default();
        let (local, portal) = values(indicator, numbers.question.set, both, period, &given).unzip();
        let entered = unit.and_then(|unit| {
            entries::newest(&numbers.entered, indicator.name(), period, unit.unwrap_or_default())
        });
        let published = official.and_then(|official| official.value(indicator)).cloned();
        let of =
            |value: &Option<Value>, pick: fn(&Value) -> Option<Hundredths>| value.as_ref().and_then(pick);
        let theirs = |pick: fn(&OfficialValue) -> Option<Hundredths>| published.as_ref().and_then(pick);
        let (points, ratio) = (|value: &Value| value.points, |value: &Value| value.ratio);
        let mut row = Self {
            indicator,
            part: None,
            part_name: String::new(),
            origin: indicator.origin(),
            points_apart: apart(of(&local, points), of(&portal, points)),
            ratio_apart: apart(of(&local, ratio), of(&portal, ratio)),
            published_points_apart: apart(of(&portal, points), theirs(|value| value.points)),
            published_ratio_apart: apart(of(&portal, ratio), theirs(|value| value.ratio)),
            local,
            portal,
            published,
            entered: entered.map(|entered| EnteredView {
                value: entries::entered_value(Some(indicator), &entered.figure),
                by: entered.entered_by.clone(),
                at: entered.entered_at,
            }),
            lists: Vec::new(),
        };
        row.lists = row.commands(numbers, None);
        row
    }

    /// This as the part of a whole, with the commands that list the dossiers of the part.
    pub(super) fn of_part(self, numbers: &Numbers, split: Split, part: &str) -> Self {
        let lists = self.commands(numbers, Some((split, part)));
        let part_name = numbers.book.name(part).to_owned();
        Self { part: Some(part.to_owned()), part_name, lists, ..self }
    }

    fn commands(&self, numbers: &Numbers, only: Option<(Split, &str)>) -> Vec<String> {
        let differs =
            |one: Option<f64>, other: Option<f64>| [one, other].into_iter().flatten().any(|by| by != 0.0);
        let lacks = self.portal.is_some_and(|portal| portal.numerator < portal.denominator);
        let apart = match self.origin {
            Origin::Sampled => lacks.then_some("missing"),
            Origin::Computed | Origin::Entered | Origin::Plan => {
                (self.local != self.portal).then_some("apart")
            }
        };
        let since =
            differs(self.published_points_apart, self.published_ratio_apart).then_some("accepted-since");
        [apart, since].into_iter().flatten().map(|part| numbers.list(self.indicator, only, part)).collect()
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
        cells.push(difference(lang, row.ratio_apart, row.points_apart));
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
        cells.push(difference(lang, row.published_ratio_apart, row.published_points_apart));
    }
    cells
}

/// A difference in percentage points and, where it costs any, in points.
fn difference(lang: Lang, ratio: Option<f64>, points: Option<f64>) -> Cell {
    let shown = match (signed(lang, ratio), signed(lang, points)) {
        (ratio, points) if points.is_empty() => ratio,
        (ratio, points) => points_too(lang, ratio, points),
    };
    let role = if points.is_some_and(|points| points > 0.0) { Role::Bad } else { Role::Faint };
    Cell::new(role, shown.trim_start())
}

fn points(lang: Lang, indicator: Indicator, points: Option<Hundredths>) -> String {
    if indicator.points() == 0 { String::new() } else { number(lang, points) }
}
