//! Finding a dossier by a code as people type it: in another case, with blanks, without its leading zeros.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::encoding::encode;
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, values};
use dongbo_settings::hint::nearest_of;

/// Most codes that are named when one is not clear: more would not help.
const MOST: usize = 5;
/// As many, in the type of a statement's parameter.
const MOST_PIECES: u32 = 5;
/// Most codes that are looked at more closely.
const CANDIDATES: u32 = 200;
/// A piece of a code shorter than this is found in too many.
const SHORTEST_PIECE: usize = 4;

/// Codes that are looked for at once.
const AT_ONCE: usize = 2_000;

/// The dossier that is meant by a code as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeFound {
    /// The one with exactly this code.
    Exact(String),
    /// The only one whose code is the same but for case, blanks, punctuation and leading zeros.
    Meant(String),
    /// Several whose codes are the same but for these; not all when there are many.
    Several(Vec<String>),
    /// None; these are nearest.
    None(Vec<String>),
}

impl CodeFound {
    /// The dossier's code, when there is one that is meant.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Exact(code) | Self::Meant(code) => Some(code),
            Self::Several(_) | Self::None(_) => None,
        }
    }
}

impl Ledger {
    /// Finds the dossier that is meant by `typed`. A row without a code, `#` and its key, is found by just that.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn find_code(&self, typed: &str) -> Result<CodeFound, LedgerError> {
        let typed = typed.trim();
        if self.store.read_text(&EXACT_CODE, values![typed]).await?.is_some() {
            return Ok(CodeFound::Exact(typed.to_owned()));
        }
        let bare = bare(typed);
        if bare.is_empty() || typed.starts_with('#') {
            return Ok(CodeFound::None(Vec::new()));
        }
        let spelt = self.codes_alike(&[typed.to_owned()]).await?.remove(typed).unwrap_or_default();
        if let Some(found) = meant_by(spelt) {
            return Ok(found);
        }
        let pieces = pieces(typed);
        let pattern = format!("%{}%", pieces.join("%"));
        let alike = self.store.read_texts(&ALIKE_CODES, values![&pattern, CANDIDATES]).await?;
        let same = alike.into_iter().filter(|code| is_same(code, &bare, &pieces)).collect();
        match meant_by(same) {
            Some(found) => Ok(found),
            None => Ok(CodeFound::None(self.nearest_codes(typed, &bare, &pieces).await?)),
        }
    }

    /// The codes that are each of `texts` but for case, blanks and punctuation, along an index; of texts that are none it has nothing.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn codes_alike(&self, texts: &[String]) -> Result<HashMap<String, Vec<String>>, LedgerError> {
        let bares: Vec<String> = texts.iter().map(|text| bare(text)).collect();
        let mut found: HashMap<String, Vec<String>> = HashMap::new();
        for some in bares.chunks(AT_ONCE) {
            let codes = self.store.read_texts(&SPELT_CODES, values![encode("codes_alike", &some)?]).await?;
            for code in codes {
                found.entry(bare(&code)).or_default().push(code);
            }
        }
        let of = |(text, bare): (&String, &String)| Some((text.clone(), found.get(bare)?.clone()));
        Ok(texts.iter().zip(&bares).filter_map(of).collect())
    }

    /// The codes nearest to one that nobody has: those of which it is a piece, and those beside it in the order of codes or
    /// with the same end that are spelt much like it.
    async fn nearest_codes(
        &self,
        typed: &str,
        bare: &str,
        pieces: &[String],
    ) -> Result<Vec<String>, LedgerError> {
        let mut nearest = Vec::new();
        if bare.len() >= SHORTEST_PIECE {
            nearest =
                self.store.read_texts(&CODES_WITH_PIECE, values![format!("%{bare}%"), MOST_PIECES]).await?;
        }
        let upper = typed.to_uppercase();
        let end = format!("%{}", pieces.last().map_or("", String::as_str));
        let mut near = self.store.read_texts(&CODES_AFTER, values![&upper, CANDIDATES]).await?;
        near.extend(self.store.read_texts(&CODES_BEFORE, values![&upper, CANDIDATES]).await?);
        near.extend(self.store.read_texts(&CODES_WITH_END, values![&end, CANDIDATES]).await?);
        for code in nearest_of(typed, near.iter().map(String::as_str), MOST) {
            if nearest.len() < MOST && !nearest.iter().any(|known| known == code) {
                nearest.push(code.to_owned());
            }
        }
        Ok(nearest)
    }
}

/// The finding of one that is meant, or of several; `None` of none.
fn meant_by(mut codes: Vec<String>) -> Option<CodeFound> {
    if codes.len() > 1 {
        codes.truncate(MOST);
        return Some(CodeFound::Several(codes));
    }
    codes.pop().map(CodeFound::Meant)
}

/// The letters and digits of a code, in capitals.
fn bare(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// The runs of letters and of digits of a code, in capitals and without leading zeros.
fn pieces(code: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut last = None;
    for c in code.chars() {
        let kind = c.is_ascii_alphanumeric().then(|| c.is_ascii_digit());
        if let Some(is_digit) = kind {
            let c = c.to_ascii_uppercase();
            match pieces.last_mut().filter(|_| last == Some(is_digit)) {
                Some(piece) => piece.push(c),
                None => pieces.push(c.to_string()),
            }
        }
        last = kind;
    }
    pieces.iter().map(|piece| without_zeros(piece)).collect()
}

fn without_zeros(piece: &str) -> String {
    let kept = piece.trim_start_matches('0');
    if kept.is_empty() { piece.get(..1).unwrap_or_default() } else { kept }.to_owned()
}

/// Whether a code is the typed one but for case, blanks, punctuation and leading zeros.
fn is_same(code: &str, typed_bare: &str, typed_pieces: &[String]) -> bool {
    bare(code) == typed_bare || pieces(code) == typed_pieces
}

static EXACT_CODE: Sql = Sql::new("exact_code", "SELECT code FROM dossier WHERE code = $1");

/// The expression is that of the index `dossier_spelt`.
static SPELT_CODES: Sql = Sql::new(
    "spelt_codes",
    "SELECT code FROM dossier
     WHERE upper(replace(replace(replace(replace(replace(code, ' ', ''), '.', ''), '-', ''), '/', ''), '_', ''))
             IN {texts $1} AND code NOT LIKE '#%'
     ORDER BY code",
);

/// Both engines match letters and digits alike here: the pattern holds nothing else.
static ALIKE_CODES: Sql = Sql::new(
    "alike_codes",
    "SELECT code FROM dossier WHERE code NOT LIKE '#%' AND upper(code) LIKE $1 ORDER BY code LIMIT $2",
);

static CODES_WITH_PIECE: Sql = Sql::new(
    "codes_with_piece",
    "SELECT code FROM dossier WHERE code NOT LIKE '#%'
         AND upper(replace(replace(replace(replace(replace(code, ' ', ''), '.', ''), '-', ''), '/', ''), '_', ''))
             LIKE $1
     ORDER BY code LIMIT $2",
);

static CODES_AFTER: Sql = Sql::new(
    "codes_after",
    "SELECT code FROM dossier WHERE code > $1 AND code NOT LIKE '#%' ORDER BY code LIMIT $2",
);

static CODES_BEFORE: Sql = Sql::new(
    "codes_before",
    "SELECT code FROM dossier WHERE code < $1 AND code NOT LIKE '#%' ORDER BY code DESC LIMIT $2",
);

static CODES_WITH_END: Sql = Sql::new(
    "codes_with_end",
    "SELECT code FROM dossier WHERE upper(code) LIKE $1 AND code NOT LIKE '#%' ORDER BY code LIMIT $2",
);

#[cfg(test)]
mod tests {
    use super::{bare, is_same, pieces};

    #[test]
    fn codes_are_the_same_but_for_case_blanks_punctuation_and_zeros() {
        let code = "000.00.19.H26-220915-0001";
        for typed in [
            "000.00.19.h26-220915-0001",
            "000 00 19 H26 220915 0001",
            "0.0.19.H26-220915-1",
            "0000019H262209150001",
            "000.00.19.H26/220915/0001 ",
        ] {
            assert!(is_same(code, &bare(typed), &pieces(typed)), "{typed}");
        }
        for typed in ["000.00.19.H26-220915-0010", "H26-220915-0001", "000.00.19.H26-22091-50001x"] {
            assert!(!is_same(code, &bare(typed), &pieces(typed)), "{typed}");
        }
        assert_eq!(pieces("HS0012-000"), ["HS", "12", "0"]);
    }
}
