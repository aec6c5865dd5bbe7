//! One file under a claim: which one it is, and where its bytes are.

use super::store::{Store, Stores};
use dongbo_model::{Dossier, FileKind, FileRole, Place, Text};

/// One file of a dossier as the local database has it now.
pub(super) struct Case<'c> {
    pub(super) dossier: &'c Dossier,
    pub(super) place: Place,
    pub(super) store: &'c Store,
    /// The file's key in its store.
    pub(super) key: &'c Text,
    /// The name that tells the file's kind by its end.
    pub(super) named: &'c str,
}

impl<'c> Case<'c> {
    /// The file at `place` of `dossier`; `None` when the dossier lists none there, or no store has files of its role.
    pub(super) fn of(dossier: &'c Dossier, place: Place, stores: Option<&'c Stores>) -> Option<Self> {
        let (key, name) = dossier.file_at(place)?;
        let store = stores?.of(place.role)?;
        let promises = FileKind::promised_by(key.as_str()).is_some();
        let named = if promises { key.as_str() } else { name.as_str() };
        Some(Self { dossier, place, store, key, named })
    }

    /// The file's name in the portal's store: codes, and the end that tells its kind.
    pub(super) fn upload_name(&self) -> String {
        let kind = FileKind::promised_by(self.named).map_or("bin", FileKind::extension);
        format!("{}-{}.{kind}", self.dossier.code, self.place.key)
    }

    /// The words by which the unit knows the file: the code of the result or of the component, never a name.
    pub(super) fn subject(&self) -> String {
        let at = Some(self.place);
        let code = match self.place.role {
            FileRole::Result => {
                let result = self.dossier.results.iter().find(|result| result.place() == at);
                result.map(|result| &result.result_code)
            }
            FileRole::Paper => {
                let paper = self.dossier.papers.iter().find(|paper| paper.place() == at);
                paper.map(|paper| &paper.component_code)
            }
        };
        self.place.subject(code.map_or("", Text::as_str))
    }
}
