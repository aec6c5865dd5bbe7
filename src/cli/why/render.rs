//! `dongbo why` for people.

use chrono::{DateTime, Utc};

use super::super::output::Output;
use super::super::role::Role;
use super::super::table::{Cell, Side, Table};
use super::local::{LocalDossier, LocalView};
use super::view::WhyView;
use super::{differences, files};
use dongbo_ledger::{Lane, Layer, LayerState};
use dongbo_model::{Detail, ErrorClass, Lang, Mode, texts};
use dongbo_sync::telling::{AttemptView, DossierView, FindingView, NextView, words};

texts! {
    title(code): "Hồ sơ {code}", "Dossier {code}";
    unit(): "Đơn vị", "Unit";
    lane(): "Luồng", "Lane";
    layers(): "Mức độ khớp", "Layers";
    status_accepted(): "Trạng thái Cổng đã nhận", "Status on the portal";
    steps_accepted(): "Bước Cổng đã nhận", "Steps on the portal";
    of(part, whole): "{part} trên {whole}", "{part} of {whole}";
    seen(): "Tra cứu thấy đúng lúc", "Seen to be so";
    seen_not_yet(at): "chưa, từ khi Cổng nhận {at}", "not yet, since it was accepted {at}";
    confirmed_again(): "Xác nhận lại", "Confirmed again";
    confirm_again_at(lost, at): "sẽ tra cứu lại từ {at}, vì mất trả lời của Cổng {lost}", "from {at} on, as an answer of the portal was lost {lost}";
    accepted_steps(): "Bước trên Cổng được chấp nhận", "Portal's steps accepted";
    by_whom(at, who): "{at}, {who}", "{at} by {who}";
    changed(): "Thay đổi ở một cửa", "Local change";
    heard(): "dongbo biết lúc", "Known to dongbo since";
    heard_times(at, many): "{at} (lần thứ {many})", "{at} (change no. {many})";
    unsent(): "Chưa gửi được từ", "Unsent since";
    unseen(): "Chưa thấy trên Cổng từ", "Not seen there since";
    delay(): "Độ trễ lần gần nhất", "Last delay";
    delay_of(span, at): "{span} (thay đổi {at})", "{span} (changed {at})";
    step_delays(): "Độ trễ của bước", "Delays of steps";
    step_delay(place, span): "bước {place}: {span}", "step {place}: {span}";
    findings(): "Phát hiện", "Findings";
    open_since(at): "đang mở, từ {at}", "open since {at}";
    closed(from, to): "đã hết, từ {from} đến {to}", "closed, from {from} to {to}";
    attempts(): "Các lần gọi Cổng", "Attempts";
    attempts_of(shown, all):
        "Các lần gọi Cổng ({shown} lần gần nhất trên {all})",
        "Attempts (the newest {shown} of {all})";
    no_attempts(): "Chưa gọi Cổng lần nào.", "The portal was never called for it.";
    local_away(): "cơ sở dữ liệu không trả lời hoặc đang bận", "it does not answer, or is busy";
    local_refuses(): "cơ sở dữ liệu từ chối đăng nhập hoặc không cho đọc", "it refuses the log-in or the reading";
    local_misfit(): "cấu hình hoặc tệp ánh xạ không khớp với cơ sở dữ liệu", "configuration or mapping do not fit it";
    local_check(): "Xem rõ: dongbo check", "In detail: dongbo check";
    local_now(): "Hiện tại ở một cửa", "Now in the local database";
    local_status(): "Trạng thái", "Status";
    local_procedure(): "Thủ tục", "Procedure";
    local_steps(): "Bước xử lý", "Steps";
    local_absent(): "Không có hồ sơ này.", "It is not there.";
    local_unreadable(why):
        "Không đọc được cơ sở dữ liệu một cửa: {why}",
        "The local database cannot be read: {why}";
    local_defective(): "Có lỗi, chưa gửi được:", "It cannot be sent because:";
    head_step(): "Bước", "Step";
    head_at(): "Thời điểm", "Time";
    head_portal(): "Trên Cổng", "On the portal";
    steps_disagree():
        "Các bước Cổng đã nhận không phải là những bước đầu ở đây, nên không rõ bước nào đã có.",
        "The portal's steps are not the first of these, so it is not known which it has.";
    yes(): "có", "yes";
    not_yet(): "chưa", "not yet";
    unknown_code(code): "Sổ theo dõi không có mã {code}.", "The ledger does not know the code {code}.";
    unknown_there(sweep):
        "Hồ sơ có ở một cửa. Nếu vừa thay đổi thì lần đọc kế tiếp sẽ thấy; chậm nhất là lần rà soát một cửa {sweep}.",
        "It is in the local database. If it has just changed, the next poll finds it; at the latest the sweep of {sweep} does.";
    similar(): "Có phải là:", "Did you mean:";
}

/// Writes the view for people.
pub(super) fn render(view: &WhyView, out: &mut Output) {
    let Some(dossier) = &view.dossier else {
        unknown(view, out);
        return;
    };
    out.heading(&title(out.lang(), &view.code));
    let (words, role) = dossier.next_in_words(out.lang(), out.now());
    out.line(format!("  {}", out.paint(role, &words)));
    if let Some(remedy) = dossier.bridge_remedy(&view.code, out.lang()) {
        out.line(format!("  {}", out.paint(Role::Faint, &remedy)));
    }
    differences::render(&view.code, &view.differences, out);
    row(dossier, out);
    files::render(&view.files, out);
    finding_part(&view.findings, out);
    attempt_part(view, out);
    if let Some(local) = &view.local {
        local_part(local, out);
    }
}

fn row(dossier: &DossierView, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.gap();
    let layer = |(layer, state): (Layer, LayerState)| {
        let mode = if dossier.watches { Mode::Watch } else { Mode::Push };
        format!("{}: {}", layer.text(lang), state.text_in(Some(mode), lang).to_lowercase())
    };
    let joined = dossier.layers.iter().map(|view| layer(view.of)).collect::<Vec<_>>().join(", ");
    let synced = dossier.layers.iter().all(|view| view.of.1 == LayerState::Synced);
    let heard_of = heard_times(lang, lang.near(dossier.seen_at, now), dossier.changes_heard_of);
    let mut pairs = vec![
        (unit(lang), dossier.unit.clone().into()),
        (layers(lang), Cell::new(if synced { Role::Good } else { Role::Warn }, joined)),
    ];
    if let Some(status) = dossier.status {
        pairs.push((status_accepted(lang), words::status(lang, status).into()));
    }
    // How many there are to be is not known of a dossier that could not be read.
    let steps = match dossier.steps_wanted {
        wanted if wanted == 0 || wanted < dossier.steps_accepted => dossier.steps_accepted.to_string(),
        wanted => of(lang, dossier.steps_accepted, wanted),
    };
    pairs.push((steps_accepted(lang), steps.into()));
    let looked_at = match (dossier.verified_at, dossier.accepted_at) {
        (Some(at), _) => Some(lang.near(at, now)),
        (None, Some(at)) => Some(seen_not_yet(lang, lang.near(at, now))),
        (None, None) => None,
    };
    pairs.extend(looked_at.map(|words| (seen(lang), words.into())));
    let again = match (dossier.lost_at, dossier.confirm_at, dossier.confirmed_at) {
        (Some(lost), Some(at), _) => Some(confirm_again_at(lang, lang.near(lost, now), lang.near(at, now))),
        (_, _, confirmed) => confirmed.map(|at| lang.near(at, now)),
    };
    pairs.extend(again.map(|words| (confirmed_again(lang), words.into())));
    let accepted_by = dossier.steps_accepted_by.as_ref();
    pairs.extend(
        accepted_by.map(|(who, at)| (accepted_steps(lang), by_whom(lang, lang.near(*at, now), who).into())),
    );
    pairs.push((changed(lang), lang.near(dossier.changed_at, now).into()));
    pairs.push((heard(lang), heard_of.into()));
    let unsent = if dossier.watches { unseen(lang) } else { unsent(lang) };
    pairs.extend(dossier.unsent_since.map(|since| (unsent, lang.near(since, now).into())));
    pairs.extend(delays(dossier, lang, now));
    let at_rest = matches!(
        dossier.next,
        NextView::Nothing
            | NextView::Differs { .. }
            | NextView::NotSent
            | NextView::Held { .. }
            | NextView::Files { .. }
            | NextView::FilesHeld { .. }
    );
    if !at_rest {
        let lane_is = Lane::ALL.iter().find(|lane| lane.name() == dossier.lane);
        pairs.extend(lane_is.map(|one| (lane(lang), one.text(lang).into())));
    }
    out.pairs(pairs);
}

/// How long the last change took, and each step.
fn delays(dossier: &DossierView, lang: Lang, now: DateTime<Utc>) -> Vec<(String, Cell)> {
    let mut pairs = Vec::new();
    let mut of_steps = Vec::new();
    for one in &dossier.delays {
        let span = words::delay(lang, one.took);
        match one.step {
            Some(place) => of_steps.push(step_delay(lang, place, span)),
            None => pairs.push((delay(lang), delay_of(lang, span, lang.near(one.changed_at, now)).into())),
        }
    }
    if !of_steps.is_empty() {
        pairs.push((step_delays(lang), of_steps.join(", ").into()));
    }
    pairs
}

fn finding_part(found: &[FindingView], out: &mut Output) {
    if found.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&findings(lang));
    for one in found {
        let (when, role) = match one.closed_at {
            None => (open_since(lang, lang.near(one.opened_at, now)), Role::Bad),
            Some(to) => (closed(lang, lang.moment(one.opened_at), lang.moment(to)), Role::Faint),
        };
        let headline = one.finding.line_about(lang, &one.subject);
        out.line(format!("  {} ({when})", out.paint(role, &headline)));
        if !one.detail.is_empty() {
            out.line(format!("    {}", one.told(lang)));
        }
        if one.closed_at.is_none() {
            out.line(format!("    {}", one.finding.explanation(lang)));
        }
    }
}

fn attempt_part(view: &WhyView, out: &mut Output) {
    let lang = out.lang();
    let shown = u64::try_from(view.attempts.len()).unwrap_or(u64::MAX);
    if shown < view.attempts_in_all {
        out.heading(&attempts_of(lang, lang.count(shown), lang.count(view.attempts_in_all)));
    } else {
        out.heading(&attempts(lang));
    }
    if view.attempts.is_empty() {
        out.line(format!("  {}", no_attempts(lang)));
    }
    for attempt in &view.attempts {
        attempt_lines(attempt, lang, out);
    }
}

fn attempt_lines(attempt: &AttemptView, lang: Lang, out: &mut Output) {
    let (outcome, role) = words::outcome(lang, &attempt.outcome);
    let mut answer: Vec<String> =
        attempt.http_status.map(|status| format!("HTTP {status}")).into_iter().collect();
    if !attempt.portal_code.is_empty() {
        answer.push(format!("{} {}", lang.pick("mã", "code"), attempt.portal_code));
    }
    let answer = if answer.is_empty() { String::new() } else { format!(" ({})", answer.join(", ")) };
    let operations = words::operations(lang, &attempt.operations);
    let at = lang.second(attempt.started_at);
    out.line(format!("  {at}  {operations}: {}{answer}", out.paint(role, &outcome)));
    if !attempt.message.is_empty() && attempt.outcome != "delivered" {
        out.line(format!("    {}", attempt.said(lang)));
    }
}

/// The reason why the local database cannot be read; the whole of it is the business of `dongbo check`.
fn unreadable(reason: &str, class: ErrorClass, lang: Lang) -> String {
    let why = match (lang, class) {
        (Lang::En, _) => return local_unreadable(lang, reason),
        (Lang::Vi, ErrorClass::Transient | ErrorClass::Throttled) => local_away(lang),
        (Lang::Vi, ErrorClass::Auth) => local_refuses(lang),
        (Lang::Vi, ErrorClass::Rejected | ErrorClass::Config | ErrorClass::Bug) => local_misfit(lang),
    };
    format!("{}. {}", local_unreadable(lang, why), local_check(lang))
}

fn local_part(local: &LocalView, out: &mut Output) {
    let lang = out.lang();
    out.heading(&local_now(lang));
    match local {
        LocalView::Dossier(dossier) => local_dossier(dossier, out),
        LocalView::Absent => out.line(format!("  {}", out.paint(Role::Warn, &local_absent(lang)))),
        LocalView::Unreadable { reason, class } => {
            out.line(format!("  {}", out.paint(Role::Warn, &unreadable(reason, *class, lang))));
        }
        LocalView::Defective { findings } => {
            out.line(format!("  {}", out.paint(Role::Bad, &local_defective(lang))));
            for one in findings {
                let detail = if one.detail.is_empty() {
                    String::new()
                } else {
                    format!(" ({})", Detail::told(lang, &one.detail))
                };
                out.line(format!("    {}{detail}", one.of.line_about(lang, &one.subject)));
            }
        }
    }
}

fn local_dossier(dossier: &LocalDossier, out: &mut Output) {
    let lang = out.lang();
    out.pairs([
        (local_status(lang), Cell::from(words::status(lang, dossier.of))),
        (local_procedure(lang), dossier.procedure.clone().into()),
        (local_steps(lang), dossier.steps.len().to_string().into()),
    ]);
    let mut table = Table::new([
        (Side::Right, head_step(lang)),
        (Side::Left, head_at(lang)),
        (Side::Left, local_status(lang)),
        (Side::Left, head_portal(lang)),
    ]);
    for (place, step) in dossier.steps.iter().enumerate() {
        let there = match step.on_portal {
            Some(true) => Cell::new(Role::Good, yes(lang)),
            Some(false) => Cell::new(Role::Warn, not_yet(lang)),
            None => "?".into(),
        };
        table.row([
            (place + 1).to_string().into(),
            lang.second(step.at).into(),
            words::status(lang, step.of).into(),
            there,
        ]);
    }
    if !dossier.steps.is_empty() {
        out.gap();
        out.table(&table);
    }
    if !dossier.steps_agree {
        out.line(format!("  {}", out.paint(Role::Warn, &steps_disagree(lang))));
    }
}

fn unknown(view: &WhyView, out: &mut Output) {
    let (lang, now) = (out.lang(), out.now());
    out.line(out.paint(Role::Bad, &unknown_code(lang, &view.code)));
    if let Some(LocalView::Dossier(_) | LocalView::Defective { .. }) = &view.local {
        let sweep = view.next_sweep.map_or_else(|| "–".to_owned(), |next| lang.near(next, now));
        out.line(unknown_there(lang, sweep));
    }
    if let Some(local) = &view.local {
        local_part(local, out);
    }
    if !view.similar.is_empty() {
        out.gap();
        out.line(similar(lang));
        for code in &view.similar {
            out.line(format!("  dongbo why {code}"));
        }
    }
}
