//! `dongbo switch`: what dongbo would send if it sent instead of only watching, counted over all dossiers and shown for one.

use std::collections::BTreeMap;

use clap::builder::NonEmptyStringValueParser;
use serde::Serialize;
use serde_json::Value;

use super::codes;
use super::failure::{Ended, Failure};
use super::globals::{Globals, read_dossier, source_named};
use super::output::Output;
use super::role::Role;
use super::table::{Side, Table};
use crate::config::Config;
use dongbo_ledger::{Lacking, Ledger, Whose};
use dongbo_model::clock::Clock;
use dongbo_model::{DifferenceKind, Dossier, DossierCode, Lang, Mode, texts};
use dongbo_portal::Reader;
use dongbo_source::Reading;

/// Kinds of differences that are named.
const KINDS_NAMED: usize = 8;

texts! {
    watches(): "Hiện dongbo chỉ theo dõi. Nếu chuyển sang gửi:", "dongbo only watches now. If it sent:";
    of_sources(names): "Nguồn: {names}.", "Sources: {names}.";
    pushes(): "Hiện dongbo đang gửi. Những gì Cổng còn thiếu:", "dongbo sends now. What the portal lacks:";
    would_create(many): "tạo {many} hồ sơ", "create {many} dossiers";
    would_update(many): "cập nhật {many} hồ sơ", "update {many} dossiers";
    would_append(steps, many): "thêm {steps} bước vào {many} hồ sơ", "append {steps} steps to {many} dossiers";
    equal(many): "để yên {many} hồ sơ đã khớp", "leave {many} dossiers that are in step";
    unknown(many): "{many} hồ sơ chưa tra cứu trên Cổng từ khi có người khác gửi: chưa biết phải gửi gì.", "{many} dossiers were not looked up since somebody else may have sent: what would be sent is not known.";
    steps_differ(many): "{many} hồ sơ có bước trên Cổng không phải của mình: nội dung thì gửi, bước thì giữ lại.", "{many} dossiers have steps on the portal that are not ours: their content would be sent, their steps held.";
    held(many): "{many} hồ sơ bị giữ, không gửi.", "{many} dossiers are held and not sent.";
    not_sent(many): "{many} hồ sơ không gửi ở trạng thái hiện tại, theo tệp ánh xạ.", "{many} dossiers are not sent at their status, by the mapping.";
    most_in(): "Khác nhiều nhất ở:", "They differ most in:";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_kind(): "Khác biệt", "Difference";
    head_subject(): "Ở", "In";
    example(code): "Hồ sơ {code} sẽ được gửi như sau (chữ riêng tư được che):", "Dossier {code} would be written so (personal texts are covered):";
    no_example(code): "Không đọc được hồ sơ {code} ở một cửa.", "Dossier {code} cannot be read in the local system.";
    how_to_push(keys): "Để chuyển: tắt cầu nối, đặt {keys} = \"push\", rồi dongbo reload. Mọi hồ sơ chưa khớp được tra cứu lại trước khi gửi. Xem docs/watch.md.", "To switch: turn the bridge off, set {keys} = \"push\", then dongbo reload. Whatever is not in step is looked up once more before it is sent. See docs/watch.md.";
    how_to_watch(keys): "Để chỉ theo dõi: đặt {keys} = \"watch\", rồi dongbo reload.", "To only watch: set {keys} = \"watch\", then dongbo reload.";
    covered(many): "‹{many} ký tự›", "‹{many} characters›";
}

/// The options of `dongbo switch`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SwitchArgs {
    /// Only dossiers of this unit.
    #[arg(long, value_name = "UNIT", value_parser = NonEmptyStringValueParser::new())]
    unit: Option<String>,
    /// Only dossiers of this source; of several, otherwise those that are only watched.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    source: Option<String>,
    /// Show this dossier as it would be written; one that differs when left out.
    #[arg(long, value_name = "CODE")]
    show: Option<String>,
}

/// The calls that would be made.
#[derive(Debug, Serialize)]
struct SwitchView {
    mode: &'static str,
    /// The sources whose dossiers are counted.
    sources: Vec<String>,
    #[serde(flatten)]
    lacking: Lacking,
    /// The kinds of differences, the most frequent first.
    differs_most_in: Vec<KindView>,
    /// One dossier as it would be written, with its personal texts covered.
    example: Option<ExampleView>,
}

#[derive(Debug, Serialize)]
struct KindView {
    kind: &'static str,
    subject: String,
    dossiers: u64,
    #[serde(skip)]
    text: &'static str,
}

#[derive(Debug, Serialize)]
struct ExampleView {
    code: String,
    /// `null` when the local system does not give it as a dossier.
    wire: Option<Value>,
}

/// Runs `dongbo switch`. Nothing is sent or changed.
pub(super) async fn switch(globals: &Globals, args: &SwitchArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let counted = Counted::of(&config, args)?;
    let whose = counted.whose(args);
    let lacking = ledger.lacking(&whose).await?;
    let code = match &args.show {
        Some(typed) => Some(codes::known(&ledger, typed).await?),
        None => ledger.example_of_lacking(&whose).await?,
    };
    let giver = match &code {
        Some(code) => ledger.givers(code).await?.0,
        None => None,
    };
    let differs_most_in = most(&ledger, &whose, globals.lang).await?;
    ledger.close().await;
    let example = match code {
        Some(code) => {
            let wire = written(&config, &clock, (&code, giver.as_deref()), globals.lang).await?;
            Some(ExampleView { code, wire })
        }
        None => None,
    };
    let Counted { mode, sources, keys } = counted;
    let view = SwitchView { mode: mode.name(), sources, lacking, differs_most_in, example };
    globals.output(&clock).show(&view, |view, out| render(view, (mode, &keys), out))?;
    Ok(if lacking.unknown + lacking.held + lacking.steps_differ == 0 {
        Ended::Complete
    } else {
        Ended::Partial
    })
}

/// The sources whose dossiers are counted, which are all of one mode.
struct Counted {
    mode: Mode,
    sources: Vec<String>,
    /// Their keys that would be set otherwise.
    keys: String,
}

impl Counted {
    /// The source that was named; otherwise those that are watched, and where none is, all.
    fn of(config: &Config, args: &SwitchArgs) -> Result<Self, Failure> {
        if let Some(name) = &args.source {
            let one = source_named(config, Some(name.as_str()))?;
            let keys = format!("{}.mode", one.section);
            return Ok(Self { mode: one.mode, sources: vec![one.name], keys });
        }
        let mode = if config.any_is(Mode::Watch) { Mode::Watch } else { Mode::Push };
        let these = config.all_sources().into_iter().filter(|source| source.mode == mode);
        Ok(Self {
            mode,
            sources: these.map(|source| source.name).collect(),
            keys: config.keys_of(mode, "mode"),
        })
    }

    fn whose<'a>(&self, args: &'a SwitchArgs) -> Whose<'a> {
        let mode = args.source.is_none().then_some(self.mode);
        Whose { unit: args.unit.as_deref(), source: args.source.as_deref(), mode }
    }
}

/// The kinds of open differences of single dossiers.
async fn most(ledger: &Ledger, whose: &Whose<'_>, lang: Lang) -> Result<Vec<KindView>, Failure> {
    let mut many: BTreeMap<(&'static str, String), (u64, &'static str)> = BTreeMap::new();
    for (kind, subject, differences) in ledger.differs_in(whose).await? {
        let Some(kind) = DifferenceKind::from_name(&kind) else { continue };
        // Of steps and papers the subject names the one.
        let names_one = subject.chars().any(|c| c.is_ascii_digit());
        let entry = many.entry((kind.name(), if names_one { String::new() } else { subject }));
        entry.or_insert((0, kind.text(lang))).0 += differences;
    }
    let mut kinds: Vec<KindView> = many
        .into_iter()
        .map(|((kind, subject), (dossiers, text))| KindView { kind, subject, dossiers, text })
        .collect();
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.dossiers));
    kinds.truncate(KINDS_NAMED);
    Ok(kinds)
}

/// A dossier as it would be written, with its personal texts covered.
async fn written(
    config: &Config,
    clock: &Clock,
    (code, giver): (&str, Option<&str>),
    lang: Lang,
) -> Result<Option<Value>, Failure> {
    let Some(code) = DossierCode::new(code) else { return Ok(None) };
    let reading = read_dossier(config, clock, &code, giver).await?;
    let Reading::Dossier(dossier) = reading else { return Ok(None) };
    let portal = Reader::new(&config.portal, clock.clone(), std::sync::Arc::new(|_| {}))
        .map_err(|error| Failure::Compare(error.to_string()))?;
    let mut wire = portal.written(&dossier);
    cover(&mut wire, &dossier, lang);
    Ok(Some(wire))
}

/// Covers every text that holds a personal one.
fn cover(value: &mut Value, dossier: &Dossier, lang: Lang) {
    match value {
        Value::String(text) => {
            if dossier.personal_texts().any(|personal| text.contains(personal)) {
                *text = covered(lang, text.chars().count());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cover(item, dossier, lang)),
        Value::Object(fields) => fields.values_mut().for_each(|field| cover(field, dossier, lang)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn render(view: &SwitchView, (mode, keys): (Mode, &str), out: &mut Output) {
    let lang = out.lang();
    let Lacking { create, update, append_to, steps, .. } = view.lacking;
    let count = |many: u64| lang.count(many);
    if view.sources.len() > 1 {
        out.line(of_sources(lang, view.sources.join(", ")));
    }
    out.line(if mode == Mode::Watch { watches(lang) } else { pushes(lang) });
    for line in [
        would_create(lang, count(create)),
        would_update(lang, count(update)),
        would_append(lang, count(steps), count(append_to)),
        equal(lang, count(view.lacking.equal)),
    ] {
        out.line(format!("  {line}"));
    }
    for (many, text) in [
        (view.lacking.unknown, unknown as fn(Lang, String) -> String),
        (view.lacking.steps_differ, steps_differ),
        (view.lacking.held, held),
        (view.lacking.not_sent, not_sent),
    ] {
        if many > 0 {
            out.line(out.paint(Role::Warn, &text(lang, count(many))));
        }
    }
    if !view.differs_most_in.is_empty() {
        out.heading(&most_in(lang));
        let mut table = Table::new([
            (Side::Right, head_dossiers(lang)),
            (Side::Left, head_kind(lang)),
            (Side::Left, head_subject(lang)),
        ]);
        for kind in &view.differs_most_in {
            table.row([count(kind.dossiers).into(), kind.text.into(), kind.subject.clone().into()]);
        }
        out.table(&table);
    }
    if let Some(shown) = &view.example {
        out.gap();
        match &shown.wire {
            Some(wire) => {
                out.line(example(lang, &shown.code));
                let json = serde_json::to_string_pretty(wire).unwrap_or_default();
                json.lines().for_each(|line| out.hanging(line, 0));
            }
            None => out.line(no_example(lang, &shown.code)),
        }
    }
    out.gap();
    out.line(if mode == Mode::Watch { how_to_push(lang, keys) } else { how_to_watch(lang, keys) });
}
