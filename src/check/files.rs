//! The stores of files that the mapping names, and the keys that sign links.

use std::sync::Arc;

use super::context::Context;
use super::report::{Id, Item};
use dongbo_model::ErrorClass;
use dongbo_model::FileRole;
use dongbo_model::texts;
use dongbo_portal::Dialect;
use dongbo_source::Source;
use dongbo_sync::files::Links;
use dongbo_sync::files::store::Stores;

texts! {
    readable(kinds): "đọc được kho tệp: {kinds}", "the stores of files can be read: {kinds}";
    named(kinds): "kho tệp: {kinds}", "stores of files: {kinds}";
    no_links(): "không ký được đường dẫn tải tệp", "links to files cannot be signed";
    correct_links(): "sửa files.public_url hoặc files.link_keys_file", "correct files.public_url or files.link_keys_file";
    unusable(): "không đọc được kho tệp", "a store of files cannot be read";
    correct_store(): "sửa bảng [files] của tệp ánh xạ", "correct [files] of the mapping";
}

/// Checks that files can be read and linked to; `None` when the mapping names none. Offline the stores are not asked.
pub(super) async fn check(context: &Context<'_>, source: &Arc<Source>, offline: bool) -> Option<Item> {
    let lang = context.lang;
    let fails = |class, message, remedy, error: String| {
        let lines: Vec<String> = error.lines().map(str::to_owned).collect();
        Some(Item::fail(Id::Files, lang, class, message, remedy).with_details(lines))
    };
    let stores = match Stores::open(source, context.clock) {
        Ok(stores) => stores,
        Err(error) => return fails(error.class(), unusable(lang), correct_store(lang), error.to_string()),
    };
    let named: Vec<_> = FileRole::ALL.iter().filter_map(|&role| stores.of(role)).collect();
    if named.is_empty() {
        return None;
    }
    if context.config.portal.dialect == Dialect::Ndxp
        && let Err(error) = Links::new(&context.config.files)
    {
        return fails(ErrorClass::Config, no_links(lang), correct_links(lang), error.to_string());
    }
    if !offline {
        for store in &named {
            if let Err(error) = store.probe().await {
                return fails(error.class(), unusable(lang), correct_store(lang), error.to_string());
            }
        }
    }
    let mut kinds: Vec<&str> = named.iter().map(|store| store.kind()).collect();
    kinds.dedup();
    let told = kinds.join(", ");
    let message = if offline { self::named(lang, told) } else { readable(lang, told) };
    Some(Item::ok(Id::Files, lang, message).with_value("stores", kinds))
}
