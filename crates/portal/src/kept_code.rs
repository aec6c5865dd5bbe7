//! The part of a portal's code that may be kept.

use dongbo_model::Mask;

/// The longest `error_code` kept.
const MAX_CODE_BYTES: usize = 24;

/// An `error_code` fit for ledger and log: what does not look like one may hold anything, and is kept as `?`.
pub(crate) fn kept_code(code: &str) -> String {
    let looks = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte);
    if code.len() <= MAX_CODE_BYTES && code.bytes().all(looks) {
        Mask::new(&[], &[]).apply(code)
    } else {
        "?".to_owned()
    }
}
