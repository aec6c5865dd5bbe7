//! Errors of the ledger, and what the operator can do.

use dongbo_connections::{DatabaseKeys, DatabaseTrouble};
use dongbo_model::{ErrorClass, Lang, texts};
use sqlx::postgres::PgDatabaseError;

/// The keys that name a ledger's file.
const FILE_KEYS: DatabaseKeys = DatabaseKeys { section: "ledger", address: "ledger.path" };
/// The keys that name a shared ledger's server.
const SERVER_KEYS: DatabaseKeys = DatabaseKeys { section: "ledger", address: "ledger.url" };

texts! {
    as_its_user():
        "chạy lệnh này bằng root hoặc người dùng dongbo (sudo): khi dịch vụ dongbo không chạy, người đọc cũng cần quyền ghi ở thư mục của sổ theo dõi",
        "run this as root or as the user that dongbo runs as: even a reader needs the right to write in the ledger's directory while no daemon runs";
    set_aside():
        "khởi động lại dịch vụ dongbo: tệp hỏng được cất sang một bên, sổ theo dõi được dựng lại từ hệ thống một cửa và Cổng; kiểm tra ổ đĩa (dmesg, smartctl)",
        "restart dongbo: it sets the damaged file aside and builds a new ledger from the local system and the portal; check the disk (dmesg, smartctl)";
    no_tables():
        "tệp đó không phải sổ theo dõi của dongbo: sửa ledger.path, hoặc chỉ tệp cấu hình của dịch vụ bằng --config",
        "that file is no ledger of dongbo's: correct ledger.path, or name the daemon's configuration with --config";
    look_at_place():
        "kiểm tra thư mục của sổ theo dõi có đó, còn chỗ, và người dùng dongbo ghi được",
        "check that the ledger's directory is there, has room, and is writable by dongbo's user";
    look_at_server():
        "kiểm tra PostgreSQL của ledger.url có chạy, cho người dùng vào (ledger.password_file) và còn kết nối",
        "check that the PostgreSQL of ledger.url runs, lets its user in (ledger.password_file) and has connections left";
}

/// A ledger operation that did not happen. Nothing of it is written: each is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be opened or created.
    #[error("cannot open the ledger {path}: {source}; {}", self.remedy(Lang::En))]
    Open {
        /// The intended place of the ledger.
        path: String,
        /// The error of the database.
        source: sqlx::Error,
    },
    /// The tables cannot be brought to this version.
    #[error("cannot bring the ledger {path} to this version: {source}; a newer dongbo may have written it")]
    Migrate {
        /// The place of the ledger.
        path: String,
        /// The error of the migration.
        source: sqlx::migrate::MigrateError,
    },
    /// There is no ledger to read.
    #[error(
        "dongbo has not run here yet: there is no ledger at {path}; name the daemon's configuration with --config"
    )]
    Absent {
        /// The intended place of the ledger.
        path: String,
    },
    /// The file cannot be read as it is.
    #[error("cannot read the ledger {path}: {source}; {}", self.remedy(Lang::En))]
    Read {
        /// The place of the ledger.
        path: String,
        /// The error of the database.
        source: sqlx::Error,
    },
    /// The tables are another version's, and a reader does not change them.
    #[error(
        "the ledger {path} was written by another version of dongbo; start this version's daemon, or use the \
         commands of the one that runs"
    )]
    Version {
        /// The place of the ledger.
        path: String,
    },
    /// The file belongs to somebody else, or its file system takes no writes.
    #[error(
        "the ledger's file {path} cannot be written: {source}; give it back to dongbo's user (chown dongbo: {path}), or \
         make its file system writable again (mount -o remount,rw)"
    )]
    Closed {
        /// The file's place in its dossier.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The key under which differences are hashed can neither be read nor be made.
    #[error(
        "cannot use the key for hashes {path}: {source}; let it be readable by dongbo's user (mode 0600), or remove it and \
         another is made"
    )]
    HashKey {
        /// Its file.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// A ledger that cannot be trusted could not be set aside.
    #[error(
        "the ledger {path} cannot be trusted and a fresh one could not take its place: {source}; make room on its disk, \
         and see that its folder is writable by dongbo"
    )]
    Rescue {
        /// The place of the ledger.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
    /// An operation failed: a full disk, an unreadable page, a file taken away.
    #[error("ledger operation {operation} failed: {source}; {}", self.remedy(Lang::En))]
    Operation {
        /// The operation's name.
        operation: &'static str,
        /// The error of the database.
        source: sqlx::Error,
    },
    /// The server of a shared ledger did not do it: it is away, refuses us, or has no connection left.
    #[error("ledger operation {operation} failed on its server: {source}; {}", self.remedy(Lang::En))]
    Server {
        /// The operation's name.
        operation: &'static str,
        /// The error of the database.
        source: sqlx::Error,
    },
    /// The ledger of this file is on a server by now.
    #[error(
        "this ledger was moved to a server at {since}; set ledger.url to that server, or give this daemon a new ledger.path"
    )]
    Moved {
        /// When.
        since: String,
    },
    /// A ledger that is to be filled holds something already.
    #[error(
        "the ledger on the server of ledger.url is not empty: a daemon has worked on it, or one was moved there before; \
         name an empty database, or leave that ledger as it is"
    )]
    NotEmpty,
    /// A copy is not what was copied.
    #[error(
        "the copied rows from {first} to {last} differ from the old ones, so nothing was moved; please report this"
    )]
    Differs {
        /// The first code of the range.
        first: String,
        /// Its last; empty for the end of all codes.
        last: String,
    },
    /// The server's address or password cannot be used.
    #[error("{0}")]
    Address(String),
    /// A batch could not be written as JSON for its statement.
    #[error("ledger operation {operation} could not encode its batch: {source}")]
    Encode {
        /// The operation's name.
        operation: &'static str,
        /// The error itself.
        source: serde_json::Error,
    },
}

impl LedgerError {
    /// The class, which says who has to act.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Open { .. }
            | Self::Absent { .. }
            | Self::Read { .. }
            | Self::Version { .. }
            | Self::Closed { .. }
            | Self::Moved { .. }
            | Self::NotEmpty
            | Self::Address(_) => ErrorClass::Config,
            // It would be refused for ever: what we wrote is at fault.
            Self::Operation { source, .. } | Self::Server { source, .. } if is_broken(source) => {
                ErrorClass::Bug
            }
            Self::HashKey { .. } | Self::Rescue { .. } | Self::Operation { .. } => ErrorClass::Transient,
            Self::Server { source, .. } => match source.as_database_error().and_then(|error| error.code()) {
                Some(code) if code.starts_with("28") || code == "42501" => ErrorClass::Auth,
                Some(code) if code.starts_with("3D") => ErrorClass::Config,
                // One row written twice at once, or a value that is none.
                Some(code) if code.starts_with("21") || code.starts_with("22") => ErrorClass::Bug,
                _ => ErrorClass::Transient,
            },
            Self::Migrate { source, .. } if was_cut_off(source) => ErrorClass::Transient,
            Self::Migrate { .. } => ErrorClass::Config,
            Self::Encode { .. } | Self::Differs { .. } => ErrorClass::Bug,
        }
    }

    /// What keeps the ledger's database from being used; `None` when it is something else.
    #[must_use]
    pub fn trouble(&self) -> Option<DatabaseTrouble> {
        match self {
            Self::Open { source, .. }
            | Self::Read { source, .. }
            | Self::Operation { source, .. }
            | Self::Server { source, .. } => DatabaseTrouble::of(source),
            Self::Closed { .. } => Some(DatabaseTrouble::ReadOnly),
            _ => None,
        }
    }

    /// What to do about an error of the database below.
    #[must_use]
    pub fn remedy(&self, lang: Lang) -> String {
        match (self, self.trouble()) {
            (Self::Server { .. }, None) => look_at_server(lang),
            (Self::Server { .. }, Some(trouble)) => trouble.remedy(lang, SERVER_KEYS),
            (Self::Read { source, .. }, Some(trouble)) if is_a_servers(source) => {
                trouble.remedy(lang, SERVER_KEYS)
            }
            (_, Some(DatabaseTrouble::NotADatabase)) => set_aside(lang),
            (Self::Read { .. }, Some(DatabaseTrouble::FileClosed | DatabaseTrouble::ReadOnly)) => {
                as_its_user(lang)
            }
            (Self::Read { .. }, None) => no_tables(lang),
            (_, Some(DatabaseTrouble::FileClosed) | None) => look_at_place(lang),
            (_, Some(trouble)) => trouble.remedy(lang, FILE_KEYS),
        }
    }

    /// Whether the disk has no room for what was to be written.
    #[must_use]
    pub fn is_out_of_room(&self) -> bool {
        self.trouble() == Some(DatabaseTrouble::DiskFull)
    }

    /// Names the operation that a database error happened in.
    pub(super) fn during(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Operation { operation, source }
    }

    /// The error of `operation` on a server.
    pub(super) fn on_server(operation: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Server { operation, source }
    }
}

/// Whether the error is of a server, and not of a file.
fn is_a_servers(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(told) => told.try_downcast_ref::<PgDatabaseError>().is_some(),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) => true,
        _ => false,
    }
}

/// Whether what was to be written breaks a rule of its table.
fn is_broken(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|told| !matches!(told.kind(), sqlx::error::ErrorKind::Other))
}

/// Whether a server went away while it brought the tables to this version: that says nothing of the tables.
fn was_cut_off(error: &sqlx::migrate::MigrateError) -> bool {
    use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
    let (Execute(source) | ExecuteMigration(source, _)) = error else { return false };
    match source {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::PoolTimedOut => true,
        // The server ends, starts or has no room for one more connection; the connection failed.
        sqlx::Error::Database(told) => {
            told.code().is_some_and(|code| ["57P", "08", "53"].iter().any(|class| code.starts_with(class)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::MigrateError;

    use super::LedgerError;
    use dongbo_model::ErrorClass;

    #[test]
    fn a_server_that_goes_away_during_a_migration_is_waited_for() {
        let cut_off = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        for (source, class) in [
            (MigrateError::ExecuteMigration(cut_off, 1), ErrorClass::Transient),
            (MigrateError::VersionMissing(99), ErrorClass::Config),
        ] {
            assert_eq!(LedgerError::Migrate { path: String::new(), source }.class(), class);
        }
    }
}
