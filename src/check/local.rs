//! The checks that need this host alone: configuration, secrets, mapping, addresses.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use tokio::net::TcpListener;

use super::context::{Context, Given};
use super::folder::{self, Folder};
use super::report::{Id, Item};
use dongbo_model::ErrorClass;
use dongbo_model::{Lang, texts};
use dongbo_portal::certificate_ends;
use dongbo_settings::Secret;
use dongbo_source::{Mapping, Source, SourceError};

/// Time in which a program that listens at our address has to answer.
const ANSWER_WITHIN: Duration = Duration::from_millis(300);
/// The folder that the unit has systemd make (`RuntimeDirectory=`).
const UNITS_FOLDER: &str = "/run/dongbo";
/// Text near the beginning of our own health page.
const OURS: &str = "\"sending\":";

texts! {
    valid(files): "hợp lệ: {files}", "valid: {files}";
    no_file(): "hợp lệ, không có tệp nào: giá trị mặc định và biến môi trường", "valid, without a file: defaults and environment";
    no_configuration(path): "chưa có tệp cấu hình: không thấy {path}", "there is no configuration yet: no file {path}";
    init(): "chạy dongbo init để tạo cấu hình, hoặc chỉ tệp đang có bằng --config", "run dongbo init to write a configuration, or name yours with --config";
    wrong(count): "{count} chỗ sai", "problems: {count}";
    correct_keys(): "sửa các khoá nêu trên; dongbo defaults in ra mọi khoá kèm giải thích", "correct the keys above; dongbo defaults prints every key with its meaning";
    readable(): "đọc được", "can be read";
    exposed(): "đọc được, nhưng người khác cũng đọc được", "can be read, and by others too";
    blank_ends(key): "{key}: bí mật bắt đầu hoặc kết thúc bằng dấu cách hoặc ký tự vô hình, và được gửi nguyên như vậy", "{key}: the secret begins or ends with a blank or an invisible character, and is sent as it is";
    unseen(): "đọc được, nhưng có ký tự không nhìn thấy ở đầu hoặc cuối", "can be read, with an invisible character at its beginning or end";
    write_plainly(): "nếu không cố ý, ghi lại tệp: printf '%s' 'mật khẩu' > tệp", "unless it is intended, write the file again: printf '%s' 'password' > file";
    close_it(): "chỉ để người dùng dongbo đọc (chmod 0400)", "let only dongbo's user read it (chmod 0400)";
    unreadable(count): "{count} tệp không dùng được", "files that cannot be used: {count}";
    no_token(count): "{count} chương trình chưa vào được API vì chưa có mã truy cập", "programs that the API lets in by no token: {count}";
    write_token(): "ghi mã truy cập vào tệp: openssl rand -hex 32 > TỆP", "write the token into the file: openssl rand -hex 32 > FILE";
    write_secret(): "ghi mật khẩu vào tệp (sudoedit TỆP); tệp chỉ để root đọc là đủ, systemd trao mật khẩu cho dịch vụ", "write the password into the file (sudoedit FILE); it may be root's alone, systemd hands the password to the service";
    mapped(name, digest): "{name}, mã kiểm tra {digest}", "{name}, digest {digest}";
    mis_mapped(count): "{count} chỗ sai trong tệp", "problems in the file: {count}";
    correct_mapping(file): "sửa tệp {file}; xem config/mapping.example.toml", "correct {file}; see config/mapping.example.toml";
    unusable_source(): "chưa dùng được với [source] của cấu hình", "cannot be used with [source] of the configuration";
    correct_source(): "sửa source.url hoặc source.password_file", "correct source.url or source.password_file";
    listen_free(address): "{address} còn trống", "{address} is free";
    listen_ours(address): "{address}: dongbo đang chạy ở đó", "{address}: dongbo runs there";
    listen_taken(address): "{address} đã có chương trình khác dùng", "{address} is taken by another program";
    listen_refused(address, reason): "không dùng được {address}: {reason}", "{address} cannot be used: {reason}";
    move_listen(): "chọn địa chỉ khác cho http.listen, hoặc dừng chương trình kia (ss -ltnp)", "choose another http.listen, or stop the other program (ss -ltnp)";
    socket_fits(path): "{path}", "{path}";
    socket_to_come(path): "{path} (systemd tạo thư mục khi chạy dịch vụ)", "{path} (systemd makes the folder when the service starts)";
    socket_closed(path, reason): "không tạo được kênh trong {path}: {reason}", "no socket can be made in {path}: {reason}";
    socket_remedy(): "systemd tạo thư mục này khi chạy dịch vụ (RuntimeDirectory=dongbo); nếu chạy tay, đặt control.socket vào thư mục ghi được", "systemd makes the folder when the service starts (RuntimeDirectory=dongbo); started by hand, set control.socket to a folder that can be written";
}

/// Whether the configuration can be had and goes together.
pub(super) fn configuration(given: &Given, lang: Lang) -> Item {
    let files: Vec<String> = given.files.iter().map(|file| file.display().to_string()).collect();
    let item = if let Some(file) = &given.missing {
        let message = no_configuration(lang, file.display());
        Item::fail(Id::Configuration, lang, ErrorClass::Config, message, init(lang))
    } else if !given.problems.is_empty() {
        let message = wrong(lang, given.problems.len());
        Item::fail(Id::Configuration, lang, ErrorClass::Config, message, correct_keys(lang))
            .with_details(given.problems.iter().cloned())
    } else if files.is_empty() {
        Item::ok(Id::Configuration, lang, no_file(lang))
    } else {
        Item::ok(Id::Configuration, lang, valid(lang, files.join(", ")))
    };
    item.with_value("files", files)
}

/// Checks that every password can be read, and by no other user.
pub(super) fn secrets(context: &Context<'_>, given: &Given) -> Item {
    let (config, lang) = (context.config, context.lang);
    let sources = config.all_sources();
    let of_sources = sources.iter().flat_map(dongbo_source::Settings::secret_files).collect::<Vec<_>>();
    let of_portal = Some(config.portal.password_file.as_path()).filter(|_| config.portal.logs_in());
    let named: Vec<(&str, &Path)> = of_portal
        .map(|file| ("portal.password_file", file))
        .into_iter()
        .chain(of_sources.iter().map(|(key, file)| (key.as_str(), *file)))
        .chain(config.ledger.password_file.as_deref().map(|file| ("ledger.password_file", file)))
        .chain(config.bridge.password_file.as_deref().map(|file| ("bridge.password_file", file)))
        .filter(|(_, file)| !file.as_os_str().is_empty())
        .collect();
    let mut broken = Vec::new();
    let mut blank = Vec::new();
    for (key, file) in &named {
        match Secret::from_file(file) {
            Err(error) => broken.push(format!("{key}: {error}")),
            Ok(secret) if secret.has_unseen_ends() => blank.push(blank_ends(lang, key)),
            Ok(_) => {}
        }
    }
    // A program without its token is not let in; dongbo starts all the same.
    let tokens: Vec<String> = config
        .console
        .tokens
        .iter()
        .filter_map(|token| Some(format!("{}: {}", token.key(), token.read().err()?)))
        .collect();
    let exposures = given.warnings.iter().cloned();
    if !broken.is_empty() {
        let message = unreadable(lang, broken.len());
        return Item::fail(Id::Secrets, lang, ErrorClass::Config, message, write_secret(lang))
            .with_details(broken.into_iter().chain(blank).chain(tokens).chain(exposures));
    }
    if !tokens.is_empty() {
        return Item::warn(Id::Secrets, lang, no_token(lang, tokens.len()), write_token(lang))
            .with_details(tokens.into_iter().chain(blank).chain(exposures));
    }
    if !given.warnings.is_empty() {
        return Item::warn(Id::Secrets, lang, exposed(lang), close_it(lang))
            .with_details(exposures.chain(blank));
    }
    if !blank.is_empty() {
        return Item::warn(Id::Secrets, lang, unseen(lang), write_plainly(lang)).with_details(blank);
    }
    let lines = named.iter().map(|(key, file)| format!("{key} = {}", file.display()));
    Item::ok(Id::Secrets, lang, readable(lang)).with_details(lines)
}

/// Checks the mapping file, and opens the source with it. Nothing is connected.
pub(super) async fn mapping(context: &Context<'_>) -> (Item, Option<Source>) {
    let (config, lang) = (context.source, context.lang);
    let file = config.mapping.display();
    let refuse = |problems: Vec<String>| {
        let message = mis_mapped(lang, problems.len());
        Item::fail(Id::Mapping, lang, ErrorClass::Config, message, correct_mapping(lang, &file))
            .with_details(problems)
    };
    let catalogue = dongbo_sync::catalogue::kept(&context.config.catalogue, &context.config.ledger).await;
    let mapping = match Mapping::load_with(&config.mapping, catalogue) {
        Ok(mapping) => mapping.under(context.config.portal.contract),
        Err(error) => return (refuse(error.problems), None),
    };
    let digest = mapping.digest().to_owned();
    let fine = mapped(lang, mapping.name(), digest.get(..12).unwrap_or(&digest));
    let fine = Item::ok(Id::Mapping, lang, fine).with_value("digest", digest);
    // The checks of the section, of its password and of its authorities report their own errors.
    let password_is_missing =
        config.password_file.as_ref().is_some_and(|file| Secret::from_file(file).is_err());
    let authorities = config.tls.ca_file.as_ref();
    let authority_is_missing =
        authorities.is_some_and(|file| certificate_ends(file).map_or(true, |ends| ends.is_empty()));
    if !config.validate().is_empty() || password_is_missing || authority_is_missing {
        return (fine, None);
    }
    match Source::open(config, mapping, context.clock.clone()) {
        Ok(source) => (fine, Some(source)),
        Err(SourceError::Mapping(error)) => (refuse(error.problems), None),
        Err(error) => {
            let item =
                Item::fail(Id::Mapping, lang, error.class(), unusable_source(lang), correct_source(lang));
            (item.with_details([error.to_string()]), None)
        }
    }
}

/// Checks that the pages can be served, or that our own daemon serves them already.
pub(super) async fn listen(context: &Context<'_>) -> Item {
    let (address, lang) = (context.config.http.listen, context.lang);
    let refuse = |message| Item::fail(Id::Listen, lang, ErrorClass::Config, message, move_listen(lang));
    match TcpListener::bind(address).await {
        // The port is free again when the listener is dropped.
        Ok(_) => Item::ok(Id::Listen, lang, listen_free(lang, address)),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let asked = tokio::task::spawn_blocking(move || is_ours(address)).await;
            match asked {
                Ok(Ok(true)) => Item::ok(Id::Listen, lang, listen_ours(lang, address)),
                _ => refuse(listen_taken(lang, address)),
            }
        }
        Err(error) => refuse(listen_refused(lang, address, error)),
    }
}

/// Asks the program that listens at `address` for a health page, and says whether it is dongbo's.
fn is_ours(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).contains(OURS))
}

/// Checks that the control socket can be made.
pub(super) fn control(context: &Context<'_>) -> Item {
    let (socket, lang) = (&context.config.control.socket, context.lang);
    let folder = socket.parent().unwrap_or(Path::new("."));
    match folder::look_at(folder) {
        Folder::Writable | Folder::ToBeMade => {
            Item::ok(Id::Control, lang, socket_fits(lang, socket.display()))
        }
        // The unit's own folder is there while the service runs, and at no other time.
        Folder::Closed { .. } if folder == Path::new(UNITS_FOLDER) && !folder.exists() => {
            Item::ok(Id::Control, lang, socket_to_come(lang, socket.display()))
        }
        Folder::Closed { at, reason } => {
            Item::warn(Id::Control, lang, socket_closed(lang, at.display(), reason), socket_remedy(lang))
        }
    }
}
