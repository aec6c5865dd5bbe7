//! One call to the portal, as it is told to people and machines.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use dongbo_ledger::PastAttempt;
use dongbo_model::{Lang, texts};

texts! {
    portal_said(words): "Cổng trả lời: {words}", "The portal's words: {words}";
    no_answer(): "Cổng không trả lời; không rõ yêu cầu đã tới nơi hay chưa.", "No answer came; nobody knows whether the request arrived.";
    not_sent(): "Không nối được tới Cổng; yêu cầu chưa được gửi đi.", "The portal could not be reached; nothing was sent.";
    not_known_there(): "Chưa biết mã định danh của hồ sơ trên Cổng.", "The portal's identifier of the dossier is not known yet.";
    not_called(): "Không gọi được Cổng vì cấu hình, đăng nhập hoặc chứng thư; xem: dongbo check", "The portal could not be called because of configuration, log-in or certificate; see: dongbo check";
    own_note(words): "dongbo ghi: {words}", "dongbo notes: {words}";
}

/// A call, or a chain of calls, to the portal.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
pub struct AttemptView {
    /// When the first call began.
    pub started_at: DateTime<Utc>,
    /// When the last one ended.
    pub ended_at: DateTime<Utc>,
    /// The calls in order, separated by commas.
    pub operations: String,
    /// Outcome of the decisive call by its stable name.
    pub outcome: String,
    /// HTTP status of it.
    pub http_status: Option<u16>,
    /// The portal's code in it.
    pub portal_code: String,
    /// The portal's words, masked; where no answer came dongbo's own.
    pub message: String,
}

impl AttemptView {
    /// The portal's words; where no answer came they are dongbo's own, which have one language.
    #[must_use]
    pub fn said(&self, lang: Lang) -> String {
        match (self.http_status, lang, self.outcome.as_str()) {
            (Some(_), ..) => portal_said(lang, &self.message),
            (None, Lang::En, _) => own_note(lang, &self.message),
            (None, Lang::Vi, "unknown") => no_answer(lang),
            (None, Lang::Vi, "not_found") => not_known_there(lang),
            (None, Lang::Vi, "auth" | "config") => not_called(lang),
            (None, Lang::Vi, _) => not_sent(lang),
        }
    }
}

impl From<PastAttempt> for AttemptView {
    fn from(attempt: PastAttempt) -> Self {
        Self {
            started_at: attempt.started_at,
            ended_at: attempt.ended_at,
            operations: attempt.operations,
            outcome: attempt.outcome,
            http_status: attempt.http_status,
            portal_code: attempt.portal_code,
            message: attempt.message,
        }
    }
}
