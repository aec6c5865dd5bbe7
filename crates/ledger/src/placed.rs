//! The dossiers received in a period: how they stand by unit and procedure, and one by one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::bin::{Bin, file_layer, graver, open_file};
use crate::counts::Overview;
use crate::encoding::micros;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, Value, values};
use dongbo_model::{Layer, LayerState, Month};

/// A selection of dossiers by where and when they were received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFilter {
    /// The first month of receipt.
    pub first: Month,
    /// The last month of receipt.
    pub last: Month,
    /// Only those of this unit.
    pub unit: Option<String>,
    /// Only those of this procedure.
    pub procedure: Option<String>,
}

/// The counts of the dossiers of one unit and procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedCounts {
    /// The unit.
    pub unit: String,
    /// The national code of the procedure; empty when it is not known.
    pub procedure: String,
    /// How they stand; findings and the oldest change of each lane are not counted.
    pub overview: Overview,
}

/// One dossier, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedDossier {
    /// Its code.
    pub code: String,
    /// Its unit.
    pub unit: String,
    /// The national code of its procedure; empty when it is not known.
    pub procedure: String,
    /// The state of it as a whole.
    pub state: LayerState,
    /// The state of each layer, in the order of [`Layer::ALL`].
    pub layers: [LayerState; 4],
}

impl PlacedDossier {
    /// The state of `layer`.
    #[must_use]
    pub const fn layer(&self, layer: Layer) -> LayerState {
        let [presence, status, steps, files] = self.layers;
        match layer {
            Layer::Presence => presence,
            Layer::Status => status,
            Layer::Steps => steps,
            Layer::Files => files,
        }
    }
}

impl Ledger {
    /// Counts the selected dossiers by unit and procedure, in the order of these. It reads each of them, and no other.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn placed_counts(
        &self,
        filter: &PlacedFilter,
        now: DateTime<Utc>,
    ) -> Result<Vec<PlacedCounts>, LedgerError> {
        let mut tx = self.store.snapshot("placed_counts").await?;
        let bins = tx.read(&PLACED_BINS, selected(filter, now)).await?;
        let files = tx.read(&PLACED_FILES, selected(filter, now)).await?;
        drop(tx);
        counted(&bins, &files).map_err(LedgerError::during("placed_counts"))
    }

    /// Counts the dossiers whose month of receipt is not known, of one unit or of all.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn count_without_month(&self, unit: Option<&str>) -> Result<u64, LedgerError> {
        self.store.read_count(&WITHOUT_MONTH, values![unit]).await
    }

    /// Up to `limit` of the selected dossiers behind the code `after`, in the order of their codes.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn placed_dossiers(
        &self,
        filter: &PlacedFilter,
        after: &str,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<PlacedDossier>, LedgerError> {
        let mut values = selected(filter, now);
        values.extend(values![after, limit]);
        let rows = self.store.read(&PLACED_DOSSIERS, values).await?;
        rows.iter().map(dossier).collect::<Result<_, _>>().map_err(LedgerError::during("placed_dossiers"))
    }
}

fn selected(filter: &PlacedFilter, now: DateTime<Utc>) -> Vec<Value<'_>> {
    values![micros(now), filter.first.0, filter.last.0, filter.unit.as_deref(), filter.procedure.as_deref()]
}

fn counted(bins: &[Row], files: &[Row]) -> Result<Vec<PlacedCounts>, sqlx::Error> {
    let mut counts: BTreeMap<(String, String), (Overview, u64)> = BTreeMap::new();
    for row in bins {
        let (overview, dossiers) = counts.entry((row.get("unit")?, row.get("procedure")?)).or_default();
        let many = row.count("many")?;
        overview.add(Bin(row.get("bin")?), row.flag("later")?, many);
        *dossiers += many;
    }
    for (overview, dossiers) in counts.values_mut() {
        overview.complete(*dossiers);
    }
    for row in files {
        let key = (row.get("unit")?, row.get("procedure")?);
        if let Some((overview, _)) = counts.get_mut(&key) {
            let counted = Bin(row.get("bin")?).layer(Layer::Files, row.flag("later")?);
            let worst = graver(counted, file_layer(row.get("worst")?));
            overview.move_files(counted, worst, row.count("many")?);
        }
    }
    let counts = counts.into_iter();
    Ok(counts.map(|((unit, procedure), (overview, _))| PlacedCounts { unit, procedure, overview }).collect())
}

fn dossier(row: &Row) -> Result<PlacedDossier, sqlx::Error> {
    let (bin, later) = (Bin(row.get("bin")?), row.flag("later")?);
    let files = match row.get("worst")? {
        0 => bin.layer(Layer::Files, later),
        worst => graver(bin.layer(Layer::Files, later), file_layer(worst)),
    };
    let layers = [Layer::Presence, Layer::Status, Layer::Steps].map(|layer| bin.layer(layer, later));
    let [presence, status, steps] = layers;
    Ok(PlacedDossier {
        code: row.get("code")?,
        unit: row.get("unit")?,
        procedure: row.get("procedure")?,
        state: bin.state(later),
        layers: [presence, status, steps, files],
    })
}

/// The dossiers received from month `$2` to `$3`, of the unit `$4` and the procedure `$5` unless these are missing. With a sign
/// before the month the index of months is left alone.
macro_rules! placed {
    () => {
        placed!("")
    };
    ($sign:literal) => {
        concat!(
            " ",
            $sign,
            "dossier.received_month >= $2 AND ",
            $sign,
            "dossier.received_month <= $3 AND ($4 IS NULL OR dossier.unit = $4)
             AND ($5 IS NULL OR dossier.procedure = $5)"
        )
    };
}

/// Whether the time of a dossier comes later than `$1`.
macro_rules! later {
    () => {
        "CASE WHEN dossier.due_at > $1 THEN CAST(1 AS BIGINT) ELSE 0 END"
    };
}

static PLACED_BINS: Sql = Sql::new(
    "placed_bins",
    concat!(
        "SELECT unit, coalesce(procedure, '') AS procedure, bin, ",
        later!(),
        " AS later, count(*) AS many FROM dossier WHERE",
        placed!(),
        " GROUP BY 1, 2, 3, 4"
    ),
);

/// As the counts of all dossiers have it, the worst file of each.
static PLACED_FILES: Sql = Sql::new(
    "placed_files",
    concat!(
        "SELECT dossier.unit AS unit, coalesce(dossier.procedure, '') AS procedure, dossier.bin AS bin, ",
        later!(),
        " AS later, worst, count(*) AS many
         FROM (SELECT code, CAST(max(",
        open_file!("$1"),
        ") AS BIGINT) AS worst FROM file WHERE state <> 'arrived' GROUP BY code) AS open_files
         JOIN dossier ON dossier.code = open_files.code WHERE",
        placed!(),
        " GROUP BY 1, 2, 3, 4, 5"
    ),
);

static WITHOUT_MONTH: Sql = Sql::new(
    "without_month",
    "SELECT count(*) FROM dossier WHERE received_month IS NULL AND ($1 IS NULL OR unit = $1)",
);

/// In the order of the codes, page by page: all of a period would else be put in order for each page.
static PLACED_DOSSIERS: Sql = Sql::new(
    "placed_dossiers",
    concat!(
        "SELECT code, unit, coalesce(procedure, '') AS procedure, bin, ",
        later!(),
        " AS later, coalesce((SELECT CAST(max(",
        open_file!("$1"),
        ") AS BIGINT) FROM file WHERE file.code = dossier.code AND state <> 'arrived'), 0) AS worst
         FROM dossier WHERE",
        placed!("+"),
        " AND code > $6 ORDER BY code LIMIT $7"
    ),
);

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use dongbo_model::Month;

    use super::{PLACED_BINS, PLACED_DOSSIERS, PlacedFilter, WITHOUT_MONTH, selected};
    use crate::plan::plan;
    use crate::store::values;

    #[tokio::test]
    async fn a_period_is_counted_along_the_index_of_months_and_listed_along_that_of_codes() {
        let unit = Some("57".to_owned());
        let filter = PlacedFilter { first: Month(24_319), last: Month(24_320), unit, procedure: None };
        let asked = selected(&filter, DateTime::UNIX_EPOCH);
        let counted = plan(&PLACED_BINS, asked.clone()).await.join("\n");
        assert!(counted.contains("dossier_received (received_month>? AND received_month<?)"), "{counted}");
        let unplaced = plan(&WITHOUT_MONTH, values![None::<&str>]).await.join("\n");
        assert!(unplaced.contains("INDEX dossier_received (received_month=?)"), "{unplaced}");
        let listed = plan(&PLACED_DOSSIERS, [asked, values!["", 100_u32]].concat()).await.join("\n");
        assert!(listed.contains("(code>?)"), "{listed}");
        assert!(!listed.contains("TEMP B-TREE"), "{listed}");
    }
}
