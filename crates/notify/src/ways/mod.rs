//! Sending one message by one way, within its time.

mod folder;
mod mail;
mod webhook;

use std::time::Duration;

use dongbo_model::ErrorClass;

use crate::error::SendError;
use crate::message::Message;
use crate::settings::Settings;
use crate::way::{Way, WayKind};

/// Sends `message` by `way`; `id` is its own among all messages. Each sending makes its own connection and reads the files of secrets,
/// which may have changed since the last.
///
/// # Errors
/// When it was not taken within the time of the settings. It may have been taken all the same.
pub async fn send(settings: &Settings, way: &Way, message: &Message, id: u64) -> Result<(), SendError> {
    let within = settings.timeout;
    let sending = async {
        match way.kind {
            WayKind::Email => mail::send(way, message, id, within).await,
            WayKind::Folder => folder::write(way, message).await,
            WayKind::Webhook | WayKind::Telegram | WayKind::Zalo | WayKind::Slack => {
                webhook::send(way, message, id, within).await
            }
        }
    };
    in_time(within, sending).await
}

/// Sees whether the receiver of `way` can be reached and lets us in. Nothing is sent to it but the log-in.
///
/// # Errors
/// When it cannot be, or does not within the time of the settings.
pub async fn knock(settings: &Settings, way: &Way) -> Result<(), SendError> {
    let within = settings.timeout;
    let knocking = async {
        match way.kind {
            WayKind::Email => mail::knock(way, within).await,
            // A folder is looked at where it lies.
            WayKind::Folder => Ok(()),
            WayKind::Webhook | WayKind::Telegram | WayKind::Zalo | WayKind::Slack => {
                webhook::knock(way, within).await
            }
        }
    };
    in_time(within, knocking).await
}

/// Reads all files that `way` needs, without asking anybody for anything.
///
/// # Errors
/// When one of them cannot be used.
pub fn read(way: &Way) -> Result<(), SendError> {
    match way.kind {
        WayKind::Email => mail::read(way),
        WayKind::Folder => Ok(()),
        WayKind::Webhook | WayKind::Telegram | WayKind::Zalo | WayKind::Slack => webhook::read(way),
    }
}

async fn in_time(
    within: Duration,
    done: impl Future<Output = Result<(), SendError>>,
) -> Result<(), SendError> {
    match tokio::time::timeout(within, done).await {
        Ok(done) => done,
        Err(_) => Err(SendError::of(ErrorClass::Transient, format!("no answer within {within:?}"))),
    }
}
