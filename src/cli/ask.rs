//! Asking the running daemon, and telling people what it says.

use super::{Failure, Globals};
use crate::config::Config;
use crate::control::{Client, ClientError, LiveStatus, Refusal, Reply, Request};
use dongbo_ledger::{Ledger, LedgerError};
use dongbo_model::Lang;

/// A connection to the running daemon; `None` when none runs.
pub(super) async fn running(config: &Config) -> Result<Option<Client>, ClientError> {
    match Client::connect(&config.control.socket).await {
        Ok(client) => Ok(Some(client)),
        Err(ClientError::NotRunning(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks the daemon, which has to run.
pub(super) async fn ask(config: &Config, request: &Request) -> Result<Reply, ClientError> {
    Client::connect(&config.control.socket).await?.ask(request).await
}

/// How the running daemon stands; `None` when none runs, or this user may only read.
pub(super) async fn live(globals: &Globals) -> Result<Option<LiveStatus>, Failure> {
    match Client::connect(&globals.load()?.control.socket).await {
        Ok(client) => Ok(Some(client.status().await?)),
        Err(ClientError::NotRunning(_) | ClientError::NotPermitted { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The ledger, to be written to while no daemon runs. One that is not there is not made.
pub(super) async fn ledger(config: &Config) -> Result<Ledger, LedgerError> {
    let path = &config.ledger.path;
    if !config.ledger.is_shared() && !path.try_exists().unwrap_or(true) {
        return Err(LedgerError::Absent { path: path.display().to_string() });
    }
    Ledger::of(&config.ledger).await
}

/// In whose name root acts.
pub(super) fn acting_for() -> Option<String> {
    ["SUDO_USER", "USER"].iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
}

/// What to tell a person.
pub(super) fn told(lang: Lang, error: &ClientError) -> String {
    match (lang, error) {
        (Lang::En, _) => error.to_string(),
        (Lang::Vi, ClientError::NotRunning(path)) => format!(
            "dongbo không chạy: không ai trả lời ở {}; khởi động bằng systemctl start dongbo",
            path.display()
        ),
        (Lang::Vi, ClientError::NotPermitted { path, group }) => format!(
            "người dùng này không được ra lệnh cho dongbo ở {}; hãy chạy bằng root, hoặc vào nhóm: \
             sudo usermod -aG {} $USER rồi đăng nhập lại",
            path.display(),
            group.as_deref().unwrap_or("dongbo")
        ),
        (Lang::Vi, ClientError::Connection { path, source }) => {
            format!("không hỏi được dongbo đang chạy ở {}: {source}", path.display())
        }
        (Lang::Vi, ClientError::Silent { path }) => {
            format!("dongbo đang chạy ở {} không trả lời kịp", path.display())
        }
        (Lang::Vi, ClientError::NotUnderstood(what)) => format!(
            "không hiểu câu trả lời của dongbo đang chạy ({what}); lệnh và dongbo đang chạy có cùng phiên bản không?"
        ),
        (Lang::Vi, ClientError::Refused(refusal)) => refusal_in_vietnamese(refusal),
    }
}

fn refusal_in_vietnamese(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotUnderstood(what) => format!(
            "dongbo đang chạy không hiểu yêu cầu ({what}); lệnh và dongbo đang chạy có cùng phiên bản không?"
        ),
        Refusal::TooLong => "yêu cầu quá dài; hãy nêu ít hồ sơ hơn trong một lệnh".to_owned(),
        Refusal::Ledger(what) => format!("sổ cái báo lỗi: {what}"),
        Refusal::BackfillRuns { from, to } => format!(
            "đang đồng bộ bù từ {} đến {}; hãy đợi xong, hoặc dừng nó bằng dongbo backfill --cancel",
            Lang::Vi.moment(*from),
            Lang::Vi.moment(*to)
        ),
        Refusal::EmptyRange => {
            "khoảng thời gian trống: ngày đầu phải trước ngày cuối và trước hiện tại".to_owned()
        }
        Refusal::NoBackfill => "không có lần đồng bộ bù nào đang chạy".to_owned(),
        Refusal::ReconcileRuns => "đang đối chiếu hai bên; hãy đợi xong (dongbo reconcile list)".to_owned(),
        Refusal::Follows => {
            "một dongbo khác trên sổ cái này đang dẫn, và chỉ nó đối chiếu hai bên: hãy ra lệnh ở đó"
                .to_owned()
        }
        Refusal::LogLevel(what) => format!("mức nhật ký không đọc được: {what}"),
        Refusal::Reload(what) => {
            format!("cấu hình mới không được nhận, cấu hình cũ vẫn có hiệu lực: {what}")
        }
        Refusal::WithoutMeans => "dongbo đang chạy không có phương tiện để làm việc đó".to_owned(),
        Refusal::Stopping => "dongbo đang dừng".to_owned(),
    }
}
