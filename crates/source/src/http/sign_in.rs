//! Signing in at a one-stop system, or at the bridge beside it: one token serves all requests, and is renewed before it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use tokio::sync::Mutex;

use dongbo_connections::DatabaseTrouble;
use dongbo_model::clock::{Clock, later};
use dongbo_settings::Secret;

use super::client::body;
use super::fault::Fault;
use crate::error::SourceError;
use crate::mapping::SignIn;

/// The name that messages give the request for a token.
const NAME: &str = "sign-in";
/// The most bytes of an answer with a token.
const LARGEST: usize = 256 << 10;
/// A token that does not say how long it lasts.
const USUAL: Duration = Duration::from_secs(300);
/// The longest time before its end at which a token is renewed.
const MOST_EARLY: Duration = Duration::from_secs(30);
/// The time after a refusal in which nobody signs in again: it could lock the account.
const PAUSE: Duration = Duration::from_secs(15);
/// The refusals of RFC 6749, which hold nothing of anybody.
const REFUSALS: [&str; 6] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
];

/// The header that requests carry, and the sign-in that it comes from.
#[derive(Clone)]
struct Pass {
    header: Option<HeaderValue>,
    generation: u64,
}

/// The account, and how it signs in.
pub(super) struct Account {
    pub(super) way: SignIn,
    pub(super) base: Url,
    pub(super) token_url: Option<Url>,
    pub(super) user: String,
    pub(super) client_id: String,
    pub(super) password_file: Option<PathBuf>,
    /// The key that names this file.
    pub(super) password_key: &'static str,
    pub(super) client_secret_file: Option<PathBuf>,
    pub(super) within: Duration,
}

/// An account that signs in when it has to, for all who share it.
pub struct SignedIn {
    account: Account,
    client: Client,
    clock: Clock,
    /// Held while somebody signs in: the others wait for that.
    last: Mutex<Last>,
}

#[derive(Default)]
struct Last {
    pass: Option<Pass>,
    renew_at: Option<DateTime<Utc>>,
    refresh: Option<Arc<Secret>>,
    generation: u64,
    refused: Option<(DateTime<Utc>, Fault)>,
}

/// The answer of a sign-in service.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").finish_non_exhaustive()
    }
}

impl SignedIn {
    pub(super) fn new(account: Account, client: Client, clock: Clock) -> Self {
        Self { account, client, clock, last: Mutex::default() }
    }

    /// An account without a name: nobody asks who it is.
    #[must_use]
    pub fn nobody(base: Url, client: Client, clock: Clock) -> Self {
        let account = Account {
            way: SignIn::None,
            base,
            token_url: None,
            user: String::new(),
            client_id: String::new(),
            password_file: None,
            password_key: "",
            client_secret_file: None,
            within: Duration::ZERO,
        };
        Self::new(account, client, clock)
    }

    /// An account with a name and a password, which stands in the file that the key `password_key` names.
    #[must_use]
    pub fn basic(
        base: Url,
        user: &str,
        (password_key, password_file): (&'static str, Option<PathBuf>),
        client: Client,
        clock: Clock,
    ) -> Self {
        let mut signed_in = Self::nobody(base, client, clock);
        let account = &mut signed_in.account;
        (account.way, account.password_key) = (SignIn::Basic, password_key);
        (account.user, account.password_file) = (user.to_owned(), password_file);
        signed_in
    }

    /// Sends a request, which `send` makes with the header that it is given. Where the system refuses the sign-in (401), that is
    /// made anew once, and the request sent again.
    ///
    /// # Errors
    /// When the account cannot sign in, or `send` fails.
    pub async fn carry<E, F>(&self, send: impl Fn(Option<HeaderValue>) -> F) -> Result<Response, E>
    where
        E: From<Fault>,
        F: Future<Output = Result<Response, E>>,
    {
        let mut refused = None;
        loop {
            let pass = self.pass(refused).await?;
            let may_renew = refused.is_none() && pass.header.is_some();
            let response = send(pass.header).await?;
            if response.status().as_u16() != 401 || !may_renew {
                return Ok(response);
            }
            refused = Some(pass.generation);
        }
    }

    /// The header for a request; a newer one than that of sign-in `refused`, when the system refuses that.
    async fn pass(&self, refused: Option<u64>) -> Result<Pass, Fault> {
        if self.account.way == SignIn::None {
            return Ok(Pass { header: None, generation: 0 });
        }
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        if let Some((at, fault)) = &last.refused
            && (now - *at).to_std().is_ok_and(|passed| passed < PAUSE)
        {
            return Err(fault.clone());
        }
        let is_fresh = |pass: &&Pass| {
            refused.is_none_or(|refused| pass.generation > refused) && last.renew_at.is_none_or(|at| now < at)
        };
        if let Some(pass) = last.pass.as_ref().filter(is_fresh) {
            return Ok(pass.clone());
        }
        // A token that the system refuses was perhaps taken back, and what renews it too.
        let refresh = last.refresh.take().filter(|_| refused.is_none());
        let signed = match refresh {
            Some(refresh) => match self.renew(&refresh).await {
                Ok(signed) => Ok(signed),
                Err(_) => self.sign_in().await,
            },
            None => self.sign_in().await,
        };
        match signed {
            Ok((header, granted)) => {
                last.generation = last.generation.wrapping_add(1);
                let pass = Pass { header: Some(header), generation: last.generation };
                last.renew_at = granted.as_ref().map(|granted| {
                    let lifetime = granted.expires_in.map_or(USUAL, Duration::from_secs);
                    later(now, lifetime.saturating_sub((lifetime / 10).min(MOST_EARLY)))
                });
                last.refresh =
                    granted.and_then(|granted| granted.refresh_token).map(|it| Arc::new(Secret::new(it)));
                last.refused = None;
                last.pass = Some(pass.clone());
                Ok(pass)
            }
            Err(fault) => {
                last.pass = None;
                if matches!(fault.error, SourceError::Auth { .. }) {
                    last.refused = Some((now, fault.clone()));
                }
                Err(fault)
            }
        }
    }

    async fn sign_in(&self) -> Result<(HeaderValue, Option<Granted>), Fault> {
        let Account { way, user, client_id, .. } = &self.account;
        let secret = match &self.account.client_secret_file {
            Some(path) => Some(("client_secret", secret(path)?)),
            None => None,
        };
        match way {
            SignIn::None | SignIn::Basic => {
                let password = self.password()?;
                let request = self
                    .client
                    .get(self.account.base.clone())
                    .basic_auth(user, Some(password.expose()))
                    .build();
                let header = request.ok().and_then(|request| request.headers().get(AUTHORIZATION).cloned());
                header.map(|header| (header, None)).ok_or_else(unwritable)
            }
            SignIn::Password => {
                let password = self.password()?;
                let mut form = vec![
                    ("grant_type", "password"),
                    ("client_id", client_id),
                    ("username", user),
                    ("password", password.expose()),
                ];
                form.extend(secret.as_ref().map(|(name, value)| (*name, value.expose())));
                self.ask(&form).await
            }
            SignIn::ClientCredentials => {
                let mut form = vec![("grant_type", "client_credentials"), ("client_id", client_id.as_str())];
                form.extend(secret.as_ref().map(|(name, value)| (*name, value.expose())));
                self.ask(&form).await
            }
        }
    }

    async fn renew(&self, refresh: &Secret) -> Result<(HeaderValue, Option<Granted>), Fault> {
        let client = self.account.client_id.as_str();
        self.ask(&[
            ("grant_type", "refresh_token"),
            ("client_id", client),
            ("refresh_token", refresh.expose()),
        ])
        .await
    }

    fn password(&self) -> Result<Secret, Fault> {
        match &self.account.password_file {
            Some(path) => secret(path),
            None => Err(Fault::lasting(SourceError::Config(format!(
                "{} is missing: name the file with the account's password",
                self.account.password_key
            )))),
        }
    }

    async fn ask(&self, form: &[(&str, &str)]) -> Result<(HeaderValue, Option<Granted>), Fault> {
        let Some(url) = &self.account.token_url else {
            return Err(Fault::lasting(SourceError::Config(
                "source.http.token_url is empty: name the address where tokens are given".to_owned(),
            )));
        };
        let within = self.account.within;
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .client
            .post(url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let response = request.send().await.map_err(|error| Fault::of_client(NAME, &error, within))?;
        let status = response.status().as_u16();
        let bytes = body(NAME, response, LARGEST, within).await?;
        if matches!(status, 400 | 401 | 403) {
            let told = serde_json::from_slice::<Refused>(&bytes).ok();
            let told = told.and_then(|told| REFUSALS.into_iter().find(|known| *known == told.error));
            let reason = format!(
                "the sign-in service refuses (status {status}{})",
                told.map_or_else(String::new, |it| format!(", {it}"))
            );
            return Err(Fault::lasting(SourceError::Auth { trouble: DatabaseTrouble::SignIn, reason }));
        }
        if status != 200 {
            return Err(Fault::of_status(NAME, status, None));
        }
        let granted: Granted =
            serde_json::from_slice(&bytes).map_err(|_| Fault::no_json(NAME, "", bytes.len()))?;
        Ok((header(&granted.access_token)?, Some(granted)))
    }
}

fn secret(path: &std::path::Path) -> Result<Secret, Fault> {
    Secret::from_file(path).map_err(|error| {
        Fault::lasting(SourceError::Auth {
            trouble: DatabaseTrouble::PasswordFile,
            reason: error.to_string(),
        })
    })
}

fn header(token: &str) -> Result<HeaderValue, Fault> {
    let mut header = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| unwritable())?;
    header.set_sensitive(true);
    Ok(header)
}

fn unwritable() -> Fault {
    let reason = "the token holds characters that no header can".to_owned();
    Fault::lasting(SourceError::Protocol { query: NAME.to_owned(), reason })
}
