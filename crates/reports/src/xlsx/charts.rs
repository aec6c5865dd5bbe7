//! The sheet with native charts and the values that they are drawn from.

use dongbo_model::Lang;
use rust_xlsxwriter::{
    Chart as Drawing, ChartAxisCrossing, ChartDataLabel, ChartFormat, ChartLegendPosition, ChartLine,
    ChartLineDashType, ChartMarker, ChartMarkerType, ChartSolidFill, Worksheet, XlsxError,
};

use super::looks::Looks;
use super::{LINE, column_at, page, row_at, text};
use crate::chart::{Chart, PARTS};
use crate::text::real;

/// The rows over which a chart lies.
const HIGH: u32 = 20;
/// The most characters of a chart's words that Excel takes.
const LONGEST_ALTERNATIVE: usize = 255;
/// The dashes, marks and colours by which lines are told apart.
const LINES: [(ChartLineDashType, ChartMarkerType, u32); 6] = [
    (ChartLineDashType::Solid, ChartMarkerType::Circle, 0x001F_4E79),
    (ChartLineDashType::Dash, ChartMarkerType::Square, 0x007A_3B00),
    (ChartLineDashType::RoundDot, ChartMarkerType::Triangle, 0x002E_6B2E),
    (ChartLineDashType::DashDot, ChartMarkerType::Diamond, 0x005B_2A6B),
    (ChartLineDashType::LongDash, ChartMarkerType::X, 0x008A_1C2B),
    (ChartLineDashType::LongDashDot, ChartMarkerType::PlusSign, 0x003F_3F3F),
];

/// One column of values with its head.
type Series = (String, Vec<Option<f64>>);

/// Writes every chart, each below its values.
pub(super) fn sheet(
    sheet: &mut Worksheet,
    charts: &[(String, &Chart)],
    lang: Lang,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let name = lang.pick("Biểu đồ", "Charts");
    sheet.set_name(name)?;
    page(sheet, false);
    sheet.set_column_width(0, 34)?.set_column_range_width(1, 4, 16)?;
    let mut row = 0;
    for (caption, chart) in charts {
        sheet.set_row_height(row, 2.0 * LINE)?;
        sheet.merge_range(row, 0, row, 4, &text(&format!("{caption} ({})", chart.unit())), &looks.title)?;
        let (labels, series) = values(chart, lang);
        let last = table(sheet, row + 1, &labels, &series, looks)?;
        let drawing = drawn(chart, name, (row + 1, last), &series, lang);
        sheet.insert_chart(last + 2, 0, &drawing)?;
        row = last + HIGH + 4;
    }
    Ok(())
}

/// The labels of a chart's values, and the values.
fn values(chart: &Chart, lang: Lang) -> (Vec<&str>, Vec<Series>) {
    match chart {
        Chart::Bars(bars) => {
            let labels = bars.bars.iter().map(|bar| bar.label.as_str()).collect();
            let mut series = vec![(
                lang.pick("Kết quả", "Value").to_owned(),
                bars.bars.iter().map(|bar| bar.value).collect(),
            )];
            if bars.bars.iter().any(|bar| bar.target.is_some()) {
                series.push((
                    bars.mark.text(lang).to_owned(),
                    bars.bars.iter().map(|bar| bar.target).collect(),
                ));
            }
            (labels, series)
        }
        Chart::Lines(lines) => {
            let labels = lines.moments.iter().map(String::as_str).collect();
            (labels, lines.lines.iter().map(|line| (line.name.clone(), line.values.clone())).collect())
        }
    }
}

/// Writes the values from `top` on, and returns the last row of them.
fn table(
    sheet: &mut Worksheet,
    top: u32,
    labels: &[&str],
    series: &[Series],
    looks: &Looks,
) -> Result<u32, XlsxError> {
    let row = looks.of_row(false);
    sheet.write_string_with_format(top, 0, "", &looks.head)?;
    for (place, (name, values)) in series.iter().enumerate() {
        let column = column_at(place + 1);
        sheet.write_string_with_format(top, column, text(name), &looks.head)?;
        for (number, value) in values.iter().enumerate() {
            let at = top + 1 + row_at(number);
            match value {
                Some(value) => sheet.write_number_with_format(at, column, *value, &row.decimal)?,
                None => sheet.write_string_with_format(at, column, "", &row.none)?,
            };
        }
    }
    for (number, label) in labels.iter().enumerate() {
        sheet.write_string_with_format(top + 1 + row_at(number), 0, text(label), &row.text)?;
    }
    Ok(top + row_at(labels.len()))
}

fn drawn(chart: &Chart, sheet: &str, (top, last): (u32, u32), series: &[Series], lang: Lang) -> Drawing {
    let is_bars = matches!(chart, Chart::Bars(_));
    let mut drawing = if is_bars { Drawing::new_bar() } else { Drawing::new_line() };
    for number in 0..series.len() {
        let column = column_at(number + 1);
        let one = drawing.add_series();
        one.set_name((sheet, top, column));
        one.set_categories((sheet, top + 1, 0, last, 0)).set_values((sheet, top + 1, column, last, column));
        if is_bars {
            let fill = if number == 0 { 0x009D_B7D1_u32 } else { 0x00FF_FFFF };
            let mut format = ChartFormat::new()
                .set_solid_fill(ChartSolidFill::new().set_color(fill))
                .set_border(ChartLine::new().set_color(0_u32))
                .clone();
            one.set_format(&mut format).set_gap(60);
            one.set_data_label(ChartDataLabel::new().show_value());
        } else if let Some((dash, mark, colour)) = LINES.get(number % LINES.len()).copied() {
            let line = ChartLine::new().set_color(colour).set_width(1.75).set_dash_type(dash).clone();
            one.set_format(&mut ChartFormat::new().set_line(&line).clone());
            one.set_marker(ChartMarker::new().set_type(mark).set_size(6));
        }
    }
    let top = chart.top();
    // Of bars the horizontal axis is that of the values.
    let values = if is_bars { drawing.x_axis() } else { drawing.y_axis() };
    values.set_min(0).set_max(top).set_major_unit(top / real(PARTS)).set_num_format("#,##0.##");
    if is_bars {
        drawing.y_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
    }
    drawing.title().set_hidden();
    drawing.legend().set_position(ChartLegendPosition::Bottom);
    drawing.set_width(700).set_height(380).set_alt_text(text(&alternative(chart, lang)));
    drawing
}

/// A chart in words, as many as Excel takes: the table beside it has all values.
fn alternative(chart: &Chart, lang: Lang) -> String {
    let told = chart.told(lang);
    if told.chars().count() <= LONGEST_ALTERNATIVE {
        return told;
    }
    told.chars().take(LONGEST_ALTERNATIVE - 1).chain(['…']).collect()
}
