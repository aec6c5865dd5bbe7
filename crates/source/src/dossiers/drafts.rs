//! The drafts of the dossiers that are read at once, and whose each row is.

use std::collections::{HashMap, HashSet};

use dongbo_model::{Detail, DossierCode, FindingKind, Lang, Text};

use super::draft::Draft;
use super::keys::{KeyFault, Keys};
use super::observe::Observe;
use super::reading::{ObservedReading, Reading};
use super::writing;
use crate::engines::Mark;
use crate::mapping::KeyType;
use crate::value::Value;

/// The drafts of one page of dossiers, by code and by key.
pub(super) struct Drafts<'c> {
    codes: Vec<&'c DossierCode>,
    places: HashMap<&'c str, usize>,
    /// Places by what all writings of a code have in common.
    writings: HashMap<String, Vec<usize>>,
    drafts: Vec<Draft>,
    keys: Keys,
}

impl<'c> Drafts<'c> {
    pub(super) fn of(codes: &[&'c DossierCode], key: KeyType, observe: Observe) -> Self {
        let mut all = Self {
            codes: Vec::new(),
            places: HashMap::with_capacity(codes.len()),
            writings: HashMap::with_capacity(codes.len()),
            drafts: Vec::new(),
            keys: Keys::new(key),
        };
        for code in codes.iter().copied() {
            let next = all.codes.len();
            if *all.places.entry(code.as_str()).or_insert(next) == next {
                all.writings.entry(writing::common(code.as_str())).or_default().push(next);
                all.codes.push(code);
                all.drafts.push(Draft::observing(observe));
            }
        }
        all
    }

    /// The codes that are asked for, each once.
    pub(super) fn asked(codes: &[&'c DossierCode]) -> Vec<&'c str> {
        let mut met = HashSet::with_capacity(codes.len());
        codes.iter().map(|code| code.as_str()).filter(|code| met.insert(*code)).collect()
    }

    /// The codes of which another one that was asked for is another writing, but for the first of each.
    pub(super) fn twins(&self) -> Vec<&'c str> {
        let later = self.writings.values().filter_map(|places| places.get(1..)).flatten();
        later.filter_map(|place| self.codes.get(*place)).map(|code| code.as_str()).collect()
    }

    /// The keys of the main rows that are in.
    pub(super) fn keys(&self) -> Vec<Mark> {
        self.keys.all().to_vec()
    }

    /// Some key, which shows the kind.
    pub(super) fn example_key(&self) -> Mark {
        self.keys.example()
    }

    /// The place of the dossier with this code; `None` for a code that was not asked for.
    pub(super) fn by_code(&self, code: Value<'_>) -> Option<usize> {
        let written = code.written()?;
        match self.places.get(&*written) {
            Some(place) => Some(*place),
            // The database may compare more loosely than we do, and give the code as it has it.
            None => self.places.get(Text::name_of_file(written).as_str()).copied(),
        }
    }

    /// The place of the dossier with this key.
    pub(super) fn by_key(&self, key: &Value<'_>) -> Option<usize> {
        self.keys.place(key)
    }

    pub(super) fn at(&mut self, place: usize) -> Option<(&'c DossierCode, &mut Draft)> {
        self.codes.get(place).copied().zip(self.drafts.get_mut(place))
    }

    /// The draft that a row with this code belongs to; `None` for a code that was not asked for.
    pub(super) fn find(&mut self, code: Value<'_>) -> Option<(&'c DossierCode, &mut Draft)> {
        self.at(self.by_code(code)?)
    }

    /// Notes the key of the main row of the dossier at `place`. `needed`: lists find their rows by it.
    pub(super) fn note_key(&mut self, place: usize, key: &Value<'_>, needed: bool) {
        let mut tell = |place: usize, kind, detail: &str| {
            if let Some(draft) = self.drafts.get_mut(place) {
                draft.add_finding(kind, "dossiers.key", detail);
            }
        };
        match self.keys.note(key, place) {
            Ok(key) => {
                if let Some(draft) = self.drafts.get_mut(place) {
                    draft.add_key(key);
                }
            }
            Err(_) if !needed => {}
            Err(KeyFault::Unusable) if key.is_blank() => tell(place, FindingKind::MissingField, ""),
            Err(KeyFault::Unusable) => tell(place, FindingKind::BadValue, Detail::NotTheKey.text(Lang::En)),
            // Rows of lists with this key may be the one's or the other's.
            Err(KeyFault::Shared(other)) => {
                for place in [place, other] {
                    tell(place, FindingKind::DuplicateCode, Detail::SharedKey.text(Lang::En));
                }
            }
        }
    }

    /// Tells the drafts whose code a main row has in another writing. No row is taken for another dossier's.
    pub(super) fn note_otherwise(&mut self, code: Value<'_>) {
        self.each_writing(code, |asked, given, draft| {
            let difference = writing::difference(asked, given);
            draft.note_otherwise(Detail::GivesCode.with(&[&difference]));
        });
    }

    /// Tells the drafts whose code a row that is no main row has in another writing: it may be theirs.
    pub(super) fn note_twin(&mut self, code: Value<'_>) {
        self.each_writing(code, |_, _, draft| draft.note_twin());
    }

    /// Tells the drafts whose code a row of `list` has in another writing: it would be lost without a word.
    pub(super) fn note_lost_row(&mut self, list: &'static str, code: Value<'_>) {
        self.each_writing(code, |asked, given, draft| {
            let difference = writing::difference(asked, given);
            draft.add_finding(
                FindingKind::BadValue,
                &format!("{list}.code"),
                &Detail::RowHasCode.with(&[&difference]),
            );
        });
    }

    fn each_writing(&mut self, code: Value<'_>, mut tell: impl FnMut(&str, &str, &mut Draft)) {
        let Some(given) = code.written().filter(|written| !written.trim().is_empty()) else { return };
        for place in self.writings.get(&writing::common(&given)).into_iter().flatten() {
            if let Some((asked, draft)) = self.codes.get(*place).zip(self.drafts.get_mut(*place)) {
                tell(asked.as_str(), &given, draft);
            }
        }
    }

    /// The readings in the order of the codes that were asked for.
    pub(super) fn finish(self, asked: &[&DossierCode]) -> Vec<ObservedReading> {
        let unique = self.codes.len();
        let readings: Vec<ObservedReading> =
            self.codes.into_iter().zip(self.drafts).map(|(code, draft)| draft.finish(code)).collect();
        if unique == asked.len() {
            return readings;
        }
        let reading = |code: &&DossierCode| {
            let place = self.places.get(code.as_str());
            place.and_then(|place| readings.get(*place)).cloned().unwrap_or(Reading::Absent.into())
        };
        asked.iter().map(reading).collect()
    }
}
