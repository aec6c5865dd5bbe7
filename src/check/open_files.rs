//! The check of how many files the process may have open.

use super::context::Context;
use super::report::{Id, Item};
use crate::open_files::Share;
use dongbo_model::texts;

texts! {
    enough(most, kept, each): "{most}; giữ {kept} cho Cổng, cơ sở dữ liệu một cửa và sổ theo dõi; mỗi nơi nhận kết nối tối đa {each}", "{most}; {kept} are kept for the portal, the local database and the ledger; each listener takes up to {each} connections";
    no_limit(): "không giới hạn", "no limit";
    few(most, kept, each): "chỉ {most}; giữ {kept} cho việc đồng bộ, nên mỗi nơi nhận kết nối chỉ tối đa {each}", "only {most}; {kept} are kept for work, so each listener takes no more than {each} connections";
    raise(wanted): "đặt LimitNOFILE={wanted} trở lên (systemctl edit dongbo); nếu chạy tay: ulimit -n {wanted}", "set LimitNOFILE={wanted} or more (systemctl edit dongbo); started by hand: ulimit -n {wanted}";
}

/// Checks that this process may have as many files open as it can need.
pub(super) fn check(context: &Context<'_>) -> Item {
    let (config, lang) = (context.config, context.lang);
    let share = Share::of(config);
    let (kept, each, wanted) = (share.kept, config.limits().max_connections, share.wanted(config));
    let item = match share.most {
        None => Item::ok(Id::OpenFiles, lang, no_limit(lang)),
        Some(most) if share.is_short(config) => {
            Item::warn(Id::OpenFiles, lang, few(lang, most, kept, each), raise(lang, wanted))
        }
        Some(most) => Item::ok(Id::OpenFiles, lang, enough(lang, lang.count(most), kept, each)),
    };
    item.with_value("most", share.most).with_value("kept", kept).with_value("connections", each)
}
