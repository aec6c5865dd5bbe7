//! `dongbo ledger move`: the ledger goes from the file of one daemon to a server that many share.

use std::path::PathBuf;

use clap::Subcommand;

use super::as_service;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::role::Role;
use crate::daemon::StartError;
use dongbo_ledger::LedgerLock;
use dongbo_ledger::{Ledger, LedgerError, Moved};
use dongbo_model::clock::Clock;
use dongbo_model::texts;

texts! {
    moved(dossiers, files, attempts, findings):
        "Đã chuyển và kiểm tra xong: {dossiers}, {files} tệp, {attempts} lượt gọi Cổng, {findings} phát hiện.",
        "Moved and checked: {dossiers}, {files} files, {attempts} calls to the portal, {findings} findings.";
    next(): "Từ giờ dongbo dùng sổ theo dõi dùng chung (ledger.url). Tệp cũ còn nguyên, nhưng không dùng được nữa.",
        "From now on dongbo works on the shared ledger (ledger.url). The old file is unchanged and no longer used.";
}

/// The acts on the ledger as a whole.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum LedgerCommand {
    /// Copy the ledger from its file to the server of ledger.url, and close the file. No daemon may run.
    Move(MoveArgs),
}

/// The options of `dongbo ledger move`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct MoveArgs {
    /// The file to move; without it that of ledger.path.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// Runs `dongbo ledger`.
pub(super) async fn ledger(globals: &Globals, command: &LedgerCommand) -> Result<Ended, Failure> {
    let LedgerCommand::Move(args) = command;
    if let Some(ended) = as_service::again(globals) {
        return Ok(ended);
    }
    let config = globals.load()?;
    let clock = Clock::system();
    if !config.ledger.is_shared() {
        return Err(LedgerError::Address(
            "ledger.url is empty: name the PostgreSQL database that the ledger is to be moved to".to_owned(),
        )
        .into());
    }
    let file = args.from.as_ref().unwrap_or(&config.ledger.path);
    if !file.try_exists().unwrap_or(true) {
        return Err(LedgerError::Absent { path: file.display().to_string() }.into());
    }
    let lock = LedgerLock::take(file).map_err(StartError::from)?;
    let old = Ledger::open(file).await?;
    let new = Ledger::of(&config.ledger).await?;
    let done = new.take_over(&old, clock.now()).await;
    new.close().await;
    old.close().await;
    drop(lock);
    globals.output(&clock).show(&done?, |done: &Moved, out| {
        let lang = out.lang();
        let [files, attempts, findings] =
            [done.files, done.attempts, done.findings].map(|many| lang.count(many));
        let told = moved(lang, lang.dossiers(done.dossiers), files, attempts, findings);
        out.line(out.paint(Role::Good, &told));
        out.line(next(lang));
    })?;
    Ok(Ended::Complete)
}
