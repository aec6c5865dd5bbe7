//! `dongbo indicators show`: the indicators of a period in three views, and how targets stand.

mod groups;
mod published;
mod rows;
mod targets;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::asked::{Asked, Numbers, parse_indicator, parse_view};
use super::words::{Foot, render_foot};
use dongbo_indicators::{Both, FormulaSet, Indicator, Split};
use dongbo_ledger::Side;
use dongbo_model::clock::Clock;
use dongbo_model::texts;
use dongbo_sync::views::{GroupView, RowView, TargetView, Whole, Work};
use published::PublishedView;
use rows::Views;

texts! {
    none(): "Chưa có hồ sơ nào trong kỳ này.", "There is no dossier in this period.";
}

/// The options of `dongbo indicators show`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    asked: Asked,
    /// Only this side, and the standing of targets by it; otherwise both and what the portal published, and targets by what it accepted.
    #[arg(long, value_name = "SIDE", value_parser = parse_view())]
    view: Option<Side>,
    /// Take an indicator apart by unit, procedure or month.
    #[arg(long, value_name = "PART", value_parser = parse_split())]
    by: Option<Split>,
    /// The indicator that is taken apart.
    #[arg(long, value_name = "INDICATOR", default_value = "2.1", requires = "by", value_parser = parse_indicator())]
    indicator: Indicator,
}

fn parse_split() -> impl TypedValueParser<Value = Split> {
    PossibleValuesParser::new(["unit", "procedure", "month"]).map(|name| match name.as_str() {
        "unit" => Split::Unit,
        "procedure" => Split::Procedure,
        _ => Split::Month,
    })
}

#[derive(Debug, Clone, Serialize)]
struct ShowView {
    period: String,
    /// The last day that is counted.
    up_to: String,
    unit: Option<String>,
    set: FormulaSet,
    /// Received dossiers by each side.
    received: Received,
    /// What the portal published of the period.
    published: PublishedView,
    indicators: Vec<RowView>,
    /// The points of each group, and of all together.
    groups: Vec<GroupView>,
    targets: Vec<TargetView>,
    #[serde(skip)]
    tasks: Vec<Work>,
    #[serde(skip)]
    foot: Foot,
    #[serde(skip)]
    views: Views,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Received {
    local: u64,
    portal: u64,
}

/// Runs `dongbo indicators show`.
pub(super) async fn show(globals: &Globals, args: &ShowArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = args.asked.open(globals, &clock).await?;
    let view = view(&numbers, args).await;
    numbers.ledger.close().await;
    globals.output(&clock).show(&view?, render)?;
    Ok(Ended::Complete)
}

async fn view(numbers: &Numbers, args: &ShowArgs) -> Result<ShowView, Failure> {
    let question = &numbers.question;
    let mut whole = Whole::read(numbers, !numbers.book.plans.is_empty()).await?;
    let published = PublishedView::of(numbers, &whole);
    let (indicators, groups, (targets, tasks)) = match args.by {
        None => {
            let targets = whole.targets(numbers, args.view.unwrap_or(Side::Portal));
            (std::mem::take(&mut whole.rows), std::mem::take(&mut whole.groups), targets)
        }
        Some(split) => {
            let parts = numbers.sums(split).await?;
            let part = |(name, both): (&String, &Both)| {
                let theirs = published.is_of_these(args.by).then(|| whole.official.of(Some(name)));
                let unit = (split == Split::Unit).then_some(Some(name.as_str()));
                let row = RowView::of(numbers, args.indicator, both, unit, theirs.as_ref());
                row.of_part(numbers, split, name)
            };
            (parts.iter().map(part).collect(), Vec::new(), (Vec::new(), Vec::new()))
        }
    };
    Ok(ShowView {
        period: question.period.to_string(),
        up_to: question.cutoff().day.to_string(),
        unit: question.unit.clone(),
        set: question.set,
        received: Received { local: whole.both.local.raw.received, portal: whole.both.portal.raw.received },
        views: Views { side: args.view, split: args.by, published: published.has_any() },
        published,
        indicators,
        groups,
        targets,
        tasks,
        foot: Foot::of(numbers),
    })
}

fn render(view: &ShowView, out: &mut Output) {
    let lang = out.lang();
    if view.received.local + view.received.portal == 0 {
        out.line(out.paint(Role::Warn, &none(lang)));
    }
    rows::render(&view.indicators, view.views, out);
    groups::render(&view.groups, view.views, out);
    view.published.render(view.views, out);
    targets::render(&view.targets, &view.tasks, out);
    render_foot(&view.foot, out);
}
