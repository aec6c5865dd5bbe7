//! The checks of `dongbo check`: everything that start-up needs, one check after another to the end, changing nothing.
//!
//! Each check calls the functions that start-up itself calls, and reports an [`Item`]. A check that depends on a failed one
//! is skipped and says so.

mod bridge;
mod catalogue;
mod certificates;
mod context;
mod files;
mod folder;
mod held;
mod ledger;
mod local;
mod look_up;
mod open_files;
mod owner_store;
mod portal;
mod proxies;
mod report;
mod retry;
mod source;
mod ways;

pub(crate) use context::{Given, Scope};
pub(crate) use report::{Id, Item, Outcome, Report};

use std::sync::Arc;

use context::Context;
use dongbo_model::Lang;
use dongbo_model::clock::Clock;
use dongbo_source::Source;
use futures_util::future::join_all;

/// Makes all checks, in the order in which they are shown. Nothing is written or locked, and nothing sent but a log-in
/// and a look-up at the portal, and a log-in at a vendor's bridge and where people are told. The local database and the portal are asked at the same time, each within the limits of the configuration.
pub(crate) async fn run(given: &Given, scope: Scope, clock: &Clock, lang: Lang) -> Report {
    let mut items = vec![local::configuration(given, lang)];
    let Some(config) = given.config.as_ref().filter(|_| given.missing.is_none()) else {
        items.extend(
            Id::AFTER_CONFIGURATION
                .iter()
                .filter(|id| !(scope.offline && id.is_left_out_offline()))
                .map(|id| Item::skipped(*id, lang, report::because(lang, &[Id::Configuration]))),
        );
        return Report { items };
    };
    let sources = config.all_sources();
    let Some(first) = sources.first() else { return Report { items } };
    let context = Context { config, source: first, clock, lang };
    items.push(local::secrets(&context, given));
    items.extend(certificates::files(&context));
    items.extend(certificates::unproven_servers(&context));
    let mut opened = Vec::new();
    let mut mappings = Vec::new();
    for settings in &sources {
        let about = Context { source: settings, ..context };
        let (mapping, source) = local::mapping(&about).await;
        let failed = mapping.outcome == Outcome::Fail;
        mappings.push(named(mapping, settings, &sources));
        opened.push((about, source.map(Arc::new), failed));
    }
    let open: Vec<&Arc<Source>> = opened.iter().filter_map(|(_, source, _)| source.as_ref()).collect();
    items.push(proxies::check(&context, &open));
    items.extend(mappings);
    items.extend(ledger::check(&context, scope.offline).await);
    items.extend(held::check(&context, scope.offline).await);
    items.push(local::listen(&context).await);
    items.push(local::control(&context));
    items.push(open_files::check(&context));
    items.extend(owner_store::check(&context));
    for (about, source, _) in &opened {
        if let Some(source) = source {
            let item = files::check(about, source, scope.offline).await;
            items.extend(item.map(|item| named(item, about.source, &sources)));
        }
    }
    if scope.offline {
        items.extend(ways::check(&context, true).await);
    } else {
        let failed = report::failed(&items, &[Id::Configuration, Id::Secrets, Id::Certificates]);
        let of_sources = join_all(opened.iter().map(|(about, source, mapping)| {
            let failed: Vec<Id> = failed.iter().copied().chain(mapping.then_some(Id::Mapping)).collect();
            async move { source::check(about, source.clone(), &failed, scope.sample).await }
        }));
        let (read, portal, told) =
            tokio::join!(of_sources, portal::check(&context), ways::check(&context, false));
        let mut dossier = None;
        for (read, settings) in read.into_iter().zip(&sources) {
            items.extend(read.items.into_iter().map(|item| named(item, settings, &sources)));
            dossier = dossier.or(read.dossier);
        }
        items.extend(portal.items);
        let whole: Vec<(Context<'_>, Arc<Source>)> =
            opened.iter().filter_map(|(about, source, _)| Some((*about, source.clone()?))).collect();
        items.extend(bridge::check(&context, &whole).await);
        let failed = report::failed(&items, &[Id::Configuration, Id::Secrets, Id::Portal]);
        let portal = portal.portal.as_ref();
        items.push(look_up::check(&context, portal, dossier.as_ref(), &failed).await);
        items.extend(told);
        items.push(retry::schedule(&context));
    }
    Report { items }
}

/// A finding about one source, which is named where there are several.
fn named(item: Item, about: &dongbo_source::Settings, all: &[dongbo_source::Settings]) -> Item {
    if all.len() > 1 { item.of_source(&about.name) } else { item }
}
