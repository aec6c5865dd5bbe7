//! The ways by which people are told: their files, and whether their receivers can be reached. No message is sent.

use futures_util::future::join_all;

use super::context::Context;
use super::folder::{self, Folder};
use super::report::{Id, Item};
use dongbo_model::texts;
use dongbo_notify::{SendError, Way, knock, read};

texts! {
    reached(count): "{count} kênh dùng được; chưa gửi tin nào", "usable ways: {count}; no message was sent";
    in_order(count): "đọc được tệp của {count} kênh", "ways whose files can be read: {count}";
    broken(count): "{count} kênh chưa gửi được tin; việc đồng bộ vẫn chạy", "ways that cannot tell anybody: {count}; synchronisation goes on";
    remedy(): "sửa tệp hoặc khoá nêu trên, rồi thử: dongbo notify test", "correct the file or key above, then try: dongbo notify test";
    fine(way, kind): "{way} ({kind}): được", "{way} ({kind}): ok";
    faulty(way, kind, why): "{way} ({kind}): {why}", "{way} ({kind}): {why}";
    closed(at, reason): "không ghi được vào thư mục {at}: {reason}", "the folder {at} cannot be written: {reason}";
}

/// Looks at each way, unless there is none. A way that does not work holds up nothing but its messages, so it is a warning.
pub(super) async fn check(context: &Context<'_>, offline: bool) -> Option<Item> {
    let (settings, lang) = (&context.config.notify, context.lang);
    if settings.ways.is_empty() || !settings.validate().is_empty() {
        return None;
    }
    let looked = join_all(settings.ways.iter().map(|way| trouble(context, way, offline))).await;
    let many = looked.iter().filter(|trouble| trouble.is_some()).count();
    let lines = settings.ways.iter().zip(looked).map(|(way, trouble)| {
        let (name, kind) = (&way.name, way.kind.name());
        trouble.map_or_else(|| fine(lang, name, kind), |why| faulty(lang, name, kind, why))
    });
    let item = match (many, offline) {
        (0, true) => Item::ok(Id::Ways, lang, in_order(lang, settings.ways.len())),
        (0, false) => Item::ok(Id::Ways, lang, reached(lang, settings.ways.len())),
        _ => Item::warn(Id::Ways, lang, broken(lang, many), remedy(lang)),
    };
    Some(item.with_details(lines))
}

/// The fault of a way; `None` when there is none.
async fn trouble(context: &Context<'_>, way: &Way, offline: bool) -> Option<String> {
    if let Some(folder) = &way.folder {
        return match folder::look_at(folder) {
            Folder::Writable | Folder::ToBeMade => None,
            Folder::Closed { at, reason } => Some(closed(context.lang, at.display(), reason)),
        };
    }
    let looked = match read(way) {
        Ok(()) if !offline => knock(&context.config.notify, way).await,
        looked => looked,
    };
    looked.err().map(|error: SendError| error.words)
}
