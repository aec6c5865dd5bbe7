//! Writing a report in the forms that are wanted.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::{parse_format, parse_period};
use crate::cli::as_service;
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::cli::role::Role;
use dongbo_gather::{Office, Wanted};
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use dongbo_model::{Period, texts};
use dongbo_reports::{Archive, Format, Kind};

texts! {
    done(subject, period): "Đã lập báo cáo: {subject}, {period}.", "Written: {subject}, {period}.";
    not_over(): "Kỳ báo cáo chưa kết thúc: số liệu còn thay đổi.", "The period is not over: the figures still change.";
    sealed(period): "Kỳ này đã niêm phong; báo cáo mới là phần bổ sung. Ghi nhận bằng: dongbo report addendum --period {period} --reason '…'",
        "The period is sealed; these files are an addition. To add them: dongbo report addendum --period {period} --reason '…'";
}

/// The options of the commands that write a report.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct WriteArgs {
    /// The period, as 2026-08, 2026-Q3, 2026-H1 or 2026; without it the last one that is over: a month, and of quarterly, half-year and annex that length.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Option<Period>,
    /// Only this unit.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// The folder for reports, in which each period has one of its own; without it report.folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The forms, with commas between: html, xlsx, docx, csv.
    #[arg(long, value_name = "FORM", value_delimiter = ',', default_value = "html,xlsx,docx,csv", value_parser = parse_format)]
    format: Vec<Format>,
}

#[derive(Debug, Clone, Serialize)]
struct WrittenView {
    kind: Kind,
    period: String,
    unit: Option<String>,
    at: DateTime<Utc>,
    /// Whether the period is over: its figures may still change where it is not.
    over: bool,
    /// Whether the period is sealed: the files are additions to it.
    sealed: bool,
    files: Vec<PathBuf>,
}

/// Writes the report.
pub(super) async fn write(globals: &Globals, args: &WriteArgs, kind: Kind) -> Result<Ended, Failure> {
    if args.out.is_none()
        && let Some(ended) = as_service::again(globals)
    {
        return Ok(ended);
    }
    let config = globals.load()?;
    let clock = Clock::system();
    let now = clock.now();
    let period = args.period.unwrap_or_else(|| kind.span().last_over(now));
    let wanted = Wanted { kind, period, unit: args.unit.clone(), lang: globals.lang };
    let departments = config.departments();
    let office = Office { report: &config.report, indicators: &config.indicators, departments: &departments };
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let report = wanted.report(&ledger, office, now).await;
    ledger.close().await;
    let report = report?;
    let archive = Archive::new(args.out.as_ref().unwrap_or(&config.report.folder));
    let mut files = Vec::new();
    for format in &args.format {
        let content = format.write(&report)?;
        files.push(archive.keep(period, &wanted.stem(), format.name(), now, &content)?);
    }
    let view = WrittenView {
        kind,
        period: period.to_string(),
        unit: args.unit.clone(),
        at: now,
        over: now >= period.ends(),
        sealed: archive.is_sealed(period)?,
        files,
    };
    globals.output(&clock).show(&view, |view, out| render(view, period, out))?;
    Ok(Ended::Complete)
}

fn render(view: &WrittenView, period: Period, out: &mut Output) {
    let lang = out.lang();
    out.line(out.paint(Role::Good, &done(lang, view.kind.subject(lang), period)));
    for file in &view.files {
        out.line(format!("  {}", file.display()));
    }
    if !view.over {
        out.line(out.paint(Role::Warn, &not_over(lang)));
    }
    if view.sealed {
        out.line(sealed(lang, &view.period));
    }
}
