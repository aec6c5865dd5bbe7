//! PostgreSQL's dialect, in which the tests are written, turned into MySQL's and SQL Server's: so that one text of a test serves all
//! servers.

use crate::support::Make;

/// Names of ours that MySQL reserves.
const RESERVED: [&str; 3] = ["key", "procedure", "database"];

/// The types that are cast to, in both dialects.
const TYPES: [(&str, &str); 5] = [
    ("AS text)", "AS char)"),
    ("AS bigint)", "AS signed)"),
    ("AS integer)", "AS signed)"),
    ("AS numeric)", "AS decimal(30))"),
    ("AS timestamptz)", "AS datetime(6))"),
];

/// A query, or several statements.
pub(crate) fn mysql(sql: &str) -> String {
    let mut sql = sql.replace("CAST(:since AS timestamptz)", ":since");
    for list in [":codes", ":keys"] {
        sql = sql.replace(&format!("= ANY({list})"), &format!("IN ({list})"));
    }
    for (from, to) in TYPES {
        sql = sql.replace(from, to);
    }
    sql = sql.replace("ma_ho_so COLLATE \"C\"", "CAST(ma_ho_so AS BINARY)");
    sql = sql.replace("khoa COLLATE \"C\"", "CAST(khoa AS BINARY)");
    sql = sql.replace("code COLLATE \"C\"", "CAST(code AS BINARY)");
    let sql = pairs(&sql, |[a, b], [c, d]| format!("({a} > {c} OR ({a} = {c} AND {b} > {d}))"));
    quoted(&sql, ['`', '`'])
}

/// A query for SQL Server.
fn sqlserver(sql: &str) -> String {
    let mut sql = sql
        .replace("AS timestamptz)", "AS datetime2)")
        .replace("COLLATE \"C\"", "COLLATE Latin1_General_BIN2");
    for list in [":codes", ":keys"] {
        sql = sql.replace(&format!("= ANY({list})"), &format!("IN ({list})"));
    }
    sql = sql.replace("AS text)", "AS nvarchar(400))");
    let without_limit = sql.replace("\nLIMIT :limit", "").replace(" LIMIT :limit", "");
    if without_limit != sql {
        sql = without_limit.replacen("SELECT ", "SELECT TOP (:limit) ", 1);
    }
    let sql = pairs(&sql, |[a, b], [c, d]| format!("({a} >= {c} AND ({a} > {c} OR {b} > {d}))"));
    quoted(&sql, ['[', ']'])
}

/// The mapping with what it says to PostgreSQL said to another server too, where it says nothing to it itself.
pub(crate) fn mapping(text: &str, make: Make) -> String {
    let mut table: toml::Table = text.parse().unwrap();
    match make {
        Make::Mysql => speak(&mut table, "mysql", mysql),
        Make::Sqlserver => speak(&mut table, "sqlserver", sqlserver),
        Make::Sqlite | Make::Postgres => {}
    }
    toml::to_string(&table).unwrap()
}

fn speak(table: &mut toml::Table, key: &str, say: fn(&str) -> String) {
    if let Some(toml::Value::String(sql)) = table.get("postgres") {
        let sql = toml::Value::String(say(sql));
        table.entry(key).or_insert(sql);
    }
    for (_, value) in table.iter_mut() {
        match value {
            toml::Value::Table(table) => speak(table, key, say),
            toml::Value::Array(all) => {
                all.iter_mut().filter_map(toml::Value::as_table_mut).for_each(|table| speak(table, key, say));
            }
            _ => {}
        }
    }
}

/// `(a, b) > (c, d)`, for which MySQL has no use of an index and SQL Server no words, as conditions of one column each.
fn pairs(sql: &str, condition: fn([&str; 2], [&str; 2]) -> String) -> String {
    let Some(middle) = sql.find(") > (") else { return sql.to_owned() };
    let (left, right) = (&sql[..middle], &sql[middle + 5..]);
    let mut depth = 0;
    let start = left.char_indices().rev().find_map(|(at, c)| {
        depth += i32::from(c == ')') - i32::from(c == '(');
        (depth < 0).then_some(at)
    });
    let end = closing(right);
    let (Some(start), Some(end)) = (start, end) else { return sql.to_owned() };
    let (Some((a, b)), Some((c, d))) = (split(&left[start + 1..]), split(&right[..end])) else {
        return sql.to_owned();
    };
    let rest = pairs(&right[end + 1..], condition);
    format!("{}{}{rest}", &left[..start], condition([a, b], [c, d]))
}

/// The place of the parenthesis that closes what is open before `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (depth < 0).then_some(at)
    })
}

/// Both members of a pair.
fn split(pair: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let comma = pair.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (c == ',' && depth == 0).then_some(at)
    })?;
    Some((pair[..comma].trim(), pair[comma + 1..].trim()))
}

/// Reserved names in the quotes that make them names.
fn quoted(sql: &str, [open, close]: [char; 2]) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(|c: char| c.is_alphanumeric() || c == '_') {
        let before = rest[..at].chars().next_back().or(out.chars().next_back());
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if RESERVED.contains(&word) && before != Some(':') && before != Some(open) {
            out.push_str(&format!("{open}{word}{close}"));
        } else {
            out.push_str(word);
        }
        rest = behind;
    }
    out + rest
}

/// The example's SQL for PostgreSQL, turned into another dialect, is its SQL for that server: so all that these tests prove holds for it.
#[test]
fn the_examples_for_other_servers_are_those_for_postgresql_in_their_dialects() {
    for text in [
        include_str!("../../../../config/mapping.example.toml"),
        include_str!("../../../../config/mapping.json-column.example.toml"),
    ] {
        let written: toml::Table = text.parse().unwrap();
        let in_mysql = mapping(&crate::support::without_dialects(text), Make::Mysql);
        let spoken: toml::Table = mapping(&in_mysql, Make::Sqlserver).parse().unwrap();
        assert_eq!(spoken, written);
    }
}
