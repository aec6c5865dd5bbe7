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
        /// The file to read.
        Key = "key";
        /// The first byte to read, counted from 1 as `substr` does.
        Start = "start";
        /// The number of bytes.
        Length = "length";
    }
}

/// SQL ready for one engine.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    /// Table of the mapping file that it comes from, for errors.
    pub(crate) name: &'static str,
    /// The text, with the engine's own placeholders.
    pub(crate) sql: Arc<str>,
    /// The parameters behind the placeholders, in the order of their numbers.
    pub(crate) params: Vec<Param>,
}

impl Statement {
    /// Translates `sql` of query `name`, which must use each of `needed` and nothing else. Errors are sentences
    /// which name the query and the parameter.
    pub(crate) fn compile(
        name: &'static str,
        engine: Engine,
        sql: &str,
        needed: &[Param],
    ) -> Result<Self, Vec<String>> {
        let mut scanner =
            Scanner { rest: sql, engine, out: format!("/* dongbo {name} */ "), params: Vec::new() };
        let place = format!("[{name}].{}", engine.name());
        let mut wrong: Vec<String> =
            scanner.run(needed).into_iter().map(|problem| format!("{place}: {problem}")).collect();
        for param in needed {
            if wrong.is_empty() && !scanner.params.contains(param) {
                wrong.push(format!("{place}: parameter :{} is not used", param.name()));
            }
        }
        if wrong.is_empty() {
            Ok(Self {
                name,
                sql: scanner.out.trim_end().trim_end_matches(';').into(),
                params: scanner.params,
            })
        } else {
            Err(wrong)
        }
    }
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
}

impl Scanner<'_> {
    /// Copies the text to its end, with a placeholder for each parameter, and gives what is wrong with it.
    fn run(&mut self, allowed: &[Param]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut before = ' ';
        while let Some(next) = self.rest.chars().next() {
            match self.parameter() {
                Some(Ok((param, length))) if allowed.contains(&param) => {
                    self.placeholder(param);
                    self.skip(length);
                    before = ' ';
                    continue;
                }
                Some(Ok((param, _))) => {
                    let list = list(allowed);
                    wrong.push(format!("parameter :{} has no place here, there are {list}", param.name()));
                }
                Some(Err(name)) => {
                    let hint = nearest(&name, allowed.iter().map(|param| param.name()))
                        .map_or_else(String::new, |name| format!(", did you mean :{name}?"));
                    wrong.push(format!("unknown parameter :{name}{hint}, there are {}", list(allowed)));
                }
                None => wrong.extend(self.foreign_placeholder(next, before)),
            }
            let length = self.opaque(next, before).unwrap_or_else(|| next.len_utf8());
            before = self.copy(length).unwrap_or(' ');
        }
        wrong
    }

    /// The complaint about a placeholder in the engine's own form, where one begins.
    fn foreign_placeholder(&self, next: char, before: char) -> Option<String> {
        match (next, self.engine) {
            ('?' | '@' | '$', Engine::Sqlite) => {
                Some(format!("placeholder {next} is not taken, use named parameters like :codes"))
            }
            ('$', Engine::Postgres) => {
                let numbered = self.rest.get(1..)?.starts_with(|digit: char| digit.is_ascii_digit());
                (numbered && !continues_a_word(before))
                    .then(|| "placeholders like $1 are not taken, use named parameters".to_owned())
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
    use super::{Param, Statement};
    use crate::settings::Engine;

    fn compiled(engine: Engine, sql: &str, needed: &[Param]) -> Result<(String, Vec<Param>), Vec<String>> {
        Statement::compile("t", engine, sql, needed)
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
        assert!(wrong(Engine::Sqlite, "x = :codes LIMIT :limit").contains(":limit has no place here"));
        assert!(wrong(Engine::Sqlite, "x = 1").contains("parameter :codes is not used"));
        assert!(wrong(Engine::Postgres, "x = $1").contains("placeholders like $1"));
        assert!(wrong(Engine::Sqlite, "x = ?1").contains("placeholder ?"));
    }
}
