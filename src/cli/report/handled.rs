//! `dongbo report handled`: the dossiers behind the numbers in the form of the national reporting system.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::behind::{self, Behind, BehindArgs, Shown};
use super::listed;
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use dongbo_indicators::{Arrival, Exit, handled};
use dongbo_model::texts;

texts! {
    head_code(): "Mã hồ sơ", "Dossier";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    head_entry(): "Tiếp nhận", "Received";
    head_exit(): "Giải quyết", "Handled";
}

/// The options of `dongbo report handled`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct HandledArgs {
    #[command(flatten)]
    behind: BehindArgs,
    /// Only dossiers of the procedures of this field, by its code in the portal's catalogue; '' for those whose field is not known.
    #[arg(long, value_name = "FIELD")]
    field: Option<String>,
    /// Only those that came so.
    #[arg(long, value_name = "ENTRY", value_parser = parse_entry())]
    entry: Option<Arrival>,
    /// Only those that were handled so far; several with commas between.
    #[arg(long, value_name = "EXIT", value_delimiter = ',', value_parser = parse_exit())]
    exit: Vec<Exit>,
}

fn parse_entry() -> impl TypedValueParser<Value = Arrival> {
    PossibleValuesParser::new(Arrival::NAMES).map(|name| Arrival::from_name(&name).unwrap_or(Arrival::Online))
}

fn parse_exit() -> impl TypedValueParser<Value = Exit> {
    PossibleValuesParser::new(Exit::NAMES).map(|name| Exit::from_name(&name).unwrap_or(Exit::Open))
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    code: String,
    unit: String,
    procedure: String,
    entry: Arrival,
    exit: Exit,
}

/// Lists the dossiers.
pub(super) async fn list(globals: &Globals, args: &HandledArgs) -> Result<Ended, Failure> {
    behind::list(globals, &args.behind, async |behind| found(behind, args).await, render).await
}

async fn found(behind: &Behind, args: &HandledArgs) -> Result<Shown<RowView>, Failure> {
    let (book, mut view) = (&behind.book, Shown { more: false, rows: Vec::new() });
    handled(&behind.ledger, book, &behind.question, |one| {
        let of = one.handled;
        let is_asked = args.field.as_ref().is_none_or(|field| book.field(&one.procedure).0 == *field)
            && args.entry.is_none_or(|entry| of.entry == entry)
            && (args.exit.is_empty() || args.exit.contains(&of.exit));
        if !is_asked {
            return;
        }
        if view.rows.len() == behind.limit {
            view.more = true;
            return;
        }
        let (code, unit, procedure) = (one.code, one.unit, one.procedure);
        view.rows.push(RowView { code, unit, procedure, entry: of.entry, exit: of.exit });
    })
    .await?;
    Ok(view)
}

fn render(view: &Shown<RowView>, out: &mut Output) {
    let lang = out.lang();
    let heads = [head_code(lang), head_unit(lang), head_procedure(lang), head_entry(lang), head_exit(lang)];
    listed::render(out, heads, &view.rows, view.more, |lang, row| {
        let words = [row.code.as_str(), &row.unit, &row.procedure, row.entry.text(lang), row.exit.text(lang)];
        words.map(Into::into).into()
    });
}
