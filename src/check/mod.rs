//! The checks of `dongbo check`: everything that start-up needs, one check after another to the end, changing nothing.
//!
//! Each check calls the functions that start-up itself calls, and reports an [`Item`]. A check that depends on a failed one
//! is skipped and says so.

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
mod portal;
mod proxies;
mod report;
mod retry;
mod source;

pub(crate) use context::{Given, Scope};
pub(crate) use report::{Id, Item, Outcome, Report};

use std::sync::Arc;

use context::Context;
use dongbo_model::Lang;
use dongbo_model::clock::Clock;

/// Makes all checks, in the order in which they are shown. Nothing is written or locked, and nothing sent but a log-in
/// and a look-up at the portal. The local database and the portal are asked at the same time, each within the limits of the configuration.
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
    let context = Context { config, clock, lang };
    items.push(local::secrets(&context, given));
    items.extend(certificates::files(&context));
    items.extend(certificates::unproven_servers(&context));
    let (mapping, source) = local::mapping(&context).await;
    let source = source.map(Arc::new);
    items.push(proxies::check(&context, source.as_ref()));
    items.push(mapping);
    items.extend(ledger::check(&context, scope.offline).await);
    items.extend(held::check(&context, scope.offline).await);
    items.push(local::listen(&context).await);
    items.push(local::control(&context));
    items.push(open_files::check(&context));
    if let Some(source) = &source {
        items.extend(files::check(&context, source, scope.offline).await);
    }
    if !scope.offline {
        let failed = report::failed(&items, &[Id::Configuration, Id::Secrets, Id::Certificates, Id::Mapping]);
        let (source, portal) =
            tokio::join!(source::check(&context, source, &failed, scope.sample), portal::check(&context));
        items.extend(source.items);
        items.extend(portal.items);
        let failed = report::failed(&items, &[Id::Configuration, Id::Secrets, Id::Portal]);
        let (portal, dossier) = (portal.portal.as_ref(), source.dossier.as_ref());
        items.push(look_up::check(&context, portal, dossier, &failed).await);
        items.push(retry::schedule(&context));
    }
    Report { items }
}
