//! The points of the six groups and of all together, in each view.

use serde::Serialize;

use super::rows::RowView;
use super::words::apart;
use dongbo_indicators::{Group, GroupScore, Hundredths, Indicator, Official, Value};
use dongbo_ledger::Side;

/// The points of a group, or of all.
#[derive(Debug, Clone, Serialize)]
pub struct GroupView {
    /// The group; `null` for all together.
    pub group: Option<Group>,
    /// The most points that it has.
    pub most: u32,
    /// By the local facts.
    pub local: GroupScore,
    /// By what the portal accepted.
    pub portal: GroupScore,
    /// As the portal published them.
    pub published: Option<Hundredths>,
    /// Points by the local facts less those by what the portal accepted.
    pub apart: Option<f64>,
    /// Points by what the portal accepted less the published ones; `null` unless both are of all parts of the group.
    pub published_apart: Option<f64>,
}

/// The points of every group, and of all together, from the indicators of a whole.
pub(super) fn groups(rows: &[RowView], official: Option<&Official>) -> Vec<GroupView> {
    let value = |side: Side, indicator: Indicator| -> Option<Value> {
        let row = rows.iter().find(|row| row.indicator == indicator)?;
        let computed = if side == Side::Local { row.local } else { row.portal };
        computed.or(row.entered.as_ref().map(|entered| entered.value))
    };
    let score = |side, group: Group| GroupScore::of(group.indicators(), |indicator| value(side, indicator));
    let scores = |side| Group::ALL.iter().map(|&group| score(side, group)).collect::<Vec<_>>();
    let (local, portal) = (scores(Side::Local), scores(Side::Portal));
    let all = view(
        (None, 100),
        (GroupScore::total(&local), GroupScore::total(&portal)),
        official.and_then(|official| official.total),
    );
    let groups = Group::ALL.iter().zip(local.into_iter().zip(portal)).map(|(&group, scores)| {
        let published = official.and_then(|official| official.group(group));
        view((Some(group), group.points()), scores, published)
    });
    groups.chain([all]).collect()
}

fn view(
    (group, most): (Option<Group>, u32),
    (local, portal): (GroupScore, GroupScore),
    published: Option<Hundredths>,
) -> GroupView {
    let comparable = local.of == portal.of;
    GroupView {
        group,
        most,
        apart: apart(Some(local.points), Some(portal.points)).filter(|_| comparable),
        published_apart: apart(Some(portal.points), published).filter(|_| portal.without.is_empty()),
        local,
        portal,
        published,
    }
}
