//! PostgreSQL's dialect, in which the tests are written, turned into MySQL's: so that one text of a test serves both servers.

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
    quoted(&pairs(&sql))
}

/// The mapping with what it says to PostgreSQL said to MySQL too, where it says nothing to it itself.
pub(crate) fn mapping(text: &str) -> String {
    let mut table: toml::Table = text.parse().unwrap();
    speak(&mut table);
    toml::to_string(&table).unwrap()
}

fn speak(table: &mut toml::Table) {
    if let Some(toml::Value::String(sql)) = table.get("postgres") {
        let sql = toml::Value::String(mysql(sql));
        table.entry("mysql").or_insert(sql);
    }
    for (_, value) in table.iter_mut() {
        match value {
            toml::Value::Table(table) => speak(table),
            toml::Value::Array(all) => all.iter_mut().filter_map(toml::Value::as_table_mut).for_each(speak),
            _ => {}
        }
    }
}

/// `(a, b) > (c, d)`, for which MySQL has no use of an index, as conditions of one column each.
fn pairs(sql: &str) -> String {
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
    let rest = pairs(&right[end + 1..]);
    format!("{}({a} > {c} OR ({a} = {c} AND {b} > {d})){rest}", &left[..start])
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
fn quoted(sql: &str) -> String {
    let mut out = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find(|c: char| c.is_alphanumeric() || c == '_') {
        let before = rest[..at].chars().next_back().or(out.chars().next_back());
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        if RESERVED.contains(&word) && !matches!(before, Some(':' | '`')) {
            out.push_str(&format!("`{word}`"));
        } else {
            out.push_str(word);
        }
        rest = behind;
    }
    out + rest
}

/// The example's SQL for PostgreSQL, turned into MySQL's dialect, is its SQL for MySQL: so all that these tests prove holds for it.
#[test]
fn the_examples_for_mysql_are_those_for_postgresql_in_its_dialect() {
    for text in [
        include_str!("../../../../config/mapping.example.toml"),
        include_str!("../../../../config/mapping.json-column.example.toml"),
    ] {
        let written: toml::Table = text.parse().unwrap();
        let spoken: toml::Table = mapping(&crate::support::without_mysql(text)).parse().unwrap();
        assert_eq!(spoken, written);
    }
}
