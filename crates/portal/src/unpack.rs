//! Content codings of an answer: packed though nobody asked for it.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The first bytes of everything that gzip packs.
const GZIP: &[u8] = b"\x1f\x8b";
/// Most codings, one within the other.
const MOST_LAYERS: usize = 4;

/// The reason why an answer cannot be unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotUnpacked {
    /// It is packed in a way that is not known; its name.
    UnknownCoding(String),
    /// It is not packed as it says, or breaks off; the name of its coding.
    Broken(&'static str),
    /// It grows over the cap.
    TooLong,
}

/// Whether the content of `bytes`, which `codings` were applied to, may be longer than they are.
pub(crate) fn may_grow(bytes: &[u8], codings: &str) -> bool {
    bytes.starts_with(GZIP) || !(codings.is_empty() || is_plain(bytes))
}

/// The content of `bytes`, which `codings` were applied to in this order, at most `cap` bytes.
///
/// # Errors
/// It is packed in another way, is broken, or is longer.
pub(crate) fn unpacked(bytes: Vec<u8>, codings: &str, cap: usize) -> Result<Vec<u8>, NotUnpacked> {
    let mut bytes = bytes;
    let named: Vec<String> = codings.split(',').map(|coding| coding.trim().to_ascii_lowercase()).collect();
    for coding in named.iter().rev().take(MOST_LAYERS) {
        bytes = match coding.as_str() {
            "" | "identity" | "utf-8" | "none" => bytes,
            // Some servers name a coding and send the text as it is.
            "gzip" | "x-gzip" | "deflate" | "br" if is_plain(&bytes) => bytes,
            "gzip" | "x-gzip" => read("gzip", MultiGzDecoder::new(bytes.as_slice()), cap)?,
            "deflate" => deflated(&bytes, cap)?,
            "br" => read("br", Decompressor::new(bytes.as_slice(), 4_096), cap)?,
            _ => return Err(NotUnpacked::UnknownCoding(for_showing(coding))),
        };
    }
    if bytes.starts_with(GZIP) {
        // Packed without a word.
        bytes = read("gzip", MultiGzDecoder::new(bytes.as_slice()), cap)?;
    }
    Ok(bytes)
}

/// Servers mean zlib by it, or what zlib has within.
fn deflated(bytes: &[u8], cap: usize) -> Result<Vec<u8>, NotUnpacked> {
    match read("deflate", ZlibDecoder::new(bytes), cap) {
        Err(NotUnpacked::Broken(_)) => read("deflate", DeflateDecoder::new(bytes), cap),
        other => other,
    }
}

fn read(coding: &'static str, packed: impl Read, cap: usize) -> Result<Vec<u8>, NotUnpacked> {
    let mut bytes = Vec::new();
    let one_more = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    let result: io::Result<usize> = packed.take(one_more).read_to_end(&mut bytes);
    match result {
        _ if bytes.len() > cap => Err(NotUnpacked::TooLong),
        Ok(_) => Ok(bytes),
        Err(_) => Err(NotUnpacked::Broken(coding)),
    }
}

fn is_plain(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), None | Some(b'{' | b'[' | b'<'))
}

fn for_showing(coding: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    coding.chars().filter(plain).take(20).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::{NotUnpacked, unpacked};

    const JSON: &[u8] = b"{\"error_code\":0}";
    /// `JSON` as brotli writes it uncompressed.
    const BROTLI: &[u8] = b"\xf0\x00\x10{\"error_code\":0}\x03";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_is_packed_is_unpacked_named_or_not() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(JSON).unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(JSON).unwrap();
        for (bytes, coding) in [
            (gzip(JSON), "gzip"),
            (gzip(JSON), "X-GZIP"),
            (gzip(JSON), ""),
            (gzip(&gzip(JSON)), "gzip, gzip"),
            (zlib.finish().unwrap(), "deflate"),
            (raw.finish().unwrap(), "deflate"),
            (BROTLI.to_vec(), "br"),
            (JSON.to_vec(), "gzip"),
            (JSON.to_vec(), "identity"),
        ] {
            assert_eq!(unpacked(bytes, coding, 100).as_deref(), Ok(JSON), "{coding}");
        }
    }

    #[test]
    fn what_cannot_be_unpacked_is_told_by_its_name_and_never_grows_over_the_cap() {
        assert_eq!(unpacked(b"x".to_vec(), "zstd", 100), Err(NotUnpacked::UnknownCoding("zstd".to_owned())));
        let cut = gzip(JSON).split_at(15).0.to_vec();
        assert_eq!(unpacked(cut, "gzip", 100), Err(NotUnpacked::Broken("gzip")));
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert_eq!(unpacked(bomb, "gzip", 1_000), Err(NotUnpacked::TooLong));
    }
}
