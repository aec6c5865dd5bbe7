//! The calls of dialect `ndxp`: the adapter on the national data exchange platform.

use std::sync::Arc;

use reqwest::Url;

use super::call::Call;
use super::classify;
use super::compare::seen;
use super::http::{Request, Transport};
use super::line::{self, Line, Speaks, url};
use super::reading::Reading;
use super::session::{Grant, Need};
use super::wire::{self, Caller};
use super::{Answer, Observer, Outcome, PortalError, Seen};
use crate::settings::{Dialect, LookupSettings, Settings};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Step};
use dongbo_settings::Secret;

/// The portal as all workers share it: one pool of connections, one session. Cheap to clone.
#[derive(Clone)]
pub struct Ndxp(Arc<Inner>);

struct Inner {
    line: Line,
    auth_url: Url,
    integration_url: Url,
    share_url: Url,
    unit_code: String,
    username: String,
    lookup: LookupSettings,
}

impl Ndxp {
    /// Sets the portal up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file is missing or holds something else, or the address is no URL.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let http = line::http(config, "auth_path", &config.auth_path, clock.clone())?;
        Self::by(http, config, clock, observer)
    }

    /// The portal that is spoken to by `transport`.
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
            line: Line::new(transport, config, classify::NDXP, clock, observer)?,
            auth_url: url(config, "auth_path", &config.auth_path)?,
            integration_url: url(config, "integration_path", &config.integration_path)?,
            share_url: url(config, "share_path", &config.share_path)?,
            unit_code: config.unit_code.clone(),
            username: config.username.clone(),
            lookup: config.lookup.clone(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Creates dossiers that the portal does not have yet.
    pub async fn create(&self, dossiers: &[&Dossier]) -> Answer {
        self.call(Call::Create(dossiers)).await.answer
    }

    /// Replaces dossiers that the portal has.
    pub async fn update(&self, dossiers: &[&Dossier]) -> Answer {
        self.call(Call::Update(dossiers)).await.answer
    }

    /// Appends steps, in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    pub async fn append_steps(&self, steps: &[(&DossierCode, &Step)]) -> Answer {
        self.call(Call::AppendSteps(steps)).await.answer
    }

    /// Compares what the portal shows of `dossier` with it; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier) -> Result<Option<Seen>, Answer> {
        let reading = self.call(Call::LookUp(dossier)).await;
        seen(reading, Dialect::Ndxp, dossier, wire::ours(dossier), &self.0.lookup)
    }

    /// Looks a dossier up for no other reason than to see whether the portal works. That it does not know the
    /// dossier is as good as that it does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        let answer = self.call(Call::Probe(code)).await.answer;
        match answer.outcome {
            Outcome::NotFound => Answer { outcome: Outcome::Delivered, ..answer },
            _ => answer,
        }
    }

    /// One call, of dossiers or of the catalogue, which has its own file.
    pub(super) async fn call(&self, call: Call<'_>) -> Reading {
        line::call(&*self.0, call).await
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        match self.0.line.session.ticket(Need::New, || self.0.log_in()).await {
            Ok(_) => Answer::of_ours(Outcome::Delivered, ""),
            Err(answer) => answer,
        }
    }
}

impl<'c> Speaks<Call<'c>> for Inner {
    fn line(&self) -> &Line {
        &self.line
    }

    async fn log_in(&self) -> Result<Grant, Answer> {
        let call = Call::LogIn { username: &self.username, password: &self.line.password };
        let mut reading = self.exchange(call, &self.auth_url, None).await;
        reading.grant.take().ok_or(reading.answer)
    }

    async fn say(&self, call: Call<'c>, token: &Secret) -> Reading {
        let url = if matches!(call, Call::Procedures) { &self.share_url } else { &self.integration_url };
        self.exchange(call, url, Some(token)).await
    }
}

impl Inner {
    /// One request and its answer. The session travels in the body.
    async fn exchange(&self, call: Call<'_>, url: &Url, token: Option<&Secret>) -> Reading {
        let caller = Caller { session: token.map_or("", Secret::expose), unit: &self.unit_code };
        match line::json(call.body(caller)) {
            Ok(body) => self.line.exchange(&call, Request { url, token: None, body }, token).await,
            Err(unsaid) => Reading::of_ours(unsaid),
        }
    }
}
