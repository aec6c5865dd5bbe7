//! Four commands for whoever wants to look closer. The demo puts itself into its folder under the name `dongbo`, and is all
//! of dongbo when called so: nothing else has to be built for them.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use dongbo_model::{Lang, Month, texts};

use crate::failure::Failure;
use crate::output::{Tone, paint, say, tell};
use crate::publish;
use crate::stage::Stage;

/// The name of the program in the demo's folder.
const NAME: &str = "dongbo";

texts! {
    look_closer(): "Xem tận nơi bằng bốn lệnh của dongbo:", "Look closer with four commands of dongbo:";
    log_is(path): "Nhật ký: {path}", "Log: {path}";
}

/// Whether this process was called as `dongbo`.
pub(crate) fn is_dongbo_wanted() -> bool {
    let called = std::env::args_os().next().map(PathBuf::from);
    called.is_some_and(|path| path.file_name() == Some(OsStr::new(NAME)))
}

/// Makes the commands ready in the stage's folder, and shows them.
pub(crate) fn offer(stage: &Stage, lang: Lang) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(Failure::Command)?;
    std::os::unix::fs::symlink(program, stage.folder.join(NAME)).map_err(Failure::Command)?;
    say("");
    tell(&look_closer(lang));
    for command in commands(&stage.folder, lang, &most_struck(stage), publish::month()?) {
        say(&paint(Tone::Strong, &format!("  {command}")));
    }
    Ok(())
}

fn commands(folder: &Path, lang: Lang, code: &str, month: Month) -> [String; 5] {
    let dongbo =
        |command: &str| format!("./{NAME} --config dongbo.toml{} {command}", lang.pick("", " --lang en"));
    [
        format!("cd {}", folder.display()),
        dongbo("status"),
        dongbo("held"),
        dongbo(&format!("why {code}")),
        dongbo(&format!("indicators show --period {month}")),
    ]
}

/// The dossier whose calls met most faults.
fn most_struck(stage: &Stage) -> String {
    let mut met: BTreeMap<String, u64> = BTreeMap::new();
    for call in stage.mock.calls() {
        // Who shares a call with many others shares their bad luck too.
        if let ([code], Some(_)) = (call.dossiers.as_slice(), &call.fault) {
            *met.entry(code.clone()).or_default() += 1;
        }
    }
    let most = met.into_iter().max_by_key(|(_, faults)| *faults).map(|(code, _)| code);
    most.or_else(|| stage.mock.dossiers().first().map(|dossier| dossier.code.clone())).unwrap_or_default()
}
