//! `dongbo accept-steps`: shows how the portal's steps of a dossier differ, asks, and has them accepted as they are, or takes that back.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::codes::TypedCodes;
use super::consent;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::running;
use super::table::{Side, Table};
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::{HistoryAct, HistoryPreview, HistoryRow, Ledger, Selection};
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

texts! {
    would_accept(): "Các bước trên Cổng sẽ được chấp nhận như đang có:", "The portal's steps would be accepted as they are:";
    would_take_back(): "Các bước trên Cổng sẽ không được chấp nhận nữa:", "The portal's steps would no longer be accepted:";
    head_code(): "Mã hồ sơ", "Code";
    head_there(): "Bước trên Cổng", "Steps on the portal";
    head_twice(): "Trong đó trùng", "Of these, shown twice";
    head_here(): "Bước ở một cửa", "Local steps";
    head_covered(): "Đã có trên Cổng", "Of these, on the portal";
    head_accepted(): "Đã chấp nhận", "Accepted";
    by_at(who, at): "{who}, {at}", "{who}, {at}";
    means(): "Từ nay dongbo chỉ gửi các bước đứng sau những bước đã có trên Cổng. Nếu Cổng lại đổi các bước này thì dongbo hỏi lại.", "From now on only the steps behind those that the portal has are sent. Should the portal change them once more, a person is asked again.";
    without(codes): "Không có gì để chấp nhận hoặc thu hồi: {codes}", "Nothing to accept or to take back: {codes}";
    unknown(codes): "Sổ theo dõi không có mã: {codes}", "The ledger does not know: {codes}";
    accept_question(dossiers): "Chấp nhận các bước trên Cổng của {dossiers}? [c/K] ", "Accept the portal's steps of {dossiers}? [y/N] ";
    take_back_question(dossiers): "Thu hồi việc chấp nhận của {dossiers}? [c/K] ", "Take the acceptance of {dossiers} back? [y/N] ";
    left_alone(): "Không làm gì.", "Nothing was done.";
    accepted(dossiers): "Đã chấp nhận các bước trên Cổng của {dossiers}; sẽ tra cứu lại rồi gửi các bước còn thiếu.", "The portal's steps of {dossiers} are accepted; each is looked up, and then what it lacks is sent.";
    taken_back(dossiers): "Đã thu hồi việc chấp nhận của {dossiers}; sẽ tra cứu lại.", "The acceptance of {dossiers} is taken back; each is looked up.";
}

/// The options of `dongbo accept-steps`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AcceptStepsArgs {
    /// Dossiers by their codes.
    #[arg(value_name = "CODE", required = true)]
    codes: Vec<String>,
    /// Take an earlier acceptance back.
    #[arg(long)]
    take_back: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be accepted or taken back.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Serialize)]
struct View {
    preview: HistoryPreview,
    /// The codes that were typed otherwise, with those that are meant.
    #[serde(rename = "typed_codes")]
    typed: TypedCodes,
    act: HistoryAct,
    /// How many dossiers were acted on; `None` when nothing was done.
    done: Option<u64>,
}

/// Runs `dongbo accept-steps`.
pub(super) async fn accept_steps(globals: &Globals, args: &AcceptStepsArgs) -> Result<Ended, Failure> {
    let mut out = globals.output(&Clock::system());
    let asks = consent::is_asked_for(&out, args.yes, args.dry_run)?;
    let act = if args.take_back { HistoryAct::TakeBack } else { HistoryAct::Accept };
    let config = globals.load()?;
    let codes: BTreeSet<String> = args.codes.iter().map(|code| code.trim().to_owned()).collect();
    let mut named = Selection { codes: Some(codes.into_iter().collect()), ..Selection::default() };
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let mut preview = look(&ledger, &named, act).await?;
    let mut typed = TypedCodes::default();
    for code in &preview.unknown {
        typed.add(code, ledger.find_code(code).await?);
    }
    if typed.understands(&mut named) {
        preview = look(&ledger, &named, act).await?;
    }
    ledger.close().await;
    if !out.json() {
        typed.render(&mut out);
        render_preview(&preview, act, &mut out);
        out.flush()?;
    }
    let wanted = !preview.rows.is_empty() && !args.dry_run;
    let refused = wanted && asks && !confirmed(out.lang(), act, preview.rows.len())?;
    let done = if wanted && !refused { Some(settle(&config, &preview.rows, act).await?) } else { None };
    let ended = match (refused, preview.rows.is_empty(), preview.unknown.len() + preview.without.len()) {
        (true, ..) | (_, true, _) => Ended::Failed,
        (_, _, 0) => Ended::Complete,
        _ => Ended::Partial,
    };
    let view = View { preview, typed, act, done };
    out.show(&view, |view, out| render_done(view, refused, out))?;
    Ok(ended)
}

async fn look(ledger: &Ledger, named: &Selection, act: HistoryAct) -> Result<HistoryPreview, Failure> {
    Ok(ledger.preview_histories(named.codes.as_deref().unwrap_or_default(), act).await?)
}

/// Through the daemon, which goes on at once, or in the ledger alone while none runs.
async fn settle(config: &Config, rows: &[HistoryRow], act: HistoryAct) -> Result<u64, Failure> {
    let request = Request::SettleHistories { rows: rows.to_vec(), act, by: running::acting_for() };
    if running::connect(config).await?.is_some() {
        return match running::ask(config, &request).await? {
            Reply::HistoriesSettled(done) => Ok(done),
            other => Err(ClientError::unexpected(&other).into()),
        };
    }
    let ledger = running::ledger(config).await?;
    let by = running::note(&ledger, &request).await?;
    let done = ledger.settle_histories(rows, act, &by, Clock::system().now()).await;
    ledger.close().await;
    Ok(done?)
}

fn many(dossiers: usize) -> u64 {
    u64::try_from(dossiers).unwrap_or(u64::MAX)
}

fn confirmed(lang: Lang, act: HistoryAct, dossiers: usize) -> io::Result<bool> {
    let dossiers = lang.dossiers(many(dossiers));
    consent::is_given(&match act {
        HistoryAct::Accept => accept_question(lang, dossiers),
        HistoryAct::TakeBack => take_back_question(lang, dossiers),
    })
}

fn render_preview(preview: &HistoryPreview, act: HistoryAct, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    if !preview.rows.is_empty() {
        out.line(match act {
            HistoryAct::Accept => would_accept(lang),
            HistoryAct::TakeBack => would_take_back(lang),
        });
        let mut table = Table::new([
            (Side::Left, head_code(lang)),
            (Side::Right, head_there(lang)),
            (Side::Right, head_twice(lang)),
            (Side::Right, head_here(lang)),
            (Side::Right, head_covered(lang)),
            (Side::Left, head_accepted(lang)),
        ]);
        for row in &preview.rows {
            let history = &row.history;
            let who = row.accepted.as_ref();
            table.row([
                row.code.clone().into(),
                lang.count(many(history.shown)).into(),
                lang.count(many(history.twice)).into(),
                lang.count(row.steps).into(),
                lang.count(many(history.covers)).into(),
                who.map_or_else(String::new, |(who, at)| by_at(lang, who, lang.near(*at, now))).into(),
            ]);
        }
        out.table(&table);
        if act == HistoryAct::Accept {
            out.line(means(lang));
        }
    }
    if !preview.without.is_empty() {
        out.line(out.paint(Role::Warn, &without(lang, preview.without.join(", "))));
    }
    if !preview.unknown.is_empty() {
        out.line(out.paint(Role::Bad, &unknown(lang, preview.unknown.join(", "))));
    }
}

fn render_done(view: &View, refused: bool, out: &mut Output) {
    let lang = out.lang();
    match (view.done, view.act) {
        (Some(done), HistoryAct::Accept) => {
            out.line(out.paint(Role::Good, &accepted(lang, lang.dossiers(done))));
        }
        (Some(done), HistoryAct::TakeBack) => {
            out.line(out.paint(Role::Good, &taken_back(lang, lang.dossiers(done))));
        }
        (None, _) if refused => out.line(left_alone(lang)),
        (None, _) => {}
    }
}
