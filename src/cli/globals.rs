//! The options that every command takes, and what they provide to a command.

use std::path::PathBuf;

use clap::ColorChoice;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::output::Output;
use crate::config::{Attempt, Config, Loaded, SettingsError};
use dongbo_model::clock::Clock;
use dongbo_model::{DossierCode, Lang};
use dongbo_source::{Mapping, Reading, Source, SourceError};

/// The options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Globals {
    /// Configuration file; otherwise /etc/dongbo/dongbo.toml where that is there. Files conf.d/*.toml beside it and
    /// variables DONGBO__SECTION__KEY go over it.
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

    /// Reads the configuration in force, with the origin of each value.
    pub(super) fn load_whole(&self) -> Result<Loaded, SettingsError> {
        Config::load_layers(self.config.as_deref(), std::env::vars_os())
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

/// The source that is called `name`, or without a name the first.
pub(super) fn source_named(
    config: &Config,
    name: Option<&str>,
) -> Result<dongbo_source::Settings, SourceError> {
    let mut sources = config.all_sources();
    let found = sources.iter().position(|source| name.is_none_or(|name| source.name == name));
    found.map(|place| sources.swap_remove(place)).ok_or_else(|| {
        let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        let names = names.join(", ");
        SourceError::Config(format!("--source: the configuration has no such source; it has {names}"))
    })
}

/// Opens the source that is called `name`, or without a name the first, through its mapping in force.
pub(super) async fn open_source(
    config: &Config,
    name: Option<&str>,
    clock: &Clock,
) -> Result<Source, SourceError> {
    let settings = &source_named(config, name)?;
    let catalogue = dongbo_sync::catalogue::kept(&config.catalogue, &config.ledger).await;
    let mapping = Mapping::load_with(&settings.mapping, catalogue)?.under(config.portal.contract);
    Source::open(settings, mapping, clock.clone())
}

/// Reads a dossier from the source `giver`, or without one from each until one has it.
pub(super) async fn read_dossier(
    config: &Config,
    clock: &Clock,
    code: &DossierCode,
    giver: Option<&str>,
) -> Result<Reading, SourceError> {
    let sources = config.all_sources();
    let its_own =
        sources.iter().filter(|source| giver.is_none_or(|giver| source.name == giver || sources.len() == 1));
    let mut found = Ok(Reading::Absent);
    for one in its_own {
        let source = open_source(config, Some(&one.name), clock).await?;
        let read = source.read(std::slice::from_ref(code)).await;
        found = read.map(|readings| readings.into_iter().next().unwrap_or(Reading::Absent));
        if !matches!(found, Ok(Reading::Absent)) {
            break;
        }
    }
    found
}

/// The option that names one of several sources.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct WhichSource {
    /// The source to read, where there are several; otherwise the first.
    #[arg(long = "source", value_name = "NAME")]
    pub(super) name: Option<String>,
}
