//! The audit log on the page of the daemon: who logged in and who ordered what, and whether the log is whole.

use maud::{Markup, html};

use crate::asked::{Asked, Trouble};
use crate::parts::{self, Tone, moment};
use dongbo_ledger::{Act, ActWay, PastAct};
use dongbo_model::texts;

/// Entries on one page.
const PAGE: u32 = 50;

texts! {
    title(): "Nhật ký kiểm tra", "Audit log";
    none(): "Chưa có mục nào.", "No entries yet.";
    whole(many): "{many} mục, mỗi mục nối đúng với mục trước.", "{many} entries, and each follows from the one before it.";
    broken(number): "Mục {number} đã bị sửa hoặc xóa: xem dongbo audit verify.", "Entry {number} was changed or taken out: see dongbo audit verify.";
    head_number(): "Số", "Number";
    head_when(): "Lúc", "When";
    head_who(): "Ai", "Who";
    head_act(): "Việc", "Act";
    head_about(): "Về", "About";
    head_way(): "Bằng", "By";
    nobody(): "không rõ", "not known";
    older(): "Cũ hơn", "Older";
    newest(): "Mới nhất", "Newest";
}

/// The newest entries, or those before the one that the address names.
pub(super) async fn part(asked: &Asked) -> Result<Markup, Trouble> {
    let lang = asked.lang;
    let before = asked.parameter("before").and_then(|number| number.parse().ok());
    let acts = asked.console.ctx.ledger.acts(before, PAGE).await?;
    let check = asked.console.audit().await?;
    let oldest = acts.last().map(|act| act.number.to_string());
    let older_than = oldest.filter(|_| acts.last().is_some_and(|act| act.number > 1));
    Ok(html! { section #audit {
        h2 { (title(lang)) }
        @match check.broken_at {
            Some(number) => { p { (parts::badge(Tone::Bad, &broken(lang, number))) } }
            None if check.entries == 0 => { p { (none(lang)) } }
            None => { p { (parts::badge(Tone::Good, &whole(lang, lang.count(check.entries)))) } }
        }
        @if !acts.is_empty() { (table(asked, &acts)) }
        nav.pager aria-label=(title(lang)) {
            @if before.is_some() { a href=(format!("{}#audit", asked.address_with(&[("before", "")]))) { (newest(lang)) } }
            @if let Some(number) = &older_than {
                a.next rel="next" href=(format!("{}#audit", asked.address_with(&[("before", number)]))) { (older(lang)) }
            }
        }
    } })
}

fn table(asked: &Asked, acts: &[PastAct]) -> Markup {
    let lang = asked.lang;
    let heads = [
        ("n", head_number(lang)),
        ("", head_when(lang)),
        ("", head_who(lang)),
        ("", head_act(lang)),
        ("", head_way(lang)),
        ("wide", head_about(lang)),
    ];
    // Another version may know more acts.
    let act_told = |act: &PastAct| {
        Act::from_name(&act.act).map_or_else(|| act.act.clone(), |known| known.text(lang).to_owned())
    };
    let way_told = |act: &PastAct| {
        ActWay::from_name(&act.way).map_or_else(|| act.way.clone(), |known| known.text(lang).to_owned())
    };
    let rows = html! { @for act in acts {
        tr {
            th.n scope="row" { (act.number) }
            td { (moment(lang, act.at, asked.now)) }
            td { @if act.who.is_empty() { span.unknown { (nobody(lang)) } } @else { (act.who) } }
            td { (act_told(act)) }
            td { (way_told(act)) }
            td.wide { (act.about) }
        }
    } };
    parts::table(&title(lang), &heads, &rows)
}
