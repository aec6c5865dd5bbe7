//! `dongbo retry`: shows what would be tried again, asks, and has it tried again at a pace.

use std::collections::BTreeSet;

use serde::Serialize;

use super::codes::TypedCodes;
use super::consent;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::held::{CauseArg, parse_cause};
use super::output::Output;
use super::role::Role;
use super::running;
use super::table::{Cell, Side, Table};
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::{Ledger, Retried, RetryPreview, Selection};
use dongbo_model::FindingKind;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, Mode, texts};
use dongbo_sync::acts::apart;

/// Most unknown codes that are named.
const UNKNOWN_NAMED: usize = 20;

texts! {
    would_try(dossiers): "{dossiers} hồ sơ sẽ được đọc lại và gửi lại:", "{dossiers} dossiers will be read and tried again:";
    nothing(): "Không có hồ sơ nào để gửi lại.", "There is nothing to try again.";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_cause(): "Nguyên nhân", "Cause";
    waiting(): "Đang hẹn gửi lại hoặc chờ xác nhận, nay gửi ngay", "Waiting for another try or for confirmation, now sent at once";
    held_alone(): "Bị giữ, không rõ nguyên nhân", "Held without an open cause";
    pace(per_minute, span): "Mỗi phút {per_minute} hồ sơ; hồ sơ cuối đến lượt sau {span}.", "{per_minute} a minute; the last one is due in {span}.";
    at_once(): "Tất cả cùng lúc.", "All at once.";
    under_way(many): "{many} hồ sơ đang gửi hoặc đã đến lượt, không cần gửi lại.", "{many} are being sent or due already.";
    complete(many): "{many} hồ sơ đã khớp với Cổng, không cần gửi lại.", "{many} are in step with the portal already.";
    without_code(many): "{many} dòng chưa có mã hồ sơ: cấp mã ở hệ thống một cửa thì tự gửi.", "{many} rows have no dossier code: once the one-stop system gives them one, they are sent.";
    unknown(codes): "Sổ theo dõi không có mã: {codes}", "The ledger does not know: {codes}";
    question(dossiers): "Gửi lại {dossiers} hồ sơ? [c/K] ", "Try {dossiers} dossiers again? [y/N] ";
    left_alone(): "Không làm gì.", "Nothing was done.";
    done(dossiers, at): "Đã cho gửi lại {dossiers} hồ sơ; hồ sơ cuối đến lượt lúc {at}.", "{dossiers} dossiers are tried again; the last one is due at {at}.";
    would_look(dossiers): "{dossiers} hồ sơ sẽ được đọc lại và tra cứu lại:", "{dossiers} dossiers will be read and looked up again:";
    nothing_to_look(): "Không có hồ sơ nào để tra cứu lại.", "There is nothing to look up again.";
    look_waiting(): "Đang hẹn tra cứu, nay tra cứu ngay", "Waiting for another look-up, now looked up at once";
    look_under_way(many): "{many} hồ sơ đang được tra cứu hoặc đã đến lượt.", "{many} are being looked up or due already.";
    look_complete(many): "{many} hồ sơ Cổng đã có đủ.", "{many} are whole on the portal already.";
    look_without_code(many): "{many} dòng chưa có mã hồ sơ: cấp mã ở hệ thống một cửa thì được theo dõi.", "{many} rows have no dossier code: once the one-stop system gives them one, they are watched.";
    look_question(dossiers): "Tra cứu lại {dossiers} hồ sơ? [c/K] ", "Look {dossiers} dossiers up again? [y/N] ";
    looked(dossiers, at): "Đã cho tra cứu lại {dossiers} hồ sơ; hồ sơ cuối đến lượt lúc {at}.", "{dossiers} dossiers are looked up again; the last one is due at {at}.";
    no_daemon_to_look(): "dongbo không chạy; các hồ sơ này được tra cứu khi dongbo khởi động.", "The daemon does not run; they are looked up when it starts.";
    no_daemon(): "dongbo không chạy; các hồ sơ này được gửi khi dongbo khởi động.", "The daemon does not run; they are sent when it starts.";
}

/// The options of `dongbo retry`.
#[derive(Debug, Clone, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true))]
pub(super) struct RetryArgs {
    /// Dossiers by their codes, held or waiting.
    #[arg(value_name = "CODE", group = "which")]
    codes: Vec<String>,
    /// Those held for this cause: the kind of a finding, and perhaps what it is about, as in unmapped_procedure:KS09.
    #[arg(long, value_name = "KIND[:SUBJECT]", value_parser = parse_cause, group = "which")]
    cause: Option<CauseArg>,
    /// Those of this unit.
    #[arg(long, value_name = "UNIT", group = "which")]
    unit: Option<String>,
    /// All that are held.
    #[arg(long, group = "which", conflicts_with_all = ["codes", "cause", "unit"])]
    all_held: bool,
    /// Most dossiers tried again a minute; 0 for all at once.
    #[arg(long, value_name = "N", default_value_t = 600)]
    per_minute: u32,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Only show what would be tried again.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Serialize)]
struct View {
    preview: RetryPreview,
    /// The codes that were typed otherwise, with those that are meant.
    #[serde(rename = "typed_codes")]
    typed: TypedCodes,
    per_minute: u32,
    /// Whether a daemon runs; without one nothing is sent before it starts.
    daemon: bool,
    /// `None` when nothing was done.
    retried: Option<Retried>,
    /// Whether all sources are only watched, so that nothing is sent.
    #[serde(skip)]
    watches: bool,
}

/// Runs `dongbo retry`: shows the dossiers, asks, and has them tried again.
pub(super) async fn retry(globals: &Globals, args: &RetryArgs) -> Result<Ended, Failure> {
    let mut out = globals.output(&Clock::system());
    let asks = consent::is_asked_for(&out, args.yes, args.dry_run)?;
    let config = globals.load()?;
    let watches = !config.any_is(Mode::Push);
    let mut selection = args.selection();
    let way = Way::find(&config).await?;
    let mut preview = way.preview(&selection).await?;
    let typed = way.typed(&preview.unknown).await?;
    if typed.understands(&mut selection) {
        preview = way.preview(&selection).await?;
    }
    if !out.json() {
        typed.render(&mut out);
        render_preview(&preview, (args.per_minute, watches), &mut out);
        out.flush()?;
    }
    let wanted = preview.dossiers() > 0 && !args.dry_run;
    let lang = out.lang();
    let refused = wanted && asks && !consent::is_given(&asked(lang, watches, preview.dossiers()))?;
    let retried = if wanted && !refused { Some(way.retry(&selection, args.per_minute).await?) } else { None };
    let daemon = matches!(way, Way::Daemon(_));
    way.close().await;
    let ended = if refused { Ended::Failed } else { ended(&selection, &preview) };
    let view = View { preview, typed, per_minute: args.per_minute, daemon, retried, watches };
    out.show(&view, |view, out| render_done(view, refused, out))?;
    Ok(ended)
}

impl RetryArgs {
    fn selection(&self) -> Selection {
        let codes: BTreeSet<String> = self.codes.iter().map(|code| code.trim().to_owned()).collect();
        Selection {
            codes: (!codes.is_empty()).then(|| codes.into_iter().collect()),
            kind: self.cause.as_ref().map(|cause| cause.kind.name().to_owned()),
            subject: self.cause.as_ref().and_then(|cause| cause.subject.clone()),
            unit: self.unit.clone(),
        }
    }
}

/// The way to try again: through the daemon, which sends at once, or in the ledger alone while none runs.
enum Way<'c> {
    Daemon(&'c Config),
    Ledger(Ledger, Clock),
}

impl<'c> Way<'c> {
    async fn find(config: &'c Config) -> Result<Self, Failure> {
        match running::connect(config).await? {
            Some(_) => Ok(Self::Daemon(config)),
            None => Ok(Self::Ledger(running::ledger(config).await?, Clock::system())),
        }
    }

    async fn preview(&self, selection: &Selection) -> Result<RetryPreview, Failure> {
        match self {
            Self::Daemon(config) => {
                match running::ask(config, &Request::PreviewRetry { selection: selection.clone() }).await? {
                    Reply::RetryPreview(preview) => Ok(preview),
                    other => Err(ClientError::unexpected(&other).into()),
                }
            }
            Self::Ledger(ledger, clock) => Ok(ledger.preview_retry(selection, clock.now()).await?),
        }
    }

    /// What is meant by codes that nobody has as they are typed.
    async fn typed(&self, codes: &[String]) -> Result<TypedCodes, Failure> {
        let mut typed = TypedCodes::default();
        for code in codes {
            let found = match self {
                Self::Daemon(config) => {
                    match running::ask(config, &Request::FindCode { code: code.clone() }).await? {
                        Reply::CodeFound(found) => found,
                        other => return Err(ClientError::unexpected(&other).into()),
                    }
                }
                Self::Ledger(ledger, _) => ledger.find_code(code).await?,
            };
            typed.add(code, found);
        }
        Ok(typed)
    }

    async fn retry(&self, selection: &Selection, per_minute: u32) -> Result<Retried, Failure> {
        let request = Request::Retry { selection: selection.clone(), per_minute, by: running::acting_for() };
        match self {
            Self::Daemon(config) => match running::ask(config, &request).await? {
                Reply::Retried(retried) => Ok(retried),
                other => Err(ClientError::unexpected(&other).into()),
            },
            Self::Ledger(ledger, clock) => {
                running::note(ledger, &request).await?;
                Ok(ledger.retry(selection, apart(per_minute), clock.now()).await?)
            }
        }
    }

    async fn close(&self) {
        if let Self::Ledger(ledger, _) = self {
            ledger.close().await;
        }
    }
}

/// The end of the command: codes that the ledger does not know show in the exit code too.
fn ended(selection: &Selection, preview: &RetryPreview) -> Ended {
    let named = selection.codes.as_ref().map_or(0, Vec::len);
    match preview.unknown.len() {
        0 => Ended::Complete,
        unknown if unknown == named => Ended::Failed,
        _ => Ended::Partial,
    }
}

fn asked(lang: Lang, watches: bool, dossiers: u64) -> String {
    let dossiers = lang.count(dossiers);
    if watches { look_question(lang, dossiers) } else { question(lang, dossiers) }
}

fn render_preview(preview: &RetryPreview, (per_minute, watches): (u32, bool), out: &mut Output) {
    let lang = out.lang();
    let dossiers = preview.dossiers();
    if dossiers == 0 {
        out.line(if watches { nothing_to_look(lang) } else { nothing(lang) });
    } else {
        let many = lang.count(dossiers);
        out.line(if watches { would_look(lang, many) } else { would_try(lang, many) });
        out.table(&causes(lang, watches, preview));
        let span = apart(per_minute).saturating_mul(u32::try_from(dossiers - 1).unwrap_or(u32::MAX));
        out.line(match per_minute {
            0 => at_once(lang),
            _ => pace(lang, lang.count(per_minute.into()), lang.span(span)),
        });
    }
    type Told = fn(Lang, String) -> String;
    let told: [Told; 3] = match watches {
        true => [look_under_way, look_complete, look_without_code],
        false => [under_way, complete, without_code],
    };
    let counted = [preview.under_way, preview.complete, preview.without_code];
    for (many, text) in counted.into_iter().zip(told) {
        if many > 0 {
            out.line(text(lang, lang.count(many)));
        }
    }
    if !preview.unknown.is_empty() {
        let mut named: Vec<&str> = preview.unknown.iter().take(UNKNOWN_NAMED).map(String::as_str).collect();
        if preview.unknown.len() > UNKNOWN_NAMED {
            named.push("…");
        }
        out.line(out.paint(Role::Bad, &unknown(lang, named.join(", "))));
    }
}

fn causes(lang: Lang, watches: bool, preview: &RetryPreview) -> Table {
    let mut table = Table::new([(Side::Right, head_dossiers(lang)), (Side::Left, head_cause(lang))]);
    for cause in &preview.causes {
        let text = match FindingKind::from_name(&cause.kind) {
            Some(kind) => kind.line_about(lang, &cause.subject),
            None => cause.kind.clone(),
        };
        table.row([lang.count(cause.dossiers).into(), text.into()]);
    }
    if preview.causes.is_empty() && preview.held > 0 {
        table.row([lang.count(preview.held).into(), held_alone(lang).into()]);
    }
    if preview.waiting > 0 {
        table.row([
            lang.count(preview.waiting).into(),
            Cell::new(Role::Warn, if watches { look_waiting(lang) } else { waiting(lang) }),
        ]);
    }
    table
}

fn render_done(view: &View, refused: bool, out: &mut Output) {
    let lang = out.lang();
    match &view.retried {
        Some(retried) => {
            let (dossiers, at) = (lang.count(retried.dossiers), lang.second(retried.last_due_at));
            let text = if view.watches { looked(lang, dossiers, at) } else { done(lang, dossiers, at) };
            out.line(out.paint(Role::Good, &text));
            if !view.daemon {
                out.line(if view.watches { no_daemon_to_look(lang) } else { no_daemon(lang) });
            }
        }
        None if refused => out.line(left_alone(lang)),
        None => {}
    }
}
