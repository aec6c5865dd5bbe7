//! Manual pages in both languages.

use std::io;

use clap::Command;
use dongbo_model::Lang;

/// The headings that the generator of pages writes, what they are called in English, and in Vietnamese.
const HEADINGS: [(&str, &str, &str); 7] = [
    ("NAME", "NAME", "TÊN"),
    ("SYNOPSIS", "SYNOPSIS", "CÚ PHÁP"),
    ("DESCRIPTION", "DESCRIPTION", "MÔ TẢ"),
    ("SUBCOMMANDS", "COMMANDS", "LỆNH"),
    ("Lệnh", "COMMANDS", "LỆNH"),
    ("EXTRA", "EXIT STATUS", "MÃ THOÁT"),
    ("VERSION", "VERSION", "PHIÊN BẢN"),
];

/// The manual page of a command whose texts are in `lang` already.
pub(in super::super) fn man(page: Command, lang: Lang) -> io::Result<Vec<u8>> {
    let mut page_of_clap = Vec::new();
    clap_mangen::Man::new(page).render(&mut page_of_clap)?;
    let mut text = String::new();
    for line in String::from_utf8_lossy(&page_of_clap).lines() {
        let heading = line.strip_prefix(".SH ").map(|heading| heading.trim_matches('"'));
        match HEADINGS.iter().find(|(known, ..)| Some(*known) == heading) {
            Some((_, en, vi)) => text.push_str(&format!(".SH \"{}\"\n", lang.pick(vi, en))),
            None => text.extend([line, "\n"]),
        }
    }
    Ok(text.into_bytes())
}
