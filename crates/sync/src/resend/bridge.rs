//! A vendor's bridge, which is asked by a request over HTTP to send one dossier again.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Method, Response, Url, redirect};

use super::settings::{Settings, SignIn};
use super::template::{Form, Template};
use dongbo_model::clock::Clock;
use dongbo_model::{Dossier, ErrorClass, Lang, Mask};
use dongbo_portal::trust::trusting;
use dongbo_portal::{Obstacle, through};
use dongbo_settings::pem::certificates_in;
use dongbo_settings::proxy::Proxy;
use dongbo_source::{HttpFault, SignedIn, SourceError};

/// Most bytes of an answer that are read: it is a word or an error.
const LARGEST: usize = 64 << 10;

/// A bridge that cannot be asked as it is configured.
#[derive(Debug, thiserror::Error)]
#[error("[bridge] cannot be used: {0}")]
pub struct BridgeError(String);

/// The bridge did not take a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// It refused this dossier, in these words.
    Refused(String),
    /// It lets nobody in.
    NotLetIn(String),
    /// It did not answer, or not as a bridge that works.
    NoAnswer(String),
}

impl NotTaken {
    /// Its words, or those for what stood in the way.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Refused(words) | Self::NotLetIn(words) | Self::NoAnswer(words) => words,
        }
    }
}

impl From<HttpFault> for NotTaken {
    /// The account could not sign in.
    fn from(fault: HttpFault) -> Self {
        let error = SourceError::from(fault);
        match error.class() {
            ErrorClass::Auth | ErrorClass::Config => Self::NotLetIn(error.reason()),
            _ => Self::NoAnswer(error.reason()),
        }
    }
}

/// A vendor's bridge.
pub struct Bridge {
    client: Client,
    url: Url,
    proxy: Option<Proxy>,
    config: Settings,
    template: Template,
    form: Form,
    /// Its own account; `None` where it takes that of a dossier's source.
    account: Option<SignedIn>,
}

impl Bridge {
    /// The bridge of `config`; nobody is asked anything yet.
    ///
    /// # Errors
    /// When the configuration or a file that it names cannot be used.
    pub fn new(config: &Settings, clock: Clock) -> Result<Self, BridgeError> {
        let told = |what: &str| BridgeError(what.to_owned());
        let url = config.address().ok_or_else(|| told("bridge.url is no address"))?;
        let proxies = config.proxies().map_err(|error| BridgeError(error.to_string()))?;
        let builder = Client::builder()
            .user_agent(concat!("dongbo/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .timeout(config.timeout);
        let builder = match through(&proxies) {
            Some(proxy) => builder.proxy(proxy),
            None => builder,
        };
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
        let client = builder.build().map_err(|_| told("the HTTP client cannot be set up"))?;
        let account = match config.sign_in {
            SignIn::None => Some(SignedIn::nobody(url.clone(), client.clone(), clock)),
            SignIn::Basic => {
                let password = ("bridge.password_file", config.password_file.clone());
                Some(SignedIn::basic(url.clone(), &config.username, password, client.clone(), clock))
            }
            SignIn::Source => None,
        };
        Ok(Self {
            client,
            proxy: proxies.of(&url),
            url,
            template: Template::parse(&config.body)
                .map_err(|error| BridgeError(format!("bridge.body: {error}")))?,
            form: Form::of(&config.content_type),
            config: config.clone(),
            account,
        })
    }

    /// The longest that one request takes, with a sign-in before it.
    pub(super) const fn longest(&self) -> Duration {
        self.config.timeout.saturating_mul(3)
    }

    /// Asks for one dossier, as new or as `updated`; `of_source` is the account that reads its source over HTTP, where there is one.
    ///
    /// # Errors
    /// When the bridge did not take it.
    pub(super) async fn ask(
        &self,
        dossier: &Dossier,
        updated: bool,
        of_source: Option<&SignedIn>,
    ) -> Result<(), NotTaken> {
        let body = self.template.write(dossier, updated, self.form);
        let answered =
            self.account(of_source)?.carry(|header| self.send(Method::POST, header, body.clone())).await?;
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

    /// Signs in and asks for the head of what is at the address, by which nothing is sent again. Returns the status, by which it
    /// lets us in. Most bridges answer that they take another method (405).
    ///
    /// # Errors
    /// When the bridge cannot be reached, or lets nobody in.
    pub async fn knock(&self, of_source: Option<&SignedIn>) -> Result<u16, NotTaken> {
        let account = self.account(of_source)?;
        let answered = account.carry(|header| self.send(Method::HEAD, header, String::new())).await?;
        let status = answered.status().as_u16();
        match status {
            401 | 403 | 407 => Err(NotTaken::NotLetIn(format!("HTTP {status}"))),
            300..=399 | 500.. => Err(NotTaken::NoAnswer(format!("HTTP {status}"))),
            _ => Ok(status),
        }
    }

    fn account<'a>(&'a self, of_source: Option<&'a SignedIn>) -> Result<&'a SignedIn, NotTaken> {
        let lacking = || {
            let words = "bridge.sign_in = \"source\", and the dossier's source is not read over HTTP";
            NotTaken::NotLetIn(words.to_owned())
        };
        self.account.as_ref().or(of_source).ok_or_else(lacking)
    }

    async fn send(
        &self,
        method: Method,
        header: Option<HeaderValue>,
        body: String,
    ) -> Result<Response, NotTaken> {
        let mut request = self.client.request(method, self.url.clone());
        if let Some(header) = header {
            request = request.header(AUTHORIZATION, header);
        }
        if !body.is_empty() {
            request = request.header(CONTENT_TYPE, &self.config.content_type).body(body);
        }
        request.send().await.map_err(|error| NotTaken::NoAnswer(self.fault(&error)))
    }

    /// The meaning of an error of the client. Its own text holds the address, which may be personal.
    fn fault(&self, error: &reqwest::Error) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match Obstacle::of(error, host, "bridge.ca_file", self.proxy.as_ref()) {
            Some(obstacle) => obstacle.text(Lang::En).to_owned(),
            None => fault(error).to_owned(),
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
