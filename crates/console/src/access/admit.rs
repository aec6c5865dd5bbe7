//! The door: everybody who asks for anything but the log-in comes through here.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Redirect, Response};

use super::form::{Form, is_from_here};
use super::{COOKIE, Visitor, cookie};
use crate::asked::address;
use crate::console::Console;
use crate::guard;
use dongbo_ledger::{Act, ActWay};
use dongbo_listeners::Peer;

/// The addresses that are open to those who have not logged in.
const FOR_ALL: [&str; 4] = ["/login", "/console.css", "/console.js", "/icon.svg"];
/// The addresses that a page asks for by itself while it stays open.
const BY_ITSELF: [&str; 1] = ["/live"];

/// The address of the client that asks, as far as it counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client(pub(super) Option<std::net::IpAddr>);

/// Lets a request through to its page with its [`Visitor`] and its [`Form`], or answers in its place.
pub(crate) async fn admit(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    let access = console.access();
    if !access.asks() && !guard::is_ours(request.headers()) {
        return guard::misdirected();
    }
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let client = peer.map(|peer| access.client(peer, request.headers()));
    if client == Some(None) || !came_over_tls(!access.is_behind_proxy(), request.headers()) {
        return past_the_proxy();
    }
    request.extensions_mut().insert(Client(client.flatten()));
    note_changed_users(&console).await;
    let path = request.uri().path().to_owned();
    let now = console.ctx.clock.now();
    let asks = !BY_ITSELF.contains(&path.as_str());
    let visitor = access.visitor(request.headers(), asks, now);
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
    let wants_page = request.method() == Method::GET && !request.uri().path().starts_with("/live");
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
