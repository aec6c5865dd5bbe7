//! Batches: the ways in which a fault changes what is done with one, and the parts of storing one that both dialects share.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::node::{Members, Node};

/// Message of a refusal that does not say what it is about.
pub(crate) const VAGUE: &str = "Có lỗi xảy ra khi xử lý một số dữ liệu trong danh sách";

/// The way in which a fault changes what is done with a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Twist {
    None,
    /// Answer as if everything was stored, and store nothing.
    Lie,
    /// Refuse this dossier with this message.
    Refuse {
        dossier: String,
        message: String,
    },
    /// Apply half of the batch, chosen by hash, and refuse without saying which.
    Half {
        seed: u64,
    },
}

impl Twist {
    /// The message with which a dossier is to be refused, if it is to be.
    pub(crate) fn refusal_of(&self, code: &str) -> Option<&str> {
        match self {
            Self::Refuse { dossier, message } if dossier == code => Some(message),
            Self::None | Self::Lie | Self::Refuse { .. } | Self::Half { .. } => None,
        }
    }

    pub(crate) fn is_half(&self) -> bool {
        matches!(self, Self::Half { .. })
    }
}

/// Hash of the fields of a step. An empty field equals a missing one, because the citizen sees no difference.
pub(crate) fn fingerprint(members: &Members<'_>) -> u64 {
    let mut fields: Vec<(&str, &str)> = Vec::with_capacity(members.len());
    for (name, node) in members {
        if let Node::Text(text) = node
            && !text.as_str().is_empty()
        {
            fields.push((name.as_str(), text.as_str()));
        }
    }
    fields.sort_unstable();
    let mut hasher = DefaultHasher::new();
    fields.hash(&mut hasher);
    hasher.finish()
}
