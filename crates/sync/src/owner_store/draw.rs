//! Drawing the dossiers of a sample.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::Settings;
use crate::ctx::Ctx;
use crate::vitals::Part;
use dongbo_ledger::{FactPlace, FactQuery, LedgerError, Side};
use dongbo_model::clock::earlier;
use dongbo_model::{Cell, DossierCode, Facts, Month, Status};

/// Dossiers read at once.
const PAGE: u32 = 2_000;

/// Draws dossiers at random, each with the same probability, of those received in the last months that have ended with a result whose
/// code and link the portal accepted.
pub(super) async fn draw(
    ctx: &Ctx,
    config: &Settings,
    chance: &mut StdRng,
) -> Result<Vec<(DossierCode, Cell)>, LedgerError> {
    let now = ctx.clock.now();
    let present = Month::of(now);
    let first = Month(present.0 + 1 - i64::from(config.months));
    let query = FactQuery { months: first..=present, units: None, procedures: None };
    let until = earlier(now, config.after);
    let is_due = |facts: &Facts| {
        let ended = facts.ended.filter(|ended| matches!(ended.status, Status::Processed | Status::Returned));
        facts.results.any_with_link_and_code && ended.is_some_and(|ended| ended.at <= until)
    };
    let most = usize::try_from(config.dossiers).unwrap_or(usize::MAX);
    let (mut drawn, mut seen) = (Vec::new(), 0_usize);
    let mut after = FactPlace::default();
    loop {
        let page = ctx.ledger.list_facts(Side::Portal, &query, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(drawn) };
        after = last.place();
        for one in page.into_iter().filter(|one| is_due(&one.facts)) {
            seen += 1;
            if drawn.len() < most {
                drawn.push((one.code, one.cell));
            } else if let Some(place) = drawn.get_mut(chance.random_range(0..seen)) {
                *place = (one.code, one.cell);
            }
        }
        ctx.vitals.progressed(Part::OwnerStore);
    }
}
