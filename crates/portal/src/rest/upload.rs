//! The upload of one file: a form of one part that is read while it is sent, and the receipt.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::envelope::{scalar, text};
use crate::outcome::Outcome;
use crate::parse::Parsed;
use dongbo_model::Text;

/// The bytes of a file, piece by piece.
pub type Content = BoxStream<'static, io::Result<Bytes>>;

/// The platform's receipt for a file that it took in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The file's identifier on the platform (`IdTepTin`).
    pub id: Text,
    /// The file's SHA-256 (`HashTepTin`) as 64 lower-case hexadecimal digits; it equals ours.
    pub sha256: Text,
}

/// The reason why a file is not known to be on the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotUploaded {
    /// The platform's answer, or the one in its place. Whatever its outcome, the file may be sent again: an upload that no
    /// dossier refers to changes nothing.
    Answered(Answer),
    /// It took in other bytes than were read: they were damaged on the way, or the file changed meanwhile. Read it and
    /// send it again.
    Damaged,
}

/// The first element of `data` when it wraps the answer of the store behind the platform.
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    response: Inner<'a>,
}

/// The answer of the store.
#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(borrow)]
    data: Vec<Element<'a>>,
}

/// One receipt.
#[derive(Deserialize)]
struct Element<'a> {
    #[serde(rename = "IdTepTin", borrow)]
    id: &'a RawValue,
    #[serde(rename = "HashTepTin", borrow)]
    sha256: &'a RawValue,
}

/// The media type, the bytes and the length of the form that holds the file.
pub(super) fn form(name: &str, size: u64, sha256: &str, content: Content) -> (String, Content, u64) {
    // A file that holds so much of its own SHA-256 cannot be made, so the boundary is in no file. RFC 2046 allows 70
    // characters.
    let boundary = format!("dongbo-{}", sha256.get(..48).unwrap_or(sha256));
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n",
        escaped(name)
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let around = |text: &String| u64::try_from(text.len()).unwrap_or(u64::MAX);
    let length = size.saturating_add(around(&head)).saturating_add(around(&tail));
    let one = |text: String| stream::iter([Ok(Bytes::from(text))]);
    let whole = one(head).chain(content).chain(one(tail)).boxed();
    (format!("multipart/form-data; boundary={boundary}"), whole, length)
}

/// A name as a parameter of a part's head holds it (WHATWG's encoding of forms).
fn escaped(name: &str) -> String {
    name.chars().fold(String::with_capacity(name.len()), |mut text, c| {
        match c {
            '"' => text.push_str("%22"),
            '\r' => text.push_str("%0D"),
            '\n' => text.push_str("%0A"),
            other => text.push(other),
        }
        text
    })
}

/// The receipt in the answer to an upload, when its hash is the one of the file.
///
/// # Errors
/// The answer, when it is no success or holds no receipt; [`NotUploaded::Damaged`] when the hash is another.
pub(super) fn receipt(parsed: Parsed, sha256: &str) -> Result<Receipt, NotUploaded> {
    let Parsed { answer, result, .. } = parsed;
    if answer.outcome != Outcome::Delivered {
        return Err(NotUploaded::Answered(answer));
    }
    let Some((id, received)) = result.and_then(|data| first_receipt(&data)) else {
        let message = "the upload succeeded without a receipt (IdTepTin and HashTepTin in data[0] or \
                       data[0].response.data[0])";
        return Err(NotUploaded::Answered(answer.drifted(message)));
    };
    if !received.eq_ignore_ascii_case(sha256) {
        return Err(NotUploaded::Damaged);
    }
    Ok(Receipt { id: Text::new(id), sha256: Text::new(sha256) })
}

/// Identifier and hash in the first element of `data`, or in the first of `response.data` within it.
fn first_receipt(data: &RawValue) -> Option<(String, String)> {
    let elements: Vec<&RawValue> = serde_json::from_str(data.get()).ok()?;
    let first = elements.first()?.get();
    let plain = serde_json::from_str::<Element<'_>>(first).ok();
    let wrapped = || serde_json::from_str::<Wrapped<'_>>(first).ok()?.response.data.into_iter().next();
    let first = plain.or_else(wrapped)?;
    let id = scalar(Some(first.id)).filter(|id| !id.is_empty())?;
    Some((id, text(Some(first.sha256))?.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use futures_util::stream::{self, StreamExt as _};

    use super::super::envelope;
    use super::{first_receipt, form};

    #[tokio::test]
    async fn the_length_of_the_form_is_that_of_its_bytes_whatever_the_name() {
        for name in ["a.pdf", "Giấy \"khai\"\r\nsinh.pdf", ""] {
            let content = stream::iter([Ok(Bytes::from_static(b"abc")), Ok(Bytes::from_static(b"de"))]);
            let (media_type, whole, length) = form(name, 5, "ab12", content.boxed());
            let whole: Vec<Bytes> = whole.map(Result::unwrap).collect().await;
            let whole = whole.concat();
            assert_eq!(u64::try_from(whole.len()).unwrap(), length, "{name}");
            assert_eq!(media_type, "multipart/form-data; boundary=dongbo-ab12");
            let text = String::from_utf8(whole).unwrap();
            assert_eq!(text.lines().count(), 6, "a name breaks no line: {text}");
        }
    }

    #[test]
    fn a_receipt_is_the_first_element_of_data_or_of_the_answer_in_it() {
        let told = |answer: &str| {
            let envelope = envelope::parse(answer.as_bytes()).ok().unwrap();
            envelope.result.as_deref().and_then(first_receipt)
        };
        let whole =
            r#"{"code":0,"data":[{"IdTepTin":17,"HashTepTin":"AB"},{"IdTepTin":"x","HashTepTin":"y"}]}"#;
        assert_eq!(told(whole), Some(("17".to_owned(), "AB".to_owned())));
        let wrapped =
            r#"{"code":0,"data":[{"response":{"code":0,"data":[{"IdTepTin":"T1","HashTepTin":"cd"}]}}]}"#;
        assert_eq!(told(wrapped), Some(("T1".to_owned(), "cd".to_owned())));
        for none in [
            r#"{"code":0}"#,
            r#"{"data":[]}"#,
            r#"{"data":[{"IdTepTin":"","HashTepTin":"a"}]}"#,
            r#"{"data":[{"response":{"code":500,"data":null}}]}"#,
            r#"{"data":[{"response":{"data":[]}}]}"#,
        ] {
            assert_eq!(told(none), None, "{none}");
        }
    }
}
