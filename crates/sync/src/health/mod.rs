//! How things stand: the facts, the judgement on them, and its words. Every surface shows this verdict, and none decides by
//! itself.

mod facts;
mod gather;
mod judge;
pub mod kinds;
mod live;
mod lookout;
mod reason;
mod report;
mod verdict;

pub use facts::{
    ComparingFacts, DaemonFacts, DifferenceFacts, Facts, FilesHindered, Heard, HeldFacts, LedgerFacts,
    Stopped, WatchedFacts,
};
pub use judge::judge;
pub use kinds::{ReasonKind, Standing};
pub use live::LiveStatus;
pub use lookout::{Counted, Lookout, Seen};
pub use reason::{Detail, Reason};
pub use report::{NoteReport, ReasonReport, Report};
pub use verdict::{Forecast, Health, Note, Proof};

#[cfg(test)]
mod tests;
