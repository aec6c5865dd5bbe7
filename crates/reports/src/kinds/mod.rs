//! The kinds of reports, each built from plain figures.

mod causes;
mod evidence;
mod quality;
mod sync;

use chrono::{DateTime, TimeDelta, Utc};
use dongbo_model::{Lang, Period, day_of, texts, vocabulary};

use crate::document::{Letterhead, Report};
use crate::period::named;

pub use causes::HeldFor;
pub use evidence::{Call, EvidenceFigures, FactOfBoth, LookedUp, StepOfBoth};
pub use quality::{QualityFigures, UnitQuality};
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
        file: &'static str
    }
    {
        /// Where the portal lacks something, by layer, unit, procedure, cause and owner.
        Sync = "sync", [
            "Kết quả đồng bộ hồ sơ thủ tục hành chính lên Cổng Dịch vụ công quốc gia",
            "Synchronisation of dossiers with the National Public Service Portal"
        ] => "dong-bo";
        /// What is wrong with the data of the local system, by who can put it right.
        Quality = "quality", [
            "Chất lượng dữ liệu hồ sơ thủ tục hành chính và trách nhiệm xử lý",
            "Quality of the data of dossiers, and who has to act"
        ] => "chat-luong-du-lieu";
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
