//! The frame that every page has around its own content.

use axum::response::{Html, IntoResponse};
use maud::{DOCTYPE, Markup, html};

use crate::access::{TOKEN, Visitor, leave_form};
use crate::asked::{Asked, LANG};
use crate::parts::clock;
use dongbo_model::{Lang, texts, vocabulary};

texts! {
    skip(): "Đến nội dung", "Skip to the content";
    pages(): "Các trang", "Pages";
    as_of(at): "Số liệu lúc {at}", "As of {at}";
    read_only(): "Trang chỉ để xem; không có dữ liệu cá nhân.", "These pages change nothing and show no personal data.";
    no_personal_data(): "Trang không có dữ liệu cá nhân; mọi việc đã làm được ghi vào nhật ký kiểm tra.", "These pages show no personal data; whatever is done is written to the audit log.";
    lost(): "Mất kết nối với dongbo: số liệu dưới đây đã cũ.", "The connection to dongbo is lost: what is below is old.";
}

vocabulary! {
    /// The pages that the navigation leads to.
    pub(crate) enum Place
    texts {
        /// The name for people.
        text
    }
    columns {
        /// Its address.
        path: &'static str
    }
    {
        /// How things stand.
        Overview = "overview", ["Tổng quan", "Overview"] => "/";
        /// Finding dossiers.
        Dossiers = "dossiers", ["Hồ sơ", "Dossiers"] => "/dossiers";
        /// Work that waits for a person.
        Work = "work", ["Việc cần làm", "Work list"] => "/work";
        /// Runs and differences.
        Comparison = "comparison", ["Đối chiếu hai bên", "Reconciliation"] => "/comparison";
        /// The indicators in three views.
        Indicators = "indicators", ["Chỉ số", "Indicators"] => "/indicators";
        /// The daemon itself.
        System = "system", ["Hệ thống", "System"] => "/system";
    }
}

impl Place {
    /// Whether the way to it is shown to this visitor.
    pub(crate) fn is_for(self, visitor: &Visitor) -> bool {
        self != Self::System || visitor.sees_the_daemon()
    }
}

/// The field without which no form of a session is taken.
pub(crate) fn token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name=(TOKEN) value=(visitor.token()); }
}

/// The page with its frame; without a place it shows no way to the others.
pub(crate) fn page(
    asked: &Asked,
    place: Option<Place>,
    title: &str,
    content: &Markup,
) -> impl IntoResponse + use<> {
    let lang = asked.lang;
    let page = html! {
        (DOCTYPE)
        html lang=(lang.name()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – dongbo" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/console.css";
                script src="/console.js" defer {}
            }
            body {
                a.skip href="#main" { (skip(lang)) }
                header.top {
                    a.brand href="/" {
                        svg viewBox="0 0 32 32" aria-hidden="true" {
                            path d="M7 13a9.5 9.5 0 0 1 17-3M25 19a9.5 9.5 0 0 1-17 3" {}
                            path d="M24 4v6.5h-6.5M8 28v-6.5h6.5" {}
                        }
                        span { "dongbo" }
                    }
                    @if place.is_some() { nav aria-label=(pages(lang)) { ul {
                        @for &one in Place::ALL.iter().filter(|one| one.is_for(&asked.visitor)) {
                            li { a href=(one.path()) aria-current=[(Some(one) == place).then_some("page")] { (one.text(lang)) } }
                        }
                    } } }
                    (languages(asked))
                    (leave_form(&asked.visitor, lang))
                }
                p.lost #lost role="status" hidden { (lost(lang)) }
                main #main tabindex="-1" {
                    @if let Some(news) = asked.console.access().news(&asked.visitor) { p.news role="status" { (news) } }
                    (content)
                }
                footer.foot {
                    p { (as_of(lang, clock(lang, asked.now))) }
                    p { @if asked.visitor.operates() { (no_personal_data(lang)) } @else { (read_only(lang)) } }
                    p { "dongbo " (env!("CARGO_PKG_VERSION")) }
                }
            }
        }
    };
    Html(page.into_string())
}

/// The links to this page in the other languages.
fn languages(asked: &Asked) -> Markup {
    html! {
        p.lang { @for &one in Lang::ALL { @if one != asked.lang {
            a href=(asked.address_with(&[(LANG, one.name())])) lang=(one.name()) hreflang=(one.name()) rel="alternate" {
                (one.itself())
            }
        } } }
    }
}

/// The content of a page that has none.
pub(crate) fn sorry(title: &str, remedy: &str) -> Markup {
    html! {
        h1 { (title) }
        @if !remedy.is_empty() { p { (remedy) } }
    }
}
