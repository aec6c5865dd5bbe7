//! The portal without ports and without waiting, for simulations that replace the network.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::config::Config;
use crate::core::Core;
use crate::counters::Counters;
use crate::dialect::{DialectCall, ReceivedCall, Route};
use crate::error::Error;
use crate::ndxp::{self, Entrance};
use crate::store::DossierView;
use crate::sync::lock;
use crate::wire::batch::Twist;

/// A portal that is asked by a function call. It answers at once and misbehaves only as each call says.
#[derive(Debug)]
pub struct Desk {
    core: Core,
    calls: AtomicU64,
}

/// The manner in which a call is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manner {
    /// Obey the call and answer by the protocol.
    Honest,
    /// Answer by the protocol, and store nothing.
    Lie,
    /// Refuse a writing call that holds this dossier for its content.
    Refuse(String),
    /// Store half of the batch, and do not say which half.
    Half,
}

impl Desk {
    /// A portal that holds nothing yet. Ports and fault rules of `config` are not used, but an invalid one is an error.
    pub fn new(config: Config) -> Result<Self, Error> {
        Ok(Self { core: Core::new(config)?, calls: AtomicU64::new(0) })
    }

    /// The status and the body of the answer to a call at `path`, with the token of its header.
    pub fn answer(&self, path: &str, token: Option<&str>, body: &[u8], manner: &Manner) -> (u16, Vec<u8>) {
        let received = ReceivedCall {
            route: Route::at(&self.core, path).unwrap_or(Route::Ndxp(Entrance::Integration)),
            query: String::new(),
            body: Bytes::copy_from_slice(body),
            token: token.map(str::to_owned),
            file: None,
        };
        let call = DialectCall::read(&received, self.core.config.rules.strict_fields);
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
        let answer = call.perform(&self.core, &twist, seq);
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
