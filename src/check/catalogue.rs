//! The portal's catalogue of procedures: whether it can be fetched, and whether it has the mapping's procedures.

use super::context::Context;
use super::report::{self, Id, Item};
use dongbo_model::Catalogue;
use dongbo_model::texts;
use dongbo_portal::Ndxp;
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
    line(code): "[procedure] {code}", "[procedure] {code}";
}

/// Fetches the list once and keeps nothing of it; `None` when the configuration turns the catalogue off.
pub(super) async fn check(context: &Context<'_>, portal: &Ndxp, is_let_in: bool) -> Option<Item> {
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
    let Ok(mapping) = Mapping::load_with(&context.config.source.mapping, Some(Catalogue::default())) else {
        return Some(Item::skipped(Id::Catalogue, lang, report::because(lang, &[Id::Mapping])));
    };
    let mut used: Vec<_> =
        mapping.procedures().in_use().into_iter().map(|procedure| procedure.code).collect();
    used.sort();
    used.dedup();
    let many = used.len();
    used.retain(|code| listed.iter().all(|entry| entry.code != *code));
    let item = if used.is_empty() {
        Item::ok(Id::Catalogue, lang, has_all(lang, listed.len(), many))
    } else {
        Item::warn(Id::Catalogue, lang, lacks(lang, used.len()), correct_codes(lang))
    };
    let lines = used.iter().take(MOST_LINES).map(|code| line(lang, code.as_str()));
    Some(item.with_details(lines).with_value("procedures", listed.len()).with_value("lacking", used.len()))
}
