//! A form with one file in it, read piece by piece: hashed and counted, never kept.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The longest head of a part that is read.
const MOST_HEAD: usize = 16 * 1024;

/// A file that was uploaded: its hash and size, for its bytes are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadedFile {
    /// 64 lower-case hexadecimal digits.
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

/// The state of a form that is being read.
#[derive(Debug)]
pub(crate) struct FormReader {
    /// The line between parts, with the line end before it.
    delimiter: Vec<u8>,
    state: State,
    /// Bytes that have come and cannot be judged yet.
    pending: Vec<u8>,
    hash: Sha256,
    size: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Head,
    Content,
    End,
    Wrong,
}

impl FormReader {
    /// A reader for a body of this media type; `None` when it is no form.
    pub(crate) fn new(media_type: &str) -> Option<Self> {
        let (kind, parameters) = media_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?;
        let boundary = boundary.trim_matches('"');
        (1..=70).contains(&boundary.len()).then(|| Self {
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            state: State::Head,
            // The first delimiter has no line before it.
            pending: b"\r\n".to_vec(),
            hash: Sha256::new(),
            size: 0,
        })
    }

    /// The bytes of content so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next piece of the body in.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.pending.extend_from_slice(piece);
        if self.state == State::Head {
            self.read_head();
        }
        if self.state == State::Content {
            self.read_content();
        }
    }

    /// The file, when the body was a form with one part called `files` and nothing else.
    pub(crate) fn finish(self) -> Option<UploadedFile> {
        if self.state != State::End || self.pending.trim_ascii() != b"--" {
            return None;
        }
        let sha256 = self.hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
            hex
        });
        Some(UploadedFile { sha256, size: self.size })
    }

    fn read_head(&mut self) {
        let Some(end) = find(&self.pending, b"\r\n\r\n") else {
            if self.pending.len() > MOST_HEAD {
                self.state = State::Wrong;
            }
            return;
        };
        let head = self.pending.get(..end).unwrap_or_default();
        let named = head
            .strip_prefix(self.delimiter.as_slice())
            .and_then(|head| std::str::from_utf8(head).ok())
            .is_some_and(|head| head.contains("name=\"files\"") && head.contains("filename=\""));
        self.state = if named { State::Content } else { State::Wrong };
        self.pending.drain(..end + 4);
    }

    fn read_content(&mut self) {
        let end = find(&self.pending, &self.delimiter);
        // Bytes that could be the beginning of the delimiter wait for the next piece.
        let sure = end.unwrap_or((self.pending.len() + 1).saturating_sub(self.delimiter.len()));
        let content = self.pending.get(..sure).unwrap_or_default();
        self.hash.update(content);
        self.size += u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.pending.drain(..sure);
        if end.is_some() {
            self.pending.drain(..self.delimiter.len());
            self.state = State::End;
        }
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn read(body: &[u8], piece: usize) -> Option<UploadedFile> {
        let mut reader = FormReader::new("multipart/form-data; boundary=\"x-1\"").unwrap();
        body.chunks(piece).for_each(|piece| reader.push(piece));
        reader.finish()
    }

    fn form(head: &str, content: &[u8], tail: &str) -> Vec<u8> {
        let head = format!("--x-1\r\nContent-Disposition: form-data; {head}\r\n\r\n");
        [head.as_bytes(), content, tail.as_bytes()].concat()
    }

    #[test]
    fn a_file_is_hashed_however_it_is_cut_into_pieces() {
        let head = "name=\"files\"; filename=\"a.pdf\"";
        let abc = form(head, b"abc", "\r\n--x-1--\r\n");
        let tricky = form(head, b"\r\n--x-\r\n--x\r\n--x-2", "\r\n--x-1--\r\n");
        for piece in [1, 2, 3, 7, 1_000] {
            let seen = read(&abc, piece).unwrap();
            assert_eq!((seen.sha256.as_str(), seen.size), (ABC, 3), "by {piece}");
            assert_eq!(read(&tricky, piece).unwrap().size, 18, "by {piece}");
        }
        assert_eq!(read(&form(head, b"", "\r\n--x-1--"), 5).unwrap().size, 0);
    }

    #[test]
    fn what_is_cut_or_named_otherwise_or_has_two_parts_is_no_file() {
        let head = "name=\"files\"; filename=\"a.pdf\"";
        for body in [
            form(head, b"abc", ""),
            form(head, b"abc", "\r\n--x-1"),
            form("name=\"tep\"; filename=\"a\"", b"abc", "\r\n--x-1--\r\n"),
            form(head, b"abc", "\r\n--x-1\r\n\r\n\r\nabc\r\n--x-1--\r\n"),
            b"abc".to_vec(),
        ] {
            assert_eq!(read(&body, 8), None, "{}", String::from_utf8_lossy(&body));
        }
        assert!(FormReader::new("application/json").is_none());
        assert!(FormReader::new("multipart/form-data; boundary=").is_none());
    }
}
