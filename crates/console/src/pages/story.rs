//! Everything that happened to one dossier on one time line.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use crate::parts::{Tone, age};
use dongbo_ledger::Difference;
use dongbo_model::{Age, Lang, texts};
use dongbo_sync::telling::{AttemptView, DossierView, FindingView, words};

texts! {
    changed(): "Thay đổi ở một cửa", "Local change";
    heard(many): "dongbo biết thay đổi (lần thứ {many})", "dongbo heard of the change (no. {many})";
    unsent(): "Thay đổi cũ nhất mà Cổng chưa nhận", "The oldest change that the portal has not accepted";
    accepted(): "Cổng nhận", "Accepted by the portal";
    accepted_after(span): "Cổng nhận thay đổi, độ trễ {span}", "The portal accepted the change, with a delay of {span}";
    step_accepted(place, span): "Cổng nhận bước {place}, độ trễ {span}", "The portal accepted step {place}, with a delay of {span}";
    seen(): "Tra cứu thấy Cổng đã có đủ", "A look-up showed everything on the portal";
    lost(): "Mất trả lời của Cổng", "An answer of the portal was lost";
    confirmed(): "Tra cứu xác nhận lại sau khi mất trả lời", "Confirmed again after a lost answer";
    steps_accepted(who): "{who} chấp nhận các bước trên Cổng", "{who} accepted the portal's steps";
    opened(what): "Phát hiện: {what}", "Finding: {what}";
    gone(what): "Đã hết: {what}", "Gone: {what}";
    differs(what): "Đối chiếu thấy khác: {what}", "Reconciliation found a difference: {what}";
    equal_again(what): "Đối chiếu thấy đã khớp lại: {what}", "Reconciliation found it equal again: {what}";
    sent_again(): "Gửi lại để sửa khác biệt", "Sent again to put a difference right";
    code(code): "mã {code}", "code {code}";
}

/// One thing that happened.
struct Event {
    at: DateTime<Utc>,
    tone: Tone,
    what: String,
    more: String,
}

impl Event {
    const fn new(at: DateTime<Utc>, tone: Tone, what: String) -> Self {
        Self { at, tone, what, more: String::new() }
    }
}

/// The time line, the newest first.
pub(super) fn line(
    (dossier, attempts): (&DossierView, &[AttemptView]),
    findings: &[FindingView],
    differences: &[Difference],
    lang: Lang,
    now: DateTime<Utc>,
) -> Markup {
    let mut events = of_row(dossier, lang);
    events.extend(attempts.iter().map(|attempt| of_attempt(attempt, lang)));
    events.extend(findings.iter().flat_map(|finding| of_finding(finding, lang)));
    events.extend(differences.iter().flat_map(|difference| of_difference(difference, lang)));
    // Of one moment the later one in the order of cause and effect is told first.
    events.reverse();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    html! {
        ol.story { @for event in &events {
            li.(event.tone.class()) {
                span.when { span.moment { (lang.second(event.at)) } " " (age(lang, event.at, now)) }
                span.what { (event.what) @if !event.more.is_empty() { span.note { (event.more) } } }
            }
        } }
    }
}

fn of_row(dossier: &DossierView, lang: Lang) -> Vec<Event> {
    let mut events = vec![Event::new(dossier.changed_at, Tone::Quiet, changed(lang))];
    let many = dossier.changes_heard_of;
    events.push(Event::new(dossier.seen_at, Tone::Quiet, heard(lang, many)));
    let unsent_since = dossier.unsent_since.filter(|at| *at != dossier.changed_at);
    events.extend(unsent_since.map(|at| Event::new(at, Tone::Warn, unsent(lang))));
    for delay in &dossier.delays {
        let span = words::delay(lang, delay.took);
        let what = match delay.step {
            Some(place) => step_accepted(lang, place, span),
            None => accepted_after(lang, span),
        };
        events.push(Event::new(delay.accepted_at, Tone::Good, what));
    }
    let told = |at: &DateTime<Utc>| dossier.delays.iter().any(|delay| delay.accepted_at == *at);
    let accepted_at = dossier.accepted_at.filter(|at| !told(at));
    events.extend(accepted_at.map(|at| Event::new(at, Tone::Good, accepted(lang))));
    events.extend(dossier.verified_at.map(|at| Event::new(at, Tone::Good, seen(lang))));
    events.extend(dossier.lost_at.map(|at| Event::new(at, Tone::Warn, lost(lang))));
    events.extend(dossier.confirmed_at.map(|at| Event::new(at, Tone::Good, confirmed(lang))));
    let by_person = dossier.steps_accepted_by.as_ref();
    events.extend(by_person.map(|(who, at)| Event::new(*at, Tone::Quiet, steps_accepted(lang, who))));
    events
}

fn of_attempt(attempt: &AttemptView, lang: Lang) -> Event {
    let (outcome, role) = words::outcome(lang, &attempt.outcome);
    let status = attempt.http_status.map(|status| format!("HTTP {status}"));
    let portal_code = Some(&attempt.portal_code).filter(|code| !code.is_empty());
    let answer: Vec<String> = status.into_iter().chain(portal_code.map(|given| code(lang, given))).collect();
    let answer = if answer.is_empty() { String::new() } else { format!(" ({})", answer.join(", ")) };
    let operations = words::operations(lang, &attempt.operations);
    let speaks = !attempt.message.is_empty() && attempt.outcome != "delivered";
    Event {
        at: attempt.ended_at,
        tone: role.into(),
        what: format!("{operations}: {outcome}{answer}"),
        more: if speaks { attempt.said(lang) } else { String::new() },
    }
}

fn of_finding(finding: &FindingView, lang: Lang) -> Vec<Event> {
    let what = finding.finding.line_about(lang, &finding.subject);
    let tone = if finding.closed_at.is_none() { Tone::Bad } else { Tone::Quiet };
    let begun = Event { at: finding.opened_at, tone, what: opened(lang, &what), more: finding.told(lang) };
    let ended = finding.closed_at.map(|at| Event::new(at, Tone::Good, gone(lang, &what)));
    std::iter::once(begun).chain(ended).collect()
}

fn of_difference(difference: &Difference, lang: Lang) -> Vec<Event> {
    let about =
        if difference.subject.is_empty() { String::new() } else { format!(" ({})", difference.subject) };
    let what = format!("{}{about}", difference.kind.text(lang));
    let tone = match (difference.closed_at, difference.age) {
        (Some(_), _) => Tone::Quiet,
        (None, Age::Pending) => Tone::Warn,
        (None, Age::Late | Age::Mismatch) => Tone::Bad,
    };
    let begun = Event::new(difference.opened_at, tone, differs(lang, &what));
    let again = difference.repaired_at.map(|at| Event::new(at, Tone::Quiet, sent_again(lang)));
    let ended = difference.closed_at.map(|at| Event::new(at, Tone::Good, equal_again(lang, &what)));
    std::iter::once(begun).chain(again).chain(ended).collect()
}
