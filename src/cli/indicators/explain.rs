//! `dongbo indicators explain`: the formula of an indicator, its numbers, and where their dossiers are listed.

use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::table::Cell;
use super::asked::{Asked, parse_indicator};
use super::words::{Foot, published_told, render_foot, told};
use dongbo_indicators::{FormulaSet, Indicator, OfficialValue, Origin, Value};
use dongbo_ledger::Side;
use dongbo_model::clock::Clock;
use dongbo_model::texts;
use dongbo_sync::views::Whole;

texts! {
    origin(): "Nguồn số", "Origin";
    numerator(): "Tử số", "Numerator";
    denominator(): "Mẫu số", "Denominator";
    exclusions(): "Không tính", "Left out";
    open(): "Chưa rõ", "Open";
    scale(): "Điểm", "Points";
    source(): "Căn cứ", "Source";
    decision(): "Quyết định 766/QĐ-TTg; d: mô tả công thức của Cổng, p: số Cổng công bố, n: bản dự thảo", "Decision 766; d: the portal's description, p: its published numbers, n: the draft";
    of_plan(): "kế hoạch của địa phương", "the plans of communes";
    points(most, from): "nhiều nhất {most}, đủ điểm từ {from}", "at most {most}, all of them from {from}";
    no_points(): "không tính điểm", "none";
    head_published(): "Cổng công bố", "Published";
    lists(): "Danh sách hồ sơ:", "Its dossiers are listed by:";
}

/// The options of `dongbo indicators explain`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ExplainArgs {
    /// The indicator.
    #[arg(value_name = "INDICATOR", value_parser = parse_indicator())]
    indicator: Indicator,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Serialize)]
struct ExplainView {
    indicator: Indicator,
    name: &'static str,
    origin: Origin,
    set: FormulaSet,
    source: String,
    numerator: &'static str,
    denominator: &'static str,
    exclusions: &'static str,
    open: &'static str,
    points: u32,
    full_from: u32,
    period: String,
    unit: Option<String>,
    local: Option<Value>,
    portal: Option<Value>,
    published: Option<OfficialValue>,
    /// Commands that list the dossiers.
    lists: Vec<String>,
    #[serde(skip)]
    foot: Foot,
}

/// Runs `dongbo indicators explain`.
pub(super) async fn explain(globals: &Globals, args: &ExplainArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let numbers = args.asked.open(globals, &clock).await?;
    let (indicator, question, lang) = (args.indicator, &numbers.question, globals.lang);
    let whole = Whole::read(&numbers, false).await?;
    numbers.ledger.close().await;
    let row = whole.rows.into_iter().find(|row| row.indicator == indicator);
    let (local, portal, published) =
        row.map_or((None, None, None), |row| (row.local, row.portal, row.published));
    let lists = match indicator.origin() {
        Origin::Entered => Vec::new(),
        Origin::Sampled => {
            ["numerator", "denominator", "missing"].map(|part| numbers.list(indicator, None, part)).to_vec()
        }
        Origin::Computed | Origin::Plan => ["numerator", "denominator", "missing", "apart", "accepted-since"]
            .map(|part| numbers.list(indicator, None, part))
            .to_vec(),
    };
    let view = ExplainView {
        indicator,
        name: indicator.text(lang),
        origin: indicator.origin(),
        set: question.set,
        source: match indicator.origin() {
            Origin::Plan | Origin::Sampled => of_plan(lang),
            Origin::Entered if indicator == Indicator::OldResultsDigitised => of_plan(lang),
            Origin::Entered | Origin::Computed => decision(lang),
        },
        numerator: indicator.numerator(lang),
        denominator: indicator.denominator(lang),
        exclusions: indicator.exclusions(lang),
        open: indicator.open(lang),
        points: indicator.points(),
        full_from: question.set.full_from(indicator),
        period: question.period.to_string(),
        unit: question.unit.clone(),
        local,
        portal,
        published,
        lists,
        foot: Foot::of(&numbers),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

fn render(view: &ExplainView, out: &mut Output) {
    let lang = out.lang();
    out.heading(&format!("{} {}", view.indicator.name(), view.name));
    let scaled = match view.points {
        0 => no_points(lang),
        most => points(lang, most, lang.percentage(view.full_from)),
    };
    let mut pairs: Vec<(String, Cell)> = vec![
        (origin(lang), view.origin.text(lang).into()),
        (source(lang), view.source.as_str().into()),
        (numerator(lang), view.numerator.into()),
        (denominator(lang), view.denominator.into()),
        (exclusions(lang), view.exclusions.into()),
        (open(lang), view.open.into()),
        (scale(lang), scaled.into()),
    ];
    for (side, value) in [(Side::Local, view.local), (Side::Portal, view.portal)] {
        if let Some(value) = value {
            pairs.push((side.text(lang).to_owned(), told(lang, view.indicator, &value).into()));
        }
    }
    if let Some(value) = &view.published {
        let remark = value.remark.as_ref().map(|remark| format!(", {remark}")).unwrap_or_default();
        let told = published_told(lang, view.indicator, value);
        pairs.push((head_published(lang), format!("{told}{remark}").into()));
    }
    out.pairs(pairs);
    if !view.lists.is_empty() {
        out.gap();
        out.line(lists(lang));
        for command in &view.lists {
            out.line(format!("  {command}"));
        }
    }
    render_foot(&view.foot, out);
}
