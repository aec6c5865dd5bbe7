//! Addresses of databases as they are written into the configuration. No reason for a refusal repeats any of what was
//! written: a password may stand in the wrong place.

use std::str::FromStr as _;

use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::server_make::ServerMake as _;
use crate::sqlserver::SqlServer;

/// Names that connection strings of other programs have before their `=`.
const FOREIGN_KEYS: [&str; 31] = [
    "addr",
    "address",
    "attachdbfilename",
    "data source",
    "database",
    "datasource",
    "dbname",
    "driver",
    "dsn",
    "host",
    "hostaddr",
    "initial catalog",
    "integrated security",
    "network address",
    "pass",
    "passfile",
    "password",
    "persist security info",
    "port",
    "provider",
    "pwd",
    "server",
    "service",
    "sslmode",
    "trusted_connection",
    "uid",
    "user",
    "user id",
    "userid",
    "username",
    "user name",
];
/// The form of the addresses of one make of server.
struct Form {
    schemes: &'static [&'static str],
    /// The parameters behind the `?` that are obeyed.
    parameters: &'static [&'static str],
    /// How it is rather to be written.
    how: &'static str,
    is_read: fn(&str) -> bool,
}

const POSTGRES: Form = Form {
    schemes: &["postgres://", "postgresql://"],
    parameters: &POSTGRES_PARAMETERS,
    how: HOW_POSTGRES,
    is_read: |url| PgConnectOptions::from_str(url).is_ok(),
};
const MYSQL: Form = Form {
    schemes: &["mysql://", "mariadb://"],
    parameters: &MYSQL_PARAMETERS,
    how: HOW_MYSQL,
    is_read: |url| MySqlConnectOptions::from_str(url).is_ok(),
};

const SQLSERVER: Form = Form {
    schemes: &["sqlserver://"],
    parameters: &["sslmode"],
    how: HOW_SQLSERVER,
    is_read: |url| SqlServer::parse(url).is_some(),
};

const POSTGRES_PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];
/// Character set, time zone and the like are dongbo's own.
const MYSQL_PARAMETERS: [&str; 9] =
    ["socket", "ssl-ca", "ssl-cert", "ssl-key", "ssl-mode", "sslca", "sslcert", "sslkey", "sslmode"];
/// How the address of a PostgreSQL server is written.
pub const HOW_POSTGRES: &str =
    "write it as postgres://user@host:5432/database, and the password into password_file";
const HOW_MYSQL: &str = "write it as mysql://user@host:3306/database, and the password into password_file";
const HOW_SQLSERVER: &str = "write it as sqlserver://user@host:1433/database, with the port of a named instance in the place of \
                             its name, and the password into password_file";
/// How the address of a server is written, whatever its make.
pub const HOW_SERVER: &str = "write it as postgres://user@host:5432/database, mysql://user@host:3306/database or \
                              sqlserver://user@host:1433/database, and the password into password_file";

/// `true` for an address of PostgreSQL, be it a good one or not.
#[must_use]
pub fn is_postgres_url(url: &str) -> bool {
    POSTGRES.schemes.iter().any(|scheme| url.starts_with(scheme))
}

/// `true` for an address of MySQL or MariaDB, be it a good one or not.
#[must_use]
pub fn is_mysql_url(url: &str) -> bool {
    MYSQL.schemes.iter().any(|scheme| url.starts_with(scheme))
}

/// `true` for an address of SQL Server, be it a good one or not.
#[must_use]
pub fn is_sqlserver_url(url: &str) -> bool {
    SQLSERVER.schemes.iter().any(|scheme| url.starts_with(scheme))
}

/// The reason why `url` is no address of a PostgreSQL database; `None` when it is one.
#[must_use]
pub fn refuse_postgres_url(url: &str) -> Option<String> {
    POSTGRES.refuse(url)
}

/// The reason why `url` is no address of a MySQL or MariaDB database; `None` when it is one.
#[must_use]
pub fn refuse_mysql_url(url: &str) -> Option<String> {
    MYSQL.refuse(url)
}

/// The reason why `url` is no address of a database of SQL Server; `None` when it is one.
#[must_use]
pub fn refuse_sqlserver_url(url: &str) -> Option<String> {
    SQLSERVER.refuse(url)
}

impl Form {
    fn refuse(&self, url: &str) -> Option<String> {
        let Self { schemes, parameters: known, how, is_read } = self;
        if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            let scheme = schemes.first().copied().unwrap_or_default();
            return refuse_connection_string(url, how)
                .or_else(|| Some(format!("it does not begin with {scheme}; {how}")));
        }
        let behind_scheme = url.split_once("://").map_or("", |(_, rest)| rest);
        let host_ends = behind_scheme.find(['/', '?', '#']).unwrap_or(behind_scheme.len());
        let behind_host = behind_scheme.get(host_ends..).unwrap_or_default();
        // The parser would take what follows such a character of a password for a database, a port or a parameter, and warn of
        // it with its value.
        if behind_host.contains(['@', '#']) {
            let marks = "a password with one of @ : / ? # % has to stand percent-encoded";
            return Some(format!("it cannot be read as a URL; {marks}. Better {how}"));
        }
        let parameters = behind_host.split_once('?').map_or("", |(_, parameters)| parameters);
        let is_known = |parameter: &str| {
            let name = parameter.split('=').next().unwrap_or_default();
            known.contains(&name) || (name.starts_with("options[") && known.contains(&"options"))
        };
        if !parameters.is_empty() && !parameters.split('&').all(is_known) {
            let names = known.join(", ");
            return Some(format!("it has a parameter behind the ? that is not known; there are {names}"));
        }
        (!is_read(url)).then(|| format!("it cannot be read as a URL; {how}"))
    }
}

/// The values of `sslmode` behind the `?` of an address, of which the last holds.
pub(crate) fn sslmodes(url: &str) -> impl DoubleEndedIterator<Item = &str> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let written = parameters.split('&').filter_map(|parameter| parameter.split_once('='));
    written.filter(|(name, _)| matches!(*name, "sslmode" | "ssl-mode")).map(|(_, value)| value)
}

/// The reason why `text` is rather a connection string of another program than the path of a file; `None` when it is a
/// path. `how` tells how an address is rather written.
#[must_use]
pub fn refuse_connection_string(text: &str, how: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let foreign = |piece: &str| {
        piece.split_once('=').is_some_and(|(name, _)| {
            let name = name.trim().trim_start_matches(['?', '&']);
            // In libpq's form the names stand behind blanks.
            FOREIGN_KEYS.contains(&name)
                || name.split_whitespace().next_back().is_some_and(|last| FOREIGN_KEYS.contains(&last))
        })
    };
    if lower.starts_with("jdbc:")
        || lower.split([';', '?', '&']).any(|piece| foreign(piece) || piece.split_whitespace().any(foreign))
    {
        return Some(format!("it is a connection string of ADO.NET, libpq, ODBC or JDBC; {how}"));
    }
    let path = lower.starts_with(['/', '.']) || lower.starts_with("sqlite:");
    let logs_in =
        lower.find('@').is_some_and(|at| lower.get(..at).is_some_and(|before| before.contains(':')));
    if !path && logs_in {
        return Some(format!("it lacks the scheme before its ://; {how}"));
    }
    lower.contains('?').then(|| "a file takes no parameters behind a ?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{
        HOW_SERVER, refuse_connection_string, refuse_mysql_url, refuse_postgres_url, refuse_sqlserver_url,
    };

    #[test]
    fn addresses_and_paths_are_taken() {
        for url in [
            "postgres://dongbo@h/d",
            "postgresql://dongbo:a%40b@h:5433/d?sslmode=require",
            "postgres://dongbo@h:6432/d?options[search_path]=motcua&application_name=x",
            "postgres:///d?host=/var/run/postgresql",
        ] {
            assert_eq!(refuse_postgres_url(url), None, "{url}");
        }
        for url in [
            "mysql://dongbo@h/d",
            "mariadb://dongbo:a%40b@h:3307/d?ssl-mode=REQUIRED",
            "mysql://dongbo@localhost/d?socket=/run/mysqld/mysqld.sock",
        ] {
            assert_eq!(refuse_mysql_url(url), None, "{url}");
        }
        for url in ["sqlserver://dongbo@h/d", "sqlserver://m%E1%BB%99t:a%40b@[::1]:14330/d?sslmode=require"] {
            assert_eq!(refuse_sqlserver_url(url), None, "{url}");
        }
        for path in ["/var/lib/x.db", "x.db", "sqlite:///var/lib/x.db", "./a=b.db", "/srv/một cửa/x@y:z.db"]
        {
            assert_eq!(refuse_connection_string(path, HOW_SERVER), None, "{path}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_a_letter_of_it() {
        for written in
            ["mysql://u:Geheim1/x@h/d", "mysql://u@h/d?time-zone=Geheim1", "postgres://u:Geheim1@h/d"]
        {
            let reason = refuse_mysql_url(written).unwrap();
            assert!(!reason.contains("Geheim"), "{reason}");
        }
        for written in [
            "sqlserver://u:Geheim1@h\\SQLEXPRESS/d",
            "sqlserver://u:Geheim1@h",
            "sqlserver://h/d",
            "sqlserver://u@h/d?sslmode=Geheim1",
            "sqlserver://u@h/d?encrypt=Geheim1",
            "mssql://u:Geheim1@h/d",
        ] {
            let reason = refuse_sqlserver_url(written).unwrap();
            assert!(
                !reason.contains("Geheim")
                    && (reason.contains("sqlserver://user@host:1433") || reason.contains("sslmode")),
                "{reason}"
            );
        }
        for written in [
            "Server=10.1.1.5;Database=motcua;User Id=sa;Password=Geheim1",
            "Data Source=10.1.1.5;Initial Catalog=motcua;Integrated Security=True;PWD=Geheim1",
            "host=10.1.1.5 dbname=motcua user=sa password=Geheim1",
            "dbname='motcua' password = 'Geheim1' host=h",
            "jdbc:postgresql://h/d?user=u&password=Geheim1",
            "jdbc:sqlserver://h;databaseName=d;user=u;password=Geheim1",
            "sa:Geheim1@10.1.1.5:5432/motcua",
            "postgres:sa:Geheim1@h/d",
            "/var/lib/x.db;Password=Geheim1",
            "sqlite:/var/lib/x.db?key=Geheim1",
            "Driver={PostgreSQL};Server=h;Pwd=Geheim1",
            "mssql://sa:Geheim1@h/d",
            "Postgres://sa:Geheim1@h/d",
            "postgres://sa:Geheim1/x@h/d",
            "postgres://sa:Geheim1#x@h/d",
            "postgres://sa:12?Geheim1@h/d",
            "postgres://sa@h/d?pwd=Geheim1",
            "postgres://sa@h/d?Geheim1",
            "postgres://sa@h:Geheim1/d",
        ] {
            let reason = refuse_postgres_url(written).unwrap();
            assert!(!reason.contains("Geheim") && !reason.contains("10.1.1.5"), "{reason}");
            if !written.contains("://") {
                let reason = refuse_connection_string(written, HOW_SERVER).unwrap();
                assert!(!reason.contains("Geheim"), "{reason}");
            }
        }
    }
}
