//! Native charts of a DOCX document, which Word draws and lets people restyle.

use dongbo_model::Lang;

use super::{DECLARATION, OFFICE};
use crate::chart::{Bars, Chart, Lines, PARTS};
use crate::text::{escaped, real};

const DRAWING: &str = "http://schemas.openxmlformats.org/drawingml/2006";
/// The dashes, marks and colours by which lines are told apart.
const LINES: [(&str, &str, &str); 6] = [
    ("solid", "circle", "1F4E79"),
    ("dash", "square", "7A3B00"),
    ("sysDot", "triangle", "2E6B2E"),
    ("dashDot", "diamond", "5B2A6B"),
    ("lgDash", "x", "8A1C2B"),
    ("lgDashDot", "plus", "3F3F3F"),
];

/// Writes the part of one chart.
pub(super) fn written(chart: &Chart, lang: Lang) -> String {
    let (plot, has_legend) = match chart {
        Chart::Bars(bars) => (drawn_bars(bars, lang), bars.bars.iter().any(|bar| bar.target.is_some())),
        Chart::Lines(lines) => (drawn_lines(lines), lines.lines.len() > 1),
    };
    let top = chart.top();
    let is_bars = matches!(chart, Chart::Bars(_));
    let legend =
        if has_legend { "<c:legend><c:legendPos val=\"b\"/><c:overlay val=\"0\"/></c:legend>" } else { "" };
    format!(
        "{DECLARATION}<c:chartSpace xmlns:c=\"{DRAWING}/chart\" xmlns:a=\"{DRAWING}/main\" xmlns:r=\"{OFFICE}\">\
         <c:roundedCorners val=\"0\"/><c:chart><c:autoTitleDeleted val=\"1\"/><c:plotArea><c:layout/>{plot}{}</c:plotArea>{legend}\
         <c:plotVisOnly val=\"1\"/><c:dispBlanksAs val=\"gap\"/></c:chart>\
         <c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>\
         <c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz=\"1000\"><a:latin typeface=\"Times New Roman\"/></a:defRPr></a:pPr>\
         <a:endParaRPr lang=\"{}\"/></a:p></c:txPr></c:chartSpace>",
        axes(is_bars, top),
        lang.pick("vi-VN", "en-US")
    )
}

/// Both axes: that of things or moments, and that of values.
fn axes(is_bars: bool, top: f64) -> String {
    let (order, things, values, crosses) =
        if is_bars { ("maxMin", "l", "b", "max") } else { ("minMax", "b", "l", "autoZero") };
    let unit = top / real(PARTS);
    format!(
        "<c:catAx><c:axId val=\"1\"/><c:scaling><c:orientation val=\"{order}\"/></c:scaling><c:delete val=\"0\"/>\
         <c:axPos val=\"{things}\"/><c:numFmt formatCode=\"General\" sourceLinked=\"0\"/><c:majorTickMark val=\"none\"/>\
         <c:minorTickMark val=\"none\"/><c:tickLblPos val=\"nextTo\"/><c:crossAx val=\"2\"/><c:crosses val=\"autoZero\"/>\
         <c:auto val=\"0\"/><c:lblAlgn val=\"ctr\"/><c:lblOffset val=\"100\"/><c:noMultiLvlLbl val=\"1\"/></c:catAx>\
         <c:valAx><c:axId val=\"2\"/><c:scaling><c:orientation val=\"minMax\"/><c:max val=\"{top}\"/><c:min val=\"0\"/></c:scaling>\
         <c:delete val=\"0\"/><c:axPos val=\"{values}\"/><c:majorGridlines><c:spPr><a:ln w=\"6350\"><a:solidFill>\
         <a:srgbClr val=\"BBBBBB\"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>\
         <c:numFmt formatCode=\"#,##0.##\" sourceLinked=\"0\"/><c:majorTickMark val=\"out\"/><c:minorTickMark val=\"none\"/>\
         <c:tickLblPos val=\"nextTo\"/><c:crossAx val=\"1\"/><c:crosses val=\"{crosses}\"/><c:crossBetween val=\"between\"/>\
         <c:majorUnit val=\"{unit}\"/></c:valAx>"
    )
}

fn drawn_bars(chart: &Bars, lang: Lang) -> String {
    let labels = texts(chart.bars.iter().map(|bar| bar.label.as_str()));
    let value = lang.pick("Kết quả", "Value");
    let mut series = bar_series(0, value, "9DB7D1", &labels, &values(chart.bars.iter().map(|bar| bar.value)));
    if chart.bars.iter().any(|bar| bar.target.is_some()) {
        let targets = values(chart.bars.iter().map(|bar| bar.target));
        series.push_str(&bar_series(1, chart.mark.text(lang), "FFFFFF", &labels, &targets));
    }
    format!(
        "<c:barChart><c:barDir val=\"bar\"/><c:grouping val=\"clustered\"/><c:varyColors val=\"0\"/>{series}\
         <c:gapWidth val=\"60\"/><c:axId val=\"1\"/><c:axId val=\"2\"/></c:barChart>"
    )
}

fn bar_series(number: usize, name: &str, fill: &str, labels: &str, values: &str) -> String {
    format!(
        "<c:ser><c:idx val=\"{number}\"/><c:order val=\"{number}\"/><c:tx><c:v>{}</c:v></c:tx>\
         <c:spPr><a:solidFill><a:srgbClr val=\"{fill}\"/></a:solidFill><a:ln w=\"9525\"><a:solidFill><a:srgbClr val=\"000000\"/>\
         </a:solidFill></a:ln></c:spPr><c:invertIfNegative val=\"0\"/>\
         <c:dLbls><c:numFmt formatCode=\"#,##0.##\" sourceLinked=\"0\"/><c:spPr><a:noFill/></c:spPr><c:showLegendKey val=\"0\"/>\
         <c:showVal val=\"1\"/><c:showCatName val=\"0\"/><c:showSerName val=\"0\"/><c:showPercent val=\"0\"/>\
         <c:showBubbleSize val=\"0\"/></c:dLbls><c:cat>{labels}</c:cat><c:val>{values}</c:val></c:ser>",
        escaped(name)
    )
}

fn drawn_lines(chart: &Lines) -> String {
    let moments = texts(chart.moments.iter().map(String::as_str));
    let mut series = String::new();
    for (number, line) in chart.lines.iter().enumerate() {
        let (dash, mark, colour) = LINES.get(number % LINES.len()).copied().unwrap_or_default();
        let fill = format!("<a:solidFill><a:srgbClr val=\"{colour}\"/></a:solidFill>");
        series.push_str(&format!(
            "<c:ser><c:idx val=\"{number}\"/><c:order val=\"{number}\"/><c:tx><c:v>{}</c:v></c:tx>\
             <c:spPr><a:ln w=\"22225\">{fill}<a:prstDash val=\"{dash}\"/></a:ln></c:spPr>\
             <c:marker><c:symbol val=\"{mark}\"/><c:size val=\"6\"/><c:spPr>{fill}</c:spPr></c:marker>\
             <c:cat>{moments}</c:cat><c:val>{}</c:val><c:smooth val=\"0\"/></c:ser>",
            escaped(&line.name),
            values(line.values.iter().copied())
        ));
    }
    format!(
        "<c:lineChart><c:grouping val=\"standard\"/><c:varyColors val=\"0\"/>{series}<c:marker val=\"1\"/>\
         <c:axId val=\"1\"/><c:axId val=\"2\"/></c:lineChart>"
    )
}

fn texts<'t>(texts: impl ExactSizeIterator<Item = &'t str>) -> String {
    let many = texts.len();
    let points: String = texts
        .enumerate()
        .map(|(place, text)| format!("<c:pt idx=\"{place}\"><c:v>{}</c:v></c:pt>", escaped(text)))
        .collect();
    format!("<c:strLit><c:ptCount val=\"{many}\"/>{points}</c:strLit>")
}

/// The numbers of a series; one that is not known has no point.
fn values(values: impl ExactSizeIterator<Item = Option<f64>>) -> String {
    let many = values.len();
    let points: String = values
        .enumerate()
        .filter_map(|(place, value)| Some(format!("<c:pt idx=\"{place}\"><c:v>{}</c:v></c:pt>", value?)))
        .collect();
    format!("<c:numLit><c:formatCode>General</c:formatCode><c:ptCount val=\"{many}\"/>{points}</c:numLit>")
}
