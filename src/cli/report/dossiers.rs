//! `dongbo report dossiers`: the dossiers behind a number of a report.

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::{listed, parse_period};
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::cli::speech::Advice;
use crate::cli::table::Cell;
use dongbo_ledger::{Ledger, PlacedDossier, PlacedFilter};
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Layer, LayerState, Mode, Period, texts, vocabulary};

texts! {
    head_code(): "Mã hồ sơ", "Dossier";
    head_unit(): "Đơn vị", "Unit";
    head_procedure(): "Thủ tục", "Procedure";
    names(known): "không có mục này; có {known}", "no such value; there are {known}";
}

vocabulary! {
    /// What is asked of the dossiers' states.
    enum Asked {
        /// Any state.
        Any = "any";
        /// The portal is to have it.
        Wanted = "wanted";
        /// The portal has it.
        Synced = "synced";
        /// The portal lacks it.
        Lacking = "lacking";
        /// Nothing proves that the portal has it.
        Unproved = "unproved";
        /// A person has to act.
        Held = "held";
    }
}

impl Asked {
    const fn takes(self, state: LayerState) -> bool {
        match (self, state) {
            (Self::Any, _) | (Self::Synced, LayerState::Synced) => true,
            (Self::Unproved, LayerState::Unproved) | (Self::Held, LayerState::Held) => true,
            (Self::Wanted, state) => !matches!(state, LayerState::NotSent),
            (Self::Lacking, state) => {
                !matches!(state, LayerState::Synced | LayerState::Unproved | LayerState::NotSent)
            }
            (Self::Synced | Self::Unproved | Self::Held, _) => false,
        }
    }
}

/// The options of `dongbo report dossiers`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct DossiersArgs {
    /// Received in this period, as 2026-08, 2026-Q3, 2026-H1 or 2026.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Period,
    /// Only dossiers of this unit.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only dossiers of this procedure; '' for those whose procedure is not known.
    #[arg(long, value_name = "CODE")]
    procedure: Option<String>,
    /// The layer that --state is about: presence, status, steps or files; without it the dossier as a whole.
    #[arg(long, value_name = "LAYER", value_parser = parse_layer)]
    layer: Option<Layer>,
    /// Only those in this state: any, wanted, synced, lacking, unproved or held.
    #[arg(long, value_name = "STATE", default_value = "any", value_parser = parse_state)]
    state: Asked,
    /// Show at most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

fn advice(known: &[&str]) -> Advice {
    let known = known.join(", ");
    Advice::new(names(Lang::Vi, &known), names(Lang::En, known))
}

fn parse_layer(typed: &str) -> Result<Layer, Advice> {
    Layer::from_name(typed).ok_or_else(|| advice(Layer::NAMES))
}

fn parse_state(typed: &str) -> Result<Asked, Advice> {
    Asked::from_name(typed).ok_or_else(|| advice(Asked::NAMES))
}

#[derive(Debug, Clone, Serialize)]
struct DossiersView {
    /// Whether there are more than are shown.
    more: bool,
    rows: Vec<RowView>,
    /// The mode of all sources; `None` where some are sent for and others watched.
    #[serde(skip)]
    mode: Option<Mode>,
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    code: String,
    unit: String,
    procedure: String,
    state: LayerState,
    presence: LayerState,
    status: LayerState,
    steps: LayerState,
    files: LayerState,
}

impl From<PlacedDossier> for RowView {
    fn from(dossier: PlacedDossier) -> Self {
        let [presence, status, steps, files] = dossier.layers;
        let PlacedDossier { code, unit, procedure, state, .. } = dossier;
        Self { code, unit, procedure, state, presence, status, steps, files }
    }
}

/// Lists the dossiers.
pub(super) async fn dossiers(globals: &Globals, args: &DossiersArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let found = found(&ledger, args, &clock).await;
    ledger.close().await;
    let (rows, more) = found?;
    let mode = match [Mode::Push, Mode::Watch].map(|mode| config.any_is(mode)) {
        [true, true] => None,
        [false, true] => Some(Mode::Watch),
        [_, false] => Some(Mode::Push),
    };
    let view = DossiersView { more, rows, mode };
    globals.output(&clock).show(&view, render)?;
    Ok(Ended::Complete)
}

/// Dossiers read at once.
const PAGE: u32 = 1_000;

/// The rows up to the limit, and whether there are more.
async fn found(ledger: &Ledger, args: &DossiersArgs, clock: &Clock) -> Result<(Vec<RowView>, bool), Failure> {
    let (first, last) = args.period.months().into_inner();
    let filter = PlacedFilter { first, last, unit: args.unit.clone(), procedure: args.procedure.clone() };
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (mut rows, mut after, now) = (Vec::new(), String::new(), clock.now());
    loop {
        let page = ledger.placed_dossiers(&filter, &after, PAGE, now).await?;
        let Some(end) = page.last() else { return Ok((rows, false)) };
        after.clone_from(&end.code);
        for dossier in page {
            let state = args.layer.map_or(dossier.state, |layer| dossier.layer(layer));
            if args.state.takes(state) {
                if rows.len() == limit {
                    return Ok((rows, true));
                }
                rows.push(dossier.into());
            }
        }
    }
}

fn render(view: &DossiersView, out: &mut Output) {
    let lang = out.lang();
    let layers = Layer::ALL.iter().map(|layer| layer.text(lang).to_owned());
    let heads = [head_code(lang), head_unit(lang), head_procedure(lang)].into_iter().chain(layers);
    listed::render(out, heads, &view.rows, view.more, |lang, row| {
        let states = [row.presence, row.status, row.steps, row.files];
        let states = states.map(|state| Cell::from(state.text_in(view.mode, lang)));
        let words = [&row.code, &row.unit, &row.procedure].map(|text| Cell::from(text.as_str()));
        words.into_iter().chain(states).collect()
    });
}

#[cfg(test)]
mod tests {
    use super::Asked;
    use dongbo_model::LayerState;

    #[test]
    fn every_state_of_a_wanted_dossier_is_in_step_unproved_or_lacking() {
        for &state in LayerState::ALL {
            let parts = [Asked::Synced, Asked::Unproved, Asked::Lacking]
                .iter()
                .filter(|asked| asked.takes(state))
                .count();
            assert_eq!(parts, usize::from(Asked::Wanted.takes(state)), "{state:?}");
            assert!(Asked::Any.takes(state));
        }
        assert!(Asked::Held.takes(LayerState::Held) && !Asked::Held.takes(LayerState::Due));
    }
}
