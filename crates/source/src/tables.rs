//! The mapping's code tables: local values to national codes.

use std::collections::HashMap;

use dongbo_model::{
    ApplicantKind, Channel, FeeKind, FeeMoment, Handover, IdentityKind, OnlinePayment, PaperReuse, Procedure,
    Status, SubmissionPlace, Text,
};

use super::mapping::ProcedureFile;

/// The code tables as they are written.
pub(super) struct TablesFile {
    pub(super) procedure: HashMap<String, ProcedureFile>,
    pub(super) status: Option<HashMap<String, String>>,
    pub(super) unit: Option<HashMap<String, String>>,
    pub(super) channel: Option<HashMap<String, String>>,
    pub(super) applicant_kind: Option<HashMap<String, String>>,
    pub(super) identity_kind: Option<HashMap<String, String>>,
    pub(super) handover: Option<HashMap<String, String>>,
    pub(super) submitted_to: Option<HashMap<String, String>>,
    pub(super) online_payment: Option<HashMap<String, String>>,
    pub(super) paper_reuse: Option<HashMap<String, String>>,
    pub(super) fee_moment: Option<HashMap<String, String>>,
    pub(super) fee_kind: Option<HashMap<String, String>>,
}

/// A value that has published codes.
pub(super) trait Coded: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// The published code.
    fn code(self) -> &'static str;
    /// The value with this code.
    fn from_code(code: &str) -> Option<Self>;
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
    Handover,
    IdentityKind,
    OnlinePayment,
    PaperReuse,
    Status,
    SubmissionPlace
);

/// One code table; without a table local values are national codes already.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    /// Its name in the mapping file.
    pub(super) name: &'static str,
    entries: Option<HashMap<String, T>>,
}

impl<T: Clone> Table<T> {
    /// What `local` translates to in the table.
    fn entry(&self, local: &str) -> Option<&T> {
        let entries = self.entries.as_ref()?;
        entries.get(local).or_else(|| entries.get(Text::new(local).as_str()))
    }
}

impl<T: Coded> Table<T> {
    fn check(
        name: &'static str,
        written: Option<HashMap<String, String>>,
        problems: &mut Vec<String>,
    ) -> Self {
        let entries = written.map(|entries| {
            let known = entries.into_iter().filter_map(|(local, code)| {
                let value = T::from_code(&code);
                if value.is_none() {
                    let codes: Vec<_> = T::ALL.iter().map(|value| value.code()).collect();
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

    /// The value that the local one stands for.
    pub(super) fn get(&self, local: &str) -> Option<T> {
        match &self.entries {
            Some(_) => self.entry(local).copied(),
            None => T::from_code(local),
        }
    }
}

/// All code tables, ready for use.
#[derive(Debug, Clone)]
pub(super) struct Tables {
    procedure: Table<Procedure>,
    unit: Table<Text>,
    pub(super) status: Table<Status>,
    pub(super) channel: Table<Channel>,
    pub(super) applicant_kind: Table<ApplicantKind>,
    pub(super) identity_kind: Table<IdentityKind>,
    pub(super) handover: Table<Handover>,
    pub(super) submitted_to: Table<SubmissionPlace>,
    pub(super) online_payment: Table<OnlinePayment>,
    pub(super) paper_reuse: Table<PaperReuse>,
    pub(super) fee_moment: Table<FeeMoment>,
    pub(super) fee_kind: Table<FeeKind>,
}

impl Tables {
    /// Takes the tables over and adds what is wrong with them to `problems`. With a catalogue a procedure needs no more
    /// than its code.
    pub(super) fn check(written: TablesFile, has_catalogue: bool, problems: &mut Vec<String>) -> Self {
        let before = problems.len();
        let tables = Self {
            procedure: procedures(written.procedure, has_catalogue, problems),
            unit: units(written.unit, problems),
            status: Table::check("status", written.status, problems),
            channel: Table::check("channel", written.channel, problems),
            applicant_kind: Table::check("applicant_kind", written.applicant_kind, problems),
            identity_kind: Table::check("identity_kind", written.identity_kind, problems),
            handover: Table::check("handover", written.handover, problems),
            submitted_to: Table::check("submitted_to", written.submitted_to, problems),
            online_payment: Table::check("online_payment", written.online_payment, problems),
            paper_reuse: Table::check("paper_reuse", written.paper_reuse, problems),
            fee_moment: Table::check("fee_moment", written.fee_moment, problems),
            fee_kind: Table::check("fee_kind", written.fee_kind, problems),
        };
        // A hash map has no order of its own, and the same file should always give the same message.
        if let Some(ours) = problems.get_mut(before..) {
            ours.sort();
        }
        tables
    }

    /// The national procedure behind a local one.
    pub(super) fn procedure(&self, local: &str) -> Option<&Procedure> {
        self.procedure.entry(local)
    }

    /// Every national procedure of the table.
    pub(super) fn procedures(&self) -> Vec<Procedure> {
        self.procedure.entries.iter().flat_map(HashMap::values).cloned().collect()
    }

    /// The national code of a local unit.
    pub(super) fn unit(&self, local: &str) -> Option<Text> {
        match &self.unit.entries {
            Some(_) => self.unit.entry(local).cloned(),
            None => Some(Text::new(local)),
        }
    }
}

fn canonical(local: &str) -> String {
    Text::new(local).as_str().to_owned()
}

fn procedures(
    written: HashMap<String, ProcedureFile>,
    has_catalogue: bool,
    problems: &mut Vec<String>,
) -> Table<Procedure> {
    let entries = written.into_iter().map(|(local, entry)| {
        let parts = [&entry.code, &entry.name, &entry.field_code, &entry.field_name];
        if entry.code.trim().is_empty() {
            problems.push(format!("[procedure] \"{local}\": code must be filled in"));
        } else if !has_catalogue && parts.iter().any(|part| part.trim().is_empty()) {
            problems.push(format!(
                "[procedure] \"{local}\": code, name, field_code and field_name must be filled in, unless \
                 catalogue.enabled is on"
            ));
        }
        let procedure = Procedure {
            code: Text::new(entry.code),
            name: Text::new(entry.name),
            field_code: Text::new(entry.field_code),
            field_name: Text::new(entry.field_name),
        };
        (canonical(&local), procedure)
    });
    Table { name: "procedure", entries: Some(entries.collect()) }
}

fn units(written: Option<HashMap<String, String>>, problems: &mut Vec<String>) -> Table<Text> {
    let entries = written.map(|entries| {
        let entries = entries.into_iter().map(|(local, code)| {
            if code.trim().is_empty() {
                problems.push(format!("[unit] \"{local}\": the national code is empty"));
            }
            (canonical(&local), Text::new(code))
        });
        entries.collect()
    });
    Table { name: "unit", entries }
}
