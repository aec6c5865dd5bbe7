//! Dialect `rest`: calls with a token, on the new platforms of provinces and ministries.

mod call;
mod date;
mod rules;
mod settings;
mod upload;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;
use serde_json::value::RawValue;

use self::call::Call;
pub(super) use self::call::{APPEND_STEPS, CREATE, UPDATE, UPLOAD};
use self::rules::Rules;
pub use self::settings::{ApplicantKinds, RestSettings};
pub use self::upload::{Content, NotUploaded, Receipt};
use super::classify;
use super::compare::seen;
use super::http::{Body, Form, Request, Transport};
use super::line::{self, Line, Speaks, url};
use super::reading::{Envelope, Reading, scalar};
use super::session::{Grant, Need};
use super::{Answer, ItemVerdict, Observer, Outcome, PortalError, Seen, Sent};
use crate::settings::{Dialect, LookupSettings, Settings};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, DossierCode, Finding, PortalId, Step};
use dongbo_settings::Secret;

/// The portal as all workers share it: one pool of connections, one token. Cheap to clone.
#[derive(Clone)]
pub struct Rest(Arc<Inner>);

struct Inner {
    line: Line,
    urls: Urls,
    client_id: String,
    rules: Rules,
    lookup: LookupSettings,
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

/// What is in `data` of the answer to `NopHoSo`.
#[derive(Deserialize)]
struct Created<'a> {
    #[serde(rename = "idHoSo", alias = "IdHoSo", alias = "IDHoSo", borrow)]
    id: &'a RawValue,
}

impl Rest {
    /// Sets the portal up: reads the files that `config` names, but uses no network.
    ///
    /// # Errors
    /// A file is missing or holds something else, or the address is no URL.
    pub fn new(config: &Settings, clock: Clock, observer: Observer) -> Result<Self, PortalError> {
        let http = line::http(config, "rest.token_path", &config.rest.token_path, clock.clone())?;
        Self::by(http, config, clock, observer)
    }

    /// The portal that is spoken to by `transport`.
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
            line: Line::new(transport, config, classify::REST, clock, observer)?,
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
            lookup: config.lookup.clone(),
            total_timeout: config.total_timeout,
            least_bytes_per_second: rest.upload_least_bytes_per_second.max(1),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Why `dossier` cannot be said in this dialect; `None` when it can.
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
        let Reading { mut answer, body, .. } = self.call(Call::Create(sent)).await;
        match answer.outcome {
            Outcome::Delivered => answer.items.push(ItemVerdict {
                code: sent.dossier.code.clone(),
                outcome: Outcome::Delivered,
                message: String::new(),
                portal_id: created_id(&body),
            }),
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
            None => self.call(Call::Update(dossiers)).await.answer,
        }
    }

    /// Appends steps (`CapNhatTienTrinh`), in this order. Not idempotent: after [`Outcome::Unknown`] look the dossier up.
    /// When an identifier is not known the answer is [`Outcome::NotFound`], and nothing was sent.
    pub async fn append_steps(&self, steps: &[(Sent<'_>, &Step)]) -> Answer {
        match nameless(steps.iter().map(|(sent, _)| *sent)) {
            Some(answer) => answer,
            None => self.call(Call::AppendSteps(steps)).await.answer,
        }
    }

    /// Compares what the portal shows of `dossier` with it; `None` when the portal does not know it.
    ///
    /// # Errors
    /// The answer, when the look-up did not succeed.
    pub async fn look_up(&self, dossier: &Dossier) -> Result<Option<Seen>, Answer> {
        let reading = self.call(Call::LookUp(dossier)).await;
        let ours = wire::ours(dossier, &self.0.rules);
        let found = seen(reading, Dialect::Rest, dossier, ours, &self.0.lookup)?;
        if found.as_ref().is_some_and(|found| found.portal_id.is_none()) {
            // Without it nothing more could be sent.
            let message = "the look-up shows no IdHoSo of the dossier";
            return Err(Answer { drift: true, ..Answer::of_ours(Outcome::Unknown, message) });
        }
        Ok(found)
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

    /// Gets a new token, whether or not one is valid.
    pub async fn log_in(&self) -> Answer {
        match self.0.line.session.ticket(Need::New, || self.0.log_in()).await {
            Ok(_) => Answer::of_ours(Outcome::Delivered, ""),
            Err(answer) => answer,
        }
    }

    /// Sends a file called `name` of `size` bytes whose SHA-256 is `sha256` (64 lower-case hexadecimal digits), reading
    /// `content` while it is sent. The platform's own hash is compared with `sha256`.
    ///
    /// It may take `portal.total_timeout` and `size` at `portal.rest.upload_least_bytes_per_second` more.
    ///
    /// # Errors
    /// When there is no receipt that fits. The content is used up then: open it again and repeat this file only.
    pub async fn upload(
        &self,
        name: &str,
        size: u64,
        sha256: &str,
        content: Content,
    ) -> Result<Receipt, NotUploaded> {
        let inner = &*self.0;
        let session = &inner.line.session;
        let ticket = session.ticket(Need::Any, || inner.log_in()).await;
        let (ticket, _) = ticket.map_err(NotUploaded::Answered)?;
        let (media_type, content, length) = upload::form(name, size, sha256, content);
        let at_least = Duration::from_secs(size / inner.least_bytes_per_second);
        let within = inner.total_timeout.saturating_add(at_least);
        let body = Body::Form(Form { media_type, content, length, within });
        let request = Request { url: &inner.urls.upload, token: Some(&ticket.token), body };
        let call = Call::Upload { name };
        let mut reading = inner.line.exchange(&call, request, Some(&ticket.token)).await;
        if reading.lapsed {
            // The content cannot be sent twice from here; with the new token the caller's next try goes through.
            let renewed = session.ticket(Need::NewerThan(ticket.generation), || inner.log_in()).await;
            renewed.map_err(NotUploaded::Answered)?;
            reading.answer.outcome = Outcome::Transient;
        }
        upload::receipt(reading, sha256)
    }

    async fn call(&self, call: Call<'_>) -> Reading {
        line::call(&*self.0, call).await
    }
}

impl<'c> Speaks<Call<'c>> for Inner {
    fn line(&self) -> &Line {
        &self.line
    }

    async fn log_in(&self) -> Result<Grant, Answer> {
        Inner::log_in(self).await
    }

    async fn say(&self, call: Call<'c>, token: &Secret) -> Reading {
        self.exchange(call, Some(token)).await
    }
}

impl Inner {
    async fn log_in(&self) -> Result<Grant, Answer> {
        let call = Call::LogIn { client_id: &self.client_id, client_secret: &self.line.password };
        let mut reading = self.exchange(call, None).await;
        reading.grant.take().ok_or(reading.answer)
    }

    async fn exchange(&self, call: Call<'_>, token: Option<&Secret>) -> Reading {
        let url = match call {
            Call::LogIn { .. } => &self.urls.token,
            Call::Create(_) => &self.urls.create,
            Call::Update(_) => &self.urls.status,
            Call::AppendSteps(_) => &self.urls.progress,
            Call::LookUp(_) | Call::Probe(_) => &self.urls.lookup,
            Call::Upload { .. } => &self.urls.upload,
        };
        match line::json(call.body(&self.rules)) {
            Ok(body) => self.line.exchange(&call, Request { url, token, body }, token).await,
            Err(unsaid) => Reading::of_ours(unsaid),
        }
    }
}

/// The answer for a call that cannot be made because an identifier is not known: the look-up tells it.
fn nameless<'a>(mut dossiers: impl Iterator<Item = Sent<'a>>) -> Option<Answer> {
    let unknown = dossiers.any(|sent| sent.id.is_none());
    unknown.then(|| Answer::of_ours(Outcome::NotFound, "the portal's identifier (IdHoSo) is not known yet"))
}

/// The identifier in the answer to a create.
fn created_id(body: &[u8]) -> Option<PortalId> {
    let data = Envelope::parse(body, Dialect::Rest).ok()?.result?;
    let created: Created<'_> = serde_json::from_str(data.get()).ok()?;
    PortalId::new(&scalar(Some(created.id))?)
}
