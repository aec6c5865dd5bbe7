//! Charts as data, and the scale that every way of drawing them has in common.

use dongbo_model::{Lang, NOT_APPLICABLE};

use crate::figures::number;

/// A chart. What it shows stands in a table beside it too, so nobody has to see it.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Values of several things, each against its target.
    Bars(Bars),
    /// Values over time.
    Lines(Lines),
}

/// Values of several things in one unit, each against its target.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// The title, without a number.
    pub title: String,
    /// The unit of the values, within a sentence: `%`.
    pub unit: String,
    /// The meaning of the marks beside bars.
    pub mark: Mark,
    /// The bars, the first on top.
    pub bars: Vec<Bar>,
}

/// The meaning of a mark beside a bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The level that has to be reached.
    Target,
    /// The most that there is.
    Most,
}

impl Mark {
    /// Its name in a legend.
    pub(crate) const fn text(self, lang: Lang) -> &'static str {
        match self {
            Self::Target => lang.pick("Chỉ tiêu", "Target"),
            Self::Most => lang.pick("Tối đa", "Most"),
        }
    }
}

/// A value against its target.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The thing that it is of.
    pub label: String,
    /// The value; `None` where there is none.
    pub value: Option<f64>,
    /// The target, if it has one.
    pub target: Option<f64>,
}

/// Values over time in one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// The title, without a number.
    pub title: String,
    /// The unit of the values, within a sentence.
    pub unit: String,
    /// The moments, in order.
    pub moments: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// The values of one thing over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The thing.
    pub name: String,
    /// A value for each moment; `None` where there is none.
    pub values: Vec<Option<f64>>,
}

impl Chart {
    /// The title, without a number.
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Bars(bars) => &bars.title,
            Self::Lines(lines) => &lines.title,
        }
    }

    /// The unit of the values.
    pub(crate) fn unit(&self) -> &str {
        match self {
            Self::Bars(bars) => &bars.unit,
            Self::Lines(lines) => &lines.unit,
        }
    }

    /// Its content in words, for whoever does not see it.
    pub(crate) fn told(&self, lang: Lang) -> String {
        let value = |value: Option<f64>| shown(lang, value, self.unit());
        let told: Vec<String> = match self {
            Self::Bars(bars) => bars
                .bars
                .iter()
                .map(|bar| match bar.target {
                    Some(target) => {
                        let word = bars.mark.text(lang).to_lowercase();
                        format!("{}: {} ({word} {})", bar.label, value(bar.value), value(Some(target)))
                    }
                    None => format!("{}: {}", bar.label, value(bar.value)),
                })
                .collect(),
            Self::Lines(lines) => lines
                .lines
                .iter()
                .map(|line| {
                    let moments = lines.moments.iter().zip(&line.values);
                    let told: Vec<_> = moments.map(|(at, shown)| format!("{at} {}", value(*shown))).collect();
                    format!("{}: {}", line.name, told.join(", "))
                })
                .collect(),
        };
        told.join("; ")
    }

    /// The end of its scale: a round number that no value and no target exceeds.
    pub(crate) fn top(&self) -> f64 {
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        let highest = match self {
            Self::Bars(bars) => most(&mut bars.bars.iter().flat_map(|bar| [bar.value, bar.target]).flatten()),
            Self::Lines(lines) => {
                most(&mut lines.lines.iter().flat_map(|line| &line.values).copied().flatten())
            }
        };
        if self.unit() == "%" && highest <= 100.0 { 100.0 } else { round_above(highest) }
    }
}

/// A value with its unit, without a line break between them.
pub(crate) fn shown(lang: Lang, value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| NOT_APPLICABLE.to_owned(), |value| format!("{}\u{a0}{unit}", number(lang, value)))
}

/// The number of parts into which a scale is divided.
pub(crate) const PARTS: usize = 4;

/// A round number that is not below `value` and can be divided by [`PARTS`].
fn round_above(value: f64) -> f64 {
    let mut unit = 0.01;
    while unit * 100.0 < value && unit < 1e15 {
        unit *= 10.0;
    }
    [4.0, 8.0, 12.0, 20.0, 24.0, 40.0, 60.0, 80.0, 100.0]
        .into_iter()
        .map(|round| round * unit)
        .find(|top| *top >= value)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use dongbo_model::Lang;

    use super::{Bar, Bars, Chart, Line, Lines, Mark, round_above};

    fn bars(unit: &str, values: &[(Option<f64>, Option<f64>)]) -> Chart {
        let bars =
            values.iter().map(|&(value, target)| Bar { label: "A".to_owned(), value, target }).collect();
        Chart::Bars(Bars { title: String::new(), unit: unit.to_owned(), mark: Mark::Target, bars })
    }

    #[test]
    fn a_scale_is_round_and_holds_every_value_and_target() {
        for (value, top) in
            [(0.0, 0.04), (0.5, 0.6), (3.2, 4.0), (7.0, 8.0), (99.0, 100.0), (101.0, 120.0), (1234.0, 2000.0)]
        {
            assert!((round_above(value) - top).abs() < 1e-9, "{value}: {}", round_above(value));
        }
        assert!((bars("%", &[(Some(3.0), Some(80.0))]).top() - 100.0).abs() < 1e-9);
        assert!((bars("giờ", &[(Some(3.0), Some(7.0))]).top() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_chart_is_told_to_whoever_does_not_see_it() {
        let told = bars("%", &[(Some(99.5), Some(100.0)), (None, None)]).told(Lang::Vi);
        assert_eq!(told, "A: 99,5\u{a0}% (chỉ tiêu 100\u{a0}%); A: N/A");
        let lines = vec![Line { name: "Trung vị".to_owned(), values: vec![Some(1.5), None] }];
        let moments = vec!["07/2026".to_owned(), "08/2026".to_owned()];
        let chart = Chart::Lines(Lines { title: String::new(), unit: "giờ".to_owned(), moments, lines });
        assert_eq!(chart.told(Lang::Vi), "Trung vị: 07/2026 1,5\u{a0}giờ, 08/2026 N/A");
    }
}
