//! The requests for one file. Its bytes are hashed as they come and not kept, but for those of ranges out of order, which
//! stay in a nameless file until all are there.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use reqwest::header::{CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use reqwest::{Client, Method, RequestBuilder, Response};
use sha2::{Digest as _, Sha256};

use super::report::Report;
use crate::files::PullKind;

/// The reason why an attempt failed, in words for a test to read.
pub(super) type Problem = &'static str;

const CONNECTION: Problem = "no connection, or cut";
const STATUS: Problem = "the status is neither 200 nor 206";
const RANGE_WRONG: Problem = "another range than asked for";
const CHANGED: Problem = "the file changed between its parts";
const HEAD_WRONG: Problem = "HEAD told another size or none";
const DISK: Problem = "no room for the parts";

/// A file whose every byte has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FetchedFile {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// The result of fetching half of a file.
pub(super) enum Half {
    /// The whole file: there was nothing to cut.
    All(FetchedFile),
    /// The beginning; the rest is still to come.
    Rest(PartialFile),
}

/// The beginning of a file.
#[derive(Default)]
pub(super) struct PartialFile {
    hash: Sha256,
    bytes: u64,
    etag: Option<String>,
}

/// A client that follows no redirection: a link is to lead to the file.
pub(super) fn client(timeout_s: u64) -> Result<Client, reqwest::Error> {
    // Somebody else in this process may have set one.
    let _was_set = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(timeout_s))
        .build()
}

/// Fetches the whole file in any way that needs no wait in between.
pub(super) async fn whole(
    client: &Client,
    link: &str,
    kind: &PullKind,
    order: u64,
    report: &Report<'_>,
) -> Result<Vec<FetchedFile>, Problem> {
    match kind {
        PullKind::Once | PullKind::Late { .. } | PullKind::Never | PullKind::Cut { .. } => {
            Ok(vec![once(client, link, report).await?])
        }
        PullKind::Twice => Ok(vec![once(client, link, report).await?, once(client, link, report).await?]),
        PullKind::Ranges { parts } => Ok(vec![ranges(client, link, *parts, order, report).await?]),
        PullKind::HeadFirst => {
            let (told, _) = head(client, link, report).await?;
            let file = once(client, link, report).await?;
            if told == file.bytes { Ok(vec![file]) } else { Err(HEAD_WRONG) }
        }
        PullKind::Together { times } => {
            let all = (0..*times).map(|_| once(client, link, report));
            futures_util::future::join_all(all).await.into_iter().collect()
        }
    }
}

async fn once(client: &Client, link: &str, report: &Report<'_>) -> Result<FetchedFile, Problem> {
    let response = ask(client.get(link), report).await?;
    if response.status() != 200 {
        return Err(STATUS);
    }
    let mut part = PartialFile::default();
    part.take_all(response).await?;
    Ok(part.finish())
}

/// Fetches half of the file and drops the connection.
pub(super) async fn half(client: &Client, link: &str, report: &Report<'_>) -> Result<Half, Problem> {
    let mut response = ask(client.get(link), report).await?;
    if response.status() != 200 {
        return Err(STATUS);
    }
    // Without a size, the connection is dropped after the first piece.
    let enough = response.content_length().unwrap_or(1).div_ceil(2);
    let mut part = PartialFile { etag: etag(&response), ..PartialFile::default() };
    while part.bytes < enough {
        let Some(chunk) = response.chunk().await.map_err(|_| CONNECTION)? else {
            return Ok(Half::All(part.finish()));
        };
        let room = usize::try_from(enough - part.bytes).unwrap_or(usize::MAX).min(chunk.len());
        part.take(chunk.get(..room).unwrap_or(&chunk));
    }
    Ok(Half::Rest(part))
}

/// Fetches the rest of the file, or all of it anew where the server does not know ranges or the file has changed.
pub(super) async fn rest(
    client: &Client,
    link: &str,
    mut part: PartialFile,
    report: &Report<'_>,
) -> Result<Vec<FetchedFile>, Problem> {
    let mut request = client.get(link).header(RANGE, format!("bytes={}-", part.bytes));
    if let Some(etag) = &part.etag {
        request = request.header(IF_RANGE, etag);
    }
    let response = ask(request, report).await?;
    match response.status().as_u16() {
        206 => {
            let (from, _, total) = content_range(&response).ok_or(RANGE_WRONG)?;
            if from != part.bytes {
                return Err(RANGE_WRONG);
            }
            part.take_all(response).await?;
            if part.bytes != total {
                return Err(RANGE_WRONG);
            }
        }
        200 => {
            part = PartialFile::default();
            part.take_all(response).await?;
        }
        // Half of the file was all of it: one byte, say.
        416 if total_of(&response) == Some(part.bytes) => {}
        _ => return Err(STATUS),
    }
    Ok(vec![part.finish()])
}

async fn ranges(
    client: &Client,
    link: &str,
    parts: u64,
    order: u64,
    report: &Report<'_>,
) -> Result<FetchedFile, Problem> {
    let (total, tag) = head(client, link, report).await?;
    if total == 0 {
        return once(client, link, report).await;
    }
    let step = total.div_ceil(parts.max(1));
    let mut starts: Vec<u64> = (0..parts).map(|part| part.saturating_mul(step)).collect();
    starts.retain(|from| *from < total);
    starts.shuffle(&mut StdRng::seed_from_u64(order));
    let file = tempfile::tempfile().map_err(|_| DISK)?;
    for from in starts {
        let to = (from + step).min(total) - 1;
        let request = client.get(link).header(RANGE, format!("bytes={from}-{to}"));
        let mut response = ask(request, report).await?;
        match response.status().as_u16() {
            206 => {}
            // The server does not know ranges, and sends everything.
            200 => {
                let mut part = PartialFile::default();
                part.take_all(response).await?;
                return Ok(part.finish());
            }
            _ => return Err(STATUS),
        }
        if content_range(&response) != Some((from, to, total)) {
            return Err(RANGE_WRONG);
        }
        if etag(&response) != tag {
            return Err(CHANGED);
        }
        let mut at = from;
        while let Some(chunk) = response.chunk().await.map_err(|_| CONNECTION)? {
            file.write_all_at(&chunk, at).map_err(|_| DISK)?;
            at += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        }
        if at != to + 1 {
            return Err(RANGE_WRONG);
        }
    }
    tokio::task::spawn_blocking(move || hash_file(file)).await.map_err(|_| DISK)?.map_err(|_| DISK)
}

fn hash_file(mut file: File) -> std::io::Result<FetchedFile> {
    file.seek(SeekFrom::Start(0))?;
    let mut part = PartialFile::default();
    let mut block = vec![0; 65_536];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(part.finish());
        }
        part.take(block.get(..read).unwrap_or_default());
    }
}

/// The size and the tag in the answer to HEAD.
async fn head(client: &Client, link: &str, report: &Report<'_>) -> Result<(u64, Option<String>), Problem> {
    let response = ask(client.request(Method::HEAD, link), report).await?;
    if response.status() != 200 {
        return Err(STATUS);
    }
    // Not `content_length()`, which is the size of the body: HEAD has none.
    let told = response.headers().get(reqwest::header::CONTENT_LENGTH);
    let told = told.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    Ok((told.ok_or(HEAD_WRONG)?, etag(&response)))
}

async fn ask(request: RequestBuilder, report: &Report<'_>) -> Result<Response, Problem> {
    report.asked();
    let response = request.send().await.map_err(|_| CONNECTION)?;
    report.answered(response.status().as_u16());
    Ok(response)
}

fn etag(response: &Response) -> Option<String> {
    response.headers().get(ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// `FROM`, `TO` and `TOTAL` of `Content-Range: bytes FROM-TO/TOTAL`.
fn content_range(response: &Response) -> Option<(u64, u64, u64)> {
    let text = response.headers().get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?, total.parse().ok()?))
}

/// `TOTAL` of `Content-Range: bytes */TOTAL`.
fn total_of(response: &Response) -> Option<u64> {
    response.headers().get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.parse().ok()
}

impl PartialFile {
    fn take(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }

    /// Takes an answer to its end; fails when fewer bytes come than its head says.
    async fn take_all(&mut self, mut response: Response) -> Result<(), Problem> {
        while let Some(chunk) = response.chunk().await.map_err(|_| CONNECTION)? {
            self.take(&chunk);
        }
        Ok(())
    }

    fn finish(self) -> FetchedFile {
        let sha256 = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        FetchedFile { bytes: self.bytes, sha256 }
    }
}
