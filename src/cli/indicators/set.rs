//! `dongbo indicators set`: figures that other systems have, entered by hand or from a table.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::running;
use super::asked::open_book;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_indicators::entries;
use dongbo_ledger::NewFigure;
use dongbo_model::clock::Clock;
use dongbo_model::texts;

/// Figures in one request, which is far below the longest that is read.
const AT_ONCE: usize = 200;

texts! {
    done(many): "Đã ghi {many} số nhập tay.", "{many} figures are entered.";
}

/// The options of `dongbo indicators set`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct SetArgs {
    /// The figure: an indicator that is entered (1.1), a count that formulas need (reported), or a figure of a plan.
    #[arg(value_name = "FIGURE", required_unless_present = "file", conflicts_with = "file", value_parser = NonEmptyStringValueParser::new())]
    figure: Option<String>,
    /// A percentage (98.5), a ratio (12/15), or for what is counted a count (42).
    #[arg(value_name = "VALUE", required_unless_present = "file", conflicts_with = "file", value_parser = NonEmptyStringValueParser::new())]
    value: Option<String>,
    /// The period that it is of, as 2026-08, 2026-Q3, 2026-H1 or 2026.
    #[arg(long, value_name = "PERIOD", required_unless_present = "file", conflicts_with = "file")]
    period: Option<String>,
    /// The unit that it is of; otherwise all units together.
    #[arg(long, value_name = "UNIT", conflicts_with = "file", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// A table with the heads period,unit,figure,value. It is taken whole or not at all.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

#[derive(Debug, Clone, Serialize)]
struct SetView {
    entered: Vec<NewFigure>,
}

/// Runs `dongbo indicators set`.
pub(super) async fn set(globals: &Globals, args: &SetArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let book = open_book(&config, Vec::new())?;
    let figures = match &args.file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|source| Failure::List { path: path.clone(), source })?;
            entries::table(&book, &text).map_err(Failure::Figures)?
        }
        None => {
            let given = |text: &Option<String>| text.clone().unwrap_or_default();
            let (name, period, unit) = (given(&args.figure), given(&args.period), given(&args.unit));
            let figure = entries::figure(&book, &name, &period, &unit, &given(&args.value));
            vec![figure.map_err(|flaw| Failure::Figures(vec![entries::EntryError { line: None, flaw }]))?]
        }
    };
    enter(&config, &figures).await?;
    globals.output(&Clock::system()).show(&SetView { entered: figures }, |view, out: &mut Output| {
        let many = out.lang().count(u64::try_from(view.entered.len()).unwrap_or(u64::MAX));
        out.line(out.paint(Role::Good, &done(out.lang(), many)));
    })?;
    Ok(Ended::Complete)
}

/// Through the daemon, or in the ledger alone while none runs.
async fn enter(config: &Config, figures: &[NewFigure]) -> Result<(), Failure> {
    let by = running::acting_for();
    if running::connect(config).await?.is_some() {
        for some in figures.chunks(AT_ONCE) {
            let request = Request::EnterFigures { figures: some.to_vec(), by: by.clone() };
            match running::ask(config, &request).await? {
                Reply::FiguresEntered(_) => {}
                other => return Err(ClientError::unexpected(&other).into()),
            }
        }
        return Ok(());
    }
    let ledger = running::ledger(config).await?;
    let by = running::note(&ledger, &Request::EnterFigures { figures: figures.to_vec(), by }).await?;
    let entered = ledger.enter_figures(figures, &by, Clock::system().now()).await;
    ledger.close().await;
    Ok(entered?)
}
