//! `dongbo check`: everything that start-up needs, looked at one by one and to the end, without changing anything.
//!
//! Each check calls what start-up itself calls, and says what it found as an [`Item`]. One that needs what another found
//! wrong is skipped and says so.

mod catalogue;
mod certificates;
mod files;
mod given;
mod ledger;
mod local;
mod place;
mod portal;
mod report;
mod retry;
mod source;

pub(crate) use given::Given;
pub(crate) use report::{Id, Item, Outcome, Report};

use std::sync::Arc;

use crate::config::Config;
use dongbo_model::Lang;
use dongbo_model::clock::Clock;

/// What a run of all checks covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope {
    /// Ask neither the local database nor the portal.
    pub(crate) offline: bool,
    /// How many dossiers are read, in the order of their codes, to see whether they can be sent.
    pub(crate) sample: usize,
}

/// What every check is given.
struct Context<'a> {
    config: &'a Config,
    clock: &'a Clock,
    lang: Lang,
}

/// Makes all checks, in the order in which they are shown. Nothing is written, sent or locked but the log-in at the
/// portal. The local database and the portal are asked at the same time, each within the limits of the configuration.
pub(crate) async fn run(given: &Given, scope: Scope, clock: &Clock, lang: Lang) -> Report {
    let mut items = vec![local::configuration(given, lang)];
    let Some(config) = &given.config else {
        items.extend(
            Id::AFTER_CONFIGURATION
                .iter()
                .filter(|id| !(scope.offline && id.needs_network()))
                .map(|id| Item::skipped(*id, lang, report::because(lang, &[Id::Configuration]))),
        );
        return Report { items };
    };
    let context = Context { config, clock, lang };
    items.push(local::secrets(&context, given));
    items.extend(certificates::files(&context));
    let (mapping, source) = local::mapping(&context).await;
    items.push(mapping);
    items.extend(ledger::check(&context, scope.offline).await);
    items.push(local::listen(&context).await);
    items.push(local::control(&context));
    let source = source.map(Arc::new);
    if let Some(source) = &source {
        items.extend(files::check(&context, source, scope.offline).await);
    }
    if !scope.offline {
        let (source, portal) =
            tokio::join!(source::check(&context, source, scope.sample), portal::check(&context));
        items.extend(source);
        items.extend(portal);
    }
    items.push(retry::schedule(&context));
    Report { items }
}
