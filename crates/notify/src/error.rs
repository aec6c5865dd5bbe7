//! Why a message was not taken.

use std::time::Duration;

use dongbo_model::ErrorClass;

/// A message that was not taken. Its words hold no secret, no address of a person and nothing that the other side said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct SendError {
    /// The class, which says who has to act.
    pub class: ErrorClass,
    /// What failed, and what to do.
    pub words: String,
    /// The wait that the other side asks for.
    pub retry_after: Option<Duration>,
}

impl SendError {
    /// An error of this class.
    pub(crate) fn of(class: ErrorClass, words: impl Into<String>) -> Self {
        Self { class, words: words.into(), retry_after: None }
    }

    /// Something in the configuration or in a file that it names is wrong.
    pub(crate) fn config(words: impl Into<String>) -> Self {
        Self::of(ErrorClass::Config, words)
    }

    /// Waiting may help.
    pub(crate) fn transient(words: impl Into<String>) -> Self {
        Self::of(ErrorClass::Transient, words)
    }
}
