//! The ledger and the free space on its disk.

use std::path::Path;

use rustix::fs::statvfs;

use super::context::Context;
use super::folder::{self, Folder};
use super::portal::clock_item;
use super::report::{Id, Item};
use dongbo_ledger::{Ledger, LedgerError, inspect};
use dongbo_model::ErrorClass;
use dongbo_model::clock::CLOCK_TOLERANCE;
use dongbo_model::texts;

/// Size from which a ledger is not searched for damage: that would take longer than a start may.
const LOOK_THROUGH_BELOW: u64 = 32 << 20;

texts! {
    closed(path, reason): "không ghi được vào {path}: {reason}", "{path} cannot be written: {reason}";
    open_it():
        "tạo thư mục và giao cho người dùng dongbo (install -d -o dongbo -g dongbo -m 0700), hoặc chạy lệnh này bằng root (sudo dongbo check)",
        "make the folder and give it to dongbo's user (install -d -o dongbo -g dongbo -m 0700), or run this as root (sudo dongbo check)";
    to_be_made(path): "{path} chưa có, sẽ được tạo khi dongbo chạy", "{path} is not there yet and is made at the first start";
    works(path, size): "{path} mở được, {size}", "{path} can be opened, {size}";
    newer(path): "{path} do một bản dongbo mới hơn ghi", "{path} was written by a newer dongbo";
    upgrade(): "cài lại bản mới đã ghi sổ theo dõi này, hoặc khôi phục bản sao lưu", "install the newer version again, or restore a backup";
    broken(path): "{path} bị hỏng", "{path} is damaged";
    set_aside():
        "khởi động lại dongbo: tệp được cất sang một bên, sổ theo dõi được dựng lại từ cơ sở dữ liệu một cửa và Cổng; kiểm tra ổ đĩa (dmesg, smartctl)",
        "restart dongbo: it sets the file aside and builds the ledger again from the local database and the portal; check the disk (dmesg, smartctl)";
    empty(path): "{path} rỗng", "{path} is empty";
    rebuilding(path):
        "{path} đang được dựng lại, thay cho sổ theo dõi bị hỏng đã cất cạnh đó",
        "{path} is being rebuilt, in place of a damaged one that lies beside it";
    let_it(): "để dongbo chạy đến hết lần rà soát một cửa; kiểm tra ổ đĩa (dmesg, smartctl)", "let dongbo run to the end of a full sweep; check the disk (dmesg, smartctl)";
    free(space): "còn trống {space}", "{space} free";
    scarce(space, wanted): "chỉ còn trống {space}, cần ít nhất {wanted}", "only {space} free, at least {wanted} needed";
    make_room(path): "giải phóng dung lượng trên đĩa chứa {path}", "make room on the disk that holds {path}";
    unmeasured(reason): "không đo được: {reason}", "cannot be measured: {reason}";
    shared(): "kết nối được sổ theo dõi dùng chung trên PostgreSQL", "the shared ledger on PostgreSQL can be reached";
    shared_to_be_made(): "kết nối được PostgreSQL; sổ theo dõi dùng chung sẽ được tạo khi dongbo chạy", "PostgreSQL can be reached; the shared ledger is made at the first start";
    shared_away(): "không kết nối được PostgreSQL của ledger.url", "the PostgreSQL of ledger.url cannot be reached";
    start_server(): "kiểm tra máy chủ, mạng và ledger.url; khi chạy, dongbo tự chờ", "check the server, the network and ledger.url; a running dongbo waits for it";
    shared_refused(): "PostgreSQL của ledger.url từ chối", "the PostgreSQL of ledger.url refuses";
    correct_login(): "kiểm tra ledger.url, ledger.password_file và quyền của người dùng trên cơ sở dữ liệu đó", "check ledger.url, ledger.password_file and the user's rights in that database";
    offline(): "chưa hỏi máy chủ (--offline)", "the server is not asked (--offline)";
    on_server(): "sổ theo dõi nằm trên PostgreSQL, dung lượng do máy chủ đó theo dõi", "the ledger is on PostgreSQL, whose own monitoring covers its disk";
}

/// Checks the ledger and its disk, without making or changing anything.
pub(super) async fn check(context: &Context<'_>, offline: bool) -> Vec<Item> {
    let lang = context.lang;
    if context.config.ledger.is_shared() {
        let ledger = if offline {
            Item::skipped(Id::Ledger, lang, self::offline(lang))
        } else {
            server(context).await
        };
        return vec![ledger, Item::skipped(Id::Disk, lang, on_server(lang))];
    }
    let path = &context.config.ledger.path;
    let folder = path.parent().unwrap_or(Path::new("."));
    vec![file(context, path, folder).await, disk(context, folder)]
}

async fn server(context: &Context<'_>) -> Item {
    let lang = context.lang;
    let error = match Ledger::read_only_of(&context.config.ledger).await {
        Ok(ledger) => {
            let offset = ledger.clock_offset(context.clock).await;
            ledger.close().await;
            match offset {
                Ok(Some(offset)) if offset.abs() > CLOCK_TOLERANCE => {
                    return clock_item(context, Id::Ledger, offset);
                }
                Ok(_) => return Item::ok(Id::Ledger, lang, shared(lang)),
                Err(error) => error,
            }
        }
        Err(LedgerError::Absent { .. }) => return Item::ok(Id::Ledger, lang, shared_to_be_made(lang)),
        Err(error) => error,
    };
    let (message, remedy) = match error.class() {
        ErrorClass::Transient => (shared_away(lang), start_server(lang)),
        _ => (shared_refused(lang), correct_login(lang)),
    };
    Item::fail(Id::Ledger, lang, error.class(), message, remedy).with_details([error.to_string()])
}

async fn file(context: &Context<'_>, path: &Path, folder: &Path) -> Item {
    let (lang, shown) = (context.lang, path.display());
    let refuse = |class, message, remedy| Item::fail(Id::Ledger, lang, class, message, remedy);
    let refuse_place =
        |at: &Path, reason| refuse(ErrorClass::Config, closed(lang, at.display(), reason), open_it(lang));
    if let Folder::Closed { at, reason } = folder::look_at(folder) {
        return refuse_place(&at, reason);
    }
    let size = match std::fs::metadata(path) {
        Ok(file) => file.len(),
        Err(_) => return Item::ok(Id::Ledger, lang, to_be_made(lang, shown)),
    };
    if let Some(reason) = folder::unwritable(path) {
        return refuse_place(path, reason);
    }
    let found = match inspect(path, LOOK_THROUGH_BELOW).await {
        Ok(found) => found,
        Err(error) => {
            return Item::warn(Id::Ledger, lang, broken(lang, shown), set_aside(lang))
                .with_details([error.to_string()]);
        }
    };
    if size == 0 {
        return Item::warn(Id::Ledger, lang, empty(lang, shown), set_aside(lang));
    }
    if !found.known {
        return refuse(ErrorClass::Config, newer(lang, shown), upgrade(lang));
    }
    match found.damage {
        Some(damage) => {
            Item::warn(Id::Ledger, lang, broken(lang, shown), set_aside(lang)).with_details([damage])
        }
        None if found.rebuilding => Item::warn(Id::Ledger, lang, rebuilding(lang, shown), let_it(lang)),
        None => Item::ok(Id::Ledger, lang, works(lang, shown, lang.bytes(size))).with_value("bytes", size),
    }
}

fn disk(context: &Context<'_>, folder: &Path) -> Item {
    let (lang, wanted) = (context.lang, context.config.ledger.warn_free);
    // The folder may have to be made yet: it will lie on the disk of the nearest one that is there.
    let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let space = match statvfs(there) {
        Ok(disk) => disk.f_bavail.saturating_mul(disk.f_frsize),
        Err(error) => {
            let reason = std::io::Error::from(error);
            return Item::warn(Id::Disk, lang, unmeasured(lang, reason), make_room(lang, there.display()));
        }
    };
    let (message, remedy) =
        (scarce(lang, lang.bytes(space), lang.bytes(wanted)), make_room(lang, folder.display()));
    let item = if space >= wanted {
        Item::ok(Id::Disk, lang, free(lang, lang.bytes(space)))
    } else {
        // A full disk keeps nothing from starting: dongbo goes on reading, and sends when there is room.
        Item::warn(Id::Disk, lang, message, remedy)
    };
    item.with_value("free_bytes", space)
}
