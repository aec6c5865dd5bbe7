//! The demo as a newcomer meets it: on a terminal of 80 columns, and into a pipe. What it says about itself is held to be true, and
//! what it tells people to type is typed. `DONGBO_WRITE_DOCS=1` draws `docs/demo.svg` from the run on the terminal.

mod picture;
mod terminal;

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use support::PATIENCE;
use terminal::{Ink, Terminal};
use testbed::day::AHEAD_VARIABLE;

/// Few enough to be quick, and enough to be struck by every sort of fault.
const DOSSIERS: &str = "80";
/// As many as a newcomer sees.
const DOSSIERS_OF_THE_PICTURE: &str = "2000";
/// Columns of the terminal.
const COLUMNS: usize = 80;

/// The demo, built as the tests were. `scripts/test` has built it already, and says so.
fn demo() -> Command {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        if std::env::var_os("DONGBO_ALL_IS_BUILT").is_none() {
            let built = Command::new(env!("CARGO"))
                .args(["build", "--workspace", "--examples", "--locked", "--quiet"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .status()
                .unwrap();
            assert!(built.success());
        }
        Path::new(env!("CARGO_BIN_EXE_dongbo")).with_file_name("examples").join("demo")
    });
    let mut demo = Command::new(PROGRAM.as_path());
    // It lives today, like whoever watches it.
    demo.env_remove(AHEAD_VARIABLE)
        .env_remove("DONGBO_TEST_DAY")
        .env_remove("DONGBO_LANG")
        .env_remove("NO_COLOR");
    demo
}

/// The demo on a terminal, with somebody at it.
struct Watched {
    child: Child,
    output: Receiver<Vec<u8>>,
    /// What has come and does not stand on the terminal yet.
    coming: VecDeque<u8>,
    terminal: Terminal,
}

impl Watched {
    fn start(dossiers: &str, folder: &Path) -> Self {
        let demo = demo();
        let typed = format!(
            "stty cols {COLUMNS} rows 50; exec {} --dossiers {dossiers} --folder {}",
            demo.get_program().display(),
            folder.display()
        );
        let mut script = Command::new("script");
        for (name, value) in demo.get_envs() {
            match value {
                Some(value) => script.env(name, value),
                None => script.env_remove(name),
            };
        }
        let mut child = script
            .args(["-q", "-e", "-f", "-c", &typed, "/dev/null"])
            .env("TERM", "xterm-256color")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 65_536];
            while let Ok(length @ 1..) = stdout.read(&mut bytes) {
                drop(sender.send(bytes[..length].to_vec()));
            }
        });
        Self { child, output, coming: VecDeque::new(), terminal: Terminal::new(COLUMNS) }
    }

    /// Watches until the terminal looks as `wanted`: line by line, as more may have come at once than one picture.
    fn until(&mut self, what: &str, wanted: impl Fn(&Terminal) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.terminal) {
            if self.coming.is_empty() {
                let left = deadline.saturating_duration_since(Instant::now());
                let bytes = self.output.recv_timeout(left);
                let bytes = bytes.unwrap_or_else(|_| panic!("not {what}:\n{}", self.terminal.text()));
                self.coming.extend(bytes);
            }
            let line =
                self.coming.iter().position(|byte| *byte == b'\n').map_or(self.coming.len(), |end| end + 1);
            let line: Vec<u8> = self.coming.drain(..line).collect();
            self.terminal.take(&line);
        }
    }

    fn types(&mut self, line: &str) {
        let mut keyboard = self.child.stdin.as_ref().unwrap();
        writeln!(keyboard, "{line}").unwrap();
    }

    fn end(mut self) -> (ExitStatus, Terminal) {
        let came: Vec<u8> = self.coming.drain(..).collect();
        self.terminal.take(&came);
        while let Ok(bytes) = self.output.recv_timeout(PATIENCE) {
            self.terminal.take(&bytes);
        }
        (self.child.wait().unwrap(), self.terminal)
    }
}

/// The commands that the demo tells people to type, with the folder's before each of the others.
fn commands(text: &str) -> Vec<String> {
    let lines = || text.lines().map(str::trim);
    let folder = lines().find(|line| line.starts_with("cd /")).unwrap();
    lines().filter(|line| line.starts_with("./dongbo ")).map(|line| format!("{folder}\n{line}")).collect()
}

/// Types `command` into a shell: its exit code and what it says.
fn types(command: &str) -> (Option<i32>, String) {
    let output = Command::new("sh")
        .args(["-c", command])
        .env_remove("DONGBO_LANG")
        .env_remove("DONGBO_TEST_DAY")
        .env_remove(AHEAD_VARIABLE)
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn on_a_terminal_the_demo_tells_its_story_and_its_commands_run() {
    let folder = tempfile::tempdir().unwrap();
    let writes = std::env::var_os("DONGBO_WRITE_DOCS").is_some();
    let dossiers = if writes { DOSSIERS_OF_THE_PICTURE } else { DOSSIERS };
    let mut watched = Watched::start(dossiers, folder.path());
    let rows = ["Đã có trên Cổng", "Trạng thái", "Các bước", "Tệp", "Đã tra cứu lại", "Cổng: MẤT ĐIỆN"];
    watched.until("red in every row without power", |terminal| {
        rows.iter().all(|row| terminal.ink_of(row) == Some(Ink::Red))
    });
    let without_power = watched.terminal.clone();
    watched.until("over", |terminal| terminal.prose().contains("Nhấn Enter để dừng"));
    let text = watched.terminal.text();
    assert!(text.contains("0 mất, 0 trùng, 0 sai thứ tự"), "{text}");
    for layer in ["Đã có trên Cổng", "Trạng thái", "Các bước", "Tệp"] {
        let row = text.lines().rfind(|line| line.trim_start().starts_with(layer) && !line.contains('█'));
        assert!(row.is_some_and(|row| row.ends_with(" 100\u{a0}%")), "{layer}:\n{text}");
    }
    if writes {
        picture::write(&without_power, &watched.terminal);
    }

    let commands = commands(&text);
    let words: Vec<&str> = commands.iter().filter_map(|command| command.split(' ').nth(4)).collect();
    assert_eq!(words, ["status", "held", "why", "indicators"]);
    for command in &commands {
        let deadline = Instant::now() + PATIENCE;
        // A change is looked at once more after its tick, and is not in step for that moment.
        while types(command).0 != Some(0) {
            assert!(Instant::now() < deadline, "{command}\n{}", types(command).1);
        }
    }
    let (_, views) = types(&commands[3]);
    let on_time = views.lines().find(|line| line.trim_start().starts_with("2.1 ")).unwrap();
    assert!(views.contains("Cổng công bố") && on_time.matches('%').count() >= 3, "{views}");
    watched.types(commands[1].lines().last().unwrap());
    watched
        .until("told what is held", |terminal| terminal.text().contains("Không có hồ sơ hay tệp nào bị giữ"));
    watched.types("");
    let (status, terminal) = watched.end();
    assert!(status.success(), "{}", terminal.text());
    let left = format!("rm -r {}", folder.path().display());
    assert!(terminal.prose().contains(&left), "{}", terminal.text());
}

#[test]
fn into_a_pipe_the_demo_writes_few_plain_lines_and_what_it_leaves_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo()
        .args(["--dossiers", DOSSIERS, "--lang", "en", "--folder"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("0 lost, 0 twice, 0 out of order"), "{text}");
    assert!(text.contains("THE PORTAL'S PLUG IS PULLED"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{text}");
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= COLUMNS && text.lines().count() <= 60, "{longest} {text}");
    let foreign = text.lines().find(|line| line.replace("Bờ Y", "").chars().any(is_vietnamese));
    assert_eq!(foreign, None, "{text}");

    let said: Vec<(Option<i32>, String)> = commands(&text).iter().map(|command| types(command)).collect();
    let codes: Vec<Option<i32>> = said.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes[1..], [Some(0); 3], "{said:#?}");
    // Nothing runs there any more, and so it does not say that all is well.
    assert!(codes[0] > Some(2), "{said:#?}");
}

/// Whether only Vietnamese writes this letter.
fn is_vietnamese(letter: char) -> bool {
    matches!(letter, 'À'..='ỹ')
        && letter.is_alphabetic()
        && letter.to_lowercase().all(|lower| !"æøß".contains(lower))
}
