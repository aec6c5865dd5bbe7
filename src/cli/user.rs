//! `dongbo user`: those who may log in at the console.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use dongbo_console::access::{self, Role, User, Users, UsersError, Weak};
use dongbo_settings::{Secret, SecretError};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role as Tone;
use super::table::{Side, Table};
use super::terminal;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

texts! {
    head_name(): "Tên", "Name";
    head_role(): "Vai trò", "Role";
    head_units(): "Đơn vị", "Units";
    all(): "tất cả", "all";
    nobody(): "Chưa có ai: dongbo user add TÊN --role administrator", "Nobody yet: dongbo user add NAME --role administrator";
    added(name): "Đã thêm {name}.", "Added {name}.";
    changed(name): "Đã đổi mật khẩu của {name}; các phiên đang mở của người này đã kết thúc.", "The password of {name} is changed; the sessions that were open are over.";
    removed(name): "Đã bỏ {name}; các phiên đang mở của người này đã kết thúc.", "Removed {name}; the sessions that were open are over.";
    type_it(name): "Mật khẩu mới của {name}: ", "New password of {name}: ";
    once_more(): "Nhập lại: ", "Once more: ";
    no_file(): "console.users_file chưa khai, nên trang không hỏi ai đăng nhập: khai khóa này, ví dụ \"/var/lib/dongbo/users.toml\"", "console.users_file is not set, so nobody is asked to log in: set it, for example \"/var/lib/dongbo/users.toml\"";
    no_such(name): "không có người dùng {name}: dongbo user list cho biết có ai", "there is no user {name}: dongbo user list shows who there is";
    there(name): "đã có người dùng {name}: bỏ trước bằng dongbo user remove, hoặc đổi mật khẩu bằng dongbo user passwd", "there is a user {name} already: remove it first (dongbo user remove), or change the password (dongbo user passwd)";
    bad_name(name): "{name}: tên chỉ gồm chữ, số và . _ - @, dài nhất 64 ký tự", "{name}: a name has letters, digits and . _ - @, and 64 characters at most";
    differ(): "hai lần nhập không giống nhau: chưa đổi gì", "both are not the same: nothing was changed";
    unread(): "không đọc được mật khẩu", "the password cannot be read";
}

/// The acts on those who may log in.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum UserCommand {
    /// Let somebody log in. The password comes from the terminal, from standard input or from a file.
    Add(AddArgs),
    /// Show who may log in, and what they may do.
    List,
    /// Change a password; open sessions end.
    Passwd(PasswdArgs),
    /// Let somebody no longer log in; open sessions end.
    Remove(RemoveArgs),
}

/// The options of `dongbo user add`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct AddArgs {
    /// The user's name.
    #[arg(value_name = "NAME")]
    name: String,
    /// What the user may do.
    #[arg(long, value_name = "ROLE", value_parser = roles(), default_value = Role::Viewer.name())]
    role: Role,
    /// A unit whose dossiers the user sees, as the ledger names it; it may be named several times. Otherwise all.
    #[arg(long = "unit", value_name = "UNIT")]
    units: Vec<String>,
    /// A file with the password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// The options of `dongbo user passwd`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct PasswdArgs {
    /// The user's name.
    #[arg(value_name = "NAME")]
    name: String,
    /// A file with the password.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// The options of `dongbo user remove`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct RemoveArgs {
    /// The user's name.
    #[arg(value_name = "NAME")]
    name: String,
}

fn roles() -> impl TypedValueParser<Value = Role> {
    let listed = Role::ALL.iter().map(|role| PossibleValue::new(role.name()));
    PossibleValuesParser::new(listed).map(|name| Role::from_name(&name).unwrap_or_default())
}

/// The reason why the users are as they were.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UserFailure {
    #[error("{}", no_file(Lang::En))]
    NoFile,
    #[error("{}", no_such(Lang::En, .0))]
    NoSuch(String),
    #[error("{}", there(Lang::En, .0))]
    There(String),
    #[error("{}", bad_name(Lang::En, .0))]
    BadName(String),
    #[error("{0}")]
    Weak(Weak),
    #[error("{}", differ(Lang::En))]
    Differ,
    #[error("{}: {source}", unread(Lang::En))]
    Unread {
        #[from]
        source: io::Error,
    },
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Users(#[from] UsersError),
}

impl UserFailure {
    /// Whether what was typed is wrong.
    pub(super) const fn is_typed(&self) -> bool {
        !matches!(self, Self::Unread { .. } | Self::Secret(_) | Self::Users(_))
    }

    /// The sentence for the operator.
    pub(super) fn told(&self, lang: Lang) -> String {
        match self {
            Self::NoFile => no_file(lang),
            Self::NoSuch(name) => no_such(lang, name),
            Self::There(name) => there(lang, name),
            Self::BadName(name) => bad_name(lang, name),
            Self::Weak(weak) => weak.text(lang),
            Self::Differ => differ(lang),
            Self::Unread { source } => format!("{}: {source}", unread(lang)),
            Self::Secret(_) | Self::Users(_) => self.to_string(),
        }
    }
}

/// One user, without the password.
#[derive(Debug, Serialize)]
struct Listed<'u> {
    name: &'u str,
    role: &'static str,
    units: &'u BTreeSet<String>,
}

#[derive(Debug, Serialize)]
struct ListView<'u> {
    users: Vec<Listed<'u>>,
}

#[derive(Debug, Serialize)]
struct DoneView<'u> {
    name: &'u str,
    /// `added`, `changed` or `removed`.
    done: &'static str,
}

/// Runs `dongbo user`.
pub(super) fn user(globals: &Globals, command: &UserCommand) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let path = config.console.users_file.ok_or(UserFailure::NoFile)?;
    let mut users = match command {
        // The first one makes the file.
        UserCommand::Add(_) if !path.try_exists().unwrap_or(true) => Users::new(),
        _ => access::read(&path).map_err(UserFailure::from)?,
    };
    let out = globals.output(&Clock::system());
    let lang = out.lang();
    let (name, done, words) = match command {
        UserCommand::List => {
            list(&users, out)?;
            return Ok(Ended::Complete);
        }
        UserCommand::Add(args) => {
            if !access::is_name(&args.name) {
                return Err(UserFailure::BadName(args.name.clone()).into());
            }
            if users.contains_key(&args.name) {
                return Err(UserFailure::There(args.name.clone()).into());
            }
            let password = hashed(lang, &args.name, args.password_file.as_deref())?;
            let units = args.units.iter().map(|unit| unit.trim().to_owned()).collect();
            users.insert(args.name.clone(), User { role: args.role, units, password });
            (&args.name, "added", added(lang, &args.name))
        }
        UserCommand::Passwd(args) => {
            let user = users.get_mut(&args.name).ok_or_else(|| UserFailure::NoSuch(args.name.clone()))?;
            user.password = hashed(lang, &args.name, args.password_file.as_deref())?;
            (&args.name, "changed", changed(lang, &args.name))
        }
        UserCommand::Remove(args) => {
            users.remove(&args.name).ok_or_else(|| UserFailure::NoSuch(args.name.clone()))?;
            (&args.name, "removed", removed(lang, &args.name))
        }
    };
    access::write(&path, &users).map_err(UserFailure::from)?;
    out.show(&DoneView { name, done }, |_, out| out.line(out.paint(Tone::Good, &words)))?;
    Ok(Ended::Complete)
}

fn list(users: &Users, out: Output) -> io::Result<()> {
    let listed = users.iter().map(|(name, user)| Listed { name, role: user.role.name(), units: &user.units });
    out.show(&ListView { users: listed.collect() }, |_, out| {
        let lang = out.lang();
        if users.is_empty() {
            out.line(nobody(lang));
            return;
        }
        let mut table = Table::new([
            (Side::Left, head_name(lang)),
            (Side::Left, head_role(lang)),
            (Side::Left, head_units(lang)),
        ]);
        for (name, user) in users {
            let units = user.units.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let units = if units.is_empty() { all(lang) } else { units };
            table.row([name.clone().into(), user.role.text(lang).to_owned().into(), units.into()]);
        }
        out.table(&table);
    })
}

/// The hash of the password that is given for the user `name`.
fn hashed(lang: Lang, name: &str, file: Option<&Path>) -> Result<String, UserFailure> {
    let password = match file {
        Some(file) => Secret::from_file(file)?,
        None if io::stdin().is_terminal() => {
            let typed = typed(&type_it(lang, name))?;
            if typed != self::typed(&once_more(lang))? {
                return Err(UserFailure::Differ);
            }
            typed
        }
        None => line()?,
    };
    if let Some(weak) = access::weakness(name, &password) {
        return Err(UserFailure::Weak(weak));
    }
    access::hash(&password, rand::random()).ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory).into())
}

/// A line of standard input.
fn line() -> io::Result<Secret> {
    let mut line = zeroize::Zeroizing::new(String::new());
    io::stdin().lock().read_line(&mut line)?;
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

/// A line that is typed at the terminal, which does not show it.
fn typed(question: &str) -> io::Result<Secret> {
    terminal::ask(question)?;
    let stdin = io::stdin();
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &hidden)?;
    let typed = line();
    tcsetattr(&stdin, OptionalActions::Flush, &shown)?;
    terminal::ask("\n")?;
    typed
}
