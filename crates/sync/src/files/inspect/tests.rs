use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::{Defect, Inspector, Verdict};
use dongbo_model::FileKind;
use dongbo_source::stores::FileLimits;

/// The size of the inspector's blocks, for content that begins on a border between two.
const BLOCK: usize = 64 * 1024;

fn judged_in(bytes: &[u8], name: &str, limits: &FileLimits, mut cut: impl FnMut() -> usize) -> Verdict {
    let mut inspector = Inspector::new(limits, name);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(cut().min(rest.len()));
        if inspector.feed(now).is_err() {
            break;
        }
        rest = later;
    }
    inspector.finish()
}

fn judged(bytes: &[u8], name: &str) -> Verdict {
    judged_in(bytes, name, &FileLimits::default(), || usize::MAX)
}

fn pdf(filling: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nstream\n".to_vec();
    bytes.extend((0..filling).map(|place| u8::try_from(place % 251).unwrap()));
    bytes.extend_from_slice(b"\nendstream\nstartxref\n9\n%%EOF\n");
    bytes
}

/// A PDF with a signature whose dictionary stands behind `filling` bytes, and whose range covers the whole.
fn signed_pdf(filling: usize, hex: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'%', filling));
    bytes.extend_from_slice(b"\n<< /Type /Sig /SubFilter /adbe.pkcs7.detached /ByteRange [");
    let numbers = bytes.len();
    bytes.extend_from_slice(b"0000000000 0000000000 0000000000 0000000000] /Contents ");
    let from = bytes.len();
    bytes.push(b'<');
    bytes.extend(std::iter::repeat_n(b'a', hex));
    bytes.push(b'>');
    let to = bytes.len();
    bytes.extend_from_slice(b" >>\nstartxref\n9\n%%EOF\n");
    let range = format!("{:010} {from:010} {to:010} {:010}", 0, bytes.len() - to);
    bytes[numbers..numbers + range.len()].copy_from_slice(range.as_bytes());
    bytes
}

fn jpeg() -> Vec<u8> {
    // The preview's own end is part of the segment.
    let mut bytes = b"\xff\xd8\xff\xe1\x00\x0aview..\xff\xd9".to_vec();
    bytes.extend_from_slice(b"\xff\xda\x00\x04ab");
    bytes.extend(b"picture\xff\x00\xff\xd0".repeat(9_000));
    bytes.extend_from_slice(b"\xff\xd9");
    bytes
}

fn xml(signature: &str) -> Vec<u8> {
    format!("<?xml version=\"1.0\"?>\n<giay>{}{signature}</giay>\n", "a".repeat(BLOCK)).into_bytes()
}

const XML_SIGNATURE: &str = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"></ds:Signature>";

#[test]
fn a_whole_file_of_each_kind_has_no_defect() {
    let png = b"\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82".to_vec();
    for (bytes, name, kind) in [
        (pdf(100_000), "a.pdf", FileKind::Pdf),
        (jpeg(), "a.JPG", FileKind::Jpeg),
        (png, "a.png", FileKind::Png),
        (b"II*\0\x08\0\0\0".to_vec(), "a.tif", FileKind::Tiff),
        (xml(""), "a.xml", FileKind::Xml),
        (pdf(1), "no end that promises anything", FileKind::Pdf),
    ] {
        let verdict = judged(&bytes, name);
        assert_eq!((verdict.kind, &verdict.defects), (kind, &Vec::new()), "{name}");
        assert_eq!(verdict.size, bytes.len() as u64);
        assert!(!verdict.signed);
    }
}

#[test]
fn each_defect_is_found_and_told_with_what_it_needs() {
    let mismatch = Defect::KindMismatch { name_says: FileKind::Pdf, bytes_say: FileKind::Other };
    let jpeg_as_pdf = Defect::KindMismatch { name_says: FileKind::Pdf, bytes_say: FileKind::Jpeg };
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() * 2 / 3].to_vec();
    for (bytes, name, defects) in [
        (Vec::new(), "a.pdf", vec![Defect::Empty]),
        (b"<html>404</html>".to_vec(), "a.pdf", vec![mismatch]),
        (jpeg(), "a.pdf", vec![jpeg_as_pdf]),
        (b"PK\x03\x04..PK\x05\x06".to_vec(), "a.docx", vec![Defect::KindNotAllowed { kind: FileKind::Zip }]),
        (b"MZ".to_vec(), "a", vec![Defect::KindNotAllowed { kind: FileKind::Other }]),
        (cut(pdf(70_000)), "a.pdf", vec![Defect::CutOff]),
        (cut(jpeg()), "a.jpg", vec![Defect::CutOff]),
        (b"\x89PNG\r\n\x1a\n....IE".to_vec(), "a.png", vec![Defect::CutOff]),
        (cut(xml("")), "a.xml", vec![Defect::CutOff]),
    ] {
        assert_eq!(judged(&bytes, name).defects, defects, "{name}");
    }
}

#[test]
fn what_stands_behind_the_end_mark_may_be_filling_and_little_else() {
    let with = |tail: &[u8]| [pdf(10), tail.to_vec()].concat();
    assert_eq!(judged(&with(&[0; 5_000]), "a.pdf").defects, []);
    assert_eq!(judged(&with(&[b'x'; 900]), "a.pdf").defects, []);
    assert_eq!(judged(&with(&[b'x'; 1_100]), "a.pdf").defects, [Defect::CutOff]);
}

#[test]
fn a_file_of_just_the_limit_is_taken_and_one_byte_more_is_not() {
    let bytes = pdf(200_000);
    let limit = bytes.len() as u64;
    let at = |max_bytes| {
        let limits = FileLimits { max_bytes, ..FileLimits::default() };
        judged_in(&bytes, "a.pdf", &limits, || 1_000)
    };
    assert_eq!(at(limit).defects, []);
    let verdict = at(limit - 1);
    assert_eq!(verdict.defects, [Defect::TooLarge { limit: limit - 1 }]);
    assert_eq!((verdict.sha256, verdict.size, verdict.kind), (None, limit - 1, FileKind::Pdf));
}

#[test]
fn the_hash_is_that_of_all_bytes() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(judged(b"", "").sha256.as_deref(), Some(empty));
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(judged(b"abc", "").sha256.as_deref(), Some(abc));
}

#[test]
fn a_signature_is_found_and_its_range_compared_with_the_file() {
    let covering = signed_pdf(100, 40_000);
    let verdict = judged(&covering, "a.pdf");
    assert_eq!((verdict.signed, verdict.covers_whole, verdict.defects), (true, Some(true), vec![]));
    let added = [covering, b"\n5 0 obj (added later) endobj\n%%EOF\n".to_vec()].concat();
    let verdict = judged(&added, "a.pdf");
    assert_eq!((verdict.signed, verdict.covers_whole), (true, Some(false)));
    let text = |text: &str| judged(text.as_bytes(), "a.pdf");
    for unsigned in [
        "%PDF-1.7 << /ByteRange [0 /********** /**********] /SubFilter /adbe.pkcs7.detached >> %%EOF",
        "%PDF-1.7 << /Type /SigRef /ByteRange [0 1 2 3] >> %%EOF",
        "%PDF-1.7 << /Type /Sig >> %%EOF",
        "%PDF-1.7 << /Type /DocTimeStamp /SubFilter /ETSI.RFC3161 /ByteRange [0 1 2 3] >> %%EOF",
    ] {
        assert_eq!((text(unsigned).signed, text(unsigned).covers_whole), (false, None), "{unsigned}");
    }
    // A hole that is more than the signature could hide anything.
    let wide =
        "%PDF-1.7 << /Type /Sig /ByteRange [0 10 90 9] /Contents <aa> >> .......................... %%EOF\n";
    assert_eq!(text(wide).covers_whole, Some(false));
    let signed = |signature: &str| judged(&xml(signature), "a.xml").signed;
    assert!(signed(XML_SIGNATURE));
    assert!(!signed("<Signature>by hand</Signature>"));
    assert!(!signed("<SignatureValue xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>"));
}

#[test]
fn a_signature_is_found_wherever_it_lies_across_the_inspectors_blocks() {
    for shift in 0..400 {
        let verdict = judged(&signed_pdf(BLOCK - 300 + shift, 10), "a.pdf");
        assert_eq!(
            (verdict.signed, verdict.covers_whole, verdict.defects),
            (true, Some(true), vec![]),
            "{shift}"
        );
    }
}

#[test]
fn no_way_of_cutting_a_file_changes_the_verdict() {
    let files = [
        pdf(3 * BLOCK),
        signed_pdf(BLOCK, 2 * BLOCK),
        signed_pdf(3, 5),
        jpeg(),
        xml(XML_SIGNATURE),
        b"\x89PNG\r\n\x1a\n....IEND\xae\x42\x60\x82".to_vec(),
        b"<html>404</html>".to_vec(),
        Vec::new(),
    ];
    let limits = [FileLimits::default(), FileLimits { max_bytes: 100_000, ..FileLimits::default() }];
    for seed in 0..60 {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut bytes = files[rng.random_range(0..files.len())].clone();
        // Cut, or with something changed, as well as whole.
        match rng.random_range(0..3) {
            0 => bytes.truncate(rng.random_range(0..=bytes.len())),
            1 if !bytes.is_empty() => {
                let place = rng.random_range(0..bytes.len());
                bytes[place] = rng.random();
            }
            _ => {}
        }
        for limits in &limits {
            let whole = judged_in(&bytes, "a.pdf", limits, || usize::MAX);
            let most = [1_usize, 2, 100, BLOCK, 3 * BLOCK][rng.random_range(0..5)];
            let cut = judged_in(&bytes, "a.pdf", limits, || rng.random_range(1..=most));
            assert_eq!(cut, whole, "seed {seed}, pieces of at most {most}");
        }
    }
}
