//! Sending one message by one way, within its time.

mod folder;
mod mail;
mod webhook;

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
    match tokio::time::timeout(within, sending).await {
        Ok(done) => done,
        Err(_) => Err(SendError::of(ErrorClass::Transient, format!("no answer within {within:?}"))),
    }
}
