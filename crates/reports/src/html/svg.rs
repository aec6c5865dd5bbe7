//! Charts as SVG: readable without colours, and told in words to whoever does not see them.

use dongbo_model::Lang;

use crate::chart::{Bars, Chart, Lines, PARTS, shown};
use crate::figures::number;
use crate::text::{escaped, real};

/// The width of a drawing, in its own units.
const WIDE: f64 = 640.0;
/// The breadth of the labels beside bars.
const LABELS: f64 = 170.0;
/// The breadth that is left for the values behind bars.
const VALUES: f64 = 78.0;
/// The height of one bar with the gap below it.
const STEP: f64 = 34.0;
/// The height of the area in which lines are drawn.
const HIGH: f64 = 190.0;
/// The dashes by which lines are told apart without colours, and their colours.
const STROKES: [(&str, &str); 6] = [
    ("", "#1f4e79"),
    ("7 4", "#7a3b00"),
    ("2 3", "#2e6b2e"),
    ("9 3 2 3", "#5b2a6b"),
    ("12 4", "#8a1c2b"),
    ("4 2 1 2", "#3f3f3f"),
];

/// Draws `chart` for the figure with the number `place`.
pub(super) fn drawn(chart: &Chart, place: usize, lang: Lang) -> String {
    let (body, high) = match chart {
        Chart::Bars(bars) => drawn_bars(bars, chart.top(), lang),
        Chart::Lines(lines) => drawn_lines(lines, chart.top(), lang),
    };
    let (title, told) = (escaped(chart.title()), escaped(&chart.told(lang)));
    format!(
        "<svg viewBox=\"0 0 {WIDE} {high}\" role=\"img\" aria-labelledby=\"chart{place}-title chart{place}-words\" \
         xmlns=\"http://www.w3.org/2000/svg\"><title id=\"chart{place}-title\">{title}</title>\
         <desc id=\"chart{place}-words\">{told}</desc>{body}</svg>"
    )
}

/// The bars from left to right, with a mark at each target.
fn drawn_bars(chart: &Bars, top: f64, lang: Lang) -> (String, f64) {
    let scale = |value: f64| LABELS + value / top * (WIDE - LABELS - VALUES);
    let foot = 6.0 + STEP * real(chart.bars.len());
    let mut body = String::new();
    grid(&mut body, top, lang, &chart.unit, |part| {
        let x = scale(part);
        (format!("x1=\"{x:.1}\" y1=\"2\" x2=\"{x:.1}\" y2=\"{foot:.1}\""), x, foot + 14.0, "middle")
    });
    for (place, bar) in chart.bars.iter().enumerate() {
        let y = 6.0 + STEP * real(place);
        label(&mut body, &bar.label, y);
        let end = scale(bar.value.unwrap_or_default());
        if bar.value.is_some() {
            let wide = end - LABELS;
            put(
                &mut body,
                format_args!(
                    "<rect class=\"bar\" x=\"{LABELS}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"22\"/>"
                ),
            );
        }
        let mut edge = end;
        if let Some(target) = bar.target {
            let x = scale(target);
            put(
                &mut body,
                format_args!("<path class=\"target\" d=\"M{x:.1} {:.1}V{:.1}\"/>", y - 4.0, y + 26.0),
            );
            edge = edge.max(x);
        }
        let value = escaped(&shown(lang, bar.value, &chart.unit));
        put(&mut body, format_args!("<text x=\"{:.1}\" y=\"{:.1}\">{value}</text>", edge + 6.0, y + 16.0));
    }
    if chart.bars.iter().any(|bar| bar.target.is_some()) {
        let y = foot + 32.0;
        put(
            &mut body,
            format_args!("<path class=\"target\" d=\"M{LABELS} {:.1}V{:.1}\"/>", y - 11.0, y + 3.0),
        );
        put(
            &mut body,
            format_args!("<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", LABELS + 8.0, chart.mark.text(lang)),
        );
    }
    (body, foot + 40.0)
}

/// The label beside a bar, on two lines when it is long.
fn label(body: &mut String, text: &str, y: f64) {
    let x = LABELS - 8.0;
    let [first, second] = halves(text);
    let downs = if second.is_empty() { [16.0, 0.0] } else { [9.0, 22.0] };
    for (line, down) in [first, second].iter().zip(downs).filter(|(line, _)| !line.is_empty()) {
        put(
            body,
            format_args!(
                "<text x=\"{x}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                y + down,
                escaped(line)
            ),
        );
    }
}

/// The most letters on a line of a label.
const LETTERS: usize = 26;

/// A label on one line or two; what is longer still ends with an ellipsis, for the table beside has it whole.
fn halves(text: &str) -> [String; 2] {
    let mut lines = [String::new(), String::new()];
    let [first, second] = &mut lines;
    for word in text.split_whitespace() {
        let fits =
            |line: &String| line.is_empty() || line.chars().count() + 1 + word.chars().count() <= LETTERS;
        let line = if second.is_empty() && fits(&*first) { &mut *first } else { &mut *second };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    for line in &mut lines {
        if line.chars().count() > LETTERS + 2 {
            *line = line.chars().take(LETTERS).chain(['…']).collect();
        }
    }
    lines
}

/// The lines over time, each with marks of its own form and its name in the legend.
fn drawn_lines(chart: &Lines, top: f64, lang: Lang) -> (String, f64) {
    let (left, right) = (52.0, WIDE - 24.0);
    let foot = 10.0 + HIGH;
    let apart = (right - left) / real(chart.moments.len().max(2) - 1);
    let x = |place: usize| left + apart * real(place);
    let y = |value: f64| foot - value / top * HIGH;
    let mut body = String::new();
    grid(&mut body, top, lang, &chart.unit, |part| {
        let y = y(part);
        (format!("x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\""), left - 6.0, y + 4.0, "end")
    });
    for (place, moment) in chart.moments.iter().enumerate() {
        let text = escaped(moment);
        put(
            &mut body,
            format_args!(
                "<text class=\"small\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{text}</text>",
                x(place),
                foot + 16.0
            ),
        );
    }
    let mut legend = foot + 38.0;
    for (number, line) in chart.lines.iter().enumerate() {
        let (dashes, colour) = STROKES.get(number % STROKES.len()).copied().unwrap_or_default();
        let stroke =
            format!("stroke=\"{colour}\" stroke-dasharray=\"{dashes}\" fill=\"none\" stroke-width=\"2\"");
        let mut path = String::new();
        let mut is_joined = false;
        for (place, value) in line.values.iter().enumerate() {
            if let Some(value) = value {
                let pen = if is_joined { 'L' } else { 'M' };
                put(&mut path, format_args!("{pen}{:.1} {:.1}", x(place), y(*value)));
                mark(&mut body, number, x(place), y(*value), colour);
            }
            is_joined = value.is_some();
        }
        put(&mut body, format_args!("<path d=\"{path}\" {stroke}/>"));
        put(&mut body, format_args!("<path d=\"M{left} {:.1}h34\" {stroke}/>", legend - 4.0));
        mark(&mut body, number, left + 17.0, legend - 4.0, colour);
        put(
            &mut body,
            format_args!("<text x=\"{:.1}\" y=\"{legend:.1}\">{}</text>", left + 42.0, escaped(&line.name)),
        );
        legend += 18.0;
    }
    (body, legend - 6.0)
}

/// A mark on a line: a disc, a square, a triangle, a diamond, a cross or a triangle that stands on its point.
fn mark(body: &mut String, number: usize, x: f64, y: f64, colour: &str) {
    let shape = match number % STROKES.len() {
        0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>"),
        1 => format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"7\" height=\"7\" fill=\"{colour}\"/>",
            x - 3.5,
            y - 3.5
        ),
        2 => format!("<path d=\"M{x:.1} {:.1}l4.5 8h-9z\" fill=\"{colour}\"/>", y - 4.5),
        3 => format!("<path d=\"M{x:.1} {:.1}l4.5 4.5-4.5 4.5-4.5-4.5z\" fill=\"{colour}\"/>", y - 4.5),
        4 => format!(
            "<path d=\"M{:.1} {:.1}l7 7m0-7l-7 7\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            x - 3.5,
            y - 3.5
        ),
        _ => format!("<path d=\"M{x:.1} {:.1}l4.5-8h-9z\" fill=\"{colour}\"/>", y + 4.5),
    };
    body.push_str(&shape);
}

/// The lines of the scale with their numbers; `at` says where the line of a value lies, and where its number stands.
fn grid(
    body: &mut String,
    top: f64,
    lang: Lang,
    unit: &str,
    at: impl Fn(f64) -> (String, f64, f64, &'static str),
) {
    for part in 0..=PARTS {
        let value = top * real(part) / real(PARTS);
        let (ends, x, y, anchor) = at(value);
        let unit = if unit == "%" { " %" } else { "" };
        let text = escaped(&format!("{}{unit}", number(lang, value)));
        put(
            body,
            format_args!(
                "<line class=\"grid\" {ends}/><text class=\"small\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
            ),
        );
    }
}

/// Adds what is formatted.
fn put(body: &mut String, text: std::fmt::Arguments<'_>) {
    body.push_str(&text.to_string());
}

#[cfg(test)]
mod tests {
    use super::halves;

    #[test]
    fn a_long_label_goes_on_below_and_a_longer_one_ends_with_an_ellipsis() {
        assert_eq!(halves("Đã có trên Cổng"), ["Đã có trên Cổng", ""]);
        assert_eq!(
            halves("Ủy ban nhân dân xã Sa Thầy, tỉnh Quảng Ngãi"),
            ["Ủy ban nhân dân xã Sa", "Thầy, tỉnh Quảng Ngãi"]
        );
        assert!(halves(&"dài ".repeat(40))[1].ends_with('…'));
    }
}
