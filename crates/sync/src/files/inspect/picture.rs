//! Whether a picture, archive or XML document has its end.

use super::window::View;
use dongbo_model::FileKind;

/// Walks the segments of a JPEG. The small picture of a preview stands inside a segment, which is stepped over, so that
/// its end is not taken for the picture's.
#[derive(Debug, Default)]
pub(super) struct Jpeg {
    state: JpegState,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum JpegState {
    /// Picture data, or between two segments.
    #[default]
    Data,
    /// After a byte 0xff.
    Marker,
    /// Before the first byte of a length.
    High,
    /// Before the second byte of a length.
    Low(u8),
    /// The number of bytes of a segment that are to come.
    Segment(usize),
    /// The end was met.
    End,
}

impl Jpeg {
    pub(super) fn see(&mut self, mut bytes: &[u8]) {
        use JpegState::{Data, End, High, Low, Marker, Segment};
        while let Some((&byte, rest)) = bytes.split_first() {
            self.state = match self.state {
                End => return,
                Data => {
                    let Some(place) = memchr::memchr(0xff, bytes) else { return };
                    bytes = bytes.get(place.saturating_add(1)..).unwrap_or_default();
                    self.state = Marker;
                    continue;
                }
                Segment(left) => {
                    let passed = left.min(bytes.len());
                    bytes = bytes.get(passed..).unwrap_or_default();
                    self.state = if left == passed { Data } else { Segment(left.saturating_sub(passed)) };
                    continue;
                }
                Marker => match byte {
                    0xff => Marker,
                    0xd9 => End,
                    // A 0xff of the picture itself, a mark to restart, the picture's beginning: nothing belongs to them.
                    0 | 1 | 0xd0..=0xd8 => Data,
                    _ => High,
                },
                High => Low(byte),
                Low(high) => {
                    // The length counts itself.
                    let length = usize::from(u16::from_be_bytes([high, byte])).saturating_sub(2);
                    if length == 0 { Data } else { Segment(length) }
                }
            };
            bytes = rest;
        }
    }

    pub(super) fn whole(&self) -> bool {
        self.state == JpegState::End
    }
}

/// Ends that are recognised by a mark or the last byte.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The mark after which nothing more needs to come.
    mark: bool,
    /// The last byte that is not filling.
    last: Option<u8>,
}

impl Ends {
    pub(super) fn see(&mut self, kind: FileKind, view: View<'_>) {
        let mark: &[u8] = match kind {
            FileKind::Png => b"IEND\xae\x42\x60\x82",
            FileKind::Zip => b"PK\x05\x06",
            _ => b"",
        };
        if !mark.is_empty() {
            self.mark |= view.find(mark).next().is_some();
        }
        let filling = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != 0;
        self.last = view.own().iter().rfind(filling).copied().or(self.last);
    }

    /// Whether the end is there; true for kinds whose end cannot be recognised.
    pub(super) fn whole(&self, kind: FileKind) -> bool {
        match kind {
            FileKind::Png | FileKind::Zip => self.mark,
            FileKind::Gif => self.last == Some(b';'),
            FileKind::Xml => self.last == Some(b'>'),
            FileKind::Pdf | FileKind::Jpeg | FileKind::Tiff | FileKind::Other => true,
        }
    }
}

/// A signature in an XML document: the namespace of XML signatures, and an element `Signature`. In UTF-16 it is not found.
#[derive(Debug, Default)]
pub(super) struct Xml {
    names_space: bool,
    has_element: bool,
}

impl Xml {
    pub(super) fn see(&mut self, view: View<'_>) {
        self.names_space |= view.find(b"http://www.w3.org/2000/09/xmldsig#").next().is_some();
        self.has_element |= memchr::memchr_iter(b'<', view.own()).any(|place| {
            let after = view.bytes.get(place.saturating_add(1)..).unwrap_or_default();
            is_signature(after.get(..after.len().min(100)).unwrap_or_default())
        });
    }

    pub(super) fn signed(&self) -> bool {
        self.names_space && self.has_element
    }
}

/// `Signature` or `ds:Signature` and then its attributes or its end.
fn is_signature(tag: &[u8]) -> bool {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let Some(end) = tag.iter().position(ends) else { return false };
    let name = tag.get(..end).unwrap_or_default();
    let local = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
    local == b"Signature" && name.len() <= local.len().saturating_add(65)
}
