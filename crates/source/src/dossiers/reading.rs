//! The result of reading one dossier.

use dongbo_model::{Dossier, Finding};

use super::observe::Observation;

/// The result of reading one dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// The dossier, in canonical order.
    Dossier(Box<Dossier>),
    /// All that is wrong with it, sorted and each once. A person has to see to it.
    Defective(Vec<Finding>),
    /// The local database has no such dossier.
    Absent,
}

/// A reading, and the columns that were observed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedReading {
    /// The reading itself.
    pub reading: Reading,
    /// The columns that were asked for, in the order in which they were read.
    pub observations: Vec<Observation>,
}

impl ObservedReading {
    /// About the bytes that it takes.
    pub(super) fn weight(&self) -> usize {
        match &self.reading {
            Reading::Dossier(dossier) => dossier.weight(),
            // Findings are few and short.
            Reading::Defective(_) | Reading::Absent => 0,
        }
    }
}

impl From<Reading> for ObservedReading {
    fn from(reading: Reading) -> Self {
        Self { reading, observations: Vec::new() }
    }
}
