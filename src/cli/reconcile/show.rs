//! `dongbo reconcile show`: what a run compared and found.

use serde::Serialize;

use super::super::failure::{Ended, Failure};
use super::super::globals::Globals;
use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use dongbo_ledger::{Ledger, RunRecord};
use dongbo_model::clock::Clock;
use dongbo_model::{DifferenceKind, Lang, texts};
use dongbo_sync::reconcile::Summary;
use dongbo_sync::telling::comparing;

texts! {
    none(): "Chưa đối chiếu hai bên lần nào, nên chưa biết hai bên có khớp hay không. Đối chiếu ngay: dongbo reconcile", "Both sides were never compared, so nobody knows whether they are equal. To compare now: dongbo reconcile";
    run_is(id, at, span): "Lần {id}, {at}, trong {span}", "Run {id}, {at}, within {span}";
    swept_label(): "Rà soát một cửa", "Sweep";
    swept(many): "{many} hồ sơ khác với sổ theo dõi, đã đọc lại", "{many} dossiers differed from the ledger and are read again";
    cells_label(): "Ô đếm", "Cells";
    cells(compared, equal, different, pending, uncounted): "{compared} đã so: {equal} khớp, {different} lệch, {pending} đang chuyển, {uncounted} Cổng chưa đếm", "{compared} compared: {equal} equal, {different} differ, {pending} being sent, {uncounted} not counted by the portal";
    looked_label(): "Tra cứu", "Looked up";
    looked(many, equal, different, moving, left): "{many}: {equal} khớp, {different} lệch; {moving} đang chuyển; nhiều nhất {left} để lần sau", "{many}: {equal} equal, {different} differ; {moving} being sent; at most {left} left for later";
    sample_label(): "Mẫu ngẫu nhiên", "Sample";
    sample(many, different, bound): "{many} hồ sơ, {different} lệch: tin cậy 95 % rằng dưới {bound} còn lệch mà chưa thấy", "{many} dossiers, {different} differ: with 95 % confidence under {bound} differ unseen";
    news_label(): "Thay đổi", "Changes";
    news(opened, closed, repaired): "{opened} mới, {closed} đã hết, {repaired} hồ sơ được gửi lại", "{opened} opened, {closed} closed, {repaired} dossiers sent again";
    head_kind(): "Khác biệt", "Difference";
    head_many(): "Số", "Number";
    plan_head(): "Sẽ gửi lại với --repair", "To be sent again with --repair";
    plan_line(month, dossiers, of): "tháng {month}: {dossiers}/{of} hồ sơ", "{month}: {dossiers} of {of} dossiers";
    plan_alone(month, dossiers): "tháng {month}: {dossiers} hồ sơ", "{month}: {dossiers} dossiers";
    needs_yes(): "cần thêm --yes", "needs --yes";
    more(): "Theo nguyên nhân: dongbo reconcile list", "By cause: dongbo reconcile list";
    before(): "Các lần trước", "Earlier runs";
    unknown_run(id): "không có lần đối chiếu hai bên {id}", "there is no run {id}";
}

/// The arguments of `dongbo reconcile show`.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ShowArgs {
    /// The run, by its name; without one the last.
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Name at most so many runs before it.
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
}

#[derive(Debug, Serialize)]
struct View {
    run: Option<Summary>,
    before: Vec<String>,
}

pub(super) async fn show(globals: &Globals, args: &ShowArgs) -> Result<Ended, Failure> {
    let config = globals.load()?;
    let ledger = Ledger::read_only_of(&config.ledger).await?;
    let runs = ledger.runs(config.reconcile.keep_runs).await?;
    ledger.close().await;
    let place = match &args.run {
        Some(id) => runs.iter().position(|run| run.id == *id),
        None => (!runs.is_empty()).then_some(0),
    };
    if let (Some(id), None) = (&args.run, place) {
        return Err(Failure::Compare(unknown_run(globals.lang, id)));
    }
    let run = place.and_then(|place| runs.get(place)).and_then(summary);
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let before = runs.iter().skip(place.map_or(0, |place| place + 1)).take(limit);
    let view = View { run, before: before.map(|run| run.id.clone()).collect() };
    let equal = view.run.as_ref().is_some_and(Summary::is_equal);
    globals.output(&Clock::system()).show(&view, |view, out| {
        let lang = out.lang();
        match &view.run {
            Some(run) => render(run, out),
            None => out.line(out.paint(Role::Warn, &none(lang))),
        }
        if !view.before.is_empty() {
            out.heading(&before_runs(lang));
            for id in &view.before {
                out.line(format!("  {id}"));
            }
        }
    })?;
    Ok(if equal { Ended::Complete } else { Ended::Partial })
}

fn before_runs(lang: Lang) -> String {
    before(lang)
}

/// `None` for one that another version wrote.
fn summary(run: &RunRecord) -> Option<Summary> {
    serde_json::from_str(&run.summary).ok()
}

/// Writes a run for people.
pub(super) fn render(run: &Summary, out: &mut Output) {
    let lang = out.lang();
    let (words, role) = comparing::meaning(lang, run.meaning());
    out.line(out.paint(role, &words));
    let span = (run.ended_at - run.started_at).to_std().unwrap_or_default();
    let line = run_is(lang, &run.id, lang.near(run.started_at, out.now()), lang.span(span));
    out.line(out.paint(Role::Faint, &line));
    for note in &run.notes {
        out.line(out.paint(Role::Warn, &note.text(lang)));
    }
    out.gap();
    out.pairs(totals(run, lang));
    if !run.by_kind.is_empty() {
        out.gap();
        render_kinds(run, out);
    }
    if !run.plan.is_empty() && run.repaired == 0 {
        render_plan(run, out);
    }
}

/// The numbers of a run, each beside its label.
fn totals(run: &Summary, lang: Lang) -> Vec<(String, Cell)> {
    let count = |many: u64| lang.count(many);
    let mut pairs: Vec<(String, Cell)> = Vec::new();
    if let Some(many) = run.swept {
        pairs.push((swept_label(lang), swept(lang, count(many)).into()));
    }
    let totals = run.cells;
    if totals.compared > 0 {
        let text = cells(
            lang,
            count(totals.compared),
            count(totals.equal),
            count(totals.different),
            count(totals.pending),
            count(totals.uncounted),
        );
        pairs.push((cells_label(lang), text.into()));
    }
    let text = looked(
        lang,
        count(run.looked_up),
        count(run.equal),
        count(run.different),
        count(run.in_flight),
        count(run.left),
    );
    pairs.push((looked_label(lang), text.into()));
    if let Some(bound) = run.sample.bound {
        let bound = lang.percentage(format_args!("{:.2}", bound * 100.0));
        let text = sample(lang, count(run.sample.looked_at), count(run.sample.different), bound);
        pairs.push((sample_label(lang), text.into()));
    }
    let text = news(lang, count(run.opened), count(run.closed), count(run.repaired));
    pairs.push((news_label(lang), text.into()));
    pairs
}

fn render_kinds(run: &Summary, out: &mut Output) {
    let lang = out.lang();
    let mut table = Table::new([(Side::Right, head_many(lang)), (Side::Left, head_kind(lang))]);
    for (kind, many) in &run.by_kind {
        let name = DifferenceKind::from_name(kind).map_or(kind.as_str(), |kind| kind.text(lang));
        table.row([lang.count(*many).into(), name.into()]);
    }
    out.table(&table);
    out.line(format!("  {}", out.paint(Role::Faint, &more(lang))));
}

fn render_plan(run: &Summary, out: &mut Output) {
    let lang = out.lang();
    out.heading(&plan_head(lang));
    for month in &run.plan {
        let dossiers = lang.count(month.dossiers);
        // A month of dossiers whose cell is not known has no whole.
        let line = match month.of {
            of if of < month.dossiers => plan_alone(lang, &month.month, dossiers),
            of => plan_line(lang, &month.month, dossiers, lang.count(of)),
        };
        let guard = if month.guarded { format!(" ({})", needs_yes(lang)) } else { String::new() };
        out.line(format!("  {line}{guard}"));
    }
}
