//! Reading the dossiers of claimed files, each once for all of its files.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::claimed_file::Claimed;
use super::courier::FileCourier;
use super::lease::renewing;
use crate::ctx::Ctx;
use crate::sources::OneSource;
use dongbo_ledger::FileClaim;
use dongbo_model::DossierCode;
use dongbo_source::SourceError;

/// The end of one reading.
pub(super) enum Read {
    /// The files, those of one dossier behind each other, as their dossiers list them.
    Done(Vec<(FileClaim, Claimed)>),
    /// The source could not be read.
    Failed(SourceError),
    /// It was broken off before its end.
    Stopped(Vec<FileClaim>),
}

/// Reads the dossiers of `claims`, which are all of `one` source, and renews the claims meanwhile. A `stop` breaks it off.
pub(super) async fn read(
    one: Arc<OneSource>,
    claims: Vec<FileClaim>,
    courier: Arc<FileCourier>,
    ctx: Ctx,
    stop: CancellationToken,
) -> Read {
    let mut files: BTreeMap<DossierCode, Vec<FileClaim>> = BTreeMap::new();
    for claim in &claims {
        files.entry(claim.code.clone()).or_default().push(claim.clone());
    }
    let codes: Vec<DossierCode> = files.keys().cloned().collect();
    let read = tokio::select! {
        biased;
        () = stop.cancelled() => return Read::Stopped(claims),
        read = one.source.read(&codes) => read,
        () = renewing(ctx.ledger.clone(), ctx.clock.clone(), claims.clone()) => return Read::Stopped(claims),
    };
    match read {
        Ok(readings) => {
            let each = files.into_values().zip(&readings);
            let found = each.flat_map(|(claims, reading)| {
                let find = |claim| {
                    let claimed = courier.find(&claim, reading);
                    (claim, claimed)
                };
                claims.into_iter().map(find)
            });
            Read::Done(found.collect())
        }
        Err(error) => Read::Failed(error),
    }
}
