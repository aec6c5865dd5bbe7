//! The mapping's code tables: local values to national codes.

use std::collections::BTreeMap;

use dongbo_model::{
    ApplicantKind, Channel, FeeKind, FeeMoment, Handover, IdentityKind, OnlinePayment, PaperReuse, Status,
    SubmissionPlace, Text, invisible, vocabulary,
};

use super::local_keys::unmistakable;
use super::procedures::Procedures;

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
        let entries = written.map(|entries| {
            unmistakable(name, &entries, problems);
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
    pub(super) unit: CodeTable<Text>,
    pub(crate) result_code: CodeTable<Text>,
    pub(crate) component_code: CodeTable<Text>,
    pub(crate) status: CodeTable<Status>,
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
    /// The national code of a local unit.
    pub(crate) fn unit(&self, local: &str) -> Option<Text> {
        self.unit.text(local)
    }
}

fn canonical(local: &str) -> String {
    Text::new(local).as_str().to_owned()
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
            let told = invisible::shown(&local);
            if code.trim().is_empty() {
                problems.push(format!("[{name}] \"{told}\": the national code is empty"));
            }
            if let Some(hidden) = invisible::find(&code) {
                let hidden = hidden.escape_unicode();
                problems.push(format!(
                    "[{name}] \"{told}\": the national code holds the invisible character {hidden}"
                ));
            }
            (canonical(&local), Text::new(code))
        });
        entries.collect()
    });
    CodeTable { name, entries }
}
