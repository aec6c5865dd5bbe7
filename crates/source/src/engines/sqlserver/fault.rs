//! The failures of SQL Server and of its client, each with who has to act.

use std::io;

use dongbo_connections::DatabaseTrouble;
use dongbo_model::mask_row_values;
use tiberius::error::{Error, TokenError};

use crate::error::SourceError;

/// Whether nothing can be made of what the server says next on the connection.
pub(super) fn is_out_of_step(error: &Error) -> bool {
    match error {
        // From this on the server ends the connection itself.
        Error::Server(told) => told.class() >= 20,
        _ => true,
    }
}

/// The failure that an error stands for while `query` ran. Only where the message speaks of the server or of the mapping's own
/// SQL is it passed on; elsewhere it may quote a citizen's data.
pub(super) fn fault(query: &str, error: &Error) -> SourceError {
    let away = |trouble, reason: String| SourceError::Unreachable { trouble, reason };
    match error {
        Error::Server(told) => of_server(query.to_owned(), told),
        Error::Io { kind, message } => {
            let told = io::Error::new(*kind, message.clone());
            away(DatabaseTrouble::of_io(&told), message.clone())
        }
        // A text that is none in the code page of its column.
        Error::Encoding(_) | Error::Utf8 | Error::Utf16 => SourceError::Data {
            query: query.to_owned(),
            code: "encoding".to_owned(),
            words: "a text is none in the code page of its column".to_owned(),
            damage: false,
        },
        Error::Tls(reason) => away(DatabaseTrouble::Tls, reason.clone()),
        other => SourceError::Protocol { query: query.to_owned(), reason: other.to_string() },
    }
}

fn of_server(query: String, told: &TokenError) -> SourceError {
    let (number, message) = (told.code(), told.message().to_owned());
    let trouble = DatabaseTrouble::of_sqlserver(number);
    let quoted = |quote: char| message.split(quote).nth(1).unwrap_or(&message).to_owned();
    let column =
        |column| SourceError::MissingColumn { query: query.clone(), column, found: Vec::new(), hint: None };
    match number {
        207 => column(quoted('\'')),
        4104 => column(quoted('"')),
        208 => {
            let table = quoted('\'').rsplit('.').next().unwrap_or_default().to_owned();
            SourceError::MissingTable { query, table, found: Vec::new(), hint: None }
        }
        // What is read was changed in its form meanwhile, or the database has just ceased to keep versions of rows.
        1205 | 1222 | 3952 | 3958 | 3960 | 3961 => SourceError::Locked { query, reason: message },
        // It would write, or a function of it would.
        3906 | 3908 | 3917 => SourceError::Writes { query },
        605 | 824 | 5242 => data(query, told, true),
        _ => match (trouble, told.class()) {
            (Some(trouble @ DatabaseTrouble::NoDatabase), _) => {
                SourceError::Misaddressed { trouble, reason: message }
            }
            (Some(trouble), 14)
            | (
                Some(
                    trouble @ (DatabaseTrouble::Password
                    | DatabaseTrouble::NotAdmitted
                    | DatabaseTrouble::Rights),
                ),
                _,
            ) => SourceError::Auth { trouble, reason: message },
            (Some(trouble), _) => SourceError::Unreachable { trouble, reason: message },
            (None, 14) => SourceError::Auth { trouble: DatabaseTrouble::Rights, reason: message },
            // Resources that ran out, faults of the server itself.
            (None, 17..) => SourceError::Unreachable { trouble: DatabaseTrouble::Away, reason: message },
            (None, 15) => SourceError::Query { query, reason: message },
            // Names that mean two things, types and collations that do not go together, functions that there are not.
            _ if is_of_text(number) => SourceError::Query { query, reason: message },
            _ => data(query, told, false),
        },
    }
}

/// Whether an error of severity 16 is about the text of the statement and about no row.
const fn is_of_text(number: u32) -> bool {
    matches!(
        number,
        145 | 147
            | 164
            | 195
            | 201
            | 205
            | 206
            | 209
            | 214
            | 257
            | 306
            | 402
            | 403
            | 446
            | 447
            | 448
            | 451
            | 457
            | 468
            | 529
            | 1033
            | 1060
            | 2812
            | 4121
            | 4145
            | 8116
            | 8117
            | 8120
            | 8121
            | 8155
            | 8156
            | 8158
            | 8162
            | 8178
            | 8180
    )
}

fn data(query: String, told: &TokenError, damage: bool) -> SourceError {
    SourceError::Data { query, code: told.code().to_string(), words: mask_row_values(told.message()), damage }
}
