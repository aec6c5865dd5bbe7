//! `dongbo reconcile explain`: everything of the differences of one dossier or cell, or of one kind or cause.

use serde::Serialize;

use super::super::codes;
use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::Cell;
use dongbo_ledger::{Difference, DifferenceGroup, Ledger};
use dongbo_model::clock::Clock;
use dongbo_model::{Remedy, texts};
use dongbo_sync::telling::comparing;

texts! {
    none(what): "Không có khác biệt nào của {what}.", "There is no difference of {what}.";
    never(): "Chưa đối chiếu hai bên lần nào: dongbo reconcile", "Both sides were never compared: dongbo reconcile";
    cause_label(): "Nguyên nhân", "Cause";
    act_label(): "Ai xử lý", "Who acts";
    ours_label(): "Ta", "Ours";
    theirs_label(): "Cổng", "The portal's";
    both(canonical, raw): "{canonical}  (nguyên dạng: {raw})", "{canonical}  (raw: {raw})";
    cell_label(): "Đơn vị/thủ tục/tháng", "Unit/procedure/month";
    since_label(): "Bắt đầu lệch từ", "Differs since";
    opened_label(): "Thấy lần đầu", "First seen";
    seen_label(): "Thấy lần cuối", "Last seen";
    repaired_label(): "Gửi lại lúc", "Sent again";
    closed_label(): "Hết lúc", "Gone";
    many_of(many): "{many} khác biệt", "{many} differences";
    why(code): "Diễn biến hồ sơ: dongbo why {code}", "History of the dossier: dongbo why {code}";
}

/// The arguments of `dongbo reconcile explain`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ExplainArgs {
    /// A dossier's code, a cell as it is listed (@UNIT/PROCEDURE/MONTH), or a kind or cause by its stable name.
    #[arg(value_name = "CODE|KIND|CAUSE")]
    what: String,
    /// Tell at most so many differences.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: u32,
}

#[derive(Debug, Serialize)]
struct View {
    what: String,
    /// Whether both sides were ever compared.
    compared: bool,
    causes: Vec<DifferenceGroup>,
    differences: Vec<Difference>,
}

pub(super) async fn explain(globals: &Globals, args: &ExplainArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let mut causes = ledger.difference_causes().await?;
    causes.retain(|group| group.kind.name() == args.what || group.cause.to_string() == args.what);
    let mut what = args.what.trim().to_owned();
    let mut differences = ledger.differences_of(&what, args.limit).await?;
    if causes.is_empty()
        && differences.is_empty()
        && !what.starts_with('@')
        && let Ok(code) = codes::meant(&ledger, &what).await?
    {
        differences = ledger.differences_of(&code, args.limit).await?;
        what = code;
    }
    let compared = !ledger.runs(1).await?.is_empty();
    ledger.close().await;
    let ended = if causes.is_empty() && differences.is_empty() {
        Ended::Failed
    } else if !causes.is_empty() || differences.iter().any(|difference| difference.closed_at.is_none()) {
        Ended::Partial
    } else {
        Ended::Complete
    };
    let view = View { what, compared, causes, differences };
    globals.output(&Clock::system()).show(&view, render)?;
    Ok(ended)
}

fn render(view: &View, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    if view.causes.is_empty() && view.differences.is_empty() {
        out.line(none(lang, &view.what));
        if !view.compared {
            out.line(out.paint(Role::Warn, &never(lang)));
        }
    }
    for it in &view.causes {
        let age = it.age.text(lang);
        out.heading(&format!("{} ({age})", it.kind.text(lang)));
        let remedy = Remedy::of(it.kind, &it.cause, it.age, it.mendable);
        let mut pairs = vec![
            (cause_label(lang), Cell::from(it.cause.text(lang))),
            (act_label(lang), remedy.owner_of(lang, &it.cause).into()),
            (opened_label(lang), lang.near(it.since, now).into()),
            (String::new(), format!("{}: {}", many_of(lang, lang.count(it.many)), it.example).into()),
        ];
        let sent_again = comparing::sent_again(lang, it.sent_again, it.unmended);
        if !sent_again.is_empty() {
            pairs.push((repaired_label(lang), sent_again.into()));
        }
        out.pairs(pairs);
    }
    for it in &view.differences {
        let (age, role) = (it.age.text(lang), comparing::age_role(it.age));
        let remedy = Remedy::of(it.kind, &it.cause, it.age, it.mendable);
        let subject = if it.subject.is_empty() { String::new() } else { format!(", {}", it.subject) };
        out.heading(&format!("{}{subject}", it.kind.text(lang)));
        let side = |canonical: &str, raw: &str| {
            if canonical == raw { canonical.to_owned() } else { both(lang, canonical, raw) }
        };
        let mut pairs = vec![
            (String::new(), Cell::new(role, age)),
            (cause_label(lang), it.cause.text(lang).into()),
            (act_label(lang), remedy.owner_of(lang, &it.cause).into()),
            (ours_label(lang), side(&it.ours, &it.ours_raw).into()),
            (theirs_label(lang), side(&it.theirs, &it.theirs_raw).into()),
            (cell_label(lang), it.cell.to_string().into()),
            (since_label(lang), lang.near(it.since, now).into()),
            (opened_label(lang), lang.near(it.opened_at, now).into()),
            (seen_label(lang), lang.near(it.seen_at, now).into()),
        ];
        for (label, at) in [(repaired_label(lang), it.repaired_at), (closed_label(lang), it.closed_at)] {
            pairs.extend(at.map(|at| (label, lang.near(at, now).into())));
        }
        out.pairs(pairs);
    }
    if view.differences.iter().any(|difference| !difference.code.starts_with('@')) {
        out.line(out.paint(Role::Faint, &why(lang, &view.what)));
    }
}
