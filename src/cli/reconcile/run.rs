//! Makes a run, by the daemon or while none runs by itself, and watches it.

use std::io::{self, BufRead as _};
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::super::consent;
use super::super::failure::Failure;
use super::super::globals::Globals;
use super::super::running;
use super::super::terminal;
use super::progress::Show;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request, caller, user_id};
use crate::daemon::StartError;
use dongbo_ledger::LedgerLock;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::engine;
use dongbo_sync::reconcile::{RunBoard, RunRequest, RunsState, Summary, Ticket};

/// Time between two looks at the progress of a run.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Looks in a row that see nothing of a run, after which it is lost: the daemon was restarted.
const LOST_AFTER: u32 = 4;

texts! {
    goes_on(): "Việc đối chiếu hai bên vẫn chạy trong dịch vụ dongbo. Kết quả: dongbo reconcile show; dừng: dongbo reconcile cancel", "The comparison goes on in the daemon. Its result: dongbo reconcile show; to end it: dongbo reconcile cancel";
    other_leads(): "một dongbo khác trên sổ theo dõi này đang giữ vai trò chính: hãy chạy lệnh này ở đó", "another daemon on this ledger leads: run this command there";
    lost(): "dịch vụ dongbo đã khởi động lại giữa chừng; phần đã so vẫn được giữ: hãy chạy lại lệnh này", "the daemon was restarted meanwhile; what was compared is kept: run this command again";
    ask_to_cancel(): "Dừng hẳn lần đối chiếu này? [c/K] ", "Cancel this comparison? [y/N] ";
}

/// The maker of a run.
enum Maker<'c> {
    Daemon(&'c Config),
    Here(Arc<RunBoard>),
}

/// Has the daemon make the run and watches it; `None` when the person has left.
pub(super) async fn by_daemon(
    globals: &Globals,
    config: &Config,
    order: RunRequest,
) -> Result<Option<Summary>, Failure> {
    // Before anything is shown that a person could break off: until then the signal would end the process.
    let interrupts = interrupts()?;
    let request = Request::Reconcile { order: Box::new(order), by: running::acting_for() };
    let ticket = match running::ask(config, &request).await? {
        Reply::ReconcileOrdered(ticket) => ticket,
        other => return Err(ClientError::unexpected(&other).into()),
    };
    watch(globals, &Maker::Daemon(config), ticket, interrupts).await
}

/// Makes the run while no daemon runs. Dossiers to be sent again go when one starts.
pub(super) async fn alone(
    globals: &Globals,
    config: &Config,
    order: RunRequest,
) -> Result<Option<Summary>, Failure> {
    let interrupts = interrupts()?;
    let lock = (!config.ledger.is_shared()).then(|| LedgerLock::take(&config.ledger.path)).transpose();
    let lock = lock.map_err(StartError::from)?;
    let ledger = running::ledger(config).await?;
    let Some(lead) = ledger.campaign().await? else {
        return Err(Failure::Compare(other_leads(globals.lang)));
    };
    let ctx = Ctx::new(ledger.clone(), Clock::system(), &config.push).hashing().await;
    let board: Arc<RunBoard> = Arc::default();
    let request = Request::Reconcile { by: Some(order.by.clone()), order: Box::new(order.clone()) };
    let order = RunRequest { by: running::note(&ledger, &request).await?, ..order };
    let made = match board.request(order) {
        Some(ticket) => {
            let reconciler =
                engine::reconciler(&config.sync(), &ctx, Arc::new(|_| {}), &board, rand::random()).await;
            let mut reconciler = reconciler.map_err(StartError::from)?;
            let run = tokio::spawn(async move { reconciler.make_requested().await });
            let made = watch(globals, &Maker::Here(board), ticket, interrupts).await;
            drop(run.await);
            made
        }
        None => Ok(None),
    };
    drop(lead);
    ledger.close().await;
    drop(lock);
    made
}

fn interrupts() -> Result<Signal, Failure> {
    signal(SignalKind::interrupt()).map_err(Failure::Signals)
}

impl Maker<'_> {
    async fn state(&self, ticket: u64) -> Result<RunsState, Failure> {
        match self {
            Self::Here(board) => Ok(board.state(ticket)),
            Self::Daemon(config) => match running::ask(config, &Request::ReconcileState { ticket }).await? {
                Reply::Reconcile(state) => Ok(*state),
                other => Err(ClientError::unexpected(&other).into()),
            },
        }
    }

    async fn cancel(&self) -> Result<(), Failure> {
        let by = running::acting_for();
        match self {
            Self::Here(board) => drop(board.cancel(&caller(user_id(), by.as_deref()).await)),
            Self::Daemon(config) => drop(running::ask(config, &Request::CancelReconcile { by }).await?),
        }
        Ok(())
    }

    /// Whether the run goes on without this command.
    const fn goes_on_alone(&self) -> bool {
        matches!(self, Self::Daemon(_))
    }
}

/// Watches the run until it ends; `None` when the person has left it.
async fn watch(
    globals: &Globals,
    maker: &Maker<'_>,
    ticket: Ticket,
    mut interrupts: Signal,
) -> Result<Option<Summary>, Failure> {
    let clock = Clock::system();
    let mut show = Show::new(globals, ticket.joined);
    let mut unseen = 0;
    loop {
        let state = maker.state(ticket.ticket).await?;
        if let Some(done) = state.done {
            show.end()?;
            return done.result.map(Some).map_err(Failure::Run);
        }
        let is_seen = state.waiting || state.running.as_ref().is_some_and(|run| run.ticket == ticket.ticket);
        unseen = if is_seen { 0 } else { unseen + 1 };
        if unseen >= LOST_AFTER {
            show.end()?;
            return Err(Failure::Compare(lost(globals.lang)));
        }
        show.update(state.running.as_ref(), state.waiting, clock.now())?;
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            _ = interrupts.recv() => {
                show.end()?;
                // Where nobody can be asked, a run that would end with this command ends well.
                match (asked(globals.lang, &mut interrupts).await?, maker.goes_on_alone()) {
                    (Some(true), _) | (None, false) => maker.cancel().await?,
                    (Some(false), false) => {}
                    (Some(false) | None, true) => {
                        terminal::tell(&goes_on(globals.lang))?;
                        return Ok(None);
                    }
                }
            }
        }
    }
}

/// Asks whether the run is to be cancelled; `None` where nobody can be asked, or who is asked breaks off again.
async fn asked(lang: Lang, interrupts: &mut Signal) -> io::Result<Option<bool>> {
    if !consent::can_be_asked() {
        return Ok(None);
    }
    terminal::ask(&format!("\n{}", ask_to_cancel(lang)))?;
    let (answered, answer) = oneshot::channel();
    // A thread of its own, which does not keep the command from ending.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).is_ok_and(|length| length > 0);
        answered.send(read.then(|| consent::is_yes(&line))).ok();
    });
    Ok(tokio::select! {
        answer = answer => answer.unwrap_or(None),
        _ = interrupts.recv() => None,
    })
}
