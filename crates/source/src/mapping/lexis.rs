//! The pieces of SQL within which nothing is SQL: quoted texts and names, and comments. Also casts.

use crate::settings::Engine;

/// `true` when the character after `before` goes on with a name or number.
pub(super) fn continues_a_word(before: char) -> bool {
    before.is_alphanumeric() || before == '_'
}

/// `true` for the beginning of a comment.
pub(super) fn begins_comment(engine: Engine, rest: &str) -> bool {
    line_comment(engine, rest) || rest.starts_with("/*")
}

/// `true` for a comment that goes to the end of its line. In MySQL two hyphens begin one only where a blank follows.
fn line_comment(engine: Engine, rest: &str) -> bool {
    match engine {
        Engine::Mysql => {
            let behind = rest.strip_prefix("--").map(|rest| rest.chars().next());
            rest.starts_with('#')
                || behind.is_some_and(|next| next.is_none_or(|c| c.is_whitespace() || c.is_control()))
        }
        Engine::Sqlite | Engine::Postgres | Engine::Sqlserver => rest.starts_with("--"),
    }
}

/// `true` for a comment of MySQL's own that its server, or MariaDB's, runs as SQL.
pub(super) fn is_run(engine: Engine, rest: &str) -> bool {
    engine == Engine::Mysql && (rest.starts_with("/*!") || rest.starts_with("/*M!"))
}

/// The length of the quoted text, comment or cast at the beginning of `rest`, which stands behind `done` and the character
/// `before`; `None` where none begins.
pub(super) fn opaque(engine: Engine, done: &str, before: char, rest: &str) -> Option<usize> {
    let (postgres, mysql) = (engine == Engine::Postgres, engine == Engine::Mysql);
    let sqlserver = engine == Engine::Sqlserver;
    match rest.chars().next()? {
        '\'' if postgres && matches!(before, 'e' | 'E') && is_escape_string(done) => {
            Some(escape_string(rest, '\''))
        }
        quote @ ('\'' | '"') if mysql => Some(escape_string(rest, quote)),
        quote @ ('\'' | '"') => Some(quoted(rest, quote)),
        '`' if !postgres && !sqlserver => Some(quoted(rest, '`')),
        '[' if sqlserver => Some(bracketed(rest)),
        '[' if !postgres && !mysql => Some(through(rest, "]")),
        '-' | '#' if line_comment(engine, rest) => Some(through(rest, "\n")),
        '/' if rest.starts_with("/*") => Some(block_comment(rest, postgres || sqlserver)),
        '$' if postgres && !continues_a_word(before) => dollar_tag(rest).map(|tag| dollar_quoted(rest, &tag)),
        ':' if rest.starts_with("::") => Some(2),
        _ => None,
    }
}

fn through(rest: &str, end: &str) -> usize {
    rest.find(end).map_or(rest.len(), |at| at + end.len())
}

/// A doubled quote ends one quoted text and begins another, which comes to the same.
fn quoted(rest: &str, quote: char) -> usize {
    let inner = rest.get(1..).unwrap_or("");
    inner.find(quote).map_or(rest.len(), |at| at + 2)
}

/// A name in brackets, in which a doubled bracket that closes is one.
fn bracketed(rest: &str) -> usize {
    let mut at = 1;
    while let Some(found) = rest.get(at..).and_then(|rest| rest.find(']')) {
        at += found + 1;
        if !rest.get(at..).is_some_and(|rest| rest.starts_with(']')) {
            return at;
        }
        at += 1;
    }
    rest.len()
}

/// `true` when the `E` before the quote stands alone, and is no end of a name.
fn is_escape_string(done: &str) -> bool {
    let mut back = done.chars().rev().skip(1);
    !back.next().is_some_and(continues_a_word)
}

fn escape_string(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// Comments of PostgreSQL and of SQL Server nest, those of the others do not.
fn block_comment(text: &str, nests: bool) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with("/*") && (depth == 0 || nests) {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The `$tag$` that begins here.
fn dollar_tag(rest: &str) -> Option<String> {
    let after = rest.get(1..)?;
    let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let tag = after.get(..end)?;
    let closes = after.get(end..)?.starts_with('$') && !tag.starts_with(|c: char| c.is_ascii_digit());
    closes.then(|| format!("${tag}$"))
}

fn dollar_quoted(rest: &str, tag: &str) -> usize {
    let inner = rest.get(tag.len()..).unwrap_or("");
    inner.find(tag).map_or(rest.len(), |at| at + 2 * tag.len())
}
