//! The standing of the targets that bind an office, below its indicators.

use super::super::super::output::Output;
use super::super::super::table::{Cell, Side as Align, Table};
use super::super::words::{NOT_APPLICABLE, signed, told};
use dongbo_indicators::{Every, Indicator};
use dongbo_model::texts;
use dongbo_sync::views::{TargetView, Work, demand, missing};

texts! {
    head_id(): "Mã", "Id";
    head_target(): "Chỉ tiêu", "Target";
    head_now(): "Hiện có", "Now";
    head_left(): "Còn thiếu", "Missing";
    head_trend(): "So kỳ trước", "Since the period before";
    of_plan(plan, agency): "{plan}, {agency}", "{plan}, {agency}";
    once_a_year(): "mỗi năm", "each year";
    each_quarter(): "mỗi quý", "each quarter";
    each_month(): "mỗi tháng", "each month";
    each_time(): "mỗi lần phát sinh", "each time";
    task(text, every): "Việc phải làm {every}: {text}", "To be done {every}: {text}";
}

pub(super) fn render(targets: &[TargetView], tasks: &[Work], out: &mut Output) {
    let lang = out.lang();
    let mut plan = None;
    let mut table = None;
    for one in targets {
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
            demand(lang, target).into(),
            now.into(),
            Cell::new(role, left),
            signed(lang, one.trend).into(),
        ]);
    }
    if let Some(table) = table {
        out.table(&table);
    }
    for (_, text, every) in tasks {
        let every = match every {
            Every::Year => once_a_year(lang),
            Every::Quarter => each_quarter(lang),
            Every::Month => each_month(lang),
            Every::Time => each_time(lang),
        };
        out.line(task(lang, text, every));
    }
}
