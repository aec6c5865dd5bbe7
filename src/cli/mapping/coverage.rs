//! `dongbo mapping coverage`: the local codes that the mapping knows, and those that it lacks.

use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::{Globals, WhichSource, open_source};
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use super::super::terminal;
use dongbo_model::FindingKind;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};
use dongbo_source::{Coverage, TableCoverage, coverage_telling};

texts! {
    complete(dossiers):
        "Tệp ánh xạ có đủ mọi mã đang dùng ở {dossiers}.",
        "The mapping knows every code in use by {dossiers}.";
    incomplete(share, dossiers, lacking):
        "Tệp ánh xạ có đủ mã cho {share} của {dossiers}; còn thiếu ở {lacking}.",
        "The mapping covers {share} of {dossiers}; it lacks a code for {lacking}.";
    nothing(): "Ở một cửa không có hồ sơ nào.", "The local database has no dossier.";
    sampled():
        "Chỉ xem một phần hồ sơ, theo thứ tự mã (--sample).",
        "Only some dossiers were read, in the order of codes (--sample).";
    left_out(rows):
        "[eligible] để lại {rows}: không đọc, không gửi.",
        "[eligible] leaves out {rows}: neither read nor sent.";
    lacks(table, values): "[{table}]: {values} chưa có ánh xạ", "[{table}]: {values} without a mapping";
    full(table, values): "[{table}]: đủ, {values}", "[{table}]: complete, {values}";
    head_local(): "Ở một cửa", "Local";
    head_national(): "Mã quốc gia", "National";
    head_dossiers(): "Hồ sơ", "Dossiers";
    unmapped(): "chưa có", "none";
    more(values): "… và {values} nữa (--limit)", "… and {values} more (--limit)";
    no_codes(many):
        "… và {many} lượt giá trị lạ nữa: cột này có lẽ không chứa mã.",
        "… and {many} more uses of unknown values: this column may hold no codes.";
    others():
        "Lỗi khác: sửa câu SQL của tệp ánh xạ, hoặc sửa ở một cửa",
        "Other defects, to be corrected in the mapping's SQL or in the one-stop system";
    not_sent(dossiers):
        "{dossiers} không gửi ở trạng thái hiện tại, theo [status].",
        "{dossiers} not sent at their status, by [status].";
    not_known(column, sent, dossiers):
        "[unknown] {column}: một cửa không biết, gửi {sent} cho {dossiers}.",
        "[unknown] {column}: not known locally, sent as {sent} for {dossiers}.";
    progress(dossiers): "Đã đọc {dossiers}…", "{dossiers} read…";
}

/// The options of `dongbo mapping coverage`.
#[derive(Debug, Clone, clap::Args)]
pub(in super::super) struct CoverageArgs {
    /// Read only the first N dossiers, in the order of their codes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Show also the values that the mapping knows; JSON always has them.
    #[arg(long)]
    all: bool,
    /// Show at most so many values of each code table; JSON has all.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    source: WhichSource,
}

#[derive(Debug, Clone, Serialize)]
struct CoverageView {
    complete: bool,
    /// The share of dossiers of which every code is known; `null` when there is no dossier.
    ratio: Option<f64>,
    #[serde(flatten)]
    coverage: Coverage,
    #[serde(skip)]
    limit: usize,
    #[serde(skip)]
    known_too: bool,
}

/// Runs `dongbo mapping coverage`.
pub(super) async fn coverage(globals: &Globals, args: &CoverageArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let source = open_source(&globals.load()?, args.source.name.as_deref(), &clock).await?;
    let output = globals.output(&clock);
    let lang = output.lang();
    let most = args.sample.map(|sample| usize::try_from(sample).unwrap_or(usize::MAX));
    let told = terminal::is_errors() && !output.json();
    let read = coverage_telling(&source, most, |dossiers| {
        if told {
            tell(&progress(lang, lang.dossiers(dossiers)));
        }
    });
    let read = read.await;
    if told {
        tell("");
    }
    let coverage = read?;
    let view = CoverageView {
        complete: coverage.is_complete(),
        ratio: ratio(coverage.covered, coverage.dossiers),
        limit: usize::try_from(args.limit).unwrap_or(usize::MAX),
        known_too: args.all,
        coverage,
    };
    output.show(&view, render)?;
    Ok(if view.complete { Ended::Complete } else { Ended::Partial })
}

/// Writes `words` over the line of progress before.
fn tell(words: &str) {
    // Progress is an extra: the result counts even where progress cannot be written.
    drop(terminal::tell_over(words));
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of dossiers are far below 2^53")]
    let ratio = part as f64 / whole as f64;
    (whole > 0).then_some(ratio)
}

fn render(view: &CoverageView, out: &mut Output) {
    let lang = out.lang();
    let coverage = &view.coverage;
    let dossiers = lang.dossiers(coverage.dossiers);
    let (words, role) = if coverage.dossiers == 0 {
        (nothing(lang), Role::Warn)
    } else if view.complete {
        (complete(lang, dossiers), Role::Good)
    } else {
        let share = lang.percent(coverage.covered, coverage.dossiers);
        let lacking = lang.dossiers(coverage.dossiers.saturating_sub(coverage.covered));
        (incomplete(lang, share, dossiers, lacking), Role::Bad)
    };
    out.line(out.paint(role, &words));
    if !coverage.all {
        out.line(out.paint(Role::Faint, &sampled(lang)));
    }
    if let Some(rows) = coverage.left_out {
        let rows = lang.many(rows, "dòng", "row", "rows");
        out.line(out.paint(Role::Faint, &left_out(lang, rows)));
    }
    let (lacking, full_ones): (Vec<_>, Vec<_>) =
        coverage.tables.iter().partition(|table| unknown_values(table) > 0);
    for table in lacking {
        let heading = lacks(lang, table.table, values(lang, unknown_values(table)));
        value_table(table, &heading, view, out);
    }
    if !view.known_too && !full_ones.is_empty() {
        out.gap();
    }
    for table in full_ones {
        let heading = full(lang, table.table, values(lang, table.values.len()));
        if view.known_too {
            value_table(table, &heading, view, out);
        } else {
            out.line(heading);
        }
    }
    if coverage.not_sent > 0 {
        out.gap();
        out.line(not_sent(lang, lang.dossiers(coverage.not_sent)));
    }
    for unknown in &coverage.not_known {
        out.line(not_known(lang, unknown.column, unknown.sent, lang.dossiers(unknown.dossiers)));
    }
    if !coverage.defects.is_empty() {
        out.heading(&others(lang));
        let mut table = Table::new([(Side::Right, ""), (Side::Left, "")]);
        for defect in &coverage.defects {
            table.row([
                lang.count(defect.dossiers).into(),
                defect_words(lang, defect.kind, &defect.subject).into(),
            ]);
        }
        out.table(&table);
    }
}

fn unknown_values(table: &TableCoverage) -> usize {
    table.values.iter().filter(|value| value.national.is_none()).count()
}

fn values(lang: Lang, many: usize) -> String {
    lang.many(u64::try_from(many).unwrap_or(u64::MAX), "giá trị", "value", "values")
}

fn value_table(table: &TableCoverage, heading: &str, view: &CoverageView, out: &mut Output) {
    let lang = out.lang();
    out.heading(heading);
    let heads = [
        (Side::Left, head_local(lang)),
        (Side::Left, head_national(lang)),
        (Side::Right, head_dossiers(lang)),
    ];
    let mut rows = Table::new(heads);
    let mut hidden = 0;
    let told = table.values.iter().filter(|value| view.known_too || value.national.is_none());
    for (place, value) in told.enumerate() {
        if place >= view.limit {
            hidden += 1;
            continue;
        }
        let national = match &value.national {
            Some(national) => Cell::from(national.clone()),
            None => Cell::new(Role::Bad, unmapped(lang)),
        };
        rows.row([value.local.clone().into(), national, lang.count(value.dossiers).into()]);
    }
    out.table(&rows);
    if hidden > 0 {
        out.line(format!("  {}", more(lang, values(lang, hidden))));
    }
    if table.more_unknown > 0 {
        out.line(format!("  {}", no_codes(lang, lang.count(table.more_unknown))));
    }
}

fn defect_words(lang: Lang, kind: &str, subject: &str) -> String {
    FindingKind::from_name(kind).map_or_else(|| kind.to_owned(), |kind| kind.line_for_operator(lang, subject))
}
