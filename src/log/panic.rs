//! Panics as lines of the log, without what a citizen wrote.

use std::any::Any;
use std::panic::PanicHookInfo;

use tokio::task::JoinError;

use crate::class::ErrorClass;

/// From now on a panic is a line `task.panicked`, and nothing else of it is printed.
pub(super) fn install() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let location = panic.location().map(|at| format!("{}:{}", at.file(), at.line()));
    let location = location.as_deref().unwrap_or("an unknown place");
    tracing::error!(
        event = "task.panicked",
        class = ErrorClass::Bug.name(),
        thread = thread.name().unwrap_or("unnamed"),
        location,
        "A task of dongbo panicked at {location}: {}. Please report this",
        words(panic.payload())
    );
}

/// A panic's words when they stand in the source code. Words that were put together while the program ran, as those of
/// `unwrap` are, can carry a citizen's data.
fn words(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("its message is kept out of the log")
}

/// How a task ended that did not end well. The error's own text is not fit for the log: it holds the panic's message.
#[must_use]
pub fn ended(error: &JoinError) -> &'static str {
    if error.is_panic() { "it panicked, see task.panicked" } else { "it was cancelled" }
}

#[cfg(test)]
mod tests {
    use std::any::Any;

    use super::{ended, words};

    const CANARY: &str = "079199000123";

    #[test]
    fn words_of_the_source_code_are_told_and_words_put_together_are_not() {
        let fixed: Box<dyn Any + Send> = Box::new("the queue is empty");
        assert_eq!(words(&*fixed), "the queue is empty");
        let made: Box<dyn Any + Send> = Box::new(format!("no dossier of {CANARY}"));
        assert!(!words(&*made).contains(CANARY));
    }

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
