//! One file under a claim: which one it is, and where its bytes are.

use std::sync::Arc;

use super::store::{Store, Stores};
use dongbo_model::{Dossier, DossierCode, FileKind, FileRole, Place, Text};
use dongbo_source::Reading;

/// A claimed file, as the reading of its dossier shows it.
pub(super) enum Claimed {
    /// The dossier lists it.
    Listed(Case),
    /// The dossier does not list it any more, or is gone itself.
    Unlisted,
    /// The dossier cannot be read as one.
    Unreadable,
}

impl Claimed {
    /// The file at `place` of the dossier that was read. Nothing else of the dossier is kept.
    pub(super) fn of(reading: &Reading, place: Place, stores: Option<&Stores>) -> Self {
        match reading {
            Reading::Dossier(dossier) => {
                Case::of(dossier, place, stores).map_or(Self::Unlisted, Self::Listed)
            }
            Reading::Absent => Self::Unlisted,
            Reading::Defective(_) => Self::Unreadable,
        }
    }
}

/// One file of a dossier as the local database has it now.
pub(super) struct Case {
    pub(super) code: DossierCode,
    pub(super) place: Place,
    pub(super) store: Arc<Store>,
    /// The file's key in its store.
    pub(super) key: Text,
    /// The name that tells the file's kind by its end.
    pub(super) named: String,
    /// The words by which the unit knows the file: the code of the result or of the component, never a name.
    pub(super) subject: String,
}

impl Case {
    /// The file at `place` of `dossier`; `None` when the dossier lists none there, or no store has files of its role.
    fn of(dossier: &Dossier, place: Place, stores: Option<&Stores>) -> Option<Self> {
        let (key, name) = dossier.file_at(place)?;
        let store = Arc::clone(stores?.of(place.role)?);
        let promises = FileKind::promised_by(key.as_str()).is_some();
        let named = if promises { key.as_str() } else { name.as_str() }.to_owned();
        let subject = subject(dossier, place);
        Some(Self { code: dossier.code.clone(), place, store, key: key.clone(), named, subject })
    }

    /// The file's name in the portal's store: codes, and the end that tells its kind.
    pub(super) fn upload_name(&self) -> String {
        let kind = FileKind::promised_by(&self.named).map_or("bin", FileKind::extension);
        format!("{}-{}.{kind}", self.code, self.place.key)
    }
}

fn subject(dossier: &Dossier, place: Place) -> String {
    let at = Some(place);
    let code = match place.role {
        FileRole::Result => {
            let result = dossier.results.iter().find(|result| result.place() == at);
            result.map(|result| &result.result_code)
        }
        FileRole::Paper => {
            let paper = dossier.papers.iter().find(|paper| paper.place() == at);
            paper.map(|paper| &paper.component_code)
        }
    };
    place.subject(code.map_or("", Text::as_str))
}
