//! `dongbo init`: writes the first configuration, mapping and password files.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Serialize;

use super::failure::{Ended, Failure, listed};
use super::globals::Globals;
use super::output::Output;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

/// The mapping of a system with one column for each field.
const COLUMNS: &str = include_str!("../../config/mapping.example.toml");
/// The mapping of a system with one JSON document for each dossier.
const JSON: &str = include_str!("../../config/mapping.json-column.example.toml");
/// The comment above a first mapping.
const MAPPING_HEAD: &str = "\
# Tệp ánh xạ để bắt đầu: sửa tên bảng, tên cột trong các câu SQL và các bảng mã cho đúng hệ thống một cửa của đơn vị.
# Sửa xong chạy `dongbo check`: mọi chỗ chưa khớp với cơ sở dữ liệu được báo cùng lúc.
# A mapping to begin with: change tables, columns and codes to those of your one-stop system, then run `dongbo check`.
#
";

/// The options of `dongbo init`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Options {
    /// Folder that the files are written to.
    #[arg(long, value_name = "FOLDER", default_value = "/etc/dongbo")]
    dir: PathBuf,
    /// The make of the local database.
    #[arg(long, value_enum, default_value_t)]
    engine: Engine,
    /// The form of dossiers in it: one column for each field, or one JSON document for each dossier.
    #[arg(long, value_enum, default_value_t)]
    shape: Shape,
    /// Write over configuration and mapping that are there. Passwords are always left as they are.
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Engine {
    #[default]
    Postgres,
    #[value(alias = "mariadb")]
    Mysql,
    #[value(alias = "mssql")]
    Sqlserver,
    Sqlite,
}

impl Engine {
    /// Its key in the mapping.
    const fn key(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Sqlserver => "sqlserver",
            Self::Sqlite => "sqlite",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Shape {
    #[default]
    Columns,
    Json,
}

#[derive(Serialize)]
struct View {
    written: Vec<PathBuf>,
    next: Vec<String>,
}

texts! {
    written_heading(): "Đã tạo", "Written";
    next_heading(): "Việc tiếp theo", "What is next";
    fill_in(file, keys): "Điền các khoá còn để trống trong {file}: {keys}", "Fill in the empty keys of {file}: {keys}";
    write_password(files): "Ghi mật khẩu vào {files} (mỗi tệp chỉ có mật khẩu, giữ quyền 0600)", "Write the passwords into {files} (only the password in each; keep mode 0600)";
    adapt(file): "Sửa các câu SQL và bảng mã trong {file} theo hệ thống một cửa", "Change the SQL and the code tables in {file} to your one-stop system's";
    check_it(file): "Kiểm tra: dongbo check --config {file}", "Check: dongbo check --config {file}";
    start_it(): "Chạy dịch vụ: systemctl enable --now dongbo", "Start the service: systemctl enable --now dongbo";
}

/// A file to write.
struct New {
    path: PathBuf,
    text: String,
    mode: u32,
    /// Whether it is never written over, because it may hold a password that cannot be had again.
    precious: bool,
}

impl New {
    /// Whether something stands at its place that must not be lost. The installation makes password files, empty ones.
    fn is_there(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|file| !self.precious || file.len() > 0)
    }
}

/// Writes the files, unless one of them is there already, and names the next steps.
pub(super) fn run(globals: &Globals, options: &Options) -> Result<Ended, Failure> {
    let files = files(options)?;
    let there: Vec<PathBuf> =
        files.iter().filter(|file| file.is_there()).map(|file| file.path.clone()).collect();
    if !there.is_empty() && !options.force {
        return Err(Failure::Exists(there));
    }
    std::fs::create_dir_all(&options.dir)
        .map_err(|source| Failure::Write { path: options.dir.clone(), source })?;
    let mut written = Vec::new();
    for file in files.iter().filter(|file| !(file.precious && there.contains(&file.path))) {
        write(file, &options.dir).map_err(|source| Failure::Write { path: file.path.clone(), source })?;
        written.push(file.path.clone());
    }
    let output = globals.output(&Clock::system());
    let next = next(options, &files, output.lang());
    output.show(&View { written, next }, render)?;
    Ok(Ended::Complete)
}

fn files(options: &Options) -> Result<Vec<New>, Failure> {
    let example = match (options.shape, options.engine) {
        (Shape::Columns, _) => COLUMNS,
        (Shape::Json, Engine::Sqlite) => return Err(Failure::NoExample),
        (Shape::Json, _) => JSON,
    };
    let others = Engine::value_variants().iter().filter(|engine| **engine != options.engine);
    let mapping = others.fold(example.to_owned(), |mapping, other| without(&mapping, other.key()));
    let file = |name: &str, text, mode, precious| New { path: options.dir.join(name), text, mode, precious };
    let mut files = vec![
        file("dongbo.toml", configuration(options), 0o640, false),
        file("mapping.toml", format!("{MAPPING_HEAD}{mapping}"), 0o640, false),
        file("portal.password", String::new(), 0o600, true),
    ];
    if options.engine != Engine::Sqlite {
        files.push(file("source.password", String::new(), 0o600, true));
    }
    Ok(files)
}

/// Writes one file with its mode, and gives it to the group of its folder, by which the service reads it.
fn write(file: &New, folder: &Path) -> io::Result<()> {
    let mut open =
        OpenOptions::new().write(true).create(true).truncate(true).mode(file.mode).open(&file.path)?;
    open.write_all(file.text.as_bytes())?;
    open.set_permissions(Permissions::from_mode(file.mode))?;
    let group = std::fs::metadata(folder)?.gid();
    if open.metadata()?.gid() != group {
        std::os::unix::fs::fchown(&open, None, Some(group))?;
    }
    Ok(())
}

/// The mapping without the SQL of another engine.
fn without(example: &str, engine: &str) -> String {
    let begin = format!("{engine} = ");
    let mut kept = String::new();
    let mut inside = false;
    for line in example.lines() {
        if inside {
            inside = line != "\"\"\"";
        } else if let Some(sql) = line.strip_prefix(&begin) {
            inside = sql == "\"\"\"";
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn configuration(options: &Options) -> String {
    // Debug writes a path as TOML writes a basic string.
    let at = |name: &str| format!("{:?}", options.dir.join(name).display().to_string());
    let source = match options.engine {
        Engine::Postgres | Engine::Mysql | Engine::Sqlserver => format!(
            "\
# Cơ sở dữ liệu của hệ thống một cửa, chỉ đọc. Tài khoản chỉ cần quyền SELECT. Ví dụ: {scheme}://dongbo@motcua.tinh.gov.vn/motcua
# The one-stop system's database, only ever read; the account needs SELECT and nothing else.
url = \"\"
# Tệp chỉ chứa mật khẩu của tài khoản đó. / The file that holds that account's password and nothing else.
password_file = {}
# Chứng thư của cơ quan cấp chứng thư cho máy chủ đó, khi máy chủ không ở ngay máy này (docs/databases.md).
# The certificate of the authority that issued the server's, when it is not on this machine.
# tls.ca_file = {}",
            at("source.password"),
            at("source-ca.pem"),
            scheme = options.engine.key(),
        ),
        Engine::Sqlite => "\
# Tệp cơ sở dữ liệu của hệ thống một cửa, chỉ đọc. Ví dụ: /srv/motcua/motcua.db
# The one-stop system's database file, only ever read.
url = \"\""
            .to_owned(),
    };
    format!(
        "\
# Cấu hình của dongbo. Ở đây chỉ có những gì phải điền; `dongbo defaults` in ra mọi khoá còn lại kèm giải thích.
# Điền xong chạy `dongbo check`: mọi lỗi được báo cùng lúc, kèm cách sửa.
# Configuration of dongbo: only what has to be filled in. `dongbo defaults` prints all other keys with their meaning;
# `dongbo check` tells everything that is wrong at once.

[source]
{source}
# Câu SQL và bảng mã của hệ thống một cửa. / The SQL and the codes of the one-stop system.
mapping = {mapping}

[portal]
# Địa chỉ của trục kết nối (adapter), không kèm /auth. Ví dụ: https://adapter.tinh.gov.vn/VXPAdapter/RestService
# The adapter's address, without /auth.
adapter_url = \"\"
# Mã định tuyến của Cổng Dịch vụ công quốc gia trên trục. / Routing code of the national portal.
dstcode = \"\"
# Mã đơn vị của hệ thống này trên Cổng (madonvi). / The unit code that the portal knows this system by.
unit_code = \"\"
# Tài khoản trên trục kết nối, và tệp chỉ chứa mật khẩu của nó.
# The account at the adapter, and the file that holds its password and nothing else.
username = \"\"
password_file = {password}
# Chứng thư của cơ quan chứng thực riêng và chứng thư của ta, nếu trục yêu cầu.
# A private authority's certificate, and a certificate of ours, where the adapter wants them.
# ca_file = {ca}
# client_certificate_file = {client}
",
        mapping = at("mapping.toml"),
        password = at("portal.password"),
        ca = at("adapter-ca.pem"),
        client = at("client.pem"),
    )
}

fn next(options: &Options, files: &[New], lang: Lang) -> Vec<String> {
    let main = options.dir.join("dongbo.toml");
    let keys = "source.url, portal.adapter_url, portal.dstcode, portal.unit_code, portal.username";
    let passwords: Vec<PathBuf> =
        files.iter().filter(|file| file.precious).map(|file| file.path.clone()).collect();
    vec![
        fill_in(lang, main.display(), keys),
        write_password(lang, listed(&passwords)),
        adapt(lang, options.dir.join("mapping.toml").display()),
        check_it(lang, main.display()),
        start_it(lang),
    ]
}

fn render(view: &View, output: &mut Output) {
    let lang = output.lang();
    output.heading(&written_heading(lang));
    for path in &view.written {
        output.line(format!("  {}", path.display()));
    }
    output.heading(&next_heading(lang));
    for (number, step) in (1..).zip(&view.next) {
        output.line(format!("  {number}. {step}"));
    }
}
