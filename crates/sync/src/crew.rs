//! The end of tasks that did not end well.

use tokio::task::JoinError;

/// How a task ended that did not end well. The error's own text is not fit for the log: it holds the panic's message.
#[must_use]
pub fn ended(error: &JoinError) -> &'static str {
    if error.is_panic() { "it panicked, see task.panicked" } else { "it was cancelled" }
}

#[cfg(test)]
mod tests {
    use super::ended;

    const CANARY: &str = "079199000123";

    #[tokio::test]
    async fn how_a_task_ended_is_told_without_the_message_of_its_panic() {
        let panicked = tokio::spawn(async { panic!("no dossier of {CANARY}") }).await.unwrap_err();
        assert!(panicked.to_string().contains(CANARY), "this is why the error itself is not logged");
        assert_eq!(ended(&panicked), "it panicked, see task.panicked");
        let cancelled = tokio::spawn(std::future::pending::<()>());
        cancelled.abort();
        assert_eq!(ended(&cancelled.await.unwrap_err()), "it was cancelled");
    }
}
