//! A request for a page: its language, its parameters and the moment of it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::Markup;
use url::form_urlencoded;

use crate::access::{Visitor, cookie};
use crate::console::Console;
use crate::frame::{self, Place};
use dongbo_ledger::{LedgerError, Overview};
use dongbo_model::{Lang, texts};
use dongbo_sync::health::{Facts, Health, LedgerFacts};
pub(crate) use dongbo_sync::telling::address;

/// The cookie that keeps the language.
const COOKIE: &str = "dongbo_lang";
/// The parameter that sets it.
pub(crate) const LANG: &str = "lang";

texts! {
    not_found(): "Không có trang này", "There is no such page";
    unknown_dossier(code): "Sổ theo dõi không có mã {code}.", "The ledger does not know the code {code}.";
    not_for_you(): "Tài khoản này không được xem hoặc làm việc đó", "This account may not see or do that";
    ask(): "Cần quyền này thì nhờ người quản trị (dongbo user).", "If you need to, ask an administrator (dongbo user).";
    unusable(): "Không đọc được lịch làm việc, bộ công thức hoặc kế hoạch", "The calendar, formulas or plans cannot be read";
    see_log(): "Nhật ký của dongbo nói tệp nào; kiểm tra bằng dongbo check.", "The log says which file; dongbo check looks at it.";
    unreadable(): "Không đọc được sổ theo dõi", "The ledger cannot be read";
}

/// A request for a page.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) console: Console,
    pub(crate) lang: Lang,
    /// The one who asks.
    pub(crate) visitor: Visitor,
    pub(crate) now: DateTime<Utc>,
    /// The path without parameters.
    pub(crate) path: String,
    parameters: Vec<(String, String)>,
    /// Whether the address sets the language.
    sets_language: bool,
}

/// An answer in place of a page.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The ledger cannot be read.
    Ledger(LedgerError),
    /// The ledger does not know this dossier.
    NoDossier(String),
    /// There is no such page.
    Nowhere,
    /// The visitor may not see or do this.
    NotForYou,
    /// A file that the configuration names cannot be used, as the log says.
    Unavailable,
    /// It is not done, for this reason.
    Refused(String),
    /// This dossier is meant.
    Meant(String),
}

impl From<LedgerError> for Trouble {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

/// The language that an address sets.
fn set_language(uri: &Uri) -> Option<Lang> {
    let query = uri.query().unwrap_or_default();
    let (_, name) = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == LANG).last()?;
    Lang::from_name(&name)
}

/// The language that an address sets, or the one that the browser keeps.
pub(crate) fn language(uri: &Uri, headers: &HeaderMap) -> Option<Lang> {
    set_language(uri).or_else(|| cookie(headers, COOKIE).and_then(Lang::from_name))
}

impl FromRequestParts<Console> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        // A server cannot keep this character in a text.
        let text = |text: std::borrow::Cow<'_, str>| text.replace('\0', "");
        let parameters =
            form_urlencoded::parse(query.as_bytes()).map(|(name, value)| (text(name), text(value)));
        let parameters: Vec<(String, String)> = parameters.collect();
        let set = set_language(&parts.uri);
        Ok(Self {
            console: console.clone(),
            lang: language(&parts.uri, &parts.headers).unwrap_or_default(),
            visitor: parts.extensions.get().cloned().unwrap_or_else(Visitor::stranger),
            now: console.ctx.clock.now(),
            path: parts.uri.path().to_owned(),
            parameters,
            sets_language: set.is_some(),
        })
    }
}

impl Asked {
    /// The unit whose dossiers are asked for; `None` for all of them. One who does not see all units sees one at a time: the one that
    /// the address names, or the first.
    pub(crate) fn unit(&self) -> Option<&str> {
        let named = self.parameter("unit");
        match &self.visitor.units {
            None => named,
            Some(units) => {
                let own = named.and_then(|named| units.get(named)).or_else(|| units.first());
                Some(own.map_or("", String::as_str))
            }
        }
    }

    /// The verdict on what the visitor sees.
    pub(crate) async fn health(&self) -> Health {
        self.health_of(self.unit().filter(|_| self.visitor.units.is_some())).await
    }

    /// The verdict on one unit, or on all.
    pub(crate) async fn health_of(&self, unit: Option<&str>) -> Health {
        let seen = self.console.lookout.look().await;
        match unit {
            None => seen.health,
            Some(unit) => {
                let of_unit = self.console.facts_of(unit).await;
                let ledger =
                    of_unit.map(|facts| LedgerFacts::clone(&facts)).map_err(|error| error.to_string());
                Facts { ledger, ..seen.facts }.judge(seen.health.at)
            }
        }
    }

    /// The counts of one unit, or of all; `None` while they cannot be read.
    pub(crate) async fn counts_of(&self, unit: Option<&str>) -> Option<Overview> {
        match unit {
            None => self.console.lookout.look().await.counted.ok().map(|counted| counted.overview.clone()),
            Some(unit) => {
                let units = self.console.units().await.ok()?;
                Some(units.get(unit).cloned().unwrap_or_default())
            }
        }
    }

    /// The value of a parameter without blanks around it; `None` where it is missing or empty.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.given(name).map(str::trim).filter(|value| !value.is_empty())
    }

    /// The value of a parameter as it came, which may be empty.
    pub(crate) fn given(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every parameter of the address, as it came.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// This with a further parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        // A server cannot keep this character in a text.
        self.parameters.push((name.to_owned(), value.replace('\0', "")));
        self
    }

    /// This address with some parameters set to other values; an empty one goes.
    pub(crate) fn address_with(&self, changed: &[(&str, &str)]) -> String {
        let kept = self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let kept = kept.filter(|(name, _)| *name != LANG && !changed.iter().any(|(other, _)| other == name));
        let set = changed.iter().copied().filter(|(_, value)| !value.is_empty());
        address(&self.path, kept.chain(set))
    }

    /// The answer to the request: the page with what is in it, or what stands in its way.
    pub(crate) async fn answer(&self, place: Place, content: Result<(String, Markup), Trouble>) -> Response {
        let (status, title, content) = match content {
            Ok((title, content)) => (StatusCode::OK, title, content),
            Err(Trouble::Meant(code)) => {
                return Redirect::to(&address("/dossier", [("code", code.as_str())])).into_response();
            }
            Err(Trouble::NotForYou) => {
                self.sorry(StatusCode::FORBIDDEN, not_for_you(self.lang), &ask(self.lang))
            }
            Err(Trouble::Unavailable) => {
                self.sorry(StatusCode::SERVICE_UNAVAILABLE, unusable(self.lang), &see_log(self.lang))
            }
            Err(Trouble::Refused(why)) => self.sorry(StatusCode::CONFLICT, why, ""),
            Err(Trouble::Nowhere) => self.sorry(StatusCode::NOT_FOUND, not_found(self.lang), ""),
            Err(Trouble::NoDossier(code)) => {
                self.sorry(StatusCode::NOT_FOUND, unknown_dossier(self.lang, code), "")
            }
            Err(Trouble::Ledger(error)) => {
                self.console.ctx.ledger_failed(&error);
                let remedy = error.remedy(self.lang);
                self.sorry(StatusCode::SERVICE_UNAVAILABLE, unreadable(self.lang), &remedy)
            }
        };
        let page = frame::page(self, Some(place), &title, &content);
        self.keeping_language((status, page).into_response())
    }

    /// A page without the way to the others, for those who have not logged in.
    pub(crate) fn alone(&self, status: StatusCode, title: &str, content: &Markup) -> Response {
        self.keeping_language((status, frame::page(self, None, title, content)).into_response())
    }

    fn keeping_language(&self, mut answer: Response) -> Response {
        if self.sets_language {
            let cookie =
                format!("{COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict", self.lang.name());
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
        answer
    }

    fn sorry(&self, status: StatusCode, title: String, remedy: &str) -> (StatusCode, String, Markup) {
        let content = frame::sorry(&title, remedy);
        (status, title, content)
    }
}
