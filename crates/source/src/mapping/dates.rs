//! Reading moments in the many ways that databases write them, and writing them back as parameters.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Timelike as _,
    Utc,
};
use chrono_tz::Tz;

use dongbo_model::invisible;

use crate::value::Value;

/// Forms that need no configuration, besides ISO. The day comes first in all Vietnamese software.
const FORMS: [&str; 6] = [
    "%d/%m/%Y %H:%M:%S%.f",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%d-%m-%Y %H:%M:%S%.f",
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y",
];

/// The same with a clock of twelve hours.
const HALF_DAY_FORMS: [&str; 4] =
    ["%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p", "%d-%m-%Y %I:%M:%S %p", "%d-%m-%Y %I:%M %p"];

/// Calendar and clock repeat after so many days, and years.
const CYCLE_DAYS: i64 = 146_097;
const CYCLE_YEARS: i64 = 400;
const DAY_MICROS: i64 = 86_400_000_000;
/// Days from 1970-01-01 to 2000-01-01, the origin of PostgreSQL's numbers.
const ORIGIN_DAYS: i64 = 10_957;

/// The value is no date, or none between 1900 and 2100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoDate;

/// The forms in which the local system writes moments, by the mapping.
#[derive(Debug, Clone)]
pub(crate) struct Dates {
    /// The zone of moments that carry none.
    pub(crate) zone: Tz,
    /// Whether moments that carry none are no moments: a system writes several zones, and nobody knows which it left out.
    pub(crate) needs_zone: bool,
    /// Forms tried before the built-in ones.
    pub(crate) formats: Vec<String>,
}

impl Dates {
    /// The moment between 1900 and 2100 that `value` names; `None` when nothing is written there.
    pub(crate) fn read(&self, value: &Value<'_>) -> Result<Option<DateTime<Utc>>, NoDate> {
        let Some(moment) = self.any(value)? else { return Ok(None) };
        // Only in the outermost years does the zone matter, and asking it is slow.
        let inside = (1901..=2099).contains(&moment.year())
            || (1900..=2100).contains(&moment.with_timezone(&self.zone).year());
        if inside { Ok(Some(moment)) } else { Err(NoDate) }
    }

    /// The moment that `value` names, in whatever year; `None` when nothing is written there.
    pub(super) fn any(&self, value: &Value<'_>) -> Result<Option<DateTime<Utc>>, NoDate> {
        let moment = match value {
            Value::Null => return Ok(None),
            Value::Text(text) => match invisible::cleaned(text).trim() {
                "" => return Ok(None),
                text => self.parse(text).ok_or(NoDate)?,
            },
            Value::Decimal(digits) => self.parse(digits).ok_or(NoDate)?,
            Value::Int(digits) => self.parse(&digits.to_string()).ok_or(NoDate)?,
            Value::Instant(micros) => from_micros(*micros).ok_or(NoDate)?.and_utc(),
            Value::Local(micros) => self.local(from_micros(*micros).ok_or(NoDate)?).ok_or(NoDate)?,
            Value::Date(days) => {
                let micros = i64::from(*days).checked_mul(DAY_MICROS).ok_or(NoDate)?;
                self.local(from_micros(micros).ok_or(NoDate)?).ok_or(NoDate)?
            }
            Value::Bool(_) | Value::Real(_) | Value::NotUtf8 | Value::Other => return Err(NoDate),
        };
        Ok(Some(moment))
    }

    /// Whether `value` would be a moment, if it said its zone.
    pub(crate) fn lacks_zone(&self, value: &Value<'_>) -> bool {
        self.needs_zone && Self { needs_zone: false, ..self.clone() }.any(value).is_ok()
    }

    fn local(&self, naive: NaiveDateTime) -> Option<DateTime<Utc>> {
        if self.needs_zone {
            return None;
        }
        // An hour that a change of the clocks repeats is taken the first time.
        self.zone.from_local_datetime(&naive).earliest().map(|moment| moment.with_timezone(&Utc))
    }

    fn parse(&self, text: &str) -> Option<DateTime<Utc>> {
        if let Some(moment) = self.formats.iter().find_map(|form| self.by_form(text, form)) {
            return Some(moment);
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.digits(text);
        }
        self.iso(text).or_else(|| self.day_first(text))
    }

    /// A date whose day comes first, when no other software would write another day so.
    fn day_first(&self, text: &str) -> Option<DateTime<Utc>> {
        let (body, half) = HALVES
            .into_iter()
            .find_map(|(mark, half)| Some((strip_end(text, mark)?.trim_end(), Some(half))))
            .unwrap_or((text, None));
        if could_be_month_first(body, half) {
            return None;
        }
        match half {
            None => FORMS.iter().find_map(|form| self.by_form(body, form)),
            Some(half) => {
                let text = format!("{body} {}", if half.is_afternoon { "PM" } else { "AM" });
                HALF_DAY_FORMS.iter().find_map(|form| self.by_form(&text, form))
            }
        }
    }

    fn by_form(&self, text: &str, form: &str) -> Option<DateTime<Utc>> {
        // The 60th second of a minute would be written as such.
        let is_plain = |nanosecond: u32| nanosecond < 1_000_000_000;
        if let Ok(moment) = DateTime::parse_from_str(text, form) {
            return is_plain(moment.nanosecond()).then(|| moment.with_timezone(&Utc));
        }
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, form) {
            return self.local(naive).filter(|_| is_plain(naive.nanosecond()));
        }
        self.local(NaiveDate::parse_from_str(text, form).ok()?.and_time(NaiveTime::MIN))
    }

    /// `yyyyMMdd`, `yyyyMMddHHmm` or `yyyyMMddHHmmss`.
    fn digits(&self, text: &str) -> Option<DateTime<Utc>> {
        let part = |from: usize, to: usize| match text.get(from..to) {
            Some(digits) => digits.parse().ok(),
            None => Some(0),
        };
        if !matches!(text.len(), 8 | 12 | 14) {
            return None;
        }
        let date = NaiveDate::from_ymd_opt(text.get(..4)?.parse().ok()?, part(4, 6)?, part(6, 8)?)?;
        self.local(date.and_hms_opt(part(8, 10)?, part(10, 12)?, part(12, 14)?)?)
    }

    /// `YYYY-MM-DD`, then a blank or `T` and `HH:MM`, seconds, a fraction and an offset, each optional. By hand,
    /// since half of all time spent on a dossier's columns would otherwise go into interpreting formats.
    fn iso(&self, text: &str) -> Option<DateTime<Utc>> {
        let mut rest = Digits(text.as_bytes());
        let year = rest.number(4)?;
        let month = rest.after(b'-')?.number(2)?;
        let day = rest.after(b'-')?.number(2)?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        if rest.0.is_empty() {
            return self.local(date.and_time(NaiveTime::MIN));
        }
        rest.either(b' ', b'T')?;
        let hour = rest.number(2)?;
        let minute = rest.after(b':')?.number(2)?;
        let mut second = 0;
        let mut micros = 0;
        if rest.after(b':').is_some() {
            second = rest.number(2)?;
            if rest.either(b'.', b',').is_some() {
                micros = rest.fraction()?;
            }
        }
        let naive = date.and_hms_micro_opt(hour, minute, second, micros)?;
        rest.after(b' ');
        match rest.0.split_first() {
            None => self.local(naive),
            Some((b'Z' | b'z', [])) => Some(naive.and_utc()),
            Some((sign @ (b'+' | b'-'), offset)) => {
                let mut offset = Digits(offset);
                let hours = offset.number(2)?;
                offset.after(b':');
                let minutes = if offset.0.is_empty() { 0 } else { offset.number(2)? };
                let ahead = TimeDelta::minutes(i64::from(hours * 60 + minutes));
                let whole = offset.0.is_empty() && minutes < 60;
                let naive = match sign {
                    b'+' => naive.checked_sub_signed(ahead)?,
                    _ => naive.checked_add_signed(ahead)?,
                };
                whole.then(|| naive.and_utc())
            }
            Some(_) => None,
        }
    }
}

/// The half of a day that a time of the twelve-hour clock is in.
#[derive(Debug, Clone, Copy)]
struct Half {
    is_afternoon: bool,
    /// Written in Vietnamese, by software that puts the day first.
    is_vietnamese: bool,
}

const HALVES: [(&str, Half); 4] = [
    ("SA", Half { is_afternoon: false, is_vietnamese: true }),
    ("CH", Half { is_afternoon: true, is_vietnamese: true }),
    ("AM", Half { is_afternoon: false, is_vietnamese: false }),
    ("PM", Half { is_afternoon: true, is_vietnamese: false }),
];

/// `text` without `mark` at its end, in whichever case.
fn strip_end<'t>(text: &'t str, mark: &str) -> Option<&'t str> {
    let (body, end) = text.split_at_checked(text.len().checked_sub(mark.len())?)?;
    end.eq_ignore_ascii_case(mark).then_some(body)
}

/// Whether American software writes another day so: it leaves noughts away and goes by a clock of twelve hours, and no
/// number above twelve says which is the month.
fn could_be_month_first(text: &str, half: Option<Half>) -> bool {
    let mut parts = text.split(['/', '-']);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else { return false };
    let both_are_months =
        [first, second].iter().all(|part| part.parse().is_ok_and(|number: u8| number <= 12));
    let is_unpadded = first.len() < 2 || second.len() < 2;
    let is_foreign = half.map_or(is_unpadded, |half| !half.is_vietnamese);
    both_are_months && is_foreign && first.trim_start_matches('0') != second.trim_start_matches('0')
}

struct Digits<'t>(&'t [u8]);

impl Digits<'_> {
    fn number(&mut self, length: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits
            .iter()
            .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0')))
    }

    fn after(&mut self, mark: u8) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        if *first != mark {
            return None;
        }
        self.0 = rest;
        Some(self)
    }

    fn either(&mut self, mark: u8, other: u8) -> Option<()> {
        self.after(mark).is_some().then_some(()).or_else(|| self.after(other).map(|_| ()))
    }

    /// Microseconds of any number of digits; finer digits are cut off.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        let micros = digits.iter().chain([b'0'; 6].iter()).take(6);
        (count > 0).then(|| micros.fold(0, |number, byte| number * 10 + u32::from(byte - b'0')))
    }
}

fn from_micros(micros: i64) -> Option<NaiveDateTime> {
    let since_1970 = micros.checked_add(ORIGIN_DAYS * DAY_MICROS)?;
    DateTime::from_timestamp_micros(since_1970).map(|moment| moment.naive_utc())
}

/// Writes microseconds since 2000-01-01 the way PostgreSQL reads them, whatever they are: `infinity`, years before
/// Christ and years beyond the calendar library's too, so that paging can go on behind any row.
pub(crate) fn postgres_text(micros: i64, zone: Option<Tz>) -> String {
    match micros {
        i64::MAX => return "infinity".to_owned(),
        i64::MIN => return "-infinity".to_owned(),
        _ => {}
    }
    // An offset only serves columns without a zone, which ignore it; so outside our times UTC will do.
    if let Some(moment) =
        zone.zip(from_micros(micros)).filter(|(_, naive)| (1900..=2100).contains(&naive.year()))
    {
        let (zone, naive) = moment;
        return naive.and_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M:%S%.6f%:z").to_string();
    }
    let cycle = CYCLE_DAYS * DAY_MICROS;
    let years = micros.div_euclid(cycle) * CYCLE_YEARS;
    let Some(within) = from_micros(micros.rem_euclid(cycle)) else { return "infinity".to_owned() };
    let year = i64::from(within.year()) + years;
    let rest = within.format("-%m-%d %H:%M:%S%.6f");
    let offset = if zone.is_some() { "+00:00" } else { "" };
    if year > 0 { format!("{year:04}{rest}{offset}") } else { format!("{:04}{rest}{offset} BC", 1 - year) }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use chrono_tz::Asia::Ho_Chi_Minh;

    use super::{Dates, NoDate, postgres_text};
    use crate::value::Value;

    fn dates(formats: &[&str]) -> Dates {
        Dates {
            zone: Ho_Chi_Minh,
            needs_zone: false,
            formats: formats.iter().map(|form| (*form).to_owned()).collect(),
        }
    }

    fn read(text: &str) -> Result<Option<DateTime<Utc>>, NoDate> {
        dates(&[]).read(&Value::Text(text.into()))
    }

    #[test]
    fn one_moment_in_every_writing() {
        let moment = "2025-09-15T01:30:00Z".parse().unwrap();
        for text in [
            "2025-09-15 08:30:00",
            "2025-09-15 08:30",
            " 2025-09-15T08:30:00.000 ",
            "2025-09-15T08:30:00,0",
            "2025-09-15 01:30:00Z",
            "2025-09-15 08:30:00.000000+07",
            "2025-09-15T08:30:00+0700",
            "2025-09-15T08:30:00 +07:00",
            "2025-09-14T20:30:00-05:00",
            "20250915083000",
            "202509150830",
            "15/09/2025 08:30:00",
            "15/09/2025 08:30",
            "15-09-2025 08:30",
        ] {
            assert_eq!(read(text), Ok(Some(moment)), "{text}");
        }
        assert_eq!(dates(&[]).read(&Value::Int(20_250_915_083_000)), Ok(Some(moment)));
        assert_eq!(
            dates(&["%H giờ %M, %d.%m.%Y"]).read(&Value::Text("08 giờ 30, 15.09.2025".into())),
            Ok(Some(moment))
        );
        assert_eq!(read("15/09/2025"), read("2025-09-15 00:00:00"));
        assert_eq!(read("20250915"), read("2025-09-15"));
    }

    #[test]
    fn nothing_is_nothing_and_nonsense_is_no_date() {
        assert_eq!(read("  "), Ok(None));
        for text in [
            "0000-00-00",
            "0000-00-00 00:00:00",
            "0001-01-01 00:00:00 BC",
            "1899-12-31",
            "2101-01-01",
            "2025-02-30",
            "2025-09-15 25:00:00",
            "2025-09-15 08:30:00+99:99",
            "hôm qua",
            "1757899800",
            "2025-09-15 08:30:00 x",
        ] {
            assert_eq!(read(text), Err(NoDate), "{text}");
        }
        for value in
            [Value::Instant(i64::MAX), Value::Local(i64::MIN), Value::Date(i32::MAX), Value::Real(1.0)]
        {
            assert_eq!(dates(&[]).read(&value), Err(NoDate));
        }
    }

    #[test]
    fn a_date_that_means_two_days_is_none_until_the_mapping_says_how_it_is_written() {
        let evening = read("2025-09-20 17:00:00");
        for text in [
            "20/9/2025 17:00",
            "20/09/2025 5:00:00 CH",
            "20/09/2025 05:00 ch",
            "20-09-2025 5:00 PM",
            "20/09/2025 5:00:00 pm",
            "2025-09-20 17:00\u{200b}",
        ] {
            assert_eq!(read(text), evening, "{text}");
        }
        assert_eq!(read("9/10/2025 8:00:00 SA"), read("2025-10-09 08:00:00"), "Vietnamese software");
        assert_eq!(read("9/9/2025 17:00"), read("2025-09-09 17:00:00"), "one day either way");
        for text in [
            "9/10/2025 17:00",
            "09/10/2025 5:00:00 PM",
            "9/10/2025",
            "09/20/2025 17:00:00",
            "17:00 20/09/2025",
            "20/09/2025 17:00 CH",
            "2025-09-20T24:00:00",
            "20/09/2025 23:59:60",
            "2025-09-20 17:00:00 Asia/Saigon",
            "1757899800000",
            "２０/09/2025",
        ] {
            assert_eq!(read(text), Err(NoDate), "{text}");
        }
        let declared = |form: &str, text: &str| dates(&[form]).read(&Value::Text(text.to_owned().into()));
        assert_eq!(declared("%d/%m/%Y %H:%M", "9/10/2025 17:00"), read("2025-10-09 17:00:00"));
        assert_eq!(declared("%m/%d/%Y %I:%M:%S %p", "09/10/2025 5:00:00 PM"), read("2025-09-10 17:00:00"));
        assert_eq!(declared("%d/%m/%y %H:%M", "20/09/25 17:00"), evening);
    }

    #[test]
    fn any_number_of_postgresql_is_written_as_postgresql_reads_it() {
        assert_eq!(postgres_text(0, Some(Ho_Chi_Minh)), "2000-01-01 07:00:00.000000+07:00");
        assert_eq!(postgres_text(1, None), "2000-01-01 00:00:00.000001");
        assert_eq!(postgres_text(i64::MAX, None), "infinity");
        // PostgreSQL's own bounds: 4714 BC to 294276 AD.
        assert_eq!(postgres_text(-211_813_488_000_000_000, None), "4714-11-24 00:00:00.000000 BC");
        assert_eq!(postgres_text(9_223_371_331_199_999_999, None), "294276-12-31 23:59:59.999999");
    }
}
