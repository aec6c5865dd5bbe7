//! The mapping's code tables: local values to national codes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use dongbo_model::{
    ApplicantKind, Channel, FeeKind, FeeMoment, Handover, IdentityKind, OnlinePayment, PaperReuse, Status,
    SubmissionPlace, Text, Unit, invisible, vocabulary,
};

use super::local_keys::unmistakable;
use super::procedures::Procedures;

/// One entry of `[unit]`: the national code of a local unit, and its name where the portal wants that.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a national code, or { code = \"...\", name = \"...\" }")]
pub(super) enum UnitFile {
    Code(String),
    Named(NamedUnit),
}

/// A unit with both of its names.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedUnit {
    code: String,
    #[serde(default)]
    name: String,
}

vocabulary! {
    /// The form in which the portal wants the unit in `DonViXuLy`.
    pub(crate) enum AgencyForm {
        /// Its national code.
        Code = "code";
        /// Its name.
        Name = "name";
    }
}

/// The word in place of a national status for one at which a dossier is not sent.
const SKIP: &str = "skip";

/// A value that has published codes.
pub(crate) trait Coded: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// The published code.
    fn code(self) -> &'static str;
    /// The value with this code.
    fn from_code(code: &str) -> Option<Self>;
}

vocabulary! {
    /// Yes or no, as the national record writes it.
    pub(crate) coded enum Flag {
        /// No.
        No = "0";
        /// Yes.
        Yes = "1";
    }
}

macro_rules! coded {
    ($($kind:ident),+) => {$(
        impl Coded for $kind {
            const ALL: &'static [Self] = $kind::ALL;

            fn code(self) -> &'static str {
                $kind::code(self)
            }

            fn from_code(code: &str) -> Option<Self> {
                $kind::from_code(code)
            }
        }
    )+};
}
coded!(
    ApplicantKind,
    Channel,
    FeeKind,
    FeeMoment,
    Flag,
    Handover,
    IdentityKind,
    OnlinePayment,
    PaperReuse,
    Status,
    SubmissionPlace
);

/// One code table; without a table local values are national codes already.
#[derive(Debug, Clone)]
pub(crate) struct CodeTable<T> {
    /// Its name in the mapping file.
    pub(crate) name: &'static str,
    entries: Option<BTreeMap<String, T>>,
}

impl<T: Clone> CodeTable<T> {
    /// The entry for `local`.
    fn entry(&self, local: &str) -> Option<&T> {
        let entries = self.entries.as_ref()?;
        entries.get(local).or_else(|| entries.get(Text::new(local).as_str()))
    }
}

impl<T: Coded> CodeTable<T> {
    /// Reads the table as it is written and adds what is wrong with it to `problems`.
    pub(super) fn check(
        name: &'static str,
        written: Option<BTreeMap<String, String>>,
        problems: &mut Vec<String>,
    ) -> Self {
        if let Some(entries) = &written {
            unmistakable(name, entries, problems);
        }
        Self::of(name, written, problems)
    }

    fn of(name: &'static str, written: Option<BTreeMap<String, String>>, problems: &mut Vec<String>) -> Self {
        let entries = written.map(|entries| {
            let known = entries.into_iter().filter_map(|(local, code)| {
                let value = T::from_code(&code);
                if value.is_none() {
                    let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
                    let (local, code) = (invisible::shown(&local), invisible::shown(&code));
                    problems.push(format!(
                        "[{name}] \"{local}\" = \"{code}\": no such national code, there are {}",
                        codes.join(", ")
                    ));
                }
                value.map(|value| (canonical(&local), value))
            });
            known.collect()
        });
        Self { name, entries }
    }

    /// The value that the mapping gives the local one, where it has a table.
    pub(crate) fn listed(&self, local: &str) -> Option<T> {
        self.entry(local).copied()
    }

    /// Whether the mapping has the table.
    pub(crate) const fn is_written(&self) -> bool {
        self.entries.is_some()
    }

    /// The value that the local one stands for.
    pub(crate) fn get(&self, local: &str) -> Option<T> {
        match &self.entries {
            Some(_) => self.entry(local).copied(),
            None => T::from_code(local),
        }
    }
}

impl CodeTable<Text> {
    /// The local codes and the national ones beside them, as they are written.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, &Text)> {
        self.entries.iter().flatten().map(|(local, code)| (local.as_str(), code))
    }

    /// The national code that the local one stands for.
    pub(crate) fn text(&self, local: &str) -> Option<Text> {
        match &self.entries {
            Some(_) => self.entry(local).cloned(),
            None => Some(Text::new(local)),
        }
    }
}

/// All code tables, ready for use.
#[derive(Debug, Clone)]
pub(crate) struct CodeTables {
    pub(crate) procedure: Procedures,
    pub(super) unit: CodeTable<Unit>,
    pub(crate) result_code: CodeTable<Text>,
    pub(crate) component_code: CodeTable<Text>,
    pub(crate) status: CodeTable<Status>,
    /// Local statuses at which nothing is sent.
    pub(super) skipped: BTreeSet<String>,
    pub(crate) channel: CodeTable<Channel>,
    pub(crate) applicant_kind: CodeTable<ApplicantKind>,
    pub(crate) identity_kind: CodeTable<IdentityKind>,
    pub(crate) handover: CodeTable<Handover>,
    pub(crate) submitted_to: CodeTable<SubmissionPlace>,
    pub(crate) online_payment: CodeTable<OnlinePayment>,
    pub(crate) paper_reuse: CodeTable<PaperReuse>,
    pub(crate) fee_moment: CodeTable<FeeMoment>,
    pub(crate) fee_kind: CodeTable<FeeKind>,
    /// Words for yes and no, besides those that need no table.
    pub(crate) flag: CodeTable<Flag>,
}

impl CodeTables {
    /// The unit as the portal knows a local one.
    pub(crate) fn unit(&self, local: &str) -> Option<Unit> {
        match &self.unit.entries {
            Some(_) => self.unit.entry(local).cloned(),
            None => Some(Unit { code: Text::new(local), agency: Text::new(local) }),
        }
    }

    /// Whether nothing is sent at a local status.
    pub(crate) fn skips(&self, local: &str) -> bool {
        !self.skipped.is_empty() && self.skipped.contains(Text::new(local).as_str())
    }
}

fn canonical(local: &str) -> String {
    Text::new(local).as_str().to_owned()
}

/// The table `[status]`, and the local statuses at which nothing is sent.
pub(super) fn statuses(
    written: Option<BTreeMap<String, String>>,
    problems: &mut Vec<String>,
) -> (CodeTable<Status>, BTreeSet<String>) {
    let Some(written) = written else { return (CodeTable::of("status", None, problems), BTreeSet::new()) };
    unmistakable("status", &written, problems);
    let (skipped, sent): (BTreeMap<_, _>, BTreeMap<_, _>) =
        written.into_iter().partition(|(_, code)| code == SKIP);
    let skipped = skipped.into_keys().map(|local| canonical(&local)).collect();
    (CodeTable::of("status", Some(sent), problems), skipped)
}

/// The table `name` of local codes to national ones of which no list is published.
pub(super) fn texts(
    name: &'static str,
    written: Option<BTreeMap<String, String>>,
    problems: &mut Vec<String>,
) -> CodeTable<Text> {
    let entries = written.map(|entries| {
        unmistakable(name, &entries, problems);
        let entries = entries.into_iter().map(|(local, code)| {
            check_code(name, &local, &code, problems);
            (canonical(&local), Text::new(code))
        });
        entries.collect()
    });
    CodeTable { name, entries }
}

/// Adds what is wrong with the national `code` of table `name` to `problems`.
fn check_code(name: &str, local: &str, code: &str, problems: &mut Vec<String>) {
    let local = invisible::shown(local);
    if code.trim().is_empty() {
        problems.push(format!("[{name}] \"{local}\": the national code is empty"));
    }
    if let Some(hidden) = invisible::find(code) {
        let hidden = hidden.escape_unicode();
        problems
            .push(format!("[{name}] \"{local}\": the national code holds the invisible character {hidden}"));
    }
}

/// The table `[unit]`.
pub(super) fn units(
    written: Option<BTreeMap<String, UnitFile>>,
    agency: AgencyForm,
    problems: &mut Vec<String>,
) -> CodeTable<Unit> {
    if written.is_none() && agency == AgencyForm::Name {
        problems.push("agency = \"name\" needs the table [unit], with the name of each unit".to_owned());
    }
    let entries = written.map(|entries| {
        unmistakable("unit", &entries, problems);
        let entries = entries.into_iter().map(|(local, entry)| {
            let (code, name) = match entry {
                UnitFile::Code(code) => (code, String::new()),
                UnitFile::Named(NamedUnit { code, name }) => (code, name),
            };
            check_code("unit", &local, &code, problems);
            let agency = match agency {
                AgencyForm::Code => Text::new(code.as_str()),
                AgencyForm::Name => Text::new(name),
            };
            if agency.is_empty() && !code.trim().is_empty() {
                let local = invisible::shown(&local);
                problems
                    .push(format!("[unit] \"{local}\": agency = \"name\" needs its name: {{ code, name }}"));
            }
            (canonical(&local), Unit { code: Text::new(code), agency })
        });
        entries.collect()
    });
    CodeTable { name: "unit", entries }
}
