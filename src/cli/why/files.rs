//! The files of one dossier that the portal does not have.

use super::super::output::Output;
use super::super::role::Role;
use dongbo_model::{FileRole, FindingKind, texts};
use dongbo_sync::telling::WaitingFile;

texts! {
    files(): "Tệp chưa đến Cổng", "Files that the portal does not have";
    result(): "Kết quả", "Result";
    paper(): "Giấy tờ nộp", "Paper";
    looked_at(at): "xem lại lúc {at}", "looked at again at {at}";
}

/// Writes the part on files.
pub(super) fn render(waiting: &[WaitingFile], out: &mut Output) {
    if waiting.is_empty() {
        return;
    }
    let (lang, now) = (out.lang(), out.now());
    out.heading(&files(lang));
    for file in waiting {
        let role = if file.role == FileRole::Result.name() { result(lang) } else { paper(lang) };
        let colour = if file.is_held() { Role::Bad } else { Role::Warn };
        let state = out.paint(colour, &file.of.text(lang).to_lowercase());
        let again = file.due_at.map(|at| format!(" ({})", looked_at(lang, lang.near(at, now))));
        out.line(format!("  {role}: {state}{}", again.unwrap_or_default()));
        let known = file.findings.iter().filter_map(|kind| FindingKind::from_name(kind));
        for kind in known {
            out.line(format!("    {}", kind.explanation(lang)));
        }
        if let Some(trouble) = &file.trouble {
            out.line(format!("    {}", trouble.words(lang)));
        }
    }
}
