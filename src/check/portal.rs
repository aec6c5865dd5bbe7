//! The checks of the portal: the log-in, its certificate and its clock.

use dongbo_model::locks::lock;
use std::sync::{Arc, Mutex};

use super::context::Context;
use super::report::{self, Id, Item};
use super::{catalogue, certificates};
use dongbo_model::clock::CLOCK_TOLERANCE;
use dongbo_model::{Lang, texts};
use dongbo_portal::{Answer, CallRecord, Obstacle, Outcome, Portal, PortalError, PortalTrouble};

texts! {
    proxy_works(milliseconds): "máy chủ trung gian của tỉnh trả lời ({milliseconds} ms)", "the province's proxy answers ({milliseconds} ms)";
    lets_us_in(account, milliseconds): "Cổng cho tài khoản {account} đăng nhập ({milliseconds} ms)", "the portal accepts the log-in of {account} ({milliseconds} ms)";
    not_set_up(): "không thiết lập được kết nối tới Cổng", "the connection to the portal cannot be set up";
    correct_portal(): "sửa mục [portal] của cấu hình hoặc tệp nêu trên", "correct [portal] of the configuration, or the file above";
    answer_line(host, status, code, message): "{host}: HTTP {status}, error_code {code}: {message}", "{host}: HTTP {status}, error_code {code}: {message}";
    plain_http(): "không mã hoá (http): không có chứng thư để xem", "plain http: there is no certificate";
    not_shown(): "Cổng chưa đưa ra chứng thư nào", "the portal has shown no certificate yet";
    clocks_agree(seconds): "lệch {seconds} giây so với máy này", "{seconds} s from this host's";
    clocks_differ(seconds): "lệch {seconds} giây so với máy này", "{seconds} s from this host's";
    set_clock(): "bật đồng bộ giờ trên máy này (timedatectl set-ntp true)", "have this host's clock set from the network (timedatectl set-ntp true)";
    no_date(): "Cổng không cho biết giờ của mình", "the portal does not tell its time";
}

/// The findings about the portal.
pub(super) struct Asked {
    pub(super) items: Vec<Item>,
    /// The portal, when it lets us in.
    pub(super) portal: Option<Portal>,
}

/// Logs in once, as start-up does, and judges the answer. Nothing else is sent, except one request for the catalogue when
/// the configuration wants it.
pub(super) async fn check(context: &Context<'_>) -> Asked {
    let (config, lang) = (&context.config.portal, context.lang);
    let skip = |id, needed| Item::skipped(id, lang, report::because(lang, &[needed]));
    let skip_all = |needed| Asked {
        items: vec![
            skip(Id::Portal, needed),
            skip(Id::PortalCertificate, needed),
            skip(Id::PortalClock, needed),
        ],
        portal: None,
    };
    if !config.validate().is_empty() {
        return skip_all(Id::Configuration);
    }
    let last: Arc<Mutex<Option<CallRecord>>> = Arc::default();
    let observer = {
        let last = Arc::clone(&last);
        Arc::new(move |record: &CallRecord| {
            *lock(&last) = Some(record.clone());
        })
    };
    let portal = match Portal::new(config, context.clock.clone(), observer) {
        Ok(portal) => portal,
        Err(PortalError::Password(_)) => return skip_all(Id::Secrets),
        Err(error) => {
            let item = Item::fail(Id::Portal, lang, error.class(), not_set_up(lang), correct_portal(lang));
            let items = vec![
                item.with_details([error.to_string()]),
                skip(Id::PortalCertificate, Id::Portal),
                skip(Id::PortalClock, Id::Portal),
            ];
            return Asked { items, portal: None };
        }
    };
    let answer = portal.log_in().await;
    let record = lock(&last).take();
    let mut items = vec![
        log_in(context, &answer, record.as_ref()).await,
        certificate(context, record.as_ref()),
        clock(context, record.as_ref()),
    ];
    let is_let_in = answer.outcome == Outcome::Delivered;
    if let Some(listing) = portal.listing() {
        items.extend(catalogue::check(context, &listing, is_let_in).await);
    }
    Asked { items, portal: Some(portal).filter(|_| is_let_in) }
}

async fn log_in(context: &Context<'_>, answer: &Answer, record: Option<&CallRecord>) -> Item {
    let lang = context.lang;
    let item = match answer.outcome {
        Outcome::Delivered => {
            let took = record.map(|record| record.elapsed.as_millis()).unwrap_or_default();
            if !context.config.portal.logs_in() {
                return Item::ok(Id::Portal, lang, proxy_works(lang, took));
            }
            return Item::ok(Id::Portal, lang, lets_us_in(lang, &context.config.portal.username, took));
        }
        _ => match record.and_then(|record| record.obstacle.as_ref()) {
            // It says what to do in its own sentence.
            Some(obstacle) => return obstructed(lang, obstacle),
            None => {
                let trouble = PortalTrouble::found(&context.config.portal, answer).await;
                let (message, remedy) = (trouble.text(lang).to_owned(), trouble.remedy(lang).to_owned());
                Item::fail(Id::Portal, lang, trouble.class(), message, remedy)
            }
        },
    };
    let line = match answer.http_status {
        Some(status) => answer_line(
            lang,
            &context.config.portal.adapter_url,
            status,
            if answer.portal_code.is_empty() { "–" } else { &answer.portal_code },
            &answer.message,
        ),
        None => answer.message.clone(),
    };
    item.with_details([line])
}

/// The item about something that stands in the way, whose sentence has the remedy behind its first colon.
fn obstructed(lang: Lang, obstacle: &Obstacle) -> Item {
    let text = obstacle.text(lang);
    let (message, remedy) = match text.split_once(": ") {
        Some((message, remedy)) => (message, remedy.to_owned()),
        None => (text, correct_portal(lang)),
    };
    Item::fail(Id::Portal, lang, obstacle.class, message.to_owned(), remedy)
}

fn certificate(context: &Context<'_>, record: Option<&CallRecord>) -> Item {
    let lang = context.lang;
    match record.and_then(|record| record.certificate_end) {
        Some(end) => certificates::portals_own(context, end),
        None if context.config.portal.adapter_url.starts_with("http://") => {
            Item::skipped(Id::PortalCertificate, lang, plain_http(lang))
        }
        None => Item::skipped(Id::PortalCertificate, lang, not_shown(lang)),
    }
}

fn clock(context: &Context<'_>, record: Option<&CallRecord>) -> Item {
    let lang = context.lang;
    let Some(record) = record.filter(|record| record.http_status.is_some()) else {
        return Item::skipped(Id::PortalClock, lang, report::because(lang, &[Id::Portal]));
    };
    match record.clock_offset {
        None => Item::skipped(Id::PortalClock, lang, no_date(lang)),
        Some(offset) => clock_item(context, Id::PortalClock, offset),
    }
}

/// The item about a peer's clock that is `offset` ahead of ours.
pub(super) fn clock_item(context: &Context<'_>, id: Id, offset: chrono::TimeDelta) -> Item {
    let (lang, seconds) = (context.lang, offset.num_seconds());
    let item = if offset.abs() > CLOCK_TOLERANCE {
        Item::warn(id, lang, clocks_differ(lang, seconds), set_clock(lang))
    } else {
        Item::ok(id, lang, clocks_agree(lang, seconds))
    };
    item.with_value("offset_s", seconds)
}
