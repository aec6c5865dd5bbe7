//! The portal's catalogue of procedures as it was last fetched, and the outcome of the last try.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::open::{MEMO, MOVE_CURSOR, REMEMBER};
use crate::store::{Row, Sql, record, values};

/// The cursor's name: when a whole list was last fetched and believed.
const FETCHED: &str = "catalogue";
/// The memo of what became of the last try.
const TRIED: &str = "catalogue";
/// The memo of the last order to fetch the catalogue.
const ORDERED: &str = "catalogue_order";

/// A procedure of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CatalogueEntry {
    /// National code.
    pub code: String,
    /// National name; may be empty.
    pub name: String,
    /// Code of its field; empty until its details were fetched.
    pub field_code: String,
    /// Name of its field; empty until its details were fetched.
    pub field_name: String,
    /// Whether it returns a paper; `None` while that is not known.
    pub returns_paper: Option<bool>,
    /// Whether it carries a fee; `None` while that is not known.
    pub has_fee: Option<bool>,
    /// The codes of the papers that it returns; `None` while they are not known.
    pub result_codes: Option<Vec<String>>,
    /// The codes of the papers that are handed in for it; `None` while they are not known.
    pub component_codes: Option<Vec<String>>,
    /// Whether the last whole list has it.
    pub known: bool,
    /// When a whole list had it last.
    pub fetched_at: DateTime<Utc>,
    /// When its details were fetched last; `None`: never.
    pub detail_fetched_at: Option<DateTime<Utc>>,
}

/// The details of a procedure, to be kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogueDetail {
    /// Code of its field; empty: what is known stays.
    pub field_code: String,
    /// Name of its field; empty: what is known stays.
    pub field_name: String,
    /// Whether it returns a paper; `None`: what is known stays.
    pub returns_paper: Option<bool>,
    /// Whether it carries a fee; `None`: what is known stays.
    pub has_fee: Option<bool>,
    /// The codes of the papers that it returns; `None`: what is known stays.
    pub result_codes: Option<Vec<String>>,
    /// The codes of the papers that are handed in for it; `None`: what is known stays.
    pub component_codes: Option<Vec<String>>,
}

/// The outcome of the last try to fetch the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueTry {
    /// When it began: an order given later is not yet carried out.
    pub at: DateTime<Utc>,
    /// The reason why the catalogue is still the old one, in the portal's masked words or ours; `None` when it is the new one.
    pub failure: Option<String>,
    /// Details of procedures that could not be fetched.
    pub details_missed: u64,
}

/// An order to fetch the catalogue now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueOrder {
    /// When it was given.
    pub at: DateTime<Utc>,
    /// Whether a list that shrank by more than half is to be believed.
    pub believe: bool,
}

record! {
    /// A procedure of a whole list.
    struct ListRow<'a> {
        code: &'a str,
        name: &'a str,
    }
}

record! {
    /// The details of a procedure.
    struct DetailRow<'a> {
        of_code: &'a str,
        new_field_code: &'a str,
        new_field_name: &'a str,
        new_paper: Option<i64>,
        new_fee: Option<i64>,
        new_results: Option<String>,
        new_components: Option<String>,
    }
}

impl Ledger {
    /// Every procedure that the catalogue has or had, by code.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn catalogue(&self) -> Result<Vec<CatalogueEntry>, LedgerError> {
        let rows = self.store.read(&CATALOGUE, Vec::new()).await?;
        rows.iter().map(entry).collect::<Result<_, _>>().map_err(LedgerError::during("catalogue"))
    }

    /// When a whole list was last fetched and believed; `None`: never.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn catalogue_fetched(&self) -> Result<Option<DateTime<Utc>>, LedgerError> {
        self.cursor(FETCHED).await
    }

    /// Writes down a whole list, code and name of each: what is not in it is not known from now on, and keeps its row.
    ///
    /// # Errors
    /// When the ledger cannot be written; the old list holds then.
    pub async fn keep_catalogue(
        &self,
        list: &[(String, String)],
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let mut tx = self.store.begin("keep_catalogue").await?;
        let rows: Vec<ListRow<'_>> = list.iter().map(|(code, name)| ListRow { code, name }).collect();
        tx.execute(&KEEP_LIST, values![encode("keep_catalogue", &rows)?, micros(now)]).await?;
        tx.execute(&UNKNOW, values![micros(now)]).await?;
        tx.execute(&MOVE_CURSOR, values![FETCHED, micros(now)]).await?;
        tx.commit("keep_catalogue").await
    }

    /// Writes down the details of the procedure `code`.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn keep_catalogue_detail(
        &self,
        code: &str,
        detail: &CatalogueDetail,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let codes = |codes: &Option<Vec<String>>| {
            codes.as_ref().map(|codes| encode("keep_catalogue_detail", codes)).transpose()
        };
        let row = [DetailRow {
            of_code: code,
            new_field_code: &detail.field_code,
            new_field_name: &detail.field_name,
            new_paper: detail.returns_paper.map(i64::from),
            new_fee: detail.has_fee.map(i64::from),
            new_results: codes(&detail.result_codes)?,
            new_components: codes(&detail.component_codes)?,
        }];
        let values = values![encode("keep_catalogue_detail", &row)?, micros(now)];
        self.store.execute(&KEEP_DETAIL, values).await.map(drop)
    }

    /// The outcome of the last try; `None` before the first.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn catalogue_try(&self) -> Result<Option<CatalogueTry>, LedgerError> {
        Ok(self.memo(TRIED).await?.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    /// Writes down what became of a try.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn note_catalogue_try(&self, tried: &CatalogueTry) -> Result<(), LedgerError> {
        self.remember(TRIED, &encode("note_catalogue_try", tried)?).await
    }

    /// The last order to fetch the catalogue; `None` when there never was one.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn catalogue_order(&self) -> Result<Option<CatalogueOrder>, LedgerError> {
        let kept = self.store.read_text(&MEMO, values![ORDERED]).await?;
        Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    }

    /// Has the daemon that leads fetch the catalogue as soon as it looks.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub async fn order_catalogue(&self, order: &CatalogueOrder) -> Result<(), LedgerError> {
        let order = encode("order_catalogue", order)?;
        self.store.execute(&REMEMBER, values![ORDERED, order]).await.map(drop)
    }
}

fn entry(row: &Row) -> Result<CatalogueEntry, sqlx::Error> {
    let flag = |name: &str| Ok::<_, sqlx::Error>(row.get::<Option<i64>, _>(name)?.map(|flag| flag != 0));
    let codes = |name: &str| {
        let kept = row.get::<Option<String>, _>(name)?;
        Ok::<_, sqlx::Error>(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
    };
    Ok(CatalogueEntry {
        code: row.get("code")?,
        name: row.get("name")?,
        field_code: row.get("field_code")?,
        field_name: row.get("field_name")?,
        returns_paper: flag("returns_paper")?,
        has_fee: flag("has_fee")?,
        result_codes: codes("result_codes")?,
        component_codes: codes("component_codes")?,
        known: flag("known")?.unwrap_or_default(),
        fetched_at: time(row.get("fetched_at")?),
        detail_fetched_at: row.get::<Option<i64>, _>("detail_fetched_at")?.map(time),
    })
}

static CATALOGUE: Sql = Sql::new(
    "catalogue",
    "SELECT code, name, field_code, field_name, returns_paper, has_fee, result_codes, component_codes, known, fetched_at,
         detail_fetched_at
     FROM procedure ORDER BY code",
);

static KEEP_LIST: Sql = Sql::of(
    "keep_catalogue_list",
    "INSERT INTO procedure (code, name, field_code, field_name, known, fetched_at)
     SELECT code, name, '', '', 1, $2 FROM {rows $1: ListRow} AS one WHERE true
     ON CONFLICT (code) DO UPDATE SET name = excluded.name, known = 1, fetched_at = excluded.fetched_at",
    &[ListRow::RECORD],
);

/// Whatever the clock did: what was not fetched at this very moment is not in the list.
static UNKNOW: Sql =
    Sql::new("unknow_procedures", "UPDATE procedure SET known = 0 WHERE known = 1 AND fetched_at <> $1");

static KEEP_DETAIL: Sql = Sql::of(
    "keep_catalogue_detail",
    "UPDATE procedure SET
         field_code = CASE WHEN new_field_code = '' THEN field_code ELSE new_field_code END,
         field_name = CASE WHEN new_field_name = '' THEN field_name ELSE new_field_name END,
         returns_paper = coalesce(new_paper, returns_paper), has_fee = coalesce(new_fee, has_fee),
         result_codes = coalesce(new_results, result_codes),
         component_codes = coalesce(new_components, component_codes),
         detail_fetched_at = $2
     FROM {rows $1: DetailRow} AS new
     WHERE code = of_code",
    &[DetailRow::RECORD],
);
