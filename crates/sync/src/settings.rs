//! The sections of the configuration for this crate, and the rules that span several of them.

use dongbo_model::Mode;
use dongbo_model::schedule::Schedule;
use dongbo_source::Engine;

use crate::{catalogue, files, owner_store, published, push, reconcile, resend};

/// The number of exchanges that one call may take: the call itself, a log-in when its session has lapsed, and the call
/// again.
const EXCHANGES: u32 = 3;

/// The fewest look-ups a minute by which a bridge can be watched: the wait for one is far shorter than a claim.
const FEWEST_LOOK_UPS: u32 = 6;

/// Every section that an [`Engine`](crate::engine::Engine) is made from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// The local databases, one at least, each with a name of its own, in their order of precedence.
    pub sources: Vec<dongbo_source::Settings>,
    /// dongbo's own memory.
    pub ledger: dongbo_ledger::Settings,
    /// The portal.
    pub portal: dongbo_portal::Settings,
    /// The portal's catalogue of procedures.
    pub catalogue: catalogue::Settings,
    /// The indicators that are summed up.
    pub indicators: dongbo_indicators::Settings,
    /// How dossiers are sent.
    pub push: push::Settings,
    /// How both sides are compared.
    pub reconcile: reconcile::Settings,
    /// Whose reports they are, and when they are drawn up.
    pub report: dongbo_reports::Settings,
    /// The figures that the portal publishes.
    pub published: published::Settings,
    /// The looks into the stores of owners.
    pub owner_store: owner_store::Settings,
    /// How a vendor's bridge is watched.
    pub watch: push::WatchSettings,
    /// How a vendor's bridge is asked to send again.
    pub bridge: resend::Settings,
    /// The way of files to the portal.
    pub files: files::Settings,
    /// The limits of connections at which the portal fetches files.
    pub listeners: dongbo_listeners::Limits,
}

impl Settings {
    /// The rules that the values break, by themselves and together, each in a sentence that names its keys.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong: Vec<String> =
            self.sources.iter().flat_map(dongbo_source::Settings::validate).collect();
        wrong.extend(self.ledger.validate());
        wrong.extend(self.portal.validate());
        wrong.extend(self.catalogue.validate());
        wrong.extend(self.indicators.validate());
        wrong.extend(self.push.validate());
        wrong.extend(self.reconcile.validate());
        wrong.extend(self.published.validate());
        wrong.extend(self.owner_store.validate(self.portal.allow_plain_http));
        wrong.extend(self.watch.validate());
        wrong.extend(self.bridge.validate());
        wrong.extend(self.files.validate());
        let longest_call = self.portal.total_timeout.saturating_mul(EXCHANGES);
        if self.push.lease < longest_call {
            wrong.push(format!(
                "push.lease ({:?}) must be at least {EXCHANGES} times portal.total_timeout ({:?}), because a call may \
                 log in and be repeated within it: raise push.lease to {longest_call:?} or lower portal.total_timeout",
                self.push.lease, self.portal.total_timeout
            ));
        }
        for source in &self.sources {
            let key = &source.section;
            if source.engine() == Some(Engine::Sqlite) && source.sqlite_path() == self.ledger.path {
                wrong.push(format!(
                    "ledger.path and {key}.url both name {}: the local database is only ever read, so name another file \
                     as ledger.path",
                    self.ledger.path.display()
                ));
            }
            if let Err(error) = source.sweep.parse::<Schedule>() {
                wrong.push(format!("{key}.sweep: {error}"));
            }
        }
        wrong.extend(self.refuse_watching());
        wrong.extend(self.refuse_account());
        wrong
    }

    /// Whether any source has this mode.
    #[must_use]
    pub fn any_is(&self, mode: Mode) -> bool {
        self.sources.iter().any(|source| source.mode == mode)
    }

    /// The account of a source is shown to its own system alone.
    fn refuse_account(&self) -> Vec<String> {
        let shared = self.bridge.is_set() && self.bridge.sign_in == resend::SignIn::Source;
        let Some(bridge) = self.bridge.address().filter(|_| shared) else { return Vec::new() };
        let watched = self.sources.iter().filter(|source| source.mode == Mode::Watch);
        let strangers = watched.filter(|source| !source.is_at(&bridge));
        let told = strangers.map(|source| {
            format!(
                "bridge.sign_in = \"source\" needs bridge.url on the host and port of {}.url, which is to be read over HTTP: the account \
                 of the one-stop system is told to nobody else",
                source.section
            )
        });
        told.collect()
    }

    fn refuse_watching(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let these = self.sources.iter().filter(|source| source.mode == Mode::Watch);
        let watching = these.map(|source| format!("{}.mode", source.section)).collect::<Vec<_>>().join(", ");
        if watching.is_empty() {
            return wrong;
        }
        if !self.portal.looks_up() {
            wrong.push(format!(
                "{watching} = \"watch\" needs look-ups: set portal.ndxp.lookup_path, or nothing can be compared"
            ));
        }
        let budget = self.reconcile.look_ups_per_minute;
        if (1..FEWEST_LOOK_UPS).contains(&budget) {
            wrong.push(format!(
                "reconcile.look_ups_per_minute ({budget}) must be at least {FEWEST_LOOK_UPS} with {watching} = \"watch\", or 0 \
                 for no limit: changes would wait for their look-up for longer than they come"
            ));
        }
        wrong
    }
}
