//! The calls that would bring the portal to what is wanted, as far as the ledger knows what the portal has: what changing from
//! watching to sending means.

use serde::{Deserialize, Serialize};

use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, Value, values};
use dongbo_model::{FoundBy, Mode};

/// The calls that would bring the portal to what is wanted, as far as the ledger knows what the portal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lacking {
    /// Dossiers that the portal does not have.
    pub create: u64,
    /// Dossiers that it has with other content.
    pub update: u64,
    /// Dossiers whose steps are to be appended to, new ones included.
    pub append_to: u64,
    /// Steps that would be appended to these.
    pub steps: u64,
    /// Dossiers of which the portal shows steps that are not ours, so that none would be appended and a person has to act.
    pub steps_differ: u64,
    /// Dossiers of which the portal has everything.
    pub equal: u64,
    /// Dossiers of which nobody has looked what the portal has, or that were not read yet.
    pub unknown: u64,
    /// Dossiers that wait for a person, of which nothing would be sent.
    pub held: u64,
    /// Dossiers that the mapping does not send at their status.
    pub not_sent: u64,
}

/// The dossiers that a question is about: all that fit whatever is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Whose<'a> {
    /// Those of this unit.
    pub unit: Option<&'a str>,
    /// Those that are read from the source of this name.
    pub source: Option<&'a str>,
    /// Those of sources that are sent for, or that are watched.
    pub mode: Option<Mode>,
}

impl Whose<'_> {
    fn values(&self) -> Vec<Value<'_>> {
        values![self.unit, self.source, self.mode.map(Mode::name)]
    }
}

/// The condition of a dossier for `$1` to `$3`, the values of [`Whose`].
macro_rules! whose {
    () => {
        "($1 IS NULL OR dossier.unit = $1)
         AND ($2 IS NULL OR dossier.source IN (SELECT id FROM source WHERE name = $2))
         AND ($3 IS NULL OR dossier.source IN (SELECT id FROM source WHERE mode = $3))"
    };
}

impl Ledger {
    /// Counts what the portal lacks of `whose` dossiers.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lacking(&self, whose: &Whose<'_>) -> Result<Lacking, LedgerError> {
        let rows = self.store.read(&LACKING, whose.values()).await?;
        let Some(row) = rows.first() else { return Ok(Lacking::default()) };
        let read = || -> Result<Lacking, sqlx::Error> {
            Ok(Lacking {
                create: row.count("created")?,
                update: row.count("updated")?,
                append_to: row.count("appended_to")?,
                steps: row.count("steps")?,
                steps_differ: row.count("steps_differ")?,
                equal: row.count("equal")?,
                unknown: row.count("unknown")?,
                held: row.count("held")?,
                not_sent: row.count("not_sent")?,
            })
        };
        read().map_err(LedgerError::during(LACKING.name()))
    }

    /// The code of a dossier that the portal lacks something of, one that would be updated first; `None` when there is none.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn example_of_lacking(&self, whose: &Whose<'_>) -> Result<Option<String>, LedgerError> {
        self.store.read_text(&EXAMPLE_OF_LACKING, whose.values()).await
    }

    /// The open differences of `whose` dossiers that look-ups have found: kind, subject, and how many there are.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn differs_in(&self, whose: &Whose<'_>) -> Result<Vec<(String, String, u64)>, LedgerError> {
        let found_by = values![FoundBy::LookUp.name()];
        let rows = self.store.read(&DIFFERS_IN, whose.values().into_iter().chain(found_by).collect()).await?;
        let kind = |row: &Row| Ok((row.get("kind")?, row.get("subject")?, row.count("many")?));
        rows.iter().map(kind).collect::<Result<_, _>>().map_err(LedgerError::during(DIFFERS_IN.name()))
    }
}

/// Knowledge of a dossier that is not at rest: it was read, and the portal was looked at since anybody could have sent.
macro_rules! known {
    () => {
        "SELECT code, unit, state, not_sent, on_portal, steps_accepted,
             CASE WHEN state IN ('due', 'leased') AND doubt <> 1 AND content_wanted IS NOT NULL THEN 1 ELSE 0 END AS known,
             CASE WHEN content_accepted IS NULL OR content_accepted <> content_wanted THEN 1 ELSE 0 END AS differs,
             CASE WHEN history_shown IS NULL THEN GREATEST(steps_wanted - steps_accepted, 0) ELSE 0 END AS short,
             CASE WHEN history_shown IS NULL THEN 0 ELSE 1 END AS foreign_steps
         FROM dossier WHERE code NOT LIKE '#%' AND "
    };
}

static DIFFERS_IN: Sql = Sql::new(
    "differs_in",
    concat!(
        "SELECT difference.kind AS kind, difference.subject AS subject, count(*) AS many
         FROM difference JOIN dossier ON dossier.code = difference.code
         WHERE difference.closed_at IS NULL AND difference.found_by = $4 AND ",
        whose!(),
        " GROUP BY 1, 2 ORDER BY 1, 2"
    ),
);

static LACKING: Sql = Sql::new(
    "lacking",
    concat!(
        "SELECT count(CASE WHEN known = 1 AND on_portal = 0 THEN 1 END) AS created,
             count(CASE WHEN known = 1 AND on_portal = 1 AND differs = 1 THEN 1 END) AS updated,
             count(CASE WHEN known = 1 AND short > 0 THEN 1 END) AS appended_to,
             CAST(coalesce(sum(CASE WHEN known = 1 THEN short END), 0) AS BIGINT) AS steps,
             count(CASE WHEN state = 'synced' OR known = 1 AND on_portal = 1 AND differs = 0 AND short = 0 AND foreign_steps = 0 THEN 1 END) AS equal,
             count(CASE WHEN known = 1 AND foreign_steps = 1 THEN 1 END) AS steps_differ,
             count(CASE WHEN state IN ('due', 'leased') AND known = 0 THEN 1 END) AS unknown,
             count(CASE WHEN state = 'held' AND not_sent = 0 THEN 1 END) AS held,
             count(CASE WHEN state = 'held' AND not_sent = 1 THEN 1 END) AS not_sent
         FROM (",
        known!(),
        whose!(),
        ") AS each_one"
    ),
);

static EXAMPLE_OF_LACKING: Sql = Sql::new(
    "example_of_lacking",
    concat!(
        "SELECT code FROM (",
        known!(),
        whose!(),
        ") AS each_one WHERE known = 1 AND (on_portal = 0 OR differs = 1 OR short > 0)
         ORDER BY on_portal DESC, differs DESC, code LIMIT 1"
    ),
);
