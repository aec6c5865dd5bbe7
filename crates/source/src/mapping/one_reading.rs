//! A text that is one statement, which reads. SQLite runs all statements of a text one after another, and a `PRAGMA` does its
//! work while it is only prepared; so the text is judged before any engine sees it.

use super::lexis::{begins_comment, continues_a_word, is_run, opaque};
use crate::settings::Engine;

/// The words with which a statement that reads begins.
const READING: [&str; 3] = ["SELECT", "WITH", "VALUES"];

/// Words of SQL Server that begin a statement, write by a SELECT, or lead to another server. Nearly all are reserved: a
/// column of that name stands in brackets. A statement there needs no semicolon before it.
const NOT_READING: [&str; 49] = [
    "ALTER",
    "BACKUP",
    "BEGIN",
    "BULK",
    "CHECKPOINT",
    "CLOSE",
    "COMMIT",
    "CREATE",
    "DBCC",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DENY",
    "DROP",
    "DUMP",
    "EXEC",
    "EXECUTE",
    "GOTO",
    "GRANT",
    "IF",
    "INSERT",
    "INTO",
    "KILL",
    "LOAD",
    "MERGE",
    "OPEN",
    "OPENDATASOURCE",
    "OPENQUERY",
    "OPENROWSET",
    "PRINT",
    "RAISERROR",
    "READTEXT",
    "RECONFIGURE",
    "RESTORE",
    "RETURN",
    "REVERT",
    "REVOKE",
    "ROLLBACK",
    "SAVE",
    "SET",
    "SHUTDOWN",
    "TRUNCATE",
    "UPDATE",
    "UPDATETEXT",
    "USE",
    "WAITFOR",
    "WHILE",
    "WRITETEXT",
    "THROW",
];
/// Characters that end a line, and with it a comment, for SQL Server and not for us.
const ODD_LINE_ENDS: [char; 5] = ['\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// The complaint about a text that is not one statement which reads.
pub(super) fn refuse(engine: Engine, sql: &str) -> Option<String> {
    if engine == Engine::Sqlserver && has_odd_line_ends(sql) {
        return Some(
            "it holds a character that ends a line for the server alone; write lines with \\n".to_owned(),
        );
    }
    let mut at = 0;
    let mut before = ' ';
    let (mut begun, mut ended) = (false, false);
    while let Some((done, rest)) = sql.split_at_checked(at) {
        let Some(next) = rest.chars().next() else { break };
        let length = opaque(engine, done, before, rest);
        if length.is_some() && is_run(engine, rest) {
            return Some(
                "it has a comment that begins with /*! or /*M!: the server runs what stands in it".to_owned(),
            );
        }
        if length.is_none() && writes_elsewhere(engine, before, rest) {
            return Some("it has INTO, by which a SELECT writes to a file or a variable".to_owned());
        }
        if length.is_none()
            && begun
            && let Some(word) = begins_another(engine, before, rest)
        {
            return Some(format!(
                "it has {word}, which begins a statement of its own, writes, or reaches another server; a column of that name \
                 stands in brackets"
            ));
        }
        let says_nothing = match next {
            '\0' => return Some("it holds a NUL character, behind which nothing is read".to_owned()),
            ';' => {
                ended = true;
                true
            }
            '(' => !begun && !ended,
            _ => next.is_ascii_whitespace() || begins_comment(engine, rest),
        };
        if !says_nothing && ended {
            return Some("it is more than one statement; a query is one, which reads".to_owned());
        }
        if !says_nothing && !begun {
            begun = true;
            if let Some(word) = not_reading(rest) {
                let told = "a query begins with SELECT, WITH or VALUES, since dongbo only reads";
                return Some(format!("it begins with {word}, and {told}"));
            }
        }
        at += length.unwrap_or_else(|| next.len_utf8());
        before = sql.get(..at).and_then(|done| done.chars().next_back()).unwrap_or(' ');
    }
    (!begun).then(|| "it is empty".to_owned())
}

/// Whether the word that begins here makes a SELECT of MySQL write: no query that reads has it.
fn writes_elsewhere(engine: Engine, before: char, rest: &str) -> bool {
    let behind = rest.get(..4).filter(|word| word.eq_ignore_ascii_case("INTO")).and(rest.get(4..));
    let ends = behind.is_some_and(|rest| !rest.chars().next().is_some_and(continues_a_word));
    engine == Engine::Mysql && ends && !continues_a_word(before) && before != '.'
}

fn has_odd_line_ends(sql: &str) -> bool {
    sql.contains(ODD_LINE_ENDS) || sql.replace("\r\n", "\n").contains('\r')
}

/// The word that begins here, when for SQL Server another statement does.
fn begins_another(engine: Engine, before: char, rest: &str) -> Option<&'static str> {
    if engine != Engine::Sqlserver || continues_a_word(before) || matches!(before, '.' | '@' | '#' | '$') {
        return None;
    }
    let end = rest.find(|c: char| !continues_a_word(c)).unwrap_or(rest.len());
    let word = rest.get(..end).filter(|word| !word.is_empty())?;
    NOT_READING.into_iter().find(|known| known.eq_ignore_ascii_case(word))
}

/// The first word, when a statement which begins with it does not read.
fn not_reading(rest: &str) -> Option<&str> {
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    // Without a word it is the mark that stands there.
    let end = if end == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { end };
    let word = rest.get(..end)?;
    (!READING.iter().any(|reading| word.eq_ignore_ascii_case(reading))).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::refuse;
    use crate::settings::Engine;

    #[test]
    fn one_statement_that_reads_is_taken() {
        for sql in [
            "SELECT 1",
            "/* a; b */ -- c;\n ((select ';' || \"a;b\")) ; -- the end; of it\n /* ; */ ;;",
            "WITH a AS (VALUES (1)) SELECT * FROM a",
            "VALUES(1)",
        ] {
            for engine in [Engine::Sqlite, Engine::Postgres] {
                assert_eq!(refuse(engine, sql), None, "{sql}");
            }
        }
        assert_eq!(refuse(Engine::Sqlite, "SELECT `;` FROM [a;b]"), None);
        assert_eq!(refuse(Engine::Postgres, "SELECT E'\\';', $x$;$x$ /* /* ; */ ; */"), None);
    }

    #[test]
    fn a_second_statement_is_found_wherever_it_hides() {
        for sql in [
            "SELECT 1; PRAGMA query_only=off",
            "SELECT 1;\n-- then\nVACUUM INTO '/tmp/x'",
            "SELECT ';';;'x'",
            "SELECT 'it''s';ATTACH 'x' AS y",
            "; SELECT 1",
            "SELECT 1;(SELECT 2)",
            "SELECT 1;\u{a0}SELECT 2",
            // SQLite's comments do not nest.
            "SELECT 1 /* /* */; VACUUM /* */ */",
            "SELECT [a'b]; VACUUM --'",
            "SELECT `a'b`; VACUUM --'",
        ] {
            let told = refuse(Engine::Sqlite, sql).unwrap_or_default();
            assert!(told.contains("more than one statement"), "{sql}: {told}");
        }
        for sql in ["SELECT 1; COMMIT", "SELECT '\\'; DELETE FROM t --'", "SELECT $$a$$; DELETE FROM t"] {
            let told = refuse(Engine::Postgres, sql).unwrap_or_default();
            assert!(told.contains("more than one statement"), "{sql}: {told}");
        }
    }

    #[test]
    fn sql_server_needs_no_semicolon_between_statements_and_none_hides() {
        for sql in [
            "SELECT 1 DELETE FROM t",
            "SELECT 1\nEXEC xp_cmdshell 'x'",
            "SELECT a INTO b FROM t",
            "SELECT [a]]'] delete FROM t --'",
            "SELECT 1 /* /* */ ' */ DROP TABLE t --'",
            "SELECT * FROM OPENQUERY(x, 'DELETE FROM t')",
            "WITH a AS (SELECT 1 AS b) UPDATE t SET c = 1",
            "SELECT 1 -- x\rDELETE FROM t",
            "SELECT 1 -- x\u{2028}DELETE FROM t",
            "SELECT \"a\"\"\" WAITFOR DELAY '1:00'",
        ] {
            assert!(refuse(Engine::Sqlserver, sql).is_some(), "{sql}");
        }
        for sql in [
            "SELECT [delete], t.[update], 'DELETE', N'it''s; DROP', \"into\" FROM t -- DELETE\r\n",
            "SELECT IIF(a = 1, deleted_at, updated) FROM [x]].DELETE] /* ; /* EXEC */ DROP */ OPTION (RECOMPILE);",
            "WITH a AS (SELECT 1 AS b) SELECT b FROM a ORDER BY b OFFSET 0 ROWS FETCH NEXT 5 ROWS ONLY",
        ] {
            assert_eq!(refuse(Engine::Sqlserver, sql), None, "{sql}");
        }
        assert!(
            refuse(Engine::Sqlserver, "SELECT 1; SELECT 2")
                .is_some_and(|told| told.contains("more than one"))
        );
    }

    #[test]
    fn what_does_not_read_is_told_by_its_first_word() {
        for (sql, word) in [
            ("PRAGMA query_only=off", "PRAGMA"),
            ("/* SELECT */ vacuum into 'x'", "vacuum"),
            ("(ATTACH 'x' AS y)", "ATTACH"),
            ("COPY (SELECT 1) TO PROGRAM 'sh'", "COPY"),
            ("EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN"),
            ("SELECTED", "SELECTED"),
            ("'SELECT'", "'"),
        ] {
            let told = refuse(Engine::Sqlite, sql).unwrap_or_default();
            assert!(told.starts_with(&format!("it begins with {word}, and")), "{sql}: {told}");
        }
        assert_eq!(refuse(Engine::Sqlite, " -- nothing").as_deref(), Some("it is empty"));
        assert!(refuse(Engine::Sqlite, "SELECT 1\0; x").is_some_and(|told| told.contains("NUL")));
    }
}
