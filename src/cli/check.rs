//! `dongbo check`: shows whether everything that start-up needs is in order, and the remedy where it is not.

use serde::Serialize;

use super::as_service;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::table::{Cell, Side, Table};
use super::wrap::width;
use crate::check::{self, Given, Item, Outcome, Report, Scope};
use crate::config::Entry;
use crate::systemd::notify::Notifier;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

/// The options of `dongbo check`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Options {
    /// Ask neither the local database nor the portal, as before the service starts.
    #[arg(long)]
    offline: bool,
    /// Show the configuration in force too: every value, where it comes from, secrets masked.
    #[arg(long)]
    show: bool,
    /// End with exit code 3 when there are warnings.
    #[arg(long)]
    strict: bool,
    /// Most dossiers to read, to see whether they can be sent.
    #[arg(long, value_name = "N", default_value_t = 200)]
    sample: usize,
}

#[derive(Serialize)]
struct View {
    /// The worst of all checks.
    outcome: Outcome,
    #[serde(flatten)]
    report: Report,
    /// The configuration in force, when it was asked for and could be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<Vec<Entry>>,
}

texts! {
    configuration_in_force(): "Cấu hình đang có hiệu lực", "Configuration in force";
    key(): "Khoá", "Key";
    value(): "Giá trị", "Value";
    origin(): "Nguồn", "Origin";
    checks(): "Kiểm tra", "Checks";
    summary(ok, warn, fail, skipped): "{ok} đạt, {warn} lưu ý, {fail} lỗi, {skipped} bỏ qua", "{ok} ok, {warn} to note, {fail} failed, {skipped} skipped";
}

/// Makes all checks and shows them, of the service's configuration as the service's user would. Warnings alone leave the exit
/// code at 0 unless `--strict` is given.
pub(super) async fn run(globals: &Globals, options: &Options) -> Result<Ended, Failure> {
    if let Some(ended) = as_service::again(globals) {
        return Ok(ended);
    }
    let clock = Clock::system();
    let given = Given::read(globals.config.as_deref());
    let scope = Scope { offline: options.offline, sample: options.sample };
    let output = globals.output(&clock);
    let report = check::run(&given, scope, &clock, output.lang()).await;
    if let Some(failure) = failures(&report) {
        Notifier::from_environment(|name| std::env::var_os(name), std::process::id()).status(&failure);
    }
    let worst = [Outcome::Fail, Outcome::Warn].into_iter().find(|outcome| report.count(*outcome) > 0);
    let ended = match worst {
        Some(Outcome::Fail) if report.is_misconfigured() => Ended::Usage,
        Some(Outcome::Fail) => Ended::Failed,
        Some(_) if options.strict => Ended::Partial,
        _ => Ended::Complete,
    };
    let configuration = options.show.then_some(given.entries);
    output.show(&View { outcome: worst.unwrap_or(Outcome::Ok), report, configuration }, render)?;
    Ok(ended)
}

/// The failures in one line for `systemctl status`; `None` when nothing did.
fn failures(report: &Report) -> Option<String> {
    let failed = report.items.iter().filter(|item| item.outcome == Outcome::Fail);
    let told: Vec<String> = failed
        .map(|item| {
            let evidence = item.details.iter().filter_map(|detail| detail.lines().next());
            std::iter::once(item.message.as_str()).chain(evidence).collect::<Vec<_>>().join("; ")
        })
        .collect();
    (!told.is_empty()).then(|| told.join(" | "))
}

fn render(view: &View, output: &mut Output) {
    let lang = output.lang();
    if let Some(entries) = &view.configuration {
        output.heading(&configuration_in_force(lang));
        let heads = [key(lang), value(lang), origin(lang)].map(|head| (Side::Left, head));
        let mut table = Table::new(heads);
        for entry in entries {
            let place = Cell::new(Role::Faint, entry.origin.to_string());
            table.row([entry.key.as_str().into(), entry.value.as_str().into(), place]);
        }
        output.table(&table);
        output.heading(&checks(lang));
    }
    let widest = view.report.items.iter().map(|item| width(&item.title)).max().unwrap_or_default();
    let shown = |outcome: Outcome| view.report.items.iter().filter(move |item| item.outcome == outcome);
    for item in [Outcome::Ok, Outcome::Skipped, Outcome::Warn].into_iter().flat_map(shown) {
        show(item, widest, output);
    }
    output.gap();
    let count = |outcome| view.report.count(outcome);
    let (ok, warn) = (count(Outcome::Ok), count(Outcome::Warn));
    let line = summary(lang, ok, warn, count(Outcome::Fail), count(Outcome::Skipped));
    let line = output.paint(role(view.outcome), &line);
    output.line(line);
    // Last, because the end is what stays on a screen, and what `systemctl status` shows of a start that failed.
    for item in shown(Outcome::Fail) {
        show(item, widest, output);
    }
}

fn show(item: &Item, widest: usize, output: &mut Output) {
    let lang = output.lang();
    let word = word(item.outcome, lang);
    let longest = [Outcome::Ok, Outcome::Warn, Outcome::Fail, Outcome::Skipped]
        .map(|outcome| width(self::word(outcome, lang)))
        .into_iter()
        .max()
        .unwrap_or_default();
    let fill = |text: &str, to: usize| " ".repeat(to.saturating_sub(width(text)));
    let painted = output.paint(role(item.outcome), word);
    let line = format!(
        "{painted}{}  {}{}  {}",
        fill(word, longest),
        item.title,
        fill(&item.title, widest),
        item.message
    );
    output.hanging(&line, longest + widest + 4);
    let indent = " ".repeat(longest + 4);
    for line in item.details.iter().flat_map(|detail| detail.lines()) {
        output.line(format!("{indent}{line}"));
    }
    if let Some(remedy) = &item.remedy {
        let remedy = output.paint(Role::Strong, &format!("→ {remedy}"));
        output.line(format!("{indent}{remedy}"));
    }
}

const fn word(outcome: Outcome, lang: Lang) -> &'static str {
    match outcome {
        Outcome::Ok => lang.pick("đạt", "ok"),
        Outcome::Warn => lang.pick("lưu ý", "note"),
        Outcome::Fail => lang.pick("LỖI", "FAILED"),
        Outcome::Skipped => lang.pick("bỏ qua", "skipped"),
    }
}

const fn role(outcome: Outcome) -> Role {
    match outcome {
        Outcome::Ok => Role::Good,
        Outcome::Warn => Role::Warn,
        Outcome::Fail => Role::Bad,
        Outcome::Skipped => Role::Faint,
    }
}
