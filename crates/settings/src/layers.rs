//! Where configuration comes from: the main file, `conf.d/*.toml` beside it, the environment, systemd credentials.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::origin::{Layer, Origin};

/// Variables that begin so are keys.
const PREFIX: &str = "DONGBO__";
/// Where systemd tells the folder of the unit's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What all places say, the weakest first.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) layers: Vec<Layer>,
    /// The files that were read, in that order.
    pub(super) files: Vec<PathBuf>,
    /// What could not be read at all.
    pub(super) problems: Vec<String>,
    /// The folder of the credentials, when systemd gave any.
    pub(super) credentials: Option<PathBuf>,
}

/// Reads `main`, or `usual` where that exists when there is no `main`, then the files beside it, then `environment`. The
/// types of `defaults` say how a variable's text is meant.
pub(super) fn gather<K: Into<OsString>, V: Into<OsString>>(
    main: Option<&Path>,
    usual: &Path,
    environment: impl IntoIterator<Item = (K, V)>,
    defaults: &Table,
) -> Gathered {
    let mut gathered = Gathered::default();
    // A file that may be there but cannot be seen is read too, so that it is told why.
    if main.is_some() || !matches!(usual.try_exists(), Ok(false)) {
        gathered.read(main.unwrap_or(usual));
    }
    match fragments(&main.unwrap_or(usual).with_file_name("conf.d")) {
        Ok(files) => files.iter().for_each(|file| gathered.read(file)),
        Err(problem) => gathered.problems.push(problem),
    }
    let mut variables: Vec<(OsString, OsString)> =
        environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
    variables.sort();
    for (name, value) in variables {
        gathered.hear(&name.to_string_lossy(), value, defaults);
    }
    gathered
}

impl Gathered {
    fn read(&mut self, file: &Path) {
        let text = std::fs::read_to_string(file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()));
        match text.and_then(|text| parse(file, &text)) {
            Ok(table) => self.layers.push(Layer { origin: Origin::File(file.to_owned()), table }),
            Err(problem) => self.problems.push(problem),
        }
        self.files.push(file.to_owned());
    }

    fn hear(&mut self, name: &str, value: OsString, defaults: &Table) {
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
        let table = nested(&steps, typed(at(defaults, &steps), text));
        self.layers.push(Layer { origin: Origin::Variable(name.to_owned()), table });
    }
}

/// The passwords of `sections` that systemd put into `folder`, as the keys that name their files.
pub(super) fn credentials(folder: &Path, sections: &[&str]) -> Layer {
    let mut table = Table::new();
    for &section in sections {
        let file = folder.join(format!("{section}.password"));
        if file.exists() {
            let file = Value::String(file.to_string_lossy().into_owned());
            table.extend(nested(&[section, "password_file"], file));
        }
    }
    Layer { origin: Origin::Credential, table }
}

/// The files `*.toml` of `folder` in byte order of their names; hidden ones are an editor's.
fn fragments(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let refuse = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
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

/// Reads TOML. What is wrong is told by its place, never by quoting the line: a password may stand in it.
fn parse(file: &Path, text: &str) -> Result<Table, String> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{}, line {line}, column {column}: {}", file.display(), error.message())
    })
}

fn at<'t>(table: &'t Table, steps: &[&str]) -> Option<&'t Value> {
    let (first, rest) = steps.split_first()?;
    let value = table.get(*first)?;
    if rest.is_empty() { Some(value) } else { at(value.as_table()?, rest) }
}

fn nested(steps: &[&str], value: Value) -> Table {
    let Some((first, rest)) = steps.split_first() else { return Table::new() };
    let value = if rest.is_empty() { value } else { Value::Table(nested(rest, value)) };
    Table::from_iter([((*first).to_owned(), value)])
}

/// A variable's text as the type of the key's default. What does not fit stays text, to be refused with the rest; and
/// text stays text although it looks like a number: a unit code may be all digits and begin with noughts.
fn typed(default: Option<&Value>, text: String) -> Value {
    let value = match default {
        Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
        Some(Value::Float(_)) => text.trim().parse().ok().map(Value::Float),
        Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
        _ => None,
    };
    value.unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    use std::path::Path;

    use toml::Table;

    use super::{Gathered, gather, parse};

    fn gathered(main: Option<&Path>, usual: &Path) -> Gathered {
        gather(main, usual, [("PATH", "/bin"), ("DONGBO_HOME", "x")], &Table::new())
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
        let gathered =
            gather(None, Path::new("/nowhere/x"), environment.map(|pair: (OsString, _)| pair), &Table::new());
        assert_eq!(gathered.problems, ["DONGBO__PUSH__LEASE is no UTF-8 text"]);
    }

    #[test]
    fn a_slip_in_toml_is_told_by_line_and_column() {
        let problem = parse(Path::new("x.toml"), "[push]\nlease = \"60s\"\nđợi = geheim\n").unwrap_err();
        assert!(problem.starts_with("x.toml, line 3, column "), "{problem}");
        assert!(!problem.contains("geheim"), "{problem}");
    }
}
