//! Reports that an office can sign.
//!
//! A [`Report`] is an administrative document as data: letterhead, sections, tables of typed values, charts. [`Format`] writes it as
//! HTML, XLSX, DOCX or CSV, laid out by Decree 30/2020/NĐ-CP. The kinds of reports ([`Kind`]) are built from plain
//! figures, which the program takes from the ledger; an [`Archive`] keeps what was written, and seals it period by period.

mod chart;
mod csv;
mod document;
mod docx;
mod figures;
mod format;
mod html;
mod kinds;
mod letters;
mod period;
#[cfg(test)]
mod sample;
mod seal;
mod settings;
mod text;
mod xlsx;

pub use document::{Block, Letterhead, Report, Section, Table};
pub use figures::Figure;
pub use format::{Format, WriteError};
pub use kinds::{
    Aim, Annex, BySet, Call, EnteredRow, EvidenceFigures, FactOfBoth, Formula, GroupPoints, HalfYear,
    HandledCounts, HandledFigures, HandledRow, HeldFor, Index, Issue, Kind, LateCounts, LateDossier,
    LateDossiers, LateFigures, LateRow, LayerFigures, Letter, LookedUp, Measure, Measured, MonthDelays,
    Points, Publication, PublishedMeasure, QualityFigures, Quarterly, Span, Standing, StepOfBoth,
    SyncFigures, UnitMeasured, UnitQuality,
};
pub use letters::{Letters, LettersError};
pub use period::twelve_months;
pub use seal::{Archive, Flaw, Kept, SealError, Sealed, Sealing, Verified};
pub use settings::Settings;
