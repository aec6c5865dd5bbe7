//! The expected contents of the portal, computed from the simulated system's tables by a second implementation of the
//! portal's protocol. It shares no code with `dongbo`; where the two disagree, one of them is wrong.

mod compare;
mod dossier;
mod record;
mod rest;

use std::collections::BTreeMap;

use serde_json::Value;

pub use compare::{Difference, Listed, Report, compare};
pub use rest::compare_rest;

use crate::onestop::rows::{BoSung, GiayToKhac, GiayToNop, HoSo, KetNoi, KetQua, LePhi, QuaTrinh, Row};
use crate::{Db, Error};
use record::Record;

/// Dossiers read at a time.
const PAGE: i64 = 2_000;

/// One dossier as the portal must show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedDossier {
    /// Every scalar field by its name on the wire; a missing one is `""`.
    pub scalars: BTreeMap<String, String>,
    /// Every list field by its name on the wire, as the JSON array to be sent.
    pub lists: BTreeMap<String, Value>,
    /// The processing steps in order, each with every field by its name on the wire.
    pub steps: Vec<BTreeMap<String, String>>,
}

/// A dossier which must not be sent as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Key in `ho_so`.
    pub id: i64,
    /// Its code, when it has one that can be read.
    pub code: Option<String>,
    /// Every reason, in the order of the fields.
    pub reasons: Vec<String>,
}

/// The expected contents of the portal for the whole local database.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// Dossiers which the portal must show, by code.
    pub dossiers: BTreeMap<String, ExpectedDossier>,
    /// Dossiers which lack something that nobody may make up, ordered by key. The portal must not show this state of
    /// them; it may still show an earlier one.
    pub held: Vec<Held>,
}

impl Expectation {
    /// Reads the database. For a true picture nothing may write to it meanwhile.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn read(db: &Db) -> Result<Self, Error> {
        let mut all = Self::default();
        let mut after = i64::MIN;
        while let Some(last) = db.page_end(after, PAGE).await? {
            let first = after.saturating_add(1);
            all.read_page(db, (first, last)).await?;
            after = last;
        }
        Ok(all)
    }

    async fn read_page(&mut self, db: &Db, range: (i64, i64)) -> Result<(), Error> {
        let mut rows = dossier::Rows {
            steps: children::<QuaTrinh>(db, range).await?,
            papers: children::<GiayToNop>(db, range).await?,
            results: children::<KetQua>(db, range).await?,
            fees: children::<LePhi>(db, range).await?,
            supplements: children::<BoSung>(db, range).await?,
            databases: children::<KetNoi>(db, range).await?,
            others: children::<GiayToKhac>(db, range).await?,
        };
        for (id, bytes) in db.json_rows(HoSo::TABLE, HoSo::COLUMNS, "id", range).await? {
            let record = Record::parse(&bytes);
            let (expected, reasons) = dossier::expect(id, &record, &mut rows);
            let code = expected.scalars.get("MaHoSo").filter(|code| !code.is_empty()).cloned();
            match code {
                Some(code) if reasons.is_empty() => {
                    self.dossiers.insert(code, expected);
                }
                code => self.held.push(Held { id, code, reasons }),
            }
        }
        Ok(())
    }
}

/// Rows which hang on the dossiers of the range, by dossier, ordered by their ids.
async fn children<R: Row>(db: &Db, range: (i64, i64)) -> Result<BTreeMap<i64, Vec<Record>>, Error> {
    let mut by_dossier: BTreeMap<i64, Vec<Record>> = BTreeMap::new();
    for (dossier, bytes) in db.json_rows(R::TABLE, R::COLUMNS, "ho_so_id", range).await? {
        by_dossier.entry(dossier).or_default().push(Record::parse(&bytes));
    }
    Ok(by_dossier)
}
