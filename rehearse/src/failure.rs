//! The reasons why a trial cannot be held.

use std::io;
use std::path::PathBuf;

use dongbo_model::{Lang, texts};

/// The reason why a trial ended by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no program {}", .0.display())]
    NoProgram(PathBuf),
    #[error("dongbo {what} ended with {status}: {said}")]
    Ended { what: &'static str, status: std::process::ExitStatus, said: String },
    #[error("no start within {0} seconds")]
    NotReady(u64),
    #[error(transparent)]
    Local(#[from] testbed::Error),
    #[error(transparent)]
    Portal(#[from] mock_portal::Error),
    #[error("{0}")]
    System(#[from] io::Error),
    #[error("{0}")]
    Output(io::Error),
}

texts! {
    no_program(path):
        "không có chương trình {path}: cài cả hai bằng scripts/install",
        "there is no program {path}: scripts/install installs both";
    ended_early(what, status, said):
        "dongbo {what} dừng giữa chừng ({status}):\n{said}",
        "dongbo {what} ended before its time ({status}):\n{said}";
    not_ready(seconds):
        "dongbo không khởi động xong trong {seconds} giây",
        "dongbo did not start within {seconds} seconds";
    not_set(error): "không dựng được: {error}", "it cannot be set up: {error}";
}

impl Failure {
    /// The sentence for whoever tries dongbo.
    pub(crate) fn told(&self, lang: Lang) -> String {
        match self {
            Self::NoProgram(path) => no_program(lang, path.display()),
            Self::Ended { what, status, said } => ended_early(lang, what, status, said),
            Self::NotReady(seconds) => not_ready(lang, seconds),
            Self::Local(_) | Self::Portal(_) | Self::System(_) | Self::Output(_) => not_set(lang, self),
        }
    }
}
