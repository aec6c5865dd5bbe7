//! `dongbo reconcile list`: the open differences, by cause first.

use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use dongbo_ledger::{Difference, DifferenceGroup, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Age, Cause, DifferenceKind, texts};
use dongbo_sync::telling::comparing;

/// Differences read at once.
const PAGE: u32 = 1_000;

texts! {
    none(): "Không có khác biệt nào.", "Nothing differs.";
    never(): "Chưa đối chiếu hai bên lần nào, nên chưa biết có khác biệt hay không. Đối chiếu ngay: dongbo reconcile", "Both sides were never compared, so nobody knows whether anything differs. To compare now: dongbo reconcile";
    head_many(): "Số", "Number";
    head_age(): "Mức", "Age";
    head_kind(): "Khác biệt", "Difference";
    head_cause(): "Nguyên nhân", "Cause";
    head_since(): "Từ lúc", "Since";
    head_sent_again(): "Gửi lại", "Sent again";
    head_example(): "Ví dụ", "Example";
    head_code(): "Hồ sơ", "Dossier";
    head_subject(): "Ở", "In";
    head_ours(): "Ta", "Ours";
    head_theirs(): "Cổng", "The portal's";
    rows_hint(): "Từng hồ sơ: dongbo reconcile list --rows. Giải thích: dongbo reconcile explain", "Single rows: dongbo reconcile list --rows. Explanation: dongbo reconcile explain";
}

/// The arguments of `dongbo reconcile list`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ListArgs {
    /// Show the single differences too.
    #[arg(long)]
    rows: bool,
    /// Only this kind or cause, by its stable name.
    #[arg(long, value_name = "KIND|CAUSE")]
    cause: Option<String>,
    /// Show at most so many rows.
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: u32,
}

#[derive(Debug, Serialize)]
struct View {
    /// Whether both sides were ever compared.
    compared: bool,
    causes: Vec<DifferenceGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Difference>>,
}

pub(super) async fn list(globals: &Globals, args: &ListArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let is_asked_for = |kind: DifferenceKind, cause: &Cause| {
        args.cause.as_ref().is_none_or(|asked| kind.name() == asked || cause.to_string() == *asked)
    };
    let mut causes = ledger.difference_causes().await?;
    causes.retain(|group| is_asked_for(group.kind, &group.cause));
    let rows = if args.rows {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        let (mut rows, mut after): (Vec<Difference>, _) = (Vec::new(), String::new());
        while rows.len() < limit {
            let page = ledger.open_differences(None, &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.code);
            rows.extend(page.into_iter().filter(|row| is_asked_for(row.kind, &row.cause)));
        }
        rows.truncate(limit);
        Some(rows)
    } else {
        None
    };
    let compared = !ledger.runs(1).await?.is_empty();
    ledger.close().await;
    let serious = causes.iter().any(|group| group.age != Age::Pending);
    globals.output(&Clock::system()).show(&View { compared, causes, rows }, render)?;
    Ok(if serious || !compared { Ended::Partial } else { Ended::Complete })
}

fn render(view: &View, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    if view.causes.is_empty() && !view.compared {
        out.line(out.paint(Role::Warn, &never(lang)));
        return;
    }
    if view.causes.is_empty() {
        out.line(out.paint(Role::Good, &none(lang)));
        return;
    }
    let mut table = Table::new([
        (Side::Right, head_many(lang)),
        (Side::Left, head_age(lang)),
        (Side::Left, head_kind(lang)),
        (Side::Left, head_cause(lang)),
        (Side::Left, head_since(lang)),
        (Side::Left, head_sent_again(lang)),
        (Side::Left, head_example(lang)),
    ]);
    for it in &view.causes {
        let (age, role) = (it.age.text(lang), comparing::age_role(it.age));
        table.row([
            lang.count(it.many).into(),
            Cell::new(role, age),
            it.kind.text(lang).into(),
            it.cause.text(lang).into(),
            lang.near(it.since, now).into(),
            comparing::sent_again(lang, it.sent_again, it.unmended).into(),
            it.example.clone().into(),
        ]);
    }
    out.table(&table);
    let Some(rows) = &view.rows else {
        out.line(format!("  {}", out.paint(Role::Faint, &rows_hint(lang))));
        return;
    };
    out.gap();
    let mut table = Table::new([
        (Side::Left, head_code(lang)),
        (Side::Left, head_age(lang)),
        (Side::Left, head_kind(lang)),
        (Side::Left, head_subject(lang)),
        (Side::Left, head_ours(lang)),
        (Side::Left, head_theirs(lang)),
        (Side::Left, head_cause(lang)),
    ]);
    for it in rows {
        let (age, role) = (it.age.text(lang), comparing::age_role(it.age));
        table.row([
            it.code.clone().into(),
            Cell::new(role, age),
            it.kind.text(lang).into(),
            it.subject.clone().into(),
            it.ours.clone().into(),
            it.theirs.clone().into(),
            it.cause.text(lang).into(),
        ]);
    }
    out.table(&table);
}
