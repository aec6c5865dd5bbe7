//! Dialect `ndxp`: the adapter on the national data exchange platform, and the form of a province's proxy.

mod call;
mod catalogue;
mod envelope;
mod proxy;
pub(crate) mod settings;
mod verdicts;
mod wire;

use std::sync::Arc;

use reqwest::Url;

use self::call::NdxpCall;
pub use self::catalogue::{CatalogueFields, ListedProcedure, ProcedureDetail};
pub use self::proxy::Proxy;
pub use self::settings::{NdxpForm, NdxpSettings};
use self::verdicts::VERDICTS;
use self::wire::Caller;
use crate::answer::Answer;
use crate::call::{Call as _, Observer};
use crate::client::{self, Client, url};
use crate::error::PortalError;
use crate::lookup::{Expected, Lookup, Seen, seen};
use crate::outcome::Outcome;
use crate::parse::Parsed;
use crate::session::NewSession;
use crate::settings::Settings;
use crate::transport::{Request, Transport};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Mode, Step};
use dongbo_settings::Secret;

/// The portal, shared by all workers: one pool of connections, one session. Cheap to clone.
#[derive(Clone)]
pub struct Ndxp(Arc<Inner>);

struct Inner {
    client: Client,
    auth_url: Url,
    integration_url: Url,
    share_url: Url,
    unit_code: String,
    username: String,
    lookup: Lookup,
}

impl Ndxp {
    /// Sets the portal up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file that `config` names cannot be used, the address is no URL, or the HTTP client cannot be built.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let http = client::http(config, "auth_path", &config.auth_path, clock.clone())?;
        Self::by(http, config, clock, observer)
    }

    /// The portal at the other end of `transport`.
    ///
    /// # Errors
    /// As [`Ndxp::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        let inner = Inner {
            client: Client::new(transport, config, VERDICTS, clock, observer)?,
            auth_url: url(config, "auth_path", &config.auth_path)?,
            integration_url: url(config, "integration_path", &config.integration_path)?,
            share_url: url(config, "share_path", &config.share_path)?,
            unit_code: config.unit_code.clone(),
            username: config.username.clone(),
            lookup: Lookup::of(config),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Creates dossiers that the portal does not have yet.
    pub async fn create(&self, dossiers: &[&Dossier]) -> Answer {
        self.call(NdxpCall::Create(dossiers)).await.answer
    }

    /// Replaces dossiers that the portal has.
    pub async fn update(&self, dossiers: &[&Dossier]) -> Answer {
        self.call(NdxpCall::Update(dossiers)).await.answer
    }

    /// Appends steps, in this order. Not idempotent: after [`Outcome::Unknown`](crate::Outcome::Unknown) look the dossier up.
    pub async fn append_steps(&self, steps: &[(&DossierCode, &Step)]) -> Answer {
        self.call(NdxpCall::AppendSteps(steps)).await.answer
    }

    /// The dossier as it is written on this wire.
    pub(crate) fn expected(&self, dossier: &Dossier) -> Expected {
        wire::expected(dossier)
    }

    /// Compares the portal's record of `dossier` with it; `None` when the portal does not know it. In watch mode what a vendor's
    /// bridge has of its own is no difference.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier, mode: Mode) -> Result<Option<Seen>, Answer> {
        let parsed = self.call(NdxpCall::LookUp(dossier)).await;
        seen(parsed, dossier, self.expected(dossier), (&self.0.lookup, mode))
    }

    /// Looks a dossier up only to see whether the portal works: that it does not know the dossier is as good as that it
    /// does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        self.call(NdxpCall::Probe(code)).await.answer.of_probe()
    }

    /// Every procedure that the portal knows, in its order; each code once.
    ///
    /// # Errors
    /// The answer, when it is no success or holds no list of procedures.
    pub async fn procedures(&self) -> Result<Vec<ListedProcedure>, Answer> {
        catalogue::listed(self.call(NdxpCall::ListProcedures).await)
    }

    /// The portal's details of the procedure `code`; `None` when it does not know it.
    ///
    /// # Errors
    /// The answer, when it is no success or holds something else.
    pub async fn procedure(
        &self,
        code: &str,
        fields: CatalogueFields<'_>,
    ) -> Result<Option<ProcedureDetail>, Answer> {
        catalogue::detail(self.call(NdxpCall::GetProcedure(code)).await, code, fields)
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        self.0.client.log_in_anew(|| self.0.log_in()).await
    }

    async fn call(&self, call: NdxpCall<'_>) -> Parsed {
        let inner = &*self.0;
        let url = match call {
            NdxpCall::ListProcedures => &inner.share_url,
            _ => &inner.integration_url,
        };
        let send = |token: Arc<Secret>| async move { inner.exchange(call, url, Some(&token)).await };
        let works = |token: Arc<Secret>| async move {
            let Some(&code) = call.codes().first().filter(|_| call.writes()) else { return false };
            let probed = inner.exchange(NdxpCall::Probe(code), url, Some(&token)).await;
            probed.answer.of_probe().outcome == Outcome::Delivered
        };
        inner.client.call(|| inner.log_in(), send, works).await
    }
}

impl Inner {
    async fn log_in(&self) -> Result<NewSession, Answer> {
        let call = NdxpCall::LogIn { username: &self.username, password: self.client.password() };
        let parsed = self.exchange(call, &self.auth_url, None).await;
        parsed.session.ok_or(parsed.answer)
    }

    /// Sends one request and parses its answer. The session travels in the body.
    async fn exchange(&self, call: NdxpCall<'_>, url: &Url, session: Option<&Secret>) -> Parsed {
        let caller = Caller { session: session.map_or("", Secret::expose), unit: &self.unit_code };
        match client::json(call.body(caller)) {
            Ok(body) => self.client.exchange(&call, Request { url, token: None, body }, session).await,
            Err(answer) => answer.into(),
        }
    }
}
