//! `dongbo indicators evidence`: all that tells how one dossier reached the portal, for whoever operates it.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::super::codes;
use super::super::failure::{Ended, Failure};
use super::super::globals::{Globals, read_dossier};
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side as Align, Table};
use super::asked::{open_book, parse_period};
use super::facts_told;
use crate::config::Config;
use dongbo_gather::as_file_name;
use dongbo_indicators::{Behind, Book, FormulaSet, Indicator, Question, Verdict, of_dossier};
use dongbo_ledger::{DossierFacts, Ledger, Story};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Lang, Mode, Month, Period, texts};
use dongbo_portal::Portal;
use dongbo_reports::{
    Archive, Block, Call, EvidenceFigures, FactOfBoth, Format, LookedUp, Report, StepOfBoth,
};
use dongbo_source::Reading;
use dongbo_sync::telling::{AttemptView, words};

texts! {
    not_there(): "chưa có trên Cổng", "not on the portal";
    not_here(): "không có ở một cửa", "not in the local database";
    counts(): "tính là đúng hạn", "counts as on time";
    counts_not(): "không tính là đúng hạn", "does not count as on time";
    not_accepted(): "chưa nhận", "not accepted";
    before(): "trước khi dongbo ghi thời điểm này", "before dongbo wrote that down";
    nothing(): "không có", "none";
    unreadable_here(why): "không đọc được hồ sơ ở một cửa: {why}", "the dossier cannot be read in the local database: {why}";
    absent_here(): "hồ sơ không có ở một cửa hoặc chưa gửi được", "it is not in the local database, or cannot be sent";
    absent_there(): "Cổng chưa có hồ sơ này", "the portal does not have it";
}

/// The options of `dongbo indicators evidence`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct EvidenceArgs {
    /// The dossier's code.
    #[arg(value_name = "CODE", value_parser = NonEmptyStringValueParser::new())]
    code: String,
    /// The period that it is judged for; otherwise the month of its receipt.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Option<Period>,
    /// Look it up on the portal now. Nothing is written there.
    #[arg(long)]
    look_up: bool,
    /// Show at most so many of the newest calls.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Write it into this folder, too.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// The forms of the file, with commas between: html, xlsx, docx, csv.
    #[arg(long, value_name = "FORM", value_delimiter = ',', default_value = "html", requires = "out", value_parser = parse_format())]
    format: Vec<Format>,
}

fn parse_format() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::NAMES).map(|name| Format::from_name(&name).unwrap_or(Format::Html))
}

#[derive(Debug, Clone, Serialize)]
struct EvidenceView {
    #[serde(flatten)]
    figures: EvidenceFigures,
    /// The files that were written.
    files: Vec<PathBuf>,
}

/// All that is read of a dossier.
struct Gathered {
    story: Story,
    facts: DossierFacts,
    /// As the local system has it now; `Err` with the reason why it could not be read.
    dossier: Result<Box<Dossier>, String>,
}

/// Runs `dongbo indicators evidence`.
pub(super) async fn evidence(globals: &Globals, args: &EvidenceArgs) -> Result<Ended, Failure> {
    let (lang, clock) = (globals.lang, Clock::system());
    let config = globals.load()?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let book = open_book(&config, ledger.catalogue().await?)?;
    let code = codes::known(&ledger, &args.code).await?;
    let facts = ledger.dossier_facts(&code).await?;
    let story = ledger.story(&code, args.limit, clock.now()).await?;
    let mode = ledger.mode_of(&code).await?;
    ledger.close().await;
    let Some((code, story)) = DossierCode::new(&code).zip(story) else {
        return Err(Failure::NoSuchCode { typed: args.code.clone(), nearest: Vec::new() });
    };
    let dossier = match read_dossier(&config, &clock, &code, Some(&story.source)).await {
        Ok(Reading::Dossier(dossier)) => Ok(dossier),
        Ok(Reading::Defective(_) | Reading::Absent) => Err(absent_here(lang)),
        Err(error) => Err(unreadable_here(lang, error)),
    };
    let gathered = Gathered { story, facts, dossier };
    let look_up = match (args.look_up, &gathered.dossier) {
        (false, _) => None,
        (true, Ok(dossier)) => Some(look_up(&config, lang, &clock, (dossier, mode)).await),
        (true, Err(why)) => {
            let at = lang.second(clock.now());
            Some(LookedUp { at, failed: why.clone(), differences: Vec::new() })
        }
    };
    let period = args.period.unwrap_or_else(|| Period::Month(month_of(&gathered.facts, clock.now())));
    let figures = EvidenceFigures {
        letterhead: config.report.letterhead(),
        look_up,
        ..figures(lang, &book, (&code, &gathered), period, clock.now())
    };
    let report = figures.report();
    let mut files = Vec::new();
    if let Some(folder) = &args.out {
        let archive = Archive::new(folder);
        for format in &args.format {
            let content = format.write(&report)?;
            let stem = format!("ho-so-{}", as_file_name(code.as_str()));
            files.push(archive.keep(period, &stem, format.name(), clock.now(), &content)?);
        }
    }
    let view = EvidenceView { figures, files };
    globals.output(&clock).show(&view, |view, out| render(&report, &view.files, out))?;
    Ok(Ended::Complete)
}

/// The month in which the dossier is counted; the present one where it is counted in none.
fn month_of(facts: &DossierFacts, now: DateTime<Utc>) -> Month {
    let known = facts.local.as_ref().or(facts.portal.as_ref()).map(|facts| facts.cell().month);
    known.filter(|month| month.0 > 0).unwrap_or(Month::of(now))
}

/// All but the letterhead and what was looked up.
fn figures(
    lang: Lang,
    book: &Book,
    (code, gathered): (&DossierCode, &Gathered),
    period: Period,
    now: DateTime<Utc>,
) -> EvidenceFigures {
    let Gathered { story, facts, dossier } = gathered;
    let question = Question { period, unit: None, procedures: None, set: FormulaSet::P202609, now };
    let judged = of_dossier(book, &question, Indicator::OnTime, code, facts);
    let known = facts.local.as_ref().or(facts.portal.as_ref());
    let gap = judged.as_ref().and_then(|judged| judged.gap);
    let verdict = |verdict: Option<Verdict>, none: String| {
        verdict.map_or(none, |verdict| verdict.text(lang).to_owned())
    };
    let published = |judged: &Behind| if judged.portal.counts { counts(lang) } else { counts_not(lang) };
    let published = judged.as_ref().filter(|_| facts.portal.is_some()).map(published);
    let reason = judged.as_ref().and_then(|judged| judged.reason);
    EvidenceFigures {
        lang,
        letterhead: dongbo_reports::Letterhead::default(),
        at: now,
        code: code.to_string(),
        unit: known.map_or_else(|| story.unit.clone(), |facts| facts.unit.as_str().to_owned()),
        procedure: known.map(|facts| facts.procedure.as_str().to_owned()).unwrap_or_default(),
        period: period.to_string(),
        local_verdict: verdict(gap.map(|gap| gap.local), not_here(lang)),
        portal_verdict: verdict(gap.and_then(|gap| gap.portal), not_there(lang)),
        published_verdict: published.unwrap_or_else(|| not_there(lang)),
        reason: reason.map(|reason| reason.text(lang).to_owned()).unwrap_or_default(),
        facts: facts_told::both(lang, facts.local.as_ref(), facts.portal.as_ref()),
        steps_read: dossier.is_ok(),
        steps: steps(lang, dossier.as_deref().ok(), facts),
        calls: story.attempts.iter().cloned().map(|attempt| call(lang, &attempt.into())).collect(),
        calls_in_all: story.attempts_in_all,
        look_up: None,
    }
}

/// The steps in their order: those that the local system has, and beside them when the portal accepted each.
fn steps(lang: Lang, dossier: Option<&Dossier>, facts: &DossierFacts) -> Vec<StepOfBoth> {
    let accepted = |place: usize| match facts.steps_accepted_at.get(place) {
        Some(Some(at)) => lang.second(*at),
        Some(None) => before(lang),
        None => not_accepted(lang),
    };
    match dossier {
        Some(dossier) => {
            let told = dossier.steps.iter().enumerate().map(|(place, step)| StepOfBoth {
                status: words::status(lang, step.status),
                done: lang.second(step.at),
                accepted: accepted(place),
            });
            told.collect()
        }
        None => {
            let told = (0..facts.steps_accepted_at.len()).map(|place| StepOfBoth {
                status: String::new(),
                done: String::new(),
                accepted: accepted(place),
            });
            told.collect()
        }
    }
}

fn call(lang: Lang, attempt: &AttemptView) -> Call {
    let (outcome, _) = words::outcome(lang, &attempt.outcome);
    let http = attempt.http_status.map(|status| format!("HTTP {status}"));
    let code = Some(&attempt.portal_code).filter(|code| !code.is_empty()).cloned();
    let answer: Vec<String> = [Some(outcome), http, code].into_iter().flatten().collect();
    Call {
        begun: lang.second(attempt.started_at),
        ended: lang.second(attempt.ended_at),
        operations: words::operations(lang, &attempt.operations),
        answer: answer.join(", "),
        said: if attempt.message.is_empty() { String::new() } else { attempt.said(lang) },
    }
}

/// The portal's record as it is now, compared with the local one.
async fn look_up(config: &Config, lang: Lang, clock: &Clock, (dossier, mode): (&Dossier, Mode)) -> LookedUp {
    let failed = |failed: String| LookedUp { at: lang.second(clock.now()), failed, differences: Vec::new() };
    let portal = match Portal::new(&config.portal, clock.clone(), Arc::new(|_| {})) {
        Ok(portal) => portal,
        Err(error) => return failed(error.to_string()),
    };
    match portal.look_up(dossier, mode).await {
        Ok(Some(seen)) => {
            let side = |value: &str| if value.is_empty() { nothing(lang) } else { value.to_owned() };
            let told = seen.differing.iter().map(|one| {
                let about =
                    if one.subject.is_empty() { String::new() } else { format!(" ({})", one.subject) };
                FactOfBoth {
                    name: format!("{}{about}", one.kind.text(lang)),
                    local: side(&one.ours),
                    portal: side(&one.theirs),
                }
            });
            LookedUp { differences: told.collect(), ..failed(String::new()) }
        }
        Ok(None) => failed(absent_there(lang)),
        Err(answer) => {
            let (outcome, _) = words::outcome(lang, answer.outcome.name());
            failed(format!("{outcome}: {}", answer.message))
        }
    }
}

fn render(report: &Report, files: &[PathBuf], out: &mut Output) {
    let lang = out.lang();
    out.heading(&report.subject);
    for section in &report.sections {
        out.heading(&section.heading);
        for block in &section.blocks {
            match block {
                Block::Paragraph(text) => out.line(text),
                Block::Table(table) => {
                    let columns = table.columns.iter().map(|column| (Align::Left, column.head.clone()));
                    let mut shown = Table::new(columns);
                    for row in &table.rows {
                        shown.row(row.cells.iter().map(|figure| Cell::from(figure.shown(lang))));
                    }
                    out.table(&shown);
                }
                Block::Lines(_) | Block::Chart(_) => {}
            }
        }
    }
    out.gap();
    for note in &report.notes {
        out.line(out.paint(Role::Faint, note));
    }
    for file in files {
        out.line(format!("  {}", file.display()));
    }
}
