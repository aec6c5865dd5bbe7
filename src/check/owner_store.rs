//! The officer who answers for looks into owners' stores, as the file names one. No store is asked: a look is about a person.

use super::context::Context;
use super::report::{Id, Item};
use dongbo_model::{ErrorClass, texts};

texts! {
    named(url): "đọc được tên và số định danh của cán bộ tra cứu; chưa gọi {url}", "the officer who answers for the looks is named; {url} was not called";
    off(): "owner_store.sample đang trống: không tra kho", "owner_store.sample is empty: no store is looked into";
    broken(why): "dongbo sẽ không khởi động: {why}", "dongbo will not start: {why}";
    remedy(): "ghi vào tệp đúng hai dòng: họ tên và số định danh của cán bộ tra cứu", "write two lines into the file: the name and the identity number of the officer who answers";
}

/// Reads the officer's file where stores are to be looked into, as the start does.
pub(super) fn check(context: &Context<'_>) -> Option<Item> {
    let (settings, lang) = (&context.config.owner_store, context.lang);
    if settings.url.is_empty() {
        return None;
    }
    if settings.schedule().is_none() {
        return Some(Item::ok(Id::OwnerStore, lang, off(lang)));
    }
    Some(match settings.requester() {
        Ok(_) => Item::ok(Id::OwnerStore, lang, named(lang, &settings.url)),
        Err(error) => Item::fail(Id::OwnerStore, lang, ErrorClass::Config, broken(lang, error), remedy(lang)),
    })
}
