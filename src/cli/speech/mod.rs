//! The language of the command line itself: help, manual pages, and what is said about a line that cannot be read.
//!
//! The doc comments beside the options are the English text. [`vietnamese`] has the other one.

mod man;
mod refusal;
mod vietnamese;

pub(super) use man::man;
pub(super) use refusal::{Advice, meant, refused};

use std::ffi::OsString;

use clap::builder::Str;
use clap::{Arg, Command};
use dongbo_model::Lang;

use vietnamese::{COMMANDS, EXIT_CODES, HELP, Page, SHARED, VALUES};

/// The option that names the language, and the variable that does where the option is not given.
const OPTION: &str = "--lang";
const VARIABLE: &str = "DONGBO_LANG";

/// The place of the options that every command has, in the help of one.
const AFTER_THE_OWN: usize = 1_000;

/// The language that a command line asks for, before it is known whether the rest of it can be read.
pub(super) fn language(typed: &[OsString]) -> Lang {
    let words = || typed.iter().map(|word| word.to_string_lossy());
    let after = words().skip_while(|word| word != OPTION).nth(1);
    let joined = words().find_map(|word| Some(word.strip_prefix(OPTION)?.strip_prefix('=')?.to_owned()));
    let named = after.map(|word| word.into_owned()).or(joined).or_else(|| std::env::var(VARIABLE).ok());
    named.and_then(|name| Lang::from_name(&name)).unwrap_or_default()
}

/// Whether a command line asks for JSON, before it is known whether the rest of it can be read.
pub(super) fn wants_json(typed: &[OsString]) -> bool {
    typed.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// The command line with its texts in `lang`.
pub(super) fn spoken(mut program: Command, lang: Lang) -> Command {
    match lang {
        Lang::En => program,
        Lang::Vi => {
            // Only then do the commands know what they inherit, and what clap adds to them.
            program.build();
            translated(program.after_help(EXIT_CODES), "")
        }
    }
}

/// A command, and those below it, in Vietnamese.
fn translated(command: Command, words: &str) -> Command {
    let page = if command.get_name() == HELP.0 { Some(&HELP) } else { page(words) };
    let own = page.map_or(&[][..], |(_, _, options)| options);
    let header = *command.get_styles().get_header();
    let mut command = command
        .mut_args(|argument| {
            match find(own, &key(&argument)) {
                Some(text) => argument_in_vietnamese(argument, Some(text)),
                None => {
                    let text = find(SHARED, &key(&argument));
                    argument_in_vietnamese(argument, text).display_order(AFTER_THE_OWN)
                }
            }
        })
        .subcommand_help_heading("Lệnh")
        .subcommand_value_name("LỆNH")
        .help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{header}Cách dùng:{header:#} {{usage}}\n\n{{all-args}}{{after-help}}"
        ));
    if let Some((_, about, _)) = page {
        command = command.about(*about).long_about(None::<&str>);
    }
    let usage = command.render_usage().ansi().to_string();
    let usage = usage.split_once(' ').map_or("", |(_, usage)| usage).replace("[OPTIONS]", "[TUỲ CHỌN]");
    // `help` has the commands again that stand beside it.
    let before = words.strip_suffix(HELP.0).unwrap_or(words).trim_end();
    command.override_usage(usage).mut_subcommands(|inner| {
        let words = format!("{before} {}", inner.get_name());
        translated(inner, words.trim_start())
    })
}

fn page(words: &str) -> Option<&'static Page> {
    COMMANDS.iter().find(|(known, ..)| *known == words)
}

fn argument_in_vietnamese(mut argument: Arg, text: Option<&str>) -> Arg {
    let english = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut help = text.map_or(english, str::to_owned);
    if argument.get_action().takes_values() {
        for note in notes(&argument) {
            help.push_str(&format!(" [{note}]"));
        }
        let named = argument.get_value_names().map(|names| names.iter().map(value).collect::<Vec<_>>());
        if let Some(names) = named {
            argument = argument.value_names(names);
        }
    }
    let heading = if argument.is_positional() { "Tham số" } else { "Tuỳ chọn" };
    argument
        .help(help)
        .long_help(None::<&str>)
        .help_heading(heading)
        .hide_default_value(true)
        .hide_possible_values(true)
        .hide_env(true)
}

/// The note about an option's values that clap would write in English.
fn notes(argument: &Arg) -> Vec<String> {
    let mut notes = Vec::new();
    let possible: Vec<_> =
        argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if !possible.is_empty() && !argument.is_hide_possible_values_set() {
        notes.push(format!("giá trị: {}", possible.join(", ")));
    }
    let usual: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !usual.is_empty() && !argument.is_hide_default_value_set() {
        notes.push(format!("mặc định: {}", usual.join(" ")));
    }
    if let Some(variable) = argument.get_env() {
        notes.push(format!("biến môi trường: {}", variable.to_string_lossy()));
    }
    notes
}

/// The name of an option or positional argument in the table.
fn key(argument: &Arg) -> String {
    match (argument.get_long(), argument.get_value_names()) {
        (Some(long), _) => format!("--{long}"),
        (None, Some([name, ..])) => name.to_string(),
        (None, _) => argument.get_id().to_string(),
    }
}

/// The Vietnamese placeholder for a value.
fn value(name: &Str) -> Str {
    find(VALUES, name).map_or_else(|| name.clone(), Str::from)
}

fn find<'t>(texts: &[(&str, &'t str)], key: &str) -> Option<&'t str> {
    texts.iter().find(|(known, _)| *known == key).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests;
