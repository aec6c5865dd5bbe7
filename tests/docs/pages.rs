//! The pages of the documentation, as text.

use std::path::{Path, PathBuf};

/// A page and where it lies.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Page {
    /// Holds the part between the marks `begin` and `end` to `wanted`, which the suite `name` generates; with `DONGBO_WRITE_DOCS` it is
    /// written anew. Gives the text before that part.
    pub(crate) fn hold_generated(&self, begin: &str, end: &str, wanted: &str, name: &str) -> &str {
        let (before, rest) = self.text.split_once(begin).unwrap();
        let (inside, after) = rest.split_once(end).unwrap();
        if inside != wanted && std::env::var_os("DONGBO_WRITE_DOCS").is_some() {
            std::fs::write(&self.path, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
        } else {
            assert_eq!(inside, wanted, "write it anew: DONGBO_WRITE_DOCS=1 cargo test --test docs {name}");
        }
        before
    }
}

/// The repository's top folder.
pub(crate) fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page at `path` below the top folder.
pub(crate) fn page(path: &str) -> Page {
    read(top().join(path))
}

/// Every page that people read.
pub(crate) fn all() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "mock-portal/README.md"]
        .map(|path| top().join(path))
        .into();
    gather(&top().join("docs"), &mut paths);
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Page {
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Page { path, text }
}

fn gather(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}

/// The lines of a page that stand in code blocks of `language`, or outside of every code block for `None`.
pub(crate) fn lines<'t>(text: &'t str, language: Option<&str>) -> Vec<&'t str> {
    let mut inside: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), inside) {
            (Some(opened), None) => inside = Some(opened.trim()),
            (Some(_), Some(_)) => inside = None,
            (None, _) if inside == language => lines.push(line),
            (None, _) => {}
        }
    }
    assert_eq!(inside, None, "a code block is not closed");
    lines
}

#[test]
fn lines_are_told_by_their_code_block() {
    let text = "a\n```console\nb\n```\nc\n```\nd\n```\n";
    assert_eq!(lines(text, None), ["a", "c"]);
    assert_eq!(lines(text, Some("console")), ["b"]);
    assert_eq!(lines(text, Some("")), ["d"]);
}
