//! What both dialects share: a call under a session that the portal takes, and one exchange with the observer told.

use std::sync::Arc;

use reqwest::Url;
use tokio::time::Instant;

use super::classify::Table;
use super::http::{Body, Fault, Http, NoAnswer, Request, Transport};
use super::reading::{Asked, Reading, read};
use super::session::{Grant, Need, Session};
use super::{Answer, CallRecord, Observer, Outcome, PortalError};
use crate::settings::Settings;
use dongbo_model::clock::Clock;
use dongbo_settings::Secret;

/// The way to a portal, with the session on it.
pub(super) struct Line {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) session: Session,
    pub(super) table: Table,
    pub(super) observer: Observer,
    /// What must show nowhere besides the token.
    pub(super) password: Secret,
}

/// A dialect, as far as it makes calls over a line.
pub(super) trait Speaks<C: Asked + Copy + Send> {
    /// The line.
    fn line(&self) -> &Line;
    /// Logs in.
    fn log_in(&self) -> impl Future<Output = Result<Grant, Answer>> + Send;
    /// Makes a call once.
    fn say(&self, call: C, token: &Secret) -> impl Future<Output = Reading> + Send;
}

/// One call under a session that the portal takes, logging in at most once after the portal refused one.
pub(super) async fn call<C: Asked + Copy + Send>(speaker: &impl Speaks<C>, call: C) -> Reading {
    let session = &speaker.line().session;
    let mut need = Need::Any;
    loop {
        let (ticket, fresh) = match session.ticket(need, || speaker.log_in()).await {
            Ok(ticket) => ticket,
            Err(answer) => return Reading::of_ours(answer),
        };
        let reading = speaker.say(call, &ticket.token).await;
        if !reading.lapsed {
            return reading;
        }
        // Renewed for us or by us, and refused again: a third session would fare no better. A renewal that ended
        // before we asked does not count: that session may have grown old meanwhile.
        if fresh && matches!(need, Need::NewerThan(_)) {
            session.refused(ticket.generation, &reading.answer).await;
            return reading;
        }
        need = Need::NewerThan(ticket.generation);
    }
}

impl Line {
    /// The line over `transport` of a dialect with these default verdicts. Nobody is logged in yet.
    ///
    /// # Errors
    /// The rules of the configuration or the file of the password cannot be used.
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        config: &Settings,
        verdicts: &str,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        Ok(Self {
            transport,
            session: Session::new(clock, config.login_pause),
            table: Table::new(&config.verdicts, verdicts).map_err(PortalError::Rules)?,
            observer,
            password: Secret::from_file(&config.password_file).map_err(PortalError::Password)?,
        })
    }

    /// One request and its answer. `token` is kept out of what the answer says.
    pub(super) async fn exchange<C: Asked>(
        &self,
        call: &C,
        request: Request<'_>,
        token: Option<&Secret>,
    ) -> Reading {
        let start = Instant::now();
        let posted = self.transport.post(request).await;
        let clock_offset = posted.as_ref().ok().and_then(|reply| reply.clock_offset);
        let certificate_end = match &posted {
            Ok(reply) => reply.certificate_end,
            Err(none) => none.certificate_end,
        };
        let secrets = [token.map_or("", Secret::expose), self.password.expose()];
        let mut reading = match posted {
            Ok(reply) => read(&self.table, call, reply, &secrets),
            Err(NoAnswer { fault, .. }) => Reading::of_ours(answer_to(fault)),
        };
        if call.logs_in() {
            reading.settle_log_in(C::DIALECT);
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

/// The body of a call, or what is said when there is none.
pub(super) fn json(body: serde_json::Result<Vec<u8>>) -> Result<Body, Answer> {
    // Texts and lists always serialise; should they not, nothing was sent.
    body.map(Body::Json).map_err(|_| Answer::of_ours(Outcome::Config, "the call cannot be written as JSON"))
}

/// Connections to the server of a path below the configured address.
pub(super) fn http(
    config: &Settings,
    key: &'static str,
    path: &str,
    clock: Clock,
) -> Result<Arc<dyn Transport>, PortalError> {
    Ok(Arc::new(Http::new(config, &url(config, key, path)?, clock)?))
}

/// The whole address of a path below the configured one.
pub(super) fn url(config: &Settings, key: &'static str, path: &str) -> Result<Url, PortalError> {
    let whole = format!("{}{path}", config.adapter_url.trim_end_matches('/'));
    // Without a host there is nowhere to connect to, whatever else the URL says.
    Url::parse(&whole).ok().filter(Url::has_host).ok_or(PortalError::BadUrl { key })
}

/// What it means that no answer came.
fn answer_to(fault: Fault) -> Answer {
    match fault {
        Fault::NotSent(message) => Answer::of_ours(Outcome::Transient, message),
        Fault::Refused(message) => Answer::of_ours(Outcome::Auth, message),
        Fault::Lost(message) => Answer::of_ours(Outcome::Unknown, message),
    }
}
