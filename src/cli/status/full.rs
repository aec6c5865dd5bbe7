//! `dongbo status --full` for people.

use std::time::Duration;

use chrono::TimeDelta;

use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use super::short::role_of;
use super::view::{SourceView, StatusView, Tables, WayView};
use dongbo_ledger::{Lane, Layer, LayerState, Rebuilt};
use dongbo_model::{Lang, Mode, texts};
use dongbo_sync::health::LiveStatus;
use dongbo_sync::telling::{LayerView, file_trouble, words};

/// The time after a ledger was rebuilt for which `status` says so.
const REBUILT_IS_NEWS: TimeDelta = TimeDelta::days(7);

texts! {
    comparing(): "Đối chiếu hai bên", "Reconciliation";
    open_differences(): "Khác biệt", "Differences";
    nothing_differs(): "không có", "none";
    all_pending(open): "{open}, đều còn mới", "{open}, all recent";
    differing(open, serious): "{open}, trong đó {serious} trễ hoặc lệch (dongbo reconcile list)", "{open}, of which {serious} are late or a mismatch (dongbo reconcile list)";
    last_compared(): "Lần cuối", "Last run";
    next_run(job): "Lần tới, {job}", "Next run, {job}";
    rebuilt(at, file):
        "Sổ theo dõi bị hỏng, đã được dựng lại lúc {at}; tệp cũ cất ở {file}. Hãy kiểm tra ổ đĩa.",
        "The ledger was damaged and was rebuilt at {at}; the old file is kept as {file}. Check the disk.";
    reasons(): "Nguyên nhân", "Reasons";
    whose(remedy, owner): "{remedy} ({owner})", "{remedy} ({owner})";
    layers(): "Mức độ khớp", "Completeness";
    head_layer(): "Hạng mục", "Layer";
    head_share(): "Tỷ lệ khớp", "Complete";
    lanes(): "Hàng đợi", "Lanes";
    head_lane(): "Luồng", "Lane";
    head_due(): "Tới lượt ngay", "Due now";
    head_waiting(): "Hẹn lại", "Waiting";
    head_oldest(): "Thay đổi cũ nhất Cổng chưa có", "Oldest change not there";
    head_next(): "Lần hẹn tiếp theo", "Next due";
    doubt(dossiers):
        "{dossiers} chưa rõ kết quả lần gửi trước; sẽ tra cứu trên Cổng trước khi gửi lại.",
        "{dossiers} of unknown outcome: looked up before anything is sent again.";
    verify(dossiers):
        "{dossiers} đã được nhận, sẽ tra cứu thêm một lần cho chắc.",
        "{dossiers} accepted, to be looked up once more to be sure.";
    confirm_again(dossiers, at):
        "{dossiers} từng mất trả lời của Cổng; sẽ tra cứu xác nhận lại, muộn nhất từ {at}.",
        "{dossiers} of which an answer was lost, to be confirmed again, the last from {at} on.";
    under_way(dossiers, owner, until):
        "{dossiers} đang được {owner} xử lý, giữ chỗ đến {until}.",
        "{dossiers} with {owner}, leased until {until}.";
    daemon(): "Dịch vụ dongbo", "Daemon";
    process(): "Tiến trình", "Process";
    process_is(pid, version, since):
        "pid {pid}, phiên bản {version}, chạy từ {since}",
        "pid {pid}, version {version}, since {since}";
    portal(): "Cổng", "Portal";
    portal_said(): "Cổng trả lời", "Portal's words";
    next_probe(): "Thử lại Cổng", "Next probe";
    patience(): "Cổng yêu cầu chờ đến", "Portal asks to wait until";
    concurrency(): "Số kết nối đồng thời", "Concurrency";
    part_played(): "Vai trò", "Role";
    follows(): "chỉ gửi; một dongbo khác chung sổ theo dõi này đang đọc một cửa", "sends only; another dongbo on this ledger reads the local database";
    last_poll(): "Lần đọc gần nhất", "Last poll";
    next_poll(): "Lần đọc kế tiếp", "Next poll";
    last_accepted(): "Cổng nhận gần nhất", "Last acknowledgement";
    last_seen(): "Tra cứu thấy đủ gần nhất", "Last seen whole";
    forecast(): "Dự kiến gửi xong", "Forecast";
    forecast_in(span): "khoảng {span} nữa", "in about {span}";
    forecast_nothing(): "không còn gì chờ gửi", "nothing is due";
    looked_up_by(): "Dự kiến tra cứu xong", "Looked up in";
    nothing_to_look_up(): "không còn gì chờ tra cứu", "nothing waits to be looked up";
    forecast_unknown(): "chưa dự báo được", "no forecast yet";
    reading(): "Đọc một cửa", "Reading the local database";
    read_up_to(): "Đã đọc thay đổi đến", "Changes read up to";
    last_sweep(): "Rà soát một cửa gần nhất", "Last full sweep";
    next_sweep(): "Rà soát một cửa kế tiếp", "Next full sweep";
    sweeping(): "đang rà soát", "under way";
    sources(): "Nguồn", "Sources";
    head_source(): "Tên", "Name";
    head_mode(): "Cách làm", "Mode";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_in_step(): "Đã khớp", "In step";
    head_held(): "Bị giữ", "Held";
    head_read(): "Đọc đến", "Read up to";
    head_swept(): "Rà soát", "Swept";
    left_since(at): "không đọc nữa từ {at}", "not read since {at}";
    never(): "chưa lần nào", "never";
    files(): "Tệp chưa chuyển được", "Files not delivered yet";
    files_held(many): "{many} tệp cần người xử lý: dongbo files", "{many} files need a person to act: dongbo files";
    files_wait(many, since, why): "{many} tệp, từ {since}: {why}", "{many} files, since {since}: {why}";
    owner_stores(): "Kho của chủ hồ sơ", "Owners' stores";
    in_store(confirmed, dossiers, at):
        "{confirmed} trong {dossiers} đã tra có đủ kết quả trong kho, tra lần cuối {at} (dongbo indicators list owner-store)",
        "{confirmed} of {dossiers} looked up have every result in the store, the last {at} (dongbo indicators list owner-store)";
    ways(): "Báo tin", "Messages to people";
    last_sent(at): "gửi lần cuối {at}", "last sent {at}";
    failing(since, at, why): "không gửi được từ {since}, thử lại {at}: {why}", "not taken since {since}, tried again {at}: {why}";
    held(dossiers, causes): "Bị giữ: {dossiers}, {causes}", "Held: {dossiers}, {causes}";
    held_more(): "Xem đủ và cách xử lý: dongbo held", "All causes with remedies: dongbo held";
}

/// Writes the view for people.
pub(super) fn render(view: &StatusView, out: &mut Output) {
    let verdict = view.health.headline(out.lang());
    out.line(out.paint(role_of(view.health.standing), &verdict));
    reason_part(view, out);
    if let Some(tables) = &view.tables {
        layer_table(tables, mode_of(view, tables), out);
        if !view.health.watches {
            lane_table(tables, out);
        }
    }
    if let Some(live) = &view.daemon {
        daemon_part(live, view.health.watches, out);
    }
    if let Some(tables) = &view.tables {
        reading_part(tables, out);
        source_table(tables, out);
        comparing_part(tables, out);
        owner_store_part(tables, out);
        files_part(tables, out);
        held_part(tables, out);
        ways_part(tables, out);
    }
}

/// The mode of all sources; `None` where some are sent for and others watched.
fn mode_of(view: &StatusView, tables: &Tables) -> Option<Mode> {
    let watched = |source: &SourceView| source.left_at.is_none() && source.mode == Mode::Watch;
    match view.health.watches {
        true => Some(Mode::Watch),
        false if tables.sources.iter().any(watched) => None,
        false => Some(Mode::Push),
    }
}

fn reason_part(view: &StatusView, out: &mut Output) {
    let (lang, health) = (out.lang(), &view.health);
    if !health.reasons.is_empty() {
        out.heading(&reasons(lang));
    }
    for reason in &health.reasons {
        let role = role_of(reason.standing());
        out.line(format!("  {}", out.paint(role, &reason.text(lang, health.at))));
        let remedy = whose(lang, reason.remedy(lang), reason.owner().text(lang));
        out.line(format!("    {}", out.paint(Role::Faint, &remedy)));
    }
    for note in &health.notes {
        out.line(format!("  {}", out.paint(Role::Faint, &note.text(lang))));
    }
    let news = |rebuilt: &&Rebuilt| rebuilt.complete_at.is_some() && out.now() - rebuilt.at < REBUILT_IS_NEWS;
    if let Some(old) = view.tables.as_ref().and_then(|tables| tables.rebuilt.as_ref()).filter(news) {
        let words = rebuilt(lang, lang.near(old.at, out.now()), old.set_aside.display());
        out.line(format!("  {}", out.paint(Role::Warn, &words)));
    }
}

fn layer_table(view: &Tables, mode: Option<Mode>, out: &mut Output) {
    let lang = out.lang();
    out.heading(&layers(lang));
    let states = LayerState::ALL.iter().map(|&state| (Side::Right, state.text_in(mode, lang).to_owned()));
    let heads = [(Side::Left, head_layer(lang))].into_iter().chain(states);
    let mut table = Table::new(heads.chain([(Side::Right, head_share(lang))]));
    for (layer, counts) in Layer::ALL.iter().zip(&view.layers) {
        let mut row = vec![Cell::from(layer.text(lang))];
        row.extend(LayerState::ALL.iter().map(|&state| state_cell(lang, counts, state)));
        let wanted = view.dossiers.saturating_sub(counts.not_sent);
        let role = if counts.synced == wanted { Role::Good } else { Role::Warn };
        row.push(Cell::new(role, lang.percent(counts.synced, wanted)));
        table.row(row);
    }
    out.table(&table);
}

fn state_cell(lang: Lang, counts: &LayerView, state: LayerState) -> Cell {
    let many = match state {
        LayerState::Synced => counts.synced,
        LayerState::Due => counts.due,
        LayerState::InFlight => counts.in_flight,
        LayerState::Waiting => counts.waiting,
        LayerState::Held => counts.held,
        LayerState::NotSent => counts.not_sent,
        LayerState::Unproved => counts.unproved,
    };
    let role = if many == 0 { Role::Faint } else { words::state_role(state) };
    Cell::new(role, lang.count(many))
}

fn lane_table(view: &Tables, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.heading(&lanes(lang));
    let mut table = Table::new([
        (Side::Left, head_lane(lang)),
        (Side::Right, head_due(lang)),
        (Side::Right, head_waiting(lang)),
        (Side::Left, head_oldest(lang)),
        (Side::Left, head_next(lang)),
    ]);
    for (lane, counts) in Lane::ALL.iter().zip(&view.lanes) {
        let moment = |at: Option<_>| Cell::from(at.map_or_else(String::new, |at| lang.near(at, now)));
        table.row([
            lane.text(lang).into(),
            lang.count(counts.due).into(),
            lang.count(counts.waiting).into(),
            moment(counts.oldest_unsent),
            moment(counts.next_due),
        ]);
    }
    out.table(&table);
    for lease in &view.leases {
        let many = lang.dossiers(lease.dossiers);
        out.line(format!("  {}", under_way(lang, many, &lease.owner, lang.near(lease.until, now))));
    }
    if view.in_doubt > 0 {
        out.line(format!("  {}", doubt(lang, lang.dossiers(view.in_doubt))));
    }
    if view.to_verify > 0 {
        out.line(format!("  {}", verify(lang, lang.dossiers(view.to_verify))));
    }
    if let Some(at) = view.confirmed_by {
        let dossiers = lang.dossiers(view.unconfirmed);
        out.line(format!("  {}", confirm_again(lang, dossiers, lang.near(at, now))));
    }
}

fn daemon_part(live: &LiveStatus, watches: bool, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.heading(&daemon(lang));
    let (sending, role) =
        if watches { words::looking(lang, &live.sending) } else { words::sending(lang, &live.sending) };
    let since = lang.near(live.started_at, now);
    let mut pairs = vec![
        (process(lang), process_is(lang, live.pid, &live.version, since).into()),
        (portal(lang), Cell::new(role, sending)),
    ];
    if !live.portal_words.is_empty() && live.sending != "open" {
        pairs.push((portal_said(lang), live.portal_words.clone().into()));
    }
    for (name, at) in [(next_probe(lang), live.next_probe), (patience(lang), live.paused_until)] {
        pairs.extend(at.map(|at| (name, lang.near(at, now).into())));
    }
    pairs.push((concurrency(lang), format!("{:.0}", live.concurrency).into()));
    let forecast_cell = match live.forecast_s {
        Some(0) if watches => nothing_to_look_up(lang),
        Some(0) => forecast_nothing(lang),
        Some(seconds) => forecast_in(lang, lang.span(Duration::from_secs(seconds))),
        None => forecast_unknown(lang),
    };
    pairs.push((if watches { looked_up_by(lang) } else { forecast(lang) }, forecast_cell.into()));
    let polls = [(last_poll(lang), live.last_poll), (next_poll(lang), live.next_poll)];
    if !live.leads {
        pairs.push((part_played(lang), follows(lang).into()));
    }
    let accepted = (if watches { last_seen(lang) } else { last_accepted(lang) }, live.last_acknowledged);
    for (name, at) in std::iter::once(accepted).chain(polls.into_iter().filter(|_| live.leads)) {
        pairs.push((name, at.map_or_else(|| never(lang), |at| lang.near(at, now)).into()));
    }
    out.pairs(pairs);
}

fn reading_part(view: &Tables, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.heading(&reading(lang));
    let moment = |at: Option<_>| Cell::from(at.map_or_else(|| never(lang), |at| lang.near(at, now)));
    let under_way = view.next_sweep.is_some_and(|at| at <= now);
    let next = if under_way { sweeping(lang).into() } else { moment(view.next_sweep) };
    out.pairs([
        (read_up_to(lang), moment(view.read_up_to)),
        (last_sweep(lang), moment(view.last_sweep)),
        (next_sweep(lang), next),
    ]);
}

/// Nothing where there is only one.
fn source_table(view: &Tables, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    if view.sources.is_empty() {
        return;
    }
    out.heading(&sources(lang));
    let mut table = Table::new([
        (Side::Left, head_source(lang)),
        (Side::Left, head_mode(lang)),
        (Side::Right, head_dossiers(lang)),
        (Side::Right, head_in_step(lang)),
        (Side::Right, head_held(lang)),
        (Side::Left, head_read(lang)),
        (Side::Left, head_swept(lang)),
    ]);
    let moment = |at: Option<_>| Cell::from(at.map_or_else(|| never(lang), |at| lang.near(at, now)));
    for source in &view.sources {
        let read = match source.left_at {
            Some(at) => Cell::new(Role::Warn, left_since(lang, lang.near(at, now))),
            None => moment(source.read_up_to),
        };
        let [dossiers, in_step, held] =
            [source.dossiers, source.in_step, source.held].map(|many| Cell::from(lang.count(many)));
        let name = Cell::from(source.name.clone());
        let mode = source.mode.text(lang).into();
        table.row([name, mode, dossiers, in_step, held, read, moment(source.last_sweep)]);
    }
    out.table(&table);
}

/// Nothing while nothing was compared and nothing will be.
fn comparing_part(view: &Tables, out: &mut Output) {
    let (lang, now, it) = (out.lang(), out.now(), &view.comparing);
    if it.last_run.is_none() && it.next_runs.is_empty() {
        return;
    }
    out.heading(&comparing(lang));
    let (words, role) = match (it.open, it.serious) {
        (0, _) => (nothing_differs(lang), Role::Good),
        (open, 0) => (all_pending(lang, lang.count(open)), Role::Warn),
        (open, serious) => (differing(lang, lang.count(open), lang.count(serious)), Role::Bad),
    };
    let last = it.last_run.map_or_else(|| never(lang), |at| lang.near(at, now));
    let mut pairs =
        vec![(open_differences(lang), Cell::new(role, words)), (last_compared(lang), last.into())];
    for (job, at) in &it.next_runs {
        let name = next_run(lang, job.text(lang));
        pairs.push((name, lang.near(*at, now).into()));
    }
    out.pairs(pairs);
}

/// Nothing while no store was looked into.
fn owner_store_part(view: &Tables, out: &mut Output) {
    let Some(stores) = &view.owner_stores else { return };
    let (lang, now) = (out.lang(), out.now());
    let role = if stores.confirmed == stores.looked { Role::Good } else { Role::Warn };
    let told = in_store(
        lang,
        lang.count(stores.confirmed),
        lang.dossiers(stores.looked),
        lang.near(stores.last_at, now),
    );
    out.heading(&owner_stores(lang));
    out.line(format!("  {}", out.paint(role, &told)));
}

/// Nothing where nobody is told anything.
fn ways_part(view: &Tables, out: &mut Output) {
    if view.ways.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&ways(lang));
    let told = |way: &WayView| {
        let sent = way.sent_at.map_or_else(|| never(lang), |at| last_sent(lang, lang.near(at, now)));
        let cell = match &way.failing {
            None => Cell::from(sent),
            Some(trouble) => {
                let (since, next) = (lang.near(trouble.since, now), lang.near(trouble.next_at, now));
                Cell::new(Role::Bad, failing(lang, since, next, &trouble.error))
            }
        };
        (way.way.clone(), cell)
    };
    out.pairs(view.ways.iter().map(told));
}

fn files_part(view: &Tables, out: &mut Output) {
    if view.files_held == 0 && view.files_in_trouble.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&files(lang));
    for one in &view.files_in_trouble {
        let why = file_trouble::words(lang, one.of, &one.detail);
        let line = files_wait(lang, lang.count(one.files), lang.near(one.since, now), why);
        out.line(format!("  {}", out.paint(Role::Warn, &line)));
    }
    if view.files_held > 0 {
        out.line(format!("  {}", out.paint(Role::Bad, &files_held(lang, lang.count(view.files_held)))));
    }
}

fn causes(lang: Lang, many: u64) -> String {
    lang.many(many, "nguyên nhân", "cause", "causes")
}

fn held_part(view: &Tables, out: &mut Output) {
    if view.held.causes == 0 {
        return;
    }
    let lang = out.lang();
    out.heading(&held(lang, lang.dossiers(view.held.dossiers), causes(lang, view.held.causes)));
    let mut table = Table::new([(Side::Right, ""), (Side::Left, "")]);
    for cause in &view.held.most_frequent {
        table.row([
            Cell::new(Role::Bad, lang.count(cause.dossiers.max(cause.files))),
            cause.headline(lang).into(),
        ]);
    }
    out.table(&table);
    out.line(format!("  {}", out.paint(Role::Faint, &held_more(lang))));
}
