//! Small documents of each form that a one-stop system holds, made from a seed. They hold no personal data; those that
//! look signed hold noise in the place of a signature.

use std::fmt::Write as _;

use rand::RngExt as _;
use rand::rngs::StdRng;

/// The beginning of an error page, which vendors' stores give in place of a file.
pub(crate) const ERROR_PAGE: &[u8] =
    b"<!DOCTYPE html>\n<html><head><title>404</title></head><body>Khong tim thay tep</body></html>\n";

/// A document of one page and about `size` bytes, with a table of its objects.
pub(crate) fn pdf(rng: &mut StdRng, size: usize, signed: bool) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    let mut object = |bytes: &mut Vec<u8>, text: &[u8]| {
        places.push(bytes.len());
        bytes.extend_from_slice(format!("{} 0 obj\n", places.len()).as_bytes());
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\nendobj\n");
    };
    object(&mut bytes, b"<< /Type /Catalog /Pages 2 0 R >>");
    object(&mut bytes, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    object(&mut bytes, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>");
    // A scan: noise that no compression makes smaller.
    let scan = noise(rng, size.saturating_sub(700));
    let mut stream = format!("<< /Length {} >>\nstream\n", scan.len()).into_bytes();
    stream.extend_from_slice(&scan);
    stream.extend_from_slice(b"\nendstream");
    object(&mut bytes, &stream);
    if signed {
        object(&mut bytes, b"");
        let place = bytes.len() - b"\nendobj\n".len();
        bytes.truncate(place);
        return end(signature(rng, bytes), &places);
    }
    end(bytes, &places)
}

const WIDTH: usize = 10;

/// The dictionary of a signature, whose range is filled in by [`cover`].
fn signature(rng: &mut StdRng, mut bytes: Vec<u8>) -> Vec<u8> {
    let zero = "0".repeat(WIDTH);
    bytes.extend_from_slice(
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached\n/ByteRange [",
    );
    bytes.extend_from_slice([zero.as_str(); 4].join(" ").as_bytes());
    bytes.extend_from_slice(b"]\n/Contents <");
    for byte in noise(rng, 256) {
        bytes.extend_from_slice(format!("{byte:02x}").as_bytes());
    }
    bytes.extend_from_slice(b"> >>\nendobj\n");
    bytes
}

/// The table of the objects, the end mark, and the range of a signature.
fn end(mut bytes: Vec<u8>, places: &[usize]) -> Vec<u8> {
    let table = bytes.len();
    let mut text = format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1);
    for place in places {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{place:010} 00000 n ");
    }
    let size = places.len() + 1;
    let _ = write!(text, "trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    bytes.extend_from_slice(text.as_bytes());
    cover(bytes)
}

/// Lets the range of a signature, if there is one, cover all but the signature itself.
fn cover(mut bytes: Vec<u8>) -> Vec<u8> {
    let find = |what: &[u8]| bytes.windows(what.len()).rposition(|window| window == what);
    let (Some(range), Some(contents)) = (find(b"/ByteRange ["), find(b"/Contents <")) else { return bytes };
    let from = contents + b"/Contents ".len();
    let Some(length) = bytes.iter().skip(from).position(|byte| *byte == b'>') else { return bytes };
    let to = from + length + 1;
    let text = format!("{:0WIDTH$} {from:0WIDTH$} {to:0WIDTH$} {:0WIDTH$}", 0, bytes.len() - to);
    let begins = range + b"/ByteRange [".len();
    bytes.splice(begins..begins + text.len(), text.into_bytes());
    bytes
}

/// A picture in segments, of about `size` bytes. Only its form is one of a JPEG.
pub(crate) fn jpeg(rng: &mut StdRng, size: usize) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
    bytes.extend_from_slice(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00");
    // Within the picture a byte 0xff is followed by a zero.
    for byte in noise(rng, size.saturating_sub(bytes.len() + 2)) {
        bytes.push(byte);
        if byte == 0xff {
            bytes.push(0);
        }
    }
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

/// A document with a signature's element, of about `size` bytes.
pub(crate) fn xml(rng: &mut StdRng, size: usize) -> Vec<u8> {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ketQua>\n<noiDung>".to_owned();
    for byte in noise(rng, size.saturating_sub(300) / 2) {
        let _ = write!(text, "{byte:02x}");
    }
    text.push_str(
        "</noiDung>\n<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignatureValue>",
    );
    for byte in noise(rng, 32) {
        let _ = write!(text, "{byte:02x}");
    }
    text.push_str("</ds:SignatureValue></ds:Signature>\n</ketQua>\n");
    text.into_bytes()
}

fn noise(rng: &mut StdRng, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    rng.fill(bytes.as_mut_slice());
    bytes
}
