//! The points of the six groups and of all together, in each view.

use serde::Serialize;

use super::super::super::output::Output;
use super::super::super::table::{Cell, Side as Align, Table};
use super::super::words::{absent, apart, number, signed};
use super::rows::{RowView, Views};
use dongbo_indicators::{Group, GroupScore, Hundredths, Indicator, Official, Value};
use dongbo_ledger::Side;
use dongbo_model::{Lang, texts};

texts! {
    head_group(): "Nhóm", "Group";
    head_most(): "Tối đa", "Most";
    head_published(): "Cổng công bố", "Published";
    head_apart(): "Một cửa trừ Cổng đã nhận", "Local less accepted";
    head_published_apart(): "Cổng đã nhận trừ công bố", "Accepted less published";
    head_without(): "Chưa có điểm", "Without points";
    part(points, most): "{points} trên {most}", "{points} of {most}";
    total(): "Tổng", "Total";
}

/// The points of a group, or of all.
#[derive(Debug, Clone, Serialize)]
pub(super) struct GroupView {
    /// The group; `null` for all together.
    group: Option<Group>,
    /// The most points that it has.
    most: u32,
    local: GroupScore,
    portal: GroupScore,
    published: Option<Hundredths>,
    /// Points by the local facts less those by what the portal accepted.
    apart: Option<f64>,
    /// Points by what the portal accepted less the published ones; `null` unless both are of all parts of the group.
    published_apart: Option<f64>,
}

/// The points of every group, and of all together, from the indicators of a whole.
pub(super) fn of(rows: &[RowView], official: Option<&Official>) -> Vec<GroupView> {
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

pub(super) fn render(groups: &[GroupView], views: Views, out: &mut Output) {
    if groups.is_empty() {
        return;
    }
    let (lang, sides) = (out.lang(), views.sides());
    let mut heads = vec![(Align::Left, head_group(lang)), (Align::Right, head_most(lang))];
    heads.extend(sides.iter().map(|side| (Align::Right, side.text(lang).to_owned())));
    if sides.len() > 1 {
        heads.push((Align::Right, head_apart(lang)));
    }
    if views.has_published() {
        heads.extend([head_published(lang), head_published_apart(lang)].map(|head| (Align::Right, head)));
    }
    heads.push((Align::Left, head_without(lang)));
    let mut table = Table::new(heads);
    for group in groups {
        table.row(cells(lang, group, views, &sides));
    }
    out.gap();
    out.table(&table);
}

fn cells(lang: Lang, group: &GroupView, views: Views, sides: &[Side]) -> Vec<Cell> {
    let name = group.group.map_or_else(|| total(lang), |group| group.text(lang).to_owned());
    let mut cells: Vec<Cell> = vec![name.into(), group.most.to_string().into()];
    for side in sides {
        let score = if *side == Side::Local { &group.local } else { &group.portal };
        let points = number(lang, Some(score.points));
        let whole = score.of == group.most;
        cells.push(if whole { points } else { part(lang, points, score.of) }.into());
    }
    if sides.len() > 1 {
        cells.push(signed(lang, group.apart).into());
    }
    if views.has_published() {
        let published = group.published.map_or_else(absent, |points| number(lang, Some(points)));
        cells.extend([published.into(), signed(lang, group.published_apart).into()]);
    }
    let of_side = if views.side == Some(Side::Local) { &group.local } else { &group.portal };
    let without: Vec<&str> = of_side.without.iter().map(|indicator| indicator.name()).collect();
    cells.push(without.join(", ").into());
    cells
}
