//! The open differences of one dossier: what comparing both sides found.

use super::super::output::Output;
use super::super::role::Role;
use dongbo_ledger::Difference;
use dongbo_model::{Age, Remedy, texts};

texts! {
    differences(): "Khác với Cổng, theo đối chiếu hai bên", "Differs from the portal, as reconciliation found";
    since(at): "bắt đầu lệch từ {at}", "differs since {at}";
    sides(ours, theirs): "Một cửa: {ours}; Cổng: {theirs}", "Ours: {ours}; the portal's: {theirs}";
    nothing(): "không có", "none";
    because(cause): "Nguyên nhân: {cause}", "Cause: {cause}";
    act(owner): "Ai xử lý: {owner}", "Who acts: {owner}";
    sent_again(at): "Đã gửi lại {at}; chờ tra cứu lại.", "Sent again {at}; it is to be looked at again.";
    more(code): "Chi tiết: dongbo reconcile explain {code}", "In detail: dongbo reconcile explain {code}";
}

/// Writes the part on differences.
pub(super) fn render(code: &str, open: &[Difference], out: &mut Output) {
    if open.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&differences(lang));
    for one in open {
        let colour = if one.age == Age::Pending { Role::Warn } else { Role::Bad };
        let about = if one.subject.is_empty() { String::new() } else { format!(" ({})", one.subject) };
        let headline = out.paint(colour, &format!("{}{about}", one.kind.text(lang)));
        out.line(format!("  {headline}: {}, {}", one.age.text(lang), since(lang, lang.near(one.since, now))));
        let side = |value: &str| if value.is_empty() { nothing(lang) } else { value.to_owned() };
        if one.ours != one.theirs {
            out.line(format!("    {}", sides(lang, side(&one.ours), side(&one.theirs))));
        }
        out.line(format!("    {}", because(lang, one.cause.text(lang))));
        match one.repaired_at.filter(|at| *at >= one.seen_at) {
            Some(at) => out.line(format!("    {}", sent_again(lang, lang.near(at, now)))),
            None => {
                let remedy = Remedy::of(one.kind, &one.cause, one.age, one.mendable);
                out.line(format!("    {}", act(lang, remedy.owner_of(lang, &one.cause))));
            }
        }
    }
    out.line(format!("  {}", out.paint(Role::Faint, &more(lang, code))));
}
