//! The last step of an answer: the response, whose end is counted, logged and handed in.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::sync::mpsc;

use super::body::{Broken, Ended, Fetch};
use super::locate::Located;
use super::open::Opened;
use super::range::PartlyFetched;
use super::unserved::UnservedBook;
use crate::files::budget::Budget;
use crate::metrics::{FileOutcome, Metrics};
use dongbo_ledger::FileNews;
use dongbo_model::clock::Clock;
use dongbo_model::{FileKind, FileTrouble};

/// What a browser that opens a file all the same may do with what it names: nothing.
const POLICY: &str = "default-src 'none'; sandbox";

/// Makes the responses that give files. Cheap to clone.
#[derive(Clone)]
pub(super) struct Responder {
    pub(super) bytes: Arc<Budget>,
    pub(super) partly: Arc<PartlyFetched>,
    pub(super) unserved: Arc<UnservedBook>,
    pub(super) clock: Clock,
    pub(super) metrics: Arc<Metrics>,
}

impl Responder {
    /// The response that gives `opened`.
    pub(super) fn respond(&self, opened: Opened) -> Response {
        let Opened { file, stat, part, blocks, permit, place } = opened;
        let range = part.clone().unwrap_or(0..stat.size);
        let kept_closed = is_kept_closed(file.kind);
        let headers = [
            (header::CONTENT_LENGTH, Some(range.end.saturating_sub(range.start).to_string())),
            (header::CONTENT_TYPE, Some(media_type(file.kind).to_owned())),
            (header::ETAG, Some(file.tag())),
            (header::ACCEPT_RANGES, Some("bytes".to_owned())),
            (header::CACHE_CONTROL, Some("private, no-store".to_owned())),
            (header::X_CONTENT_TYPE_OPTIONS, Some("nosniff".to_owned())),
            (header::CONTENT_SECURITY_POLICY, kept_closed.then(|| POLICY.to_owned())),
            (header::CONTENT_DISPOSITION, kept_closed.then(|| "attachment".to_owned())),
            (
                header::CONTENT_RANGE,
                part.as_ref()
                    .map(|part| format!("bytes {}-{}/{}", part.start, part.end.saturating_sub(1), stat.size)),
            ),
        ];
        let body = match blocks {
            None => {
                self.metrics.file_asked(FileOutcome::Head);
                Body::empty()
            }
            Some(blocks) => {
                let sha256 = part.is_none().then(|| file.linked.mark.sha256.clone());
                let ended = self.ending(file, part.is_none(), place);
                let budget = Arc::clone(&self.bytes);
                Body::from_stream(Fetch { blocks, range, sha256, budget, permit, ended }.body())
            }
        };
        let mut response = Response::new(body);
        if part.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        for (name, value) in headers {
            if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }

    /// The work at the end of an answer: the arrival is handed in once the portal has had every byte.
    fn ending(&self, file: Located, whole: bool, place: mpsc::OwnedPermit<FileNews>) -> Ended {
        let (responder, link_id) = (self.clone(), file.link_id);
        let (code, role, size) = (file.linked.code, file.linked.place.role, file.linked.mark.size);
        let began = responder.clock.now();
        Box::new(move |ended| {
            let took = (responder.clock.now() - began).to_std().unwrap_or_default();
            let outcome = match &ended {
                Ok(_) if whole => FileOutcome::Whole,
                Ok(_) => FileOutcome::Part,
                Err(Broken::Content) => FileOutcome::Changed,
                Err(Broken::Store) => FileOutcome::Failed,
                Err(Broken::Peer) => FileOutcome::Broken,
            };
            responder.metrics.file_asked(outcome);
            let outcome = outcome.name();
            let bytes = ended.as_ref().map_or(0, |range| range.end.saturating_sub(range.start));
            responder.metrics.file_bytes("served", bytes);
            tracing::info!(
                event = "files.served",
                %code,
                role = role.name(),
                outcome,
                bytes,
                took_s = took.as_secs_f64(),
                "The portal fetched a file of {code} ({outcome}, {bytes} bytes)"
            );
            if ended.as_ref().is_ok_and(|range| responder.partly.completes(&link_id, range.clone(), size)) {
                drop(place.send(FileNews::Arrived(code, link_id)));
                return;
            }
            match ended {
                Err(Broken::Content) => drop(place.send(FileNews::Questioned(code, link_id))),
                Err(Broken::Store) => {
                    let unserved = responder.unserved.of(code, link_id, FileTrouble::NotGiven, "cut");
                    drop(place.send(FileNews::Unserved(unserved)));
                }
                Err(Broken::Peer) => {
                    let unserved = responder.unserved.of(code, link_id, FileTrouble::BrokenOff, "");
                    drop(place.send(FileNews::Unserved(unserved)));
                }
                Ok(_) => {}
            }
        })
    }
}

/// Whether a browser is to keep the file and not to open it: everything that could be a page with commands in it, and
/// whatever is not known to be none.
const fn is_kept_closed(kind: Option<FileKind>) -> bool {
    !matches!(kind, Some(FileKind::Pdf | FileKind::Jpeg | FileKind::Png | FileKind::Tiff | FileKind::Gif))
}

const fn media_type(kind: Option<FileKind>) -> &'static str {
    match kind {
        Some(FileKind::Pdf) => "application/pdf",
        Some(FileKind::Jpeg) => "image/jpeg",
        Some(FileKind::Png) => "image/png",
        Some(FileKind::Tiff) => "image/tiff",
        Some(FileKind::Gif) => "image/gif",
        Some(FileKind::Xml) => "application/xml",
        Some(FileKind::Zip | FileKind::Other) | None => "application/octet-stream",
    }
}
