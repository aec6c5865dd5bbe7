//! The pages of `dongbo resend`: the dossiers that were chosen, the progress, and the results.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::terminal;
use super::Chosen;
use crate::config::Config;
use dongbo_ledger::{ResendState, ResentState};
use dongbo_model::{Lang, texts};
use dongbo_sync::resend::{Preview, Progress, ResultRow, Way};

/// Time between two lines where there is no terminal.
const LINE_EVERY: TimeDelta = TimeDelta::seconds(10);

texts! {
    unknown(codes): "Sổ theo dõi không có mã: {codes}", "The ledger does not know: {codes}";
    ask_push(dossiers): "Gửi lại {dossiers}? [c/K] ", "Send {dossiers} again? [y/N] ";
    ask_bridge(dossiers): "Nhờ cầu nối gửi lại {dossiers}? [c/K] ", "Have the bridge send {dossiers} again? [y/N] ";
    ask_both(dossiers): "Gửi lại {dossiers}, mỗi hồ sơ theo cách trên? [c/K] ", "Have {dossiers} sent again, each in its way? [y/N] ";
    ask_list(dossiers): "Ghi danh sách {dossiers}? [c/K] ", "Write the list of {dossiers}? [y/N] ";
    did_nothing(): "Không làm gì.", "Nothing was done.";
    goes_on(): "Việc gửi lại vẫn chạy trong dịch vụ dongbo. Xem tiếp: dongbo resend. Tạm dừng, dừng hẳn: dongbo resend --pause, --cancel", "It goes on in the daemon. To see it: dongbo resend. To have it wait or end it: dongbo resend --pause, --cancel";
    none(): "Chưa có lần gửi lại nào.", "Nothing was ever sent again.";
    order_line(state, by, at): "Việc gửi lại: {state}, {by} yêu cầu {at}", "Sending again: {state}, ordered by {by} {at}";
    reason_line(words): "Lý do: {words}", "Reason: {words}";
    line(many, state): "{many} {state}", "{many} {state}";
    file_line(path): "Kết quả từng hồ sơ: {path}", "Each dossier's result: {path}";
    list_line(path): "Danh sách: {path}", "The list: {path}";
    started(): "Đã nhận yêu cầu; xem: dongbo resend", "It is ordered; to see it: dongbo resend";
    started_push(): "Các hồ sơ này được tra cứu và gửi ngay khi dongbo chạy.", "They are looked up and sent as soon as dongbo runs.";
}

/// The question before anything is done.
pub(super) fn question(lang: Lang, preview: &Preview) -> String {
    let dossiers = lang.dossiers(preview.dossiers);
    match preview.ways.as_slice() {
        [(Way::Push, _)] => ask_push(lang, dossiers),
        [(Way::Bridge, _)] => ask_bridge(lang, dossiers),
        [(Way::List, _)] => ask_list(lang, dossiers),
        _ => ask_both(lang, dossiers),
    }
}

/// The codes and lists as they were understood.
pub(super) fn chosen(chosen: &Chosen, out: &mut Output) {
    let lang = out.lang();
    chosen.typed_codes.render(out);
    if !chosen.unknown.is_empty() {
        out.line(out.paint(Role::Bad, &unknown(lang, chosen.unknown.join(", "))));
    }
    let Some(list) = &chosen.list else { return };
    let (told, left) = list.told(lang);
    out.line(told);
    for line in left {
        out.line(out.paint(Role::Warn, &line));
    }
}

/// The display of the progress: one line that is written over on a terminal, lines now and then elsewhere.
pub(super) struct Show {
    quiet: bool,
    terminal: bool,
    shown_at: Option<DateTime<Utc>>,
}

impl Show {
    pub(super) fn new(globals: &Globals) -> Self {
        Self { quiet: globals.json, terminal: terminal::is_errors(), shown_at: None }
    }

    pub(super) fn update(&mut self, line: &str, now: DateTime<Utc>) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        if self.terminal {
            return terminal::tell_over(line);
        }
        if self.shown_at.is_some_and(|at| now - at < LINE_EVERY) {
            return Ok(());
        }
        self.shown_at = Some(now);
        terminal::tell(line)
    }

    pub(super) fn end(&self) -> io::Result<()> {
        if self.terminal && !self.quiet { terminal::tell_over("") } else { Ok(()) }
    }

    pub(super) fn leave(&self, word: &str) -> io::Result<()> {
        if self.quiet { Ok(()) } else { terminal::tell(word) }
    }
}

/// The sentence for those who leave it running.
pub(super) fn detached(lang: Lang) -> String {
    goes_on(lang)
}

/// The end of a command that did nothing.
pub(super) fn left_alone(refused: bool, out: &mut Output) {
    if refused {
        out.line(did_nothing(out.lang()));
    }
}

/// The end of a command: what came of it, or that it goes on without it.
pub(super) fn done(
    preview: &Preview,
    rows: &[ResultRow],
    file: Option<&Path>,
    detached: bool,
    out: &mut Output,
) {
    let lang = out.lang();
    let is_list = preview.is_only(Way::List);
    if rows.is_empty() {
        let asked = detached && preview.watches();
        out.line(if asked { started(lang) } else { started_push(lang) });
        return;
    }
    if !is_list {
        let mut states: BTreeMap<&str, u64> = BTreeMap::new();
        for row in rows {
            *states.entry(row.state).or_default() += 1;
        }
        for (state, many) in states {
            let words = ResentState::from_name(state).map_or(state, |state| state.text(lang));
            let role = if state == "arrived" { Role::Good } else { Role::Warn };
            out.line(out.paint(role, &line(lang, lang.count(many), words)));
        }
    }
    if let Some(path) = file {
        let path = path.display().to_string();
        out.line(if is_list { list_line(lang, path) } else { file_line(lang, path) });
    }
}

/// How the last order stands.
pub(super) fn order(now: Option<&Progress>, config: &Config, file: Option<&Path>, out: &mut Output) {
    let lang = out.lang();
    let Some(now) = now else {
        out.line(none(lang));
        return;
    };
    let ordered = lang.near(now.order.started_at, out.now());
    out.line(order_line(lang, now.order.state.text(lang), &now.order.by, ordered));
    if !now.order.reason.is_empty() {
        out.line(out.paint(Role::Warn, &reason_line(lang, &now.order.reason)));
    }
    let counts = now.counts;
    for (many, state) in [
        (counts.waiting, ResentState::Waiting),
        (counts.asked, ResentState::Asked),
        (counts.arrived, ResentState::Arrived),
        (counts.lacking, ResentState::Lacking),
        (counts.failed, ResentState::Failed),
    ] {
        if many > 0 {
            out.line(format!("  {}", line(lang, lang.count(many), state.text(lang))));
        }
    }
    if now.order.state == ResendState::Running {
        out.line(format!("  {}", now.line(&config.bridge, lang)));
    }
    if let Some(path) = file {
        out.line(file_line(lang, path.display()));
    }
}
