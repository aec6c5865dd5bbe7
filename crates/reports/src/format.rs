//! The forms in which a report is written.

use dongbo_model::{ErrorClass, vocabulary};

use crate::document::Report;
use crate::{csv, docx, html, xlsx};

vocabulary! {
    /// A form of a report, whose stable name is the ending of its file too.
    pub enum Format {
        /// A page for the browser, which prints as A4 pages.
        Html = "html";
        /// A workbook with real numbers.
        Xlsx = "xlsx";
        /// A document to go on writing in.
        Docx = "docx";
        /// The tables alone.
        Csv = "csv";
    }
}

/// The reason why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A workbook could not be put together.
    #[error("the workbook cannot be put together: {0}; report this, and take another --format meanwhile")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// A document could not be put together.
    #[error("the document cannot be put together: {0}; report this, and take another --format meanwhile")]
    Docx(#[from] zip::result::ZipError),
}

impl WriteError {
    /// Who has to act: nothing outside can cause it.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        ErrorClass::Bug
    }
}

impl Format {
    /// Writes `report`. Equal reports are equal files, whenever they are written.
    ///
    /// # Errors
    /// When its parts cannot be put together.
    pub fn write(self, report: &Report) -> Result<Vec<u8>, WriteError> {
        Ok(match self {
            Self::Html => html::written(report).into_bytes(),
            Self::Xlsx => xlsx::written(report)?,
            Self::Docx => docx::written(report)?,
            Self::Csv => csv::written(report).into_bytes(),
        })
    }
}

#[cfg(test)]
mod tests;
