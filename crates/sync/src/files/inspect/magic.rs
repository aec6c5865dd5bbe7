//! The kind of a file, recognised by its first bytes.

use dongbo_model::FileKind;

/// Bytes that are looked at. Readers of PDF find the header in the first 1,024 bytes, whatever stands before it.
pub(super) const HEAD: usize = 1024;

/// The kind of a file that begins with `head`, which has [`HEAD`] bytes unless the file has fewer.
pub(super) fn kind_of(head: &[u8]) -> FileKind {
    let head = head.get(..HEAD).unwrap_or(head);
    const BEGINNINGS: [(&[u8], FileKind); 10] = [
        (b"%PDF-", FileKind::Pdf),
        (b"\xff\xd8\xff", FileKind::Jpeg),
        (b"\x89PNG\r\n\x1a\n", FileKind::Png),
        (b"II*\0", FileKind::Tiff),
        (b"MM\0*", FileKind::Tiff),
        (b"GIF87a", FileKind::Gif),
        (b"GIF89a", FileKind::Gif),
        (b"PK\x03\x04", FileKind::Zip),
        (b"PK\x05\x06", FileKind::Zip),
        // UTF-16 with its mark, in either order, and then `<`.
        (b"\xff\xfe<\0", FileKind::Xml),
    ];
    if let Some((_, kind)) = BEGINNINGS.iter().find(|(beginning, _)| head.starts_with(beginning)) {
        return *kind;
    }
    if head.starts_with(b"\xfe\xff\0<") || is_xml(head) {
        return FileKind::Xml;
    }
    if memchr::memmem::find(head, b"%PDF-").is_some() { FileKind::Pdf } else { FileKind::Other }
}

/// The media type of a page that a server gives instead of a file: a form for logging in, or an error in HTML or JSON.
pub(super) fn page(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins = |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let html = [&b"<!doctype html"[..], b"<html", b"<head", b"<body", b"<script"];
    if html.iter().any(|word| begins(word))
        || (begins(b"<?xml") && memchr::memmem::find(text, b"<html").is_some())
    {
        return Some("text/html");
    }
    let first_within = text.get(1..).unwrap_or_default().trim_ascii_start().first();
    match (text.first(), first_within) {
        (Some(b'{'), Some(b'"' | b'}')) | (Some(b'['), Some(b'{' | b'"' | b']')) => Some("application/json"),
        _ => None,
    }
}

/// Whether it begins as XML. A page of HTML, as a store gives instead of a file, is none.
fn is_xml(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let Some(after) = text.strip_prefix(b"<") else { return false };
    if after.starts_with(b"?xml") {
        return memchr::memmem::find(after, b"<html").is_none();
    }
    let name: Vec<u8> = after
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte))
        .map(u8::to_ascii_lowercase)
        .collect();
    let begins = name.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
    begins && !matches!(name.as_slice(), b"html" | b"head" | b"body" | b"script" | b"p" | b"br" | b"h1")
}

#[cfg(test)]
mod tests {
    use super::kind_of;
    use dongbo_model::FileKind;

    #[test]
    fn the_first_bytes_tell_the_kind() {
        for (head, kind) in [
            (&b"%PDF-1.7\n"[..], FileKind::Pdf),
            (b"\xef\xbb\xbf\r\n%PDF-1.4", FileKind::Pdf),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", FileKind::Jpeg),
            (b"\x89PNG\r\n\x1a\n", FileKind::Png),
            (b"II*\0\x08", FileKind::Tiff),
            (b"MM\0*\0", FileKind::Tiff),
            (b"GIF89a", FileKind::Gif),
            (b"PK\x03\x04", FileKind::Zip),
            (b"<?xml version=\"1.0\"?><a/>", FileKind::Xml),
            (b"\xef\xbb\xbf  <ns:giay>", FileKind::Xml),
            (b"\xff\xfe<\0a\0", FileKind::Xml),
            (b"<!DOCTYPE html><html>", FileKind::Other),
            (b"<HTML><body>404", FileKind::Other),
            (b"<?xml version=\"1.0\"?><html xmlns=\"http://www.w3.org/1999/xhtml\">", FileKind::Other),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::Other),
            (b"MZ", FileKind::Other),
            (b"", FileKind::Other),
        ] {
            assert_eq!(kind_of(head), kind, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
