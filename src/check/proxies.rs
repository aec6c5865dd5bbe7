//! The proxies on the way of each kind of outgoing call.

use std::sync::Arc;

use super::context::Context;
use super::report::{Id, Item};
use dongbo_model::{ErrorClass, FileRole, texts};
use dongbo_settings::proxy::Proxy;
use dongbo_source::Source;
use dongbo_sync::files::store::way;

texts! {
    none(): "mọi cuộc gọi ra đều đi thẳng", "every outgoing call is direct";
    some(): "có cuộc gọi ra đi qua proxy", "outgoing calls go through a proxy";
    unusable(): "không dùng được cấu hình proxy", "a proxy cannot be used as it is set";
    correct(): "sửa khoá hoặc biến môi trường nêu trên (portal.proxy, bridge.proxy, proxy trong [files.*], HTTPS_PROXY, HTTP_PROXY, NO_PROXY)", "correct the key or variable above (portal.proxy, bridge.proxy, proxy in [files.*], HTTPS_PROXY, HTTP_PROXY, NO_PROXY)";
    straight(kind, host): "{kind} ({host}): đi thẳng", "{kind} ({host}): direct";
    through(kind, host, proxy, origin): "{kind} ({host}): qua {proxy} (theo {origin})", "{kind} ({host}): through {proxy} (by {origin})";
    known_to_it(line): "{line}, có tài khoản", "{line}, with credentials";
    portal(): "Cổng", "portal";
    evaluation(): "API đánh giá", "evaluation API";
    owner_store(): "kho của chủ hồ sơ", "owners' store";
    bridge(): "cầu nối của nhà cung cấp", "vendor's bridge";
    results(): "kho tệp kết quả", "store of results";
    papers(): "kho giấy tờ nộp", "store of papers";
}

/// Says which proxy each kind of call goes through.
pub(super) fn check(context: &Context<'_>, sources: &[&Arc<Source>]) -> Item {
    let (config, lang) = (context.config, context.lang);
    let mut ways: Vec<(String, String, Option<Proxy>)> = Vec::new();
    let mut wrong = Vec::new();
    match config.portal.proxies() {
        Ok(proxies) => {
            let addresses = [
                (portal(lang), &config.portal.adapter_url),
                (evaluation(lang), &config.reconcile.evaluation_url),
                (owner_store(lang), &config.owner_store.url),
            ];
            for (kind, address) in addresses {
                if let Some((host, proxy)) = proxies.way(address) {
                    ways.push((kind, host, proxy));
                }
            }
        }
        Err(error) => wrong.push(error.to_string()),
    }
    if config.bridge.is_set() {
        match config.bridge.proxies() {
            Ok(proxies) => {
                let way = proxies.way(&config.bridge.url);
                ways.extend(way.map(|(host, proxy)| (bridge(lang), host, proxy)));
            }
            Err(error) => wrong.push(error.to_string()),
        }
    }
    let names = |role| if role == FileRole::Result { results(lang) } else { papers(lang) };
    let stores =
        sources.iter().flat_map(|source| FileRole::ALL.iter().map(|&role| (role, source.files().of(role))));
    for (role, store) in stores {
        match store.and_then(way) {
            Some(Ok((host, proxy))) => ways.push((names(role), host, proxy)),
            Some(Err(error)) => wrong.push(format!("{}: {error}", names(role))),
            None => {}
        }
    }
    if !wrong.is_empty() {
        let item = Item::fail(Id::Proxies, lang, ErrorClass::Config, unusable(lang), correct(lang));
        return item.with_details(wrong);
    }
    let message = if ways.iter().any(|(.., proxy)| proxy.is_some()) { some(lang) } else { none(lang) };
    let lines = ways.into_iter().map(|(kind, host, proxy)| match proxy {
        None => straight(lang, kind, host),
        Some(proxy) => {
            let line = through(lang, kind, host, proxy.host(), &proxy.origin);
            if proxy.credentials.is_some() { known_to_it(lang, line) } else { line }
        }
    });
    Item::ok(Id::Proxies, lang, message).with_details(lines)
}
