//! The ledger, which is dongbo's own memory: for each dossier what is wanted, what the portal accepted, and who works
//! on it.
//!
//! The only SQL on our own tables. Work is claimed in one short transaction, done outside any, and settled in
//! another; every write after a claim names the claim's fence, so that a holder whose lease ran out changes nothing.
//! Fingerprints, codes and times only: no personal data is stored here.

mod audit;
mod backfill;
mod bin;
mod catalogue;
mod claim;
mod codes;
mod confirm;
mod counts;
mod delays;
mod differences;
mod encoding;
mod entered;
mod error;
mod facts;
mod fair_turn;
mod files;
mod finding;
mod givers;
mod hash_key;
mod held;
mod inspect;
mod lacking;
mod leadership;
mod listing;
mod lock;
mod migrations;
mod open;
mod overview;
mod owner_store;
mod pause;
mod placed;
#[cfg(test)]
mod plan;
mod portal_history;
mod prune;
mod publication;
mod queue;
mod reconcile;
mod recount;
mod rescue;
mod resend;
mod retry;
mod rounds;
mod runs;
mod settings;
mod settle;
mod sources;
mod store;
mod story;
mod sweep;
mod touch;
mod transfer;
mod types;

pub use audit::{Act, ActWay, AuditCheck, NewAct, PastAct};
pub use backfill::{Backfill, BackfillPage, BackfillPosition, BackfillState};
pub use catalogue::{CatalogueDetail, CatalogueEntry, CatalogueOrder, CatalogueTry};
pub use claim::ClaimWriting;
pub use codes::CodeFound;
pub use confirm::Unconfirmed;
pub use counts::{Counts, LaneBacklog, LayerCounts, Lease, Overview};
pub use delays::{DelaySpread, Delayed, Delays, DelaysIn, PastDelay};
pub use differences::{Difference, DifferenceGroup, Found, Recorded};
pub use dongbo_connections::DatabaseTrouble;
pub use dongbo_model::{Age, FoundBy, Lane, Layer, LayerState};
pub use entered::{EnteredFigure, NewFigure};
pub use error::LedgerError;
pub use facts::{
    CellSums, CountedFacts, DirtyCell, DossierFacts, FactPlace, FactQuery, FactsNews, FactsPage, FactsRead,
    ListedFacts, Side, SideNews, Sums, Waiting, WaitingPage,
};
pub use files::{
    FileClaim, FileCounts, FileMark, FileNews, FileNext, FileSettlement, FileState, FilesDue, FilesIn,
    FilesNoted, KnownFile, Linked, Named, Offered, OpenFile, ReadMark, Signature, TroubledFiles, Unserved,
};
pub use finding::OpenFinding;
pub use held::{HeldBy, HeldCause, HeldDossier, HeldFilter, HeldTotals};
pub use inspect::{Inspection, inspect};
pub use lacking::{Lacking, Whose};
pub use leadership::Lead;
pub use listing::{ListCause, ListFilter, ListState, ListedDossier, ListedRow};
pub use lock::{LedgerLock, LockError};
pub use open::Ledger;
pub use owner_store::{OwnerStoreCount, OwnerStoreLook};
pub use pause::{Pause, Resumption};
pub use placed::{PlacedCounts, PlacedDossier, PlacedFilter};
pub use portal_history::{AcceptedHistory, HistoryAct, HistoryPreview, HistoryRow};
pub use prune::{History, Pruning};
pub use publication::{
    Publication, PublicationAnswer, PublicationKey, PublicationOutcome, PublicationPage, PublicationState,
};
pub use queue::{LaneCounts, LeaseHolder};
pub use reconcile::{CellCount, Lagging, Standing};
pub use recount::Miscount;
pub use rescue::{Rebuilt, condemn, rescue};
pub use resend::{NewResend, Resend, ResendCounts, ResendState, Resent, ResentState};
pub use retry::{Retried, RetryCause, RetryPreview, Selection};
pub use rounds::Rounds;
pub use runs::RunRecord;
pub use settings::Settings;
pub use settle::Settled;
pub use sources::{ChangedMode, KnownSource, Moving, SourceCounts, SourcesAdopted, WantedSource};
pub use story::{PastAttempt, PastFinding, RowState, Story};
pub use sweep::SweptDossier;
pub use touch::{Touch, Touched};
pub use transfer::Moved;
pub use types::{
    Accepted, Attempt, Claim, Claimed, DossierFiles, Doubt, Landing, Next, Proof, Settlement, Wanted,
};
