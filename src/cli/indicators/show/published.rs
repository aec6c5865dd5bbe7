//! What is said of the portal's own figures beside ours: whose they are, when they came, what is missing.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::super::output::Output;
use super::super::super::role::Role;
use super::super::asked::Numbers;
use super::super::published::named;
use super::rows::Views;
use dongbo_indicators::fetched::{OfPeriod, Standing};
use dongbo_indicators::{Indicator, Split};
use dongbo_model::texts;
use dongbo_portal::{Odd, Topic};
use dongbo_sync::views::Whole;

texts! {
    of_unit(unit, at): "Số Cổng công bố là của đơn vị {unit}, Cổng đưa lúc {at}.", "The published figures are those of unit {unit}, given by the portal at {at}.";
    of_all(at): "Số Cổng công bố là số chung, Cổng đưa lúc {at}.", "The published figures are those of all together, given by the portal at {at}.";
    remark(remark, indicators): "* {remark}: ghi chú của Cổng về số liệu của {indicators}.", "* {remark}: the portal's remark on its data of {indicators}.";
    not_over(period): "Kỳ {period} chưa hết nên Cổng chưa công bố.", "The period {period} is not over, so that the portal has not published it.";
    missing(period, topics): "Cổng chưa công bố kỳ {period}: {topics}.", "The portal has not published {period}: {topics}.";
    failed(period, topics): "Không tải được số liệu kỳ {period}: {topics}.", "Not fetched for {period}: {topics}.";
    waiting(period, topics): "Chưa hỏi Cổng về kỳ {period}: {topics}.", "The portal was not asked about {period} yet: {topics}.";
    off(): "Không tải số liệu Cổng công bố: reconcile.evaluation_url hoặc published.fetch đang trống.", "Published figures are not fetched: reconcile.evaluation_url or published.fetch is empty.";
    only_whole(): "Cổng không công bố riêng theo thủ tục, lĩnh vực hay tháng trong kỳ.", "The portal does not publish by procedure, field or month of a period.";
    odd(topic, what): "{topic}: dongbo chưa biết {what}; xem dongbo indicators published --period.", "{topic}: not known to dongbo: {what}; see dongbo indicators published --period.";
}

/// The portal's own figures of the period that is shown.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PublishedView {
    /// Whether figures are fetched at all.
    enabled: bool,
    /// The unit whose figures they are; `null` for those of all together.
    unit: Option<String>,
    /// When the portal first gave the oldest of them.
    given_at: Option<DateTime<Utc>>,
    #[serde(flatten)]
    standing: Standing,
    /// The portal's remarks on its data, with the indicators that they are about.
    remarks: BTreeMap<String, Vec<Indicator>>,
    /// Codes and fields that dongbo does not know, by topic.
    odd: BTreeMap<Topic, Vec<Odd>>,
    #[serde(skip)]
    period: String,
    #[serde(skip)]
    over: bool,
    /// Whether the numbers are of all procedures.
    #[serde(skip)]
    whole: bool,
}

impl PublishedView {
    /// What there is beside the numbers of `whole`.
    pub(super) fn of(numbers: &Numbers, whole: &Whole) -> Self {
        let (publishing, question) = (&numbers.publishing, &numbers.question);
        let official = &whole.official;
        let unit = whole.published_unit.as_deref();
        let remarks = official.of(unit);
        let remarks = remarks.remarks().into_iter().map(|(remark, of)| (remark.to_owned(), of));
        Self {
            enabled: publishing.is_fetched,
            unit: unit.map(str::to_owned),
            given_at: official.since(),
            standing: official.standing.clone(),
            remarks: remarks.collect(),
            odd: official.odd(),
            period: question.period.to_string(),
            over: OfPeriod::can_be(question.period, question.now),
            whole: question.procedures.is_none(),
        }
    }

    /// Whether the portal publishes numbers of these parts.
    pub(super) fn is_of_these(&self, split: Option<Split>) -> bool {
        self.whole && matches!(split, None | Some(Split::Unit | Split::Whole))
    }

    pub(super) const fn has_any(&self) -> bool {
        self.given_at.is_some()
    }

    pub(super) fn render(&self, views: Views, out: &mut Output) {
        let lang = out.lang();
        if views.side.is_some() {
            return;
        }
        out.gap();
        if !self.is_of_these(views.split) {
            return out.line(out.paint(Role::Faint, &only_whole(lang)));
        }
        if let Some(at) = self.given_at.map(|at| lang.moment(at)) {
            out.line(match &self.unit {
                Some(unit) if views.split.is_none() => of_unit(lang, unit, at),
                _ => of_all(lang, at),
            });
            for (name, indicators) in &self.remarks {
                let of: Vec<&str> = indicators.iter().map(|indicator| indicator.name()).collect();
                out.line(out.paint(Role::Warn, &remark(lang, name, of.join(", "))));
            }
        }
        if !self.over {
            return out.line(not_over(lang, &self.period));
        }
        if !self.enabled {
            return out.line(out.paint(Role::Warn, &off(lang)));
        }
        let Standing { missing: none, failed: broken, waiting: unasked } = &self.standing;
        for (topics, said) in [
            (none, missing(lang, &self.period, named(lang, none))),
            (broken, failed(lang, &self.period, named(lang, broken))),
            (unasked, waiting(lang, &self.period, named(lang, unasked))),
        ] {
            if !topics.is_empty() {
                out.line(out.paint(Role::Warn, &said));
            }
        }
        for (topic, odds) in &self.odd {
            let what: Vec<String> =
                odds.iter().map(|odd| format!("{} {}", odd.kind.text(lang), odd.name)).collect();
            out.line(out.paint(Role::Warn, &odd(lang, topic.text(lang), what.join(", "))));
        }
    }
}
