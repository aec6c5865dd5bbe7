//! Whether dongbo sends or only watches, as this ledger was last used; and what changing from one to the other means for it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::micros;
use crate::error::LedgerError;
use crate::open::{Ledger, MEMO, REMEMBER};
use crate::store::{Sql, values};
use dongbo_model::Mode;

/// The memo of the mode in which the ledger was last used.
const MODE: &str = "mode";

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

impl Ledger {
    /// The mode in which the ledger was last used; `None` before that was noted.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn mode(&self) -> Result<Option<Mode>, LedgerError> {
        Ok(self.memo(MODE).await?.as_deref().and_then(Mode::from_name))
    }

    /// Notes that the ledger is used in `mode` from now on. When that is another than before, what is held is tried again, and of
    /// what is due nothing is believed to be known of the portal. Returns how many dossiers are due for that; `None` when it is the
    /// same as before.
    ///
    /// # Errors
    /// When the ledger fails; nothing has changed then.
    pub async fn adopt_mode(&self, mode: Mode, now: DateTime<Utc>) -> Result<Option<u64>, LedgerError> {
        let mut tx = self.store.begin("adopt_mode").await?;
        let before = tx.read_text(&MEMO, values![MODE]).await?;
        let before = before.as_deref().and_then(Mode::from_name).unwrap_or(Mode::Push);
        tx.execute(&REMEMBER, values![MODE, mode.name()]).await?;
        let due =
            if before == mode { None } else { Some(tx.execute(&LOOK_ANEW, values![micros(now)]).await?) };
        tx.commit("adopt_mode").await?;
        if due.is_some() {
            self.backlogs.hear();
        }
        Ok(due)
    }

    /// Counts what the portal lacks of all dossiers, or of those of one unit.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn lacking(&self, unit: Option<&str>) -> Result<Lacking, LedgerError> {
        let rows = self.store.read(&LACKING, values![unit]).await?;
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
    pub async fn example_of_lacking(&self, unit: Option<&str>) -> Result<Option<String>, LedgerError> {
        self.store.read_text(&EXAMPLE_OF_LACKING, values![unit]).await
    }
}

/// A dossier that is held may be held for a refusal that was meant for the one who sent.
static LOOK_ANEW: Sql = Sql::new(
    "look_anew",
    "UPDATE dossier SET state = 'due', doubt = 1, due_at = $1, attempts = 0, lane = GREATEST(lane, 1),
         touches = CASE WHEN state = 'held' THEN touches + 1 ELSE touches END, rounds = NULL
     WHERE state = 'due' OR (state = 'held' AND code NOT LIKE '#%')",
);

/// Knowledge of a dossier that is not at rest: it was read, and the portal was looked at since anybody could have sent.
macro_rules! known {
    () => {
        "SELECT code, unit, state, not_sent, on_portal, steps_accepted,
             CASE WHEN state IN ('due', 'leased') AND doubt <> 1 AND content_wanted IS NOT NULL THEN 1 ELSE 0 END AS known,
             CASE WHEN content_accepted IS NULL OR content_accepted <> content_wanted THEN 1 ELSE 0 END AS differs,
             CASE WHEN history_shown IS NULL THEN GREATEST(steps_wanted - steps_accepted, 0) ELSE 0 END AS short,
             CASE WHEN history_shown IS NULL THEN 0 ELSE 1 END AS foreign_steps
         FROM dossier WHERE code NOT LIKE '#%' AND ($1 IS NULL OR unit = $1)"
    };
}

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
        ") AS each_one"
    ),
);

static EXAMPLE_OF_LACKING: Sql = Sql::new(
    "example_of_lacking",
    concat!(
        "SELECT code FROM (",
        known!(),
        ") AS each_one WHERE known = 1 AND (on_portal = 0 OR differs = 1 OR short > 0)
         ORDER BY on_portal DESC, differs DESC, code LIMIT 1"
    ),
);
