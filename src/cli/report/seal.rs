//! `dongbo report seal`, `addendum` and `verify`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::parse_period;
use crate::cli::as_service;
use crate::cli::failure::{Ended, Failure};
use crate::cli::globals::Globals;
use crate::cli::output::Output;
use crate::cli::role::Role;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Period, texts};
use dongbo_reports::{Archive, Flaw, Sealed, Sealing, Verified};

texts! {
    sealed(period, number, files): "Đã niêm phong kỳ {period}, mắt xích số {number}: {files}.", "Sealed {period}, entry {number}: {files}.";
    hash(hash): "Mã băm của mắt xích: {hash}", "Hash of the entry: {hash}";
    note_hash(): "Ghi mã này ra ngoài (sổ công văn, văn bản ký số): nó chứng minh cho mọi kỳ đến nay. Kiểm tra: dongbo report verify --noted MÃ",
        "Note this hash elsewhere (in the register, in a signed document): it proves every period so far. To check: dongbo report verify --noted HASH";
    nothing(): "Chưa có kỳ nào niêm phong.", "No period is sealed yet.";
    intact(periods, files): "Nguyên vẹn: {periods}, {files}.", "Intact: {periods}, {files}.";
    flawed(many): "Không nguyên vẹn, {many} chỗ:", "Not intact, in {many} places:";
}

/// The options of `dongbo report seal`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct SealArgs {
    /// The period to seal, as 2026-08, 2026-Q3, 2026-H1 or 2026.
    #[arg(long, value_name = "PERIOD", value_parser = parse_period)]
    period: Period,
    /// The folder for reports; without it report.folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// The options of `dongbo report addendum`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct AddendumArgs {
    #[command(flatten)]
    sealing: SealArgs,
    /// Why these files come later.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    reason: String,
}

/// The options of `dongbo report verify`.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct VerifyArgs {
    /// The folder for reports; without it report.folder.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// A hash that was noted elsewhere, which the chain has to have still.
    #[arg(long, value_name = "HASH", value_parser = NonEmptyStringValueParser::new())]
    noted: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
struct SealedView {
    period: String,
    number: u64,
    hash: String,
    files: Vec<FileView>,
}

#[derive(Debug, Clone, Serialize)]
struct FileView {
    name: String,
    bytes: u64,
    sha256: String,
}

#[derive(Debug, Clone, Serialize)]
struct VerifiedView {
    /// Whether nothing is wrong.
    intact: bool,
    periods: Vec<String>,
    entries: u64,
    files: u64,
    head: Option<String>,
    flaws: Vec<FlawView>,
}

#[derive(Debug, Clone, Serialize)]
struct FlawView {
    kind: &'static str,
    message: String,
}

/// Seals a period.
pub(super) fn seal(globals: &Globals, args: &SealArgs) -> Result<Ended, Failure> {
    append(globals, args, |archive, sealing| archive.seal(args.period, sealing))
}

/// Adds to a sealed period.
pub(super) fn addendum(globals: &Globals, args: &AddendumArgs) -> Result<Ended, Failure> {
    append(globals, &args.sealing, |archive, sealing| archive.add(args.sealing.period, &args.reason, sealing))
}

fn append(
    globals: &Globals,
    args: &SealArgs,
    act: impl FnOnce(&Archive, &Sealing) -> Result<Sealed, dongbo_reports::SealError>,
) -> Result<Ended, Failure> {
    if args.out.is_none()
        && let Some(ended) = as_service::again(globals)
    {
        return Ok(ended);
    }
    let archive = archive(globals, args.out.as_ref())?;
    let clock = Clock::system();
    let sealing =
        Sealing { at: clock.now(), program: concat!("dongbo ", env!("CARGO_PKG_VERSION")).to_owned() };
    let Sealed { number, hash, files } = act(&archive, &sealing)?;
    let file =
        |kept: dongbo_reports::Kept| FileView { name: kept.name, bytes: kept.bytes, sha256: kept.sha256 };
    let files = files.into_iter().map(file).collect();
    let view = SealedView { period: args.period.to_string(), number, hash, files };
    globals.output(&clock).show(&view, render_sealed)?;
    Ok(Ended::Complete)
}

/// The archive that is meant.
fn archive(globals: &Globals, out: Option<&PathBuf>) -> Result<Archive, Failure> {
    Ok(Archive::new(match out {
        Some(folder) => folder.clone(),
        None => globals.load()?.report.folder,
    }))
}

fn render_sealed(view: &SealedView, out: &mut Output) {
    let lang = out.lang();
    out.line(out.paint(Role::Good, &sealed(lang, &view.period, view.number, files(lang, view.files.len()))));
    for file in &view.files {
        out.line(format!("  {}  {}", file.sha256, file.name));
    }
    out.line(hash(lang, &view.hash));
    out.line(note_hash(lang));
}

fn files(lang: Lang, many: usize) -> String {
    lang.many(u64::try_from(many).unwrap_or(u64::MAX), "tệp", "file", "files")
}

/// Verifies the archive.
pub(super) fn verify(globals: &Globals, args: &VerifyArgs) -> Result<Ended, Failure> {
    let verified = archive(globals, args.out.as_ref())?.verify(args.noted.as_deref())?;
    let lang = globals.lang;
    let flaw = |flaw: &Flaw| FlawView { kind: flaw.kind(), message: flaw.told(lang) };
    let Verified { periods, entries, files, head, flaws } = verified;
    let view = VerifiedView {
        intact: flaws.is_empty(),
        periods: periods.into_iter().collect(),
        entries,
        files,
        head,
        flaws: flaws.iter().map(flaw).collect(),
    };
    globals.output(&Clock::system()).show(&view, render_verified)?;
    Ok(if view.intact { Ended::Complete } else { Ended::Partial })
}

fn render_verified(view: &VerifiedView, out: &mut Output) {
    let lang = out.lang();
    let many = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    if !view.intact {
        let flaws = lang.count(many(view.flaws.len()));
        out.line(out.paint(Role::Bad, &flawed(lang, flaws)));
        for flaw in &view.flaws {
            out.line(format!("  - {}", flaw.message));
        }
    } else if view.periods.is_empty() {
        out.line(nothing(lang));
    } else {
        let periods = lang.many(many(view.periods.len()), "kỳ", "period", "periods");
        let files = lang.many(view.files, "tệp", "file", "files");
        out.line(out.paint(Role::Good, &intact(lang, periods, files)));
    }
    if let Some(head) = &view.head {
        out.line(hash(lang, head));
    }
}
