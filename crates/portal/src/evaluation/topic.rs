//! The questions about published figures: the six groups one by one, and all of them at once.

use serde_json::{Value, json};

use dongbo_model::{Period, vocabulary};

vocabulary! {
    /// A question that is answered with published figures.
    pub enum Topic
    texts {
        /// The name for people.
        text
    }
    columns {
        /// The path of the call, below the API's base.
        path: &'static str
    }
    {
        /// Publication of procedures, and dossiers synchronised (indicators 1.1 to 1.4).
        Disclosure = "disclosure", ["Công khai, minh bạch", "Disclosure"] => "evaluation/transparency";
        /// Dossiers on time (2.1, 2.2).
        Progress = "progress", ["Tiến độ giải quyết", "Progress"] => "evaluation/dvc-progress-tree";
        /// Online services and channels (3.1 to 3.3).
        OnlineService = "online_service", ["Dịch vụ công trực tuyến", "Online service"] => "evaluation/provide-online-tree";
        /// Payment online (3.5, 3.6).
        Payment = "payment", ["Thanh toán trực tuyến", "Online payment"] => "evaluation/formality-online-payment-tree";
        /// Digitisation (4.1 to 4.5).
        Digitisation = "digitisation", ["Số hóa hồ sơ", "Digitisation"] => "evaluation/dossier-digitized";
        /// Satisfaction (5.1 to 5.4).
        Satisfaction = "satisfaction", ["Mức độ hài lòng", "Satisfaction"] => "evaluation/handling-satisfaction";
        /// All six groups of every unit, scored.
        Units = "units", ["Điểm của các đơn vị", "Scores of units"] => "evaluation/service-results";
        /// All six groups of every province, ranked.
        Provinces = "provinces", ["Xếp hạng các tỉnh", "Ranking of provinces"] => "evaluation/service-results";
    }
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `overview.metrics[]` and `evaluation[].metrics[]`.
    Metrics,
    /// `parent` and `children[]`, with plain figures.
    Tree,
    /// `evaluation[]` with `totalScore` and `radar[]`.
    Scores,
}

impl Topic {
    /// The form of its answers.
    pub(super) const fn form(self) -> Form {
        match self {
            Self::Disclosure | Self::Digitisation | Self::Satisfaction => Form::Metrics,
            Self::Progress | Self::OnlineService | Self::Payment => Form::Tree,
            Self::Units | Self::Provinces => Form::Scores,
        }
    }

    /// Whether it is asked below a department. The ranking of provinces is of the whole country.
    #[must_use]
    pub fn has_root(self) -> bool {
        self != Self::Provinces
    }

    /// The body of a question for one page, counted from 1.
    pub(super) fn question(self, period: Period, root: &str, page: usize, page_size: usize) -> Value {
        let mut question = json!({ "currentPage": page, "pageSize": page_size });
        let mut add = |key: &str, value: Value| {
            if let Some(fields) = question.as_object_mut() {
                fields.insert(key.to_owned(), value);
            }
        };
        match period {
            // The API has no half-years.
            _ if self == Self::Satisfaction || matches!(period, Period::Half(..)) => {
                let (first, last) = period.days();
                add("fromDate", first.to_string().into());
                add("toDate", last.to_string().into());
            }
            Period::Month(month) => {
                add("timeType", "month".into());
                add("year", month.year().into());
                add("month", month.number().into());
            }
            Period::Quarter(year, number) => {
                add("timeType", "quarter".into());
                add("year", year.into());
                add("quarter", number.into());
            }
            Period::Half(year, _) | Period::Year(year) => {
                add("timeType", "year".into());
                add("year", year.into());
            }
        }
        if self.has_root() {
            add("rootDepartmentId", root.into());
        } else {
            add("departmentType", "ADMINISTRATIVE_UNIT".into());
        }
        question
    }
}
