//! `dongbo report judged`: the dossiers behind the numbers of the report on late ones, each with its letter of apology.

use chrono::NaiveDate;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::behind::{self, Behind, BehindArgs, Shown};
use super::listed;
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use dongbo_gather::{GatherError, Judged, Judgement, days_of, judged};
use dongbo_indicators::{GapReason, Verdict};
use dongbo_model::{Lang, texts};
use dongbo_reports::Letter;

texts! {
    head_code(): "Mã hồ sơ", "Dossier";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_officer(): "Cán bộ", "Officer";
    head_due(): "Hẹn trả", "Due";
    head_ended(): "Kết thúc", "Ended";
    head_local(): "Một cửa", "Local system";
    head_portal(): "Cổng", "Portal";
    head_reason(): "Nguyên nhân khác nhau", "Reason of the difference";
    head_letter(): "Thư xin lỗi", "Letter of apology";
    not_there(): "chưa có", "not there";
}

/// The options of `dongbo report judged`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct JudgedArgs {
    #[command(flatten)]
    behind: BehindArgs,
    /// Only those that are judged so.
    #[arg(long, value_name = "VERDICT", default_value = "all", value_parser = parse_judgement())]
    verdict: Judgement,
    /// Only those that both sides judge otherwise for this reason.
    #[arg(long, value_name = "REASON", value_parser = parse_reason())]
    reason: Option<GapReason>,
    /// Only those whose last step this officer did, by code or keyed hash; '' for those of which that is not known.
    #[arg(long, value_name = "OFFICER")]
    officer: Option<String>,
    /// Only late ones whose letter of apology is published, missing or unknown.
    #[arg(long, value_name = "STATE", value_parser = parse_letter())]
    letter: Option<Letter>,
}

fn parse_judgement() -> impl TypedValueParser<Value = Judgement> {
    PossibleValuesParser::new(Judgement::NAMES)
        .map(|name| Judgement::from_name(&name).unwrap_or(Judgement::All))
}

fn parse_reason() -> impl TypedValueParser<Value = GapReason> {
    PossibleValuesParser::new(GapReason::NAMES)
        .map(|name| GapReason::from_name(&name).unwrap_or(GapReason::Other))
}

fn parse_letter() -> impl TypedValueParser<Value = Letter> {
    PossibleValuesParser::new(Letter::NAMES).map(|name| Letter::from_name(&name).unwrap_or(Letter::Unknown))
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    code: String,
    unit: String,
    procedure: String,
    officer: Option<String>,
    due: Option<NaiveDate>,
    ended: Option<NaiveDate>,
    local_verdict: Option<Verdict>,
    portal_verdict: Option<Verdict>,
    reason: Option<GapReason>,
    letter: Option<Letter>,
}

/// Lists the dossiers.
pub(super) async fn list(globals: &Globals, args: &JudgedArgs) -> Result<Ended, Failure> {
    behind::list(globals, &args.behind, async |behind| found(behind, args).await, render).await
}

async fn found(behind: &Behind, args: &JudgedArgs) -> Result<Shown<RowView>, Failure> {
    let register = behind.config.report.letters().map_err(GatherError::from)?;
    let all = judged(&behind.ledger, &behind.book, &behind.question, register.as_ref()).await?;
    let is_asked = |one: &Judged| {
        one.is(args.verdict)
            && args.reason.is_none_or(|reason| one.reason() == Some(reason))
            && args.officer.as_ref().is_none_or(|officer| one.officer() == *officer)
            && args.letter.is_none_or(|letter| one.letter == Some(letter))
    };
    let asked: Vec<Judged> = all.into_iter().filter(is_asked).collect();
    let more = asked.len() > behind.limit;
    let mut rows = Vec::new();
    for one in asked.into_iter().take(behind.limit) {
        let (due, ended) = days_of(&behind.ledger, &one.behind.code).await?;
        let (gap, letter) = (one.behind.gap, one.letter);
        rows.push(RowView {
            code: one.behind.code,
            unit: one.behind.unit,
            procedure: one.behind.procedure,
            officer: one.behind.officer.as_ref().map(ToString::to_string),
            due,
            ended,
            local_verdict: gap.map(|gap| gap.local),
            portal_verdict: gap.and_then(|gap| gap.portal),
            reason: gap.and_then(|gap| gap.reason),
            letter,
        });
    }
    Ok(Shown { more, rows })
}

fn render(view: &Shown<RowView>, out: &mut Output) {
    let lang = out.lang();
    let heads = [
        head_code(lang),
        head_unit(lang),
        head_procedure(lang),
        head_officer(lang),
        head_due(lang),
        head_ended(lang),
        head_local(lang),
        head_portal(lang),
        head_reason(lang),
        head_letter(lang),
    ];
    listed::render(out, heads, &view.rows, view.more, |lang, row| {
        let verdict = |verdict: Option<Verdict>| {
            verdict.map_or_else(|| not_there(lang), |verdict| verdict.text(lang).to_owned())
        };
        vec![
            row.code.as_str().into(),
            row.unit.as_str().into(),
            row.procedure.as_str().into(),
            row.officer.clone().unwrap_or_default().into(),
            day(lang, row.due).into(),
            day(lang, row.ended).into(),
            verdict(row.local_verdict).into(),
            verdict(row.portal_verdict).into(),
            row.reason.map_or("", |reason| reason.text(lang)).into(),
            row.letter.map_or("", |letter| letter.text(lang)).into(),
        ]
    });
}

fn day(lang: Lang, day: Option<NaiveDate>) -> String {
    day.map(|day| day.format(lang.pick("%d/%m/%Y", "%Y-%m-%d")).to_string()).unwrap_or_default()
}
