//! Facts of dossiers that are read without being claimed: by a sweep, and to fill in those from before facts were kept.

use std::collections::BTreeMap;

use dongbo_model::{DossierCode, Facts, Fingerprint};

use super::write::{Changes, known};
use super::{FactsNews, SideNews};
use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::settle::LOCK;
use crate::store::{Row, Sql, Tx, record, values};

/// The facts of a dossier as a sweep read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactsRead {
    /// The dossier's code.
    pub code: DossierCode,
    /// Its content's fingerprint.
    pub content: Fingerprint,
    /// Fingerprint of its steps' chain; `None` also when there is no step.
    pub steps_fp: Option<Fingerprint>,
    /// The number of its steps.
    pub steps: usize,
    /// Its facts.
    pub local: Box<Facts>,
    /// Its facts on the portal, when that has accepted all of it.
    pub portal: Box<Facts>,
}

/// A page of known dossiers, to see which of them lack facts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactsPage {
    /// The last code of it; `None` when there are no further ones.
    pub last: Option<String>,
    /// Those that were read once and have no facts of the local system.
    pub lacking: Vec<DossierCode>,
}

record! {
    /// A dossier as a sweep read it.
    struct ReadRow<'a> {
        code: &'a str,
        content: String,
        steps: Option<String>,
    }
}

impl Ledger {
    /// Writes down the facts of dossiers as a sweep read them, where what it read is what the ledger knows to be wanted: another
    /// reading is on its way, or will be, and brings its own. Where the portal has accepted all of that, its side is written
    /// too. Returns of how many something was new.
    ///
    /// # Errors
    /// When the ledger fails; nothing of the page is written then.
    pub async fn note_facts(&self, page: &[FactsRead]) -> Result<usize, LedgerError> {
        // Most sweeps find nothing new, and then nobody has to wait for them.
        let mut looked = self.store.snapshot("note_facts").await?;
        let new = self.new_facts(&mut looked, page).await?;
        drop(looked);
        let codes = new.codes();
        if codes.is_empty() {
            return Ok(0);
        }
        let mut tx = self.store.begin("note_facts").await?;
        tx.lock(&LOCK, encode("note_facts", &codes)?).await?;
        let changed: Vec<&FactsRead> = page.iter().filter(|one| codes.contains(&one.code.as_str())).collect();
        let new = self.new_facts(&mut tx, changed).await?;
        new.write(&mut tx).await?;
        tx.commit("note_facts").await?;
        Ok(new.codes().len())
    }

    async fn new_facts<'p>(
        &self,
        tx: &mut Tx,
        page: impl IntoIterator<Item = &'p FactsRead>,
    ) -> Result<Changes, LedgerError> {
        let page: BTreeMap<&str, &FactsRead> = page.into_iter().map(|one| (one.code.as_str(), one)).collect();
        let rows: Vec<ReadRow<'_>> = page
            .values()
            .map(|one| ReadRow {
                code: one.code.as_str(),
                content: one.content.to_string(),
                steps: one.steps_fp.map(|steps| steps.to_string()),
            })
            .collect();
        let found =
            tx.read_list(&FACTS_OF_READ, values![encode("note_facts", &rows)?, self.source.0]).await?;
        let mut changes = Changes::default();
        for (code, (all_accepted, before)) in known(found) {
            let Some(one) = page.get(code.as_str()) else { continue };
            let portal = match all_accepted {
                1 => SideNews::Known(one.portal.clone()),
                _ => SideNews::Unchanged,
            };
            let news = FactsNews { local: SideNews::Known(one.local.clone()), portal, steps: one.steps };
            let after = before.with(&news, None);
            changes.add(code, before, after);
        }
        Ok(changes)
    }

    /// The next `at_once` dossiers of this source behind the code `after`, and which of them were read once and have no facts of the local
    /// system: what is to be read for the first time brings its own.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn facts_page(&self, after: &str, at_once: u32) -> Result<FactsPage, LedgerError> {
        let rows = self.store.read(&FACTS_PAGE, values![after, at_once, self.source.0]).await?;
        let mut page = FactsPage::default();
        let read =
            |row: &Row| -> Result<(String, bool), sqlx::Error> { Ok((row.get("code")?, row.flag("lacks")?)) };
        for row in &rows {
            let (code, lacks) = read(row).map_err(LedgerError::during("facts_page"))?;
            page.lacking.extend(DossierCode::new(&code).filter(|_| lacks));
            page.last = Some(code);
        }
        Ok(page)
    }
}

static FACTS_OF_READ: Sql = Sql::of(
    "facts_of_read",
    "SELECT CAST({list}({array}(dossier.code,
         CASE WHEN on_portal = 1 AND doubt <> 1 AND content_accepted = one.content
             AND steps_accepted_fp IS NOT DISTINCT FROM one.steps THEN 1 ELSE 0 END,
         side, month, fact.unit, fact.procedure, facts, accepted)) AS TEXT)
     FROM {rows $1: ReadRow} AS one
     JOIN dossier ON dossier.code = one.code AND dossier.source = $2 AND dossier.state <> 'leased'
         AND content_wanted = one.content AND steps_wanted_fp IS NOT DISTINCT FROM one.steps
     LEFT JOIN fact ON fact.code = dossier.code",
    &[ReadRow::RECORD],
);

/// Rows without a code of their own have a local key, and no facts.
static FACTS_PAGE: Sql = Sql::new(
    "facts_page",
    "SELECT code, CAST(CASE WHEN content_wanted IS NULL OR EXISTS (SELECT 1 FROM fact WHERE fact.code = page.code AND side IN (0, 1)) THEN 0 ELSE 1 END AS BIGINT)
         AS lacks
     FROM (SELECT code, content_wanted FROM dossier WHERE code > $1 AND code NOT LIKE '#%' AND source = $3 ORDER BY code LIMIT $2) AS page
     ORDER BY code",
);
