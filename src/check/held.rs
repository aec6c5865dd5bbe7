//! Dossiers that the ledger holds for a person, which no sample of the local database shows.

use super::context::Context;
use super::report::{Id, Item};
use dongbo_ledger::{HeldFilter, Ledger};
use dongbo_model::texts;

/// Most causes that are named; `dongbo held` has all.
const MOST_CAUSES: u32 = 5;

texts! {
    none(): "không có hồ sơ nào bị giữ", "no dossier is held";
    some(dossiers): "{dossiers} hồ sơ đang bị giữ: dongbo held", "{dossiers} dossiers are held: dongbo held";
    see_held(): "chạy dongbo held để xem từng nguyên nhân và cách xử lý", "run dongbo held for each cause and its remedy";
    line(cause, dossiers): "{cause}: {dossiers} hồ sơ", "{cause}: {dossiers} dossiers";
}

/// Counts what is held; `None` when there is no ledger that can be read, which another check tells.
pub(super) async fn check(context: &Context<'_>, offline: bool) -> Option<Item> {
    let (config, lang) = (&context.config.ledger, context.lang);
    if offline && config.is_shared() {
        return None;
    }
    let ledger = Ledger::glance(config).await.ok()?;
    let all = HeldFilter::default();
    let found = match ledger.held_totals(&all).await {
        Ok(totals) => ledger.held_causes(&all, MOST_CAUSES).await.map(|causes| (totals.dossiers, causes)),
        Err(error) => Err(error),
    };
    ledger.close().await;
    let (dossiers, causes) = found.ok()?;
    let item = match dossiers {
        0 => Item::ok(Id::Held, lang, none(lang)),
        many => Item::warn(Id::Held, lang, some(lang, lang.count(many)), see_held(lang)),
    };
    let lines = causes
        .into_iter()
        .map(|cause| line(lang, cause.kind.line_about(lang, &cause.subject), lang.count(cause.dossiers)));
    Some(item.with_details(lines).with_value("held", dossiers))
}
