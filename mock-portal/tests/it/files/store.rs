//! A file server that is asked for files, and may be a bad one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use sha2::{Digest as _, Sha256};

/// The manner in which a file is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// By the standard, with HEAD, ranges and a tag.
    Good,
    /// Always the whole.
    NoRanges,
    /// Other bytes of the same number with each request.
    Changing,
    /// The connection ends in the middle.
    Short,
    /// Not here.
    Redirect,
    /// Nothing but this status.
    Status(u16),
}

#[derive(Default)]
struct Shelf {
    files: BTreeMap<String, (Vec<u8>, Manner)>,
    requests: Vec<String>,
}

/// The running server.
pub(super) struct FileStore {
    shelf: Arc<Mutex<Shelf>>,
    url: String,
}

impl FileStore {
    pub(super) async fn start() -> Self {
        let shelf = Arc::<Mutex<Shelf>>::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/{name}", axum::routing::any(serve)).with_state(Arc::clone(&shelf));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shelf, url }
    }

    /// Puts a file there; returns its link.
    pub(super) fn put(&self, name: &str, bytes: &[u8], manner: Manner) -> String {
        self.shelf.lock().unwrap().files.insert(name.to_owned(), (bytes.to_vec(), manner));
        format!("{}/{name}", self.url)
    }

    /// Method, name and range of every request so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.shelf.lock().unwrap().requests.clone()
    }
}

async fn serve(
    State(shelf): State<Arc<Mutex<Shelf>>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let range = header(header::RANGE);
    let (mut bytes, manner, turn) = {
        let mut shelf = shelf.lock().unwrap();
        let line = format!("{} {name} {}", request.method(), range.as_deref().unwrap_or_default());
        shelf.requests.push(line.trim_end().to_owned());
        let (bytes, manner) = shelf.files[&name].clone();
        (bytes, manner, shelf.requests.len())
    };
    let answer = Response::builder();
    match manner {
        Manner::Status(status) => return answer.status(status).body(Body::empty()).unwrap(),
        Manner::Redirect => {
            return answer.status(302).header(header::LOCATION, "/elsewhere").body(Body::empty()).unwrap();
        }
        Manner::Changing => bytes[0] = u8::try_from(turn).unwrap(),
        Manner::Good | Manner::NoRanges | Manner::Short => {}
    }
    let total = bytes.len();
    let tag = format!("\"{}\"", sha256(&bytes));
    let answer = answer.header(header::ETAG, &tag).header(header::CONTENT_LENGTH, total);
    if request.method() == Method::HEAD {
        return answer.body(Body::empty()).unwrap();
    }
    if manner == Manner::Short {
        // hyper cuts the connection when the body ends before its length.
        let short = bytes[..total / 2].to_vec();
        let body = http_body_util::StreamBody::new(futures_util::stream::iter([
            Ok::<_, std::io::Error>(hyper::body::Frame::data(bytes::Bytes::from(short))),
            Err(std::io::Error::other("cut")),
        ]));
        return answer.body(Body::new(body)).unwrap();
    }
    let same = header(header::IF_RANGE).is_none_or(|known| known == tag);
    let Some(range) = range.filter(|_| manner != Manner::NoRanges && same) else {
        return answer.body(Body::from(bytes)).unwrap();
    };
    let (from, to) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
    let from: usize = from.parse().unwrap();
    let to = to.parse().map_or(total, |to: usize| (to + 1).min(total));
    if from >= total {
        let told = format!("bytes */{total}");
        let answer = Response::builder().status(StatusCode::RANGE_NOT_SATISFIABLE);
        return answer.header(header::CONTENT_RANGE, told).body(Body::empty()).unwrap();
    }
    Response::builder()
        .status(StatusCode::PARTIAL_CONTENT)
        .header(header::ETAG, &tag)
        .header(header::CONTENT_RANGE, format!("bytes {from}-{}/{total}", to - 1))
        .body(Body::from(bytes[from..to].to_vec()))
        .unwrap()
}

/// 64 lower hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
