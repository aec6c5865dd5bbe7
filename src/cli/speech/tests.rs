use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _, FromArgMatches as _};
use dongbo_model::Lang;

use super::vietnamese::{COMMANDS, SHARED, VALUES};
use super::{key, language, man, refused, spoken};
use crate::cli::Cli;

/// Every command and option of the program, as the table names them.
fn real() -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let mut program = Cli::command();
    program.build();
    let (mut keys, mut values) = (BTreeSet::new(), BTreeSet::new());
    gather(&program, "", &mut keys, &mut values);
    (keys, values)
}

fn gather(
    command: &Command,
    words: &str,
    keys: &mut BTreeSet<(String, String)>,
    values: &mut BTreeSet<String>,
) {
    keys.insert((words.to_owned(), String::new()));
    for argument in command.get_arguments() {
        let key = key(argument);
        if argument.get_action().takes_values() {
            values.extend(argument.get_value_names().into_iter().flatten().map(ToString::to_string));
        }
        let shared = SHARED.iter().any(|(known, _)| *known == key);
        keys.insert((if shared { String::new() } else { words.to_owned() }, key));
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        gather(inner, format!("{words} {}", inner.get_name()).trim(), keys, values);
    }
}

/// What the first has and the second has not.
fn without<T: Ord + Clone>(all: &BTreeSet<T>, known: &BTreeSet<T>) -> Vec<T> {
    all.difference(known).cloned().collect()
}

#[test]
fn every_command_and_option_has_a_vietnamese_text_and_no_other_has() {
    let (keys, values) = real();
    let mut told = BTreeSet::new();
    for (option, _) in SHARED {
        told.insert((String::new(), (*option).to_owned()));
    }
    for (words, _, options) in COMMANDS {
        told.insert(((*words).to_owned(), String::new()));
        told.extend(options.iter().map(|(option, _)| ((*words).to_owned(), (*option).to_owned())));
    }
    assert_eq!(without(&keys, &told), Vec::new(), "without a text in vietnamese.rs");
    assert_eq!(without(&told, &keys), Vec::new(), "in vietnamese.rs, and not in the program");
    let named = VALUES.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
    let same = BTreeSet::from(["N", "SHELL"].map(str::to_owned));
    assert_eq!(
        without(&values, &(&named | &same)),
        Vec::<String>::new(),
        "placeholders without a Vietnamese name"
    );
    assert_eq!(without(&named, &values), Vec::<String>::new(), "placeholders that no option has");
}

/// Every help and every manual page in a language.
fn pages(lang: Lang) -> Vec<String> {
    fn of(command: &Command, lang: Lang, pages: &mut Vec<String>) {
        pages.push(command.clone().render_long_help().to_string());
        pages.push(command.clone().render_help().to_string());
        pages.push(String::from_utf8(man(command.clone(), lang).unwrap()).unwrap());
        command.get_subcommands().for_each(|inner| of(inner, lang, pages));
    }
    let mut program = spoken(Cli::command(), lang);
    program.build();
    let mut pages = Vec::new();
    of(&program, lang, &mut pages);
    pages
}

#[test]
fn help_and_manual_pages_have_no_word_of_the_other_language() {
    for page in pages(Lang::Vi) {
        for word in [
            "Usage",
            "Options",
            "OPTIONS",
            "Commands",
            "Arguments",
            "Print ",
            "[default",
            "possible",
            "NAME",
            "[env",
            "EXTRA",
        ] {
            assert!(!page.contains(word), "{word}: {page}");
        }
        assert!(page.contains("Cách dùng: ") || page.contains(".SH \"CÚ PHÁP\""), "{page}");
    }
    for page in pages(Lang::En) {
        assert!(page.replace("Tiếng Việt", "").is_ascii(), "{page}");
    }
}

#[test]
fn help_names_defaults_values_and_variables_in_vietnamese() {
    let help =
        spoken(Cli::command(), Lang::Vi).find_subcommand("init").unwrap().clone().render_help().to_string();
    for part in [
        "Cách dùng: dongbo init [TUỲ CHỌN]\n",
        "\nTuỳ chọn:\n",
        "--dir <THƯ_MỤC>",
        "[mặc định: /etc/dongbo]",
        "[giá trị: postgres, mysql, sqlserver, sqlite]",
        "[mặc định: vi] [biến môi trường: DONGBO_LANG]",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
}

/// What is said in Vietnamese about a command line.
fn said(line: &str) -> String {
    let mut program = spoken(Cli::command(), Lang::Vi);
    let read = program.try_get_matches_from_mut(line.split(' '));
    refused(&read.and_then(|matches| Cli::from_arg_matches(&matches)).unwrap_err(), Lang::Vi)
}

#[test]
fn a_line_that_cannot_be_read_is_told_in_vietnamese() {
    for (line, part) in [
        ("dongbo statsu", "không có lệnh “statsu”\n  Có phải là: status\n"),
        ("dongbo held --lits", "không có tuỳ chọn hoặc tham số “--lits” ở đây\n  Có phải là: --list\n"),
        ("dongbo held --limit x", "giá trị “x” của “--limit <N>” không dùng được: phải là số nguyên"),
        ("dongbo held --limit", "“--limit <N>” cần một giá trị"),
        ("dongbo why", "còn thiếu: <MÃ_HỒ_SƠ>\n\nCách dùng: dongbo why "),
        (
            "dongbo init --engine oracle",
            "giá trị “oracle” của “--engine <LOẠI>” không dùng được\n  giá trị dùng được: postgres",
        ),
        ("dongbo backfill --from hôm-qua", "hãy ghi 31/01/2026, 2026-01-31 hoặc 2026-01-31T08:00:00+07:00"),
        ("dongbo held --cause lạ", "không có loại này; có "),
        ("dongbo reconcile --only x", "không có việc này; có "),
        ("dongbo reconcile --scope x", "hãy ghi month:2026-03"),
        ("dongbo backfill --from 2026-01-31 --cancel", "không dùng “--from <NGÀY>” cùng với --cancel"),
        ("dongbo check --offline --offline", "“--offline” chỉ được ghi một lần"),
    ] {
        let said = said(line);
        assert!(said.starts_with("lỗi: ") && said.contains(part), "{line}: {said}");
        assert!(!said.contains("Usage") && !said.contains("OPTIONS"), "{said}");
    }
}

#[test]
fn the_language_is_known_before_the_rest_of_the_line() {
    let of = |line: &str| language(&line.split(' ').map(Into::into).collect::<Vec<_>>());
    assert_eq!(
        (of("dongbo --lang en x"), of("dongbo x --lang=en"), of("dongbo x")),
        (Lang::En, Lang::En, Lang::Vi)
    );
}
