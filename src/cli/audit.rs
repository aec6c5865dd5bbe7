//! `dongbo audit`: who logged in and who ordered what, and whether the log of it is whole.

use clap::Subcommand;
use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::table::{Side, Table};
use dongbo_ledger::{Act, ActWay, AuditCheck, Ledger, PastAct};
use dongbo_model::clock::Clock;
use dongbo_model::texts;

texts! {
    head_number(): "Số", "Number";
    head_when(): "Lúc", "When";
    head_who(): "Ai", "Who";
    head_act(): "Việc", "Act";
    head_way(): "Bằng", "By";
    head_about(): "Về", "About";
    nobody(): "(không rõ)", "(not known)";
    none(): "Nhật ký kiểm tra chưa có mục nào.", "The audit log has no entries yet.";
    whole(many): "Nhật ký kiểm tra nguyên vẹn: {many} mục, mỗi mục nối đúng với mục trước.", "The audit log is whole: {many} entries, and each follows from the one before it.";
    broken(number): "Mục {number} đã bị sửa, hoặc thiếu: từ đó trở đi nhật ký không còn đáng tin.", "Entry {number} was changed or is missing: from there on the log cannot be trusted.";
    last(hash): "Mã băm của mục cuối: {hash}", "Hash of the last entry: {hash}";
    holds(): "Có mục mang mã băm đã nêu.", "An entry has the hash that was named.";
    holds_not(): "Không có mục nào mang mã băm đã nêu: nhật ký đã bị thay, hoặc là của sổ theo dõi khác.", "No entry has the hash that was named: the log was replaced, or is another ledger's.";
}

/// The looks at the audit log.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum AuditCommand {
    /// Show the newest entries, the newest first.
    List(ListArgs),
    /// Go over the whole log: whether each entry follows from the one before it, and none is missing.
    Verify(VerifyArgs),
}

/// The options of `dongbo audit list`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ListArgs {
    /// Most entries.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

/// The options of `dongbo audit verify`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct VerifyArgs {
    /// The hash of an entry, as the daemon's log had it: a log whose hashes somebody made again does not have it.
    #[arg(long, value_name = "HASH")]
    noted: Option<String>,
}

#[derive(Debug, Serialize)]
struct ListView {
    entries: Vec<PastAct>,
}

/// Runs `dongbo audit`.
pub(super) async fn audit(globals: &Globals, command: &AuditCommand) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let out = globals.output(&Clock::system());
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    match command {
        AuditCommand::List(args) => {
            let entries = ledger.acts(None, args.limit).await;
            ledger.close().await;
            out.show(&ListView { entries: entries? }, |view, out| render(&view.entries, out))?;
            Ok(Ended::Complete)
        }
        AuditCommand::Verify(args) => {
            let check = ledger.check_audit(args.noted.as_deref()).await;
            ledger.close().await;
            let check = check?;
            let is_well = check.broken_at.is_none() && check.noted != Some(false);
            out.show(&check, told)?;
            Ok(if is_well { Ended::Complete } else { Ended::Failed })
        }
    }
}

fn render(entries: &[PastAct], out: &mut Output) {
    let lang = out.lang();
    if entries.is_empty() {
        out.line(none(lang));
        return;
    }
    let mut table = Table::new([
        (Side::Right, head_number(lang)),
        (Side::Left, head_when(lang)),
        (Side::Left, head_who(lang)),
        (Side::Left, head_act(lang)),
        (Side::Left, head_way(lang)),
        (Side::Left, head_about(lang)),
    ]);
    for entry in entries {
        let who = if entry.who.is_empty() { nobody(lang) } else { entry.who.clone() };
        // Another version may know more acts.
        let act = Act::from_name(&entry.act).map_or(entry.act.as_str(), |act| act.text(lang));
        let way = ActWay::from_name(&entry.way).map_or(entry.way.as_str(), |way| way.text(lang));
        table.row([
            entry.number.to_string().into(),
            lang.second(entry.at).into(),
            who.into(),
            act.to_owned().into(),
            way.to_owned().into(),
            entry.about.clone().into(),
        ]);
    }
    out.table(&table);
}

fn told(check: &AuditCheck, out: &mut Output) {
    let lang = out.lang();
    let line = match check.broken_at {
        Some(number) => out.paint(Role::Bad, &broken(lang, number)),
        None if check.entries == 0 => none(lang),
        None => out.paint(Role::Good, &whole(lang, lang.count(check.entries))),
    };
    out.line(line);
    if !check.last_hash.is_empty() {
        out.line(last(lang, &check.last_hash));
    }
    match check.noted {
        Some(true) => out.line(holds(lang)),
        Some(false) => out.line(out.paint(Role::Bad, &holds_not(lang))),
        None => {}
    }
}
