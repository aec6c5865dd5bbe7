//! The acts that a command can ask of the running daemon.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::peer::caller;
use super::protocol::{Refusal, Reply, Request, Told};
use dongbo_ledger::{Act, ActWay, CatalogueOrder, HistoryAct, HistoryRow, LedgerError, NewFigure};
use dongbo_sync::acts::{ActError, Acts};
use dongbo_sync::ctx::Ctx;
use dongbo_sync::health::{LiveStatus, Lookout};
use dongbo_sync::reconcile::RunBoard;

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
    /// Does what the pages can order, too.
    pub acts: Acts,
    /// Takes orders to reload.
    pub reloads: mpsc::Sender<Reload>,
    /// Sets the levels of the log; `None` in a program that has a log of its own.
    pub levels: Option<LevelSetter>,
}

impl Control {
    /// Does what the request in `line` asks for, in the name of user `uid`.
    pub(super) async fn answer(&self, line: &[u8], uid: u32) -> Reply {
        let done = match serde_json::from_slice::<Request>(line) {
            Ok(request) => match request.ordered() {
                None => self.tell(request).await,
                Some(ordered) => {
                    let done = self.act(request, ordered, uid).await;
                    self.lookout.forget().await;
                    done
                }
            },
            Err(error) => Err(Refusal::NotUnderstood(error.to_string())),
        };
        done.unwrap_or_else(Reply::Refused)
    }

    /// Answers a request that only looks.
    async fn tell(&self, request: Request) -> Result<Reply, Refusal> {
        match request {
            Request::FindCode { code } => Ok(Reply::CodeFound(self.ctx.ledger.find_code(&code).await?)),
            Request::PreviewRetry { selection } => {
                Ok(Reply::RetryPreview(self.acts.preview_retry(&selection).await?))
            }
            Request::BackfillState => self.backfill_state().await,
            Request::ResendState => self.resend_state().await,
            Request::Resends { skip } => self.resends(skip).await,
            Request::ReconcileState { ticket } => Ok(Reply::Reconcile(Box::new(self.board.state(ticket)))),
            Request::LogLevel { .. } => self.log_level(None),
            _ => {
                let seen = self.lookout.look().await;
                let started_at = self.lookout.started_at();
                let status = LiveStatus::of(&self.ctx.gate, &self.ctx.vitals, &self.board, &seen, started_at);
                Ok(Reply::Status(Box::new(Told { status, facts: seen.facts })))
            }
        }
    }

    /// Writes an order down and carries it out.
    async fn act(&self, request: Request, (act, about): (Act, String), uid: u32) -> Result<Reply, Refusal> {
        let who = caller(uid, request.by()).await;
        let noted = match (self.acts.note(&who, ActWay::Command, act, &about).await, act) {
            (Ok(noted), _) => noted,
            // These mend a daemon whose ledger cannot be written, and change nothing of a dossier.
            (Err(error), Act::LogLevel | Act::Reload) => {
                self.ctx.ledger_failed(&error);
                return self.mend(request).await;
            }
            (Err(error), _) => return Err(error.into()),
        };
        let by = noted.by();
        match request {
            Request::Pause { reason, .. } => {
                let (pause, before) = self.acts.pause(&noted, &reason).await?;
                Ok(Reply::Paused { before, pause })
            }
            Request::Resume { .. } => Ok(Reply::Resumed(self.acts.resume(&noted).await?)),
            Request::Retry { selection, per_minute, .. } => {
                Ok(Reply::Retried(self.acts.retry(&noted, &selection, per_minute).await?))
            }
            Request::EnterFigures { figures, .. } => self.enter_figures(&figures, by).await,
            Request::SettleHistories { rows, act, .. } => self.settle_histories(&rows, act, by).await,
            Request::Backfill { from, to, per_minute, .. } => {
                self.begin_backfill(from..to, per_minute, by.to_owned()).await
            }
            Request::CancelBackfill { .. } => self.cancel_backfill(by.to_owned()).await,
            Request::Resend { codes, .. } => {
                self.acts.resend(&noted, &codes, None).await?;
                self.resend_state().await
            }
            Request::TurnResend { state, .. } => {
                self.acts.turn_resend(&noted, state).await?;
                self.resend_state().await
            }
            Request::LetGo { source, .. } => self.let_go(&source, by).await,
            Request::Reconcile { order, .. } => {
                Ok(Reply::ReconcileOrdered(self.acts.reconcile(&noted, *order)?))
            }
            Request::CancelReconcile { .. } => {
                Ok(Reply::ReconcileCancelled(self.acts.cancel_reconcile(&noted)?))
            }
            Request::RefreshCatalogue { believe } => {
                let at = self.ctx.clock.now();
                self.ctx.ledger.order_catalogue(&CatalogueOrder { at, believe }).await?;
                Ok(Reply::CatalogueOrdered)
            }
            request => self.mend(request).await,
        }
    }

    /// Sets the levels of the log, or reloads.
    async fn mend(&self, request: Request) -> Result<Reply, Refusal> {
        match request {
            Request::LogLevel { directives } => self.log_level(directives.as_deref()),
            _ => self.reload().await,
        }
    }

    fn log_level(&self, directives: Option<&str>) -> Result<Reply, Refusal> {
        let levels = self.levels.as_ref().ok_or(Refusal::WithoutMeans)?;
        levels(directives).map(Reply::LogLevel).map_err(Refusal::LogLevel)
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

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error.to_string())
    }
}

impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Ledger(error) => error.into(),
            ActError::Follows => Self::Follows,
            ActError::ReconcileRuns => Self::ReconcileRuns,
        }
    }
}
