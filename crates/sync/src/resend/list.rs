//! A list of dossiers as people paste it from a spreadsheet: codes with blanks in them, quotes, names beside them, a heading.

use std::collections::{BTreeSet, HashSet};

use serde::Serialize;

use dongbo_ledger::{CodeFound, Ledger, LedgerError};
use dongbo_model::{Lang, Text, texts};

/// A text without so many digits is no code, so that names are not looked for among codes.
const FEWEST_DIGITS: usize = 4;
/// The longest text that is taken for a code.
const LONGEST_CODE: usize = 80;
/// Most numbers of lines that are named.
const LINES_NAMED: usize = 40;

texts! {
    read(lines, codes): "Danh sách: {lines} dòng, {codes} hồ sơ.", "The list: {lines} lines, {codes} dossiers.";
    repeated(many): "{many} dòng lặp lại.", "{many} lines name a dossier again.";
    not_found(many, lines): "{many} dòng không có mã hồ sơ nào trong sổ theo dõi: dòng {lines}", "{many} lines without a code that the ledger knows: lines {lines}";
    unclear(many, lines): "{many} dòng khớp với nhiều mã: dòng {lines}", "{many} lines with a code that fits several: lines {lines}";
}

/// How a list is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'u> {
    /// The units whose dossiers alone are known to the one who gives the list; `None`: all.
    pub units: Option<&'u BTreeSet<String>>,
    /// Most texts that are looked for among all codes one by one, where letters and digits alone do not find them.
    pub most_searched: usize,
}

/// A list, and what was understood of it. Of what was not, only the number of the line is kept: a name may stand there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Listed {
    /// The codes, each once, in their order.
    #[serde(skip)]
    pub codes: Vec<String>,
    /// Lines that are not empty, without the heading.
    pub lines: u64,
    /// Lines that name a dossier of a line before them.
    pub repeated: u64,
    /// Lines in which no dossier's code was found.
    pub not_found: Vec<usize>,
    /// Lines with a code that fits several dossiers.
    pub unclear: Vec<usize>,
}

/// The text of a list: UTF-8, or UTF-16 as spreadsheets save it.
#[must_use]
pub fn decoded(bytes: &[u8]) -> String {
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

/// The lines of a list that are not empty, each with its number and what may be a code in it.
type Lines = Vec<(usize, Vec<String>)>;

impl Listed {
    /// Reads the list in `text`.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn of(ledger: &Ledger, text: &str, reading: Reading<'_>) -> Result<Self, LedgerError> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let lines: Lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| (number, candidates(line)))
            .collect();
        let found = found(ledger, &lines, reading.most_searched).await?;
        let theirs = match reading.units {
            None => None,
            Some(units) => {
                let codes: Vec<String> =
                    found.iter().filter_map(|one| one.code().map(str::to_owned)).collect();
                let units: Vec<&str> = units.iter().map(String::as_str).collect();
                Some(ledger.codes_of_units(&codes, &units).await?)
            }
        };
        let mut listed = Self::default();
        let mut known: HashSet<String> = HashSet::new();
        for (place, ((number, texts), found)) in lines.iter().zip(found).enumerate() {
            // What stands above the first code and names none is a heading.
            if place == 0 && texts.is_empty() {
                continue;
            }
            listed.lines += 1;
            match (found, &theirs) {
                (CodeFound::Exact(code) | CodeFound::Meant(code), theirs)
                    if theirs.as_ref().is_none_or(|theirs| theirs.contains(&code)) =>
                {
                    if known.insert(code.clone()) {
                        listed.codes.push(code);
                    } else {
                        listed.repeated += 1;
                    }
                }
                (CodeFound::Several(_), None) => listed.unclear.push(*number),
                _ => listed.not_found.push(*number),
            }
        }
        Ok(listed)
    }

    /// What was understood of it, in one sentence, and what was not, in one each.
    #[must_use]
    pub fn told(&self, lang: Lang) -> (String, Vec<String>) {
        let many = |number: usize| lang.count(u64::try_from(number).unwrap_or(u64::MAX));
        let mut left = Vec::new();
        if self.repeated > 0 {
            left.push(repeated(lang, lang.count(self.repeated)));
        }
        for (lines, text) in
            [(&self.not_found, not_found as fn(Lang, String, String) -> String), (&self.unclear, unclear)]
        {
            if !lines.is_empty() {
                let mut named: Vec<String> = lines.iter().take(LINES_NAMED).map(usize::to_string).collect();
                if lines.len() > LINES_NAMED {
                    named.push("…".to_owned());
                }
                left.push(text(lang, many(lines.len()), named.join(", ")));
            }
        }
        (read(lang, lang.count(self.lines), many(self.codes.len())), left)
    }
}

/// The dossier of each line: by its exact code, by letters and digits, or one by one among all codes, for as many as that is done.
async fn found(ledger: &Ledger, lines: &Lines, most_searched: usize) -> Result<Vec<CodeFound>, LedgerError> {
    let texts: Vec<String> = lines.iter().flat_map(|(_, texts)| texts.iter().cloned()).collect();
    let exact = ledger.codes_among(&texts).await?;
    let is_exact = |texts: &[String]| texts.iter().any(|text| exact.contains(text));
    let others = lines.iter().filter(|(_, texts)| !is_exact(texts));
    let others: Vec<String> = others.flat_map(|(_, texts)| texts.iter().cloned()).collect();
    let alike = ledger.codes_alike(&others).await?;
    let mut searched = 0;
    let mut found = Vec::with_capacity(lines.len());
    for (_, texts) in lines {
        if let Some(code) = texts.iter().find(|text| exact.contains(*text)) {
            found.push(CodeFound::Exact(code.clone()));
            continue;
        }
        let mut one = CodeFound::None(Vec::new());
        for text in texts {
            let spelt = match alike.get(text).map(Vec::as_slice) {
                Some([code]) => CodeFound::Meant(code.clone()),
                Some(codes) => CodeFound::Several(codes.to_vec()),
                None if searched < most_searched => {
                    searched += 1;
                    ledger.find_code(text).await?
                }
                None => continue,
            };
            match spelt {
                CodeFound::None(_) => {}
                several @ CodeFound::Several(_) => one = several,
                meant => {
                    one = meant;
                    break;
                }
            }
        }
        found.push(one);
    }
    Ok(found)
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
