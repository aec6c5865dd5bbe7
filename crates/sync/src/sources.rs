//! The sources of the configuration, opened: each with its name, its number in the ledger and the mapping that it is read by.
//!
//! Each has workers of its own that hear of its changes and read its dossiers, so that one which is away holds up no other. Who
//! has dossiers of several before him, such as a comparison, reads them here.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ctx::Ctx;
use crate::engine::BuildError;
use crate::failures::Work;
use crate::settings::Settings;
use dongbo_connections::SimulatedCalls;
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::{Catalogue, DossierCode, Mode, SourceId};
use dongbo_source::{Mapping, MappingError, Reading, Source, SourceError};

/// One source.
#[derive(Debug)]
pub struct OneSource {
    /// Its number in the ledger.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// Its section of the configuration.
    pub settings: dongbo_source::Settings,
    /// The mapping that it is read by.
    pub mapping: Mapping,
    /// The source itself.
    pub source: Arc<Source>,
}

/// The calls of the source of each name, in a simulation.
pub type SourceCalls = Arc<dyn Fn(&str) -> SimulatedCalls + Send + Sync>;

/// All sources, in their order of precedence. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sources {
    all: Arc<[Arc<OneSource>]>,
    /// Whether the ledger knows no other than the only one.
    alone: bool,
    /// Whether the configuration has several, so that failures name theirs.
    several: bool,
}

/// Dossiers that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The ledger could not say which source they are of.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// No source that has some of them could be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// The mappings of all sources, in their order, with one catalogue that is to be filled when the configuration wants one.
fn mappings(config: &Settings) -> Result<Vec<Mapping>, MappingError> {
    let catalogue = config.catalogue.enabled.then(Catalogue::default);
    let load = |source: &dongbo_source::Settings| {
        Ok(Mapping::load_with(&source.mapping, catalogue.clone())?.under(config.portal.contract))
    };
    config.sources.iter().map(load).collect()
}

impl Sources {
    /// Opens the sources of `config`. None is asked anything yet. In a simulation each one's calls go through its `calls`.
    ///
    /// # Errors
    /// When something in `config` is wrong that waiting does not cure, or the ledger cannot number them.
    pub async fn open(config: &Settings, ctx: &Ctx, calls: Option<&SourceCalls>) -> Result<Self, BuildError> {
        let mappings = mappings(config)?;
        let mut opened = Vec::with_capacity(mappings.len());
        for (settings, mapping) in config.sources.iter().zip(mappings) {
            let source = Source::open(settings, mapping.clone(), ctx.clock.clone())?;
            let source = match calls {
                Some(calls) => source.simulated(calls(&settings.name)),
                None => source,
            };
            opened.push((settings.clone(), mapping, Arc::new(source)));
        }
        let names: Vec<String> = opened.iter().map(|(settings, ..)| settings.name.clone()).collect();
        let (ids, alone) = ctx.ledger.number_sources(&names).await?;
        let all = ids.into_iter().zip(opened).map(|(id, (settings, mapping, source))| {
            Arc::new(OneSource { id, name: settings.name.clone(), settings, mapping, source })
        });
        let all: Arc<[Arc<OneSource>]> = all.collect();
        Ok(Self { several: all.len() > 1, all, alone })
    }

    /// The sources, in their order of precedence.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<OneSource>> {
        self.all.iter()
    }

    /// Those of this mode, in the same order; `None` when there are none.
    #[must_use]
    pub fn of_mode(&self, mode: Mode) -> Option<Self> {
        let all: Arc<[Arc<OneSource>]> =
            self.all.iter().filter(|one| one.settings.mode == mode).cloned().collect();
        (!all.is_empty()).then_some(Self { all, ..*self })
    }

    /// Whether the source with this number is only watched.
    #[must_use]
    pub fn watches(&self, id: SourceId) -> bool {
        self.of(id).is_some_and(|one| one.settings.mode == Mode::Watch)
    }

    /// The source with this number; `None` when it is read no more.
    #[must_use]
    pub fn of(&self, id: SourceId) -> Option<&Arc<OneSource>> {
        self.all.iter().find(|one| one.id == id)
    }

    /// The handles for the workers of one source: what they write into the ledger is of it, and their failures name it where there
    /// are several.
    #[must_use]
    pub fn ctx_of(&self, ctx: &Ctx, one: &OneSource) -> Ctx {
        let name = if self.several { one.name.as_str() } else { "" };
        Ctx { ledger: ctx.ledger.of_source(one.id, self.alone), source: name.into(), ..ctx.clone() }
    }

    /// The portal's catalogue as all mappings share it.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue {
        self.all.iter().find_map(|one| one.mapping.catalogue()).unwrap_or_default()
    }

    /// Reads dossiers, from the first on as many as there is room for. Of a source that is read no more, or that is one of several
    /// and cannot be read now, there is nothing to be said: its dossiers are defective without a finding.
    ///
    /// # Errors
    /// When the ledger cannot be read, or none of the sources that have some can.
    pub async fn read_some(&self, ctx: &Ctx, codes: &[DossierCode]) -> Result<Vec<Reading>, ReadError> {
        if let ([only], true) = (&*self.all, self.alone) {
            return Ok(only.source.read_some(codes).await?);
        }
        let mut of = self.by_source(&ctx.ledger, codes).await?;
        let mut read: Vec<Option<Reading>> = vec![None; codes.len()];
        let (mut worked, mut failed) = (false, None);
        for one in self.iter() {
            let Some(places) = of.remove(&one.id) else { continue };
            let own_ctx = self.ctx_of(ctx, one);
            let own: Vec<DossierCode> =
                places.iter().filter_map(|&place| codes.get(place).cloned()).collect();
            let readings = match one.source.read_some(&own).await {
                Ok(readings) => {
                    worked = true;
                    ctx.failures.worked(Work::Read, &own_ctx.source, "");
                    readings
                }
                Err(error) => {
                    ctx.failures.failed(Work::Read, &own_ctx.source, "", error.class(), own_ctx.told(&error));
                    failed.get_or_insert(error);
                    vec![Reading::Defective(Vec::new()); own.len()]
                }
            };
            for (place, reading) in places.into_iter().zip(readings) {
                read.get_mut(place).into_iter().for_each(|slot| *slot = Some(reading.clone()));
            }
        }
        for place in of.into_values().flatten() {
            read.get_mut(place).into_iter().for_each(|slot| *slot = Some(Reading::Defective(Vec::new())));
        }
        match failed {
            Some(error) if !worked => Err(error.into()),
            _ => Ok(read.into_iter().map_while(|reading| reading).collect()),
        }
    }

    /// The places of `codes` by the source that each is read from.
    async fn by_source(
        &self,
        ledger: &Ledger,
        codes: &[DossierCode],
    ) -> Result<HashMap<SourceId, Vec<usize>>, LedgerError> {
        let names: Vec<&str> = codes.iter().map(DossierCode::as_str).collect();
        let known = ledger.sources_of(&names).await?;
        let mut of: HashMap<SourceId, Vec<usize>> = HashMap::new();
        for (place, name) in names.iter().enumerate() {
            of.entry(known.get(*name).copied().unwrap_or_default()).or_default().push(place);
        }
        Ok(of)
    }
}
