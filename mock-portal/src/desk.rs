//! The portal without ports and without waiting, for who simulates the way to it.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::config::Config;
use crate::core::Core;
use crate::error::Error;
use crate::journal::Counters;
use crate::ndxp::{self, Call, Entrance, Twist};
use crate::store::DossierView;
use crate::sync::lock;

/// A portal that is asked by a function call. It answers at once and misbehaves only as it is told.
#[derive(Debug)]
pub struct Desk {
    core: Core,
    calls: AtomicU64,
}

/// How a call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// By the protocol.
    Honest,
    /// As by the protocol, and nothing is stored.
    Lie,
    /// A writing call that holds this dossier is refused for its content.
    Refuse(String),
    /// Half of the batch is stored, and the answer does not say which.
    Half,
}

impl Desk {
    /// A portal that holds nothing yet. Ports and fault rules of `config` are not used.
    ///
    /// # Errors
    /// The configuration makes no sense.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self { core: Core::new(config)?, calls: AtomicU64::new(0) })
    }

    /// The status and the body of the answer to a call.
    pub fn answer(&self, path: &str, body: &[u8], manner: &Manner) -> (u16, Vec<u8>) {
        let entrance =
            if path == self.core.config.ndxp.auth_path { Entrance::Auth } else { Entrance::Integration };
        let call = Call::read(entrance, body, self.core.config.rules.strict_fields);
        let twist = match manner {
            Manner::Honest => Twist::None,
            Manner::Lie => Twist::Lie,
            Manner::Refuse(dossier) => Twist::Refuse {
                dossier: dossier.clone(),
                message: "Thông tin hồ sơ không hợp lệ".to_owned(),
            },
            Manner::Half => Twist::Half { seed: self.core.config.seed },
        };
        let seq = self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = ndxp::perform(&self.core, &call, &twist, seq);
        (answer.status, answer.json)
    }

    /// Ends every session.
    pub fn end_sessions(&self) {
        drop(ndxp::lapse_all(&self.core));
    }

    /// Every dossier in the order of the codes, history included.
    #[must_use]
    pub fn dossiers(&self) -> Vec<DossierView> {
        lock(&self.core.store).page("", usize::MAX, true)
    }

    /// Everything counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters()
    }
}
