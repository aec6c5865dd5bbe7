//! The kinds of reports, each built from plain figures.

mod annex;
mod causes;
mod evidence;
mod half_year;
mod handled;
mod index;
mod late;
mod publication;
mod quality;
mod quarterly;
mod sync;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::{Lang, Month, Period, day_of, texts, vocabulary};

use crate::document::{Letterhead, Report};
use crate::period::named;

pub use annex::{Annex, EnteredRow, Formula};
pub use causes::HeldFor;
pub use evidence::{Call, EvidenceFigures, FactOfBoth, LookedUp, StepOfBoth};
pub use half_year::HalfYear;
pub use handled::{HandledCounts, HandledFigures, HandledRow};
pub use index::{Aim, BySet, GroupPoints, Index, Measure, Measured, Points, PublishedMeasure, UnitMeasured};
pub use late::{LateCounts, LateDossier, LateDossiers, LateFigures, LateRow, Letter};
pub use publication::Publication;
pub use quality::{QualityFigures, UnitQuality};
pub use quarterly::Quarterly;
pub use sync::{LayerFigures, MonthDelays, Standing, SyncFigures};

vocabulary! {
    /// A kind of report.
    pub enum Kind
    texts {
        /// Its subject, before the period.
        subject
    }
    columns {
        /// The name of its files.
        file: &'static str,
        /// The length of its periods, where none is named.
        span: Span,
    }
    {
        /// Where the portal lacks something, by layer, unit, procedure, cause and owner.
        Sync = "sync", [
            "Kết quả đồng bộ hồ sơ thủ tục hành chính lên Cổng Dịch vụ công quốc gia",
            "Synchronisation of dossiers with the National Public Service Portal"
        ] => "dong-bo", Span::Month;
        /// What is wrong with the data of the local system, by who can put it right.
        Quality = "quality", [
            "Chất lượng dữ liệu hồ sơ thủ tục hành chính và trách nhiệm xử lý",
            "Quality of the data of dossiers, and who has to act"
        ] => "chat-luong-du-lieu", Span::Month;
        /// The indicators of Decision 766, for publication.
        Publication = "publication", [
            "Công khai kết quả Bộ chỉ số phục vụ người dân, doanh nghiệp",
            "Publication of the index of service to citizens and enterprises"
        ] => "cong-khai-chi-so", Span::Month;
        /// Late dossiers, by unit and officer, and letters of apology.
        Late = "late", [
            "Hồ sơ thủ tục hành chính trễ hạn và việc xin lỗi người dân, doanh nghiệp",
            "Late dossiers and letters of apology"
        ] => "ho-so-tre-han", Span::Month;
        /// The form of the national reporting system.
        Quarterly = "quarterly", [
            "Tình hình, kết quả giải quyết thủ tục hành chính",
            "Handling of administrative procedures"
        ] => "ket-qua-giai-quyet", Span::Quarter;
        /// The report of the head of the agency.
        HalfYear = "half-year", [
            "Công tác tiếp nhận, giải quyết thủ tục hành chính của người đứng đầu",
            "The head's report on the handling of administrative procedures"
        ] => "nguoi-dung-dau", Span::Half;
        /// How figures come about, and all of them.
        Annex = "annex", [
            "Phụ lục kỹ thuật: cách tính, nguồn và chất lượng số liệu",
            "Technical annex: how figures come about, and their quality"
        ] => "phu-luc-ky-thuat", Span::Year;
    }
}

texts! {
    base_index():
        "Căn cứ Quyết định số 766/QĐ-TTg ngày 23 tháng 6 năm 2022 của Thủ tướng Chính phủ phê duyệt Bộ chỉ số chỉ đạo, điều hành và đánh giá chất lượng phục vụ người dân, doanh nghiệp trong thực hiện thủ tục hành chính, dịch vụ công theo thời gian thực trên môi trường điện tử",
        "Decision 766/QD-TTg of 23 June 2022 of the Prime Minister on the index of service to citizens and enterprises";
    base_one_stop():
        "Căn cứ Nghị định số 118/2025/NĐ-CP ngày 09 tháng 6 năm 2025 của Chính phủ về thực hiện thủ tục hành chính theo cơ chế một cửa, một cửa liên thông tại Bộ phận Một cửa và Cổng Dịch vụ công quốc gia",
        "Decree 118/2025/ND-CP of 9 June 2025 of the Government on administrative procedures at one-stop offices and on the National Public Service Portal";
    in_period(subject, period): "{subject} {period}", "{subject}, {period}";
}

/// The length of a kind's periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// Half a year.
    Half,
    /// A year.
    Year,
}

impl Span {
    /// The last period of this length that is over at `now`.
    #[must_use]
    pub fn last_over(self, now: DateTime<Utc>) -> Period {
        let present = Month::of(now);
        let year = present.year();
        match self {
            Self::Month => Period::Month(Month(present.0 - 1)),
            Self::Quarter => match Period::quarter_of(present) {
                Period::Quarter(year, number) if number > 1 => Period::Quarter(year, number - 1),
                _ => Period::Quarter(year - 1, 4),
            },
            Self::Half if present.number() > 6 => Period::Half(year, 1),
            Self::Half => Period::Half(year - 1, 2),
            Self::Year => Period::Year(year - 1),
        }
    }
}

/// Parts that every report has, whatever its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The language.
    pub lang: Lang,
    /// Whose it is.
    pub letterhead: Letterhead,
    /// The period.
    pub period: Period,
    /// The moment of the figures; the day of the report is that of this moment in Vietnam.
    pub at: DateTime<Utc>,
}

impl Issue {
    /// A report of this kind without anything in it yet.
    fn begun(&self, kind: Kind) -> Report {
        let lang = self.lang;
        Report {
            lang,
            letterhead: self.letterhead.clone(),
            day: day_of(self.at),
            subject: in_period(lang, kind.subject(lang), named(lang, self.period)),
            bases: vec![base_index(lang), base_one_stop(lang)],
            sections: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The day of a moment as a number of days before the report's.
    fn days_since(&self, since: DateTime<Utc>) -> u64 {
        let days = (self.at - since).max(TimeDelta::zero()).num_days();
        u64::try_from(days).unwrap_or_default()
    }
}

/// A command with the options that follow it.
fn with(command: &str, options: &str) -> String {
    if options.is_empty() { command.to_owned() } else { format!("{command} {options}") }
}

/// A month as `08/2026`, or `2026-08` in English.
fn month_named(lang: Lang, month: Month) -> String {
    match lang {
        Lang::Vi => format!("{:02}/{}", month.number(), month.year()),
        Lang::En => month.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Span};

    #[test]
    fn without_a_period_it_is_the_last_one_that_is_over_in_vietnam() {
        for (now, month, quarter, half, year) in [
            ("2026-09-30T16:59:59Z", "2026-08", "2026-Q2", "2026-H1", "2025"),
            ("2026-09-30T17:00:00Z", "2026-09", "2026-Q3", "2026-H1", "2025"),
            ("2026-12-31T17:00:00Z", "2026-12", "2026-Q4", "2026-H2", "2026"),
            ("2026-01-15T00:00:00Z", "2025-12", "2025-Q4", "2025-H2", "2025"),
            ("2026-06-30T17:00:00Z", "2026-06", "2026-Q2", "2026-H1", "2025"),
        ] {
            let spans = [Span::Month, Span::Quarter, Span::Half, Span::Year];
            let told = spans.map(|span| span.last_over(now.parse().unwrap()).to_string());
            assert_eq!(told, [month, quarter, half, year], "{now}");
        }
        assert_eq!(Kind::Quarterly.span(), Span::Quarter);
    }
}
