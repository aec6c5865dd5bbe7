//! Figures that people enter, because other systems have them.

use dongbo_ledger::{EnteredFigure, NewFigure};
use dongbo_model::{Lang, Period, texts, vocabulary};
use dongbo_settings::hint;

use crate::book::Book;
use crate::exact::{Exact, Hundredths};
use crate::formulas::{Given, Value};
use crate::indicator::{Indicator, Origin};

/// The largest count that is taken: more dossiers than the country has in years.
const MOST: u64 = 1_000_000_000;

vocabulary! {
    /// A count that the formulas take from people.
    pub enum Figure
    texts {
        /// Its name.
        text
    }
    {
        /// Dossiers received by the national reporting system; of a whole year also the base of 1.4 in the year after it.
        Reported = "reported", ["hồ sơ tiếp nhận theo hệ thống báo cáo quốc gia", "dossiers received by the national reporting system"];
        /// Online services of the unit.
        Services = "services", ["dịch vụ công trực tuyến của đơn vị", "online services of the unit"];
        /// Procedures with a fee.
        FeeProcedures = "fee-procedures", ["thủ tục có phí, lệ phí của đơn vị", "procedures of the unit with a fee"];
        /// Procedures for citizens.
        CitizenProcedures = "citizen-procedures", ["thủ tục cho công dân của đơn vị", "procedures of the unit for citizens"];
        /// Complaints.
        Complaints = "complaints", ["hồ sơ bị phản ánh", "dossiers complained of"];
    }
}

/// The reason why a figure is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryFlaw {
    /// Nobody asks for a figure of this name; with the nearest one.
    Unknown(String, Option<String>),
    /// The number is computed and not entered.
    Computed(&'static str),
    /// The value cannot be read.
    Value(String),
    /// A count is more than there can be.
    Count(String),
    /// A percentage is more than 100, or a numerator more than its denominator.
    Ratio(String),
    /// The period is none.
    Period(String),
    /// The table does not begin with its heads.
    Heads,
    /// A line has so many cells, and not four.
    Cells(usize),
}

/// A fault of a figure, and its line in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryError {
    /// The line, from 1; `None` outside of a table.
    pub line: Option<usize>,
    /// The fault.
    pub flaw: EntryFlaw,
}

texts! {
    unknown(name): "không có số nào tên là “{name}”", "nothing is called \"{name}\"";
    nearest(name): "có phải “{name}” không?", "did you mean `{name}`?";
    computed(name): "{name} được tính từ hồ sơ, không nhập tay", "{name} is computed from dossiers and cannot be entered";
    no_value(value): "“{value}” không phải giá trị: ghi tỷ lệ phần trăm (98.5), tỷ số (12/15), hoặc số đếm (42)", "\"{value}\" is no value: write a percentage (98.5), a ratio (12/15) or, for what is counted, a count (42)";
    count_range(value): "{value} ngoài khoảng cho phép: số đếm nhiều nhất là 1000000000", "{value} is out of range: a count is at most 1000000000";
    ratio_range(value): "{value} ngoài khoảng cho phép: tỷ lệ nhiều nhất là 100, tử số không lớn hơn mẫu số", "{value} is out of range: a percentage is at most 100, and a numerator no more than its denominator";
    no_period(value): "“{value}” không phải kỳ: ghi 2026-08, 2026-Q3, 2026-H1 hoặc 2026", "\"{value}\" is no period: write 2026-08, 2026-Q3, 2026-H1 or 2026";
    heads(): "dòng đầu phải là period,unit,figure,value", "the first line must be period,unit,figure,value";
    cells(many): "cần 4 ô, có {many}", "expected 4 cells, found {many}";
    in_line(line, what): "dòng {line}: {what}", "line {line}: {what}";
}

impl EntryError {
    /// A sentence on what is wrong.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let what = match &self.flaw {
            EntryFlaw::Unknown(name, None) => unknown(lang, name),
            EntryFlaw::Unknown(name, Some(near)) => {
                format!("{}; {}", unknown(lang, name), nearest(lang, near))
            }
            EntryFlaw::Computed(name) => computed(lang, name),
            EntryFlaw::Value(value) => no_value(lang, value),
            EntryFlaw::Count(value) => count_range(lang, value),
            EntryFlaw::Ratio(value) => ratio_range(lang, value),
            EntryFlaw::Period(value) => no_period(lang, value),
            EntryFlaw::Heads => heads(lang),
            EntryFlaw::Cells(many) => cells(lang, many),
        };
        match self.line {
            Some(line) => in_line(lang, line, what),
            None => what,
        }
    }
}

/// Reads a figure as a person writes it, and checks that it can be.
///
/// # Errors
/// Nobody asks for such a figure, or it is out of range. Nothing is put right silently.
pub fn figure(
    book: &Book,
    name: &str,
    period: &str,
    unit: &str,
    value: &str,
) -> Result<NewFigure, EntryFlaw> {
    let period = Period::parse(period.trim()).ok_or_else(|| EntryFlaw::Period(period.to_owned()))?;
    let (name, value) = (name.trim(), value.trim());
    let is_count = match Indicator::from_name(name) {
        Some(indicator) if indicator.origin() == Origin::Entered => false,
        Some(indicator) => return Err(EntryFlaw::Computed(indicator.name())),
        None if Figure::from_name(name).is_some() || of_plans(book).any(|figure| figure == name) => true,
        None => {
            let entered = Indicator::ALL.iter().filter(|one| one.origin() == Origin::Entered);
            let known =
                entered.map(|one| one.name()).chain(Figure::NAMES.iter().copied()).chain(of_plans(book));
            let nearest = hint::nearest(name, known).map(str::to_owned);
            return Err(EntryFlaw::Unknown(name.to_owned(), nearest));
        }
    };
    let (numerator, denominator) = if is_count { (count(value)?, None) } else { ratio(value)? };
    Ok(NewFigure {
        period: period.to_string(),
        unit: unit.trim().to_owned(),
        figure: name.to_owned(),
        numerator,
        denominator,
    })
}

/// The names of figures that the plans ask for.
fn of_plans(book: &Book) -> impl Iterator<Item = &str> {
    book.plans.iter().flat_map(|plan| &plan.targets).filter_map(|target| target.figure.as_deref())
}

fn count(value: &str) -> Result<u64, EntryFlaw> {
    let count: u64 = value.parse().map_err(|_| EntryFlaw::Value(value.to_owned()))?;
    if count > MOST {
        return Err(EntryFlaw::Count(value.to_owned()));
    }
    Ok(count)
}

/// A ratio as numerator and denominator; a percentage is of 10,000.
fn ratio(value: &str) -> Result<(u64, Option<u64>), EntryFlaw> {
    if let Some((numerator, denominator)) = value.split_once('/') {
        let (numerator, denominator) = (count(numerator.trim())?, count(denominator.trim())?);
        if numerator > denominator {
            return Err(EntryFlaw::Ratio(value.to_owned()));
        }
        return Ok((numerator, Some(denominator)));
    }
    let bare = value.trim_end_matches('%').trim_end();
    let percent = Hundredths::parse(bare).ok_or_else(|| EntryFlaw::Value(value.to_owned()))?;
    if percent > Hundredths(10_000) {
        return Err(EntryFlaw::Ratio(value.to_owned()));
    }
    Ok((u64::from(percent.0), Some(10_000)))
}

/// Reads the lines of a table `period,unit,figure,value` with these heads. Lines that are empty are passed over.
///
/// # Errors
/// The faults, line by line; nothing of the table is taken then.
pub fn table(book: &Book, text: &str) -> Result<Vec<NewFigure>, Vec<EntryError>> {
    let text = text.trim_start_matches('\u{feff}');
    let separator = if text.lines().next().is_some_and(|head| head.contains(';')) { ';' } else { ',' };
    let cells = |line: &str| -> Vec<String> {
        line.split(separator).map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
    };
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    if lines.next().is_none_or(|(_, head)| cells(head) != ["period", "unit", "figure", "value"]) {
        return Err(vec![EntryError { line: Some(1), flaw: EntryFlaw::Heads }]);
    }
    let (mut figures, mut wrong) = (Vec::new(), Vec::new());
    for (number, line) in lines {
        let cells = cells(line);
        let read = match cells.as_slice() {
            [period, unit, name, value] => figure(book, name, period, unit, value),
            other => Err(EntryFlaw::Cells(other.len())),
        };
        match read {
            Ok(figure) => figures.push(figure),
            Err(flaw) => wrong.push(EntryError { line: Some(number), flaw }),
        }
    }
    if wrong.is_empty() { Ok(figures) } else { Err(wrong) }
}

/// The newest of the figures that were entered under this name for a unit (empty: all) and a period.
#[must_use]
pub fn newest<'e>(
    entered: &'e [EnteredFigure],
    name: &str,
    period: Period,
    unit: &str,
) -> Option<&'e EnteredFigure> {
    let period = period.to_string();
    entered
        .iter()
        .rev()
        .find(|one| one.figure.figure == name && one.figure.period == period && one.figure.unit == unit)
}

/// The counts of a unit (empty: all) that people entered for `period`.
#[must_use]
pub fn given(entered: &[EnteredFigure], period: Period, unit: &str) -> Given {
    let count =
        |figure: Figure, period| newest(entered, figure.name(), period, unit).map(|one| one.figure.numerator);
    let last_year = Period::Year(period.months().start().year() - 1);
    Given {
        reported: count(Figure::Reported, period),
        last_year: count(Figure::Reported, last_year),
        services: count(Figure::Services, period),
        fee_procedures: count(Figure::FeeProcedures, period),
        citizen_procedures: count(Figure::CitizenProcedures, period),
        complaints: count(Figure::Complaints, period),
        owner_stores: None,
    }
}

/// An entered figure as a value: a ratio, or a count without one.
#[must_use]
pub fn entered_value(indicator: Option<Indicator>, figure: &NewFigure) -> Value {
    let (numerator, denominator) = (figure.numerator, figure.denominator.unwrap_or_default());
    let ratio = Exact::ratio(numerator, denominator);
    let points =
        ratio.zip(indicator).filter(|(_, indicator)| indicator.points() > 0).map(|(ratio, indicator)| {
            let most = indicator.points();
            ratio.times(most, 1).times(100, indicator.full_from()).at_most(most).hundredths()
        });
    Value { numerator, denominator, ratio: ratio.map(Exact::percent), points }
}

#[cfg(test)]
mod tests {
    use dongbo_ledger::EnteredFigure;
    use dongbo_model::{Lang, Period};

    use super::{EntryFlaw, entered_value, figure, given, newest, table};
    use crate::book::Book;
    use crate::indicator::Indicator;
    use crate::settings::Settings;

    fn book() -> Book {
        let plans = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/targets/sa-thay.toml");
        Book::open(&Settings { targets: vec![plans.into()], ..Settings::default() }, Vec::new()).unwrap()
    }

    #[test]
    fn a_figure_is_taken_as_people_write_it_and_only_if_it_can_be() {
        let book = book();
        let read = |name: &str, value: &str| {
            figure(&book, name, "2026-08", "H44.08", value).map(|read| (read.numerator, read.denominator))
        };
        assert_eq!(read("1.1", "98,5 %"), Ok((9_850, Some(10_000))));
        assert_eq!(read("5.1", "12/15"), Ok((12, Some(15))));
        assert_eq!(read("reported", "138744"), Ok((138_744, None)));
        assert_eq!(read("full-online-services", "139"), Ok((139, None)), "of a plan");
        for (name, value) in [("1.1", "100.01"), ("1.1", "16/15"), ("reported", "1000000001")] {
            let refused = read(name, value);
            assert!(matches!(refused, Err(EntryFlaw::Count(_) | EntryFlaw::Ratio(_))), "{name} {value}");
        }
        for (name, value) in [("1.1", "-1"), ("1.1", "98.555"), ("reported", "12.5"), ("reported", "")] {
            assert!(matches!(read(name, value), Err(EntryFlaw::Value(_))), "{name} {value}");
        }
        assert_eq!(read("2.1", "99"), Err(EntryFlaw::Computed("2.1")));
        let near = Some("reported".to_owned());
        assert_eq!(read("reportd", "5"), Err(EntryFlaw::Unknown("reportd".to_owned(), near)));
        assert!(matches!(figure(&book, "1.1", "2026-13", "", "5"), Err(EntryFlaw::Period(_))));
    }

    #[test]
    fn a_table_is_taken_whole_or_not_at_all() {
        let book = book();
        let good = "period,unit,figure,value\n2026-08,H44.08,1.1,97.5\n\n2026-08,,reported,12\n";
        assert_eq!(table(&book, good).unwrap().len(), 2);
        let wrong = table(&book, &format!("{good}2026-08,,1.1,120\n2026-08,1.1\n")).unwrap_err();
        assert_eq!(wrong.iter().map(|one| one.line).collect::<Vec<_>>(), [Some(5), Some(6)]);
        assert_eq!(wrong[1].text(Lang::En), "line 6: expected 4 cells, found 2");
        assert!(table(&book, "2026-08,,1.1,97\n").is_err());
    }

    #[test]
    fn the_newest_figure_holds_for_its_unit_and_period_alone() {
        let entered = |period: &str, unit: &str, name: &str, value: &str| EnteredFigure {
            figure: figure(&book(), name, period, unit, value).unwrap(),
            entered_at: chrono::DateTime::UNIX_EPOCH,
            entered_by: "lan".to_owned(),
        };
        let all = [
            entered("2026-08", "", "reported", "100"),
            entered("2026-08", "", "reported", "120"),
            entered("2025", "", "reported", "1200"),
            entered("2026-08", "H44.08", "complaints", "3"),
            entered("2026-08", "", "1.1", "98.5"),
        ];
        let august = Period::parse("2026-08").unwrap();
        let whole = given(&all, august, "");
        assert_eq!((whole.reported, whole.last_year, whole.complaints), (Some(120), Some(1_200), None));
        assert_eq!(given(&all, august, "H44.08").complaints, Some(3));
        let disclosure = newest(&all, "1.1", august, "").unwrap();
        let value = entered_value(Some(Indicator::PublishedOnTime), &disclosure.figure);
        assert_eq!(value.points.unwrap().to_string(), "5.91");
    }
}
