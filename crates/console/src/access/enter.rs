//! Logging in and out.

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::admit::Client;
use super::lockout::{Leave, Of, REFUSED_FOR};
use super::{COOKIE, Form, UserFile, Visitor, password};
use crate::asked::Asked;
use crate::console::Console;
use crate::frame;
use dongbo_ledger::{Act, ActWay};
use dongbo_model::clock::later;
use dongbo_model::{ErrorClass, Lang, texts};
use dongbo_settings::Secret;

/// Names and passwords longer than this are nobody's.
const LONGEST: usize = 1_000;

texts! {
    title(): "Đăng nhập", "Log in";
    name(): "Tên người dùng", "User name";
    password_label(): "Mật khẩu", "Password";
    go(): "Đăng nhập", "Log in";
    wrong(): "Tên hoặc mật khẩu không đúng.", "The name or the password is wrong.";
    locked(at): "Sai quá nhiều lần: thử lại sau {at}.", "Too many failures: try again after {at}.";
    unreadable(): "Chưa đăng nhập được: tệp người dùng của trang không đọc được. Người vận hành xem: dongbo check, và journalctl -u dongbo.", "Nobody can log in: the file of users cannot be read. The operator looks at dongbo check and journalctl -u dongbo.";
    unwritable(): "Chưa đăng nhập được: nhật ký kiểm tra không ghi được. Người vận hành xem: journalctl -u dongbo.", "Nobody can log in: the audit log cannot be written. The operator looks at journalctl -u dongbo.";
    out(): "Đăng xuất", "Log out";
    forgotten(): "Quên mật khẩu: nhờ người quản trị chạy dongbo user passwd.", "Forgotten: an administrator runs dongbo user passwd.";
}

/// The page on which people log in.
pub(crate) async fn login(asked: Asked) -> Response {
    if !asked.console.access().asks() {
        return crate::pages::nowhere(asked).await;
    }
    let content = form(&asked, asked.parameter("next").unwrap_or_default(), None);
    asked.alone(StatusCode::OK, &title(asked.lang), &content)
}

fn form(asked: &Asked, next: &str, failed: Option<&str>) -> Markup {
    let lang = asked.lang;
    html! {
        section.login {
            h1 { (title(lang)) }
            @if let Some(words) = failed { p.failed role="alert" { (words) } }
            form action="/login" method="post" {
                input type="hidden" name="next" value=(next);
                div.field {
                    label for="name" { (name(lang)) }
                    input #name name="name" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus;
                }
                div.field {
                    label for="password" { (password_label(lang)) }
                    input #password name="password" type="password" required maxlength="200" autocomplete="current-password";
                }
                div.buttons { button type="submit" { (go(lang)) } }
            }
            p.note { (forgotten(lang)) }
        }
    }
}

/// The result of a try to log in.
enum Tried {
    /// It worked: the session's id.
    In(String),
    Wrong,
    Locked(DateTime<Utc>),
    /// The file of users cannot be read.
    NoUsers,
    /// The log-in cannot be written down.
    NoAudit,
}

/// Takes a name and a password.
pub(crate) async fn enter(
    Extension(Client(client)): Extension<Client>,
    Extension(sent): Extension<Form>,
    asked: Asked,
) -> Response {
    let lang = asked.lang;
    let next = local(sent.given("next"));
    let whose: Vec<Of> = [Some(Of::Name(cut(sent.given("name").trim()))), client.map(Of::address)]
        .into_iter()
        .flatten()
        .collect();
    let (status, words) = match try_to_enter(&asked.console, &sent, &whose).await {
        Tried::In(id) => return welcome(&id, next),
        Tried::Wrong => (StatusCode::UNAUTHORIZED, wrong(lang)),
        Tried::Locked(until) => (StatusCode::TOO_MANY_REQUESTS, locked(lang, lang.moment(until))),
        Tried::NoUsers => (StatusCode::SERVICE_UNAVAILABLE, unreadable(lang)),
        Tried::NoAudit => (StatusCode::SERVICE_UNAVAILABLE, unwritable(lang)),
    };
    asked.alone(status, &title(lang), &form(&asked, next, Some(&words)))
}

async fn try_to_enter(console: &Console, sent: &Form, whose: &[Of]) -> Tried {
    let access = console.access();
    let now = console.ctx.clock.now();
    let Some(Ok(users)) = access.users.as_ref().map(UserFile::current) else { return Tried::NoUsers };
    let last = match access.lockout.tries(whose, now) {
        Leave::Refused { until } => return Tried::Locked(until),
        Leave::Given { last } => last,
    };
    let name = cut(sent.given("name").trim());
    let user = users.get(&name);
    let hash = user.map(|user| user.password.clone());
    if !fits(console, Secret::new(cut(sent.given("password"))), hash.clone()).await {
        // A name that is not known may be a password in the wrong field: it is written nowhere.
        let known = if user.is_some() { name.as_str() } else { "" };
        tracing::warn!(
            event = "console.log_in_refused",
            class = ErrorClass::Auth.name(),
            user = known,
            locked = last,
            "A log-in at the console was refused"
        );
        if user.is_some() || last {
            let act = if last { Act::LockedOut } else { Act::LogInRefused };
            if let Err(error) = console.acts.note(known, ActWay::Page, act, "").await {
                console.ctx.ledger_failed(&error);
            }
        }
        return if last { Tried::Locked(later(now, REFUSED_FOR)) } else { Tried::Wrong };
    }
    access.lockout.worked(whose);
    if let Err(error) = console.acts.note(&name, ActWay::Page, Act::LogIn, "").await {
        console.ctx.ledger_failed(&error);
        return Tried::NoAudit;
    }
    Tried::In(access.sessions.open(&name, &hash.unwrap_or_default(), now))
}

/// Whether the password is the one of the hash. Few are looked at at once; hashing takes time and memory.
async fn fits(console: &Console, password: Secret, hash: Option<String>) -> bool {
    let Ok(_place) = console.access().hashing.acquire().await else { return false };
    let looked = tokio::task::spawn_blocking(move || password::is_of(&password, hash.as_deref()));
    looked.await.unwrap_or(false)
}

fn welcome(id: &str, next: &str) -> Response {
    with_cookie(
        Redirect::to(next).into_response(),
        &format!("{COOKIE}={id}; Path=/; HttpOnly; Secure; SameSite=Strict"),
    )
}

/// Ends the session.
pub(crate) async fn leave(
    State(console): State<Console>,
    Extension(visitor): Extension<Visitor>,
) -> Response {
    let access = console.access();
    access.sessions.close(&visitor.session);
    if let Err(error) = console.acts.note(&visitor.name, ActWay::Page, Act::LogOut, "").await {
        console.ctx.ledger_failed(&error);
    }
    let gone = format!("{COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict");
    with_cookie(Redirect::to("/login").into_response(), &gone)
}

fn with_cookie(mut answer: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

/// An address of this console, and its first page for any other.
fn local(next: &str) -> &str {
    let is_plain = next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    let is_ours = next.starts_with('/') && !next.starts_with("//") && !next.starts_with("/login");
    if is_plain && is_ours { next } else { "/" }
}

/// The button that ends the session, with the user's name.
pub(crate) fn leave_form(visitor: &Visitor, lang: Lang) -> Markup {
    html! {
        @if visitor.is_known() {
            form.who action="/logout" method="post" {
                (frame::token(visitor))
                span.name title=(visitor.role.text(lang)) { (visitor.name) }
                button.plain type="submit" { (out(lang)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_log_in_leads_back_to_pages_of_this_console_alone() {
        assert_eq!(local("/dossiers?unit=57&state=held"), "/dossiers?unit=57&state=held");
        for next in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/login?next=/",
            "/a b",
            "/\u{a0}",
            "/\n/x",
        ] {
            assert_eq!(local(next), "/", "{next}");
        }
    }
}
