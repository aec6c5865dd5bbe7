//! Reading numbers in the many ways that databases hold them and that staff type them.

use serde::Deserialize;

use dongbo_model::{Detail, Lang, invisible};

use crate::value::Value;

/// From here on floats have no place for every whole number.
const EXACT_FLOATS: f64 = 9_007_199_254_740_992.0;
/// What may stand behind an amount, for each of them says đồng.
const DONG: [&str; 5] = ["vnđ", "vnd", "đồng", "đ", "₫"];

/// The key `numbers` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NumbersFile {
    thousands: String,
    decimal: String,
}

/// The reason why a value is no number that can be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoNumber {
    /// Its separator may be of thousands or of decimals.
    Ambiguous,
    /// It has a fraction.
    Fraction,
    /// It is none, or none that is so large.
    Nonsense,
}

impl NoNumber {
    /// The question that the mapping must answer about separators; `None` when they are not to blame.
    pub(crate) const fn separators(self) -> Option<&'static str> {
        match self {
            Self::Ambiguous => Some(Detail::Separators.text(Lang::En)),
            Self::Fraction | Self::Nonsense => None,
        }
    }
}

/// The separators of numbers in text, by the mapping; without them only what can be read in one way is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    marks: Option<Marks>,
}

#[derive(Debug, Clone, Copy)]
struct Marks {
    thousands: Option<char>,
    decimal: Option<char>,
}

impl NumbersFile {
    /// Checks the separators and adds what is wrong with them to `problems`.
    pub(super) fn check(written: Option<Self>, problems: &mut Vec<String>) -> Numbers {
        let Some(written) = written else { return Numbers::default() };
        let mut mark = |key: &str, text: &str, taken: &[char]| {
            let mut all = text.chars();
            match (all.next(), all.next()) {
                (None, _) => None,
                (Some(mark), None) if taken.contains(&mark) => Some(mark),
                _ => {
                    let text = invisible::shown(text);
                    problems
                        .push(format!("numbers.{key}: \"{text}\" is not a separator; an example is \".\""));
                    None
                }
            }
        };
        let thousands = mark("thousands", &written.thousands, &['.', ',', ' ', '\'']);
        let decimal = mark("decimal", &written.decimal, &['.', ',']);
        if thousands.is_some() && thousands == decimal {
            problems.push("numbers: thousands and decimal are the same".to_owned());
        }
        Numbers { marks: Some(Marks { thousands, decimal }) }
    }
}

impl Numbers {
    /// The whole number that `value` is; `None` when nothing is written there.
    pub(crate) fn whole(&self, value: &Value<'_>) -> Result<Option<i64>, NoNumber> {
        match value {
            Value::Text(text) => self.typed(&invisible::cleaned(text)).transpose(),
            value => of_type(value),
        }
    }

    /// As [`Numbers::whole`], of an amount in đồng, which may say so.
    pub(crate) fn amount(&self, value: &Value<'_>) -> Result<Option<i64>, NoNumber> {
        let Value::Text(text) = value else { return self.whole(value) };
        let text = invisible::cleaned(text).trim().to_lowercase();
        let bare = DONG.iter().find_map(|unit| text.strip_suffix(unit)).map_or(text.as_str(), str::trim_end);
        if bare.is_empty() && !text.is_empty() {
            return Err(NoNumber::Nonsense);
        }
        self.typed(bare).transpose()
    }

    /// The number that a person or a program wrote as text; `None` when there is nothing.
    fn typed(&self, text: &str) -> Option<Result<i64, NoNumber>> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
        let read = match self.marks {
            Some(marks) => marks.digits(digits),
            None => plain(digits),
        };
        Some(read.and_then(|digits| format!("{sign}{digits}").parse().map_err(|_| NoNumber::Nonsense)))
    }
}

/// The whole number that a value of another type than text is.
fn of_type(value: &Value<'_>) -> Result<Option<i64>, NoNumber> {
    match value {
        Value::Null => Ok(None),
        Value::Int(number) => Ok(Some(*number)),
        Value::Real(number) if number.fract() != 0.0 => Err(NoNumber::Fraction),
        Value::Real(number) if number.abs() < EXACT_FLOATS => {
            format!("{number:.0}").parse().map(Some).map_err(|_| NoNumber::Nonsense)
        }
        Value::Decimal(text) => {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
            if fraction.bytes().any(|digit| digit != b'0') {
                return Err(NoNumber::Fraction);
            }
            whole.parse().map(Some).map_err(|_| NoNumber::Nonsense)
        }
        Value::Real(_)
        | Value::Text(_)
        | Value::Bool(_)
        | Value::NotUtf8
        | Value::Instant(_)
        | Value::Local(_)
        | Value::Date(_)
        | Value::Other => Err(NoNumber::Nonsense),
    }
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A fraction of noughts is none. One of three digits could be thousands, whoever wrote it.
fn no_fraction(fraction: &str) -> Result<(), NoNumber> {
    match fraction {
        digits if !are_digits(digits) => Err(NoNumber::Nonsense),
        digits if digits.len() == 3 => Err(NoNumber::Ambiguous),
        digits if digits.bytes().all(|digit| digit == b'0') => Ok(()),
        _ => Err(NoNumber::Fraction),
    }
}

/// The digits of a number of which nobody said how it is written. `50000` and `50000.00` mean one thing everywhere, for
/// thousands come in threes; `50.000` means two.
fn plain(text: &str) -> Result<String, NoNumber> {
    if are_digits(text) {
        return Ok(text.to_owned());
    }
    let separators = ['.', ',', ' ', '\''];
    if !text.chars().all(|c| c.is_ascii_digit() || separators.contains(&c)) {
        return Err(NoNumber::Nonsense);
    }
    match text.split_once(['.', ',']) {
        Some((whole, fraction)) if are_digits(whole) && are_digits(fraction) => {
            no_fraction(fraction).map(|()| whole.to_owned())
        }
        _ => Err(NoNumber::Ambiguous),
    }
}

impl Marks {
    /// The digits of a number that is written with these separators.
    fn digits(self, text: &str) -> Result<String, NoNumber> {
        let (whole, fraction) = match self.decimal.and_then(|mark| text.split_once(mark)) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let groups: Vec<&str> = match self.thousands {
            Some(mark) => whole.split(mark).collect(),
            None => vec![whole],
        };
        let grouped = match groups.as_slice() {
            [all] => are_digits(all),
            [first, others @ ..] => {
                (1..=3).contains(&first.len())
                    && !first.starts_with('0')
                    && are_digits(first)
                    && others.iter().all(|group| group.len() == 3 && are_digits(group))
            }
            [] => false,
        };
        if !grouped {
            return Err(plain(text).err().unwrap_or(NoNumber::Ambiguous));
        }
        fraction.map_or(Ok(()), no_fraction)?;
        Ok(groups.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::{NoNumber, Numbers, NumbersFile};
    use crate::value::Value;

    fn declared(thousands: &str, decimal: &str) -> Numbers {
        let mut problems = Vec::new();
        let written = NumbersFile { thousands: thousands.to_owned(), decimal: decimal.to_owned() };
        let numbers = NumbersFile::check(Some(written), &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        numbers
    }

    fn amount(numbers: &Numbers, text: &str) -> Result<Option<i64>, NoNumber> {
        numbers.amount(&Value::Text(text.into()))
    }

    #[test]
    fn undeclared_separators_are_read_only_where_they_mean_one_thing() {
        let numbers = Numbers::default();
        for (text, number) in [
            ("50000", 50_000),
            (" 50000 ", 50_000),
            ("\u{a0}50000\u{feff}", 50_000),
            ("50000.00", 50_000),
            ("50000.0", 50_000),
            ("50000,00", 50_000),
            ("50000.0000", 50_000),
            ("0", 0),
            ("50000 đ", 50_000),
            ("50000đ", 50_000),
            ("50000 VNĐ", 50_000),
            ("50000 ₫", 50_000),
            ("50000 Đồng", 50_000),
        ] {
            assert_eq!(amount(&numbers, text), Ok(Some(number)), "{text}");
        }
        for text in [
            "50.000",
            "50,000",
            "1.500.000",
            "15.000,00",
            "50 000",
            "50.000 đ",
            " 20.000 ",
            "1,500.00",
            "50.",
            ".5",
        ] {
            assert_eq!(amount(&numbers, text), Err(NoNumber::Ambiguous), "{text}");
        }
        for text in ["1.5", "1,5", "50000.50"] {
            assert_eq!(amount(&numbers, text), Err(NoNumber::Fraction), "{text}");
        }
        for text in [
            "1e3",
            "5k",
            "50 nghìn",
            "５００００",
            "٥٠",
            "+5",
            "--5",
            "x",
            "đ",
            "0x10",
            "99999999999999999999",
            "NaN",
            "∞",
            "50$",
            "50/000",
        ] {
            assert_eq!(amount(&numbers, text), Err(NoNumber::Nonsense), "{text}");
        }
        assert_eq!(amount(&numbers, "  "), Ok(None));
        assert_eq!(amount(&numbers, "-5"), Ok(Some(-5)));
        assert_eq!(numbers.whole(&Value::Text("5 đ".into())), Err(NoNumber::Nonsense), "of an amount only");
    }

    #[test]
    fn declared_separators_are_read_as_they_are_declared_and_in_no_other_way() {
        let vietnamese = declared(".", ",");
        for (text, number) in [
            ("50.000", 50_000),
            ("1.500.000", 1_500_000),
            ("15.000,00", 15_000),
            ("50000", 50_000),
            ("50.000 đ", 50_000),
            ("0", 0),
        ] {
            assert_eq!(amount(&vietnamese, text), Ok(Some(number)), "{text}");
        }
        for text in
            ["50,000", "1,500.00", "50000.00", "5.00", "0.500", "1.5000", "1..000", ".000", "15.000,000"]
        {
            assert!(amount(&vietnamese, text).is_err(), "{text}");
        }
        assert_eq!(amount(&declared(",", "."), "1,500,000.00"), Ok(Some(1_500_000)));
        assert_eq!(amount(&declared(" ", ","), "1\u{a0}500\u{202f}000"), Ok(Some(1_500_000)));
        assert_eq!(amount(&declared("", "."), "1500.0"), Ok(Some(1_500)));
        assert_eq!(amount(&declared("", "."), "1.500"), Err(NoNumber::Ambiguous));
    }

    #[test]
    fn numbers_of_the_database_are_exact_or_none() {
        let numbers = Numbers::default();
        for (value, read) in [
            (Value::Int(5), Ok(Some(5))),
            (Value::Real(50_000.0), Ok(Some(50_000))),
            (Value::Real(-0.0), Ok(Some(0))),
            (Value::Decimal("50.000".into()), Ok(Some(50))),
            (Value::Decimal("15000.00".into()), Ok(Some(15_000))),
            (Value::Null, Ok(None)),
            (Value::Real(1.5), Err(NoNumber::Fraction)),
            (Value::Decimal("1.50".into()), Err(NoNumber::Fraction)),
            (Value::Real(1e23), Err(NoNumber::Nonsense)),
            (Value::Real(f64::NAN), Err(NoNumber::Fraction)),
            (Value::Decimal("NaN".into()), Err(NoNumber::Nonsense)),
            (Value::Bool(true), Err(NoNumber::Nonsense)),
        ] {
            assert_eq!(numbers.whole(&value), read, "{value:?}");
        }
    }

    #[test]
    fn separators_that_are_none_are_told() {
        for (thousands, decimal) in [(".", "."), ("x", ""), ("..", ","), ("", " ")] {
            let mut problems = Vec::new();
            let written = NumbersFile { thousands: thousands.to_owned(), decimal: decimal.to_owned() };
            NumbersFile::check(Some(written), &mut problems);
            assert_eq!(problems.len(), 1, "{thousands:?} {decimal:?}");
        }
    }
}
