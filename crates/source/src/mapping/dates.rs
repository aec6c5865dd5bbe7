//! Reading moments in the many ways that databases write them, and writing them back as parameters.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

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
    /// Forms tried before the built-in ones.
    pub(crate) formats: Vec<String>,
}

impl Dates {
    /// The moment that `value` names; `None` when nothing is written there.
    pub(crate) fn read(&self, value: &Value<'_>) -> Result<Option<DateTime<Utc>>, NoDate> {
        let moment = match value {
            Value::Null => return Ok(None),
            Value::Text(text) => match text.trim() {
                "" => return Ok(None),
                text => self.parse(text).ok_or(NoDate)?,
            },
            Value::Int(digits) => self.parse(&digits.to_string()).ok_or(NoDate)?,
            Value::Instant(micros) => from_micros(*micros).ok_or(NoDate)?.and_utc(),
            Value::Local(micros) => self.local(from_micros(*micros).ok_or(NoDate)?).ok_or(NoDate)?,
            Value::Date(days) => {
                let micros = i64::from(*days).checked_mul(DAY_MICROS).ok_or(NoDate)?;
                self.local(from_micros(micros).ok_or(NoDate)?).ok_or(NoDate)?
            }
            Value::Bool(_) | Value::Real(_) | Value::NotUtf8 | Value::Other => return Err(NoDate),
        };
        // Only in the outermost years does the zone matter, and asking it is slow.
        let inside = (1901..=2099).contains(&moment.year())
            || (1900..=2100).contains(&moment.with_timezone(&self.zone).year());
        if inside { Ok(Some(moment)) } else { Err(NoDate) }
    }

    fn local(&self, naive: NaiveDateTime) -> Option<DateTime<Utc>> {
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
        self.iso(text).or_else(|| FORMS.iter().find_map(|form| self.by_form(text, form)))
    }

    fn by_form(&self, text: &str, form: &str) -> Option<DateTime<Utc>> {
        if let Ok(moment) = DateTime::parse_from_str(text, form) {
            return Some(moment.with_timezone(&Utc));
        }
        if let Ok(naive) = NaiveDateTime::parse_from_str(text, form) {
            return self.local(naive);
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
        Dates { zone: Ho_Chi_Minh, formats: formats.iter().map(|form| (*form).to_owned()).collect() }
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
    fn any_number_of_postgresql_is_written_as_postgresql_reads_it() {
        assert_eq!(postgres_text(0, Some(Ho_Chi_Minh)), "2000-01-01 07:00:00.000000+07:00");
        assert_eq!(postgres_text(1, None), "2000-01-01 00:00:00.000001");
        assert_eq!(postgres_text(i64::MAX, None), "infinity");
        // PostgreSQL's own bounds: 4714 BC to 294276 AD.
        assert_eq!(postgres_text(-211_813_488_000_000_000, None), "4714-11-24 00:00:00.000000 BC");
        assert_eq!(postgres_text(9_223_371_331_199_999_999, None), "294276-12-31 23:59:59.999999");
    }
}
