//! The questions about published figures, and when each is to be asked.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::Settings;
use dongbo_indicators::fetched::Question;
use dongbo_ledger::{PublicationOutcome, PublicationState};
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::later;
use dongbo_model::schedule::Schedule;
use dongbo_model::{Month, Period};
use dongbo_portal::Topic;

/// Waits after failures of one question.
const RETRY: Backoff = Backoff { base: Duration::from_secs(600), cap: Duration::from_secs(21_600) };

/// The periods whose figures are fetched, the newest first: those that are over, as far back as the settings say.
#[must_use]
pub fn periods(settings: &Settings, now: DateTime<Utc>) -> Vec<Period> {
    let present = Month::of(now).0;
    let first = present - i64::from(settings.months);
    let mut periods = Vec::new();
    for month in (first..present).rev().map(Month) {
        periods.push(Period::Month(month));
        let (quarter, year) = (Period::quarter_of(month), Period::Year(month.year()));
        periods.extend([quarter, year].into_iter().filter(|period| *period.months().end() == month));
    }
    periods
}

/// Every question, those about the newest periods first.
#[must_use]
pub fn questions(settings: &Settings, now: DateTime<Utc>) -> Vec<Question> {
    let of_period = |period| Topic::ALL.iter().map(move |&topic| Question { topic, period });
    periods(settings, now).into_iter().flat_map(of_period).collect()
}

/// When `question` is to be asked; past when it is due, `None` when it never is again.
pub(super) fn due_at(
    question: Question,
    state: Option<&PublicationState>,
    settings: &Settings,
    schedule: &Schedule,
) -> Option<DateTime<Utc>> {
    // One that was missed is made up for once, and at once.
    let Some(state) = state else { return Some(DateTime::UNIX_EPOCH) };
    match state.outcome {
        PublicationOutcome::Failed => Some(later(state.asked_at, RETRY.ceiling(state.failures))),
        PublicationOutcome::Missing => schedule.next(state.asked_at),
        PublicationOutcome::Published => {
            let last = later(question.period.ends(), settings.again_for);
            schedule.next(state.asked_at).filter(|next| *next <= last)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn only_what_is_over_is_asked_about_with_its_quarters_and_years() {
        let settings = Settings { months: 4, ..Settings::default() };
        let told = |now: &str| -> Vec<String> {
            periods(&settings, at(now)).iter().map(ToString::to_string).collect()
        };
        let before_midnight = ["2025-12", "2025-Q4", "2025", "2025-11", "2025-10", "2025-09", "2025-Q3"];
        assert_eq!(told("2026-01-31T16:59:59Z"), before_midnight);
        assert_eq!(told("2026-01-31T17:00:00Z")[..2], ["2026-01", "2025-12"], "it is February in Vietnam");
    }

    #[test]
    fn a_period_is_asked_about_again_for_a_while_and_a_missing_one_until_it_is_there() {
        let settings = Settings { again_for: Duration::from_secs(10 * 86_400), ..Settings::default() };
        let (schedule, question) = (
            settings.schedule().unwrap(),
            Question { topic: Topic::Progress, period: Period::parse("2026-08").unwrap() },
        );
        let due = |outcome, failures, asked: &str| {
            let state = PublicationState {
                key: question.key("17"),
                asked_at: at(asked),
                answered_at: None,
                outcome,
                failures,
                detail: String::new(),
            };
            due_at(question, Some(&state), &settings, &schedule)
        };
        let (published, missing) = (PublicationOutcome::Published, PublicationOutcome::Missing);
        assert_eq!(due(published, 0, "2026-09-01T00:00:00Z"), Some(at("2026-09-01T22:30:00Z")));
        assert_eq!(due(published, 0, "2026-09-10T00:00:00Z"), None);
        assert_eq!(due(missing, 0, "2026-09-10T00:00:00Z"), Some(at("2026-09-10T22:30:00Z")));
        let failed = PublicationOutcome::Failed;
        assert_eq!(due(failed, 1, "2026-09-10T00:00:00Z"), Some(at("2026-09-10T00:10:00Z")));
        assert_eq!(due(failed, 99, "2026-09-10T00:00:00Z"), Some(at("2026-09-10T06:00:00Z")));
        assert!(due_at(question, None, &settings, &schedule).is_some_and(|at| at < DateTime::<Utc>::MAX_UTC));
    }
}
