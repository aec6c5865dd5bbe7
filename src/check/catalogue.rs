//! The portal's catalogue of procedures: whether it can be fetched, and whether it has the mapping's procedures.

use super::context::Context;
use super::report::{self, Id, Item};
use dongbo_model::texts;
use dongbo_portal::Listing;
use dongbo_source::Mapping;

/// Most lines of evidence; `dongbo catalogue list` has all.
const MOST_LINES: usize = 12;

texts! {
    has_all(known, used): "danh mục của Cổng có {known} thủ tục, đủ {used} mã của tệp ánh xạ", "the portal's catalogue has {known} procedures, among them all {used} of the mapping";
    lacks(count): "danh mục của Cổng thiếu {count} mã của tệp ánh xạ: hồ sơ của các thủ tục này sẽ bị giữ", "the portal's catalogue lacks {count} codes of the mapping: dossiers of these procedures will be held";
    correct_codes(): "sửa mã quốc gia trong bảng [procedure] của tệp ánh xạ", "correct the national codes in [procedure] of the mapping";
    empty(): "Cổng trả về danh mục rỗng; danh mục đã lưu vẫn được dùng", "the portal returns an empty catalogue; the stored one stays in use";
    refused(): "không lấy được danh mục thủ tục; danh mục đã lưu vẫn được dùng", "the catalogue of procedures cannot be fetched; the stored one stays in use";
    correct_path(): "kiểm tra portal.share_path, hoặc tắt catalogue.enabled", "check portal.share_path, or turn catalogue.enabled off";
    lists_no_paper(count): "Cổng không liệt kê {count} mã giấy tờ ở vế phải của [result_code], [component_code]: hồ sơ dùng các mã này sẽ bị giữ", "the portal lists none of {count} codes of papers on the right of [result_code] and [component_code]: dossiers that use them will be held";
    correct_papers(): "sửa mã quốc gia bên phải theo dongbo catalogue list --json", "correct the national code on the right by dongbo catalogue list --json";
    paper_line(table, local, code): "[{table}] {local} = {code}", "[{table}] {local} = {code}";
    line(code): "[procedure] {code}", "[procedure] {code}";
}

/// Fetches the list once and keeps nothing of it; `None` when the configuration turns the catalogue off.
pub(super) async fn check(context: &Context<'_>, portal: &Listing, is_let_in: bool) -> Option<Item> {
    if !context.config.catalogue.enabled {
        return None;
    }
    let lang = context.lang;
    if !is_let_in {
        return Some(Item::skipped(Id::Catalogue, lang, report::because(lang, &[Id::Portal])));
    }
    let listed = match portal.procedures().await {
        Ok(listed) => listed,
        Err(answer) => {
            let class = answer.outcome.class();
            let item = Item::fail(Id::Catalogue, lang, class, refused(lang), correct_path(lang));
            return Some(item.with_details([format!("{}: {}", answer.outcome.name(), answer.message)]));
        }
    };
    if listed.is_empty() {
        return Some(Item::warn(Id::Catalogue, lang, empty(lang), correct_path(lang)));
    }
    let kept = dongbo_sync::catalogue::kept(&context.config.catalogue, &context.config.ledger).await;
    let load = |source: dongbo_source::Settings| Mapping::load_with(&source.mapping, kept.clone());
    let Ok(mappings) = context.config.all_sources().into_iter().map(load).collect::<Result<Vec<_>, _>>()
    else {
        return Some(Item::skipped(Id::Catalogue, lang, report::because(lang, &[Id::Mapping])));
    };
    let in_use = mappings.iter().flat_map(|mapping| mapping.procedures().in_use());
    let mut used: Vec<_> = in_use.map(|procedure| procedure.code).collect();
    used.sort();
    used.dedup();
    let many = used.len();
    used.retain(|code| listed.iter().all(|entry| entry.code != *code));
    let unlisted: Vec<_> = mappings.iter().flat_map(Mapping::unlisted_papers).collect();
    let item = if used.is_empty() && !unlisted.is_empty() {
        Item::warn(Id::Catalogue, lang, lists_no_paper(lang, unlisted.len()), correct_papers(lang))
    } else if used.is_empty() {
        Item::ok(Id::Catalogue, lang, has_all(lang, listed.len(), many))
    } else {
        Item::warn(Id::Catalogue, lang, lacks(lang, used.len()), correct_codes(lang))
    };
    let lines = used.iter().map(|code| line(lang, code.as_str()));
    let papers =
        unlisted.iter().map(|paper| paper_line(lang, paper.table, &paper.local, paper.code.as_str()));
    let item = item.with_details(lines.chain(papers).take(MOST_LINES)).with_value("procedures", listed.len());
    Some(item.with_value("lacking", used.len()).with_value("papers_lacking", unlisted.len()))
}
