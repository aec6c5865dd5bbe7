//! What is asked over the socket, and what is answered: each one line of JSON.

use serde::{Deserialize, Serialize};

use super::live::LiveStatus;
use crate::ledger::Pause;

/// The longest request that is read, in bytes with the end of its line.
pub(super) const LONGEST_REQUEST: usize = 64 << 10;

/// What a command asks of the running daemon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// How it stands.
    Status,
    /// To send nothing until it is told to go on.
    Pause {
        /// In whose name root acts; nobody else is believed.
        by: Option<String>,
        /// Why, in a person's words.
        reason: String,
    },
    /// To go on sending.
    Resume {
        /// In whose name root acts.
        by: Option<String>,
    },
    /// To log other levels from now on, until it restarts; without `directives` only which are in force.
    LogLevel {
        /// `info`, or `info,dongbo::push=debug`.
        directives: Option<String>,
    },
    /// To take the configuration over as it is now.
    Reload,
}

/// What the daemon answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How it stands.
    Status(Box<LiveStatus>),
    /// Sending is paused by this, which may be older than the request.
    Paused(Pause),
    /// Sending goes on. The pause that was ended, if there was one.
    Resumed(Option<Pause>),
    /// The levels in force.
    LogLevel(String),
    /// The new configuration has proved itself and is in force.
    Reloaded,
    /// Nothing was done.
    Refused(Refusal),
}

/// Why the daemon did not do as asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The request is none that this version knows.
    #[error("the daemon does not understand the request ({0}); are daemon and command of one version?")]
    NotUnderstood(String),
    /// The request is longer than is read.
    #[error("the request is longer than {LONGEST_REQUEST} bytes; name fewer dossiers at once")]
    TooLong,
    /// The ledger failed.
    #[error("{0}")]
    Ledger(String),
    /// The levels cannot be read.
    #[error("{0}")]
    LogLevel(String),
    /// The new configuration was not taken over; the old one stays in force.
    #[error("the new configuration is not taken over, the old one stays in force: {0}")]
    Reload(String),
    /// This daemon runs inside another program, which has the say in this.
    #[error("this daemon was started without the means to do that")]
    WithoutMeans,
    /// The daemon is about to stop.
    #[error("the daemon is stopping")]
    Stopping,
}
