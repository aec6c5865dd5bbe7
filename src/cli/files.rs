//! `dongbo files`: the files that the portal does not have, those first that a person has to act on.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::codes;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::table::{Cell, Side, Table};
use dongbo_ledger::{FileState, Ledger, OpenFile, Signature};
use dongbo_model::clock::Clock;
use dongbo_model::{Detail, FindingKind};
use dongbo_model::{Lang, texts};
use dongbo_sync::telling::file_trouble::TroubleView;

texts! {
    totals(arrived, announced, ready, new, held):
        "Đã đến Cổng: {arrived} tệp; chờ Cổng tải: {announced}; chờ báo: {ready}; chờ kiểm tra: {new}; bị giữ: {held}.",
        "On the portal: {arrived} files; to be fetched: {announced}; to be announced: {ready}; to be examined: {new}; held: {held}.";
    signatures(whole, absent, partial):
        "Kết quả đã đọc: {whole} có chữ ký số; {absent} không có; {partial} có chữ ký không phủ hết tệp.",
        "Results that were read: {whole} signed; {absent} not; {partial} with a signature that does not cover the whole file.";
    portal_said(words): "Cổng trả lời: {words}", "The portal's words: {words}";
    none(): "dongbo không chuyển tệp nào.", "dongbo delivers no files.";
    more(shown): "Chỉ hiện {shown} tệp đầu (--limit).", "Only the first {shown} files are shown (--limit).";
    head_code(): "Mã hồ sơ", "Dossier";
    head_unit(): "Đơn vị", "Unit";
    head_role(): "Tệp", "File";
    head_state(): "Tình trạng", "State";
    head_signature(): "Chữ ký số", "Signature";
    head_what(): "Việc cần làm", "What to do";
    result(): "kết quả", "result";
    paper(): "giấy tờ nộp", "paper";
}

/// The options of `dongbo files`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct FilesArgs {
    /// Only the files of this dossier, those that the portal has among them.
    code: Option<String>,
    /// Show at most so many.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Debug, Clone, Serialize)]
struct FilesView {
    new: u64,
    ready: u64,
    announced: u64,
    arrived: u64,
    held: u64,
    /// Result papers that were read and are in order, by their digital signature.
    signatures: SignaturesView,
    files: Vec<FileRow>,
    #[serde(skip)]
    is_cut: bool,
}

#[derive(Debug, Clone, Serialize)]
struct SignaturesView {
    whole: u64,
    absent: u64,
    partial: u64,
}

#[derive(Debug, Clone, Serialize)]
struct FileRow {
    code: String,
    unit: String,
    role: String,
    state: &'static str,
    attempts: u32,
    due_at: Option<DateTime<Utc>>,
    size: Option<u64>,
    /// `null` when it was not read yet, or is not in order.
    signature: Option<&'static str>,
    findings: Vec<FoundView>,
    /// The trouble that keeps it waiting, which time or an operator ends; `null` when there is none.
    trouble: Option<TroubleView>,
    #[serde(skip)]
    of: FileState,
    #[serde(skip)]
    found: Option<Signature>,
}

#[derive(Debug, Clone, Serialize)]
struct FoundView {
    kind: String,
    detail: String,
}

impl From<OpenFile> for FileRow {
    fn from(file: OpenFile) -> Self {
        Self {
            code: file.code,
            unit: file.unit,
            role: file.role,
            state: file.state.name(),
            attempts: file.attempts,
            due_at: file.due_at,
            size: file.size,
            signature: file.signature.map(Signature::name),
            findings: file.findings.into_iter().map(|(kind, detail)| FoundView { kind, detail }).collect(),
            trouble: file.trouble.map(TroubleView::from),
            of: file.state,
            found: file.signature,
        }
    }
}

/// Runs `dongbo files`.
pub(super) async fn files(globals: &Globals, args: &FilesArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let counts = ledger.file_counts().await?;
    let code = match &args.code {
        Some(typed) => Some(codes::known(&ledger, typed).await?),
        None => None,
    };
    let files = ledger.open_files(code.as_deref(), args.limit).await?;
    ledger.close().await;
    let is_cut = u64::try_from(files.len()).unwrap_or(u64::MAX) >= u64::from(args.limit);
    let view = FilesView {
        new: counts.of(FileState::New),
        ready: counts.of(FileState::Ready),
        announced: counts.of(FileState::Announced),
        arrived: counts.of(FileState::Arrived),
        held: counts.of(FileState::Held),
        signatures: SignaturesView {
            whole: counts.results(Signature::Whole),
            absent: counts.results(Signature::Absent),
            partial: counts.results(Signature::Partial),
        },
        files: files.into_iter().map(FileRow::from).collect(),
        is_cut,
    };
    globals.output(&clock).show(&view, render)?;
    let complete = view.files.iter().all(|file| file.of == FileState::Arrived);
    Ok(if complete { Ended::Complete } else { Ended::Partial })
}

fn render(view: &FilesView, out: &mut Output) {
    let lang = out.lang();
    if view.new + view.ready + view.announced + view.arrived + view.held == 0 {
        out.line(none(lang));
        return;
    }
    let count = |many| lang.count(many);
    out.line(totals(
        lang,
        count(view.arrived),
        count(view.announced),
        count(view.ready),
        count(view.new),
        count(view.held),
    ));
    let found = &view.signatures;
    if found.whole + found.absent + found.partial > 0 {
        out.line(signatures(lang, count(found.whole), count(found.absent), count(found.partial)));
    }
    if view.files.is_empty() {
        return;
    }
    out.gap();
    let heads = [
        head_code(lang),
        head_unit(lang),
        head_role(lang),
        head_state(lang),
        head_signature(lang),
        head_what(lang),
    ];
    let mut table = Table::new(heads.map(|head| (Side::Left, head)));
    for file in &view.files {
        let role = if file.role == "result" { result(lang) } else { paper(lang) };
        table.row([
            file.code.clone().into(),
            file.unit.clone().into(),
            role.into(),
            Cell::new(state_role(file.of), file.of.text(lang)),
            file.found.map_or_else(|| "".into(), |found| signature(lang, found)),
            what_to_do(lang, file).into(),
        ]);
    }
    out.table(&table);
    if view.is_cut {
        out.gap();
        out.line(more(lang, lang.count(u64::try_from(view.files.len()).unwrap_or(u64::MAX))));
    }
}

/// The explanation of each finding, with its detail; where there is none, what stands in the file's way.
fn what_to_do(lang: Lang, file: &FileRow) -> String {
    let told = file.findings.iter().filter_map(|found| {
        let kind = FindingKind::from_name(&found.kind)?;
        let explained = kind.explanation(lang);
        Some(match found.detail.as_str() {
            "" => explained,
            words if kind.has_portal_words() => format!("{explained} {}", portal_said(lang, words)),
            detail => format!("{explained} ({})", Detail::told(lang, detail)),
        })
    });
    let told = told.collect::<Vec<_>>().join(" ");
    match &file.trouble {
        Some(trouble) if told.is_empty() => trouble.words(lang),
        _ => told,
    }
}

fn signature(lang: Lang, found: Signature) -> Cell {
    match found {
        Signature::Absent => lang.pick("không có", "none").into(),
        Signature::Whole => lang.pick("có", "found").into(),
        Signature::Partial => Cell::new(Role::Warn, lang.pick("không phủ hết tệp", "not of the whole file")),
    }
}

const fn state_role(state: FileState) -> Role {
    match state {
        FileState::Arrived => Role::Good,
        FileState::New | FileState::Ready | FileState::Announced => Role::Warn,
        FileState::Held => Role::Bad,
    }
}
