//! `dongbo indicators history`: an indicator month by month, and who entered what.

use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::table::{Side as Align, Table};
use super::asked::{Asked, parse_indicator};
use super::words::{Foot, apart, number, render_foot, signed, told};
use dongbo_indicators::{FormulaSet, Indicator, Value, values};
use dongbo_ledger::{EnteredFigure, Side};
use dongbo_model::clock::Clock;
use dongbo_model::{Month, Period, texts};

texts! {
    head_month(): "Tháng", "Month";
    head_points(): "Điểm", "Points";
    head_apart(): "Chênh điểm", "Points apart";
    head_at(): "Nhập lúc", "Entered";
    head_by(): "Người nhập", "By";
    head_period(): "Kỳ", "Period";
    head_unit(): "Đơn vị", "Unit";
    head_value(): "Giá trị", "Value";
    entered(): "Số đã nhập", "Figures that were entered";
    every_unit(): "Tất cả", "All";
}

/// The options of `dongbo indicators history`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct HistoryArgs {
    /// The indicator.
    #[arg(value_name = "INDICATOR", value_parser = parse_indicator())]
    indicator: Indicator,
    #[command(flatten)]
    asked: Asked,
    /// So many months, up to the last of the period.
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u8).range(1..=120))]
    months: u8,
}

#[derive(Debug, Clone, Serialize)]
struct HistoryView {
    indicator: Indicator,
    unit: Option<String>,
    set: FormulaSet,
    /// The latest last.
    months: Vec<MonthView>,
    /// Its entries, the oldest first; of one period and unit the last holds.
    entered: Vec<EnteredFigure>,
    #[serde(skip)]
    foot: Foot,
}

#[derive(Debug, Clone, Serialize)]
struct MonthView {
    month: String,
    local: Option<Value>,
    portal: Option<Value>,
    points_apart: Option<f64>,
}

/// Runs `dongbo indicators history`.
pub(super) async fn history(globals: &Globals, args: &HistoryArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = args.asked.open(globals, &clock).await?;
    let question = &numbers.question;
    let last = question.period.months().end().0;
    let mut months = Vec::new();
    for month in (last + 1 - i64::from(args.months)..=last).map(Month) {
        let period = Period::Month(month);
        let both = numbers.whole(period).await?;
        let given = numbers.given(period, question.unit.as_deref());
        let (local, portal) = values(args.indicator, question.set, &both, period, &given).unzip();
        let of = |value: Option<Value>| value.and_then(|value| value.points);
        let points_apart = apart(of(local), of(portal));
        months.push(MonthView { month: month.to_string(), local, portal, points_apart });
    }
    numbers.ledger.close().await;
    let of_unit = |one: &&EnteredFigure| {
        one.figure.figure == args.indicator.name()
            && question.unit.as_ref().is_none_or(|unit| *unit == one.figure.unit)
    };
    let view = HistoryView {
        indicator: args.indicator,
        unit: question.unit.clone(),
        set: question.set,
        months,
        entered: numbers.entered.iter().filter(of_unit).cloned().collect(),
        foot: Foot::of(&numbers),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

fn render(view: &HistoryView, out: &mut Output) {
    let lang = out.lang();
    out.heading(&format!("{} {}", view.indicator.name(), view.indicator.text(lang)));
    let mut table = Table::new([
        (Align::Left, head_month(lang)),
        (Align::Right, Side::Local.text(lang).to_owned()),
        (Align::Right, head_points(lang)),
        (Align::Right, Side::Portal.text(lang).to_owned()),
        (Align::Right, head_points(lang)),
        (Align::Right, head_apart(lang)),
    ]);
    for month in view.months.iter().filter(|month| month.local.is_some()) {
        let (local, portal) = (month.local.unwrap_or_default(), month.portal.unwrap_or_default());
        table.row([
            month.month.as_str().into(),
            told(lang, view.indicator, &local).into(),
            number(lang, local.points).into(),
            told(lang, view.indicator, &portal).into(),
            number(lang, portal.points).into(),
            signed(lang, month.points_apart).into(),
        ]);
    }
    if view.months.iter().any(|month| month.local.is_some()) {
        out.table(&table);
    }
    if !view.entered.is_empty() {
        out.heading(&entered(lang));
        let mut table = Table::new([
            (Align::Left, head_period(lang)),
            (Align::Left, head_unit(lang)),
            (Align::Right, head_value(lang)),
            (Align::Left, head_by(lang)),
            (Align::Left, head_at(lang)),
        ]);
        for one in &view.entered {
            let value = dongbo_indicators::entries::entered_value(Some(view.indicator), &one.figure);
            let unit = if one.figure.unit.is_empty() { every_unit(lang) } else { one.figure.unit.clone() };
            table.row([
                one.figure.period.as_str().into(),
                unit.into(),
                told(lang, view.indicator, &value).into(),
                one.entered_by.as_str().into(),
                lang.moment(one.entered_at).into(),
            ]);
        }
        out.table(&table);
    }
    render_foot(&view.foot, out);
}
