//! Troubles that keep a database from being used, of a server or of a file, each with the one remedy that helps.

use std::io::ErrorKind;

use dongbo_model::{Lang, vocabulary};
use rustls::CertificateError;
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::PgDatabaseError;

vocabulary! {
    /// A trouble that keeps a database from being used; two are one where the remedy is one.
    pub enum DatabaseTrouble
    texts {
        /// The trouble in a few words.
        text,
        /// The remedy, with `{address}` and `{section}` in the places of the keys.
        advice
    }
    {
        /// The server's name leads to no address.
        HostUnknown = "host_unknown",
            ["không tra được tên máy chủ cơ sở dữ liệu (DNS)", "the database server's name cannot be looked up (DNS)"],
            ["sửa tên máy chủ trong {address}, hoặc kiểm tra DNS của máy này (getent hosts TÊN-MÁY)", "correct the server's name in {address}, or check this machine's DNS (getent hosts NAME)"];
        /// Nothing listens at the server's port.
        NothingListens = "nothing_listens",
            ["máy chủ từ chối kết nối: không có gì đang chạy ở cổng đó", "the server refuses the connection: nothing listens at that port"],
            ["khởi động máy chủ cơ sở dữ liệu ở đó, hoặc sửa máy chủ và cổng trong {address}; máy chủ phải nhận kết nối từ mạng (PostgreSQL: listen_addresses; MariaDB, MySQL: bind-address; SQL Server: TCP/IP trong Configuration Manager)", "start the database server there, or correct server and port in {address}; it has to listen on the network (PostgreSQL: listen_addresses; MariaDB, MySQL: bind-address; SQL Server: TCP/IP in its Configuration Manager)"];
        /// The server does not answer.
        Silent = "silent",
            ["máy chủ cơ sở dữ liệu không trả lời kịp", "the database server does not answer in time"],
            ["kiểm tra đường mạng và tường lửa tới máy chủ và cổng trong {address}", "check the network and the firewall on the way to the server and port in {address}"];
        /// The server has no connection left.
        ServerFull = "server_full",
            ["máy chủ cơ sở dữ liệu đã hết kết nối", "the database server has no connection left"],
            ["tăng max_connections của máy chủ hoặc giới hạn kết nối của người dùng (CONNECTION LIMIT, MAX_USER_CONNECTIONS), hoặc giảm {section}.max_connections", "raise the server's max_connections or the user's own limit (CONNECTION LIMIT, MAX_USER_CONNECTIONS), or lower {section}.max_connections"];
        /// All of dongbo's own connections are in use.
        PoolFull = "pool_full",
            ["mọi kết nối của dongbo đều đang bận", "all of dongbo's own connections are in use"],
            ["tăng {section}.max_connections, hoặc tìm câu SQL chạy lâu", "raise {section}.max_connections, or look for a query that runs long"];
        /// The server starts or stops.
        Starting = "starting",
            ["máy chủ cơ sở dữ liệu đang khởi động hoặc đang dừng", "the database server is starting or stopping"],
            ["đợi máy chủ chạy xong; nếu kéo dài, xem nhật ký của máy chủ", "wait until it is up; if it lasts, see the server's own log"];
        /// No encrypted connection comes about.
        Tls = "tls",
            ["không thiết lập được kết nối mã hoá (TLS) với máy chủ cơ sở dữ liệu", "no encrypted connection (TLS) to the database server comes about"],
            ["xem lý do nêu kèm và nhật ký của máy chủ cơ sở dữ liệu; máy chủ phải nhận TLS 1.2 trở lên (docs/databases.md)", "see the reason beside it and the database server's own log; the server has to take TLS 1.2 or later (docs/databases.md)"];
        /// The server speaks no TLS.
        NoTls = "no_tls",
            ["máy chủ cơ sở dữ liệu không mã hoá kết nối (TLS), nên dongbo không đưa mật khẩu", "the database server does not encrypt (no TLS), so that dongbo tells it no password"],
            ["bật TLS ở máy chủ (cách làm ở docs/databases.md); nếu máy chủ ở ngay máy này, bỏ sslmode khỏi {address}; chỉ trong mạng khép kín mới đặt {section}.tls.allow_plain = true", "switch TLS on at the server (docs/databases.md tells how); where it is on this machine, drop sslmode from {address}; only within a closed network set {section}.tls.allow_plain = true"];
        /// Nobody who is trusted vouches for the server.
        UnknownAuthority = "unknown_authority",
            ["chứng thư của máy chủ cơ sở dữ liệu do cơ quan chưa được tin cậy ở đây cấp, nên dongbo không đưa mật khẩu", "the database server's certificate is of an authority that is not trusted here, so that dongbo tells it no password"],
            ["lấy chứng thư của cơ quan cấp từ máy chủ đó (cách lấy ở docs/databases.md) và ghi đường dẫn vào {section}.tls.ca_file", "get the authority's certificate from that server (docs/databases.md tells how), and name it in {section}.tls.ca_file"];
        /// The server's certificate is for another name.
        OtherName = "other_name",
            ["chứng thư của máy chủ cơ sở dữ liệu được cấp cho tên khác với tên trong {address}", "the database server's certificate is for another name than that in {address}"],
            ["ghi vào {address} tên máy chủ đúng như trong chứng thư, hoặc cấp lại chứng thư có tên này trong subjectAltName (docs/databases.md)", "write the server's name into {address} as the certificate has it, or have one issued with this name in subjectAltName (docs/databases.md)"];
        /// The server's certificate is not valid now.
        CertificateEnded = "certificate_ended",
            ["chứng thư của máy chủ cơ sở dữ liệu đã hết hạn hoặc chưa có hiệu lực", "the database server's certificate has expired or is not valid yet"],
            ["gia hạn chứng thư ở máy chủ cơ sở dữ liệu; nếu ngày giờ máy này sai, sửa đồng hồ trước (timedatectl)", "renew the certificate on the database server; when this machine's clock is wrong, set that first (timedatectl)"];
        /// The server's certificate cannot be used.
        BadCertificate = "bad_certificate",
            ["chứng thư của máy chủ cơ sở dữ liệu sai quy cách", "the database server's certificate breaks the rules"],
            ["cấp cho máy chủ một chứng thư dành cho máy chủ (không phải của cơ quan cấp, có subjectAltName) như docs/databases.md", "have one issued for the server that is a server's (no authority's own, with subjectAltName), as in docs/databases.md"];
        /// The connection breaks off.
        Cut = "cut",
            ["kết nối tới cơ sở dữ liệu bị ngắt", "the connection to the database breaks off"],
            ["kiểm tra cổng trong {address} có đúng là của cơ sở dữ liệu đó không, rồi xem nhật ký của máy chủ", "check that the port in {address} is that database server's, then see the server's own log"];
        /// The peer that answers is no such database server.
        OtherService = "other_service",
            ["thứ trả lời ở cổng đó không phải máy chủ cơ sở dữ liệu loại đó", "what answers at that port is no database server of that make"],
            ["sửa máy chủ và số cổng trong {address} (PostgreSQL thường ở cổng 5432, MariaDB và MySQL ở cổng 3306)", "correct server and port in {address} (PostgreSQL mostly has port 5432, MariaDB and MySQL 3306)"];
        /// The server refuses the user's password.
        Password = "password",
            ["máy chủ cơ sở dữ liệu từ chối tên người dùng hoặc mật khẩu", "the database server refuses the user or the password"],
            ["ghi đúng mật khẩu vào tệp của {section}.password_file, và kiểm tra tên người dùng trong {address}", "write the right password into the file of {section}.password_file, and check the user in {address}"];
        /// The server does not know the user.
        NoUser = "no_user",
            ["máy chủ cơ sở dữ liệu không có người dùng đó", "the database server has no such user"],
            ["tạo người dùng ở máy chủ (PostgreSQL: CREATE ROLE … LOGIN; MariaDB, MySQL: CREATE USER), hoặc sửa tên trong {address}", "create the user on the server (PostgreSQL: CREATE ROLE … LOGIN; MariaDB, MySQL: CREATE USER), or correct its name in {address}"];
        /// The server does not let the user in from this machine.
        NotAdmitted = "not_admitted",
            ["máy chủ không cho người dùng này kết nối từ máy này", "the server does not let this user in from this machine"],
            ["PostgreSQL: thêm một dòng cho người dùng, cơ sở dữ liệu và địa chỉ máy này vào pg_hba.conf của máy chủ; MariaDB, MySQL: tạo người dùng cho địa chỉ máy này (CREATE USER 'tên'@'địa chỉ')", "PostgreSQL: add a line for the user, the database and this machine's address to the server's pg_hba.conf (hostssl for an encrypted connection); MariaDB, MySQL: create the user for this machine's address (CREATE USER 'name'@'address')"];
        /// The user may not read something.
        Rights = "rights",
            ["người dùng cơ sở dữ liệu thiếu quyền", "the database user lacks a right"],
            ["cấp quyền ở máy chủ cho người dùng đó: GRANT SELECT ON các bảng nêu trên (PostgreSQL: cả GRANT CONNECT ON DATABASE, GRANT USAGE ON SCHEMA)", "give the user the right on the server: GRANT SELECT ON the tables named (PostgreSQL: also GRANT CONNECT ON DATABASE, GRANT USAGE ON SCHEMA)"];
        /// The file with the password cannot be used.
        PasswordFile = "password_file",
            ["không dùng được tệp mật khẩu", "the password file cannot be used"],
            ["ghi mật khẩu vào tệp của {section}.password_file và để người dùng dongbo đọc được (chmod 0400)", "write the password into the file of {section}.password_file and let dongbo's user read it (chmod 0400)"];
        /// The server has no database of this name.
        NoDatabase = "no_database",
            ["máy chủ không có cơ sở dữ liệu tên đó", "the server has no database of that name"],
            ["sửa tên cơ sở dữ liệu ở cuối {address} (psql -l, hay SHOW DATABASES, liệt kê các tên có ở máy chủ)", "correct the database's name at the end of {address} (psql -l, or SHOW DATABASES, lists the server's)"];
        /// The file is not there.
        NoFile = "no_file",
            ["không có tệp cơ sở dữ liệu ở đường dẫn đó", "there is no database file at that path"],
            ["sửa đường dẫn trong {address}, hoặc đưa tệp về đúng chỗ", "correct the path in {address}, or put the file back"];
        /// This user may not read the file.
        FileClosed = "file_closed",
            ["không được phép đọc tệp cơ sở dữ liệu", "the database file may not be read"],
            ["cho người dùng dongbo quyền đọc tệp và đi vào các thư mục chứa nó (tệp ở chế độ WAL cần cả quyền ghi thư mục đó); nếu gõ lệnh bằng người dùng khác: sudo", "let dongbo's user read the file and enter the folders above it (a file in WAL mode also needs the right to write in its folder); typed by another user: sudo"];
        /// A folder or something else stands in the file's place.
        NotAFile = "not_a_file",
            ["đường dẫn đó là thư mục, không phải tệp cơ sở dữ liệu", "that path is a folder and no database file"],
            ["ghi vào {address} cả đường dẫn của tệp, kể cả tên tệp", "write the whole path of the file into {address}, with the file's name"];
        /// The file is of another kind, or damaged.
        NotADatabase = "not_a_database",
            ["tệp đó không phải cơ sở dữ liệu SQLite, hoặc đã bị hỏng", "that file is no SQLite database, or it is damaged"],
            ["kiểm tra đường dẫn trong {address}; nếu đúng tệp, khôi phục từ bản sao lưu và kiểm tra ổ đĩa (dmesg, smartctl)", "check the path in {address}; if it is the right file, restore a backup and check the disk (dmesg, smartctl)"];
        /// Another program holds a lock.
        Locked = "locked",
            ["chương trình khác đang khoá cơ sở dữ liệu", "another program holds the database locked"],
            ["tìm chương trình giữ giao dịch mở hoặc đang sửa bảng (PostgreSQL: pg_stat_activity; MariaDB, MySQL: SHOW PROCESSLIST; SQL Server: sp_who2; SQLite: fuser TỆP) rồi thử lại", "find the program that keeps a transaction open or changes the tables (PostgreSQL: pg_stat_activity; MariaDB, MySQL: SHOW PROCESSLIST; SQL Server: sp_who2; SQLite: fuser FILE), then try again"];
        /// The disk is full.
        DiskFull = "disk_full",
            ["đĩa chứa cơ sở dữ liệu đã đầy", "the disk that holds the database is full"],
            ["giải phóng dung lượng trên đĩa đó (df -h)", "make room on that disk (df -h)"];
        /// The file cannot be written.
        ReadOnly = "read_only",
            ["tệp cơ sở dữ liệu chỉ cho đọc", "the database file takes no writes"],
            ["cho người dùng dongbo quyền ghi tệp và thư mục chứa nó, hoặc gắn lại hệ thống tệp để ghi được (mount -o remount,rw)", "let dongbo's user write the file and its folder, or make its file system writable again (mount -o remount,rw)"];
        /// The disk fails.
        DiskFails = "disk_fails",
            ["ổ đĩa báo lỗi khi đọc hoặc ghi cơ sở dữ liệu", "the disk fails on reading or writing the database"],
            ["kiểm tra ổ đĩa và hệ thống tệp (dmesg, smartctl)", "check the disk and its file system (dmesg, smartctl)"];
        /// The one-stop system's interface cannot be reached.
        ServiceAway = "service_away",
            ["không gọi được giao diện HTTP của hệ thống một cửa", "the one-stop system's HTTP interface cannot be reached"],
            ["kiểm tra đường mạng, tường lửa và {address} (curl -I ĐỊA-CHỈ), hoặc hỏi đơn vị vận hành hệ thống một cửa", "check the network, the firewall and {address} (curl -I ADDRESS), or ask who runs the one-stop system"];
        /// The one-stop system's interface answers with errors of its own.
        ServiceFails = "service_fails",
            ["giao diện HTTP của hệ thống một cửa báo lỗi bên trong nó", "the one-stop system's HTTP interface answers with errors of its own"],
            ["đợi hệ thống một cửa hết lỗi; nếu kéo dài, báo đơn vị vận hành kèm giờ và mã trạng thái nêu trên", "wait until it recovers; if it lasts, tell who runs it the time and the status above"];
        /// The one-stop system refuses the account.
        SignIn = "sign_in",
            ["hệ thống một cửa từ chối đăng nhập", "the one-stop system refuses the sign-in"],
            ["kiểm tra {section}.http.user, {section}.http.client_id và {section}.http.token_url, ghi đúng mật khẩu vào tệp của {section}.password_file", "check {section}.http.user, {section}.http.client_id and {section}.http.token_url, and write the right password into the file of {section}.password_file"];
        /// The account may not read something.
        NoAccess = "no_access",
            ["tài khoản không được phép gọi giao diện của hệ thống một cửa", "the account may not call the one-stop system's interface"],
            ["nhờ đơn vị vận hành hệ thống một cửa cấp cho tài khoản quyền xem hồ sơ của đơn vị ghi trong tệp ánh xạ", "ask who runs the one-stop system to let the account read the dossiers of the unit that the mapping names"];
        /// The one-stop system sends elsewhere.
        Redirects = "redirects",
            ["hệ thống một cửa chuyển hướng sang máy chủ hoặc cổng khác", "the one-stop system redirects to another host or port"],
            ["ghi vào {address} địa chỉ cuối cùng mà trình duyệt tới được", "write the address that a browser ends at into {address}"];
        /// It is away, for a reason of its own.
        Away = "away",
            ["không kết nối được tới cơ sở dữ liệu", "the database cannot be reached"],
            ["kiểm tra máy chủ, đường mạng và {address}", "check the server, the network and {address}"];
    }
}

/// The keys of the configuration that name a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseKeys {
    /// The section.
    pub section: &'static str,
    /// The key of the server's or the file's address.
    pub address: &'static str,
}

/// The driver's words about a server that answers `N` when it is asked for TLS.
const NO_TLS: &str = "server does not support TLS";
/// The beginning of the driver's words about a password that it could only tell encrypted by RSA.
const RSA: &str = "RSA auth backend disabled";

impl DatabaseTrouble {
    /// Whether the server's certificate was not taken, which may be for want of a newer file of authorities.
    #[must_use]
    pub const fn is_of_certificate(self) -> bool {
        matches!(
            self,
            Self::UnknownAuthority | Self::OtherName | Self::CertificateEnded | Self::BadCertificate
        )
    }

    /// The remedy, in the database that `keys` name.
    #[must_use]
    pub fn remedy(self, lang: Lang, keys: DatabaseKeys) -> String {
        self.advice(lang).replace("{address}", keys.address).replace("{section}", keys.section)
    }

    /// The trouble that an error of the driver tells; `None` when it is about a statement, or nobody can say.
    #[must_use]
    pub fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(error) => Some(Self::of_io(error)),
            // The driver has no kind for it.
            sqlx::Error::Tls(error) if error.to_string() == NO_TLS => Some(Self::NoTls),
            sqlx::Error::Tls(_) => Some(Self::Tls),
            sqlx::Error::PoolTimedOut => Some(Self::Silent),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Some(Self::Cut),
            // A password that MySQL wants encrypted by itself, which without TLS is not done here.
            sqlx::Error::Configuration(told) if told.to_string().starts_with(RSA) => Some(Self::NoTls),
            sqlx::Error::Database(told) => {
                if let Some(postgres) = told.try_downcast_ref::<PgDatabaseError>() {
                    of_state(postgres.code(), postgres.routine())
                } else if let Some(mysql) = told.try_downcast_ref::<MySqlDatabaseError>() {
                    of_mysql(mysql.number())
                } else {
                    of_number(told.as_ref())
                }
            }
            _ => None,
        }
    }
}

fn of_system(error: &std::io::Error) -> DatabaseTrouble {
    match error.kind() {
        ErrorKind::ConnectionRefused => DatabaseTrouble::NothingListens,
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
            DatabaseTrouble::Silent
        }
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => DatabaseTrouble::Cut,
        ErrorKind::NotFound => DatabaseTrouble::NothingListens,
        // The standard library has no kind for it; its words are its own, in English.
        _ if error.to_string().starts_with("failed to lookup address information") => {
            DatabaseTrouble::HostUnknown
        }
        _ => DatabaseTrouble::Away,
    }
}

impl DatabaseTrouble {
    /// The trouble that an error of a connection to a server tells.
    #[must_use]
    pub fn of_io(error: &std::io::Error) -> Self {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => Self::of_tls(error),
            None => of_system(error),
        }
    }

    /// The trouble of a number of SQL Server's errors; `None` when it is about a statement, or nobody can say.
    #[must_use]
    pub const fn of_sqlserver(number: u32) -> Option<Self> {
        Some(match number {
            18456 => Self::Password,
            // Disabled, locked out, expired, of another kind of log-in, kept out by a trigger, a firewall or a single user.
            18452 | 18461 | 18470 | 18486..=18488 | 17892 | 40615 => Self::NotAdmitted,
            // On an object, a column, a database, the server.
            229 | 230 | 262 | 297 | 300 | 371 | 916 => Self::Rights,
            911 | 4060 | 4064 => Self::NoDatabase,
            10928 | 10929 | 17300 | 17809 => Self::ServerFull,
            904 | 921 | 922 | 927 | 942 | 983 | 6005 | 17142 | 18401 | 18451 => Self::Starting,
            1101 | 1105 | 9002 => Self::DiskFull,
            823 => Self::DiskFails,
            1205 | 1222 => Self::Locked,
            _ => return None,
        })
    }

    /// The trouble that an error of TLS tells.
    #[must_use]
    pub fn of_tls(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(why) = error else { return Self::Tls };
        of_certificate(why)
    }
}

fn of_certificate(why: &CertificateError) -> DatabaseTrouble {
    match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => DatabaseTrouble::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            DatabaseTrouble::OtherName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => DatabaseTrouble::CertificateEnded,
        _ => DatabaseTrouble::BadCertificate,
    }
}

/// The trouble of a `SQLSTATE`; `routine` is the function of the server that raised it, whose name no language changes.
fn of_state(state: &str, routine: Option<&str>) -> Option<DatabaseTrouble> {
    Some(match (state.get(..2).unwrap_or_default(), state) {
        (_, "28P01") => DatabaseTrouble::Password,
        (_, "28000") if routine == Some("InitializeSessionUserId") => DatabaseTrouble::NoUser,
        ("28", _) => DatabaseTrouble::NotAdmitted,
        (_, "42501") => DatabaseTrouble::Rights,
        ("3D", _) => DatabaseTrouble::NoDatabase,
        (_, "53100") => DatabaseTrouble::DiskFull,
        (_, "53300") => DatabaseTrouble::ServerFull,
        (_, "57P01" | "57P02" | "57P03") => DatabaseTrouble::Starting,
        (_, "55P03") => DatabaseTrouble::Locked,
        ("58", _) => DatabaseTrouble::DiskFails,
        ("08", _) => DatabaseTrouble::Cut,
        ("53" | "57", _) => DatabaseTrouble::Away,
        _ => return None,
    })
}

/// The trouble of a number of MySQL's or MariaDB's errors.
const fn of_mysql(number: u16) -> Option<DatabaseTrouble> {
    Some(match number {
        // Access denied; a number of its own where no password was asked for.
        1045 | 1698 => DatabaseTrouble::Password,
        // No such host, a host that is blocked, a way to log in that is not known here.
        1129 | 1130 | 1251 | 2059 => DatabaseTrouble::NotAdmitted,
        // To a database, a table, a column, a routine, whatever else.
        1044 | 1142 | 1143 | 1227 | 1370 => DatabaseTrouble::Rights,
        1046 | 1049 => DatabaseTrouble::NoDatabase,
        1021 | 1114 => DatabaseTrouble::DiskFull,
        1040 | 1203 | 1226 => DatabaseTrouble::ServerFull,
        1053 | 1077 | 1079 => DatabaseTrouble::Starting,
        1205 | 1213 | 3572 => DatabaseTrouble::Locked,
        1030 => DatabaseTrouble::DiskFails,
        1152 | 1158..=1161 | 1184 | 1927 | 4031 => DatabaseTrouble::Cut,
        3159 => DatabaseTrouble::NoTls,
        _ => return None,
    })
}

/// The trouble of a code of SQLite, whose lower byte is the kind.
fn of_number(told: &dyn DatabaseError) -> Option<DatabaseTrouble> {
    let code: u32 = told.code().and_then(|code| code.parse().ok()).unwrap_or_default();
    Some(match code & 0xff {
        3 | 23 | 14 => DatabaseTrouble::FileClosed,
        5 | 6 | 15 => DatabaseTrouble::Locked,
        8 => DatabaseTrouble::ReadOnly,
        10 => DatabaseTrouble::DiskFails,
        11 | 26 => DatabaseTrouble::NotADatabase,
        13 => DatabaseTrouble::DiskFull,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use dongbo_model::Lang;

    use super::{DatabaseKeys, DatabaseTrouble as Trouble, of_mysql, of_state, of_system};

    const KEYS: DatabaseKeys = DatabaseKeys { section: "ledger", address: "ledger.url" };

    #[test]
    fn each_cause_of_a_server_has_its_name() {
        for (state, routine, trouble) in [
            ("28P01", Some("auth_failed"), Trouble::Password),
            ("28000", Some("InitializeSessionUserId"), Trouble::NoUser),
            ("28000", Some("ClientAuthentication"), Trouble::NotAdmitted),
            ("42501", Some("aclcheck_error"), Trouble::Rights),
            ("3D000", Some("InitPostgres"), Trouble::NoDatabase),
            ("53300", None, Trouble::ServerFull),
            ("57P03", None, Trouble::Starting),
            ("53100", None, Trouble::DiskFull),
        ] {
            assert_eq!(of_state(state, routine), Some(trouble), "{state}");
        }
        assert_eq!(of_state("42P01", None), None, "a statement is the mapping's");
        for (number, trouble) in [
            (1045, Trouble::Password),
            (1130, Trouble::NotAdmitted),
            (1142, Trouble::Rights),
            (1049, Trouble::NoDatabase),
            (1040, Trouble::ServerFull),
        ] {
            assert_eq!(of_mysql(number), Some(trouble), "{number}");
        }
        assert_eq!(of_mysql(1146), None, "a statement is the mapping's");
        for (number, trouble) in [
            (18456, Some(Trouble::Password)),
            (18486, Some(Trouble::NotAdmitted)),
            (229, Some(Trouble::Rights)),
            (4060, Some(Trouble::NoDatabase)),
            (208, None),
        ] {
            assert_eq!(Trouble::of_sqlserver(number), trouble, "{number}");
        }
        for (kind, trouble) in [
            (ErrorKind::ConnectionRefused, Trouble::NothingListens),
            (ErrorKind::TimedOut, Trouble::Silent),
            (ErrorKind::UnexpectedEof, Trouble::Cut),
        ] {
            assert_eq!(of_system(&Error::from(kind)), trouble);
        }
        let unknown = Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(of_system(&unknown), Trouble::HostUnknown);
    }

    #[test]
    fn a_remedy_names_the_keys_of_its_section() {
        for trouble in Trouble::ALL {
            for lang in Lang::ALL {
                let told = trouble.remedy(*lang, KEYS);
                assert!(!told.contains(['{', '}']), "{told}");
            }
        }
        assert!(Trouble::NoDatabase.remedy(Lang::En, KEYS).contains("ledger.url"));
    }
}
