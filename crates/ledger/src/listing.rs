//! Lists of dossiers of which a page is read at a time, in the order of their codes.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::bin::{Bin, file_layer, graver, open_file};
use crate::counts::Overview;
use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::held::subject;
use crate::open::Ledger;
use crate::store::{Row, Sql, values};
use dongbo_model::{FindingKind, Layer, LayerState, alike, vocabulary};

/// Below this number rows are gathered and put in order; above it they are dense enough to be met in their order.
const FEW: u64 = 20_000;
/// Findings of one cause that are read at once.
const FINDINGS_AT_ONCE: u32 = 500;

vocabulary! {
    /// A selection of dossiers by how they stand.
    #[derive(Default)]
    pub enum ListState
    texts {
        /// The name for people.
        text
    }
    {
        /// Every dossier.
        #[default]
        All = "all", ["Tất cả", "All"];
        /// Those with a change that the portal has not accepted, and that nobody has to act on.
        Unsent = "unsent", ["Chưa gửi xong", "Not sent yet"];
        /// Those that wait for a person.
        Held = "held", ["Bị giữ", "Held"];
        /// Those whose last outcome is not known.
        InDoubt = "in_doubt", ["Chưa rõ kết quả", "Outcome unknown"];
        /// Those that the mapping does not send at their status.
        NotSent = "not_sent", ["Không gửi", "Not sent"];
        /// Those of which the portal has accepted everything.
        Synced = "synced", ["Đã khớp", "Synced"];
    }
}

/// A cause for which dossiers or their files wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCause {
    /// The kind of the finding.
    pub kind: FindingKind,
    /// The subject as [`HeldCause`](crate::HeldCause) has it; `None` for any.
    pub subject: Option<String>,
    /// The form of the portal's words, see [`HeldCause::form`](crate::HeldCause::form); `None` for any.
    pub form: Option<String>,
}

/// A selection of dossiers; the default is all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListFilter {
    /// Only those of this unit.
    pub unit: Option<String>,
    /// Only those that stand so.
    pub state: ListState,
    /// Only those that lack something in this layer, which the mapping sends.
    pub lacks: Option<Layer>,
    /// Only those with a change that waits since then or longer.
    pub unsent_before: Option<DateTime<Utc>>,
    /// Only those with an open finding of this cause, whatever their state.
    pub cause: Option<ListCause>,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDossier {
    /// The dossier's code; `#` and the local key for a row that has none.
    pub code: String,
    /// Its row; `None` where the ledger has only a finding about it.
    pub row: Option<ListedRow>,
    /// The kind of an open finding about it.
    pub finding: Option<FindingKind>,
}

/// How a listed dossier stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// Its unit; may be empty.
    pub unit: String,
    /// The state of what the portal lacks of it.
    pub state: LayerState,
    /// The state of each layer, in the order of [`Layer::ALL`].
    pub layers: Vec<(Layer, LayerState)>,
    /// The newest local change heard of, by the local clock.
    pub changed_at: DateTime<Utc>,
    /// The oldest change that the portal has not accepted.
    pub unsent_since: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Up to `limit` dossiers of `filter` whose codes come behind `after`, in the order of their codes. `overview` of all at about
    /// this moment says which way is the shorter: the answer does not depend on it.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn list(
        &self,
        filter: &ListFilter,
        after: &str,
        limit: u32,
        overview: &Overview,
        now: DateTime<Utc>,
    ) -> Result<Vec<ListedDossier>, LedgerError> {
        if let Some(cause) = &filter.cause {
            let codes = self.codes_of_cause(cause, filter, after, limit).await?;
            return self.listed(&codes, now).await;
        }
        let mask = filter.lacks.map_or(0, lacking);
        let mut given = values![
            micros(now),
            after,
            limit,
            filter.unit.as_deref(),
            filter.state.name(),
            mask,
            filter.unsent_before.map_or(-1, micros)
        ];
        let statement = match expected(filter, overview) {
            Some(few) if few < FEW => {
                let [held, unsent, doubt, files] = gathered(filter);
                given.extend(values![held, unsent, doubt, files]);
                &LIST_FEW
            }
            _ if filter.unit.is_some() => &LIST_OF_UNIT,
            _ => &LIST_IN_ORDER,
        };
        let rows = self.store.read(statement, given).await?;
        rows.iter().map(listed).collect::<Result<_, _>>().map_err(LedgerError::during("list"))
    }

    /// The dossiers with these codes, in the order of their codes; one that the ledger has no row of stands there by its code alone.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn listed(
        &self,
        codes: &[String],
        now: DateTime<Utc>,
    ) -> Result<Vec<ListedDossier>, LedgerError> {
        let given = values![micros(now), encode("listed", &codes)?];
        let rows = self.store.read(&LIST_NAMED, given).await?;
        let known = rows.iter().map(|row| Ok((row.get("code")?, listed(row)?)));
        let mut known: HashMap<String, ListedDossier> =
            known.collect::<Result<_, sqlx::Error>>().map_err(LedgerError::during("listed"))?;
        let bare = |code: &String| ListedDossier { code: code.clone(), row: None, finding: None };
        Ok(codes.iter().map(|code| known.remove(code).unwrap_or_else(|| bare(code))).collect())
    }

    /// Up to `limit` codes behind `after` of which a finding of `cause` is open, in their order, each once.
    async fn codes_of_cause(
        &self,
        cause: &ListCause,
        filter: &ListFilter,
        after: &str,
        limit: u32,
    ) -> Result<Vec<String>, LedgerError> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut codes: Vec<String> = Vec::new();
        let mut after = after.to_owned();
        while codes.len() < wanted {
            let given = values![
                cause.kind.name(),
                cause.subject.as_deref(),
                filter.unit.as_deref(),
                &after,
                FINDINGS_AT_ONCE
            ];
            let found = self.store.read(&FOUND_OF_CAUSE, given).await?;
            let is_last = found.len() < usize::try_from(FINDINGS_AT_ONCE).unwrap_or(usize::MAX);
            let last = add_codes(&found, cause, &mut codes).map_err(LedgerError::during("list"))?;
            match last {
                Some(last) if !is_last => after = last,
                _ => break,
            }
        }
        codes.truncate(wanted);
        Ok(codes)
    }
}

/// Adds the codes of the findings whose words have the form that is asked for, and gives the last code of all.
fn add_codes(
    found: &[Row],
    cause: &ListCause,
    codes: &mut Vec<String>,
) -> Result<Option<String>, sqlx::Error> {
    let mut last = None;
    for row in found {
        let (code, words): (String, String) = (row.get("code")?, row.get("detail")?);
        let fits = cause.form.as_ref().is_none_or(|form| alike(&words, &code) == *form);
        if fits && codes.last() != Some(&code) {
            codes.push(code.clone());
        }
        last = Some(code);
    }
    Ok(last)
}

/// The bit of a layer in a dossier's bin; files have rows of their own, once it was read.
const fn lacking(layer: Layer) -> i64 {
    match layer {
        Layer::Presence => Bin::ON_PORTAL,
        Layer::Status => Bin::CONTENT_ACCEPTED,
        Layer::Steps => Bin::STEPS_ACCEPTED,
        Layer::Files => -1,
    }
}

/// The number of dossiers of which those of `filter` are some; `None` where that is nearly all.
fn expected(filter: &ListFilter, overview: &Overview) -> Option<u64> {
    let lacking = |layer: Layer| {
        let open = [LayerState::Due, LayerState::InFlight, LayerState::Waiting, LayerState::Held];
        open.into_iter().map(|state| overview.counts.of(layer).of(state)).sum()
    };
    let of_layer: Option<u64> = filter.lacks.map(lacking);
    let of_state = match filter.state {
        ListState::Held | ListState::NotSent => Some(overview.held + overview.not_sent),
        ListState::Unsent => Some(overview.backlog()),
        ListState::InDoubt => Some(overview.in_doubt),
        ListState::All if filter.unsent_before.is_some() => Some(overview.backlog() + overview.held),
        ListState::All | ListState::Synced => None,
    };
    match (of_layer, of_state) {
        (Some(layer), Some(state)) => Some(layer.max(state)),
        (layer, state) => layer.or(state),
    }
}

/// Whether the held, the unsent, the doubtful ones and those with open files are gathered for `filter`.
fn gathered(filter: &ListFilter) -> [bool; 4] {
    let files = filter.lacks == Some(Layer::Files);
    match filter.state {
        ListState::Held | ListState::NotSent => [true, false, false, false],
        ListState::Unsent => [false, true, false, false],
        ListState::InDoubt => [false, false, true, false],
        ListState::All | ListState::Synced => [true, true, true, files],
    }
}

fn listed(row: &Row) -> Result<ListedDossier, sqlx::Error> {
    let bin = Bin(row.get("bin")?);
    let later = row.flag("later")?;
    let worst: Option<i64> = row.get("worst")?;
    let layer = |&layer: &Layer| {
        let state = bin.layer(layer, later);
        let files = worst.filter(|_| layer == Layer::Files).map(file_layer);
        (layer, files.map_or(state, |files| graver(state, files)))
    };
    Ok(ListedDossier {
        code: row.get("code")?,
        finding: row.get::<Option<&str>, _>("kind")?.and_then(FindingKind::from_name),
        row: Some(ListedRow {
            unit: row.get("unit")?,
            state: bin.state(later),
            layers: Layer::ALL.iter().map(layer).collect(),
            changed_at: time(row.get("changed_at")?),
            unsent_since: row.get::<Option<i64>, _>("unsent_since")?.map(time),
        }),
    })
}

/// The columns of a row of a list; $1 is the present.
macro_rules! columns {
    () => {
        concat!(
            "SELECT d.code, d.unit, d.bin, CASE WHEN d.due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END AS later, d.changed_at,
                 d.unsent_since, (SELECT CAST(max(",
            open_file!("$1"),
            ") AS BIGINT) FROM file WHERE file.code = d.code AND state <> 'arrived') AS worst,
                 (SELECT min(kind) FROM finding WHERE finding.code = d.code AND closed_at IS NULL) AS kind "
        )
    };
}

/// What every row of a list meets: behind $2, of the state $5, lacking the layer $6, with a change that waits since $7 or longer.
macro_rules! selected {
    () => {
        " d.code > $2
         AND ($5 = 'all' OR ($5 = 'held' AND d.state = 'held' AND d.not_sent = 0)
             OR ($5 = 'not_sent' AND d.state = 'held' AND d.not_sent = 1) OR ($5 = 'in_doubt' AND d.doubt = 1)
             OR ($5 = 'unsent' AND d.state IN ('due', 'leased') AND d.unsent_since IS NOT NULL)
             OR ($5 = 'synced' AND d.state = 'synced'))
         AND ($6 = 0 OR ($6 > 0 AND d.state <> 'synced' AND (d.bin & 7) <> 2 AND (d.bin & $6) = 0)
             OR ($6 < 0 AND (d.bin & 7) <> 2 AND ((d.bin & 1024) <> 0
                 OR EXISTS (SELECT 1 FROM file WHERE file.code = d.code AND file.state <> 'arrived'))))
         AND ($7 < 0 OR d.unsent_since <= $7) ORDER BY d.code LIMIT $3"
    };
}

static LIST_IN_ORDER: Sql = Sql::new(
    "list_in_order",
    concat!(columns!(), "FROM dossier d WHERE ($4 IS NULL OR d.unit = $4) AND", selected!()),
);

static LIST_OF_UNIT: Sql =
    Sql::new("list_of_unit", concat!(columns!(), "FROM dossier d WHERE d.unit || '' = $4 AND", selected!()));

/// The order of the joins is the one in which they are written: the few first.
static LIST_FEW: Sql = Sql::new(
    "list_few",
    concat!(
        columns!(),
        "FROM (SELECT code FROM dossier WHERE $8 = 1 AND state = 'held'
             UNION SELECT code FROM dossier WHERE $9 = 1 AND state IN ('due', 'leased') AND unsent_since IS NOT NULL
                 AND lane IN (0, 1, 2)
             UNION SELECT code FROM dossier WHERE $10 = 1 AND doubt = 1
             UNION SELECT code FROM file WHERE $11 = 1 AND state <> 'arrived') AS few
         CROSS JOIN dossier d WHERE d.code = few.code AND ($4 IS NULL OR d.unit = $4) AND",
        selected!()
    ),
);

static LIST_NAMED: Sql = Sql::new(
    "list_named",
    concat!(columns!(), "FROM {texts $2} AS named CROSS JOIN dossier d WHERE d.code = named.value"),
);

static FOUND_OF_CAUSE: Sql = Sql::new(
    "found_of_cause",
    concat!(
        "SELECT f.code, f.detail FROM finding f LEFT JOIN dossier d ON d.code = f.code
         WHERE f.closed_at IS NULL AND f.kind = $1 AND ($2 IS NULL OR ",
        subject!(),
        " = $2) AND ($3 IS NULL OR d.unit = $3) AND f.code > $4 ORDER BY f.code LIMIT $5"
    ),
);
