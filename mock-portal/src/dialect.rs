//! A call in either dialect: its route, its parts, and the answers to it.

use bytes::Bytes;

use crate::core::Core;
use crate::form::UploadedFile;
use crate::ndxp::{self, Entrance};
use crate::rest;
use crate::service::Service;
use crate::wire::answer::Answer;
use crate::wire::batch::Twist;

/// The dialect of a path of the service port, and the place that the path has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Ndxp(Entrance),
    Rest(Service),
}

impl Route {
    pub(crate) fn at(core: &Core, path: &str) -> Option<Self> {
        let ndxp = &core.config.ndxp;
        let entrances = [
            (&ndxp.auth_path, Entrance::Auth),
            (&ndxp.integration_path, Entrance::Integration),
            (&ndxp.share_path, Entrance::Share),
            (&ndxp.proxy_dossiers_path, Entrance::ProxyDossiers),
            (&ndxp.proxy_steps_path, Entrance::ProxySteps),
            (&ndxp.proxy_lookup_path, Entrance::ProxyLookUp),
        ];
        let known = entrances.into_iter().find(|(known, _)| *known == path);
        known
            .map(|(_, entrance)| Self::Ndxp(entrance))
            .or_else(|| rest::service_at(core, path).map(Self::Rest))
    }

    /// The service, if the path alone decides it and a rule may strike before the body is read.
    pub(crate) fn early_service(self) -> Option<Service> {
        match self {
            Self::Ndxp(Entrance::Auth) | Self::Rest(Service::Auth) => Some(Service::Auth),
            Self::Rest(Service::Upload) => Some(Service::Upload),
            Self::Ndxp(_) | Self::Rest(_) => None,
        }
    }
}

/// A call as it was read from the connection.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedCall {
    pub(crate) route: Route,
    /// The part of the address behind `?`.
    pub(crate) query: String,
    pub(crate) body: Bytes,
    /// Token of `Authorization: Bearer`.
    pub(crate) token: Option<String>,
    /// The file in an upload.
    pub(crate) file: Option<UploadedFile>,
}

/// A call taken apart.
#[derive(Debug)]
pub(crate) enum DialectCall<'a> {
    Ndxp(ndxp::Call<'a>),
    Rest(rest::Call<'a>),
}

impl<'a> DialectCall<'a> {
    pub(crate) fn read(received: &'a ReceivedCall, strict: bool) -> Self {
        match received.route {
            Route::Ndxp(entrance) if entrance.is_proxy() => {
                Self::Ndxp(ndxp::Call::read_proxy(entrance, &received.query, &received.body))
            }
            Route::Ndxp(entrance) => Self::Ndxp(ndxp::Call::read(entrance, &received.body, strict)),
            Route::Rest(service) => {
                let (token, file) = (received.token.as_deref(), received.file.as_ref());
                Self::Rest(rest::Call::read(service, token, &received.body, file))
            }
        }
    }

    pub(crate) fn service(&self) -> Service {
        match self {
            Self::Ndxp(call) => call.service,
            Self::Rest(call) => call.service,
        }
    }

    /// The dossiers that the call is about.
    pub(crate) fn dossiers(&self) -> Vec<String> {
        match self {
            Self::Ndxp(call) => call.dossiers().map(str::to_owned).collect(),
            Self::Rest(call) => call.dossiers().into_iter().map(str::to_owned).collect(),
        }
    }

    pub(crate) fn steps(&self) -> usize {
        match self {
            Self::Ndxp(call) => call.steps(),
            Self::Rest(call) => call.steps(),
        }
    }

    pub(crate) fn is_create(&self) -> bool {
        match self {
            Self::Ndxp(call) => call.is_create(),
            Self::Rest(call) => call.is_create(),
        }
    }

    pub(crate) fn perform(&self, core: &Core, twist: &Twist, seq: u64) -> Answer {
        match self {
            Self::Ndxp(call) => ndxp::perform(core, call, twist, seq),
            Self::Rest(call) => rest::perform(core, call, twist, seq),
        }
    }

    /// Ends every session; the answer says so.
    pub(crate) fn lapse_all(&self, core: &Core) -> Answer {
        match self {
            Self::Ndxp(_) => ndxp::lapse_all(core),
            Self::Rest(_) => rest::lapse_all(core),
        }
    }

    /// The answer that the dossier is known, whatever is true.
    pub(crate) fn claim_exists(&self, core: &Core, dossier: &str) -> Answer {
        match self {
            Self::Ndxp(_) => ndxp::claim_exists(core, dossier),
            Self::Rest(_) => rest::claim_exists(core, dossier),
        }
    }

    /// A refusal that says nothing.
    pub(crate) fn unhelpful(&self) -> Answer {
        match self {
            Self::Ndxp(_) => ndxp::unhelpful(),
            Self::Rest(_) => rest::unhelpful(),
        }
    }

    /// Takes a file in with other bytes than were sent; any other call is done as it should be.
    pub(crate) fn damage(&self, core: &Core, seq: u64) -> Answer {
        match self {
            Self::Rest(call) if call.service == Service::Upload => rest::damage(core, call, seq),
            Self::Ndxp(_) | Self::Rest(_) => self.perform(core, &Twist::None, seq),
        }
    }
}
