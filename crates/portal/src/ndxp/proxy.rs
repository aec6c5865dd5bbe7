//! Dialect `ndxp` in the form of a province's proxy: a path for each service, unit and kind in the address, a bare array as
//! body, and no log-in.

use std::sync::Arc;

use reqwest::Url;

use super::call::NdxpCall;
use super::verdicts::VERDICTS;
use super::wire;
use crate::answer::Answer;
use crate::call::Observer;
use crate::client::{self, Client, url};
use crate::error::PortalError;
use crate::lookup::{Expected, Lookup, Seen, seen};
use crate::outcome::Outcome;
use crate::parse::Parsed;
use crate::settings::Settings;
use crate::transport::{Request, Transport};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Mode, Step};

/// A province's proxy, shared by all workers. Cheap to clone.
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    client: Client,
    create: Url,
    update: Url,
    steps: Url,
    /// `None` when the proxy has no look-up.
    look_up: Option<Url>,
    code_parameter: String,
    lookup: Lookup,
}

impl Proxy {
    /// Sets the proxy up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file that `config` names cannot be used, the address is no URL, or the HTTP client cannot be built.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let path = &config.ndxp.dossiers_path;
        let http = client::http(config, "ndxp.dossiers_path", path, clock.clone())?;
        Self::by(http, config, clock, observer)
    }

    /// The proxy at the other end of `transport`.
    ///
    /// # Errors
    /// As [`Proxy::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        let ndxp = &config.ndxp;
        let of_unit = |key, path| {
            let mut url = url(config, key, path)?;
            url.query_pairs_mut().append_pair(&ndxp.unit_parameter, &config.unit_code);
            Ok::<Url, PortalError>(url)
        };
        let dossiers = |is_update| {
            let mut url = of_unit("ndxp.dossiers_path", &ndxp.dossiers_path)?;
            url.query_pairs_mut().append_pair(&ndxp.updating_parameter, wire::updating(is_update));
            Ok::<Url, PortalError>(url)
        };
        let look_up = Some(&ndxp.lookup_path).filter(|path| !path.is_empty());
        Ok(Self(Arc::new(Inner {
            client: Client::new(transport, config, VERDICTS, clock, observer)?,
            create: dossiers(false)?,
            update: dossiers(true)?,
            steps: of_unit("ndxp.steps_path", &ndxp.steps_path)?,
            look_up: look_up.map(|path| of_unit("ndxp.lookup_path", path)).transpose()?,
            code_parameter: ndxp.code_parameter.clone(),
            lookup: Lookup::of(config),
        })))
    }

    /// Whether the proxy has a look-up.
    #[must_use]
    pub fn looks_up(&self) -> bool {
        self.0.look_up.is_some()
    }

    /// Creates dossiers that the portal does not have yet. Without a look-up, what it has turns out to be is replaced.
    pub async fn create(&self, dossiers: &[&Dossier]) -> Answer {
        let answer = self.call(NdxpCall::Create(dossiers), &self.0.create).await.answer;
        match answer.outcome {
            // Nothing else can tell what became of an earlier create whose answer was lost.
            Outcome::Duplicate if !self.looks_up() => {
                self.call(NdxpCall::Update(dossiers), &self.0.update).await.answer
            }
            _ => answer,
        }
    }

    /// Replaces dossiers that the portal has. Without a look-up, what it turns out not to have is created.
    pub async fn update(&self, dossiers: &[&Dossier]) -> Answer {
        let answer = self.call(NdxpCall::Update(dossiers), &self.0.update).await.answer;
        match answer.outcome {
            Outcome::NotFound if !self.looks_up() => {
                self.call(NdxpCall::Create(dossiers), &self.0.create).await.answer
            }
            _ => answer,
        }
    }

    /// Appends steps, in this order. Not idempotent.
    pub async fn append_steps(&self, steps: &[(&DossierCode, &Step)]) -> Answer {
        self.call(NdxpCall::AppendSteps(steps), &self.0.steps).await.answer
    }

    /// The dossier as it is written on this wire.
    pub(crate) fn expected(&self, dossier: &Dossier) -> Expected {
        wire::expected(dossier)
    }

    /// Compares the portal's record of `dossier` with it; `None` when the portal does not know it. In watch mode what a vendor's
    /// bridge has of its own is no difference.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed, and [`Outcome::Config`] when the proxy has none.
    pub async fn look_up(&self, dossier: &Dossier, mode: Mode) -> Result<Option<Seen>, Answer> {
        let Some(url) = self.look_up_url(&dossier.code) else {
            return Err(Answer::local(
                Outcome::Config,
                "portal.ndxp.lookup_path is empty: nothing is looked up",
            ));
        };
        let parsed = self.call(NdxpCall::LookUp(dossier), &url).await;
        seen(parsed, dossier, self.expected(dossier), (&self.0.lookup, mode))
    }

    /// Asks only whether the proxy works: by a look-up, or else by an update of no dossier, which may be refused.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        match self.look_up_url(code) {
            Some(url) => self.call(NdxpCall::Probe(code), &url).await.answer.of_probe(),
            None => self.call_without_effect().await,
        }
    }

    /// Asks whether the proxy works. It knows no log-in.
    pub async fn log_in(&self) -> Answer {
        self.call_without_effect().await
    }

    async fn call_without_effect(&self) -> Answer {
        let answer = self.call(NdxpCall::Update(&[]), &self.0.update).await.answer;
        match answer.outcome {
            // It says that it wants a dossier, so it works.
            Outcome::Rejected | Outcome::NotFound | Outcome::Duplicate => {
                Answer { outcome: Outcome::Delivered, ..answer }
            }
            // There was nothing in it that may or may not have been applied.
            Outcome::Unknown if !answer.drift => Answer { outcome: Outcome::Transient, ..answer },
            _ => answer,
        }
    }

    fn look_up_url(&self, code: &DossierCode) -> Option<Url> {
        let mut url = self.0.look_up.clone()?;
        url.query_pairs_mut().append_pair(&self.0.code_parameter, code.as_str());
        Some(url)
    }

    async fn call(&self, call: NdxpCall<'_>, url: &Url) -> Parsed {
        match client::json(call.bare_body()) {
            Ok(body) => self.0.client.exchange(&call, Request { url, token: None, body }, None).await,
            Err(answer) => answer.into(),
        }
    }
}
