//! Dialect `rest`: calls with a token, on the new platforms of provinces and ministries.

mod call;
mod date;
mod envelope;
mod rules;
pub(crate) mod settings;
mod upload;
mod verdicts;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::call::RestCall;
use self::rules::Rules;
pub use self::settings::{ApplicantKinds, RestSettings};
pub use self::upload::{Content, NotUploaded, Receipt};
use self::verdicts::VERDICTS;
use crate::answer::{Answer, ItemVerdict};
use crate::call::{Call as _, Observer, Sent};
use crate::client::{self, Client, url};
use crate::envelope::scalar;
use crate::error::PortalError;
use crate::lookup::{Expected, Lookup, Seen, seen};
use crate::outcome::Outcome;
use crate::parse::Parsed;
use crate::session::{Freshness, NewSession};
use crate::settings::Settings;
use crate::transport::{Body, Form, Request, Transport};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding, Mode, PortalId, Step};
use dongbo_settings::Secret;

/// The portal, shared by all workers: one pool of connections, one token. Cheap to clone.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    client: Client,
    urls: Urls,
    client_id: String,
    rules: Rules,
    lookup: Lookup,
    total_timeout: Duration,
    least_bytes_per_second: u64,
}

struct Urls {
    token: Url,
    upload: Url,
    create: Url,
    status: Url,
    progress: Url,
    lookup: Url,
}

/// `data` of the answer to `NopHoSo`.
#[derive(Deserialize)]
struct Created<'a> {
    #[serde(rename = "idHoSo", alias = "IdHoSo", alias = "IDHoSo", borrow)]
    id: &'a RawValue,
}

impl Rest {
    /// Sets the portal up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file that `config` names cannot be used, the address is no URL, or the HTTP client cannot be built.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let http = client::http(config, "rest.token_path", &config.rest.token_path, clock.clone())?;
        Self::by(http, config, clock, observer)
    }

    /// The portal at the other end of `transport`.
    ///
    /// # Errors
    /// As [`Rest::new`].
    pub fn by(
        transport: Arc<dyn Transport>,
        config: &Settings,
        clock: Clock,
        observer: Observer,
    ) -> Result<Self, PortalError> {
        let rest = &config.rest;
        let inner = Inner {
            client: Client::new(transport, config, VERDICTS, clock, observer)?,
            urls: Urls {
                token: url(config, "rest.token_path", &rest.token_path)?,
                upload: url(config, "rest.upload_path", &rest.upload_path)?,
                create: url(config, "rest.create_path", &rest.create_path)?,
                status: url(config, "rest.status_path", &rest.status_path)?,
                progress: url(config, "rest.progress_path", &rest.progress_path)?,
                lookup: url(config, "rest.lookup_path", &rest.lookup_path)?,
            },
            client_id: config.username.clone(),
            rules: Rules::new(rest),
            lookup: Lookup::of(config),
            total_timeout: config.total_timeout,
            least_bytes_per_second: rest.upload_least_bytes_per_second.max(1),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// The reason why this dialect cannot express `dossier`; `None` when it can.
    #[must_use]
    pub fn objection(&self, dossier: &Dossier) -> Option<Finding> {
        self.0.rules.objection(dossier)
    }

    /// Whether a create of a known dossier replaces what was handed in.
    #[must_use]
    pub fn resubmits(&self) -> bool {
        self.0.rules.resubmits
    }

    /// Hands a dossier in (`NopHoSo`); with its identifier, in place of what was handed in before.
    pub async fn create(&self, sent: Sent<'_>) -> Answer {
        let Parsed { mut answer, result, .. } = self.call(RestCall::Create(sent)).await;
        match answer.outcome {
            Outcome::Delivered => {
                let portal_id = result.and_then(|data| created_id(&data));
                match answer.items.first_mut() {
                    Some(item) => item.portal_id = portal_id,
                    None => answer.items.push(ItemVerdict {
                        code: sent.dossier.code.clone(),
                        outcome: Outcome::Delivered,
                        portal_code: String::new(),
                        message: String::new(),
                        portal_id,
                    }),
                }
            }
            Outcome::Duplicate if sent.id.is_some() => {
                answer.outcome = Outcome::Config;
                answer.message = format!(
                    "the portal takes no NopHoSo of a dossier it has: set portal.rest.resubmit to false ({})",
                    answer.message
                );
            }
            _ => {}
        }
        answer
    }

    /// Brings dossiers to their statuses (`CapNhatTrangThai`), with fees and result papers where the status takes them.
    /// When the identifier of one is not known the answer is [`Outcome::NotFound`], and nothing was sent.
    pub async fn update(&self, dossiers: &[Sent<'_>]) -> Answer {
        match nameless(dossiers.iter().copied()) {
            Some(answer) => answer,
            None => self.call(RestCall::Update(dossiers)).await.answer,
        }
    }

    /// Appends steps (`CapNhatTienTrinh`), in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    /// When an identifier is not known the answer is [`Outcome::NotFound`], and nothing was sent.
    pub async fn append_steps(&self, steps: &[(Sent<'_>, &Step)]) -> Answer {
        match nameless(steps.iter().map(|(sent, _)| *sent)) {
            Some(answer) => answer,
            None => self.call(RestCall::AppendSteps(steps)).await.answer,
        }
    }

    /// The dossier as it is written on this wire.
    pub(crate) fn expected(&self, dossier: &Dossier) -> Expected {
        wire::expected(dossier, &self.0.rules)
    }

    /// Compares the portal's record of `dossier` with it; `None` when the portal does not know it. In watch mode what a vendor's
    /// bridge has of its own is no difference.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier, mode: Mode) -> Result<Option<Seen>, Answer> {
        let parsed = self.call(RestCall::LookUp(dossier)).await;
        let found = seen(parsed, dossier, self.expected(dossier), (&self.0.lookup, mode))?;
        if found.as_ref().is_some_and(|found| found.portal_id.is_none()) {
            // Without it nothing more could be sent.
            let answer = Answer::local(Outcome::Unknown, "");
            return Err(answer.drifted("the look-up shows no IdHoSo of the dossier"));
        }
        Ok(found)
    }

    /// Looks a dossier up only to see whether the portal works: that it does not know the dossier is as good as that it
    /// does.
    pub async fn probe(&self, code: &DossierCode) -> Answer {
        self.call(RestCall::Probe(code)).await.answer.of_probe()
    }

    /// Gets a new token, whether or not one is valid.
    pub async fn log_in(&self) -> Answer {
        self.0.client.log_in_anew(|| self.0.log_in()).await
    }

    /// Sends a file called `name` of `size` bytes whose SHA-256 is `sha256` (64 lower-case hexadecimal digits), reading
    /// `content` while it is sent. The platform's own hash is compared with `sha256`.
    ///
    /// It may take `portal.total_timeout` and `size` at `portal.rest.upload_least_bytes_per_second` more.
    ///
    /// # Errors
    /// There is no receipt with this hash. The content is used up then: open it again and repeat this file only.
    pub async fn upload(
        &self,
        name: &str,
        size: u64,
        sha256: &str,
        content: Content,
    ) -> Result<Receipt, NotUploaded> {
        let inner = &*self.0;
        let session = inner.client.session();
        let ticket = session.ticket(Freshness::Any, || inner.log_in()).await;
        let (ticket, _) = ticket.map_err(NotUploaded::Answered)?;
        let (media_type, content, length) = upload::form(name, size, sha256, content);
        let at_least = Duration::from_secs(size / inner.least_bytes_per_second);
        let within = inner.total_timeout.saturating_add(at_least);
        let body = Body::Form(Form { media_type, content, length, within });
        let request = Request { url: &inner.urls.upload, token: Some(&ticket.token), body };
        let call = RestCall::Upload { name };
        let mut parsed = inner.client.exchange(&call, request, Some(&ticket.token)).await;
        if parsed.lapsed {
            // The content cannot be sent twice from here; with the new token the caller's next try goes through.
            let renewed = session.ticket(Freshness::NewerThan(ticket.generation), || inner.log_in()).await;
            renewed.map_err(NotUploaded::Answered)?;
            parsed.answer.outcome = Outcome::Transient;
        }
        upload::receipt(parsed, sha256)
    }

    async fn call(&self, call: RestCall<'_>) -> Parsed {
        let inner = &*self.0;
        let send = |token: Arc<Secret>| async move { inner.exchange(call, Some(&token)).await };
        let works = |token: Arc<Secret>| async move {
            let Some(&code) = call.codes().first().filter(|_| call.writes()) else { return false };
            let probed = inner.exchange(RestCall::Probe(code), Some(&token)).await;
            probed.answer.of_probe().outcome == Outcome::Delivered
        };
        inner.client.call(|| inner.log_in(), send, works).await
    }
}

impl Inner {
    async fn log_in(&self) -> Result<NewSession, Answer> {
        let call = RestCall::LogIn { client_id: &self.client_id, client_secret: self.client.password() };
        let parsed = self.exchange(call, None).await;
        parsed.session.ok_or(parsed.answer)
    }

    /// Sends one request and parses its answer. The token travels in a header.
    async fn exchange(&self, call: RestCall<'_>, token: Option<&Secret>) -> Parsed {
        let url = match call {
            RestCall::LogIn { .. } => &self.urls.token,
            RestCall::Create(_) => &self.urls.create,
            RestCall::Update(_) => &self.urls.status,
            RestCall::AppendSteps(_) => &self.urls.progress,
            RestCall::LookUp(_) | RestCall::Probe(_) => &self.urls.lookup,
            RestCall::Upload { .. } => &self.urls.upload,
        };
        match client::json(call.body(&self.rules)) {
            Ok(body) => self.client.exchange(&call, Request { url, token, body }, token).await,
            Err(answer) => answer.into(),
        }
    }
}

/// The answer in place of a call that needs an identifier which is not known; a look-up shows it.
fn nameless<'a>(mut dossiers: impl Iterator<Item = Sent<'a>>) -> Option<Answer> {
    let unknown = dossiers.any(|sent| sent.id.is_none());
    unknown.then(|| Answer::local(Outcome::NotFound, "the portal's identifier (IdHoSo) is not known yet"))
}

/// The identifier in `data` of the answer to a create.
fn created_id(data: &RawValue) -> Option<PortalId> {
    let created: Created<'_> = serde_json::from_str(data.get()).ok()?;
    PortalId::new(&scalar(Some(created.id))?)
}
