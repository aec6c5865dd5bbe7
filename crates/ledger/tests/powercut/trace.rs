//! The record of `strace`, as far as it concerns the ledger's folder and the acknowledgements.

use std::collections::HashMap;
use std::path::Path;

/// One thing that happened, in order. Files are named without their folder; the folder itself has no name.
pub(crate) enum Event {
    Wrote {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Truncated {
        file: String,
        length: usize,
    },
    Synced(String),
    Removed(String),
    /// The work was told that its transaction is done, and says how things stand.
    Acknowledged(String),
}

impl Event {
    pub(crate) fn acknowledged(&self) -> Option<&str> {
        match self {
            Self::Acknowledged(state) => Some(state),
            _ => None,
        }
    }
}

/// Reads the lines of a trace. A write counts from when it began, a wait for the disk from when it had ended.
pub(crate) fn read(trace: &str, folder: &Path) -> Vec<Event> {
    let folder = format!("{}", folder.display());
    let mut events = Vec::new();
    // Waits that are not over, by process.
    let mut waiting: HashMap<&str, String> = HashMap::new();
    for line in trace.lines() {
        let Some((pid, call)) = line.split_once(' ') else { continue };
        let call = call.trim_start();
        if call.starts_with("<... fsync resumed>") || call.starts_with("<... fdatasync resumed>") {
            if let Some(file) = waiting.remove(pid) {
                events.push(Event::Synced(file));
            }
            continue;
        }
        let Some((name, arguments)) = call.split_once('(') else { continue };
        if name == "write" && arguments.starts_with("1<") {
            let told = String::from_utf8(bytes(arguments)).unwrap();
            events.push(Event::Acknowledged(told.trim_end().to_owned()));
            continue;
        }
        let path = match name {
            "unlink" | "unlinkat" => String::from_utf8(bytes(arguments)).unwrap(),
            _ => between(arguments, '<', '>')
                .map(|hex| String::from_utf8(unescape(hex)).unwrap())
                .unwrap_or_default(),
        };
        let Some(file) = path.strip_prefix(&folder).map(|file| file.trim_start_matches('/').to_owned())
        else {
            continue;
        };
        match name {
            "pwrite64" => {
                let bytes = bytes(arguments);
                let at = last_number(arguments);
                events.push(Event::Wrote { file, at, bytes });
            }
            "ftruncate" => events.push(Event::Truncated { file, length: last_number(arguments) }),
            "fsync" | "fdatasync" if arguments.contains("<unfinished") => {
                waiting.insert(pid, file);
            }
            "fsync" | "fdatasync" => events.push(Event::Synced(file)),
            "unlink" | "unlinkat" => events.push(Event::Removed(file)),
            // Whatever else may write is not known to this reader.
            _ => panic!("{name} in the ledger's folder"),
        }
    }
    events
}

/// The text in quotes.
fn bytes(arguments: &str) -> Vec<u8> {
    between(arguments, '"', '"').map(unescape).unwrap_or_default()
}

fn between(text: &str, from: char, to: char) -> Option<&str> {
    let (_, rest) = text.split_once(from)?;
    rest.split_once(to).map(|(inside, _)| inside)
}

fn unescape(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

/// The last argument, before the parenthesis or the word that the call is not over.
fn last_number(arguments: &str) -> usize {
    let inside = arguments.split(" <unfinished").next().unwrap();
    let inside = inside.rsplit_once(')').map_or(inside, |(inside, _)| inside);
    inside.rsplit(", ").next().unwrap().trim().parse().unwrap()
}
