//! Files of a source that is read over HTTP, piece by piece through the client that is signed in.

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, LAST_MODIFIED};
use reqwest::{Response, StatusCode};

use super::client::header;
use super::fault::Fault;
use super::office::Office;
use crate::error::SourceError;
use crate::file_column::{FileLookup, FilePiece};
use dongbo_model::FileRole;

/// The most bytes of a file: no paper of a dossier has more, and a body without an end is read no further.
const LARGEST: u64 = 2_000_000_000;

impl Office {
    /// At most `length` bytes, from byte `start` on, of the file that the system gives under `key`.
    pub(crate) async fn file_piece(
        &self,
        role: FileRole,
        key: &str,
        start: u64,
        length: u32,
    ) -> Result<FileLookup, SourceError> {
        let name = match role {
            FileRole::Result => "files.results",
            FileRole::Paper => "files.papers",
        };
        let Some(template) = self.requests.files(role) else {
            let reason = format!("files of role {} are not given by the one-stop system", role.name());
            return Err(SourceError::Config(reason));
        };
        let url = template.url(&self.client.base, &[("key", key)], &[]);
        let last = start.saturating_add(u64::from(length.max(1)) - 1);
        let response = match self.client.bytes(name, &url, (start, last)).await {
            Ok(response) => response,
            Err(Fault { status: Some(404 | 410), .. }) => return Ok(FileLookup::Absent),
            Err(Fault { status: Some(416), .. }) => {
                return Ok(FileLookup::Piece(FilePiece { size: start, changed: None, bytes: Vec::new() }));
            }
            // What passes says nothing about the file.
            Err(fault) if fault.passes => return Err(fault.error),
            Err(fault) => return Err(fault.of_some(name)),
        };
        let changed = header(&response, &LAST_MODIFIED)
            .and_then(|date| DateTime::parse_from_rfc2822(date).ok())
            .map(|date| date.with_timezone(&Utc));
        let is_part = response.status() == StatusCode::PARTIAL_CONTENT;
        // A system that knows no parts gives the whole file.
        let skip = if is_part { 0 } else { start };
        let size = if is_part { size_of_part(&response) } else { announced(&response) };
        let (bytes, counted) = self.taken(name, response, skip, length, size.is_some()).await?;
        let size = size.unwrap_or(counted);
        Ok(FileLookup::Piece(FilePiece { size, changed, bytes }))
    }

    /// `length` bytes of the body after the first `skip`, and how many there are in all, unless that is known.
    async fn taken(
        &self,
        name: &str,
        mut response: Response,
        skip: u64,
        length: u32,
        is_counted: bool,
    ) -> Result<(Vec<u8>, u64), SourceError> {
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let mut at: u64 = 0;
        while !is_counted || bytes.len() < wanted {
            let chunk = response.chunk().await;
            let broken = |_| SourceError::Protocol {
                query: name.to_owned(),
                reason: "the connection broke off within a file".to_owned(),
            };
            let Some(chunk) = chunk.map_err(broken)? else { break };
            let passed = usize::try_from(skip.saturating_sub(at)).unwrap_or(usize::MAX).min(chunk.len());
            let rest = chunk.get(passed..).unwrap_or_default();
            let room = wanted.saturating_sub(bytes.len()).min(rest.len());
            bytes.extend_from_slice(rest.get(..room).unwrap_or_default());
            at = at.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if at > LARGEST {
                return Err(SourceError::TooLarge { query: name.to_owned() });
            }
        }
        Ok((bytes, at))
    }
}

/// The size that `Content-Range: bytes 0-9/100` tells.
fn size_of_part(response: &Response) -> Option<u64> {
    header(response, &CONTENT_RANGE)?.rsplit_once('/')?.1.parse().ok()
}

fn announced(response: &Response) -> Option<u64> {
    header(response, &CONTENT_LENGTH)?.parse().ok()
}
