//! Reading the layers from their places: the main file, `conf.d/*.toml` beside it, the environment, systemd credentials.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use config::{Config, ValueKind};

use crate::capped;
use crate::layer::{Layer, Origin};
use crate::lists::List;

/// The beginning of variables that set keys.
const PREFIX: &str = "DONGBO__";
/// The variable in which systemd names the folder of the unit's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// The layers of all places, the weakest first.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) layers: Vec<Layer>,
    /// The files that were read, in that order.
    pub(super) files: Vec<PathBuf>,
    /// The places that could not be read, each in a sentence.
    pub(super) problems: Vec<String>,
    /// The folder of the credentials, when systemd gave any.
    pub(super) credentials: Option<PathBuf>,
    /// The main file, when it is not there and nothing else sets a value.
    pub(super) missing: Option<PathBuf>,
}

/// Reads `main`, or without it `usual` where that exists, then the files beside it, then `environment`. A variable's text
/// is read as the type that its key has in `defaults`.
pub(super) fn gather<K: Into<OsString>, V: Into<OsString>>(
    main: Option<&Path>,
    usual: &Path,
    environment: impl IntoIterator<Item = (K, V)>,
    defaults: &Config,
    lists: &[List],
) -> Gathered {
    let mut gathered = Gathered::default();
    let file = main.unwrap_or(usual);
    let is_missing = matches!(file.try_exists(), Ok(false));
    // A file that may exist but cannot be seen is read too, so that the reason is told.
    if main.is_some() || !is_missing {
        gathered.read(file);
    }
    match fragments(&main.unwrap_or(usual).with_file_name("conf.d")) {
        Ok(files) => files.iter().for_each(|file| gathered.read(file)),
        Err(problem) => gathered.problems.push(problem),
    }
    let mut variables: Vec<(OsString, OsString)> =
        environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    variables.sort();
    for (name, value) in variables {
        gathered.read_variable(&name.to_string_lossy(), value, defaults, lists);
    }
    gathered.missing = (is_missing && gathered.layers.is_empty()).then(|| file.to_owned());
    gathered
}

impl Gathered {
    fn read(&mut self, file: &Path) {
        let text = capped::read_text(file).map_err(|error| unreadable(file, &error));
        match text.and_then(|text| Layer::from_toml(Origin::File(file.to_owned()), &text)) {
            Ok(layer) => self.layers.push(layer),
            Err(problem) => self.problems.push(problem),
        }
        self.files.push(file.to_owned());
    }

    fn read_variable(&mut self, name: &str, value: OsString, defaults: &Config, lists: &[List]) {
        let key = name.strip_prefix(PREFIX);
        if key.is_none() && name != CREDENTIALS {
            return;
        }
        let Ok(text) = value.into_string() else {
            self.problems.push(format!("{name} is no UTF-8 text"));
            return;
        };
        let Some(key) = key else {
            self.credentials = Some(PathBuf::from(text));
            return;
        };
        let key = key.to_lowercase();
        let steps: Vec<&str> = key.split("__").collect();
        let value = typed(List::default_of(lists, &steps, defaults), text);
        self.layers.push(Layer::single(Origin::Variable(name.to_owned()), &steps, value));
    }
}

/// A layer for each password of `sections` that systemd put into `folder`: the key that names its file. An empty one is
/// none: the unit names every password that there may be, and the installation makes their files.
pub(super) fn credentials(folder: &Path, sections: &[String]) -> Vec<Layer> {
    let files = sections.iter().map(|section| (section, folder.join(format!("{section}.password"))));
    files
        .filter(|(_, file)| std::fs::metadata(file).is_ok_and(|found| found.len() > 0))
        .map(|(section, file)| {
            let file = file.to_string_lossy().into_owned();
            let steps: Vec<&str> = section.split('.').chain(["password_file"]).collect();
            Layer::single(Origin::Credential, &steps, file)
        })
        .collect()
}

/// The sentence about a file or folder that cannot be read, with the remedy.
fn unreadable(path: &Path, error: &std::io::Error) -> String {
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => ": run this as root or as dongbo's user (sudo)",
        ErrorKind::NotFound => ": correct the path of --config",
        ErrorKind::IsADirectory => ": name the file in it, such as dongbo.toml",
        ErrorKind::InvalidData => ": it is no UTF-8 text; save it as such",
        _ => "",
    };
    format!("{} cannot be read: {error}{remedy}", path.display())
}

/// The files `*.toml` of `folder` in byte order of their names; hidden ones are an editor's.
fn fragments(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let refuse = |error: std::io::Error| unreadable(folder, &error);
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(refuse)?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let name = entry.map_err(refuse)?.file_name();
        let bytes = name.as_encoded_bytes();
        if bytes.ends_with(b".toml") && !bytes.starts_with(b".") {
            files.push(folder.join(name));
        }
    }
    files.sort();
    Ok(files)
}

/// A variable's text as the type of the key's default. Text that does not fit stays text, to be refused like any other
/// wrong value; where the default is text it stays text too: a unit code may be all digits and begin with noughts.
fn typed(default: Option<toml::Value>, text: String) -> ValueKind {
    let value = match default {
        Some(toml::Value::Integer(_)) => text.trim().parse().ok().map(ValueKind::I64),
        Some(toml::Value::Float(_)) => text.trim().parse().ok().map(ValueKind::Float),
        Some(toml::Value::Boolean(_)) => text.trim().parse().ok().map(ValueKind::Boolean),
        _ => None,
    };
    value.unwrap_or(ValueKind::String(text))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    use std::path::Path;

    use config::Config;

    use super::{Gathered, gather};

    fn gathered(main: Option<&Path>, usual: &Path) -> Gathered {
        gather(main, usual, [("PATH", "/bin"), ("DONGBO_HOME", "x")], &Config::default(), &[])
    }

    #[test]
    fn the_usual_file_is_read_where_it_exists_and_a_named_one_has_to_exist() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("dongbo.toml");
        assert!(gathered(None, &usual).files.is_empty());
        std::fs::write(&usual, "[push]").unwrap();
        assert_eq!(gathered(None, &usual).files, std::slice::from_ref(&usual));
        let elsewhere = folder.path().join("no-such.toml");
        let named = gathered(Some(&elsewhere), &usual);
        assert!(named.layers.is_empty() && named.problems.len() == 1, "{named:?}");
        assert_eq!(named.missing.as_deref(), Some(&*elsewhere));
    }

    #[test]
    fn a_file_is_missed_only_where_nothing_else_sets_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let usual = folder.path().join("dongbo.toml");
        assert_eq!(gathered(None, &usual).missing.as_deref(), Some(&*usual));
        let set = gather(None, &usual, [("DONGBO__PUSH__LEASE", "9s")], &Config::default(), &[]);
        assert_eq!(set.missing, None);
        let fragments = folder.path().join("conf.d");
        std::fs::create_dir(&fragments).unwrap();
        std::fs::write(fragments.join("a.toml"), "[push]").unwrap();
        assert_eq!(gathered(None, &usual).missing, None);
    }

    #[test]
    fn fragments_are_read_in_byte_order_without_what_an_editor_left() {
        let folder = tempfile::tempdir().unwrap();
        let fragments = folder.path().join("conf.d");
        std::fs::create_dir(&fragments).unwrap();
        for name in ["b.toml", "10.toml", "9.toml", "B.toml", ".b.toml", "b.toml~", "README"] {
            std::fs::write(fragments.join(name), "").unwrap();
        }
        let read = gathered(None, &folder.path().join("dongbo.toml")).files;
        assert_eq!(read, ["10.toml", "9.toml", "B.toml", "b.toml"].map(|name| fragments.join(name)));
    }

    #[test]
    fn a_variable_that_is_no_text_is_told_unless_it_is_not_ours() {
        let broken = || OsString::from_vec(vec![0xff]);
        let environment = [("DONGBO__PUSH__LEASE".into(), broken()), ("OTHER".into(), broken())];
        let gathered = gather(
            None,
            Path::new("/nowhere/x"),
            environment.map(|pair: (OsString, _)| pair),
            &Config::default(),
            &[],
        );
        assert_eq!(gathered.problems, ["DONGBO__PUSH__LEASE is no UTF-8 text"]);
    }
}
