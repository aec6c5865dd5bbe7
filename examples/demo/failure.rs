//! The failures that can end the demo, and a sentence for each.

use std::path::PathBuf;

use dongbo_ledger::LedgerError;

use crate::lang::Lang;

/// The reason why the demo ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The folder cannot be made.
    Folder(PathBuf, std::io::Error),
    /// The folder holds another demo's files.
    InUse(PathBuf),
    /// The local system, the portal or dongbo could not be started or stopped.
    Rig(String),
    /// The simulated local system failed.
    Local(testbed::Error),
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// Nothing moved for so many seconds; what is not through.
    Stuck(u64, String),
    /// Ctrl-C.
    Interrupted,
    /// The portal's dossiers cannot be put into the form that is compared.
    Compare(serde_json::Error),
}

impl Failure {
    /// The sentence for the person who watches.
    pub(crate) fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Folder(folder, source) => lang.failed_folder(folder.display(), source),
            Self::InUse(folder) => lang.failed_in_use(folder.display()),
            Self::Rig(message) => lang.failed_rig(message),
            Self::Local(source) => lang.failed_local(source),
            Self::Ledger(source) => lang.failed_ledger(source),
            Self::Stuck(seconds, what) => lang.failed_stuck(seconds, what),
            Self::Interrupted => lang.failed_interrupted(),
            Self::Compare(source) => lang.failed_compare(source),
        }
    }

    /// 130 for Ctrl-C, as shells have it; 1 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => 130,
            _ => 1,
        }
    }
}

impl From<LedgerError> for Failure {
    fn from(source: LedgerError) -> Self {
        Self::Ledger(source)
    }
}
