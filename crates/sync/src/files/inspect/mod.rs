//! Judging whether a file may be named to the portal: from its bytes while they pass by, in bounded memory.

mod defect;
mod magic;
mod pdf;
mod picture;
mod window;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

pub use defect::Defect;

use super::store::{Stat, Store, StoreError};
use dongbo_model::FileKind;
use dongbo_source::stores::FileLimits;
use window::{View, Window, wide};

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// SHA-256 of all bytes, 64 lower-case hexadecimal digits; `None` when it was not read to its end.
    pub sha256: Option<String>,
    /// The number of bytes that were judged: all, or as many as are taken.
    pub size: u64,
    /// The kind that the first bytes tell.
    pub kind: FileKind,
    /// Whether a digital signature is in it (PDF, XML). It is found, not verified.
    pub signed: bool,
    /// In a signed PDF, whether a signature's byte range covers all but the signature itself, so that nothing was added
    /// after signing; `None` elsewhere. Hash, certificate and chain are not looked at.
    pub covers_whole: Option<bool>,
    /// The media type of a page that a server gives instead of a file, when it begins as one.
    pub page: Option<&'static str>,
    /// Its defects; empty when it has none.
    pub defects: Vec<Defect>,
}

impl Verdict {
    /// The verdict on a file that could not be read.
    fn unread(defect: Defect) -> Self {
        Self {
            sha256: None,
            size: 0,
            kind: FileKind::Other,
            signed: false,
            covers_whole: None,
            page: None,
            defects: vec![defect],
        }
    }
}

/// A file that was looked for in its store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The store's word on it; `None` when it has no such file.
    pub stat: Option<Stat>,
    /// The verdict on its bytes.
    pub verdict: Verdict,
}

/// Reads the file under `key` to its end, and judges it. `file_name` is the one that staff see, whose end promises a kind.
///
/// # Errors
/// When the store is to blame and the file cannot be judged. A missing file is no error but a defect.
pub async fn look(store: &Store, key: &str, file_name: &str) -> Result<Looked, StoreError> {
    look_in_turn(store, key, file_name, async |_| {}).await
}

/// Looks as [`look`] does, and waits for `turn` once the store has said what it has, before its bytes are taken.
///
/// # Errors
/// As [`look`].
pub async fn look_in_turn(
    store: &Store,
    key: &str,
    file_name: &str,
    turn: impl AsyncFnOnce(&Stat),
) -> Result<Looked, StoreError> {
    match read_through(store, key, file_name, turn).await {
        Ok(looked) => Ok(looked),
        Err(error) => {
            let defect = Defect::of(&error).ok_or(error)?;
            Ok(Looked { stat: None, verdict: Verdict::unread(defect) })
        }
    }
}

async fn read_through(
    store: &Store,
    key: &str,
    file_name: &str,
    turn: impl AsyncFnOnce(&Stat),
) -> Result<Looked, StoreError> {
    let mut inspector = Inspector::new(store.limits(), file_name);
    let (stat, mut blocks) = store.read(key, None).await?;
    turn(&stat).await;
    while let Some(block) = blocks.try_next().await? {
        if inspector.feed(&block).is_err() {
            break;
        }
    }
    let mut verdict = inspector.finish();
    // A folder that holds a page holds what the unit attached; a server gives one in the place of the file.
    if let Some(media) = verdict.page.filter(|_| store.is_server()) {
        verdict.defects = vec![Defect::Page { media }];
    }
    Ok(Looked { stat: Some(stat), verdict })
}

/// Judges a file by its bytes, which may come in pieces of any size: the verdict is the same.
#[derive(Debug)]
pub struct Inspector {
    limits: FileLimits,
    promised: Option<FileKind>,
    hash: Sha256,
    size: u64,
    too_large: bool,
    window: Window,
    content: Content,
}

/// The marks that are looked for within the bytes, once their kind is known.
#[derive(Debug, Default)]
struct Content {
    kind: Option<FileKind>,
    page: Option<&'static str>,
    pdf: pdf::Pdf,
    jpeg: picture::Jpeg,
    xml: picture::Xml,
    ends: picture::Ends,
}

impl Content {
    fn see(&mut self, view: View<'_>) {
        // The first view holds the first bytes, or all.
        if self.kind.is_none() {
            self.page = magic::page(view.bytes);
        }
        let kind = *self.kind.get_or_insert_with(|| magic::kind_of(view.bytes));
        match kind {
            FileKind::Pdf => self.pdf.see(view),
            FileKind::Jpeg => self.jpeg.see(view.own()),
            FileKind::Xml => self.xml.see(view),
            _ => {}
        }
        if !matches!(kind, FileKind::Pdf | FileKind::Jpeg) {
            self.ends.see(kind, view);
        }
    }
}

impl Inspector {
    /// Begins with a file that is called `file_name`, of which no byte is known yet.
    #[must_use]
    pub fn new(limits: &FileLimits, file_name: &str) -> Self {
        Self {
            limits: limits.clone(),
            promised: FileKind::promised_by(file_name),
            hash: Sha256::new(),
            size: 0,
            too_large: false,
            window: Window::default(),
            content: Content::default(),
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Defect::TooLarge`] as soon as there are more than are taken: nothing that follows changes the verdict.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), Defect> {
        let room = usize::try_from(self.limits.max_bytes.saturating_sub(self.size)).unwrap_or(usize::MAX);
        self.too_large |= bytes.len() > room;
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.hash.update(taken);
        self.size = self.size.saturating_add(wide(taken.len()));
        let content = &mut self.content;
        self.window.take(taken, |view| content.see(view));
        if self.too_large { Err(Defect::TooLarge { limit: self.limits.max_bytes }) } else { Ok(()) }
    }

    /// The verdict, when all bytes were taken.
    #[must_use]
    pub fn finish(self) -> Verdict {
        let Self { limits, promised, hash, size, too_large, window, mut content } = self;
        window.end(|view| content.see(view));
        let kind = content.kind.unwrap_or(FileKind::Other);
        let found = content.pdf.found(size);
        let (whole, signed, covers_whole) = match kind {
            FileKind::Pdf => (found.whole, found.signed, found.covers_whole),
            FileKind::Jpeg => (content.jpeg.whole(), false, None),
            other => (content.ends.whole(other), content.xml.signed(), None),
        };
        let mut defects = Vec::new();
        if size == 0 && !too_large {
            defects.push(Defect::Empty);
        } else {
            if too_large {
                defects.push(Defect::TooLarge { limit: limits.max_bytes });
            }
            match promised {
                Some(name_says) if name_says != kind => {
                    defects.push(Defect::KindMismatch { name_says, bytes_say: kind });
                }
                _ if !limits.allowed.contains(&kind) => defects.push(Defect::KindNotAllowed { kind }),
                _ => {}
            }
            if !whole && !too_large {
                defects.push(Defect::CutOff);
            }
        }
        let sha256 = (!too_large).then(|| hex::encode(hash.finalize()));
        // What was not read to its end says nothing about what covers the whole.
        let covers_whole = covers_whole.filter(|_| !too_large);
        let page = content.page.filter(|_| kind == FileKind::Other);
        Verdict { sha256, size, kind, signed, covers_whole, page, defects }
    }
}

#[cfg(test)]
mod tests;
