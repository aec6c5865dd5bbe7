//! `dongbo indicators clocks`: open dossiers that have to be accepted or are due, and those that were asked twice for papers.

use chrono::{DateTime, Utc};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side as Align, Table};
use super::asked::open_book;
use dongbo_indicators::{Due, Ring, Ringing, ringing};
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

texts! {
    none(): "Không có hồ sơ nào sắp đến hạn hay quá hạn.", "No dossier is near its time or past it.";
    only(shown): "Chỉ hiện {shown} dòng đầu (--limit).", "Only the first {shown} rows are shown (--limit).";
    head_code(): "Mã hồ sơ", "Code";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_officer(): "Cán bộ", "Officer";
    head_clock(): "Việc", "Clock";
    not_accepted(at): "chưa tiếp nhận, quá 8 giờ làm việc từ {at}", "not accepted, 8 working hours over since {at}";
    asked_again(): "yêu cầu bổ sung từ hai lần, bị tính trễ", "asked more than once for papers, counts as late";
}

/// The options of `dongbo indicators clocks`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct ClocksArgs {
    /// Only dossiers of this unit and of those below it.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only those that somebody should look at for this reason.
    #[arg(long, value_name = "REASON", value_parser = parse_ring())]
    only: Option<Ring>,
    /// Show at most so many rows; JSON has all.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

fn parse_ring() -> impl TypedValueParser<Value = Ring> {
    PossibleValuesParser::new(Ring::NAMES).map(|name| Ring::from_name(&name).unwrap_or(Ring::Overdue))
}

#[derive(Debug, Clone, Serialize)]
struct ClocksView {
    dossiers: Vec<ClockView>,
    #[serde(skip)]
    limit: usize,
}

#[derive(Debug, Clone, Serialize)]
struct ClockView {
    code: String,
    unit: String,
    procedure: String,
    officer: Option<String>,
    /// By when it must be accepted, while it is not.
    accept_by: Option<DateTime<Utc>>,
    acceptance_late: bool,
    due: Option<Due>,
    asked_again: bool,
}

/// Runs `dongbo indicators clocks`.
pub(super) async fn clocks(globals: &Globals, args: &ClocksArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let config = globals.load()?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let book = open_book(&config, ledger.catalogue().await?)?;
    let found = ringing(&ledger, &book, args.unit.as_deref(), clock.now()).await?;
    ledger.close().await;
    let meant = found.into_iter().filter(|one| args.only.is_none_or(|ring| one.clocks.rings_for(ring)));
    let view = ClocksView { dossiers: meant.map(shown).collect(), limit: args.limit };
    let ended = if view.dossiers.is_empty() { Ended::Complete } else { Ended::Partial };
    globals.output(&clock).show(&view, render)?;
    Ok(ended)
}

fn shown(one: Ringing) -> ClockView {
    ClockView {
        code: one.code,
        unit: one.unit,
        procedure: one.procedure,
        officer: one.officer.as_ref().map(ToString::to_string),
        accept_by: one.clocks.accept_by,
        acceptance_late: one.clocks.acceptance_late,
        due: one.clocks.due,
        asked_again: one.clocks.asked_again,
    }
}

fn render(view: &ClocksView, out: &mut Output) {
    let lang = out.lang();
    if view.dossiers.is_empty() {
        out.line(out.paint(Role::Good, &none(lang)));
        return;
    }
    let heads =
        [head_code(lang), head_unit(lang), head_procedure(lang), head_officer(lang), head_clock(lang)];
    let mut table = Table::new(heads.map(|head| (Align::Left, head)));
    for one in view.dossiers.iter().take(view.limit) {
        let late = one.acceptance_late || one.asked_again || one.due == Some(Due::Overdue);
        table.row([
            one.code.as_str().into(),
            one.unit.as_str().into(),
            one.procedure.as_str().into(),
            one.officer.clone().unwrap_or_default().into(),
            Cell::new(if late { Role::Bad } else { Role::Warn }, told(lang, one)),
        ]);
    }
    out.table(&table);
    if view.dossiers.len() > view.limit {
        out.line(only(lang, view.limit));
    }
}

/// The clocks that ring, in words.
fn told(lang: Lang, one: &ClockView) -> String {
    let acceptance =
        one.accept_by.filter(|_| one.acceptance_late).map(|by| not_accepted(lang, lang.moment(by)));
    let due = one.due.map(|due| due.text(lang).to_owned());
    let again = one.asked_again.then(|| asked_again(lang));
    [acceptance, due, again].into_iter().flatten().collect::<Vec<_>>().join("; ")
}
