//! The client that both dialects make their calls with: a call under a session that the portal takes, and one exchange
//! with its verdict and its record.

use std::sync::Arc;

use reqwest::Url;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::call::{Call, CallRecord, Observer};
use crate::classify::VerdictTable;
use crate::error::PortalError;
use crate::http::Http;
use crate::outcome::Outcome;
use crate::parse::{Parsed, Rules, parse};
use crate::service::Service;
use crate::session::{Freshness, NewSession, Session};
use crate::settings::Settings;
use crate::transport::{Body, Fault, NoAnswer, Request, Transport};
use dongbo_model::clock::Clock;
use dongbo_model::{ErrorClass, Lang};
use dongbo_settings::Secret;

/// The transport to a portal, with the session on it and the rules for its answers.
pub(crate) struct Client {
    transport: Arc<dyn Transport>,
    session: Session,
    rules: Rules,
    observer: Observer,
    /// Kept out of every message besides the session's token.
    password: Secret,
}

impl Client {
    /// The client over `transport` of a dialect with these compiled-in verdicts. Nobody is logged in yet.
    ///
    /// # Errors
    /// The file of the password or the compiled-in verdicts cannot be read.
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        config: &Settings,
        verdicts: &str,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        Ok(Self {
            transport,
            session: Session::new(clock, config.login_pause),
            rules: Rules {
                verdicts: VerdictTable::new(&config.verdicts, verdicts).map_err(PortalError::Rules)?,
                harmless_results: config.harmless_results.clone(),
            },
            observer,
            password: if config.logs_in() {
                Secret::from_file(&config.password_file).map_err(PortalError::Password)?
            } else {
                Secret::new("")
            },
        })
    }

    /// The session that calls go under.
    pub(crate) const fn session(&self) -> &Session {
        &self.session
    }

    /// The account's password.
    pub(crate) const fn password(&self) -> &Secret {
        &self.password
    }

    /// Makes a call with `send` under a session that the portal takes, logging in at most once after it refused one. `works` tells
    /// whether the portal takes a session for another call: then one that it refuses twice for this call is a refusal of the call.
    pub(crate) async fn call<L, S, W>(
        &self,
        log_in: impl Fn() -> L,
        send: impl Fn(Arc<Secret>) -> S,
        works: impl Fn(Arc<Secret>) -> W,
    ) -> Parsed
    where
        L: Future<Output = Result<NewSession, Answer>>,
        S: Future<Output = Parsed>,
        W: Future<Output = bool>,
    {
        let mut freshness = Freshness::Any;
        loop {
            let (ticket, fresh) = match self.session.ticket(freshness, &log_in).await {
                Ok(ticket) => ticket,
                Err(answer) => return answer.into(),
            };
            let parsed = send(Arc::clone(&ticket.token)).await;
            if !parsed.lapsed {
                return parsed;
            }
            // Renewed for this call or by it, and refused again: a third session would fare no better. A renewal that
            // ended before this call asked does not count: that session may have grown old meanwhile.
            if fresh && matches!(freshness, Freshness::NewerThan(_)) {
                if works(Arc::clone(&ticket.token)).await {
                    return parsed.refused_by_itself();
                }
                self.session.refused(ticket.generation, &parsed.answer).await;
                return parsed;
            }
            freshness = Freshness::NewerThan(ticket.generation);
        }
    }

    /// Logs in anew, whether or not a session is open.
    pub(crate) async fn log_in_anew<L>(&self, log_in: impl Fn() -> L) -> Answer
    where
        L: Future<Output = Result<NewSession, Answer>>,
    {
        match self.session.ticket(Freshness::New, log_in).await {
            Ok(_) => Answer::local(Outcome::Delivered, ""),
            Err(answer) => answer,
        }
    }

    /// Sends one request and parses its answer. The token in `session` is kept out of the answer's message.
    pub(crate) async fn exchange<C: Call>(
        &self,
        call: &C,
        request: Request<'_>,
        session: Option<&Secret>,
    ) -> Parsed {
        let start = Instant::now();
        let posted = self.transport.post(request).await;
        let clock_offset = posted.as_ref().ok().and_then(|reply| reply.clock_offset);
        let certificate_end = match &posted {
            Ok(reply) => reply.certificate_end,
            Err(none) => none.certificate_end,
        };
        let obstacle = match &posted {
            Err(NoAnswer { fault: Fault::Blocked(obstacle), .. }) => Some(obstacle.clone()),
            _ => None,
        };
        let secrets = [session.map_or("", Secret::expose), self.password.expose()];
        let mut parsed = match posted {
            Ok(reply) => parse(&self.rules, call, reply, &secrets),
            Err(NoAnswer { fault, .. }) => without_answer(fault).into(),
        };
        if call.service() == Service::LogIn {
            parsed.settle_log_in();
        }
        (self.observer)(&CallRecord {
            service: call.service(),
            outcome: parsed.verdict(),
            http_status: parsed.answer.http_status,
            elapsed: start.elapsed(),
            clock_offset,
            certificate_end,
            obstacle,
        });
        parsed
    }
}

/// The body of a call.
///
/// # Errors
/// The answer in place of the portal's, when the call cannot be written.
pub(crate) fn json(body: serde_json::Result<Vec<u8>>) -> Result<Body, Answer> {
    // Texts and lists always serialise; should they not, nothing was sent.
    body.map(Body::Json).map_err(|_| Answer::local(Outcome::Config, "the call cannot be written as JSON"))
}

/// Connections to the server of a path below the configured address.
///
/// # Errors
/// The address is no URL, a certificate file cannot be used, or the HTTP client cannot be built.
pub(crate) fn http(
    config: &Settings,
    key: &'static str,
    path: &str,
    clock: Clock,
) -> Result<Arc<dyn Transport>, PortalError> {
    Ok(Arc::new(Http::new(config, &url(config, key, path)?, clock)?))
}

/// The whole address of a path below the configured one.
///
/// # Errors
/// It is no URL, or has no host.
pub(crate) fn url(config: &Settings, key: &'static str, path: &str) -> Result<Url, PortalError> {
    let whole = format!("{}{path}", config.adapter_url.trim_end_matches('/'));
    // Without a host there is nowhere to connect to, whatever else the URL says.
    Url::parse(&whole).ok().filter(Url::has_host).ok_or(PortalError::BadUrl { key })
}

/// The answer in place of the portal's, which did not come.
fn without_answer(fault: Fault) -> Answer {
    match fault {
        Fault::NotSent(message) => Answer::local(Outcome::Transient, message),
        Fault::Refused(message) => Answer::local(Outcome::Auth, message),
        Fault::Blocked(obstacle) => {
            let outcome = match obstacle.class {
                ErrorClass::Auth => Outcome::Auth,
                ErrorClass::Transient | ErrorClass::Throttled => Outcome::Transient,
                ErrorClass::Config | ErrorClass::Rejected | ErrorClass::Bug => Outcome::Config,
            };
            Answer::local(outcome, obstacle.text(Lang::En))
        }
        Fault::Lost(message) => Answer::local(Outcome::Unknown, message),
    }
}
