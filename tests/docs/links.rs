//! Every relative link leads to a file.

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

fn broken(page: &Page) -> Vec<String> {
    let folder = page.path.parent().unwrap();
    let elsewhere = |target: &String| target.contains("://") || target.starts_with("mailto:");
    targets(&page.text)
        .into_iter()
        .filter(|target| !elsewhere(target) && !target.starts_with('#'))
        .filter(|target| !folder.join(target.split('#').next().unwrap()).exists())
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
