//! The points of the six groups and of all together, in each view.

use super::super::super::output::Output;
use super::super::super::table::{Cell, Side as Align, Table};
use super::super::words::{absent, number, signed};
use super::rows::Views;
use dongbo_ledger::Side;
use dongbo_model::{Lang, texts};
use dongbo_sync::views::GroupView;

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
