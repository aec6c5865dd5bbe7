//! A vendor's bridge, which is asked by a request over HTTP to send one dossier again.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, Url, redirect};

use super::settings::{Settings, SignIn};
use super::template::{Form, Template};
use dongbo_model::{Dossier, Mask};
use dongbo_portal::trust::trusting;
use dongbo_settings::Secret;
use dongbo_settings::pem::certificates_in;

/// Most bytes of an answer that are read: it is a word or an error.
const LARGEST: usize = 64 << 10;

/// A bridge that cannot be asked as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("[bridge] cannot be used: {0}")]
pub struct BridgeError(String);

/// The bridge did not take a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It refused this dossier, in these words.
    Refused(String),
    /// It lets nobody in.
    NotLetIn(String),
    /// It did not answer, or not as a bridge that works.
    NoAnswer(String),
}

/// A vendor's bridge.
pub(super) struct Bridge {
    client: Client,
    url: Url,
    config: Settings,
    template: Template,
    form: Form,
}

impl Bridge {
    /// The bridge of `config`; nobody is asked anything yet.
    ///
    /// # Errors
    /// When the configuration or a file that it names cannot be used.
    pub(super) fn new(config: &Settings) -> Result<Self, BridgeError> {
        let told = |what: &str| BridgeError(what.to_owned());
        let url = config.address().ok_or_else(|| told("bridge.url is no address"))?;
        let builder = Client::builder()
            .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(config.timeout);
        let authorities = config
            .ca_file
            .as_deref()
            .map(certificates_in)
            .transpose()
            .map_err(|error| BridgeError(format!("bridge.ca_file {error}")))?;
        let encrypted = url.scheme() != "http" || authorities.is_some();
        let builder = trusting(builder, encrypted, authorities, None).map_err(|_| {
            told("no certificate authorities can be used: install ca-certificates, or name bridge.ca_file")
        })?;
        Ok(Self {
            client: builder.build().map_err(|_| told("the HTTP client cannot be set up"))?,
            url,
            template: Template::parse(&config.body)
                .map_err(|error| BridgeError(format!("bridge.body: {error}")))?,
            form: Form::of(&config.content_type),
            config: config.clone(),
        })
    }

    /// The longest that one request takes.
    pub(super) const fn longest(&self) -> Duration {
        self.config.timeout
    }

    /// Asks for one dossier, as new or as `updated`.
    ///
    /// # Errors
    /// When the bridge did not take it.
    pub(super) async fn ask(&self, dossier: &Dossier, updated: bool) -> Result<(), NotTaken> {
        let body = self.template.write(dossier, updated, self.form);
        let mut request =
            self.client.post(self.url.clone()).header(CONTENT_TYPE, &self.config.content_type).body(body);
        if self.config.sign_in == SignIn::Basic {
            let password = match &self.config.password_file {
                Some(path) => {
                    Secret::from_file(path).map_err(|error| NotTaken::NotLetIn(error.to_string()))?
                }
                None => Secret::new(""),
            };
            request = request.basic_auth(&self.config.username, Some(password.expose()));
        }
        let answered = request.send().await.map_err(|error| NotTaken::NoAnswer(fault(&error).to_owned()))?;
        let status = answered.status();
        let text = text(answered).await?;
        let personal: Vec<&str> = dossier.personal_texts().collect();
        let said = || {
            let masked = Mask::new(&personal, &[&dossier.code]).apply(&text);
            format!("HTTP {}: {masked}", status.as_u16())
        };
        match status.as_u16() {
            200..=299 if self.config.success.is_empty() || text.trim() == self.config.success => Ok(()),
            401 | 403 | 407 => Err(NotTaken::NotLetIn(said())),
            300..=399 | 404 | 405 | 429 | 500.. => Err(NotTaken::NoAnswer(said())),
            _ => Err(NotTaken::Refused(said())),
        }
    }
}

/// The text of an answer, as far as it is read.
async fn text(mut answer: Response) -> Result<String, NotTaken> {
    let mut bytes = Vec::new();
    while bytes.len() < LARGEST {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(NotTaken::NoAnswer(fault(&error).to_owned())),
        }
    }
    bytes.truncate(LARGEST);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The meaning of an error of the client. Its own text holds the address, which may be personal.
fn fault(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer came in time"
    } else if error.is_connect() {
        "no connection is made"
    } else {
        "the connection was cut"
    }
}
