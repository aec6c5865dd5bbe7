//! An object store that speaks the little of S3 that reading needs: `HEAD` and `GET`, with parts, of a bucket in the path.
//! It checks the signature of each request (AWS Signature Version 4).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::Error;

/// The one bucket.
pub const BUCKET: &str = "ket-qua";
/// The identifier of the one access key.
pub const ACCESS_KEY: &str = "AKIATESTBED";
/// The secret of the one access key.
pub const SECRET_KEY: &str = "testbed/secret+key";
/// When every object was last written.
pub const CHANGED: &str = "Tue, 15 Sep 2026 02:30:00 GMT";

#[derive(Default)]
struct Content {
    objects: BTreeMap<String, Bytes>,
    trouble: Option<StatusCode>,
    refused: u64,
}

/// A store on a free port of the loopback, which ends with this value.
pub struct PrivateS3 {
    content: Arc<Mutex<Content>>,
    address: SocketAddr,
    serving: AbortHandle,
}

impl PrivateS3 {
    /// Starts with an empty bucket.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> Result<Self, Error> {
        let content = Arc::<Mutex<Content>>::default();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(Error::io("listen for S3"))?;
        let address = listener.local_addr().map_err(Error::io("read the S3 store's address"))?;
        let app = Router::new().fallback(answer).with_state(Arc::clone(&content));
        // It only ends with an error of the listener, which every request then shows.
        let serving = tokio::spawn(async move { drop(axum::serve(listener, app).await) }).abort_handle();
        Ok(Self { content, address, serving })
    }

    /// The address of the store, without a bucket.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts an object in its place.
    pub fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        self.lock().objects.insert(key.to_owned(), bytes.into());
    }

    /// From now on answers everything with `status`; with `None` as it should.
    pub fn answer_with(&self, status: Option<u16>) {
        self.lock().trouble = status.and_then(|status| StatusCode::from_u16(status).ok());
    }

    /// Requests that were not signed as they should be.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.lock().refused
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for PrivateS3 {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(State(content): State<Arc<Mutex<Content>>>, request: Request) -> Response {
    let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_signed(&request) {
        content.refused += 1;
        return error(StatusCode::FORBIDDEN, "SignatureDoesNotMatch");
    }
    if let Some(status) = content.trouble {
        return error(status, "Trouble");
    }
    let path = percent_decoded(request.uri().path());
    let key = path.strip_prefix(&format!("/{BUCKET}/"));
    let Some(bytes) = key.and_then(|key| content.objects.get(key)) else {
        return error(StatusCode::NOT_FOUND, "NoSuchKey");
    };
    let tag = format!("\"{}\"", hex(&Sha256::digest(bytes)));
    let wanted = request.headers().get(header::IF_MATCH);
    if wanted.is_some_and(|wanted| wanted.as_bytes() != tag.as_bytes()) {
        return error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    let size = bytes.len();
    let (status, bytes, range) = match range(request.headers(), size) {
        None => (StatusCode::OK, bytes.clone(), None),
        Some(Some((first, last))) => {
            let told = format!("bytes {first}-{last}/{size}");
            (StatusCode::PARTIAL_CONTENT, bytes.slice(first..=last), Some(told))
        }
        Some(None) => return error(StatusCode::RANGE_NOT_SATISFIABLE, "InvalidRange"),
    };
    let mut answer = Response::builder()
        .status(status)
        .header(header::ETAG, tag)
        .header(header::LAST_MODIFIED, CHANGED)
        .header(header::CONTENT_LENGTH, bytes.len());
    if let Some(range) = range {
        answer = answer.header(header::CONTENT_RANGE, range);
    }
    let body = if request.method() == Method::HEAD { Body::empty() } else { Body::from(bytes) };
    answer.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn error(status: StatusCode, code: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code></Error>")).into_response()
}

/// The part that is asked for; `Some(None)` when there is no such part.
fn range(headers: &HeaderMap, size: usize) -> Option<Option<(usize, usize)>> {
    let text = headers.get(header::RANGE)?.to_str().ok()?.strip_prefix("bytes=")?;
    let (first, last) = text.split_once('-')?;
    let first: usize = first.parse().ok()?;
    let last = last.parse().unwrap_or(usize::MAX).min(size.saturating_sub(1));
    Some((first <= last && first < size).then_some((first, last)))
}

/// Whether the request carries the signature that the secret key gives.
fn is_signed(request: &Request) -> bool {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let check = || {
        let given = header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let part = |name: &str| given.split(',').find_map(|part| part.trim().strip_prefix(name));
        let (access, scope) = part("Credential=")?.split_once('/')?;
        let (signed, signature) = (part("SignedHeaders=")?, part("Signature=")?);
        let mut canonical = String::new();
        for name in signed.split(';') {
            canonical.push_str(&format!("{name}:{}\n", header(name)?.trim()));
        }
        let mut query: Vec<&str> = request.uri().query().unwrap_or_default().split('&').collect();
        query.sort_unstable();
        let (method, path) = (request.method(), request.uri().path());
        let payload = header("x-amz-content-sha256")?;
        let asked = format!("{method}\n{path}\n{}\n{canonical}\n{signed}\n{payload}", query.join("&"));
        let asked = hex(&Sha256::digest(asked.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{scope}\n{asked}", header("x-amz-date")?);
        let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
        for step in scope.split('/') {
            key = keyed(&key, step)?;
        }
        Some(access == ACCESS_KEY && hex(&keyed(&key, &to_sign)?) == signature)
    };
    check().unwrap_or(false)
}

fn keyed(key: &[u8], text: &str) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn percent_decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| byte == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
