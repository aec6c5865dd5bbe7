//! The text of an answer, whatever it is encoded in.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1258};
use unicode_normalization::UnicodeNormalization;

/// The text in `bytes` as UTF-8, whose media type names the encoding `label`, if any. It always comes to something, so that
/// the code in it counts even where its words are broken.
///
/// A byte order mark wins, then bytes that can only be UTF-16, then UTF-8 where the bytes are that: no other encoding gives
/// such bytes by chance, and some servers name one that they do not use. Then comes `label`, and in the end what Vietnamese
/// systems wrote before Unicode.
pub(crate) fn text(bytes: Vec<u8>, label: &str) -> Vec<u8> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let rest = bytes.get(mark..).unwrap_or_default();
        return if encoding == UTF_8 { utf8(rest.to_vec(), label) } else { decoded(encoding, rest) };
    }
    match bytes.get(..2) {
        Some([0, first]) if *first != 0 => decoded(UTF_16BE, &bytes),
        Some([first, 0]) if *first != 0 => decoded(UTF_16LE, &bytes),
        _ => utf8(bytes, label),
    }
}

fn utf8(bytes: Vec<u8>, label: &str) -> Vec<u8> {
    if std::str::from_utf8(&bytes).is_ok() {
        return without_controls(bytes);
    }
    match Encoding::for_label(label.as_bytes()) {
        Some(named) if named.is_ascii_compatible() && named != UTF_8 => decoded(named, &bytes),
        _ if is_mostly_utf8(&bytes) => {
            without_controls(String::from_utf8_lossy(&bytes).into_owned().into_bytes())
        }
        _ => decoded(WINDOWS_1258, &bytes),
    }
}

/// The text with letters and their marks put together, as the older encodings keep them apart.
fn decoded(encoding: &'static Encoding, bytes: &[u8]) -> Vec<u8> {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    without_controls(text.nfc().collect::<String>().into_bytes())
}

/// Blanks in the place of control characters, which JSON does not allow in its texts.
fn without_controls(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.iter_mut().filter(|byte| **byte < b' ').for_each(|byte| *byte = b' ');
    bytes
}

/// Whether more of what is not ASCII is UTF-8 than not: a text that was cut within a letter.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters = letters.saturating_add(chunk.valid().chars().filter(|c| !c.is_ascii()).count());
        broken = broken.saturating_add(chunk.invalid().len());
    }
    letters > broken
}

#[cfg(test)]
mod tests {
    use super::text;

    const JSON: &str = r#"{"error_code":"2","message":"Thiếu trường bắt buộc"}"#;

    fn read(bytes: &[u8], label: &str) -> String {
        String::from_utf8(text(bytes.to_vec(), label)).unwrap()
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_that_comes_is_read() {
        // As in public reports: each letter with its mark in a byte of its own.
        let old =
            b"{\"error_code\":\"2\",\"message\":\"Thi\xea\xecu tr\xfd\xf5\xccng b\xe3\xect bu\xf4\xf2c\"}";
        for label in ["", "utf-8", "windows-1258", "x-unknown"] {
            assert_eq!(read(old, label), JSON, "{label}");
        }
        let (little, big) = (utf16(JSON, u16::to_le_bytes), utf16(JSON, u16::to_be_bytes));
        for label in ["", "utf-16", "utf-8"] {
            assert_eq!(read(&little, label), JSON);
            assert_eq!(read(&big, label), JSON);
            assert_eq!(read(&[b"\xff\xfe", little.as_slice()].concat(), label), JSON);
            assert_eq!(read(&[b"\xfe\xff", big.as_slice()].concat(), label), JSON);
        }
        assert_eq!(read(&[b"\xef\xbb\xbf", JSON.as_bytes()].concat(), ""), JSON);
        assert_eq!(read(JSON.as_bytes(), "iso-8859-1"), JSON, "servers name what they do not use");
        assert_eq!(read(b"{\"m\":\"caf\xe9\"}", "iso-8859-1"), r#"{"m":"café"}"#);
    }

    #[test]
    fn a_text_cut_within_a_letter_stays_a_text_and_controls_are_blanks() {
        let cut = [JSON.as_bytes(), b"\xe1\xba"].concat();
        assert!(read(&cut, "").starts_with(JSON));
        assert_eq!(read(b"{\"m\":\"a\nb\x00c\"}", ""), r#"{"m":"a b c"}"#);
        assert_eq!(read(b"", ""), "");
    }
}
