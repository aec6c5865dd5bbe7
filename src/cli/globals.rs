//! The options that every command takes, and what they provide to a command.

use std::path::PathBuf;

use clap::ColorChoice;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::output::Output;
use crate::config::{Attempt, Config, SettingsError};
use dongbo_model::Lang;
use dongbo_model::clock::Clock;
use dongbo_source::{Mapping, Source, SourceError};

/// The options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Globals {
    /// Configuration file; without one, the compiled-in defaults and the environment hold.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Language of what is shown.
    #[arg(
        long, global = true, value_parser = languages(), default_value = Lang::Vi.name(), env = "DONGBO_LANG",
        hide_env_values = true
    )]
    pub(super) lang: Lang,
    /// Show one JSON document in place of text.
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// When to colour the text; auto: on a terminal, unless NO_COLOR is set.
    #[arg(long, global = true, value_name = "WHEN", default_value_t)]
    color: ColorChoice,
}

impl Globals {
    /// Reads the configuration in force.
    pub(super) fn load(&self) -> Result<Config, SettingsError> {
        Config::load(self.config.as_deref())
    }

    /// Reads the configuration as far as it can be had, with all that is wrong with it.
    pub(super) fn attempt(&self) -> Result<Attempt, SettingsError> {
        Config::try_layers(self.config.as_deref(), std::env::vars_os())
    }

    /// Opens the output of the command; relative times count from the present of `clock`.
    pub(super) fn output(&self, clock: &Clock) -> Output {
        Output::new(self.lang, self.json, self.color, clock.now())
    }
}

/// The parser of a language's name; `--help` lists them.
fn languages() -> impl TypedValueParser<Value = Lang> {
    let listed = Lang::ALL.iter().map(|lang| PossibleValue::new(lang.name()).help(lang.itself()));
    PossibleValuesParser::new(listed).map(|name| Lang::from_name(&name).unwrap_or_default())
}

/// Opens the local database through the mapping in force.
pub(super) async fn open_source(config: &Config, clock: &Clock) -> Result<Source, SourceError> {
    let catalogue = dongbo_sync::catalogue::kept(&config.catalogue, &config.ledger).await;
    let mapping = Mapping::load_with(&config.source.mapping, catalogue)?.under(config.portal.contract);
    Source::open(&config.source, mapping, clock.clone())
}
