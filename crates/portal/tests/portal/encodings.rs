//! Answers in other encodings, packings and framings than were agreed: each is read, or told by its name.

use std::io::Write;

use dongbo_model::Mode;
use dongbo_portal::{Answer, Outcome};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::canned::{Act, Canned, answer, json};
use crate::fixture::{Client, minimal};

const OK: &str = r#"{"error_code":0,"message":"Thành công","result":[]}"#;

async fn create(act: Act) -> Answer {
    let server = Canned::start([act]).await;
    Client::new(&server.url()).ndxp.create(&[&minimal("H48-1")]).await
}

/// An answer with these header lines and bytes.
fn raw(headers: &str, body: &[u8]) -> Act {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
    Act::Send([head.as_bytes(), body].concat())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[tokio::test]
async fn a_code_is_read_however_it_is_written() {
    for code in ["0", "0.0", "\"0.0\"", "\" 0 \"", "\"00\"", "0e0", "\"\\ufeff0\""] {
        let answer = create(json(&format!(r#"{{"error_code":{code},"message":"Thành công"}}"#))).await;
        assert_eq!((answer.outcome, answer.drift), (Outcome::Delivered, false), "{code}: {answer:?}");
    }
    let answer = create(json(r#"{"ErrorCode":0,"Message":"Thành công","Result":null}"#)).await;
    assert_eq!(answer.outcome, Outcome::Delivered, "{answer:?}");
}

#[tokio::test]
async fn a_code_that_nobody_knows_is_told_so_that_a_rule_can_name_it() {
    let strange = json(r#"{"error_code":true,"message":""}"#);
    let server = Canned::start([strange]).await;
    let dossier = minimal("H48-1");
    let answer = Client::new(&server.url()).ndxp.create(&[&dossier]).await;
    assert_eq!((answer.outcome, answer.drift, answer.portal_code.as_str()), (Outcome::Unknown, true, "true"));
    assert_eq!(answer.message, "HTTP 200 with code true and without a message");
    let taught = Client::with(&server.url(), |config| {
        config.verdicts = vec![toml::from_str("code = ['true']\noutcome = 'delivered'").unwrap()];
    });
    assert_eq!(taught.ndxp.create(&[&dossier]).await.outcome, Outcome::Delivered);
    for (body, name) in [
        (r#"{"message":""}"#, "without a code"),
        ("", "is empty"),
        ("<html>", "is a page of HTML or XML"),
        ("[]", "is JSON of another kind"),
        ("OK", "is no JSON"),
        (r#"{"error_code":0,"error_code":2}"#, "gives a field twice"),
        (r#"{"error_code":0,"#, "breaks off within its JSON"),
    ] {
        let answer = create(json(body)).await;
        assert_eq!(answer.outcome, Outcome::Unknown, "{body}");
        assert!(answer.message.contains(name), "{body}: {}", answer.message);
    }
}

#[tokio::test]
async fn a_look_up_that_shows_nothing_says_so_in_many_ways() {
    let dossier = minimal("H48-1");
    for none in [
        "[]",
        "null",
        "{}",
        "\"\"",
        "\" \"",
        "[{}]",
        "[null]",
        "\"[]\"",
        "false",
        "\"null\"",
        "\"{}\"",
        "[[]]",
        "[\"\"]",
        r#"[{"MaHoSo":null,"TenTTHC":"","DanhSachLePhi":[]}]"#,
        r#""\"[]\"""#,
    ] {
        let server = Canned::start([json(&format!(r#"{{"error_code":0,"result":{none}}}"#))]).await;
        let seen = Client::new(&server.url()).ndxp.look_up(&dossier, Mode::Push).await;
        assert_eq!(seen, Ok(None), "{none}");
    }
    for something in ["true", "7", "[{\"MaHoSo\":\"X-9\"}]", "\"H48-1\""] {
        let server = Canned::start([json(&format!(r#"{{"error_code":0,"result":{something}}}"#))]).await;
        let seen = Client::new(&server.url()).ndxp.look_up(&dossier, Mode::Push).await;
        assert!(seen.as_ref().is_err_and(|answer| answer.drift), "{something}: {seen:?}");
    }
}

#[tokio::test]
async fn a_record_within_a_text_is_shown_as_if_it_were_not() {
    let dossier = minimal("H48-1");
    let record = serde_json::json!([{ "MaHoSo": "H48-1", "TrangThaiHoSo": "1", "DanhSachTienDo": [] }]);
    let once = record.to_string();
    for result in [record, once.clone().into(), serde_json::Value::from(once).to_string().into()] {
        let body = serde_json::json!({ "error_code": 0, "result": result }).to_string();
        let server = Canned::start([json(&body)]).await;
        let seen = Client::new(&server.url()).ndxp.look_up(&dossier, Mode::Push).await.unwrap().unwrap();
        assert_eq!(seen.status, Some(dossier.status), "{body}");
    }
}

#[tokio::test]
async fn every_encoding_is_read_and_a_refusal_stays_one() {
    let refusal = r#"{"error_code":"2","message":"Thiếu trường bắt buộc"}"#;
    // The same in windows-1258, whose marks stand behind their letters.
    let old = b"{\"error_code\":\"2\",\"message\":\"Thi\xea\xecu tr\xfd\xf5\xccng b\xe3\xect bu\xf4\xf2c\"}";
    for (act, words) in [
        (raw("Content-Type: application/json; charset=windows-1258\r\n", old), "Thiếu trường bắt buộc"),
        (raw("Content-Type: application/json; charset=utf-8\r\n", old), "Thiếu trường bắt buộc"),
        (raw("", old), "Thiếu trường bắt buộc"),
        (raw("Content-Type: application/json; charset=utf-16\r\n", &utf16(refusal)), "Thiếu trường bắt buộc"),
        (raw("", &utf16(refusal)), "Thiếu trường bắt buộc"),
        (raw("Content-Encoding: gzip\r\n", &gzip(refusal.as_bytes())), "Thiếu trường bắt buộc"),
        (raw("Content-Encoding: gzip\r\n", &gzip(&utf16(refusal))), "Thiếu trường bắt buộc"),
        (raw("", &[b"\xef\xbb\xbf\r\n", refusal.as_bytes()].concat()), "Thiếu trường bắt buộc"),
        // Of no encoding that is known: the words are broken, and the code counts.
        (raw("", b"{\"error_code\":\"2\",\"message\":\"Thi\x81\x8du\"}"), "Thi"),
    ] {
        let answer = create(act).await;
        assert_eq!((answer.outcome, answer.portal_code.as_str()), (Outcome::Rejected, "2"), "{answer:?}");
        assert!(answer.message.starts_with(words), "{answer:?}");
    }
    let exists =
        raw("", b"{\"error_code\":\"3\",\"message\":\"H\xf4\xcc s\xf5 \xf0a\xde t\xf4\xccn ta\xf2i\"}");
    assert_eq!(create(exists).await.outcome, Outcome::Duplicate);
}

#[tokio::test]
async fn what_is_packed_is_unpacked_within_the_cap_or_told_by_its_name() {
    for headers in ["Content-Encoding: gzip\r\n", "Content-Encoding: x-gzip\r\n", ""] {
        assert_eq!(create(raw(headers, &gzip(OK.as_bytes()))).await.outcome, Outcome::Delivered, "{headers}");
    }
    let bomb = gzip(format!(r#"{{"error_code":0,"message":"{}"}}"#, "x".repeat(6_000_000)).as_bytes());
    for (act, name) in [
        (raw("Content-Encoding: zstd\r\n", b"(\xb5/\xfd"), "packed with zstd"),
        (raw("Content-Encoding: gzip\r\n", &gzip(OK.as_bytes())[..20]), "packed with gzip"),
        (raw("Content-Encoding: gzip\r\n", &bomb), "longer than"),
    ] {
        let answer = create(act).await;
        assert_eq!(answer.outcome, Outcome::Unknown, "{answer:?}");
        assert!(answer.message.contains(name), "{answer:?}");
    }
}

#[tokio::test]
async fn every_framing_is_read() {
    let length = OK.len();
    for head in [
        format!("HTTP/1.1 200 OK\r\nContent-Type : application/json\r\nContent-Length : {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {length}\n\n"),
        format!("HTTP/1.1 200 Thành công\r\nServer: Cổng\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nX Header: 1\r\nno header at all\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nX-Long: a\r\n  b\r\nContent-Length: {length}\r\n\r\n"),
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", length + 7),
    ] {
        let answer = create(Act::SendAndClose([head.as_bytes(), OK.as_bytes()].concat())).await;
        assert_eq!(answer.outcome, Outcome::Delivered, "{head}\n{answer:?}");
    }
    let hangs = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{OK}", length + 7);
    let server = Canned::start([Act::SendAndHang(hangs.into_bytes())]).await;
    let answer = Client::impatient(&server.url()).ndxp.create(&[&minimal("H48-1")]).await;
    assert_eq!(answer.outcome, Outcome::Delivered, "{answer:?}");
}

#[tokio::test]
async fn a_framing_that_cannot_be_read_is_told_by_its_name() {
    for (bytes, name) in [
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{OK}", OK.len() - 3),
            "breaks off within its JSON",
        ),
        (format!("HTTP/3.9 200 OK\r\n\r\n{OK}"), "is not HTTP as dongbo understands it"),
        (format!("HTTP/1.1 OK 200\r\n\r\n{OK}"), "is not HTTP as dongbo understands it"),
        (
            format!("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{OK}"),
            "is not HTTP as dongbo understands it",
        ),
    ] {
        let answer = create(Act::SendAndClose(bytes.clone().into_bytes())).await;
        assert_eq!(answer.outcome, Outcome::Unknown, "{bytes}");
        assert!(answer.message.contains(name), "{bytes}: {answer:?}");
    }
    assert_eq!(
        create(answer(200, "Content-Type: application/json\r\n", OK)).await.outcome,
        Outcome::Delivered
    );
}
