//! The daemon itself: how it sends, its sources and schedules, the proof of life of its parts, and the configuration in force.

use axum::response::Response;
use maud::{Markup, html};

use super::audit;
use super::orders::{self, Order};
use crate::asked::{Asked, Trouble};
use crate::frame::Place;
use crate::parts::{self, Tone, moment, moment_or_never};
use dongbo_model::{Lang, texts};
use dongbo_settings::{Entry, Origin};
use dongbo_sync::health::{Health, LiveStatus};
use dongbo_sync::telling::words;
use dongbo_sync::vitals::{Part, ReaderMoments};

texts! {
    daemon(): "Dịch vụ dongbo", "Daemon";
    process(): "Tiến trình", "Process";
    version(): "Phiên bản", "Version";
    started(): "Chạy từ", "Running since";
    portal(): "Cổng", "Portal";
    portal_said(): "Cổng trả lời", "Portal's words";
    next_probe(): "Thử lại Cổng", "Next probe";
    patience(): "Cổng yêu cầu chờ đến", "Portal asks to wait until";
    concurrency(): "Số kết nối đồng thời", "Concurrency";
    role(): "Vai trò", "Role";
    leads(): "giữ vai trò chính: đọc một cửa và đối chiếu", "leads: reads the local database and compares";
    follows(): "chỉ gửi; một dongbo khác chung sổ theo dõi này đang đọc một cửa", "sends only; another dongbo on this ledger reads the local database";
    accepted(): "Cổng nhận gần nhất", "Last acknowledgement";
    forecast(): "Dự kiến gửi xong", "Forecast";
    ledger(): "Sổ theo dõi", "Ledger";
    sources(): "Nguồn", "Sources";
    only_source(): "một cửa", "local database";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_read(): "Đọc lần cuối", "Last read";
    head_next(): "Đọc lần tới", "Next read";
    head_swept(): "Rà soát lần cuối", "Last sweep";
    head_sweep(): "Rà soát lần tới", "Next sweep";
    left(at): "không đọc nữa từ {at}", "not read since {at}";
    jobs(): "Lịch đối chiếu hai bên", "Schedule of reconciliation";
    head_job(): "Việc", "Job";
    head_last(): "Lần cuối", "Last";
    head_to_come(): "Lần tới", "Next";
    parts_head(): "Các phần của dịch vụ", "Parts of the daemon";
    head_part(): "Phần", "Part";
    head_finished(): "Xong việc lần cuối", "Finished work last";
    head_state(): "Tình trạng", "State";
    works(): "hoạt động", "works";
    stands_still(): "đứng yên", "stands still";
    idle(): "không dùng", "not in use";
    not_yet(): "chưa xong việc nào", "nothing finished yet";
    configuration(): "Cấu hình đang dùng", "Configuration in force";
    masked_note(): "Mật khẩu và bí mật không bao giờ hiện ở đây.", "Passwords and secrets are never shown here.";
    head_key(): "Khóa", "Key";
    head_value(): "Giá trị", "Value";
    head_origin(): "Từ đâu", "Origin";
    default(): "mặc định", "default";
    credential(): "chứng thực của systemd", "systemd credential";
    no_entries(): "Không rõ.", "Not known.";
}

pub(crate) async fn answer(asked: Asked) -> Response {
    let content = content(&asked).await;
    asked.answer(Place::System, content).await
}

async fn content(asked: &Asked) -> Result<(String, Markup), Trouble> {
    if !asked.visitor.sees_the_daemon() {
        return Err(Trouble::NotForYou);
    }
    let lang = asked.lang;
    let console = &asked.console;
    let seen = console.lookout.look().await;
    let started_at = console.lookout.started_at();
    let live = LiveStatus::of(&console.ctx.gate, &console.ctx.vitals, &console.board, &seen, started_at);
    let content = html! {
        h1 { (Place::System.text(lang)) }
        section {
            h2 { (daemon(lang)) }
            (daemon_part(asked, &live, &seen.health))
            @let paused = console.ctx.ledger.pause().await?.is_some();
            p.acts { (orders::link(asked, if paused { Order::Resume } else { Order::Pause }, &[])) }
        }
        section { h2 { (sources(lang)) } (source_table(asked).await?) }
        section { h2 { (jobs(lang)) } (job_table(asked)) }
        section { h2 { (parts_head(lang)) } (part_table(asked)) }
        @if asked.visitor.sees_the_audit() { (audit::part(asked).await?) }
        @if asked.visitor.sees_the_configuration() { section {
            h2 { (configuration(lang)) }
            p.note { (masked_note(lang)) }
            (entries(lang, &console.in_force().entries))
        } }
    };
    Ok((Place::System.text(lang).to_owned(), content))
}

fn daemon_part(asked: &Asked, live: &LiveStatus, health: &Health) -> Markup {
    let (lang, now) = (asked.lang, asked.now);
    let (sending, role_of) = if health.watches {
        words::looking(lang, &live.sending)
    } else {
        words::sending(lang, &live.sending)
    };
    let mut pairs = vec![
        (version(lang), html! { (live.version) }),
        (process(lang), html! { "pid " (live.pid) }),
        (started(lang), moment(lang, live.started_at, now)),
        (portal(lang), parts::badge(role_of.into(), &sending)),
    ];
    if !live.portal_words.is_empty() && live.sending != "open" {
        pairs.push((portal_said(lang), html! { (live.portal_words) }));
    }
    for (name, at) in [(next_probe(lang), live.next_probe), (patience(lang), live.paused_until)] {
        pairs.extend(at.map(|at| (name, moment(lang, at, now))));
    }
    pairs.extend([
        (concurrency(lang), html! { (format!("{:.0}", live.concurrency)) }),
        (role(lang), html! { @if live.leads { (leads(lang)) } @else { (follows(lang)) } }),
        (accepted(lang), moment_or_never(lang, live.last_acknowledged, now)),
        (forecast(lang), html! { (health.when(lang)) }),
    ]);
    if let Some(path) = asked.console.ctx.ledger.path() {
        pairs.push((ledger(lang), html! { code { (path.display().to_string()) } }));
    }
    parts::pairs(pairs)
}

async fn source_table(asked: &Asked) -> Result<Markup, Trouble> {
    let (lang, now) = (asked.lang, asked.now);
    let known = asked.console.ctx.ledger.sources().await?;
    let is_only = known.len() < 2;
    let ledger = &asked.console.ctx.ledger;
    let counts: Vec<_> = match known.first() {
        // Tallied: counting by source reads every dossier.
        Some(only) if is_only => vec![(only.id, ledger.known().await?)],
        _ => ledger.dossiers_by_source().await?.into_iter().map(|(id, many)| (id, many.dossiers)).collect(),
    };
    let readers = asked.console.ctx.vitals.readers();
    let reader = |name: &str| -> Option<&ReaderMoments> {
        readers.iter().find(|(one, _)| one == name || is_only).map(|(_, moments)| moments)
    };
    let heads = [
        ("", sources(lang)),
        ("n", head_dossiers(lang)),
        ("", head_read(lang)),
        ("", head_next(lang)),
        ("", head_swept(lang)),
        ("", head_sweep(lang)),
    ];
    let rows = html! { @for one in &known {
        @let many = counts.iter().find(|(id, _)| *id == one.id).map_or(0, |(_, many)| *many);
        @let moments = reader(&one.name).cloned().unwrap_or_default();
        tr {
            th scope="row" { @if is_only { (only_source(lang)) } @else { (one.name) } }
            td.n { (lang.count(many)) }
            @if let Some(at) = one.left_at {
                td colspan="4" { (parts::badge(Tone::Warn, &left(lang, lang.near(at, now)))) }
            } @else {
                @for at in [moments.last_poll, moments.next_poll, moments.last_sweep, moments.next_sweep] {
                    td { (moment_or_never(lang, at, now)) }
                }
            }
        }
    } };
    Ok(parts::table(&sources(lang), &heads, &rows))
}

fn job_table(asked: &Asked) -> Markup {
    let (lang, now) = (asked.lang, asked.now);
    let states = asked.console.board.jobs();
    let named: std::collections::BTreeSet<_> =
        states.last.keys().chain(states.next.keys()).copied().collect();
    let heads = [head_job(lang), head_last(lang), head_to_come(lang)].map(|head| ("", head));
    let rows = html! { @for job in named {
        tr {
            th scope="row" { (job.text(lang)) }
            td { (moment_or_never(lang, states.last.get(&job).copied(), now)) }
            td { @match states.next.get(&job) { Some(at) => { (moment(lang, *at, now)) } None => { (parts::nothing(lang)) } } }
        }
    } };
    parts::table(&jobs(lang), &heads, &rows)
}

fn part_table(asked: &Asked) -> Markup {
    let (lang, now) = (asked.lang, asked.now);
    let vitals = &asked.console.ctx.vitals;
    let expected = vitals.expected();
    let still = asked.console.ctx.standstill(now).map(|standstill| standstill.part);
    let state = |part: Part| match vitals.last_progress(part) {
        _ if still == Some(part) => (Tone::Bad, stands_still(lang)),
        _ if !expected.contains(&part) => (Tone::Quiet, idle(lang)),
        // A part without work has nothing to finish; of the vital ones it is not known.
        None => (Tone::Unknown, not_yet(lang)),
        Some(_) => (Tone::Good, works(lang)),
    };
    let heads = [head_part(lang), head_state(lang), head_finished(lang)].map(|head| ("", head));
    let rows = html! { @for &part in Part::ALL {
        @let (tone, words) = state(part);
        tr {
            th scope="row" { (part.text(lang)) }
            td { (parts::badge(tone, &words)) }
            td { (moment_or_never(lang, vitals.last_progress(part), now)) }
        }
    } };
    parts::table(&parts_head(lang), &heads, &rows)
}

fn entries(lang: Lang, entries: &[Entry]) -> Markup {
    let heads = [head_key(lang), head_value(lang), head_origin(lang)].map(|head| ("", head));
    let origin = |origin: &Origin| match origin {
        Origin::Default => default(lang),
        Origin::Credential => credential(lang),
        Origin::File(_) | Origin::Variable(_) => origin.to_string(),
    };
    let rows = html! { @for entry in entries {
        tr class=[(entry.origin == Origin::Default).then_some("quiet")] {
            th scope="row" { code { (entry.key) } }
            td { code { (entry.value) } }
            td { (origin(&entry.origin)) }
        }
    } };
    html! { @if entries.is_empty() { p.unknown { (no_entries(lang)) } } @else { (parts::table(&configuration(lang), &heads, &rows)) } }
}
