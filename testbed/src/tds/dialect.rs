//! SQL Server's dialect, as far as mappings speak it, turned into SQLite's.

/// Types that times are cast to: SQLite keeps them as text.
const TIMES: [&str; 4] = ["datetime", "smalldatetime", "date", "time"];

/// `sql` for SQLite.
pub(super) fn sqlite(sql: &str) -> String {
    let sql = sql
        .replace(" COLLATE Latin1_General_BIN2", "")
        .replace("dbo.", "")
        .replace("(max)", "")
        .replace("ISNULL(", "IFNULL(")
        .replace("DATALENGTH(", "length(")
        .replace("LEN(", "length(");
    top(&casts(&marks(&sql)))
}

/// `@P1` as `?1`, and texts of Unicode as texts.
fn marks(sql: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut quoted = false;
    let mut rest = sql;
    while let Some(next) = rest.chars().next() {
        if !quoted && rest.starts_with("@P") {
            out.push('?');
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        quoted ^= next == '\'';
        if quoted || !rest.starts_with("N'") || before.is_alphanumeric() || before == '_' {
            out.push(next);
        }
        before = next;
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    out
}

/// Casts to SQLite's types; to times in the form in which the office keeps them.
fn casts(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("CAST(") else { return sql.to_owned() };
    let Some(end) = closing(rest) else { return sql.to_owned() };
    let (inner, behind) = (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
    let (value, kind) = inner.rsplit_once(" AS ").unwrap_or((inner, ""));
    let value = casts(value);
    let kind = kind.to_ascii_lowercase();
    let cast = match kind.as_str() {
        "date" if value.starts_with('?') => format!("(substr({value}, 1, 10) || ' 00:00:00.000000')"),
        kind if TIMES.iter().any(|time| kind.starts_with(time)) && value.starts_with('?') => {
            format!(
                "substr({value} || iif(length({value}) = 10, ' 00:00:00', '') || iif(instr({value}, '.') > 0, '', '.') \
                 || '000000', 1, 26)"
            )
        }
        kind if TIMES.iter().any(|time| kind.starts_with(time)) => value,
        kind if kind.contains("char") => format!("CAST({value} AS TEXT)"),
        kind if kind.contains("int") => format!("CAST({value} AS INTEGER)"),
        kind => format!("CAST({value} AS {kind})"),
    };
    format!("{before}{cast}{}", casts(behind))
}

/// `SELECT TOP (n) …` as `SELECT … LIMIT n`, within the parentheses that it stands in.
fn top(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("TOP (") else { return sql.to_owned() };
    let Some(end) = closing(rest) else { return sql.to_owned() };
    let (limit, behind) = (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
    let stop = closing(behind).unwrap_or(behind.len());
    let (query, outside) = behind.split_at_checked(stop).unwrap_or((behind, ""));
    format!("{before}{query} LIMIT {limit}{outside}")
}

/// The place of the parenthesis that closes what is open before `text`, outside of texts.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        match c {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        (depth < 0).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::sqlite;

    #[test]
    fn what_mappings_say_is_said_in_sqlite_s_words() {
        for (said, meant) in [
            (
                "SELECT TOP (@P1) a AS [key] FROM dbo.t WHERE b > CAST(@P2 AS datetime2(7)) ORDER BY b",
                "SELECT  a AS [key] FROM t WHERE b > substr(?2 || iif(length(?2) = 10, ' 00:00:00', '') || iif(instr(?2, '.') > 0, \
                 '', '.') || '000000', 1, 26) ORDER BY b LIMIT ?1",
            ),
            (
                "SELECT count(*) FROM (SELECT TOP (@P1) a FROM t\n) AS q",
                "SELECT count(*) FROM (SELECT  a FROM t\n LIMIT ?1) AS q",
            ),
            ("a COLLATE Latin1_General_BIN2 > N'x' AND c = 'N'", "a > 'x' AND c = 'N'"),
            ("x IN (CAST(@P1 AS varchar(8000)), @P2)", "x IN (CAST(?1 AS TEXT), ?2)"),
        ] {
            assert_eq!(sqlite(said), meant);
        }
    }
}
