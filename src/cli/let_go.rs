//! `dongbo let-go`: accepts that a source was taken out of the configuration before all that it had was sent.

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;

use super::consent;
use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::running;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_ledger::Ledger;
use dongbo_model::clock::Clock;
use dongbo_model::{Lang, texts};

texts! {
    would(dossiers, name): "{dossiers} của nguồn {name} chưa gửi hết sẽ không gửi nữa. Những gì Cổng đã có thì giữ nguyên. Khai lại nguồn này thì các hồ sơ đó được gửi tiếp.", "{dossiers} of source {name} that were not sent whole will no longer be sent. What the portal has of them stays. Should the source be named again, they are gone on with.";
    question(name): "Thôi không gửi những hồ sơ đó của nguồn {name}? [c/K] ", "Let them go, of source {name}? [y/N] ";
    left_alone(): "Không làm gì.", "Nothing was done.";
    done(dossiers): "Đã thôi: {dossiers} không gửi nữa.", "Let go: {dossiers} are no longer sent.";
}

/// The options of `dongbo let-go`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct LetGoArgs {
    /// The source, which the configuration names no more.
    #[arg(value_name = "SOURCE", value_parser = NonEmptyStringValueParser::new())]
    name: String,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// Only show how many dossiers it is about.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Serialize)]
struct View {
    source: String,
    /// Its dossiers that were not sent whole.
    dossiers: u64,
    /// Whether they were let go.
    done: bool,
}

/// Runs `dongbo let-go`.
pub(super) async fn let_go(globals: &Globals, args: &LetGoArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let mut out = globals.output(&Clock::system());
    let lang = out.lang();
    let asks = consent::is_asked_for(&out, args.yes, args.dry_run)?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let stranded = ledger.stranded(None).await;
    ledger.close().await;
    let mut stranded = stranded?;
    let Some(dossiers) = stranded.remove(&args.name) else {
        return Err(Failure::NotLeft { name: args.name.clone(), left: stranded.into_keys().collect() });
    };
    if !out.json() {
        out.line(would(lang, lang.dossiers(dossiers), &args.name));
        out.flush()?;
    }
    let refused = !args.dry_run && asks && !consent::is_given(&question(lang, &args.name))?;
    let wanted = !args.dry_run && !refused;
    if wanted {
        settle(&config, &args.name).await?;
    }
    let view = View { source: args.name.clone(), dossiers, done: wanted };
    out.show(&view, |view, out| render(view, refused, lang, out))?;
    Ok(if refused { Ended::Failed } else { Ended::Complete })
}

/// Through the daemon, or in the ledger alone while none runs.
async fn settle(config: &Config, name: &str) -> Result<(), Failure> {
    let request = Request::LetGo { source: name.to_owned(), by: running::acting_for() };
    if running::connect(config).await?.is_some() {
        return match running::ask(config, &request).await? {
            Reply::LetGo(_) => Ok(()),
            other => Err(ClientError::unexpected(&other).into()),
        };
    }
    let ledger = running::ledger(config).await?;
    running::note(&ledger, &request).await?;
    let done = ledger.let_go(name, Clock::system().now()).await;
    ledger.close().await;
    Ok(done.map(drop)?)
}

fn render(view: &View, refused: bool, lang: Lang, out: &mut Output) {
    if view.done {
        out.line(out.paint(Role::Good, &done(lang, lang.dossiers(view.dossiers))));
    } else if refused {
        out.line(left_alone(lang));
    }
}
