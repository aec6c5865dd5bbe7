//! The acts that a command can ask of the running daemon.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::peer::caller;
use super::protocol::{Refusal, Reply, Request, Told};
use dongbo_ledger::{CatalogueOrder, HistoryAct, HistoryRow, LedgerError, NewFigure, Pause, Selection};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::{LiveStatus, Lookout};
use dongbo_sync::reconcile::{RunBoard, RunRequest};

/// A function that sets the levels of the log when it is given some, and returns those in force. Its error is a sentence.
pub type LevelSetter = Arc<dyn Fn(Option<&str>) -> Result<String, String> + Send + Sync>;

/// An order to take over the configuration as it is now; its sender hears the result, an error as a sentence.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// Everything that requests act on.
pub struct Control {
    /// The handles that every worker holds.
    pub ctx: Ctx,
    /// The place where orders to compare both sides are left.
    pub board: Arc<RunBoard>,
    /// Judges how things stand.
    pub lookout: Lookout,
    /// Takes orders to reload.
    pub reloads: mpsc::Sender<Reload>,
    /// Sets the levels of the log; `None` in a program that has a log of its own.
    pub levels: Option<LevelSetter>,
}

impl Control {
    /// Does what the request in `line` asks for, in the name of user `uid`.
    pub(super) async fn answer(&self, line: &[u8], uid: u32) -> Reply {
        let done = match serde_json::from_slice(line) {
            Ok(request) => {
                let only_looks = matches!(request, Request::Status);
                let done = self.act(request, uid).await;
                if !only_looks {
                    self.lookout.forget().await;
                }
                done
            }
            Err(error) => Err(Refusal::NotUnderstood(error.to_string())),
        };
        done.unwrap_or_else(Reply::Refused)
    }

    async fn act(&self, request: Request, uid: u32) -> Result<Reply, Refusal> {
        let now = self.ctx.clock.now();
        match request {
            Request::Status => {
                let seen = self.lookout.look().await;
                let started_at = self.lookout.started_at();
                let status = LiveStatus::of(&self.ctx.gate, &self.ctx.vitals, &self.board, &seen, started_at);
                Ok(Reply::Status(Box::new(Told { status, facts: seen.facts })))
            }
            Request::Pause { by, reason } => {
                let wanted = Pause::new(now, &caller(uid, by.as_deref()).await, &reason);
                let pause = self.ctx.ledger.begin_pause(&wanted).await?;
                self.ctx.adopt_pause().await?;
                Ok(Reply::Paused { before: pause != wanted, pause })
            }
            Request::Resume { by } => {
                let ended = self.ctx.ledger.end_pause(now, &caller(uid, by.as_deref()).await).await?;
                self.ctx.adopt_pause().await?;
                self.ctx.due.ring_all();
                Ok(Reply::Resumed(ended))
            }
            Request::FindCode { code } => Ok(Reply::CodeFound(self.ctx.ledger.find_code(&code).await?)),
            Request::PreviewRetry { selection } => {
                Ok(Reply::RetryPreview(self.ctx.ledger.preview_retry(&selection, now).await?))
            }
            Request::Retry { selection, per_minute, by } => {
                self.retry(&selection, per_minute, caller(uid, by.as_deref()).await).await
            }
            Request::EnterFigures { figures, by } => {
                self.enter_figures(&figures, &caller(uid, by.as_deref()).await).await
            }
            Request::SettleHistories { rows, act, by } => {
                self.settle_histories(&rows, act, &caller(uid, by.as_deref()).await).await
            }
            Request::Backfill { from, to, per_minute, by } => {
                self.begin_backfill(from..to, per_minute, caller(uid, by.as_deref()).await).await
            }
            Request::BackfillState => self.backfill_state().await,
            Request::CancelBackfill { by } => self.cancel_backfill(caller(uid, by.as_deref()).await).await,
            Request::Resend { codes, by } => {
                self.order_resend(&codes, caller(uid, by.as_deref()).await).await
            }
            Request::ResendState => self.resend_state().await,
            Request::TurnResend { state, by } => {
                self.turn_resend(state, caller(uid, by.as_deref()).await).await
            }
            Request::Resends { skip } => self.resends(skip).await,
            Request::SendAgain { codes, by } => {
                self.send_again(&codes, caller(uid, by.as_deref()).await).await
            }
            Request::LetGo { source, by } => self.let_go(&source, &caller(uid, by.as_deref()).await).await,
            Request::Reconcile { order, by } => {
                if !self.ctx.vitals.moments().leads {
                    return Err(Refusal::Follows);
                }
                let order = RunRequest { by: caller(uid, by.as_deref()).await, ..*order };
                self.board.request(order).map(Reply::ReconcileOrdered).ok_or(Refusal::ReconcileRuns)
            }
            Request::ReconcileState { ticket } => Ok(Reply::Reconcile(Box::new(self.board.state(ticket)))),
            Request::CancelReconcile { by } => {
                if !self.ctx.vitals.moments().leads {
                    return Err(Refusal::Follows);
                }
                let cancelled = self.board.cancel(&caller(uid, by.as_deref()).await);
                Ok(Reply::ReconcileCancelled(u64::try_from(cancelled).unwrap_or(u64::MAX)))
            }
            Request::LogLevel { directives } => {
                let levels = self.levels.as_ref().ok_or(Refusal::WithoutMeans)?;
                levels(directives.as_deref()).map(Reply::LogLevel).map_err(Refusal::LogLevel)
            }
            Request::RefreshCatalogue { believe } => {
                self.ctx.ledger.order_catalogue(&CatalogueOrder { at: now, believe }).await?;
                Ok(Reply::CatalogueOrdered)
            }
            Request::Reload => self.reload().await,
        }
    }

    async fn retry(&self, selection: &Selection, per_minute: u32, by: String) -> Result<Reply, Refusal> {
        let retried = self.ctx.ledger.retry(selection, apart(per_minute), self.ctx.clock.now()).await?;
        if retried.dossiers > 0 {
            self.ctx.due.ring_all();
        }
        tracing::info!(
            event = "retry.ordered",
            %by,
            dossiers = retried.dossiers,
            per_minute,
            "{} dossiers are tried again, the last at {}",
            retried.dossiers,
            retried.last_due_at
        );
        Ok(Reply::Retried(retried))
    }

    async fn settle_histories(
        &self,
        rows: &[HistoryRow],
        act: HistoryAct,
        by: &str,
    ) -> Result<Reply, Refusal> {
        let done = self.ctx.ledger.settle_histories(rows, act, by, self.ctx.clock.now()).await?;
        if done > 0 {
            self.ctx.due.ring_all();
        }
        let accepts = act == HistoryAct::Accept;
        tracing::info!(
            event = "steps.accepted",
            %by,
            accepts,
            dossiers = done,
            "The portal's steps of {done} dossiers are accepted as they are, or no longer (accepts = {accepts})"
        );
        Ok(Reply::HistoriesSettled(done))
    }

    async fn enter_figures(&self, figures: &[NewFigure], by: &str) -> Result<Reply, Refusal> {
        self.ctx.ledger.enter_figures(figures, by, self.ctx.clock.now()).await?;
        let many = u64::try_from(figures.len()).unwrap_or(u64::MAX);
        tracing::info!(event = "figures.entered", %by, figures = many, "{many} figures for the indicators are entered");
        Ok(Reply::FiguresEntered(many))
    }

    /// Notes that nothing more is sent of a source that was left.
    async fn let_go(&self, source: &str, by: &str) -> Result<Reply, Refusal> {
        let done = self.ctx.ledger.let_go(source, self.ctx.clock.now()).await?;
        if done {
            tracing::warn!(
                event = "source.let_go",
                %by,
                source,
                "What was not sent of the source {source}, which the configuration names no more, is let go"
            );
        }
        Ok(Reply::LetGo(done))
    }

    async fn reload(&self) -> Result<Reply, Refusal> {
        let (asked, answer) = oneshot::channel();
        self.reloads.send(asked).await.map_err(|_| Refusal::Stopping)?;
        match answer.await {
            Ok(Ok(())) => Ok(Reply::Reloaded),
            Ok(Err(error)) => Err(Refusal::Reload(error)),
            Err(_) => Err(Refusal::Stopping),
        }
    }
}

/// The time between two dossiers at `per_minute`; none when that is 0.
#[must_use]
pub fn apart(per_minute: u32) -> Duration {
    Duration::from_secs(60).checked_div(per_minute).unwrap_or_default()
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.to_string())
    }
}
