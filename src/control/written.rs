//! Requests as the audit log has them.

use super::protocol::Request;
use dongbo_ledger::Act;
use dongbo_sync::acts::{about_codes, about_run, about_selection};

impl Request {
    /// The act that this request orders, and what it is about; `None` for one that only looks.
    #[must_use]
    pub fn ordered(&self) -> Option<(Act, String)> {
        let codes = |codes: &[String]| about_codes(codes.iter().map(String::as_str));
        Some(match self {
            Self::Status
            | Self::FindCode { .. }
            | Self::PreviewRetry { .. }
            | Self::BackfillState
            | Self::ResendState
            | Self::Resends { .. }
            | Self::ReconcileState { .. }
            | Self::LogLevel { directives: None } => return None,
            Self::Pause { reason, .. } => (Act::Pause, reason.clone()),
            Self::Resume { .. } => (Act::Resume, String::new()),
            Self::Retry { selection, per_minute, .. } => {
                (Act::Retry, about_selection(selection, *per_minute))
            }
            Self::SettleHistories { rows, act, .. } => {
                let rows = about_codes(rows.iter().map(|row| row.code.as_str()));
                (Act::SettleHistories, format!("{act:?} {rows}"))
            }
            Self::EnterFigures { figures, .. } => {
                let named = figures.iter().map(|one| format!("{} {} {}", one.period, one.unit, one.figure));
                (Act::EnterFigures, named.collect::<Vec<_>>().join(", "))
            }
            Self::Backfill { from, to, per_minute, .. } => {
                (Act::Backfill, format!("from={from} to={to} per_minute={per_minute}"))
            }
            Self::CancelBackfill { .. } => (Act::CancelBackfill, String::new()),
            Self::Resend { codes: named, .. } => (Act::Resend, codes(named)),
            Self::TurnResend { state, .. } => (Act::TurnResend, state.name().to_owned()),
            Self::LetGo { source, .. } => (Act::LetGo, source.clone()),
            Self::Reconcile { order, .. } => (Act::Reconcile, about_run(order)),
            Self::CancelReconcile { .. } => (Act::CancelReconcile, String::new()),
            Self::LogLevel { directives: Some(levels) } => (Act::LogLevel, levels.clone()),
            Self::RefreshCatalogue { believe } => (Act::Catalogue, format!("believe={believe}")),
            Self::Reload => (Act::Reload, String::new()),
        })
    }

    /// The person for whom root acts.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Pause { by, .. }
            | Self::Resume { by }
            | Self::Retry { by, .. }
            | Self::SettleHistories { by, .. }
            | Self::EnterFigures { by, .. }
            | Self::Backfill { by, .. }
            | Self::CancelBackfill { by }
            | Self::Resend { by, .. }
            | Self::TurnResend { by, .. }
            | Self::LetGo { by, .. }
            | Self::Reconcile { by, .. }
            | Self::CancelReconcile { by } => by.as_deref(),
            Self::Status
            | Self::FindCode { .. }
            | Self::PreviewRetry { .. }
            | Self::BackfillState
            | Self::ResendState
            | Self::Resends { .. }
            | Self::ReconcileState { .. }
            | Self::LogLevel { .. }
            | Self::RefreshCatalogue { .. }
            | Self::Reload => None,
        }
    }
}
