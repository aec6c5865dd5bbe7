//! The door: everybody who asks for anything but the log-in comes through here.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use url::form_urlencoded;

use super::form::{Form, is_from_here};
use super::{COOKIE, Use, Visitor, cookie};
use crate::api::{self, Problem, ProblemKind};
use crate::asked::{address, language};
use crate::console::Console;
use crate::guard;
use crate::pages::overview::{ON_WALL, WALL};
use dongbo_ledger::{Act, ActWay};
use dongbo_listeners::Peer;

/// The addresses that are open to those who have not logged in.
const FOR_ALL: [&str; 4] = ["/login", "/console.css", "/console.js", "/icon.svg"];
/// The address that a page asks for by itself while it stays open.
const BY_ITSELF: &str = "/live";
/// The address at which a session is ended.
const LEAVE: &str = "/logout";

/// The address of the client that asks, as far as it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(super) Option<std::net::IpAddr>);

/// Lets a request through to its page with its [`Visitor`] and its [`Form`], or answers in its place.
pub(crate) async fn admit(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let access = console.access();
    let path = request.uri().path().to_owned();
    let is_api = api::is_of(&path);
    let lang = language(request.uri(), request.headers()).unwrap_or_default();
    // A program is told what is the matter in its own way.
    let refused = |kind: ProblemKind, page: fn() -> Response| {
        if is_api { Problem::new(kind).answer(lang) } else { page() }
    };
    if !access.asks() && !guard::is_ours(request.headers()) {
        return refused(ProblemKind::Misdirected, guard::misdirected);
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let client = peer.map(|peer| access.client(peer, request.headers()));
    if client == Some(None) || !came_over_tls(!access.is_behind_proxy(), request.headers()) {
        return refused(ProblemKind::PastTheProxy, past_the_proxy);
    }
    request.extensions_mut().insert(Client(client.flatten()));
    note_changed_users(&console).await;
    let now = console.ctx.clock.now();
    if is_api {
        return match access.caller(request.headers(), used(&request), now) {
            _ if !matches!(*request.method(), Method::GET | Method::HEAD) => {
                Problem::new(ProblemKind::NotAllowed).answer(lang)
            }
            None => Problem::new(ProblemKind::NotKnown).answer(lang),
            Some(visitor) => {
                request.extensions_mut().insert(visitor);
                next.run(request).await
            }
        };
    }
    let visitor = access.visitor(request.headers(), used(&request), now);
    let is_for_all = access.asks() && FOR_ALL.contains(&path.as_str());
    if visitor.is_none() && !is_for_all {
        return stranger(&request);
    }
    if request.method() == Method::POST {
        if !access.asks() {
            // Nobody knows who sends it, so nothing is done.
            return StatusCode::METHOD_NOT_ALLOWED.into_response();
        }
        request = match posted(request, visitor.as_ref()).await {
            Ok(request) => request,
            Err(refused) => return refused,
        };
    }
    if let Some(visitor) = visitor {
        request.extensions_mut().insert(visitor);
    }
    next.run(request).await
}

/// The use that a request makes of its session.
fn used(request: &Request) -> Use {
    let path = request.uri().path();
    let asks_for_wall = || {
        let query = request.uri().query().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == ON_WALL)
    };
    let on_wall = path == WALL || path == LEAVE || path == BY_ITSELF && asks_for_wall();
    Use { by_person: path != BY_ITSELF, on_wall }
}

/// Reads the form of a request. One that no page of ours sent, or that does not carry the session's token, is refused.
async fn posted(request: Request, visitor: Option<&Visitor>) -> Result<Request, Response> {
    let (mut parts, body) = request.into_parts();
    if !is_from_here(&parts.headers) {
        return Err(refused());
    }
    let Some(form) = Form::read(body, visitor.is_none()).await else {
        return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    // Whoever logs in has no session yet, or leaves the one that there is.
    let is_login = parts.uri.path() == "/login";
    if !is_login && !visitor.is_some_and(|visitor| form.carries(visitor.token())) {
        return Err(refused());
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, axum::body::Body::empty()))
}

fn refused() -> Response {
    let words = [
        "Yêu cầu không xuất phát từ trang này, hoặc phiên đã hết hạn: hãy tải lại trang rồi thử lại.\n",
        "The request did not come from this page, or the session is over: load the page again and try once more.\n",
    ];
    (StatusCode::FORBIDDEN, words.concat()).into_response()
}

/// Where a proxy is to speak TLS with the browser, it says so.
fn came_over_tls(is_direct: bool, headers: &HeaderMap) -> bool {
    is_direct || headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
}

fn past_the_proxy() -> Response {
    let words = [
        "Trang này chỉ mở được qua máy chủ trung gian có TLS (console.behind_proxy).\n",
        "This console is reached through its proxy over TLS only (console.behind_proxy).\n",
    ];
    (StatusCode::FORBIDDEN, words.concat()).into_response()
}

/// The answer to somebody who has not logged in: a page leads to the log-in, and back from there.
fn stranger(request: &Request) -> Response {
    let headers = request.headers();
    let wants_page = request.method() == Method::GET && request.uri().path() != BY_ITSELF;
    if !wants_page {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let comes_from_elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if comes_from_elsewhere && cookie(headers, COOKIE).is_none() {
        // A link on another site, such as a mail, sends no cookie along. Asked again from here the browser sends it.
        let again = "<!DOCTYPE html><html lang=\"vi\"><head><meta http-equiv=\"refresh\" content=\"0\">\
                     <title>dongbo</title></head><body></body></html>";
        return Html(again).into_response();
    }
    let wanted = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let next = if wanted == "/" { None } else { Some(("next", wanted)) };
    let mut answer = Redirect::to(&address("/login", next)).into_response();
    answer.headers_mut().insert(header::VARY, header::HeaderValue::from_static("cookie"));
    answer
}

/// Writes down whose rights changed when the file of users is another one than before.
async fn note_changed_users(console: &Console) {
    let Some(file) = &console.access().users else { return };
    match file.changed() {
        Ok(Some(names)) => {
            tracing::info!(event = "console.users_changed", users = %names, "The users {names} of the console changed");
            if let Err(error) = console.acts.note("", ActWay::Command, Act::Users, &names).await {
                console.ctx.ledger_failed(&error);
            }
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(
                event = "console.users_unreadable",
                class = dongbo_model::ErrorClass::Config.name(),
                "Nobody can open the console: {error}"
            );
        }
    }
}
