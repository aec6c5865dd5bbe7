//! Codes of dossiers as people type them, and the codes that are meant.

use serde::Serialize;

use super::failure::Failure;
use super::output::Output;
use super::role::Role;
use crate::config::Config;
use dongbo_ledger::{CodeFound, Ledger, Selection};
use dongbo_model::{Lang, Text, texts};

texts! {
    taken_for(typed, code): "Hiểu “{typed}” là {code}.", "\"{typed}\" is taken for {code}.";
    several(typed, codes): "“{typed}” khớp với nhiều mã, hãy gõ rõ hơn: {codes}", "\"{typed}\" fits several codes, be more precise: {codes}";
    none(typed): "sổ theo dõi không có mã {typed}", "the ledger does not know the code {typed}";
    nearest(codes): "gần nhất: {codes}", "nearest: {codes}";
}

/// The code that is meant by `typed`; `Err` has the nearest ones when there is none.
///
/// # Errors
/// When the ledger cannot be read, or several codes are meant.
pub(super) async fn meant(ledger: &Ledger, typed: &str) -> Result<Result<String, Vec<String>>, Failure> {
    let typed = Text::new(typed).as_str().to_owned();
    match ledger.find_code(&typed).await? {
        CodeFound::Exact(code) | CodeFound::Meant(code) => Ok(Ok(code)),
        CodeFound::Several(codes) => Err(Failure::SeveralCodes { typed, codes }),
        CodeFound::None(nearest) => Ok(Err(nearest)),
    }
}

/// The code that is meant by `typed`, which has to be known.
///
/// # Errors
/// As [`meant`]; also when there is no such code.
pub(super) async fn known(ledger: &Ledger, typed: &str) -> Result<String, Failure> {
    let found = meant(ledger, typed).await?;
    found.map_err(|nearest| Failure::NoSuchCode { typed: typed.to_owned(), nearest })
}

/// The code that is meant by `typed` as far as a ledger that can be read tells; otherwise `typed` itself.
///
/// # Errors
/// When several codes are meant.
pub(super) async fn meant_if_known(config: &Config, typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    let Ok(ledger) = Ledger::glance(&config.ledger).await else { return Ok(typed.to_owned()) };
    let found = ledger.find_code(typed).await;
    ledger.close().await;
    match found {
        Ok(CodeFound::Several(codes)) => Err(Failure::SeveralCodes { typed: typed.to_owned(), codes }),
        Ok(CodeFound::Exact(code) | CodeFound::Meant(code)) => Ok(code),
        Ok(CodeFound::None(_)) | Err(_) => Ok(typed.to_owned()),
    }
}

/// The sentence about a code that fits several dossiers.
pub(super) fn several_told(lang: Lang, typed: &str, codes: &[String]) -> String {
    several(lang, typed, codes.join(", "))
}

/// The sentence about a code that no dossier has.
pub(super) fn none_told(lang: Lang, typed: &str, codes: &[String]) -> String {
    if codes.is_empty() {
        return none(lang, typed);
    }
    format!("{}; {}", none(lang, typed), nearest(lang, codes.join(", ")))
}

/// Codes that were typed in a way in which no dossier has them.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub(super) struct TypedCodes(Vec<TypedCode>);

#[derive(Debug, Clone, Serialize)]
struct TypedCode {
    typed: String,
    /// The code that is meant; `None` when none is, or more than one.
    meant: Option<String>,
    /// Codes that may be meant.
    nearest: Vec<String>,
    #[serde(skip)]
    fits_several: bool,
}

impl TypedCodes {
    /// Adds what was found of a code.
    pub(super) fn add(&mut self, typed: &str, found: CodeFound) {
        let fits_several = matches!(found, CodeFound::Several(_));
        let (meant, nearest) = match found {
            CodeFound::Exact(code) | CodeFound::Meant(code) => (Some(code), Vec::new()),
            CodeFound::Several(codes) | CodeFound::None(codes) => (None, codes),
        };
        self.0.push(TypedCode { typed: typed.to_owned(), meant, nearest, fits_several });
    }

    /// Puts the codes that are meant into `selection` in the place of the typed ones; `false` when there are none.
    pub(super) fn understands(&self, selection: &mut Selection) -> bool {
        let Some(codes) = &mut selection.codes else { return false };
        let mut any = false;
        for one in &self.0 {
            let Some(meant) = &one.meant else { continue };
            codes.retain(|code| *code != one.typed && code != meant);
            codes.push(meant.clone());
            any = true;
        }
        any
    }

    /// Writes a line about each.
    pub(super) fn render(&self, out: &mut Output) {
        let lang = out.lang();
        for one in &self.0 {
            match &one.meant {
                Some(code) => out.line(taken_for(lang, &one.typed, code)),
                None if one.fits_several => {
                    out.line(out.paint(Role::Warn, &several_told(lang, &one.typed, &one.nearest)));
                }
                None if !one.nearest.is_empty() => {
                    out.line(out.paint(Role::Warn, &none_told(lang, &one.typed, &one.nearest)));
                }
                None => {}
            }
        }
    }
}
