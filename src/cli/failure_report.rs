//! Failures of commands for machines: one JSON document on one line of standard error.

use serde::Serialize;

use super::failure::{Ended, Failure};
use crate::control::{ClientError, Refusal};
use crate::daemon::StartError;
use dongbo_model::Lang;
use dongbo_notify::NumbersError;

#[derive(Serialize)]
struct Document<'a> {
    error: Report<'a>,
}

/// A failure, as machines read it.
#[derive(Serialize)]
struct Report<'a> {
    kind: &'static str,
    class: Option<&'static str>,
    exit_code: u8,
    message: &'a str,
    problems: &'a [String],
    nearest: &'a [String],
}

/// The document about a command that failed.
pub(super) fn json(failure: &Failure, lang: Lang) -> String {
    let problems = match failure {
        Failure::Config(error) if error.missing.is_none() => error.problems.as_slice(),
        _ => &[],
    };
    let nearest = match failure {
        Failure::SeveralCodes { codes, .. } => codes.as_slice(),
        Failure::NoSuchCode { nearest, .. } => nearest.as_slice(),
        _ => &[],
    };
    written(Report {
        kind: kind(failure),
        class: class(failure),
        exit_code: failure.ended().code(),
        message: &failure.told(lang),
        problems,
        nearest,
    })
}

/// The document about a command line that cannot be read, of which `told` tells and for which `nearest` may be meant.
pub(super) fn unread(told: &str, nearest: &[String]) -> String {
    written(Report {
        kind: "command_line",
        class: None,
        exit_code: Ended::Usage.code(),
        message: told,
        problems: &[],
        nearest,
    })
}

fn written(error: Report<'_>) -> String {
    // Texts and lists always serialise.
    serde_json::to_string(&Document { error }).unwrap_or_default()
}

const fn kind(failure: &Failure) -> &'static str {
    match failure {
        Failure::Config(_) | Failure::Log(_) => "configuration",
        Failure::Start(_) | Failure::Died(_) | Failure::Signals(_) => "start",
        Failure::Ledger(_) | Failure::Numbers(NumbersError::Ledger(_)) => "ledger",
        Failure::Numbers(NumbersError::Book(_)) => "configuration",
        Failure::Source(_) => "local_database",
        Failure::Client(ClientError::Refused(Refusal::EmptyRange))
        | Failure::NobodyToAsk
        | Failure::OnlyWatches(_)
        | Failure::NotLeft { .. }
        | Failure::NoCommand(_)
        | Failure::NoWay { .. }
        | Failure::NoExample
        | Failure::Figures(_) => "command_line",
        Failure::Client(_) => "daemon",
        Failure::SeveralCodes { .. } | Failure::NoSuchCode { .. } => "dossier_code",
        Failure::Write { .. }
        | Failure::Result { .. }
        | Failure::Seal(_)
        | Failure::Report(_)
        | Failure::Output(_) => "output",
        _ => "other",
    }
}

fn class(failure: &Failure) -> Option<&'static str> {
    Some(match failure {
        Failure::Config(_) | Failure::Numbers(NumbersError::Book(_)) => "config",
        Failure::Numbers(NumbersError::Ledger(error)) => error.class().name(),
        Failure::Ledger(error) | Failure::Start(StartError::Ledger(error)) => error.class().name(),
        Failure::Start(error) => error.class().name(),
        Failure::Source(error) => error.class().name(),
        Failure::Seal(error) => error.class().name(),
        Failure::Report(error) => error.class().name(),
        _ => return None,
    })
}
