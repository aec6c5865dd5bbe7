//! Panics as lines of the log, without personal data.

use std::any::Any;
use std::panic::PanicHookInfo;

use dongbo_model::ErrorClass;

/// Makes every panic a line `task.panicked`, and lets nothing else of it be printed.
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

/// A panic's message when it stands in the source code. A message made while the program runs, as that of `unwrap`, can
/// contain a citizen's data.
fn words(payload: &(dyn Any + Send)) -> &'static str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("its message is kept out of the log")
}

#[cfg(test)]
mod tests {
    use std::any::Any;

    use super::words;

    const CANARY: &str = "079199000123";

    #[test]
    fn words_of_the_source_code_are_told_and_words_put_together_are_not() {
        let fixed: Box<dyn Any + Send> = Box::new("the queue is empty");
        assert_eq!(words(&*fixed), "the queue is empty");
        let made: Box<dyn Any + Send> = Box::new(format!("no dossier of {CANARY}"));
        assert!(!words(&*made).contains(CANARY));
    }
}
