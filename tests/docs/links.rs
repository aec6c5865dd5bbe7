//! Every relative link leads to a file, and to a heading of it where it names one.

use std::path::Path;

use crate::pages::{Page, all, lines};

/// The targets of the links in a page's running text.
fn targets(text: &str) -> Vec<String> {
    let mut targets = Vec::new();
    for line in lines(text, None) {
        // Every second piece between backticks is code.
        let prose: Vec<&str> = line.split('`').step_by(2).collect();
        for piece in prose.join("`").split("](").skip(1) {
            targets.extend(piece.split_once(')').map(|(target, _)| target.to_owned()));
        }
    }
    targets
}

/// Whether `target`, as a page at `from` writes it, is there.
fn leads_somewhere(from: &Path, target: &str) -> bool {
    let (file, heading) =
        target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let path = if file.is_empty() { from.to_owned() } else { from.parent().unwrap().join(file) };
    match heading {
        Some(heading) if path.extension().is_some_and(|extension| extension == "md") => {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            lines(&text, None).into_iter().any(|line| line.starts_with('#') && anchor(line) == heading)
        }
        _ => path.exists(),
    }
}

/// The anchor that a heading gets.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
    text.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

fn broken(page: &Page) -> Vec<String> {
    let elsewhere = |target: &String| target.contains("://") || target.starts_with("mailto:");
    targets(&page.text)
        .into_iter()
        .filter(|target| !elsewhere(target) && !leads_somewhere(&page.path, target))
        .map(|target| format!("{} links to {target}, which is not there", page.path.display()))
        .collect()
}

#[test]
fn every_relative_link_leads_to_a_file() {
    let pages = all();
    let links: usize = pages.iter().map(|page| targets(&page.text).len()).sum();
    assert!(links > 20, "only {links} links were found: the search for them is broken");
    let broken: Vec<String> = pages.iter().flat_map(broken).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_broken_link_is_found_and_code_is_no_link() {
    let path = crate::pages::top().join("README.md");
    let text =
        "[a](nowhere.md) [b](LICENSE#x) [c](https://example.vn) `[d](no.md)` [`e`](gone.md)".to_owned();
    let found = broken(&Page { path, text });
    assert_eq!(found.len(), 2, "{found:#?}");
}
