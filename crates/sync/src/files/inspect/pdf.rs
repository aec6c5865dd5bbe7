//! The end of a PDF, and digital signatures in it.
//!
//! A signature's dictionary always stands in the file as plain text, for its byte range speaks of places in the file.
//! It is found here, and its range compared with the file's length. It is not verified: neither the hash nor the
//! certificate and its chain are looked at, so that nothing here means that a signature is valid.

use super::window::{View, wide};

/// Readers look for the end mark in the last 1,024 bytes.
const END_WITHIN: u64 = 1024;
/// A file signed more often than this is not a unit's result, and memory must have an end.
const MOST: usize = 64;
/// Forms of signatures that approve a document. `ETSI.RFC3161` is a time stamp only.
const FORMS: [&[u8]; 4] =
    [b"adbe.pkcs7.detached", b"ETSI.CAdES.detached", b"adbe.pkcs7.sha1", b"adbe.x509.rsa_sha1"];

/// A signature's byte range: from, length, from, length.
type Range = [u64; 4];

#[derive(Debug, Default)]
pub(super) struct Pdf {
    /// The beginning of the last end mark.
    end_mark: Option<u64>,
    /// The position of the last byte that is no padding.
    last_byte: u64,
    ranges: Vec<Range>,
    /// Hexadecimal texts behind `/Contents`: from their `<` to behind their `>`.
    holes: Vec<(u64, u64)>,
    open_hole: Option<u64>,
    names_signature: bool,
}

/// The findings in a PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) whole: bool,
    pub(super) signed: bool,
    pub(super) covers_whole: Option<bool>,
}

impl Pdf {
    pub(super) fn see(&mut self, view: View<'_>) {
        if let Some((place, _)) = view.find(b"%%EOF").last() {
            self.end_mark = Some(place);
        }
        let filling = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        if let Some(place) = view.own().iter().rposition(|byte| !filling(byte)) {
            self.last_byte = view.at.saturating_add(wide(place));
        }
        for (_, after) in view.find(b"/ByteRange") {
            if let Some(range) = byte_range(after).filter(|_| self.ranges.len() < MOST) {
                self.ranges.push(range);
            }
        }
        self.names_signature |=
            view.find(b"/SubFilter").any(|(_, after)| name(after).is_some_and(|n| FORMS.contains(&n)))
                || view.find(b"/Type").any(|(_, after)| name(after) == Some(b"Sig"));
        self.holes_in(view);
    }

    fn holes_in(&mut self, view: View<'_>) {
        let mut from = 0;
        loop {
            if let Some(begun) = self.open_hole {
                // It may have been met in the last view's look ahead, and then begins later than this view.
                let text = begun.saturating_add(1).saturating_sub(view.at);
                from = usize::try_from(text).unwrap_or(usize::MAX).max(from);
                let rest = view.own().get(from..).unwrap_or_default();
                let Some(length) =
                    rest.iter().position(|b| !b.is_ascii_hexdigit() && !b.is_ascii_whitespace())
                else {
                    return;
                };
                from = from.saturating_add(length);
                self.open_hole = None;
                if rest.get(length) == Some(&b'>') && self.holes.len() < MOST {
                    self.holes.push((begun, view.at.saturating_add(wide(from)).saturating_add(1)));
                }
            }
            let rest = view.bytes.get(from..).unwrap_or_default();
            let Some(place) = memchr::memmem::find(rest, b"/Contents") else { return };
            let place = from.saturating_add(place);
            if place >= view.own {
                return;
            }
            from = place.saturating_add(b"/Contents".len());
            let after = view.bytes.get(from..).unwrap_or_default();
            let blanks = after.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if after.get(blanks) == Some(&b'<') && after.get(blanks.saturating_add(1)) != Some(&b'<') {
                self.open_hole = Some(view.at.saturating_add(wide(from.saturating_add(blanks))));
            }
        }
    }

    pub(super) fn found(&self, size: u64) -> Found {
        let whole = self.end_mark.is_some_and(|mark| self.last_byte.saturating_sub(mark) <= END_WITHIN);
        let signed = self.names_signature && !self.ranges.is_empty();
        let covers = |[first, before, second, after]: &Range| {
            let hole = (first.saturating_add(*before), *second);
            *first == 0 && second.checked_add(*after) == Some(size) && self.holes.contains(&hole)
        };
        Found { whole, signed, covers_whole: signed.then(|| self.ranges.iter().any(covers)) }
    }
}

/// The name that follows: `/Sig`.
fn name(after: &[u8]) -> Option<&[u8]> {
    let name = after.trim_ascii_start().strip_prefix(b"/")?;
    let end =
        name.iter().position(|b| b.is_ascii_whitespace() || b"/<>[]()%{}".contains(b)).unwrap_or(name.len());
    name.get(..end)
}

/// The four numbers that follow: `[0 840 960 240]`. The asterisks of a place that was kept for them are none.
fn byte_range(after: &[u8]) -> Option<Range> {
    let inside = after.trim_ascii_start().strip_prefix(b"[")?;
    let end = inside.iter().position(|byte| *byte == b']')?;
    let text = std::str::from_utf8(inside.get(..end)?).ok()?;
    let mut numbers = text.split_ascii_whitespace().map(|number| number.parse().ok());
    let range = [numbers.next()??, numbers.next()??, numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(range)
}
