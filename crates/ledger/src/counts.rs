//! Counting where everything stands, for metrics and reports.

use chrono::{DateTime, Utc};

use crate::encoding::{micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};
use dongbo_model::{Lane, Layer, LayerState};

/// The numbers of dossiers of one layer by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LayerCounts {
    synced: u64,
    due: u64,
    in_flight: u64,
    waiting: u64,
    held: u64,
    not_sent: u64,
    unproved: u64,
}

impl LayerCounts {
    /// The number in `state`.
    #[must_use]
    pub const fn of(&self, state: LayerState) -> u64 {
        match state {
            LayerState::Synced => self.synced,
            LayerState::Due => self.due,
            LayerState::InFlight => self.in_flight,
            LayerState::Waiting => self.waiting,
            LayerState::Held => self.held,
            LayerState::NotSent => self.not_sent,
            LayerState::Unproved => self.unproved,
        }
    }

    const fn of_mut(&mut self, state: LayerState) -> &mut u64 {
        match state {
            LayerState::Synced => &mut self.synced,
            LayerState::Due => &mut self.due,
            LayerState::InFlight => &mut self.in_flight,
            LayerState::Waiting => &mut self.waiting,
            LayerState::Held => &mut self.held,
            LayerState::NotSent => &mut self.not_sent,
            LayerState::Unproved => &mut self.unproved,
        }
    }
}

/// Every layer's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    layers: [LayerCounts; 4],
}

impl Counts {
    /// The counts of `layer`.
    #[must_use]
    pub const fn of(&self, layer: Layer) -> &LayerCounts {
        let [presence, status, steps, files] = &self.layers;
        match layer {
            Layer::Presence => presence,
            Layer::Status => status,
            Layer::Steps => steps,
            Layer::Files => files,
        }
    }

    const fn of_mut(&mut self, layer: Layer) -> &mut LayerCounts {
        let [presence, status, steps, files] = &mut self.layers;
        match layer {
            Layer::Presence => presence,
            Layer::Status => status,
            Layer::Steps => steps,
            Layer::Files => files,
        }
    }
}

/// The work of one lane, apart from what persons have to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LaneBacklog {
    /// Dossiers that are due, wait for their time or are under way; those to be confirmed by a look-up included.
    pub backlog: u64,
    /// Since when the oldest change waits that the portal has not accepted.
    pub oldest_unsent: Option<DateTime<Utc>>,
}

/// The counts of everything at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overview {
    /// All dossiers that the ledger knows. Each layer's counts add up to it.
    pub dossiers: u64,
    /// By layer and state.
    pub counts: Counts,
    /// By lane, in order; see [`Overview::lane`].
    /// In the order of [`Lane::ALL`](crate::Lane::ALL).
    pub lanes: [LaneBacklog; 3],
    /// Since when the oldest change waits that the portal has not accepted and that no person has to act on.
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// Open findings by kind's stable name.
    pub findings: Vec<(String, u64)>,
    /// Dossiers whose acceptance is still to be confirmed by a look-up.
    pub to_verify: u64,
    /// Dossiers whose outcome is unknown.
    pub in_doubt: u64,
    /// Dossiers that a person has to act on, each once, whatever its layers.
    pub held: u64,
    /// Dossiers that are not sent at their status by the mapping, each once, whatever its layers.
    pub not_sent: u64,
}

/// A claim that is held now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The dossier's code.
    pub code: String,
    /// The holder of the lease.
    pub owner: String,
}

impl Ledger {
    /// Counts everything, from one snapshot of the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overview(&self, now: DateTime<Utc>) -> Result<Overview, LedgerError> {
        self.overview_of(None, now).await
    }

    /// Counts everything of one unit, or of all; findings are counted of all only.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overview_of(&self, unit: Option<&str>, now: DateTime<Utc>) -> Result<Overview, LedgerError> {
        let during = || LedgerError::during("overview");
        let mut tx = self.store.snapshot("overview").await?;
        let dossiers = match unit {
            Some(unit) => tx.read_number(&COUNT_OF_UNIT, values![unit]).await?,
            None => tx.read_number(&COUNT_ALL, Vec::new()).await?,
        };
        let unfinished = tx.read(&COUNT_UNFINISHED, values![micros(now), unit]).await?;
        let (found, files) = match unit {
            Some(unit) => (Vec::new(), tx.read(&COUNT_FILES_OF_UNIT, values![micros(now), unit]).await?),
            None => (
                tx.read(&COUNT_FINDINGS, Vec::new()).await?,
                tx.read(&COUNT_FILES, values![micros(now)]).await?,
            ),
        };
        drop(tx);
        let findings = found.iter().map(|row| Ok((row.get("kind")?, row.count("many")?)));
        let mut overview = Overview {
            dossiers: count(dossiers.unwrap_or(0)),
            findings: findings.collect::<Result<_, _>>().map_err(during())?,
            ..Overview::default()
        };
        let mut not_finished = 0;
        for row in &unfinished {
            not_finished += overview.add(row).map_err(during())?;
        }
        let synced = overview.dossiers.saturating_sub(not_finished);
        for &layer in &[Layer::Presence, Layer::Status, Layer::Steps] {
            *overview.counts.of_mut(layer).of_mut(LayerState::Synced) += synced;
        }
        overview.add_files(&files).map_err(during())?;
        Ok(overview)
    }

    /// Counts the dossiers that the ledger knows.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn known(&self) -> Result<u64, LedgerError> {
        self.store.read_count(&COUNT_ALL, Vec::new()).await
    }

    /// Counts the result papers, of one unit or of all, that go as links of the local system's own, which nothing proves.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn unproved_links(&self, unit: Option<&str>) -> Result<u64, LedgerError> {
        self.store.read_count(&COUNT_LINKS, values![unit]).await
    }

    /// Counts the claims that should have been taken back before `since`: their leases had run out then.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn overdue_leases(&self, since: DateTime<Utc>) -> Result<u64, LedgerError> {
        self.store.read_count(&OVERDUE_LEASES, values![micros(since)]).await
    }

    /// The claims that are held at this moment.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn leases(&self) -> Result<Vec<Lease>, LedgerError> {
        let rows = self.store.read(&LEASES, Vec::new()).await?;
        let lease = |row: &Row| Ok(Lease { code: row.get("code")?, owner: row.get("lease_owner")? });
        rows.iter().map(lease).collect::<Result<_, _>>().map_err(LedgerError::during("leases"))
    }
}

impl Overview {
    /// The work of `lane`.
    #[must_use]
    pub const fn lane(&self, lane: Lane) -> &LaneBacklog {
        let [live, retry, backfill] = &self.lanes;
        match lane {
            Lane::Live => live,
            Lane::Retry => retry,
            Lane::Backfill => backfill,
        }
    }

    /// The work of all lanes together.
    #[must_use]
    pub fn backlog(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.backlog).sum()
    }

    /// The dossiers whose `layer` the portal is to have: all but those that the mapping does not send.
    #[must_use]
    pub const fn wanted(&self, layer: Layer) -> u64 {
        self.dossiers.saturating_sub(self.counts.of(layer).of(LayerState::NotSent))
    }

    /// The share of wanted dossiers whose `layer` is synced; `None` when there is none. Never 1 while one lacks it.
    #[must_use]
    pub fn completeness(&self, layer: Layer) -> Option<f64> {
        let synced = self.counts.of(layer).of(LayerState::Synced);
        let wanted = self.wanted(layer);
        if wanted == 0 {
            return None;
        }
        // Counts stay far below 2^53, where a float would begin to round them.
        #[expect(clippy::cast_precision_loss, reason = "counts of dossiers are far below 2^53")]
        let ratio = synced as f64 / wanted as f64;
        Some(ratio)
    }

    /// Adds one group of unfinished dossiers and returns how many they are.
    fn add(&mut self, row: &Row) -> Result<u64, sqlx::Error> {
        let state = match row.get::<&str, _>("state")? {
            "leased" => LayerState::InFlight,
            "not_sent" => LayerState::NotSent,
            "held" => LayerState::Held,
            _ if row.flag("later")? => LayerState::Waiting,
            _ => LayerState::Due,
        };
        let many = row.count("many")?;
        if state == LayerState::Held {
            self.held += many;
        } else if state == LayerState::NotSent {
            self.not_sent += many;
        } else {
            let oldest = row.get::<Option<i64>, _>("oldest")?.map(time);
            self.oldest_unsent = [self.oldest_unsent, oldest].into_iter().flatten().min();
            let [live, retry, backfill] = &mut self.lanes;
            let lane = match Lane::from_number(row.get("lane")?) {
                Lane::Live => live,
                Lane::Retry => retry,
                Lane::Backfill => backfill,
            };
            lane.backlog += many;
            lane.oldest_unsent = [lane.oldest_unsent, oldest].into_iter().flatten().min();
        }
        match row.get::<i64, _>("doubt")? {
            1 => self.in_doubt += many,
            2 => self.to_verify += many,
            _ => {}
        }
        for (layer, column) in
            [(Layer::Presence, "on_portal"), (Layer::Status, "status_ok"), (Layer::Steps, "steps_ok")]
        {
            let state = if row.flag(column)? { LayerState::Synced } else { state };
            *self.counts.of_mut(layer).of_mut(state) += many;
        }
        Ok(many)
    }
}

impl Overview {
    /// Adds the dossiers of whose files something is open; all others have none, or the portal has them all.
    fn add_files(&mut self, rows: &[Row]) -> Result<(), sqlx::Error> {
        let files = self.counts.of_mut(Layer::Files);
        let mut open: u64 = 0;
        for row in rows {
            let state = file_layer(row.get("worst")?);
            let many = row.count("many")?;
            *files.of_mut(state) += many;
            open += many;
        }
        *files.of_mut(LayerState::Synced) = self.dossiers.saturating_sub(open);
        Ok(())
    }
}

/// The layer's state of a dossier of whose files the worst is `worst`.
pub(super) const fn file_layer(worst: i64) -> LayerState {
    match worst {
        0 => LayerState::Synced,
        1 => LayerState::Unproved,
        2 => LayerState::Waiting,
        3 => LayerState::Due,
        4 => LayerState::InFlight,
        6 => LayerState::NotSent,
        _ => LayerState::Held,
    }
}

fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

/// Which layers are synced. A layer counts as synced only when it is known to be: the dossier was read since the last
/// change heard of, and no answer is missing.
macro_rules! layers_synced {
    () => {
        "on_portal,
    CASE WHEN touches = read_touches AND doubt <> 1 AND on_portal = 1 AND content_accepted IS NOT NULL
        AND content_wanted IS NOT DISTINCT FROM content_accepted THEN CAST(1 AS BIGINT) ELSE 0 END AS status_ok,
    CASE WHEN touches = read_touches AND doubt <> 1 AND on_portal = 1 AND content_wanted IS NOT NULL
        AND steps_wanted = steps_accepted AND steps_wanted_fp IS NOT DISTINCT FROM steps_accepted_fp
        THEN CAST(1 AS BIGINT) ELSE 0 END AS steps_ok"
    };
}
pub(super) use layers_synced;

/// Whether the mapping says that the dossier is not sent at its status.
macro_rules! not_sent {
    () => {
        "EXISTS (SELECT 1 FROM finding WHERE finding.code = dossier.code AND closed_at IS NULL
                 AND kind = 'not_for_portal')"
    };
}
pub(super) use not_sent;

/// For each dossier that matches `$which`, with a code `$code` of its own, the worst that can be said of its files at
/// the moment that the parameter `$now` gives, by the numbers of [`file_layer`]. The files of a dossier that was not
/// read since it changed are unknown.
macro_rules! files_of_dossiers {
    ($now:literal, $which:literal) => {
        concat!(
            "SELECT code, CASE WHEN state = 'arrived' THEN 0 WHEN state = 'held' THEN 5 WHEN lease_owner IS NOT NULL THEN 4
                 WHEN state = 'announced' OR due_at > ",
            $now,
            " THEN 2 ELSE 3 END AS worst FROM file WHERE state <> 'arrived'",
            $which,
            " UNION ALL
             SELECT code, CASE WHEN state = 'held' AND ",
            $crate::counts::not_sent!(),
            " THEN 6 WHEN state = 'held' THEN 5 WHEN state = 'leased' THEN 4 WHEN due_at > ",
            $now,
            " THEN 2 ELSE 3 END FROM dossier
             WHERE state <> 'synced' AND (touches <> read_touches OR content_wanted IS NULL)",
            $which,
            " UNION ALL SELECT code, 1 FROM dossier WHERE links_unproved > 0",
            $which
        )
    };
}
pub(super) use files_of_dossiers;

macro_rules! count_files {
    ($which:literal) => {
        concat!(
            "SELECT CAST(worst AS BIGINT) AS worst, count(*) AS many FROM (
                 SELECT code, max(worst) AS worst FROM (",
            files_of_dossiers!("$1", $which),
            ") AS every GROUP BY code
             ) AS dossiers GROUP BY 1"
        )
    };
}

static COUNT_FILES: Sql = Sql::new("count_files", count_files!(""));

static COUNT_FILES_OF_UNIT: Sql = Sql::new("count_files_of_unit", count_files!(" AND unit = $2"));

static COUNT_OF_UNIT: Sql = Sql::new("count_of_unit", "SELECT count(*) FROM dossier WHERE unit = $1");

static COUNT_ALL: Sql = Sql::new("count_all", "SELECT count(*) FROM dossier");

static COUNT_UNFINISHED: Sql = Sql::new(
    "count_unfinished",
    concat!(
        "SELECT CASE WHEN state = 'held' AND ",
        not_sent!(),
        " THEN 'not_sent' ELSE state END AS state, CASE WHEN due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END AS later, doubt, lane, ",
        layers_synced!(),
        ",
         count(*) AS many, min(unsent_since) AS oldest
         FROM dossier WHERE state <> 'synced' AND ($2 IS NULL OR dossier.unit = $2) GROUP BY 1, 2, 3, 4, 5, 6, 7"
    ),
);

static COUNT_LINKS: Sql = Sql::new(
    "count_links",
    "SELECT CAST(coalesce(sum(links_unproved), 0) AS BIGINT) FROM dossier
     WHERE links_unproved > 0 AND ($1 IS NULL OR unit = $1)",
);

static COUNT_FINDINGS: Sql = Sql::new(
    "count_findings",
    "SELECT kind, count(*) AS many FROM finding WHERE closed_at IS NULL GROUP BY kind ORDER BY kind",
);

static OVERDUE_LEASES: Sql =
    Sql::new("overdue_leases", "SELECT count(*) FROM dossier WHERE state = 'leased' AND lease_until <= $1");

static LEASES: Sql =
    Sql::new("leases", "SELECT code, lease_owner FROM dossier WHERE state = 'leased' ORDER BY code");
