//! After the end, on a terminal: everything goes on for a while, so that the four commands can be tried, here or in another
//! window.

use std::io::IsTerminal as _;
use std::process::Command;
use std::time::Duration;

use dongbo_model::{Lang, texts};
use tokio::sync::mpsc::Receiver;

use crate::output::{Tone, complain, is_terminal, paint, say, tell};
use crate::stage::Stage;

/// The time for which everything goes on while nobody types anything.
const STAYS_FOR: Duration = Duration::from_secs(600);

texts! {
    stays(minutes):
        "dongbo và Cổng thử còn chạy: dán một lệnh vào đây hoặc vào cửa sổ khác. Nhấn Enter để dừng; không gõ gì thì tự dừng sau {minutes} phút.",
        "dongbo and the mock portal are still running: paste a command here or in another window. Enter stops them; they stop by themselves after {minutes} minutes of silence.";
    gone_on(folder):
        "Đã dừng. Dữ liệu còn ở {folder}: bốn lệnh vẫn xem được, và báo rằng dịch vụ dongbo không chạy. Xem xong thì xóa: rm -r {folder}",
        "Stopped. The data stay in {folder}: the four commands still work, and say that dongbo does not run. When you are done: rm -r {folder}";
    only_dongbo(): "Ở đây chỉ chạy được lệnh của dongbo.", "Only commands of dongbo run here.";
}

/// Waits for the viewer, when there is one, and says what is left behind.
pub(crate) async fn wait(stage: &Stage, lang: Lang) {
    say("");
    if std::io::stdin().is_terminal() && is_terminal() {
        tell(&stays(lang, STAYS_FOR.as_secs() / 60));
        let mut lines = typed();
        while let Some(line) = next(&mut lines).await {
            obey(stage, lang, &line).await;
        }
    }
    tell(&gone_on(lang, stage.folder.display()));
}

/// The lines that are typed. Reading a terminal cannot be broken off, so a thread does it that nobody waits for.
fn typed() -> Receiver<String> {
    let (sender, lines) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        let mut typed = std::io::stdin().lines().map_while(Result::ok);
        while typed.next().is_some_and(|line| sender.blocking_send(line).is_ok()) {}
    });
    lines
}

/// The next line; `None` when it is empty, or none comes.
async fn next(lines: &mut Receiver<String>) -> Option<String> {
    let line = tokio::select! {
        line = tokio::time::timeout(STAYS_FOR, lines.recv()) => line.ok()??,
        _ = tokio::signal::ctrl_c() => return None,
    };
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Runs what was typed in the demo's folder, when it is a command of dongbo.
async fn obey(stage: &Stage, lang: Lang, line: &str) {
    let mut words = line.split_whitespace();
    match words.next() {
        Some("./dongbo" | "dongbo") => {}
        // It stands in front of the commands, and is where they run in any case.
        Some("cd") => return,
        _ => return complain(&only_dongbo(lang)),
    }
    let mut command = Command::new("./dongbo");
    command.args(words).current_dir(&stage.folder);
    let ran = tokio::task::spawn_blocking(move || command.status()).await;
    if let Ok(Err(error)) = ran {
        say(&paint(Tone::Bad, &error.to_string()));
    }
    say("");
}
