//! Every text of a trial in both languages.

use std::path::Path;

use dongbo_model::{Lang, texts};

texts! {
    being_set(dossiers):
        "Đang dựng thử: {dossiers} hồ sơ ở một hệ thống một cửa giả định, một Cổng giả, và dongbo ở giữa…",
        "Setting up: {dossiers} dossiers in an imaginary one-stop system, a mock portal, and dongbo between them…";
    typed(status, why, held):
        "\nMở một cửa sổ lệnh khác và gõ:\n  {status}\n  {why}\n  {held}",
        "\nOpen another terminal and type:\n  {status}\n  {why}\n  {held}";
    goes_on(folder):
        "\nCứ hai giây một cửa có một thay đổi. Mọi thứ nằm trong {folder}, nhật ký là dongbo.log ở đó.\nCtrl-C: dừng và xoá hết.",
        "\nEvery two seconds something changes in the one-stop system. Everything is in {folder}, the log is dongbo.log there.\n\
         Ctrl-C stops it and takes everything away.";
    gone(): "\nĐã dừng và xoá hết.", "\nStopped, and everything is taken away.";
}

/// The line while the stage is set.
pub(crate) fn setting(lang: Lang, dossiers: u64) -> String {
    being_set(lang, lang.count(dossiers))
}

/// The commands that a person may type now, about `code` among others, and how it goes on.
pub(crate) fn what_to_type(lang: Lang, folder: &Path, config: &Path, code: &str) -> String {
    let command = |words: &str| format!("dongbo --config {} {words}", config.display());
    let commands = typed(lang, command("status"), command(&format!("why {code}")), command("held"));
    format!("{commands}\n{}", goes_on(lang, folder.display()))
}

/// The line at the end.
pub(crate) fn struck(lang: Lang) -> String {
    gone(lang)
}
