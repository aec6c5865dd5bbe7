//! The calls of dialect `ndxp`: the adapter on the national data exchange platform.

use std::sync::Arc;

use reqwest::Url;
use serde_json::Value;
use tokio::time::Instant;

use super::call::Call;
use super::classify::Table;
use super::compare::{compare, copies, duplicated, pick};
use super::http::{Fault, Http, NoAnswer, Transport};
use super::reading::{Envelope, Reading, read};
use super::session::{Need, Session};
use super::wire::Caller;
use super::{Answer, CallRecord, Observer, Outcome, PortalError, Seen, StepsSeen};
use crate::clock::Clock;
use crate::config::portal::{LookupConfig, PortalConfig};
use crate::config::secret::Secret;
use crate::dossier::{Dossier, DossierCode, Step};

/// The portal as all workers share it: one pool of connections, one session. Cheap to clone.
#[derive(Clone)]
pub struct Ndxp(Arc<Inner>);

struct Inner {
    transport: Arc<dyn Transport>,
    session: Session,
    table: Table,
    observer: Observer,
    auth_url: Url,
    integration_url: Url,
    unit_code: String,
    username: String,
    password: Secret,
    lookup: LookupConfig,
}

impl Ndxp {
    /// Sets the portal up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file is missing or holds something else, or the address is no URL.
    pub fn new(config: &PortalConfig, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let http = Http::new(config, &url(config, "auth_path", &config.auth_path)?, clock.clone())?;
        Self::by(Arc::new(http), config, clock, observer)
    }

    /// The portal that is spoken to by `transport`.
    ///
    /// # Errors
    /// As [`Ndxp::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &PortalConfig,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        let inner = Inner {
            transport,
            session: Session::new(clock, config.login_pause),
            table: Table::new(&config.verdicts).map_err(PortalError::Rules)?,
            observer,
            auth_url: url(config, "auth_path", &config.auth_path)?,
            integration_url: url(config, "integration_path", &config.integration_path)?,
            unit_code: config.unit_code.clone(),
            username: config.username.clone(),
            password: Secret::from_file(&config.password_file).map_err(PortalError::Password)?,
            lookup: config.lookup.clone(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Creates dossiers that the portal does not have yet.
    pub async fn create(&self, dossiers: &[&Dossier]) -> Answer {
        self.0.call(Call::Create(dossiers)).await.answer
    }

    /// Replaces dossiers that the portal has.
    pub async fn update(&self, dossiers: &[&Dossier]) -> Answer {
        self.0.call(Call::Update(dossiers)).await.answer
    }

    /// Appends steps, in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    pub async fn append_steps(&self, steps: &[(&DossierCode, &Step)]) -> Answer {
        self.0.call(Call::AppendSteps(steps)).await.answer
    }

    /// Compares what the portal shows of `dossier` with it; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier) -> Result<Option<Seen>, Answer> {
        let Reading { answer, body, .. } = self.0.call(Call::LookUp(dossier)).await;
        match answer.outcome {
            Outcome::Delivered => {}
            Outcome::NotFound => return Ok(None),
            _ => return Err(answer),
        }
        let result = Envelope::parse(&body).ok().and_then(|envelope| envelope.result);
        let result: Option<Value> = result.and_then(|result| serde_json::from_str(result.get()).ok());
        let shown = result.as_ref().map_or(0, |result| copies(result, dossier));
        match result.as_ref().map(|result| pick(result, dossier)) {
            Some(Ok(None)) => Ok(None),
            Some(Ok(Some(found))) => {
                let mut seen = compare(dossier, found, &self.0.lookup);
                seen.differing.extend(duplicated(shown));
                // To take a missing list for no steps would show every step twice.
                if self.0.lookup.steps && seen.steps == StepsSeen::NotReturned {
                    let field = &self.0.lookup.steps_field;
                    let message = format!(
                        "the look-up shows no list {field} of steps; set portal.lookup.steps_field to where they are, \
                         or portal.lookup.steps to false when there are none"
                    );
                    return Err(Answer { outcome: Outcome::Unknown, drift: true, message, ..answer });
                }
                Ok(Some(seen))
            }
            None | Some(Err(())) => Err(Answer {
                outcome: Outcome::Unknown,
                drift: true,
                message: "the look-up succeeded without showing the dossier that was asked for".to_owned(),
                ..answer
            }),
        }
    }

    /// Looks a dossier up for no other reason than to see whether the portal works. That it does not know the
    /// dossier is as good as that it does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        let answer = self.0.call(Call::Probe(code)).await.answer;
        match answer.outcome {
            Outcome::NotFound => Answer { outcome: Outcome::Delivered, ..answer },
            _ => answer,
        }
    }

    /// Logs in anew, whether or not a session is open.
    pub async fn log_in(&self) -> Answer {
        match self.0.session.ticket(Need::New, || self.0.log_in()).await {
            Ok(_) => Answer::of_ours(Outcome::Delivered, ""),
            Err(answer) => answer,
        }
    }
}

fn url(config: &PortalConfig, key: &'static str, path: &str) -> Result<Url, PortalError> {
    let whole = format!("{}{path}", config.adapter_url.trim_end_matches('/'));
    // Without a host there is nowhere to connect to, whatever else the URL says.
    Url::parse(&whole).ok().filter(Url::has_host).ok_or(PortalError::BadUrl { key })
}

impl Inner {
    /// One call under a session that the portal takes, logging in at most once after the portal refused one.
    async fn call(&self, call: Call<'_>) -> Reading {
        let mut need = Need::Any;
        loop {
            let (ticket, fresh) = match self.session.ticket(need, || self.log_in()).await {
                Ok(ticket) => ticket,
                Err(answer) => return Reading::of_ours(answer),
            };
            let reading = self.exchange(call, &self.integration_url, ticket.token.expose()).await;
            if !reading.lapsed {
                return reading;
            }
            // Renewed for us or by us, and refused again: a third session would fare no better. A renewal that ended
            // before we asked does not count: that session may have grown old meanwhile.
            if fresh && matches!(need, Need::NewerThan(_)) {
                self.session.refused(ticket.generation, &reading.answer).await;
                return reading;
            }
            need = Need::NewerThan(ticket.generation);
        }
    }

    async fn log_in(&self) -> Result<Secret, Answer> {
        let call = Call::LogIn { username: &self.username, password: &self.password };
        let mut reading = self.exchange(call, &self.auth_url, "").await;
        reading.session.take().ok_or(reading.answer)
    }

    /// One request and its answer, with the observer told.
    async fn exchange(&self, call: Call<'_>, url: &Url, token: &str) -> Reading {
        let Ok(body) = call.body(Caller { session: token, unit: &self.unit_code }) else {
            // Texts and lists always serialise; should they not, nothing was sent.
            return Reading::of_ours(Answer::of_ours(Outcome::Config, "the call cannot be written as JSON"));
        };
        let start = Instant::now();
        let posted = self.transport.post(url, body).await;
        let clock_offset = posted.as_ref().ok().and_then(|reply| reply.clock_offset);
        let certificate_end = match &posted {
            Ok(reply) => reply.certificate_end,
            Err(none) => none.certificate_end,
        };
        let mut reading = match posted {
            Ok(reply) => read(&self.table, call, reply, &[token, self.password.expose()]),
            Err(NoAnswer { fault, .. }) => Reading::of_ours(answer_to(fault)),
        };
        if matches!(call, Call::LogIn { .. }) {
            reading.settle_log_in();
        }
        (self.observer)(&CallRecord {
            service: call.service(),
            outcome: reading.verdict(),
            http_status: reading.answer.http_status,
            elapsed: start.elapsed(),
            clock_offset,
            certificate_end,
        });
        reading
    }
}

/// What it means that no answer came.
fn answer_to(fault: Fault) -> Answer {
    match fault {
        Fault::NotSent(message) => Answer::of_ours(Outcome::Transient, message),
        Fault::Refused(message) => Answer::of_ours(Outcome::Auth, message),
        Fault::Lost(message) => Answer::of_ours(Outcome::Unknown, message),
    }
}
