//! Messages as files.

use chrono_tz::Asia::Ho_Chi_Minh;

use crate::error::SendError;
use crate::markup::plain;
use crate::message::Message;
use crate::way::Way;
use dongbo_settings::{ownership, whole};

/// Puts the message into the way's folder, as text and as JSON. Each file is there whole or not at all.
pub(super) async fn write(way: &Way, message: &Message) -> Result<(), SendError> {
    let folder = way.folder.clone().unwrap_or_default();
    let at = message.at.with_timezone(&Ho_Chi_Minh).format("%Y%m%d-%H%M%S%3f");
    let name = format!("{at}-{}", message.occasion.name());
    let text = format!("{}\n", plain(message));
    let json = serde_json::to_vec_pretty(message).unwrap_or_default();
    // A folder on a network may hang, and must hang nobody else.
    let written = tokio::task::spawn_blocking(move || {
        ownership::create_dir_all(&folder)?;
        whole::replace(&folder.join(format!("{name}.json")), &json, Some(ownership::OWN))?;
        whole::replace(&folder.join(format!("{name}.txt")), text.as_bytes(), Some(ownership::OWN))
    });
    match written.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(SendError::config(format!(
            "{}: {error}; make the folder, and let dongbo's user write there",
            way.key("folder")
        ))),
        Err(_) => Err(SendError::transient("writing was broken off")),
    }
}
