//! The office's register of letters of apology for late dossiers: a table of which dossier, the letter's number, and the day on which it
//! was published.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;

/// The heads of the table.
const HEADS: [&str; 3] = ["dossier", "number", "day"];
/// The ways in which a day is written.
const DAYS: [&str; 2] = ["%Y-%m-%d", "%d/%m/%Y"];

/// The letters that are published, by the codes of their dossiers: the letter's number and the day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Letters(BTreeMap<String, (String, NaiveDate)>);

/// The reason why a register cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("report.apologies: {}: {why}", file.display())]
pub struct LettersError {
    /// The file.
    pub file: PathBuf,
    /// The reason.
    pub why: LettersFlaw,
}

/// A fault of a register.
#[derive(Debug, thiserror::Error)]
pub enum LettersFlaw {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It does not begin with its heads.
    #[error("the first line must be dossier,number,day")]
    Heads,
    /// A line is none of it.
    #[error(
        "line {line}: write the dossier's code, the letter's number and its day, as in H48.57-260801-0001,12/TXL-UBND,2026-09-03"
    )]
    Line {
        /// Its number, from 1.
        line: usize,
    },
    /// A dossier stands in two lines.
    #[error("line {line}: this dossier has a letter in a line before")]
    Twice {
        /// The number of the second.
        line: usize,
    },
}

impl Letters {
    /// Reads the register in `file`.
    ///
    /// # Errors
    /// It cannot be read, or a line of it is not what it should be: nothing is guessed.
    pub fn read(file: &Path) -> Result<Self, LettersError> {
        let failed = |why| LettersError { file: file.to_owned(), why };
        let text = std::fs::read_to_string(file).map_err(|error| failed(error.into()))?;
        Self::parse(&text).map_err(failed)
    }

    /// Reads the lines of a register, whose cells have commas or semicolons between.
    fn parse(text: &str) -> Result<Self, LettersFlaw> {
        let text = text.trim_start_matches('\u{feff}');
        let separator = if text.lines().next().is_some_and(|head| head.contains(';')) { ';' } else { ',' };
        let cells = |line: &str| -> Vec<String> {
            line.split(separator).map(|cell| cell.trim().trim_matches('"').trim().to_owned()).collect()
        };
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        if lines.next().is_none_or(|(_, head)| cells(head) != HEADS) {
            return Err(LettersFlaw::Heads);
        }
        let mut letters = BTreeMap::new();
        for (line, written) in lines {
            let cells = cells(written);
            let [code, number, day] = cells.as_slice() else { return Err(LettersFlaw::Line { line }) };
            let day = DAYS.iter().find_map(|form| NaiveDate::parse_from_str(day, form).ok());
            let Some(day) = day.filter(|_| !code.is_empty() && !number.is_empty()) else {
                return Err(LettersFlaw::Line { line });
            };
            if letters.insert(code.clone(), (number.clone(), day)).is_some() {
                return Err(LettersFlaw::Twice { line });
            }
        }
        Ok(Self(letters))
    }

    /// The number and the day of the letter for a dossier.
    #[must_use]
    pub fn of(&self, code: &str) -> Option<&(String, NaiveDate)> {
        self.0.get(code)
    }
}

#[cfg(test)]
mod tests {
    use super::{Letters, LettersFlaw};

    #[test]
    fn a_register_is_read_as_offices_write_it_and_a_line_that_is_none_is_named() {
        let read = "\u{feff}dossier;number;day\r\nH48.57-1;\"12/TXL\";03/09/2026\r\n\r\nH48.57-2;13/TXL;2026-09-04\r\n";
        let letters = Letters::parse(read).unwrap();
        assert_eq!(letters.of("H48.57-1").unwrap(), &("12/TXL".to_owned(), "2026-09-03".parse().unwrap()));
        assert_eq!(letters.of("H48.57-2").unwrap().1.to_string(), "2026-09-04");
        assert_eq!(letters.of("H48.57-3"), None);
        let flaw = |lines: &str| Letters::parse(&format!("dossier,number,day\n{lines}")).unwrap_err();
        for lines in ["H1,12\n", "H1,12,31/02/2026\n", ",12,2026-09-03\n", "H1,,2026-09-03\n"] {
            assert!(matches!(flaw(lines), LettersFlaw::Line { line: 2 }), "{lines}");
        }
        assert!(matches!(flaw("H1,1,2026-09-03\nH1,2,2026-09-04\n"), LettersFlaw::Twice { line: 3 }));
        assert!(matches!(Letters::parse("H1,12,2026-09-03\n"), Err(LettersFlaw::Heads)));
    }
}
