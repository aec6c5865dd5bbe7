//! Numbers of indicators as people read them.

use dongbo_indicators::{Hundredths, Indicator, OfficialValue, Value};
pub(super) use dongbo_model::NOT_APPLICABLE;
use dongbo_model::{Lang, texts};

use super::super::output::Output;
use super::super::role::Role;
use super::asked::Numbers;

texts! {
    days(number): "{number} ngày", "{number} days";
    of_set(set, words): "Bộ công thức {set}: {words}.", "Set of formulas {set}: {words}.";
    up_to(period, day): "Kỳ {period}, tính đến hết ngày {day}.", "Period {period}, judged up to the end of {day}.";
    holidays_open(year): "Lịch nghỉ năm {year} chưa được công bố hết; sửa indicators.calendar khi có.", "The holidays of {year} are not all announced; put them into indicators.calendar when they are.";
    no_holidays(year): "Lịch nghỉ chưa có năm {year}: chỉ trừ thứ Bảy, Chủ nhật.", "The calendar does not have the year {year}: only weekends are off.";
}

/// The sign for a number that is not published, which is not 0.
pub(super) fn absent() -> String {
    "–".to_owned()
}

/// A number with two decimals.
pub(super) fn number(lang: Lang, number: Option<Hundredths>) -> String {
    number.map_or_else(|| NOT_APPLICABLE.to_owned(), |number| lang.decimal(&number.to_string()))
}

/// A value as percent or days, with the counts that it is made of.
pub(super) fn told(lang: Lang, indicator: Indicator, value: &Value) -> String {
    let Some(ratio) = value.ratio else { return NOT_APPLICABLE.to_owned() };
    let shown = number(lang, Some(ratio));
    match indicator {
        Indicator::MeanTime => days(lang, shown),
        Indicator::OnlineFaster => format!("{shown} %"),
        _ => format!("{shown} % ({}/{})", lang.count(value.numerator), lang.count(value.denominator)),
    }
}

/// A published value as percent or days, with the counts as far as they are published.
pub(super) fn published_told(lang: Lang, indicator: Indicator, value: &OfficialValue) -> String {
    let Some(ratio) = value.ratio else { return absent() };
    let shown = number(lang, Some(ratio));
    match (indicator, value.numerator.zip(value.denominator)) {
        (Indicator::MeanTime, _) => days(lang, shown),
        (_, Some((over, under))) => format!("{shown} % ({}/{})", lang.count(over), lang.count(under)),
        (_, None) => format!("{shown} %"),
    }
}

/// How much `ours` is more than `theirs`, in percentage points, points or days.
pub(super) fn apart(ours: Option<Hundredths>, theirs: Option<Hundredths>) -> Option<f64> {
    let (ours, theirs) = ours.zip(theirs)?;
    let apart = i32::try_from(i64::from(ours.0) - i64::from(theirs.0)).ok()?;
    Some(f64::from(apart) / 100.0)
}

/// A difference with its sign; nothing when there is none.
pub(super) fn signed(lang: Lang, apart: Option<f64>) -> String {
    match apart {
        Some(apart) if apart != 0.0 => lang.decimal(&format!("{apart:+.2}")),
        _ => String::new(),
    }
}

/// Writes the set of formulas, the day up to which is judged, and what is open about the calendar.
pub(super) fn render_foot(numbers: &Foot, out: &mut Output) {
    let lang = out.lang();
    out.gap();
    out.line(of_set(lang, numbers.set.name(), numbers.set.text(lang)));
    out.line(up_to(lang, numbers.period, numbers.day.format(lang.pick("%d/%m/%Y", "%Y-%m-%d"))));
    match numbers.announced {
        Some(true) => {}
        Some(false) => out.line(out.paint(Role::Warn, &holidays_open(lang, numbers.year))),
        None => out.line(out.paint(Role::Warn, &no_holidays(lang, numbers.year))),
    }
}

/// Remarks below numbers.
#[derive(Debug, Clone)]
pub(super) struct Foot {
    set: dongbo_indicators::FormulaSet,
    period: dongbo_model::Period,
    day: chrono::NaiveDate,
    year: i32,
    announced: Option<bool>,
}

impl Foot {
    pub(super) fn of(numbers: &Numbers) -> Self {
        let question = &numbers.question;
        let year = i32::try_from(question.period.months().end().year()).unwrap_or_default();
        Self {
            set: question.set,
            period: question.period,
            day: question.cutoff().day,
            year,
            announced: numbers.book.calendar.announced(year),
        }
    }
}
