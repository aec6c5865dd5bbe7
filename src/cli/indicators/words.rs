//! Numbers of indicators as people read them.

pub(super) use dongbo_model::NOT_APPLICABLE;
use dongbo_model::texts;
pub(super) use dongbo_sync::views::words::{absent, apart, difference, number, published_told, signed, told};

use super::super::output::Output;
use super::super::role::Role;
use super::asked::Numbers;

texts! {
    of_set(set, words): "Bộ công thức {set}: {words}.", "Set of formulas {set}: {words}.";
    up_to(period, day): "Kỳ {period}, tính đến hết ngày {day}.", "Period {period}, judged up to the end of {day}.";
    holidays_open(year): "Lịch nghỉ năm {year} chưa được công bố hết; sửa indicators.calendar khi có.", "The holidays of {year} are not all announced; put them into indicators.calendar when they are.";
    no_holidays(year): "Lịch nghỉ chưa có năm {year}: chỉ trừ thứ Bảy, Chủ nhật.", "The calendar does not have the year {year}: only weekends are off.";
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
