//! Named parameters in the mapping's SQL, put into the form that each engine takes.

use std::sync::Arc;

use super::one_reading;
use super::param::{Param, Takes};
use super::scanner::Scanner;
use crate::settings::Engine;

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
    /// Translates `sql` of query `name`, one statement that reads, which must use the parameters that it `takes` and nothing
    /// else, with the filter `eligible` where it says `{eligible}`. Errors are sentences which name the query and the parameter.
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
            wrong.extend(takes.lacks(&scanner.used()));
        }
        // With the filter in it: a quote that one of the two leaves open would hide what stands in the other.
        wrong.extend(one_reading::refuse(engine, &scanner.out));
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
    if scanner.ends {
        wrong.push("it has a ; outside of quotes, but is a part of other queries".to_owned());
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

#[cfg(test)]
mod tests {
    use super::{Param, Statement, Takes, condition};
    use crate::mapping::LIST;
    use crate::settings::Engine;

    fn compiled(engine: Engine, sql: &str, needed: &[Param]) -> Result<(String, Vec<Param>), Vec<String>> {
        Statement::compile("t", engine, &format!("SELECT {sql}"), Takes::All(needed), None)
            .map(|done| (done.sql.trim_start_matches("/* dongbo t */ SELECT ").to_owned(), done.params))
    }

    #[test]
    fn parameters_are_numbered_by_first_use_in_either_engine() {
        let sql = "* FROM t WHERE a > :since OR (a = :since AND id > :after) LIMIT :limit;";
        let needed = [Param::Since, Param::After, Param::Limit];
        let expected = "* FROM t WHERE a > $1 OR (a = $1 AND id > $2) LIMIT $3";
        assert_eq!(compiled(Engine::Postgres, sql, &needed), Ok((expected.to_owned(), needed.to_vec())));
        let expected = expected.replace("LIMIT $", "LIMIT +$").replace('$', "?");
        assert_eq!(compiled(Engine::Sqlite, sql, &needed), Ok((expected, needed.to_vec())));
        let expected = "* FROM t WHERE a > ? OR (a = ? AND id > ?) LIMIT ?".to_owned();
        let each = vec![Param::Since, Param::Since, Param::After, Param::Limit];
        assert_eq!(compiled(Engine::Mysql, sql, &needed), Ok((expected, each)), "one for each use");
    }

    #[test]
    fn mysql_s_quotes_and_comments_are_left_alone_and_what_it_would_run_in_one_is_refused() {
        for text in ["'\\':x'", "\"\\\":x\"", "`a:x`", "# :x '\n", "-- :x '\n", "'it''s :x'", "1--1"] {
            let (sql, _) = compiled(Engine::Mysql, &format!("{text} IN (:codes)"), &[Param::Codes]).unwrap();
            assert_eq!(sql, format!("{text} IN ({LIST})"));
        }
        for (text, said) in [
            ("1 /*! INTO OUTFILE '/tmp/x' */", "the server runs what stands in it"),
            ("1 /*M! + 1 */", "the server runs what stands in it"),
            ("1 INTO OUTFILE '/tmp/x'", "INTO"),
            ("@a := 1", "placeholder @"),
            ("a = ?", "placeholder ?"),
        ] {
            let wrong = compiled(Engine::Mysql, &format!("{text} IN (:codes)"), &[Param::Codes]).unwrap_err();
            assert!(wrong.join(" ").contains(said), "{text}: {wrong:?}");
        }
    }

    #[test]
    fn parameters_of_sql_server_are_numbered_and_lists_stand_for_themselves() {
        let sql = "TOP (:limit) * FROM t WHERE a >= :since AND (a > :since OR id > :after)";
        let (sql, params) =
            compiled(Engine::Sqlserver, sql, &[Param::Since, Param::After, Param::Limit]).unwrap();
        assert_eq!(sql, "TOP (@P1) * FROM t WHERE a >= @P2 AND (a > @P2 OR id > @P3)");
        assert_eq!(params, [Param::Limit, Param::Since, Param::After]);
        for text in ["N'it''s :x'", "[a:x]", "[a]]:x]", "\"a:x\"", "-- :x '\n", "/* /* :x */ :x */ 1"] {
            let (sql, _) =
                compiled(Engine::Sqlserver, &format!("{text} IN (:codes)"), &[Param::Codes]).unwrap();
            assert_eq!(sql, format!("{text} IN ({LIST})"));
        }
        for (text, said) in [("@x", "placeholder @"), ("a = ?", "placeholder ?"), ("1 DROP TABLE t", "DROP")]
        {
            let wrong =
                compiled(Engine::Sqlserver, &format!("{text} IN (:codes)"), &[Param::Codes]).unwrap_err();
            assert!(wrong.join(" ").contains(said), "{text}: {wrong:?}");
        }
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
            let sql = format!("SELECT {sql}");
            Statement::compile("t", Engine::Postgres, &sql, takes, None).map(|done| done.params)
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
    fn a_quote_that_the_filter_leaves_open_hides_no_second_statement() {
        let sql = "SELECT 1 FROM t WHERE {eligible} ' ; VACUUM INTO 'x' --' AND c = :codes";
        for open in ["1 = 1 '", "1 = 1 /*", "1 = 1 \""] {
            let filter = condition(Engine::Sqlite, open).unwrap();
            let query =
                sql.replacen('\'', if open.ends_with('*') { "*/" } else { open.get(6..).unwrap() }, 1);
            let wrong =
                Statement::compile("t", Engine::Sqlite, &query, Takes::All(&[]), Some(&filter)).unwrap_err();
            assert!(wrong.join("\n").contains("more than one statement"), "{query}: {wrong:?}");
        }
    }

    #[test]
    fn a_condition_that_cannot_stand_within_a_query_is_refused() {
        for (sql, said) in [
            (" ", "it is empty"),
            ("a) OR (b", "its parentheses do not match"),
            ("(a", "its parentheses do not match"),
            ("a = :codes", ":codes cannot be used here"),
            ("{eligible}", "{eligible} stands here"),
            ("a; DELETE FROM t", "it has a ; outside of quotes"),
        ] {
            let wrong = condition(Engine::Postgres, sql).unwrap_err().join("\n");
            assert!(wrong.starts_with("[eligible].postgres: ") && wrong.contains(said), "{wrong}");
        }
    }
}
