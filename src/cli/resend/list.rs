//! A list of dossiers as people paste it from a spreadsheet: codes with blanks in them, quotes, names beside them, a heading.

use std::collections::{BTreeSet, HashSet};
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;

use super::super::failure::Failure;
use dongbo_ledger::{CodeFound, Ledger};
use dongbo_model::Text;

/// The longest list that is read from standard input; a file has the limit of every file that is read.
const LONGEST: u64 = 8 << 20;
/// A text without so many digits is no code, so that names are not looked for among codes.
const FEWEST_DIGITS: usize = 4;
/// The longest text that is taken for a code.
const LONGEST_CODE: usize = 80;

/// A list, and what was understood of it. Of what was not, only the number of the line is kept: a name may stand there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Listed {
    /// The codes, each once, in their order.
    #[serde(skip)]
    pub(super) codes: Vec<String>,
    /// Lines that are not empty, without the heading.
    pub(super) lines: u64,
    /// Lines that name a dossier of a line before them.
    pub(super) repeated: u64,
    /// Lines in which no dossier's code was found.
    pub(super) not_found: Vec<usize>,
    /// Lines with a code that fits several dossiers.
    pub(super) unclear: Vec<usize>,
}

/// The text of a list: UTF-8, or UTF-16 as spreadsheets save it.
fn decoded(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The texts of a line that may be a code, the likeliest first: its cells, and then its words.
fn candidates(line: &str) -> Vec<String> {
    let cells: Vec<&str> = line.split(['\t', ';', ',']).collect();
    let words = line.split_whitespace().flat_map(|word| word.split(['\t', ';', ',']));
    let bare = |text: &str| {
        let text = Text::new(text.trim().trim_matches(['"', '\'', '“', '”', '’', '\u{feff}']).trim());
        text.as_str().to_owned()
    };
    let mut known = BTreeSet::new();
    let all = cells.iter().copied().chain(words).map(bare);
    all.filter(|text| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        digits >= FEWEST_DIGITS && text.chars().count() <= LONGEST_CODE && known.insert(text.clone())
    })
    .collect()
}

impl Listed {
    /// Reads the list in the file at `path`, or from standard input for `-`.
    ///
    /// # Errors
    /// When the file or the ledger cannot be read.
    pub(super) async fn read(ledger: &Ledger, path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::List { path: path.to_owned(), source };
        let bytes = if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
            bytes
        } else {
            dongbo_settings::capped::read(path).map_err(failed)?
        };
        Self::of(ledger, &decoded(&bytes)).await
    }

    async fn of(ledger: &Ledger, text: &str) -> Result<Self, Failure> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Vec<(usize, Vec<String>)> = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| (number, candidates(line)))
            .collect();
        let texts: Vec<String> = lines.iter().flat_map(|(_, texts)| texts.iter().cloned()).collect();
        let exact = ledger.codes_among(&texts).await?;
        let mut listed = Self::default();
        let mut known: HashSet<String> = HashSet::new();
        for (place, (number, texts)) in lines.iter().enumerate() {
            let found = match texts.iter().find(|text| exact.contains(*text)) {
                Some(code) => CodeFound::Exact(code.clone()),
                None => meant(ledger, texts).await?,
            };
            // What stands above the first code and names none is a heading.
            if place == 0 && texts.is_empty() {
                continue;
            }
            listed.lines += 1;
            match found {
                CodeFound::Exact(code) | CodeFound::Meant(code) if known.insert(code.clone()) => {
                    listed.codes.push(code);
                }
                CodeFound::Exact(_) | CodeFound::Meant(_) => listed.repeated += 1,
                CodeFound::Several(_) => listed.unclear.push(*number),
                CodeFound::None(_) => listed.not_found.push(*number),
            }
        }
        Ok(listed)
    }
}

/// The dossier that is meant by one of these texts.
async fn meant(ledger: &Ledger, texts: &[String]) -> Result<CodeFound, Failure> {
    let mut several = None;
    for text in texts {
        match ledger.find_code(text).await? {
            CodeFound::None(_) => {}
            CodeFound::Several(codes) => several = Some(CodeFound::Several(codes)),
            found => return Ok(found),
        }
    }
    Ok(several.unwrap_or(CodeFound::None(Vec::new())))
}

#[cfg(test)]
mod tests {
    use super::{candidates, decoded};

    #[test]
    fn a_code_is_looked_for_in_the_cells_and_words_of_a_line_and_a_name_is_not() {
        assert_eq!(candidates("1\t\"H48.57-250915-0012\"\tNguyễn Văn A\t0"), ["H48.57-250915-0012"]);
        assert_eq!(
            candidates("H48.57-250915-0012 Nguyễn Văn A"),
            ["H48.57-250915-0012 Nguyễn Văn A", "H48.57-250915-0012"]
        );
        assert_eq!(candidates("STT\tMã hồ sơ\tHọ tên"), Vec::<String>::new());
    }

    #[test]
    fn what_a_spreadsheet_saves_as_unicode_is_read() {
        let wide: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("mã\t1".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decoded(&wide), "mã\t1");
        assert_eq!(decoded("\u{feff}mã".as_bytes()), "mã");
    }
}
