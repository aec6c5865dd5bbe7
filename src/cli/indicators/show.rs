//! `dongbo indicators show`: the indicators of a period on both sides, and how targets stand.

use chrono::{DateTime, Utc};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side as Align, Table};
use super::asked::{Asked, Numbers, parse_indicator, parse_view, values};
use super::words::{Foot, NOT_APPLICABLE, apart, number, render_foot, signed, told};
use dongbo_indicators::{
    Both, Every, FormulaSet, Hundredths, Indicator, Origin, Plan, Split, Standing, Target, Value, entries,
    period_before,
};
use dongbo_ledger::Side;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Period, texts};

texts! {
    head_id(): "Mã", "Id";
    head_name(): "Chỉ số", "Indicator";
    head_points(): "Điểm", "Points";
    head_apart(): "Chênh điểm", "Points apart";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_month(): "Tháng", "Month";
    head_target(): "Chỉ tiêu", "Target";
    head_now(): "Hiện có", "Now";
    head_left(): "Còn thiếu", "Missing";
    head_trend(): "So kỳ trước", "Since the period before";
    none(): "Chưa có hồ sơ nào trong kỳ này.", "There is no dossier in this period.";
    of_plan(plan, agency): "{plan}, {agency}", "{plan}, {agency}";
    met(): "đạt", "reached";
    not_known(): "chưa có số liệu", "no number yet";
    lacking(many, day, percent): "còn {many} hồ sơ phải đạt trước ngày {day} để được {percent}", "{many} more dossiers must count by {day} to stand at {percent}";
    lacking_portal(many, day, percent): "còn {many} hồ sơ phải lên Cổng trước ngày {day} để được {percent}", "{many} more dossiers must reach the portal by {day} to stand at {percent}";
    short_by(points): "thiếu {points} điểm phần trăm", "{points} percentage points short";
    short_of(many): "thiếu {many}", "{many} short";
    too_many(): "vượt mức cho phép", "more than may be";
    at_least(percent): "từ {percent} %", "at least {percent} %";
    at_least_count(many): "từ {many}", "at least {many}";
    at_most_count(many): "nhiều nhất {many}", "at most {many}";
    once_a_year(): "mỗi năm", "each year";
    each_quarter(): "mỗi quý", "each quarter";
    each_month(): "mỗi tháng", "each month";
    each_time(): "mỗi lần phát sinh", "each time";
    task(text, every): "Việc phải làm {every}: {text}", "To be done {every}: {text}";
    by_hand(by, at): "số do {by} nhập, {at}", "entered by {by}, {at}";
}

/// The options of `dongbo indicators show`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ShowArgs {
    #[command(flatten)]
    asked: Asked,
    /// Only this side, and the standing of targets by it; otherwise both, and targets by what the portal accepted.
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
    indicators: Vec<RowView>,
    targets: Vec<TargetView>,
    #[serde(skip)]
    tasks: Vec<(String, String, Every)>,
    #[serde(skip)]
    foot: Foot,
    #[serde(skip)]
    side: Option<Side>,
    #[serde(skip)]
    split: Option<Split>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Received {
    local: u64,
    portal: u64,
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    indicator: Indicator,
    /// The unit, procedure or month that it was taken apart by.
    part: Option<String>,
    /// The catalogue's name of the procedure.
    #[serde(skip)]
    part_name: String,
    origin: Origin,
    local: Option<Value>,
    portal: Option<Value>,
    /// Points of the local value less those of the portal's.
    points_apart: Option<f64>,
    /// Percentage points (of a mean time days) of the local value less those of the portal's.
    ratio_apart: Option<f64>,
    entered: Option<EnteredView>,
}

#[derive(Debug, Clone, Serialize)]
struct EnteredView {
    value: Value,
    by: String,
    at: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize)]
struct TargetView {
    plan: String,
    agency: String,
    #[serde(flatten)]
    target: Target,
    value: Option<Value>,
    #[serde(flatten)]
    standing: Standing,
    /// Percentage points more than in the period before.
    trend: Option<f64>,
}

/// Runs `dongbo indicators show`.
pub(super) async fn show(globals: &Globals, args: &ShowArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = Numbers::open(globals, &args.asked, &clock).await?;
    let question = &numbers.question;
    let (period, unit) = (question.period, question.unit.as_deref());
    let whole = numbers.whole(period).await?;
    let before =
        if numbers.book.plans.is_empty() { None } else { Some(numbers.whole(period_before(period)).await?) };
    let indicators = match args.by {
        None => Indicator::ALL.iter().map(|one| row(&numbers, *one, &whole, Some(unit))).collect(),
        Some(split) => {
            let parts = numbers.sums(split).await?;
            let part = |(name, both): (&String, &Both)| RowView {
                part: Some(name.clone()),
                part_name: numbers.book.name(name).to_owned(),
                ..row(&numbers, args.indicator, both, (split == Split::Unit).then_some(Some(name)))
            };
            parts.iter().map(part).collect()
        }
    };
    let (targets, tasks) = if args.by.is_some() {
        (Vec::new(), Vec::new())
    } else {
        standings(&numbers, &whole, before.as_ref(), args.view.unwrap_or(Side::Portal))
    };
    numbers.ledger.close().await;
    let view = ShowView {
        period: period.to_string(),
        up_to: question.cutoff().day.to_string(),
        unit: question.unit.clone(),
        set: question.set,
        received: Received { local: whole.local.raw.received, portal: whole.portal.raw.received },
        indicators,
        targets,
        tasks,
        foot: Foot::of(&numbers),
        side: args.view,
        split: args.by,
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

/// One indicator of `unit`, of which `Some(None)` is all; figures are entered for whole units, so there is none for other parts.
fn row(numbers: &Numbers, indicator: Indicator, both: &Both, unit: Option<Option<&str>>) -> RowView {
    let period = numbers.question.period;
    let given = unit.map(|unit| numbers.given(period, unit)).unwrap_or_default();
    let (local, portal) = values(indicator, numbers.question.set, both, period, &given).unzip();
    let entered = unit.and_then(|unit| {
        entries::newest(&numbers.entered, indicator.name(), period, unit.unwrap_or_default())
    });
    let of = |pick: fn(&Value) -> Option<Hundredths>| {
        apart(local.as_ref().and_then(pick), portal.as_ref().and_then(pick))
    };
    RowView {
        indicator,
        part: None,
        part_name: String::new(),
        origin: indicator.origin(),
        local,
        portal,
        points_apart: of(|value| value.points),
        ratio_apart: of(|value| value.ratio),
        entered: entered.map(|entered| EnteredView {
            value: entries::entered_value(Some(indicator), &entered.figure),
            by: entered.entered_by.clone(),
            at: entered.entered_at,
        }),
    }
}

/// The standing of every target of the period's year that binds the unit, and the tasks beside them.
fn standings(
    numbers: &Numbers,
    whole: &Both,
    before: Option<&Both>,
    side: Side,
) -> (Vec<TargetView>, Vec<(String, String, Every)>) {
    let period = numbers.question.period;
    let unit = numbers.question.unit.as_deref();
    let year = period.months().end().year();
    let binding: Vec<&Plan> = numbers.book.plans.iter().filter(|plan| plan.binds(unit)).collect();
    let view = |plan: &Plan, target: &Target| {
        let now = value_of(numbers, target, whole, period, side);
        let earlier =
            before.and_then(|before| value_of(numbers, target, before, period_before(period), side));
        let unknown = Standing { met: None, distance: None, lacking: None };
        TargetView {
            plan: plan.plan.clone(),
            agency: plan.agency.clone(),
            target: target.clone(),
            value: now,
            standing: now.map_or(unknown, |now| target.standing(&now)),
            trend: apart(now.and_then(|now| now.ratio), earlier.and_then(|earlier| earlier.ratio)),
        }
    };
    let targets = binding.iter().flat_map(|plan| {
        plan.targets.iter().filter(|target| target.year == year).map(|target| view(plan, target))
    });
    let tasks = binding.iter().flat_map(|plan| {
        let of_year = plan.tasks.iter().filter(|task| task.year == year);
        of_year.map(|task| (plan.plan.clone(), task.text.clone(), task.every))
    });
    (targets.collect(), tasks.collect())
}

/// The number that a target is about: computed on `side`, or entered.
fn value_of(numbers: &Numbers, target: &Target, both: &Both, period: Period, side: Side) -> Option<Value> {
    let unit = numbers.question.unit.as_deref();
    let entered = |name: &str| entries::newest(&numbers.entered, name, period, unit.unwrap_or_default());
    match (target.indicator, &target.figure) {
        (Some(indicator), _) => {
            let given = numbers.given(period, unit);
            let computed = values(indicator, numbers.question.set, both, period, &given);
            let computed = computed.map(|(local, portal)| if side == Side::Local { local } else { portal });
            computed.or_else(|| {
                entered(indicator.name()).map(|one| entries::entered_value(Some(indicator), &one.figure))
            })
        }
        (None, Some(figure)) => entered(figure).map(|one| entries::entered_value(None, &one.figure)),
        (None, None) => None,
    }
}

fn render(view: &ShowView, out: &mut Output) {
    let lang = out.lang();
    if view.received.local + view.received.portal == 0 {
        out.line(out.paint(Role::Warn, &none(lang)));
    }
    let sides: Vec<Side> = view.side.map_or_else(|| Side::ALL.to_vec(), |side| vec![side]);
    let first = match view.split {
        None => vec![(Align::Left, head_id(lang)), (Align::Left, head_name(lang))],
        Some(Split::Procedure) => vec![(Align::Left, head_procedure(lang)), (Align::Left, head_name(lang))],
        Some(Split::Month) => vec![(Align::Left, head_month(lang))],
        Some(Split::Unit | Split::Whole) => vec![(Align::Left, head_unit(lang))],
    };
    let mut heads = first;
    for side in &sides {
        heads.extend([(Align::Right, side.text(lang).to_owned()), (Align::Right, head_points(lang))]);
    }
    if sides.len() > 1 {
        heads.push((Align::Right, head_apart(lang)));
    }
    let mut table = Table::new(heads);
    for row in &view.indicators {
        table.row(cells(lang, row, view.split, &sides));
    }
    out.table(&table);
    render_targets(view, out);
    render_foot(&view.foot, out);
}

fn cells(lang: Lang, row: &RowView, split: Option<Split>, sides: &[Side]) -> Vec<Cell> {
    let mut cells: Vec<Cell> = match split {
        None => vec![row.indicator.name().into(), row.indicator.text(lang).into()],
        Some(Split::Procedure) => {
            vec![row.part.clone().unwrap_or_default().into(), row.part_name.as_str().into()]
        }
        Some(_) => vec![row.part.clone().unwrap_or_default().into()],
    };
    for side in sides {
        let value = if *side == Side::Local { row.local } else { row.portal };
        let (told, points) = match (value, &row.entered) {
            (Some(value), _) => (told(lang, row.indicator, &value), points(lang, row.indicator, &value)),
            (None, Some(entered)) => {
                let shown = told(lang, row.indicator, &entered.value);
                let by = by_hand(lang, &entered.by, lang.moment(entered.at));
                (format!("{shown}, {by}"), points(lang, row.indicator, &entered.value))
            }
            (None, None) => (NOT_APPLICABLE.to_owned(), String::new()),
        };
        cells.extend([Cell::from(told), Cell::from(points)]);
    }
    if sides.len() > 1 {
        let role = if row.points_apart.is_some_and(|apart| apart > 0.0) { Role::Bad } else { Role::Faint };
        cells.push(Cell::new(role, signed(lang, row.points_apart)));
    }
    cells
}

fn points(lang: Lang, indicator: Indicator, value: &Value) -> String {
    if indicator.points() == 0 { String::new() } else { number(lang, value.points) }
}

fn render_targets(view: &ShowView, out: &mut Output) {
    let lang = out.lang();
    let mut plan = None;
    let mut table = None;
    for one in &view.targets {
        if plan != Some(&one.plan) {
            if let Some(table) = table.take() {
                out.table(&table);
            }
            out.heading(&of_plan(lang, &one.plan, &one.agency));
            plan = Some(&one.plan);
        }
        let table = table.get_or_insert_with(|| {
            Table::new([
                (Align::Left, head_id(lang)),
                (Align::Left, head_target(lang)),
                (Align::Right, String::new()),
                (Align::Right, head_now(lang)),
                (Align::Left, head_left(lang)),
                (Align::Right, head_trend(lang)),
            ])
        });
        let target = &one.target;
        let name = target.indicator.map(Indicator::name).or(target.figure.as_deref()).unwrap_or_default();
        let now = match (one.value, target.indicator) {
            (Some(value), Some(indicator)) => told(lang, indicator, &value),
            (Some(value), None) => lang.count(value.numerator),
            (None, _) => NOT_APPLICABLE.to_owned(),
        };
        let (role, left) = missing(lang, one);
        table.row([
            name.into(),
            target.text.as_str().into(),
            asked(lang, target).into(),
            now.into(),
            Cell::new(role, left),
            signed(lang, one.trend).into(),
        ]);
    }
    if let Some(table) = table {
        out.table(&table);
    }
    for (_, text, every) in &view.tasks {
        let every = match every {
            Every::Year => once_a_year(lang),
            Every::Quarter => each_quarter(lang),
            Every::Month => each_month(lang),
            Every::Time => each_time(lang),
        };
        out.line(task(lang, text, every));
    }
}

/// The demand of a target.
fn asked(lang: Lang, target: &Target) -> String {
    match (target.at_least, target.at_least_count, target.at_most_count) {
        (Some(percent), _, _) => at_least(lang, number(lang, Some(percent))),
        (None, Some(count), _) => at_least_count(lang, lang.count(count)),
        (None, None, Some(count)) => at_most_count(lang, lang.count(count)),
        (None, None, None) => String::new(),
    }
}

/// The distance to a target, in words.
fn missing(lang: Lang, one: &TargetView) -> (Role, String) {
    let target = &one.target;
    let day = lang.pick("31/12/", "").to_owned() + &target.year.to_string() + lang.pick("", "-12-31");
    match (one.standing.met, target.at_least, one.standing.lacking) {
        (None, ..) => (Role::Warn, not_known(lang)),
        (Some(true), ..) => (Role::Good, met(lang)),
        (Some(false), Some(percent), Some(many)) if target.indicator.is_some_and(counts_dossiers) => {
            let percent = format!("{} %", number(lang, Some(percent)));
            let many = lang.count(many);
            (
                Role::Bad,
                match target.indicator {
                    Some(Indicator::Synchronised) => lacking_portal(lang, many, day, percent),
                    _ => lacking(lang, many, day, percent),
                },
            )
        }
        (Some(false), Some(_), _) => (Role::Bad, short_by(lang, number(lang, one.standing.distance))),
        (Some(false), None, Some(many)) if many > 0 => (Role::Bad, short_of(lang, lang.count(many))),
        (Some(false), None, _) => (Role::Bad, too_many(lang)),
    }
}

/// Whether the numerator counts dossiers.
fn counts_dossiers(indicator: Indicator) -> bool {
    indicator.origin() != Origin::Entered
        && !matches!(
            indicator,
            Indicator::OnlineFaster
                | Indicator::ServicesUsed
                | Indicator::FeesSynchronised
                | Indicator::PopulationProcedures
        )
}
