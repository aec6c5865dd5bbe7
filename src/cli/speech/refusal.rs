//! The words about a command line that cannot be read.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use dongbo_model::{Lang, texts};
use dongbo_settings::hint::nearest_of;

/// Most that are named as meant.
const MOST_MEANT: usize = 3;

/// The reason why a value cannot be taken, in both languages: parsers of values do not know which one is spoken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{en}")]
pub(in super::super) struct Advice {
    vi: String,
    en: String,
}

impl Advice {
    /// The advice in Vietnamese and in English.
    pub(in super::super) fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}

texts! {
    error(): "lỗi", "error";
    unknown_option(what): "không có tuỳ chọn hoặc tham số “{what}” ở đây", "unexpected argument '{what}'";
    unknown_command(what): "không có lệnh “{what}”", "there is no command '{what}'";
    no_command(what): "“{what}” cần thêm một lệnh con", "'{what}' needs a command";
    lacking(what): "còn thiếu: {what}", "what is missing: {what}";
    twice(what): "“{what}” chỉ được ghi một lần", "'{what}' can be given once only";
    together(what, other): "không dùng “{what}” cùng với {other}", "'{what}' cannot be used with {other}";
    no_value(what): "“{what}” cần một giá trị", "'{what}' needs a value";
    bad_value(value, what): "giá trị “{value}” của “{what}” không dùng được", "'{value}' cannot be used for '{what}'";
    out_of_form(): "phải là số nguyên trong khoảng cho phép", "it is to be a whole number within bounds";
    too_many(value, what): "thừa giá trị “{value}” sau “{what}”", "there is one value too many after '{what}': '{value}'";
    unreadable(): "không đọc được dòng lệnh: có ký tự không phải UTF-8", "the command line is not UTF-8";
    unknown(): "không đọc được dòng lệnh", "the command line cannot be read";
    possible(values): "giá trị dùng được: {values}", "possible values: {values}";
    similar(what): "Có phải là: {what}", "Did you mean: {what}";
    usage(usage): "Cách dùng: {usage}", "Usage: {usage}";
    more(): "Xem thêm: thêm --help vào lệnh.", "For more, add --help.";
}

/// The sentences about a command line that cannot be read: what is wrong, what may have been meant, the usage.
pub(in super::super) fn refused(refusal: &clap::Error, lang: Lang) -> String {
    let mut lines = vec![format!("{}: {}", error(lang), cause(refusal, lang))];
    if let Some(values) = given(refusal, ContextKind::ValidValue) {
        lines.push(format!("  {}", possible(lang, values)));
    }
    let meant = meant(refusal);
    if !meant.is_empty() {
        lines.push(format!("  {}", similar(lang, meant.join(", "))));
    }
    if let Some(shown) = given(refusal, ContextKind::Usage) {
        let bare = shown.split_once(' ').map_or(shown.as_str(), |(_, bare)| bare).replace('\n', " ");
        lines.extend([String::new(), usage(lang, bare.trim())]);
    }
    lines.extend([String::new(), more(lang)]);
    lines.join("\n")
}

/// The commands, options or values that may be meant by what cannot be read. Of values only what differs by a slip of the
/// finger is: another make of database is no slip.
pub(in super::super) fn meant(refusal: &clap::Error) -> Vec<String> {
    let values = listed(refusal, ContextKind::ValidValue);
    if let Some(value) = given(refusal, ContextKind::InvalidValue).filter(|_| !values.is_empty()) {
        let near = nearest_of(&value, values.iter().map(String::as_str), MOST_MEANT);
        return near.into_iter().map(str::to_owned).collect();
    }
    let mut meant = listed(refusal, ContextKind::SuggestedArg);
    meant.extend(listed(refusal, ContextKind::SuggestedSubcommand));
    // The last is the nearest.
    meant.reverse();
    meant.truncate(MOST_MEANT);
    meant
}

fn cause(refusal: &clap::Error, lang: Lang) -> String {
    let argument = given(refusal, ContextKind::InvalidArg).unwrap_or_default();
    let command = given(refusal, ContextKind::InvalidSubcommand).unwrap_or_default();
    let value = given(refusal, ContextKind::InvalidValue).unwrap_or_default();
    match refusal.kind() {
        ErrorKind::UnknownArgument => unknown_option(lang, argument),
        ErrorKind::InvalidSubcommand => unknown_command(lang, command),
        ErrorKind::MissingSubcommand => no_command(lang, command),
        ErrorKind::MissingRequiredArgument => lacking(lang, argument),
        ErrorKind::ArgumentConflict => match given(refusal, ContextKind::PriorArg) {
            Some(prior) if prior != argument => {
                let what = if argument.is_empty() { command } else { argument };
                together(lang, what, prior)
            }
            _ => twice(lang, argument),
        },
        ErrorKind::InvalidValue
        | ErrorKind::NoEquals
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues
            if value.is_empty() =>
        {
            no_value(lang, argument)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let wrong = bad_value(lang, value, argument);
            match (refusal.kind(), advice(refusal, lang)) {
                (ErrorKind::ValueValidation, advice) => {
                    format!("{wrong}: {}", advice.unwrap_or_else(|| out_of_form(lang)))
                }
                (_, _) => wrong,
            }
        }
        ErrorKind::TooManyValues => too_many(lang, value, argument),
        ErrorKind::InvalidUtf8 => unreadable(lang),
        _ => unknown(lang),
    }
}

/// The reason that a parser of ours gives.
fn advice(refusal: &clap::Error, lang: Lang) -> Option<String> {
    let advice = refusal.source()?.downcast_ref::<Advice>()?;
    Some(lang.pick(&advice.vi, &advice.en).to_owned())
}

/// A part of what clap knows about the mistake, as a list.
fn listed(refusal: &clap::Error, kind: ContextKind) -> Vec<String> {
    match refusal.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

/// A part of what clap knows about the mistake, as text.
fn given(refusal: &clap::Error, kind: ContextKind) -> Option<String> {
    match refusal.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => (!texts.is_empty()).then(|| texts.join(", ")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::StyledStrs(texts) => {
            Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
