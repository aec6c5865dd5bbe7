//! Periods as reports name them.

use dongbo_model::{Lang, Month, Period, texts};

texts! {
    month(number, year): "tháng {number} năm {year}", "{year}-{number:0>2}";
    quarter(number, year): "quý {number} năm {year}", "quarter {number} of {year}";
    half(number, year): "6 tháng {number} năm {year}", "half {number} of {year}";
    whole_year(year): "năm {year}", "{year}";
}

/// The name of a period within a sentence.
pub(crate) fn named(lang: Lang, period: Period) -> String {
    match period {
        Period::Month(of) => month(lang, of.number(), of.year()),
        Period::Quarter(year, number) => quarter(lang, number, year),
        Period::Half(year, number) => half(
            lang,
            lang.pick(if number == 1 { "đầu" } else { "cuối" }, if number == 1 { "1" } else { "2" }),
            year,
        ),
        Period::Year(year) => whole_year(lang, year),
    }
}

/// The twelve months that end with the last of `period`.
pub fn twelve_months(period: Period) -> impl DoubleEndedIterator<Item = Month> {
    let last = period.months().end().0;
    (last - 11..=last).map(Month)
}

#[cfg(test)]
mod tests {
    use dongbo_model::Lang::{En, Vi};
    use dongbo_model::Period;

    use super::{named, twelve_months};

    #[test]
    fn a_period_is_named_in_both_languages_and_has_the_year_before_its_end() {
        for (typed, vi, en) in [
            ("2026-08", "tháng 8 năm 2026", "2026-08"),
            ("2026-Q3", "quý 3 năm 2026", "quarter 3 of 2026"),
            ("2026-H1", "6 tháng đầu năm 2026", "half 1 of 2026"),
            ("2026", "năm 2026", "2026"),
        ] {
            let period = Period::parse(typed).unwrap();
            assert_eq!((named(Vi, period), named(En, period)), (vi.to_owned(), en.to_owned()));
        }
        let before: Vec<_> =
            twelve_months(Period::parse("2026-Q1").unwrap()).map(|month| month.to_string()).collect();
        assert_eq!((before.len(), before[0].as_str(), before[11].as_str()), (12, "2025-04", "2026-03"));
    }
}
