//! A walk over the SQL of one query, with the engine's own placeholders in the place of named parameters.

use dongbo_settings::hint::nearest;

use super::lexis::{continues_a_word, opaque};
use super::param::Param;
use crate::settings::Engine;

/// The placeholder in the mapping's SQL for the filter of `[eligible]`.
pub(super) const ELIGIBLE: &str = "{eligible}";

/// Stands where MySQL and SQL Server, which have no arrays, are given a list: as many placeholders as the list has members. It is none of the
/// characters that anybody writes.
pub(crate) const LIST: char = '\u{10FFFD}';

/// Walks over the SQL of one query.
pub(super) struct Scanner<'s> {
    rest: &'s str,
    engine: Engine,
    pub(super) out: String,
    pub(super) params: Vec<Param>,
    /// Stands for [`ELIGIBLE`].
    eligible: Option<&'s str>,
    pub(super) filtered: bool,
    /// Parentheses that are open.
    pub(super) depth: i32,
    pub(super) closes_too_much: bool,
    /// Whether a statement ends in it.
    pub(super) ends: bool,
}

impl<'s> Scanner<'s> {
    pub(super) const fn new(engine: Engine, rest: &'s str, eligible: Option<&'s str>) -> Self {
        Self {
            rest,
            engine,
            out: String::new(),
            params: Vec::new(),
            eligible,
            filtered: false,
            depth: 0,
            closes_too_much: false,
            ends: false,
        }
    }

    /// Copies the text to its end, with a placeholder for each parameter, and gives what is wrong with it.
    pub(super) fn run(&mut self, allowed: &[Param]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut before = ' ';
        if self.rest.contains(LIST) {
            wrong.push("it holds the character U+10FFFD, which means nothing".to_owned());
        }
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
            let opaque = opaque(self.engine, &self.out, before, self.rest);
            if opaque.is_none() {
                self.count_parenthesis(next);
                self.ends |= next == ';';
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
            ('?' | '@' | '$', Engine::Sqlite) | ('?' | '@', Engine::Mysql | Engine::Sqlserver) => {
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

    /// Copies `length` bytes and gives the last character of them.
    fn copy(&mut self, length: usize) -> Option<char> {
        let (done, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.out.push_str(done);
        self.rest = rest;
        done.chars().next_back()
    }

    /// The parameters that stand in the text, each once.
    pub(super) fn used(&self) -> Vec<Param> {
        let mut used: Vec<Param> = Vec::new();
        self.params.iter().for_each(|param| {
            if !used.contains(param) {
                used.push(*param);
            }
        });
        used
    }

    fn skip(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or("");
    }

    fn placeholder(&mut self, param: Param) {
        if self.engine == Engine::Mysql {
            self.params.push(param);
            self.out.push(if param.is_list() { LIST } else { '?' });
            return;
        }
        let number = self.params.iter().position(|known| *known == param).unwrap_or_else(|| {
            self.params.push(param);
            self.params.len() - 1
        }) + 1;
        let mark = match self.engine {
            Engine::Postgres => "$",
            Engine::Sqlserver if param.is_list() => {
                self.out.push(LIST);
                return;
            }
            Engine::Sqlserver => "@P",
            // Bare, it would have the statement prepared anew for each number.
            Engine::Sqlite if param == Param::Limit => "+?",
            Engine::Sqlite | Engine::Mysql => "?",
        };
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
}

fn list(params: &[Param]) -> String {
    params.iter().map(|param| format!(":{}", param.name())).collect::<Vec<_>>().join(" ")
}
