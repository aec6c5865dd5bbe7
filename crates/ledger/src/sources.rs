//! The sources that dossiers come from, as the ledger knows them: by number, in their order of precedence, and which of them are
//! read no more.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::queue::to_send;
use crate::store::{Row, Sql, Tx, record, values};
use dongbo_model::{Mode, SourceId};

/// A source of which the ledger has, or had, dossiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSource {
    /// The number that its dossiers name.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// Since when the configuration names it no more, so that it is not read; `None` while it is.
    pub left_at: Option<DateTime<Utc>>,
    /// Whether what the portal lacks of its dossiers is sent or only looked for, as the ledger was last used.
    pub mode: Mode,
}

/// A source as a configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedSource {
    /// Its number.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// Whether what the portal lacks of its dossiers is sent or only looked for.
    pub mode: Mode,
}

/// A source that is sent for now and was only watched before, or the other way round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedMode {
    /// The source's name.
    pub name: String,
    /// Its mode from now on.
    pub mode: Mode,
    /// Its dossiers that are looked up for that.
    pub dossiers: u64,
}

/// The numbers of a source's dossiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceCounts {
    /// All of them.
    pub dossiers: u64,
    /// Those that rest, because the portal has all that is wanted.
    pub synced: u64,
    /// Those that wait for a person, or are not sent at their status.
    pub held: u64,
}

/// Dossiers of one source that are neither at rest nor held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// The source's name.
    pub source: String,
    /// Whether they are sent or only looked for.
    pub mode: Mode,
    /// Those that are due or under way.
    pub due: u64,
    /// Those whose time comes later.
    pub waiting: u64,
    /// Since when the oldest change of these waits that the portal is not known to have.
    pub oldest_unsent: Option<DateTime<Utc>>,
}

/// The changes that a configuration brought to the sources of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourcesAdopted {
    /// The only source had another name before.
    pub renamed_from: Option<String>,
    /// Sources that are read no more from now on.
    pub left: Vec<String>,
    /// Dossiers that are read from another source from now on.
    pub moved: u64,
    /// Sources of another mode than before.
    pub modes: Vec<ChangedMode>,
}

record! {
    /// A source as its statement takes it.
    struct SourceRow<'a> {
        id: i64,
        name: &'a str,
        place: i64,
        mode: &'a str,
    }
}

impl Ledger {
    /// This ledger as it is for the readers of one source: what they write is of its dossiers, what they claim and ask for as
    /// well. `alone` says that no other source is known, so that nobody else can give a dossier.
    #[must_use]
    pub fn of_source(&self, source: SourceId, alone: bool) -> Self {
        Self { source, alone, ..self.clone() }
    }

    /// The name under which something is kept that each source has by itself, such as a cursor: that of a ledger with one source,
    /// and with the number of every further one.
    #[must_use]
    pub fn own(&self, name: &str) -> String {
        if self.source == SourceId::FIRST { name.to_owned() } else { format!("{name}@{}", self.source.0) }
    }

    /// The sources, those that are read first, in their order of precedence.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sources(&self) -> Result<Vec<KnownSource>, LedgerError> {
        let rows = self.store.read(&SOURCES, Vec::new()).await?;
        rows.iter().map(known).collect::<Result<_, _>>().map_err(LedgerError::during("sources"))
    }

    /// The numbers of the sources `names`, and whether the ledger knows no other than the one. A source that is new gets a number,
    /// and nothing else is changed: a new name of the only source is that of the one there was, and so is the first name while there
    /// are no dossiers.
    ///
    /// # Errors
    /// When the ledger cannot be read, or a new source cannot be written.
    pub async fn number_sources(&self, names: &[String]) -> Result<(Vec<SourceId>, bool), LedgerError> {
        let mut known = self.sources().await?;
        let renamed = match (names, known.as_slice()) {
            ([name, more @ ..], [only]) if !names.contains(&only.name) => {
                let stays = more.is_empty() || self.store.read_count(&ANY_DOSSIER, Vec::new()).await? == 0;
                stays.then(|| (only.id, name.clone()))
            }
            _ => None,
        };
        let rename = |known: &mut Vec<KnownSource>| {
            if let Some((id, name)) = &renamed {
                known.iter_mut().filter(|one| one.id == *id).for_each(|one| one.name.clone_from(name));
            }
        };
        rename(&mut known);
        let is_new = |name: &&String| known.iter().all(|one| one.name != **name);
        let new: Vec<&String> = names.iter().filter(is_new).collect();
        if !new.is_empty() {
            let mut tx = self.store.begin("number_sources").await?;
            for name in new {
                tx.execute(&ADD_SOURCE, values![name]).await?;
            }
            tx.commit("number_sources").await?;
            known = self.sources().await?;
            rename(&mut known);
        }
        let ids: Option<Vec<SourceId>> =
            names.iter().map(|name| known.iter().find(|one| one.name == *name).map(|one| one.id)).collect();
        let unknown = || LedgerError::during("number_sources")(sqlx::Error::RowNotFound);
        Ok((ids.ok_or_else(unknown)?, known.len() == 1))
    }

    /// Takes over the sources of a configuration, `wanted` in their order of precedence: the others are read no more, and each
    /// dossier that several give is read from the first of them from now on. Of a source that is sent for now and was watched
    /// before, or the other way round, what is held is tried again, and of what is due nothing is believed to be known of the portal.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is changed then.
    pub async fn adopt_sources(
        &self,
        wanted: &[WantedSource],
        now: DateTime<Utc>,
    ) -> Result<SourcesAdopted, LedgerError> {
        let known = self.sources().await?;
        let mut adopted = SourcesAdopted {
            left: known
                .iter()
                .filter(|one| one.left_at.is_none() && wanted.iter().all(|its| its.id != one.id))
                .map(|one| one.name.clone())
                .collect(),
            ..SourcesAdopted::default()
        };
        if let ([its], [only]) = (wanted, known.as_slice())
            && its.id == only.id
            && its.name != only.name
        {
            adopted.renamed_from = Some(only.name.clone());
        }
        let is_same = |(one, its): (&KnownSource, &WantedSource)| {
            one.id == its.id && one.name == its.name && one.mode == its.mode && one.left_at.is_none()
        };
        if known.len() == wanted.len() && known.iter().zip(wanted).all(is_same) {
            return Ok(adopted);
        }
        let rows: Vec<SourceRow<'_>> = wanted
            .iter()
            .zip(1..)
            .map(|(its, place)| SourceRow { id: its.id.0, name: &its.name, place, mode: its.mode.name() })
            .collect();
        let rows = encode("adopt_sources", &rows)?;
        let mut tx = self.store.begin("adopt_sources").await?;
        tx.execute(&NAME_SOURCES, values![&rows]).await?;
        tx.execute(&LEAVE_SOURCES, values![&rows, micros(now)]).await?;
        for its in wanted {
            if known.iter().any(|one| one.id == its.id && one.mode != its.mode) {
                let dossiers = tx.execute(&LOOK_ANEW, values![micros(now), its.id.0]).await?;
                adopted.modes.push(ChangedMode { name: its.name.clone(), mode: its.mode, dossiers });
            }
        }
        let contested = tx.read_texts(&CONTESTED_CODES, Vec::new()).await?;
        adopted.moved = Self::settle_givers(&mut tx, &contested, now).await?;
        Self::leave_facts(&mut tx).await?;
        self.finish_news(tx, "adopt_sources").await?;
        Ok(adopted)
    }

    /// The dossiers of each source by its number.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn dossiers_by_source(&self) -> Result<Vec<(SourceId, SourceCounts)>, LedgerError> {
        let rows = self.store.read(&COUNT_BY_SOURCE, Vec::new()).await?;
        let counted = |row: &Row| {
            let counts = SourceCounts {
                dossiers: row.count("dossiers")?,
                synced: row.count("synced")?,
                held: row.count("held")?,
            };
            Ok((SourceId(row.get("source")?), counts))
        };
        rows.iter().map(counted).collect::<Result<_, _>>().map_err(LedgerError::during("dossiers_by_source"))
    }

    /// The dossiers of one unit, or of all, that are neither at rest nor held, by the sources that are read.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn moving(&self, unit: Option<&str>, now: DateTime<Utc>) -> Result<Vec<Moving>, LedgerError> {
        let rows = self.store.read(&COUNT_MOVING, values![micros(now), unit]).await?;
        let moving = |row: &Row| {
            Ok(Moving {
                source: row.get("name")?,
                mode: mode(row)?,
                due: row.count("due")?,
                waiting: row.count("waiting")?,
                oldest_unsent: row.get::<Option<i64>, _>("oldest")?.map(time),
            })
        };
        rows.iter().map(moving).collect::<Result<_, _>>().map_err(LedgerError::during("moving"))
    }

    /// Whether what the portal lacks of this dossier is sent or only looked for; of one that the ledger does not know, as of the
    /// source that comes first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn mode_of(&self, code: &str) -> Result<Mode, LedgerError> {
        let of = self.sources_of(&[code]).await?.get(code).copied();
        let sources = self.sources().await?;
        let its = sources.iter().find(|one| of.is_none_or(|id| one.id == id));
        Ok(its.map_or(Mode::Push, |one| one.mode))
    }

    /// The dossiers of one unit, or of all, that are due and of a source that is read no more, by its name: nobody can send them. Left
    /// out are those that a person has let go.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn stranded(&self, unit: Option<&str>) -> Result<BTreeMap<String, u64>, LedgerError> {
        self.left_due(unit, false).await
    }

    /// The dossiers of one unit, or of all, that a person has let go with their source.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn gone(&self, unit: Option<&str>) -> Result<u64, LedgerError> {
        Ok(self.left_due(unit, true).await?.values().sum())
    }

    async fn left_due(&self, unit: Option<&str>, let_go: bool) -> Result<BTreeMap<String, u64>, LedgerError> {
        let rows = self.store.read(&COUNT_LEFT, values![unit, let_go]).await?;
        let left = |row: &Row| Ok((row.get("name")?, row.count("many")?));
        rows.iter().map(left).collect::<Result<_, _>>().map_err(LedgerError::during("left_due"))
    }

    /// Notes that a person accepts that nothing more is sent of the source of this name, which the configuration names no more. Returns
    /// whether there is one, of which nobody had accepted it yet. Named again, it is gone on with.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn let_go(&self, source: &str, now: DateTime<Utc>) -> Result<bool, LedgerError> {
        Ok(self.store.execute(&LET_GO, values![source, micros(now)]).await? > 0)
    }

    /// The sources that dossiers are read from, by code.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn sources_of(&self, codes: &[&str]) -> Result<HashMap<String, SourceId>, LedgerError> {
        let rows = self.store.read(&SOURCES_OF, values![encode("sources_of", &codes)?]).await?;
        let of = |row: &Row| Ok((row.get("code")?, SourceId(row.get("source")?)));
        rows.iter().map(of).collect::<Result<_, _>>().map_err(LedgerError::during("sources_of"))
    }

    /// The source that the dossier is read from, and the others that give it as well.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn givers(&self, code: &str) -> Result<(Option<String>, Vec<String>), LedgerError> {
        let own = self.store.read_text(&GIVER, values![code]).await?;
        Ok((own, self.store.read_texts(&OTHER_GIVERS, values![code]).await?))
    }

    /// Copies the sources of `old` and what they give besides into `new`, as part of the transfer of a ledger.
    pub(super) async fn copy_sources(old: &mut Tx, new: &mut Tx) -> Result<(), LedgerError> {
        let during = || LedgerError::during("copy_sources");
        new.execute(&FORGET_SOURCES, Vec::new()).await?;
        for row in old.read(&SOURCES, Vec::new()).await? {
            let id: i64 = row.get("id").map_err(during())?;
            let name: String = row.get("name").map_err(during())?;
            let mode: String = row.get("mode").map_err(during())?;
            let place: i64 = row.get("place").map_err(during())?;
            let since = |column: &str| -> Result<i64, sqlx::Error> {
                Ok(row.get::<Option<i64>, _>(column)?.unwrap_or_default())
            };
            let left_at = since("left_at").map_err(during())?;
            let let_go_at = since("let_go_at").map_err(during())?;
            new.execute(&COPY_SOURCE, values![id, name, place, left_at, mode, let_go_at]).await?;
        }
        Ok(())
    }
}

fn known(row: &Row) -> Result<KnownSource, sqlx::Error> {
    Ok(KnownSource {
        id: SourceId(row.get("id")?),
        name: row.get("name")?,
        left_at: row.get::<Option<i64>, _>("left_at")?.map(time),
        mode: mode(row)?,
    })
}

fn mode(row: &Row) -> Result<Mode, sqlx::Error> {
    Ok(Mode::from_name(row.get("mode")?).unwrap_or(Mode::Push))
}

static SOURCES: Sql = Sql::new(
    "sources",
    "SELECT id, name, place, left_at, mode, let_go_at FROM source ORDER BY CASE WHEN left_at IS NULL THEN 0 ELSE 1 END, place, id",
);

/// A source that is new comes last until the configuration is taken over.
static ADD_SOURCE: Sql = Sql::new(
    "add_source",
    "INSERT INTO source (id, name, place) SELECT max(id) + 1, $1, max(place) + 1 FROM source WHERE true
     ON CONFLICT (name) DO NOTHING",
);

static NAME_SOURCES: Sql = Sql::of(
    "name_sources",
    "UPDATE source SET name = one.name, place = one.place, mode = one.mode, left_at = NULL, let_go_at = NULL
     FROM {rows $1: SourceRow} AS one WHERE source.id = one.id",
    &[SourceRow::RECORD],
);

static LEAVE_SOURCES: Sql = Sql::of(
    "leave_sources",
    "UPDATE source SET left_at = $2
     WHERE left_at IS NULL AND id NOT IN (SELECT one.id FROM {rows $1: SourceRow} AS one)",
    &[SourceRow::RECORD],
);

static CONTESTED_CODES: Sql =
    Sql::new("contested_codes", "SELECT DISTINCT code FROM other_giver ORDER BY code");

static COUNT_BY_SOURCE: Sql = Sql::new(
    "count_by_source",
    "SELECT source, count(*) AS dossiers, count(CASE WHEN state = 'synced' THEN 1 END) AS synced,
         count(CASE WHEN state = 'held' THEN 1 END) AS held
     FROM dossier GROUP BY source ORDER BY source",
);

static COUNT_MOVING: Sql = Sql::new(
    "count_moving",
    concat!(
        "SELECT source.name AS name, source.mode AS mode,
             count(CASE WHEN moving.state = 'leased' OR moving.due_at <= $1 THEN 1 END) AS due,
             count(CASE WHEN moving.state = 'due' AND moving.due_at > $1 THEN 1 END) AS waiting,
             min(moving.unsent_since) AS oldest
         FROM (SELECT source, unit, state, due_at, unsent_since FROM dossier WHERE ",
        to_send!(),
        " UNION ALL SELECT source, unit, state, due_at, unsent_since FROM dossier WHERE state = 'leased') AS moving
         JOIN source ON source.id = moving.source
         WHERE source.left_at IS NULL AND ($2 IS NULL OR moving.unit = $2) GROUP BY 1, 2 ORDER BY 1"
    ),
);

/// A dossier that is held may be held for a refusal that was meant for the one who sent.
static LOOK_ANEW: Sql = Sql::new(
    "look_anew",
    "UPDATE dossier SET state = 'due', doubt = 1, due_at = $1, attempts = 0, lane = GREATEST(lane, 1),
         touches = CASE WHEN state = 'held' THEN touches + 1 ELSE touches END, rounds = NULL
     WHERE source = $2 AND (state = 'due' OR (state = 'held' AND code NOT LIKE '#%'))",
);

static COUNT_LEFT: Sql = Sql::new(
    "count_left",
    "SELECT source.name AS name, count(*) AS many FROM dossier JOIN source ON source.id = dossier.source
     WHERE source.left_at IS NOT NULL AND CASE WHEN source.let_go_at IS NULL THEN 0 ELSE 1 END = $2 AND dossier.state = 'due'
         AND (dossier.doubt <> 2 OR dossier.unsent_since IS NOT NULL) AND ($1 IS NULL OR dossier.unit = $1)
     GROUP BY source.name",
);

static LET_GO: Sql = Sql::new(
    "let_go",
    "UPDATE source SET let_go_at = $2 WHERE name = $1 AND left_at IS NOT NULL AND let_go_at IS NULL",
);

static SOURCES_OF: Sql = Sql::new("sources_of", "SELECT code, source FROM dossier WHERE code IN {texts $1}");

static ANY_DOSSIER: Sql =
    Sql::new("any_dossier", "SELECT count(*) FROM (SELECT 1 FROM dossier LIMIT 1) AS first_one");

static GIVER: Sql = Sql::new(
    "giver",
    "SELECT source.name FROM dossier JOIN source ON source.id = dossier.source WHERE dossier.code = $1",
);

static OTHER_GIVERS: Sql = Sql::new(
    "other_givers",
    "SELECT source.name FROM other_giver JOIN source ON source.id = other_giver.source
     WHERE other_giver.code = $1 ORDER BY source.place",
);

static FORGET_SOURCES: Sql = Sql::new("forget_sources", "DELETE FROM source");

static COPY_SOURCE: Sql = Sql::new(
    "copy_source",
    "INSERT INTO source (id, name, place, left_at, mode, let_go_at) VALUES ($1, $2, $3, NULLIF($4, 0), $5, NULLIF($6, 0))",
);
