//! Named parameters in the mapping's SQL, put into the form that each engine takes.

use std::sync::Arc;

use dongbo_model::vocabulary;
use dongbo_settings::hint::nearest;

use crate::settings::Engine;

vocabulary! {
    /// A named parameter of the mapping's SQL, which writes a colon before it.
    pub(crate) enum Param {
        /// The `changed_at` after which a page begins.
        Since = "since";
        /// The key (or, in the sweep, the code) after which a page begins.
        After = "after";
        /// The number of rows.
        Limit = "limit";
        /// The dossiers to read.
        Codes = "codes";
        /// The keys of the dossiers to read.
        Keys = "keys";
        /// The file to read.
        Key = "key";
        /// The first byte to read, counted from 1 as `substr` does.
        Start = "start";
        /// The number of bytes.
        Length = "length";
    }
}

/// The parameters that a query takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Takes<'p> {
    /// All of these.
    All(&'p [Param]),
    /// One of these.
    OneOf(&'p [Param]),
}

impl Takes<'_> {
    /// The complaint about a query that uses only `used`.
    fn lacks(self, used: &[Param]) -> Option<String> {
        let name = |param: &Param| format!(":{}", param.name());
        match self {
            Self::All(params) => {
                let unused = params.iter().find(|param| !used.contains(param))?;
                Some(format!("parameter {} is not used", name(unused)))
            }
            Self::OneOf(params) => match used {
                [] => {
                    let (first, others) = params.split_first()?;
                    let others: Vec<_> = others.iter().map(name).collect();
                    Some(format!("parameter {} is not used, nor {}", name(first), others.join(", ")))
                }
                [_] => None,
                [first, others @ ..] => {
                    let others: Vec<_> = others.iter().map(name).collect();
                    Some(format!("parameters {} and {} exclude each other", name(first), others.join(", ")))
                }
            },
        }
    }

    const fn params(&self) -> &[Param] {
        match self {
            Self::All(params) | Self::OneOf(params) => params,
        }
    }
}

/// The placeholder in the mapping's SQL for the filter of `[eligible]`.
pub(super) const ELIGIBLE: &str = "{eligible}";

/// SQL ready for one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// Table of the mapping file that it comes from, for errors.
    pub(crate) name: &'static str,
    /// The text, with the engine's own placeholders.
    pub(crate) sql: Arc<str>,
    /// The parameters behind the placeholders, in the order of their numbers.
    pub(crate) params: Vec<Param>,
    /// Whether the filter of `[eligible]` stands in it.
    pub(crate) filtered: bool,
}

impl Statement {
    /// Translates `sql` of query `name`, which must use the parameters that it `takes` and nothing else, with the filter
    /// `eligible` where it says [`ELIGIBLE`]. Errors are sentences which name the query and the parameter.
    pub(crate) fn compile(
        name: &'static str,
        engine: Engine,
        sql: &str,
        takes: Takes<'_>,
        eligible: Option<&str>,
    ) -> Result<Self, Vec<String>> {
        let mut scanner = Scanner::new(engine, sql, eligible);
        scanner.out = format!("/* dongbo {name} */ ");
        let mut wrong = scanner.run(takes.params());
        if wrong.is_empty() {
            wrong.extend(takes.lacks(&scanner.params));
        }
        if wrong.is_empty() {
            let sql = scanner.out.trim_end().trim_end_matches(';').into();
            Ok(Self { name, sql, params: scanner.params, filtered: scanner.filtered })
        } else {
            Err(placed(name, engine, wrong))
        }
    }
}

/// The condition of `[eligible]` for one engine, checked: it takes no parameters and leaves no parenthesis open, so that it
/// can stand within any query.
pub(super) fn condition(engine: Engine, sql: &str) -> Result<String, Vec<String>> {
    let mut scanner = Scanner::new(engine, sql, None);
    let mut wrong = scanner.run(&[]);
    if sql.trim().is_empty() {
        wrong.push("it is empty".to_owned());
    }
    if wrong.is_empty() && (scanner.depth != 0 || scanner.closes_too_much) {
        wrong.push("its parentheses do not match".to_owned());
    }
    // A comment that nothing ends goes to the end of its line.
    if wrong.is_empty() {
        Ok(format!("({}\n)", scanner.out.trim()))
    } else {
        Err(placed("eligible", engine, wrong))
    }
}

fn placed(name: &str, engine: Engine, wrong: Vec<String>) -> Vec<String> {
    wrong.into_iter().map(|problem| format!("[{name}].{}: {problem}", engine.name())).collect()
}

/// `true` when the character after `before` goes on with a name or number.
fn continues_a_word(before: char) -> bool {
    before.is_alphanumeric() || before == '_'
}

/// Walks over the SQL of one query.
struct Scanner<'s> {
    rest: &'s str,
    engine: Engine,
    out: String,
    params: Vec<Param>,
    /// Stands for [`ELIGIBLE`].
    eligible: Option<&'s str>,
    filtered: bool,
    /// Parentheses that are open.
    depth: i32,
    closes_too_much: bool,
}

impl<'s> Scanner<'s> {
    const fn new(engine: Engine, rest: &'s str, eligible: Option<&'s str>) -> Self {
        Self {
            rest,
            engine,
            out: String::new(),
            params: Vec::new(),
            eligible,
            filtered: false,
            depth: 0,
            closes_too_much: false,
        }
    }
    /// Copies the text to its end, with a placeholder for each parameter, and gives what is wrong with it.
    fn run(&mut self, allowed: &[Param]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut before = ' ';
        while let Some(next) = self.rest.chars().next() {
            if next == '{' {
                match self.filter() {
                    Ok(true) => {
                        before = ' ';
                        continue;
                    }
                    Ok(false) => {}
                    Err(problem) => wrong.push(problem),
                }
            }
            match self.parameter() {
                Some(Ok((param, length))) if allowed.contains(&param) => {
                    self.placeholder(param);
                    self.skip(length);
                    before = ' ';
                    continue;
                }
                Some(Ok((param, _))) => {
                    let list = list(allowed);
                    wrong.push(format!(
                        "parameter :{} cannot be used here; parameters are {list}",
                        param.name()
                    ));
                }
                Some(Err(name)) => {
                    let hint = nearest(&name, allowed.iter().map(|param| param.name()))
                        .map_or_else(String::new, |name| format!(", did you mean :{name}?"));
                    wrong.push(format!("unknown parameter :{name}{hint}, there are {}", list(allowed)));
                }
                None => wrong.extend(self.foreign_placeholder(next, before)),
            }
            let opaque = self.opaque(next, before);
            if opaque.is_none() {
                self.count_parenthesis(next);
            }
            let length = opaque.unwrap_or_else(|| next.len_utf8());
            before = self.copy(length).unwrap_or(' ');
        }
        wrong
    }

    /// Puts the filter in the place of the name in braces that begins here; `false` when none begins.
    fn filter(&mut self) -> Result<bool, String> {
        let inner = self.rest.get(1..).and_then(|rest| rest.split_once('}')).map(|(inner, _)| inner);
        let name = inner.filter(|inner| inner.chars().all(|c| c.is_alphanumeric() || c == '_'));
        let Some(name) = name else { return Ok(false) };
        if self.rest.starts_with(ELIGIBLE) {
            let condition = self.eligible.ok_or("{eligible} stands here, but the file has no [eligible]")?;
            self.out.push_str(condition);
            self.filtered = true;
            self.skip(ELIGIBLE.len());
            return Ok(true);
        }
        Err(format!("unknown name {{{name}}} in braces, there is {ELIGIBLE}"))
    }

    fn count_parenthesis(&mut self, next: char) {
        self.depth += match next {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        self.closes_too_much |= self.depth < 0;
    }

    /// The complaint about a placeholder in the engine's own form, where one begins.
    fn foreign_placeholder(&self, next: char, before: char) -> Option<String> {
        match (next, self.engine) {
            ('?' | '@' | '$', Engine::Sqlite) => {
                Some(format!("placeholder {next} is not accepted, use named parameters like :codes"))
            }
            ('$', Engine::Postgres) => {
                let numbered = self.rest.get(1..)?.starts_with(|digit: char| digit.is_ascii_digit());
                (numbered && !continues_a_word(before))
                    .then(|| "placeholders like $1 are not accepted, use named parameters".to_owned())
            }
            _ => None,
        }
    }

    /// The length of the quoted text, comment or cast that begins here, in which no parameter stands.
    fn opaque(&self, next: char, before: char) -> Option<usize> {
        let postgres = self.engine == Engine::Postgres;
        match next {
            '\'' if postgres && matches!(before, 'e' | 'E') && self.is_escape_string() => {
                Some(self.escape_string())
            }
            '\'' | '"' => Some(self.quoted(next)),
            '`' if !postgres => Some(self.quoted('`')),
            '[' if !postgres => Some(self.through("]")),
            '-' if self.rest.starts_with("--") => Some(self.through("\n")),
            '/' if self.rest.starts_with("/*") => Some(self.block_comment()),
            '$' if postgres && !continues_a_word(before) => {
                self.dollar_tag().map(|tag| self.dollar_quoted(&tag))
            }
            ':' if self.rest.starts_with("::") => Some(2),
            _ => None,
        }
    }

    /// Copies `length` bytes and gives the last character of them.
    fn copy(&mut self, length: usize) -> Option<char> {
        let (done, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.push_str(done);
        self.rest = rest;
        done.chars().next_back()
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or("");
    }

    fn placeholder(&mut self, param: Param) {
        let number = self.params.iter().position(|known| *known == param).unwrap_or_else(|| {
            self.params.push(param);
            self.params.len() - 1
        }) + 1;
        let mark = if self.engine == Engine::Postgres { '$' } else { '?' };
        self.out.push_str(&format!("{mark}{number}"));
    }

    /// The parameter that begins here, with its length; its name when there is no such parameter; `None` when none
    /// begins, as at the colons of a cast or of an array slice.
    fn parameter(&self) -> Option<Result<(Param, usize), String>> {
        let after = self.rest.strip_prefix(':')?;
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len());
        let name = after.get(..end)?;
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        Some(Param::from_name(name).map(|param| (param, end + 1)).ok_or_else(|| name.to_owned()))
    }

    fn through(&self, end: &str) -> usize {
        self.rest.find(end).map_or(self.rest.len(), |at| at + end.len())
    }

    /// A doubled quote ends one quoted text and begins another, which comes to the same.
    fn quoted(&self, quote: char) -> usize {
        let inner = self.rest.get(1..).unwrap_or("");
        inner.find(quote).map_or(self.rest.len(), |at| at + 2)
    }

    /// `true` when the `E` before the quote stands alone, and is no end of a name.
    fn is_escape_string(&self) -> bool {
        let mut back = self.out.chars().rev().skip(1);
        !back.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    fn escape_string(&self) -> usize {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '\'' => return at + 1,
                _ => {}
            }
        }
        self.rest.len()
    }

    /// PostgreSQL's comments nest, SQLite's do not.
    fn block_comment(&self) -> usize {
        let mut depth = 0_usize;
        let mut at = 0;
        while let Some(rest) = self.rest.get(at..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with("/*") && (depth == 0 || self.engine == Engine::Postgres) {
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
        self.rest.len()
    }

    /// The `$tag$` that begins here.
    fn dollar_tag(&self) -> Option<String> {
        let after = self.rest.get(1..)?;
        let end = after.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        let tag = after.get(..end)?;
        let closes = after.get(end..)?.starts_with('$') && !tag.starts_with(|c: char| c.is_ascii_digit());
        closes.then(|| format!("${tag}$"))
    }

    fn dollar_quoted(&self, tag: &str) -> usize {
        let inner = self.rest.get(tag.len()..).unwrap_or("");
        inner.find(tag).map_or(self.rest.len(), |at| at + 2 * tag.len())
    }
}

fn list(params: &[Param]) -> String {
    params.iter().map(|param| format!(":{}", param.name())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Param, Statement, Takes, condition};
    use crate::settings::Engine;

    fn compiled(engine: Engine, sql: &str, needed: &[Param]) -> Result<(String, Vec<Param>), Vec<String>> {
        Statement::compile("t", engine, sql, Takes::All(needed), None)
            .map(|done| (done.sql.trim_start_matches("/* dongbo t */ ").to_owned(), done.params))
    }

    #[test]
    fn parameters_are_numbered_by_first_use_in_either_engine() {
        let sql = "SELECT * FROM t WHERE a > :since OR (a = :since AND id > :after) LIMIT :limit;";
        let needed = [Param::Since, Param::After, Param::Limit];
        let expected = "SELECT * FROM t WHERE a > $1 OR (a = $1 AND id > $2) LIMIT $3";
        assert_eq!(compiled(Engine::Postgres, sql, &needed), Ok((expected.to_owned(), needed.to_vec())));
        let expected = expected.replace('$', "?");
        assert_eq!(compiled(Engine::Sqlite, sql, &needed), Ok((expected, needed.to_vec())));
    }

    #[test]
    fn quotes_comments_casts_and_slices_are_left_alone() {
        let untouched = [
            "':x' || 'it''s :x'",
            "E'\\':x'",
            "nameE':x'",
            "\"a:x\"",
            "-- :x '\n",
            "/* :x /* ' */ :x */",
            "$$:x$$ $t$:x $$ :x$t$",
            "a::text a[1:2] a ? 'k'",
            "'Đã xử lý :x'",
        ];
        for text in untouched {
            let (sql, _) = compiled(Engine::Postgres, &format!("{text} = :codes"), &[Param::Codes]).unwrap();
            assert_eq!(sql, format!("{text} = $1"));
        }
        let (sql, _) = compiled(Engine::Sqlite, "`:x` [:x] /* /* */ :codes", &[Param::Codes]).unwrap();
        assert_eq!(sql, "`:x` [:x] /* /* */ ?1");
    }

    #[test]
    fn a_wrong_parameter_is_named_with_its_query() {
        let wrong = |engine, sql| compiled(engine, sql, &[Param::Codes]).unwrap_err().join("\n");
        assert_eq!(
            wrong(Engine::Postgres, "x = :code"),
            "[t].postgres: unknown parameter :code, did you mean :codes?, there are :codes"
        );
        assert!(wrong(Engine::Sqlite, "x = :codes LIMIT :limit").contains(":limit cannot be used here"));
        assert!(wrong(Engine::Sqlite, "x = 1").contains("parameter :codes is not used"));
        assert!(wrong(Engine::Postgres, "x = $1").contains("placeholders like $1"));
        assert!(wrong(Engine::Sqlite, "x = ?1").contains("placeholder ?"));
    }
    #[test]
    fn a_query_takes_one_of_several_parameters() {
        let compiled = |sql| {
            let takes = Takes::OneOf(&[Param::Codes, Param::Keys]);
            Statement::compile("t", Engine::Postgres, sql, takes, None).map(|done| done.params)
        };
        assert_eq!(compiled("a = ANY(:keys) AND b = ANY(:keys)"), Ok(vec![Param::Keys]));
        let wrong = |sql| compiled(sql).unwrap_err().join("\n");
        assert_eq!(wrong("a"), "[t].postgres: parameter :codes is not used, nor :keys");
        let both = wrong("a = ANY(:keys) AND b = ANY(:codes)");
        assert_eq!(both, "[t].postgres: parameters :keys and :codes exclude each other");
    }

    #[test]
    fn the_filter_stands_where_its_name_does_and_nowhere_else() {
        let filter = condition(Engine::Sqlite, " a <> '(' OR b -- no ) draft\n ").unwrap();
        let sql = "SELECT '{eligible}' FROM t WHERE {eligible} AND c = :codes";
        let takes = Takes::All(&[Param::Codes]);
        let done = Statement::compile("t", Engine::Sqlite, sql, takes, Some(&filter)).unwrap();
        let expected = "/* dongbo t */ SELECT '{eligible}' FROM t \
                        WHERE (a <> '(' OR b -- no ) draft\n) AND c = ?1";
        assert_eq!((&*done.sql, done.filtered), (expected, true));
        let without = Statement::compile("t", Engine::Sqlite, sql, takes, None).unwrap_err();
        assert_eq!(without, ["[t].sqlite: {eligible} stands here, but the file has no [eligible]"]);
        let misspelt = sql.replace("{eligible} AND", "{eligble} AND");
        let wrong = Statement::compile("t", Engine::Sqlite, &misspelt, takes, Some(&filter)).unwrap_err();
        assert_eq!(wrong, ["[t].sqlite: unknown name {eligble} in braces, there is {eligible}"]);
    }

    #[test]
    fn a_condition_that_cannot_stand_within_a_query_is_refused() {
        for (sql, said) in [
            (" ", "it is empty"),
            ("a) OR (b", "its parentheses do not match"),
            ("(a", "its parentheses do not match"),
            ("a = :codes", ":codes cannot be used here"),
            ("{eligible}", "{eligible} stands here"),
        ] {
            let wrong = condition(Engine::Postgres, sql).unwrap_err().join("\n");
            assert!(wrong.starts_with("[eligible].postgres: ") && wrong.contains(said), "{wrong}");
        }
    }
}
