//! Fetching the figures that the portal publishes: by the leading daemon, on schedule, one question after another.
//!
//! The ledger keeps every answer as it came, and what became of each question. From that alone it is known what is to be
//! asked next, so that a run that a restart interrupts goes on where it was.

mod plan;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};

pub use plan::{periods, questions};
pub use settings::Settings;

use crate::crew::{Again, Worker};
use crate::ctx::Ctx;
use crate::inquiry::Inquiry;
use crate::vitals::Part;
use dongbo_indicators::fetched::Question;
use dongbo_ledger::{
    LedgerError, PublicationAnswer, PublicationKey, PublicationOutcome, PublicationPage, PublicationState,
};
use dongbo_model::ErrorClass;
use dongbo_model::backoff::Backoff;
use dongbo_model::clock::{Mark, later};
use dongbo_model::schedule::Schedule;
use dongbo_portal::{EvaluationError, Published};

/// The time between two looks whether this daemon leads.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The longest rest: who leads may change meanwhile.
const LONGEST_REST: Duration = Duration::from_secs(600);
/// Questions in a row without an answer, after which the API is left alone for a while.
const MOST_FAILURES: u32 = 3;
/// The most pages of an answer, as the portal crate counts them.
const MOST_PAGES: usize = 100;
/// The most unknown codes and fields that are named, and the most missing questions in one line.
const MOST_ODD: usize = 200;
const MOST_TOLD: usize = 40;
/// Waits after the API has refused, or has not answered.
const QUIET: Backoff = Backoff { base: Duration::from_secs(600), cap: Duration::from_secs(21_600) };

/// Fetches published figures.
pub(crate) struct Publisher {
    ctx: Ctx,
    inquiry: Inquiry,
    config: Settings,
    schedule: Schedule,
    /// The longest that one call may take.
    longest_call: Duration,
    round: Round,
}

/// The round that goes on: what came of it so far.
#[derive(Debug, Default)]
struct Round {
    asked: u64,
    news: u64,
    /// Questions in a row without an answer.
    failures: u32,
    /// Rounds in a row that were broken off.
    broken_off: u32,
    quiet_until: Option<Mark>,
    /// Parts of answers that dongbo does not know.
    odd: BTreeSet<String>,
}

/// An answer as the ledger keeps it.
enum Answer {
    Figures(Vec<PublicationPage>),
    Nothing,
}

/// The reason why a question has no answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error(transparent)]
    Api(#[from] EvaluationError),
    #[error("the answer to a question about {0} has no end of pages")]
    Endless(String),
}

impl Worker for Publisher {
    type Error = LedgerError;

    fn part(&self) -> Part {
        Part::Published
    }

    async fn once(&mut self) -> Result<Again, LedgerError> {
        let now = self.ctx.clock.now();
        if !self.ctx.vitals.moments().leads {
            return Ok(Again::At(later(now, LOOK_EVERY)));
        }
        let states = self.ctx.ledger.publications().await?;
        let states: BTreeMap<PublicationKey, PublicationState> =
            states.into_iter().map(|state| (state.key.clone(), state)).collect();
        self.show(&states, now);
        let clock = &self.ctx.clock;
        if let Some(quiet) = self.round.quiet_until.filter(|mark| !clock.has_come(*mark)) {
            let quiet_until = clock.moment_of(quiet);
            return Ok(Again::At(quiet_until.min(later(now, LONGEST_REST))));
        }
        let root = self.inquiry.api.root();
        let due = |question: Question| {
            let state = states.get(&question.key(root));
            Some((plan::due_at(question, state, &self.config, &self.schedule)?, question))
        };
        let first = questions(&self.config, now).into_iter().filter_map(due).min_by_key(|(at, _)| *at);
        match first {
            Some((at, question)) if at <= now => {
                self.ask(question).await?;
                Ok(Again::Now)
            }
            next => {
                self.end_round(&states, now);
                let next = next.map_or(DateTime::<Utc>::MAX_UTC, |(at, _)| at);
                Ok(Again::At(next.min(later(now, LONGEST_REST))))
            }
        }
    }

    fn failed(&mut self, error: &LedgerError, wait: Duration) {
        self.ctx.ledger_failed(error);
        tracing::error!(
            event = "published.ledger_failed",
            class = error.class().name(),
            retry_in_s = wait.as_secs_f64(),
            "The portal's published figures cannot be read from the ledger or kept in it now: {error}"
        );
    }

    fn longest(&self) -> Duration {
        self.longest_call
    }
}

impl Publisher {
    /// A publisher that asks by `inquiry`; `None` when nothing is to be fetched.
    pub(crate) fn new(config: &crate::Settings, ctx: &Ctx, inquiry: Option<&Inquiry>) -> Option<Self> {
        Some(Self {
            ctx: ctx.clone(),
            inquiry: inquiry?.clone(),
            schedule: config.published.schedule()?,
            config: config.published.clone(),
            longest_call: config.portal.total_timeout.saturating_mul(2),
            round: Round::default(),
        })
    }

    /// Asks one question, and writes down what became of it.
    async fn ask(&mut self, question: Question) -> Result<(), LedgerError> {
        let key = question.key(self.inquiry.api.root());
        let answer = self.fetch(question).await;
        let now = self.ctx.clock.now();
        let why;
        let (answer, outcome) = match &answer {
            Ok(Answer::Figures(pages)) => (PublicationAnswer::Figures(pages), PublicationOutcome::Published),
            Ok(Answer::Nothing) => (PublicationAnswer::Nothing, PublicationOutcome::Missing),
            // It was not answered at all: it is as due as before.
            Err(Unanswered::Api(error @ EvaluationError::Refused { .. })) => {
                self.ctx.metrics.published(None);
                self.break_off(error, now);
                return Ok(());
            }
            Err(error) => {
                why = error.to_string();
                (PublicationAnswer::Failed(&why), PublicationOutcome::Failed)
            }
        };
        self.ctx.metrics.published(Some(outcome));
        self.round.asked += 1;
        let news = self.ctx.ledger.note_publication(&key, answer, self.config.keep, now).await?;
        self.round.news += u64::from(news);
        let PublicationAnswer::Failed(why) = answer else {
            (self.round.failures, self.round.broken_off) = (0, 0);
            return Ok(());
        };
        tracing::warn!(
            event = "published.not_fetched",
            class = ErrorClass::Transient.name(),
            topic = question.topic.name(),
            period = %question.period,
            "The portal's published figures were not fetched: {why}"
        );
        self.round.failures += 1;
        if self.round.failures >= MOST_FAILURES {
            self.break_off(&why, now);
        }
        Ok(())
    }

    /// Fetches all pages of the answer to a question.
    async fn fetch(&mut self, question: Question) -> Result<Answer, Unanswered> {
        let Question { topic, period } = question;
        let mut pages = Vec::new();
        for number in 1..=MOST_PAGES {
            let turn = self.inquiry.turn(Part::Published).await;
            let page = self.inquiry.api.published(topic, period, number).await;
            turn.end(&page);
            self.ctx.vitals.progressed(Part::Published);
            let page = page?;
            pages.push(PublicationPage { http: page.http, raw: page.raw });
            if !page.has_next {
                let raw: Vec<&str> = pages.iter().map(|page: &PublicationPage| page.raw.as_str()).collect();
                let published = Published::read(topic, &raw)?;
                self.tell_odd(question, &published);
                return Ok(if published.has_figures() { Answer::Figures(pages) } else { Answer::Nothing });
            }
        }
        Err(Unanswered::Endless(topic.name().to_owned()))
    }

    /// Names once what an answer has that dongbo does not know. It is kept as it came.
    fn tell_odd(&mut self, question: Question, published: &Published) {
        let topic = question.topic.name();
        let named = published.odd.iter().map(|odd| format!("{} {}", odd.kind.name(), odd.name));
        let news: Vec<String> = named
            .filter(|odd| self.round.odd.len() < MOST_ODD && self.round.odd.insert(format!("{topic} {odd}")))
            .collect();
        if !news.is_empty() {
            tracing::warn!(
                event = "published.unknown",
                topic,
                period = %question.period,
                found = news.join(", "),
                "The portal's published figures have something that dongbo does not know; it is kept as it came"
            );
        }
    }

    /// Leaves the API alone for a while.
    fn break_off(&mut self, why: &impl ToString, now: DateTime<Utc>) {
        self.round.broken_off += 1;
        self.round.failures = 0;
        let wait = QUIET.ceiling(self.round.broken_off);
        self.round.quiet_until = Some(self.ctx.clock.mark().later(wait));
        let until = later(now, wait);
        tracing::warn!(
            event = "published.broken_off",
            class = ErrorClass::Transient.name(),
            until = %until.format("%Y-%m-%dT%H:%M:%SZ"),
            "The portal's evaluation API is left alone for a while: {}",
            why.to_string()
        );
    }

    /// Logs a round that has ended, with what is not published although its period is over.
    fn end_round(&mut self, states: &BTreeMap<PublicationKey, PublicationState>, now: DateTime<Utc>) {
        let Round { asked, news, .. } = self.round;
        if asked == 0 {
            return;
        }
        (self.round.asked, self.round.news) = (0, 0);
        let missing = self.missing(states, now);
        tracing::info!(
            event = "published.fetched",
            asked,
            news,
            missing = missing.len(),
            "The portal's published figures are fetched: {asked} questions, {news} answers are new, {} have no figures",
            missing.len()
        );
        if !missing.is_empty() {
            let told: Vec<&str> = missing.iter().map(String::as_str).take(MOST_TOLD).collect();
            tracing::warn!(
                event = "published.missing",
                missing = told.join(", "),
                "The portal publishes nothing of {} questions about periods that are over; they are asked again with each run",
                missing.len()
            );
        }
    }

    /// The questions about periods that are over of which nothing was ever published.
    fn missing(
        &self,
        states: &BTreeMap<PublicationKey, PublicationState>,
        now: DateTime<Utc>,
    ) -> Vec<String> {
        let root = self.inquiry.api.root();
        let lacks = |question: &Question| {
            states.get(&question.key(root)).is_none_or(|state| state.answered_at.is_none())
        };
        let questions = questions(&self.config, now).into_iter().filter(lacks);
        questions.map(|question| format!("{} {}", question.period, question.topic.name())).collect()
    }

    fn show(&self, states: &BTreeMap<PublicationKey, PublicationState>, now: DateTime<Utc>) {
        let missing = u64::try_from(self.missing(states, now).len()).unwrap_or(u64::MAX);
        let last = states.values().filter_map(|state| state.answered_at).max();
        self.ctx.metrics.published_stands(last, missing);
    }
}
