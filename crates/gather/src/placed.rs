//! The figures of the reports on synchronisation and on the quality of data.

use std::collections::{BTreeMap, BTreeSet};

use dongbo_ledger::{Delays, HeldCause, HeldFilter, LedgerError, Overview, PlacedFilter};
use dongbo_model::{Layer, LayerState, Month, Owner, shell};
use dongbo_reports::{
    HeldFor, LayerFigures, MonthDelays, QualityFigures, Standing, SyncFigures, UnitQuality, twelve_months,
};

use crate::{Gathering, count, of_unit};

impl Gathering<'_> {
    /// The figures of the report on synchronisation.
    pub(crate) async fn sync(self) -> Result<SyncFigures, LedgerError> {
        let now = self.issue.at;
        let (first, last) = self.issue.period.months().into_inner();
        let unit = self.unit.map(str::to_owned);
        let filter = PlacedFilter { first, last, unit, procedure: None };
        let counts = self.ledger.placed_counts(&filter, now).await?;
        let procedures: BTreeMap<String, String> =
            self.ledger.catalogue().await?.into_iter().map(|entry| (entry.code, entry.name)).collect();
        let mut by_unit: BTreeMap<&str, Standing> = BTreeMap::new();
        let mut by_procedure: BTreeMap<&str, Standing> = BTreeMap::new();
        for one in &counts {
            let unit = by_unit
                .entry(&one.unit)
                .or_insert_with(|| standing(self.name_of(&one.unit), of_unit(&one.unit)));
            add(unit, &one.overview);
            let procedure = by_procedure.entry(&one.procedure).or_insert_with(|| {
                let name = procedures.get(&one.procedure);
                let named =
                    name.map_or_else(|| one.procedure.clone(), |name| format!("{} {name}", one.procedure));
                standing(named, format!("--procedure {}", shell::word(&one.procedure)))
            });
            add(procedure, &one.overview);
        }
        Ok(SyncFigures {
            units: in_order(by_unit),
            procedures: in_order(by_procedure),
            held: self.held().await?,
            delays: self.delays().await?,
            unplaced: self.ledger.count_without_month(self.unit).await?,
            scope: self.scope(),
            issue: self.issue,
        })
    }

    /// The figures of the report on the quality of data.
    pub(crate) async fn quality(self) -> Result<QualityFigures, LedgerError> {
        let ends = self.issue.period.ends();
        let mut causes = self.held().await?;
        causes.retain(|held| held.since < ends);
        let mut units: BTreeMap<String, UnitHeld> = BTreeMap::new();
        for held in self.ledger.held_dossiers(&self.filter(), None, u32::MAX).await? {
            if held.found.opened_at < ends {
                let finding = held.found.finding;
                let unit = units.entry(held.unit).or_default();
                unit.by_owner.entry(finding.kind.owner()).or_default().insert(held.found.code.clone());
                if finding.kind.is_of_file() {
                    unit.files.insert((held.found.code, finding.subject));
                }
            }
        }
        let named = units.into_iter().map(|(code, held)| held.figures(self.name_of(&code), &code));
        Ok(QualityFigures { causes, units: named.collect(), scope: self.scope(), issue: self.issue })
    }

    fn filter(&self) -> HeldFilter {
        HeldFilter { unit: self.unit.map(str::to_owned), ..HeldFilter::default() }
    }

    async fn held(&self) -> Result<Vec<HeldFor>, LedgerError> {
        let lang = self.issue.lang;
        let causes = self.ledger.held_causes(&self.filter(), u32::MAX).await?;
        Ok(causes
            .into_iter()
            .map(|HeldCause { kind, subject, dossiers, files, since, .. }| HeldFor {
                cause: kind.line_about(lang, &subject),
                owner: kind.owner(),
                dossiers,
                files,
                since,
                remedy: kind.remedy(lang).to_owned(),
                scope: match subject.as_str() {
                    "" => format!("--cause {}", kind.name()),
                    subject => format!("--cause {}", shell::word(&format!("{}:{subject}", kind.name()))),
                },
            })
            .collect())
    }

    /// The delays of the twelve months that end with the period.
    async fn delays(&self) -> Result<Vec<MonthDelays>, LedgerError> {
        let months: Vec<Month> = twelve_months(self.issue.period).collect();
        let mut all: BTreeMap<Month, Delays> =
            months.iter().map(|month| (*month, Delays::default())).collect();
        for ((month, _), delays) in self.ledger.delays(&months, self.unit, None).await? {
            all.entry(month).or_default().add(&delays);
        }
        let told = all.into_iter().map(|(month, delays)| MonthDelays {
            month,
            changes: delays.changes.many(),
            half: delays.changes.percentile(5_000),
            most: delays.changes.percentile(9_000),
            waiting: delays.waiting,
        });
        Ok(told.collect())
    }
}

/// Causes of holds in a unit, each once.
#[derive(Default)]
struct UnitHeld {
    files: BTreeSet<(String, String)>,
    by_owner: BTreeMap<Owner, BTreeSet<String>>,
}

impl UnitHeld {
    fn figures(self, name: String, code: &str) -> UnitQuality {
        let many = |set: &BTreeSet<String>| count(set.len());
        let dossiers: BTreeSet<&String> = self.by_owner.values().flatten().collect();
        UnitQuality {
            name,
            scope: of_unit(code),
            dossiers: count(dossiers.len()),
            files: count(self.files.len()),
            by_owner: self.by_owner.iter().map(|(owner, set)| (*owner, many(set))).collect(),
        }
    }
}

fn standing(name: String, scope: String) -> Standing {
    Standing { name, scope, dossiers: 0, held: 0, layers: [LayerFigures::default(); 4] }
}

fn add(standing: &mut Standing, overview: &Overview) {
    standing.dossiers += overview.dossiers;
    standing.held += overview.held;
    for (figures, layer) in standing.layers.iter_mut().zip(Layer::ALL) {
        let counts = overview.counts.of(*layer);
        figures.wanted += overview.wanted(*layer);
        figures.synced += counts.of(LayerState::Synced);
        figures.unproved += counts.of(LayerState::Unproved);
    }
}

/// In the order of the names.
fn in_order(standings: BTreeMap<&str, Standing>) -> Vec<Standing> {
    let mut rows: Vec<Standing> = standings.into_values().collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}
