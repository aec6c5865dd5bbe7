//! The pages of `dongbo resend`: the dossiers that were chosen, the progress, and the results.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::super::failure::Failure;
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::terminal;
use super::results::ResultRow;
use super::{Chosen, Part, Way};
use crate::config::Config;
use crate::control::ResendProgress;
use dongbo_ledger::{Ledger, ResendCounts, ResendState, ResentState};
use dongbo_model::{Lang, texts};

/// Time between two lines where there is no terminal.
const LINE_EVERY: TimeDelta = TimeDelta::seconds(10);
/// Most numbers of lines that are named.
const LINES_NAMED: usize = 40;

texts! {
    read(lines, codes): "Danh sách: {lines} dòng, {codes} hồ sơ.", "The list: {lines} lines, {codes} dossiers.";
    repeated(many): "{many} dòng lặp lại.", "{many} lines name a dossier again.";
    not_found(many, lines): "{many} dòng không có mã hồ sơ nào trong sổ theo dõi: dòng {lines}", "{many} lines without a code that the ledger knows: lines {lines}";
    unclear(many, lines): "{many} dòng khớp với nhiều mã: dòng {lines}", "{many} lines with a code that fits several: lines {lines}";
    unknown(codes): "Sổ theo dõi không có mã: {codes}", "The ledger does not know: {codes}";
    nothing(): "Không có hồ sơ nào để gửi lại.", "There is nothing to send again.";
    would_push(dossiers): "{dossiers} sẽ được tra cứu trên Cổng, thiếu gì gửi nấy.", "{dossiers} will be looked up, and what the portal lacks is sent.";
    would_bridge(dossiers, calls, span): "Sẽ nhờ cầu nối gửi lại {dossiers}: {calls} yêu cầu, khoảng {span}, rồi tra cứu xem hồ sơ nào đã đến.", "The bridge will be asked to send {dossiers} again: {calls} requests, about {span}, and then a look-up of each.";
    would_list(dossiers): "Chưa cấu hình cầu nối ([bridge]): sẽ ghi danh sách {dossiers} cho người có cầu nối.", "No bridge is configured ([bridge]): a list of {dossiers} will be written for whoever has one.";
    in_step(many): "Trong đó {many} đã khớp với Cổng theo lần tra cứu gần nhất.", "{many} of them are in step with the portal by the last look-up.";
    held(many): "{many} đang bị giữ.", "{many} of them are held.";
    ask_push(dossiers): "Gửi lại {dossiers}? [c/K] ", "Send {dossiers} again? [y/N] ";
    ask_bridge(dossiers): "Nhờ cầu nối gửi lại {dossiers}? [c/K] ", "Have the bridge send {dossiers} again? [y/N] ";
    ask_both(dossiers): "Gửi lại {dossiers}, mỗi hồ sơ theo cách trên? [c/K] ", "Have {dossiers} sent again, each in its way? [y/N] ";
    ask_list(dossiers): "Ghi danh sách {dossiers}? [c/K] ", "Write the list of {dossiers}? [y/N] ";
    did_nothing(): "Không làm gì.", "Nothing was done.";
    amount(done, of): "Đã có kết quả {done}/{of}", "Results of {done}/{of}";
    of_bridge(done, of, asked): "Đã có kết quả {done}/{of}; {asked} chờ tra cứu", "Results of {done}/{of}; {asked} to be looked up";
    left(span): "còn khoảng {span}", "about {span} left";
    goes_on(): "Việc gửi lại vẫn chạy trong dịch vụ dongbo. Xem tiếp: dongbo resend. Tạm dừng, dừng hẳn: dongbo resend --pause, --cancel", "It goes on in the daemon. To see it: dongbo resend. To have it wait or end it: dongbo resend --pause, --cancel";
    none(): "Chưa có lần gửi lại nào.", "Nothing was ever sent again.";
    order_line(state, by, at): "Gửi lại qua cầu nối: {state}, {by} yêu cầu {at}", "By the bridge: {state}, ordered by {by} {at}";
    reason_line(words): "Lý do: {words}", "Reason: {words}";
    line(many, state): "{many} {state}", "{many} {state}";
    file_line(path): "Kết quả từng hồ sơ: {path}", "Each dossier's result: {path}";
    list_line(path): "Danh sách: {path}", "The list: {path}";
    started(): "Đã nhận yêu cầu; xem: dongbo resend", "It is ordered; to see it: dongbo resend";
    started_push(): "Các hồ sơ này được tra cứu và gửi ngay khi dongbo chạy.", "They are looked up and sent as soon as dongbo runs.";
}

/// The preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Preview {
    pub(super) dossiers: u64,
    /// Of these, those that are in step with the portal as far as is known.
    in_step: u64,
    held: u64,
    /// Requests to the bridge; 0 where none is asked.
    calls: u64,
    /// Seconds that these take at least.
    takes_s: u64,
    /// The ways in which they are sent again, and how many in each.
    #[serde(skip)]
    ways: Vec<(Way, u64)>,
}

impl Preview {
    pub(super) async fn of(ledger: &Ledger, config: &Config, parts: &[Part]) -> Result<Self, Failure> {
        let (mut in_step, mut held) = (0, 0);
        for some in parts.iter().flat_map(|part| part.codes.chunks(1_000)) {
            let names: Vec<&str> = some.iter().map(String::as_str).collect();
            for standing in ledger.standings(&names).await?.values() {
                in_step += u64::from(standing.rests);
                held += u64::from(standing.held);
            }
        }
        let many = |part: &Part| (part.way, u64::try_from(part.codes.len()).unwrap_or(u64::MAX));
        let ways: Vec<(Way, u64)> = parts.iter().map(many).collect();
        let dossiers = ways.iter().map(|(_, many)| many).sum();
        let asked: u64 = ways.iter().filter(|(way, _)| *way == Way::Bridge).map(|(_, many)| many).sum();
        let calls = asked.saturating_mul(config.bridge.calls().into());
        Ok(Self { dossiers, in_step, held, calls, takes_s: takes(config, calls).as_secs(), ways })
    }

    /// Whether dongbo itself sends some.
    pub(super) fn sends(&self) -> bool {
        self.ways.iter().any(|(way, _)| *way == Way::Push)
    }

    /// Whether some are of sources that are only watched.
    pub(super) fn watches(&self) -> bool {
        self.ways.iter().any(|(way, _)| *way != Way::Push)
    }

    fn is_only(&self, way: Way) -> bool {
        self.ways.iter().all(|(its, _)| *its == way)
    }

    pub(super) fn render(&self, out: &mut Output) {
        let lang = out.lang();
        if self.dossiers == 0 {
            out.line(nothing(lang));
            return;
        }
        for (way, many) in &self.ways {
            let dossiers = lang.dossiers(*many);
            out.line(match way {
                Way::Push => would_push(lang, dossiers),
                Way::Bridge => {
                    let span = lang.span(Duration::from_secs(self.takes_s));
                    would_bridge(lang, dossiers, lang.count(self.calls), span)
                }
                Way::List => would_list(lang, dossiers),
            });
        }
        for (many, text) in [(self.in_step, in_step as fn(Lang, String) -> String), (self.held, held)] {
            if many > 0 {
                out.line(text(lang, lang.count(many)));
            }
        }
    }
}

/// The time that so many requests to the bridge take at least, with the look-up after the last.
fn takes(config: &Config, calls: u64) -> Duration {
    let gaps = u32::try_from(calls.saturating_sub(1)).unwrap_or(u32::MAX);
    match calls {
        0 => Duration::ZERO,
        _ => config.bridge.between.saturating_mul(gaps).saturating_add(config.bridge.look_up_after),
    }
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
    let many = |number: usize| lang.count(u64::try_from(number).unwrap_or(u64::MAX));
    out.line(read(lang, lang.count(list.lines), many(list.codes.len())));
    if list.repeated > 0 {
        out.line(repeated(lang, lang.count(list.repeated)));
    }
    for (lines, text) in
        [(&list.not_found, not_found as fn(Lang, String, String) -> String), (&list.unclear, unclear)]
    {
        if !lines.is_empty() {
            let mut named: Vec<String> = lines.iter().take(LINES_NAMED).map(usize::to_string).collect();
            if lines.len() > LINES_NAMED {
                named.push("…".to_owned());
            }
            out.line(out.paint(Role::Warn, &text(lang, many(lines.len()), named.join(", "))));
        }
    }
}

/// How far it has come.
pub(super) struct Follow {
    done: u64,
    of: u64,
    /// Asked for, and not looked up yet.
    asked: Option<u64>,
    left: Option<Duration>,
}

impl Follow {
    pub(super) fn of_push(of: usize, waiting: usize) -> Self {
        let many = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Self { done: many(of.saturating_sub(waiting)), of: many(of), asked: None, left: None }
    }

    pub(super) fn of_bridge(now: &ResendProgress, config: &Config) -> Self {
        let ResendCounts { waiting, asked, .. } = now.counts;
        let of = now.counts.all();
        let calls = waiting.saturating_mul(config.bridge.calls().into());
        let left =
            takes(config, calls).max(if asked > 0 { config.bridge.look_up_after } else { Duration::ZERO });
        Self { done: of.saturating_sub(waiting + asked), of, asked: Some(asked), left: Some(left) }
    }

    fn line(&self, lang: Lang) -> String {
        let (done, of) = (lang.count(self.done), lang.count(self.of));
        let mut line = match self.asked {
            Some(asked) => of_bridge(lang, done, of, lang.count(asked)),
            None => amount(lang, done, of),
        };
        if let Some(span) = self.left.filter(|left| !left.is_zero()) {
            line = format!("{line} · {}", left(lang, lang.span(span)));
        }
        line
    }
}

/// The display of the progress: one line that is written over on a terminal, lines now and then elsewhere.
pub(super) struct Show {
    lang: Lang,
    quiet: bool,
    terminal: bool,
    shown_at: Option<DateTime<Utc>>,
}

impl Show {
    pub(super) fn new(globals: &Globals) -> Self {
        Self { lang: globals.lang, quiet: globals.json, terminal: terminal::is_errors(), shown_at: None }
    }

    pub(super) fn update(&mut self, follow: &Follow, now: DateTime<Utc>) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let line = follow.line(self.lang);
        if self.terminal {
            return terminal::tell_over(&line);
        }
        if self.shown_at.is_some_and(|at| now - at < LINE_EVERY) {
            return Ok(());
        }
        self.shown_at = Some(now);
        terminal::tell(&line)
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
pub(super) fn order(now: Option<&ResendProgress>, config: &Config, file: Option<&Path>, out: &mut Output) {
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
        out.line(format!("  {}", Follow::of_bridge(now, config).line(lang)));
    }
    if let Some(path) = file {
        out.line(file_line(lang, path.display()));
    }
}
