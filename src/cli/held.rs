//! `dongbo held`: what a person has to see to, by cause.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::failure::{Ended, Failure};
use super::globals::Globals;
use super::output::Output;
use super::role::Role;
use super::speech::Advice;
use super::table::{Cell, Side, Table};
use dongbo_ledger::{HeldCause, HeldDossier, HeldFilter, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Detail, FindingKind, Lang, Owner, shell, texts};

texts! {
    none(): "Không có hồ sơ hay tệp nào bị giữ.", "No dossier and no file is held.";
    total(what, causes): "Bị giữ: {what}, vì {causes}.", "Held: {what}, for {causes}.";
    both(dossiers, files): "{dossiers} và {files}", "{dossiers} and {files}";
    files_of(files, dossiers): "{files} của {dossiers}", "{files} of {dossiers}";
    scope(what, units, since): "{what}, {units}, từ {since}", "{what}, {units}, since {since}";
    portal_said(words): "Cổng trả lời: {words}", "The portal's words: {words}";
    what_to_do(remedy): "Cách xử lý: {remedy}", "Remedy: {remedy}";
    example(code): "Ví dụ: dongbo why {code}", "Example: dongbo why {code}";
    more_causes(many): "… và {many} nguyên nhân nữa (--limit)", "… and {many} more causes (--limit)";
    more_rows(shown):
        "Chỉ hiện {shown} dòng đầu (--limit).",
        "Only the first {shown} rows are shown (--limit).";
    head_code(): "Mã hồ sơ", "Dossier";
    head_unit(): "Đơn vị", "Unit";
    head_since(): "Từ lúc", "Since";
    head_cause(): "Nguyên nhân", "Cause";
    head_detail(): "Chi tiết", "Detail";
}

/// The arguments of `dongbo held`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct HeldArgs {
    /// Show the single dossiers.
    #[arg(long)]
    list: bool,
    /// Only this cause: the kind of a finding, and perhaps what it is about, as in unmapped_procedure:KS09.
    #[arg(long, value_name = "KIND[:SUBJECT]", value_parser = parse_cause)]
    cause: Option<CauseArg>,
    /// Only dossiers of this unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Only what waits for this one: unit, operator, local_system, bridge, portal, host.
    #[arg(long, value_name = "OWNER", value_parser = parse_owner)]
    owner: Option<Owner>,
    /// Show at most so many causes, or rows with --list.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

/// A cause as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CauseArg {
    /// The kind of finding.
    pub(crate) kind: FindingKind,
    /// The subject of the finding; `None` for any.
    pub(crate) subject: Option<String>,
}

/// Reads `KIND` or `KIND:SUBJECT`.
pub(crate) fn parse_cause(typed: &str) -> Result<CauseArg, Advice> {
    let (kind, subject) = match typed.split_once(':') {
        Some((kind, subject)) => (kind, Some(subject.to_owned())),
        None => (typed, None),
    };
    let kind = FindingKind::from_name(kind).ok_or_else(|| {
        let kinds: Vec<_> = FindingKind::ALL.iter().map(|kind| kind.name()).collect();
        let kinds = kinds.join(", ");
        Advice::new(format!("không có loại này; có {kinds}"), format!("no such kind; there are {kinds}"))
    })?;
    Ok(CauseArg { kind, subject })
}

fn parse_owner(typed: &str) -> Result<Owner, Advice> {
    Owner::from_name(typed).ok_or_else(|| {
        let owners = Owner::NAMES.join(", ");
        Advice::new(format!("không có mục này; có {owners}"), format!("no such owner; there are {owners}"))
    })
}

#[derive(Debug, Clone, Serialize)]
struct HeldView {
    dossiers: u64,
    files: u64,
    causes_in_all: u64,
    causes: Vec<CauseView>,
    /// Only with `--list`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowView>>,
}

/// One cause, as `held` and `status` show it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct CauseView {
    pub(super) kind: &'static str,
    pub(super) subject: String,
    pub(super) words: String,
    pub(super) dossiers: u64,
    pub(super) files: u64,
    pub(super) units: u64,
    pub(super) since: DateTime<Utc>,
    pub(super) example: String,
    #[serde(skip)]
    finding: FindingKind,
}

#[derive(Debug, Clone, Serialize)]
struct RowView {
    code: String,
    unit: String,
    kind: &'static str,
    subject: String,
    detail: String,
    since: DateTime<Utc>,
    #[serde(skip)]
    finding: FindingKind,
}

impl From<HeldCause> for CauseView {
    fn from(cause: HeldCause) -> Self {
        Self {
            kind: cause.kind.name(),
            subject: cause.subject,
            words: cause.words,
            dossiers: cause.dossiers,
            files: cause.files,
            units: cause.units,
            since: cause.since,
            example: cause.example,
            finding: cause.kind,
        }
    }
}

impl From<HeldDossier> for RowView {
    fn from(held: HeldDossier) -> Self {
        let finding = held.found.finding;
        Self {
            code: held.found.code,
            unit: held.unit,
            kind: finding.kind.name(),
            subject: finding.subject,
            detail: finding.detail,
            since: held.found.opened_at,
            finding: finding.kind,
        }
    }
}

impl CauseView {
    /// The cause in one line.
    pub(super) fn headline(&self, lang: Lang) -> String {
        self.finding.line_about(lang, &self.subject)
    }
}

/// Shows what is held.
pub(super) async fn held(globals: &Globals, args: &HeldArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let clock = Clock::system();
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let filter = HeldFilter {
        kind: args.cause.as_ref().map(|cause| cause.kind),
        subject: args.cause.as_ref().and_then(|cause| cause.subject.clone()),
        unit: args.unit.clone(),
        owner: args.owner,
    };
    let totals = ledger.held_totals(&filter).await?;
    let causes = ledger.held_causes(&filter, args.limit).await?;
    let rows = if args.list { Some(ledger.held_dossiers(&filter, None, args.limit).await?) } else { None };
    ledger.close().await;
    let view = HeldView {
        dossiers: totals.dossiers,
        files: totals.files,
        causes_in_all: totals.causes,
        causes: causes.into_iter().map(CauseView::from).collect(),
        rows: rows.map(|rows| rows.into_iter().map(RowView::from).collect()),
    };
    globals.output(&clock).show(&view, render)?;
    Ok(if view.dossiers + view.files == 0 { Ended::Complete } else { Ended::Partial })
}

fn render(view: &HeldView, out: &mut Output) {
    let lang = out.lang();
    if view.dossiers + view.files == 0 {
        out.line(out.paint(Role::Good, &none(lang)));
        return;
    }
    let in_all = lang.many(view.causes_in_all, "nguyên nhân", "cause", "causes");
    let what = match (view.dossiers, view.files) {
        (dossiers, 0) => lang.dossiers(dossiers),
        (0, many) => files(lang, many),
        (dossiers, many) => both(lang, lang.dossiers(dossiers), files(lang, many)),
    };
    let words = total(lang, what, in_all);
    out.line(out.paint(Role::Bad, &words));
    match &view.rows {
        Some(rows) => row_table(view, rows, out),
        None => causes(view, out),
    }
}

fn causes(view: &HeldView, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    for cause in &view.causes {
        let since = lang.near(cause.since, now);
        let units = lang.many(cause.units, "đơn vị", "unit", "units");
        let dossiers = lang.dossiers(cause.dossiers);
        let what = match cause.files {
            0 => dossiers,
            many => files_of(lang, files(lang, many), dossiers),
        };
        let scope = scope(lang, what, units, since);
        out.gap();
        out.line(format!("{}: {scope}", out.paint(Role::Strong, &cause.headline(lang))));
        if !cause.words.is_empty() {
            out.line(format!("  {}", portal_said(lang, &cause.words)));
        }
        out.line(format!("  {}", what_to_do(lang, cause.finding.remedy(lang))));
        out.line(format!("  {}", out.paint(Role::Faint, &example(lang, shell::word(&cause.example)))));
    }
    let shown = u64::try_from(view.causes.len()).unwrap_or(u64::MAX);
    let more = view.causes_in_all.saturating_sub(shown);
    if more > 0 {
        out.gap();
        out.line(more_causes(lang, lang.count(more)));
    }
}

fn files(lang: Lang, many: u64) -> String {
    lang.many(many, "tệp", "file", "files")
}

fn row_table(view: &HeldView, rows: &[RowView], out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.gap();
    let heads = [head_code(lang), head_unit(lang), head_since(lang), head_cause(lang), head_detail(lang)];
    let mut table = Table::new(heads.map(|head| (Side::Left, head)));
    for row in rows {
        table.row([
            row.code.clone().into(),
            row.unit.clone().into(),
            lang.near(row.since, now).into(),
            Cell::new(Role::Bad, row.finding.line_about(lang, &row.subject)),
            Detail::told(lang, &row.detail).into_owned().into(),
        ]);
    }
    out.table(&table);
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    if shown < view.causes.iter().map(|cause| cause.dossiers.max(cause.files)).sum() {
        out.gap();
        out.line(more_rows(lang, lang.count(shown)));
    }
}

#[cfg(test)]
mod tests {
    use super::parse_cause;
    use dongbo_model::FindingKind;

    #[test]
    fn a_cause_is_a_kind_and_perhaps_a_subject_that_may_have_colons() {
        let refused = parse_cause("refused:steps:-7").unwrap();
        assert_eq!((refused.kind, refused.subject.as_deref()), (FindingKind::Refused, Some("steps:-7")));
        assert_eq!(parse_cause("bad_date").unwrap().subject, None);
        assert!(parse_cause("unmaped_unit").unwrap_err().to_string().contains("unmapped_unit"));
    }
}
