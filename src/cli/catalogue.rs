//! `dongbo catalogue`: shows the portal's catalogue of procedures as the ledger keeps it, or has it fetched.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::running;
use super::table::{Cell, Side, Table};
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::{CatalogueEntry, CatalogueOrder, CatalogueTry, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};
use dongbo_source::{Mapping, SourceError};

texts! {
    off(): "Danh mục thủ tục đang tắt: đặt catalogue.enabled = true trong cấu hình.", "The catalogue of procedures is off: set catalogue.enabled = true in the configuration.";
    never(): "Chưa tải được danh mục thủ tục lần nào.", "The catalogue of procedures was never fetched.";
    total(known, vanished, at): "Danh mục của Cổng: {known} thủ tục, {vanished} không còn; tải lúc {at}.", "The portal's catalogue: {known} procedures, {vanished} vanished; fetched {at}.";
    failed(at, why): "Lần tải gần nhất ({at}) không thành, vẫn dùng danh mục cũ: {why}", "The last fetch ({at}) failed, the old catalogue is in use: {why}";
    missed(many): "Chưa tải được chi tiết của {many} thủ tục.", "Details of {many} procedures could not be fetched.";
    only_used(): "Chỉ hiện thủ tục có trong tệp ánh xạ (--all: toàn bộ).", "Only the mapping's procedures are shown (--all: every one).";
    absent(code): "Tệp ánh xạ dùng mã {code}, danh mục không có.", "The mapping uses code {code}, which the catalogue lacks.";
    head_code(): "Mã", "Code";
    head_name(): "Thủ tục", "Procedure";
    head_field(): "Lĩnh vực", "Field";
    head_paper(): "Trả giấy", "Paper";
    head_fee(): "Phí", "Fee";
    head_state(): "Tình trạng", "State";
    yes(): "có", "yes";
    no(): "không", "no";
    unknown(): "?", "?";
    vanished(): "không còn", "vanished";
    ordered(): "Đã yêu cầu tải danh mục; dongbo tải trong ít giây nữa. Xem kết quả: dongbo catalogue list", "The fetch is ordered; dongbo fetches the catalogue within seconds. To see it: dongbo catalogue list";
    no_daemon(): "dongbo không chạy; danh mục được tải khi dongbo khởi động.", "The daemon does not run; the catalogue is fetched when dongbo starts.";
}

/// The acts on the catalogue.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum CatalogueCommand {
    /// Show the procedures of the mapping as the portal's catalogue has them, its age, and how the last fetch went.
    List(ListArgs),
    /// Have the catalogue fetched now.
    Refresh(RefreshArgs),
}

/// The options of `dongbo catalogue list`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ListArgs {
    /// Show every procedure of the catalogue, not only those of the mapping.
    #[arg(long)]
    all: bool,
}

/// The options of `dongbo catalogue refresh`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RefreshArgs {
    /// Believe the list even if it has shrunk by more than half.
    #[arg(long)]
    believe: bool,
}

#[derive(Debug, Clone, Serialize)]
struct ListView {
    enabled: bool,
    fetched_at: Option<DateTime<Utc>>,
    known: usize,
    vanished: usize,
    last_try: Option<CatalogueTry>,
    procedures: Vec<CatalogueEntry>,
    /// Codes of the mapping that the catalogue never had.
    absent: Vec<String>,
    #[serde(skip)]
    all: bool,
}

#[derive(Debug, Clone, Serialize)]
struct OrderView {
    ordered: bool,
    daemon: bool,
}

/// Runs `dongbo catalogue`.
pub(super) async fn catalogue(globals: &Globals, command: &CatalogueCommand) -> Result<Ended, Failure> {
    let config = globals.load()?;
    match command {
        CatalogueCommand::List(args) => list(globals, &config, args).await,
        CatalogueCommand::Refresh(args) => refresh(globals, &config, args).await,
    }
}

async fn list(globals: &Globals, config: &Config, args: &ListArgs) -> Result<Ended, Failure> {
    let mut used = BTreeSet::new();
    for source in config.all_sources() {
        let mapping = Mapping::load_with(&source.mapping, Some(dongbo_model::Catalogue::default()));
        let procedures = mapping.map_err(SourceError::from)?.procedures().in_use();
        used.extend(procedures.into_iter().map(|procedure| procedure.code.as_str().to_owned()));
    }
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let mut procedures = ledger.catalogue().await?;
    let (fetched_at, last_try) = (ledger.catalogue_fetched().await?, ledger.catalogue_try().await?);
    ledger.close().await;
    let known = procedures.iter().filter(|entry| entry.known).count();
    let vanished = procedures.len() - known;
    let mut absent: Vec<String> = match fetched_at {
        Some(_) => {
            used.iter().filter(|code| procedures.iter().all(|entry| entry.code != **code)).cloned().collect()
        }
        None => Vec::new(),
    };
    absent.sort();
    absent.dedup();
    if !args.all {
        // Where the local database has the table, or dossiers give national codes, details show what is in use.
        let asked = |entry: &CatalogueEntry| used.is_empty() && entry.detail_fetched_at.is_some();
        procedures.retain(|entry| used.contains(&entry.code) || asked(entry));
    }
    let view = ListView {
        enabled: config.catalogue.enabled,
        fetched_at,
        known,
        vanished,
        last_try,
        procedures,
        absent,
        all: args.all,
    };
    let is_whole = view.fetched_at.is_some()
        && view.absent.is_empty()
        && view.last_try.as_ref().is_none_or(|tried| tried.failure.is_none());
    globals.output(&Clock::system()).show(&view, render)?;
    Ok(if is_whole { Ended::Complete } else { Ended::Partial })
}

fn render(view: &ListView, out: &mut Output) {
    let lang = out.lang();
    if !view.enabled {
        out.line(out.paint(Role::Warn, &off(lang)));
    }
    match view.fetched_at {
        Some(at) => out.line(total(lang, view.known, view.vanished, lang.moment(at))),
        None => out.line(out.paint(Role::Warn, &never(lang))),
    }
    if let Some(tried) = &view.last_try {
        if let Some(why) = &tried.failure {
            out.line(out.paint(Role::Bad, &failed(lang, lang.moment(tried.at), why)));
        }
        if tried.details_missed > 0 {
            out.line(out.paint(Role::Warn, &missed(lang, tried.details_missed)));
        }
    }
    for code in &view.absent {
        out.line(out.paint(Role::Bad, &absent(lang, code)));
    }
    if view.procedures.is_empty() {
        return;
    }
    let heads = [
        head_code(lang),
        head_name(lang),
        head_field(lang),
        head_paper(lang),
        head_fee(lang),
        head_state(lang),
    ];
    let mut table = Table::new(heads.map(|head| (Side::Left, head)));
    for entry in &view.procedures {
        let state = if entry.known { Cell::from("") } else { Cell::new(Role::Bad, vanished(lang)) };
        let (paper, fee) = (word(lang, entry.returns_paper), word(lang, entry.has_fee));
        table.row([
            entry.code.as_str().into(),
            entry.name.as_str().into(),
            entry.field_name.as_str().into(),
            paper.into(),
            fee.into(),
            state,
        ]);
    }
    out.table(&table);
    if !view.all {
        out.line(only_used(lang));
    }
}

fn word(lang: Lang, known: Option<bool>) -> String {
    match known {
        Some(true) => yes(lang),
        Some(false) => no(lang),
        None => unknown(lang),
    }
}

async fn refresh(globals: &Globals, config: &Config, args: &RefreshArgs) -> Result<Ended, Failure> {
    let clock = Clock::system();
    let request = Request::RefreshCatalogue { believe: args.believe };
    let daemon = match running::connect(config).await? {
        Some(client) => match client.ask(&request).await? {
            Reply::CatalogueOrdered => true,
            other => return Err(ClientError::unexpected(&other).into()),
        },
        None => {
            let ledger = running::ledger(config).await?;
            running::note(&ledger, &request).await?;
            ledger.order_catalogue(&CatalogueOrder { at: clock.now(), believe: args.believe }).await?;
            ledger.close().await;
            false
        }
    };
    let enabled = config.catalogue.enabled;
    globals.output(&clock).show(&OrderView { ordered: true, daemon }, |view, out| {
        let lang = out.lang();
        let line = if !enabled {
            out.paint(Role::Warn, &off(lang))
        } else if view.daemon {
            ordered(lang)
        } else {
            no_daemon(lang)
        };
        out.line(line);
    })?;
    Ok(if enabled { Ended::Complete } else { Ended::Partial })
}
