//! The parts of a mapping for a source that is read over HTTP: requests in the places of SQL.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;
use chrono::format::{Item, StrftimeItems};
use serde::Deserialize;

use super::param::Param;
use super::queries::{List, Statements};
use super::requests::{Asking, Listing, OverHttp, Paging, Requests, Rows, SignIn, Windows};
use super::stores::{FilesConfig, StoreConfig, StorePlace};
use crate::http::{Expression, Template, filled};

/// The table `[http]` as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpFile {
    sign_in: SignIn,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default = "by_page")]
    paging: Paging,
    #[serde(default)]
    first_page: u32,
    #[serde(default = "fifty")]
    size: u32,
    #[serde(default = "five")]
    overlap_rows: u32,
}

const fn by_page() -> Paging {
    Paging::Page
}

const fn fifty() -> u32 {
    50
}

const fn five() -> u32 {
    5
}

/// The key `http` of a query as it is written: the keys of all queries, so that one that belongs to another can be told so.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RequestFile {
    path: Option<String>,
    query: BTreeMap<String, String>,
    items: Option<String>,
    rows: Option<String>,
    last: Option<String>,
    next: Option<String>,
    from: Option<String>,
    batch: Option<u32>,
    windows: Option<Vec<[String; 2]>>,
    #[serde(with = "humantime_serde::option")]
    window: Option<Duration>,
    since: Option<NaiveDate>,
    moment: Option<String>,
}

/// The parts of a mapping file that are about HTTP, as they are written.
pub(super) struct Written<'f> {
    pub(super) http: Option<&'f HttpFile>,
    pub(super) changed: Vec<Option<&'f RequestFile>>,
    pub(super) sweep: Option<&'f RequestFile>,
    pub(super) find: Option<&'f RequestFile>,
    pub(super) dossiers: Option<&'f RequestFile>,
    pub(super) lists: Vec<(List, Option<&'f RequestFile>)>,
    pub(super) files: &'f FilesConfig,
}

impl Written<'_> {
    /// Checks the requests and adds what is wrong with them to `problems`; `None` when the file serves no HTTP, or wrongly.
    pub(super) fn check(self, problems: &mut Vec<String>) -> Option<OverHttp> {
        let changed = match self.changed.as_slice() {
            [only] => (*only)?,
            several if several.iter().any(Option::is_some) => {
                problems.push("[[changed]]: over HTTP there is one list of changes".to_owned());
                return None;
            }
            _ => return None,
        };
        let Some(http) = self.http else {
            problems.push("[http] is missing: it says how to sign in, as sign_in = \"none\"".to_owned());
            return None;
        };
        let before = problems.len();
        let mut checker = Checker { http, problems };
        checker.check_head();
        let sweep = self.sweep.cloned().unwrap_or_default();
        let windows = checker.windows(&sweep);
        let changed = changed.clone();
        let find = self.find.cloned();
        if find.as_ref().is_none_or(|find| find.query.is_empty() && find.path.is_none()) {
            checker.wrong("find", "http is missing: it says how one dossier is found by its {code}");
        }
        let listings = [
            checker.listing("changed", &changed, &[]),
            checker.listing("sweep", &sweep.over(&changed), &["from", "to"]),
            checker.listing("find", &find.unwrap_or_default().over(&changed), &["code"]),
        ];
        let dossiers = match self.dossiers {
            Some(written) => checker.asking("dossiers", written),
            None => checker.missing("dossiers"),
        };
        let mut lists = BTreeMap::new();
        for (list, written) in &self.lists {
            let rows = match written {
                Some(written) => checker.rows(list.name(), written),
                None => checker.missing(list.name()),
            };
            lists.extend(rows.map(|rows| (list.name(), rows)));
        }
        let result_files = checker.files("files.results", self.files.results.as_ref());
        let paper_files = if self.files.papers == self.files.results {
            result_files.clone()
        } else {
            checker.files("files.papers", self.files.papers.as_ref())
        };
        let [changed, sweep, find] = listings;
        let requests = Requests {
            sign_in: http.sign_in,
            paging: http.paging,
            first_page: usize::try_from(http.first_page).unwrap_or_default(),
            size: usize::try_from(http.size).unwrap_or(1),
            overlap_rows: usize::try_from(http.overlap_rows).unwrap_or_default(),
            changed: changed?,
            sweep: sweep?,
            windows: windows?,
            find: find?,
            dossiers: dossiers?,
            lists,
            result_files,
            paper_files,
        };
        let lists = self.lists.iter().map(|(list, _)| *list).collect::<Vec<_>>();
        let statements = Statements::over_http(&lists, problems)?;
        (problems.len() == before).then_some(OverHttp { requests, statements })
    }
}

impl RequestFile {
    /// This request, with what it does not say taken from `base`. A parameter that it gives takes the place of the base's; with a path
    /// of its own it has none of those.
    fn over(self, base: &Self) -> Self {
        let mut query = if self.path.is_none() { base.query.clone() } else { BTreeMap::new() };
        query.extend(self.query);
        Self {
            path: self.path.or_else(|| base.path.clone()),
            query,
            items: self.items.or_else(|| base.items.clone()),
            rows: self.rows.or_else(|| base.rows.clone()),
            last: self.last.or_else(|| base.last.clone()),
            next: self.next.or_else(|| base.next.clone()),
            ..Self::default()
        }
    }
}

/// Checks requests and gathers their problems.
struct Checker<'c> {
    http: &'c HttpFile,
    problems: &'c mut Vec<String>,
}

impl Checker<'_> {
    fn wrong(&mut self, name: &str, complaint: impl AsRef<str>) {
        self.problems.push(format!("[{name}].http: {}", complaint.as_ref()));
    }

    fn missing<T>(&mut self, name: &str) -> Option<T> {
        self.problems.push(format!("[{name}] lacks the key http, which [changed] has"));
        None
    }

    fn check_head(&mut self) {
        if !(1..=1_000).contains(&self.http.size) {
            self.problems.push("[http].size must be from 1 to 1000".to_owned());
        }
        if self.http.overlap_rows.saturating_mul(2) > self.http.size {
            self.problems.push("[http].overlap_rows must be at most half of size".to_owned());
        }
        for (name, value) in &self.http.parameters {
            if value.trim().is_empty() {
                self.problems.push(format!("[http.parameters] {name} is empty: fill it in"));
            }
        }
    }

    /// The request of `written`, with the file's own parameters filled in.
    fn template(&mut self, name: &str, written: &RequestFile, names: &[&str]) -> Option<Template> {
        let Some(path) = &written.path else {
            self.wrong(name, "the key path is missing");
            return None;
        };
        let parameters: Vec<(&str, &str)> =
            self.http.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = filled(path, &parameters, str::to_owned);
        let query = written
            .query
            .iter()
            .map(|(name, value)| (name.clone(), filled(value, &parameters, str::to_owned)));
        match Template::check(&path, query.collect(), names) {
            Ok(template) => Some(template),
            Err(wrong) => {
                wrong.iter().for_each(|wrong| self.wrong(name, wrong));
                None
            }
        }
    }

    fn expression(&mut self, name: &str, key: &str, text: Option<&String>) -> Option<Expression> {
        match Expression::compile(text?) {
            Ok(expression) => Some(expression),
            Err(wrong) => {
                self.wrong(name, format!("{key}: {wrong}"));
                None
            }
        }
    }

    fn needed(&mut self, name: &str, key: &str, text: Option<&String>) -> Option<Expression> {
        if text.is_none() {
            self.wrong(name, format!("the key {key} is missing"));
        }
        self.expression(name, key, text)
    }

    /// Tells of keys that are written and mean nothing in this query.
    fn refuse(&mut self, name: &str, written: &RequestFile, keys: &[&str]) {
        let is_written = [
            ("last", written.last.is_some()),
            ("next", written.next.is_some()),
            ("from", written.from.is_some()),
            ("batch", written.batch.is_some()),
            ("windows", written.windows.is_some()),
            ("window", written.window.is_some()),
            ("since", written.since.is_some()),
            ("moment", written.moment.is_some()),
        ];
        for (key, _) in is_written.into_iter().filter(|(key, written)| *written && keys.contains(key)) {
            self.wrong(name, format!("the key {key} does not belong to this query"));
        }
    }

    fn listing(&mut self, name: &'static str, written: &RequestFile, more: &[&str]) -> Option<Listing> {
        self.refuse(name, written, &["from", "batch", "windows", "window", "since", "moment"]);
        let mut names = match self.http.paging {
            Paging::Page => vec!["page", "size"],
            Paging::Cursor => vec!["cursor", "size"],
            Paging::Link => vec!["size"],
        };
        names.extend(more);
        let request = self.template(name, written, &names);
        if let Some(request) = &request {
            for needed in names.iter().filter(|needed| matches!(**needed, "page" | "cursor" | "code")) {
                if !request.uses(needed) {
                    self.wrong(name, format!("{{{needed}}} stands nowhere in its query"));
                }
            }
        }
        let items = self.needed(name, "items", written.items.as_ref());
        let rows = self.needed(name, "rows", written.rows.as_ref());
        let last = self.expression(name, "last", written.last.as_ref());
        let next = self.expression(name, "next", written.next.as_ref());
        if self.http.paging == Paging::Cursor && written.next.is_none() {
            self.wrong(name, "the key next is missing: it gives the mark of the next page");
        }
        Some(Listing { name, request: request?, items: items?, rows: rows?, last, next })
    }

    fn windows(&mut self, written: &RequestFile) -> Option<Windows> {
        let parameters = written.windows.clone().unwrap_or_default();
        if parameters.is_empty() {
            self.wrong("sweep", "the key windows is missing, as [[\"accepted-from\", \"accepted-to\"]]");
        }
        let moment = written.moment.clone().unwrap_or_else(|| "%Y-%m-%dT%H:%M:%S%.3f%z".to_owned());
        if StrftimeItems::new(&moment).any(|item| matches!(item, Item::Error)) {
            self.wrong("sweep", format!("moment: \"{moment}\" is not a date format; an example is %Y-%m-%d"));
        }
        let length = written.window.unwrap_or(Duration::from_secs(31 * 86_400));
        if length < Duration::from_secs(86_400) {
            self.wrong("sweep", "window must be at least 1day");
        }
        let since = written.since;
        if since.is_none() {
            self.wrong("sweep", "the key since is missing: the first day of which there are dossiers");
        }
        Some(Windows { parameters, since: since?, length, moment })
    }

    fn asking(&mut self, name: &'static str, written: &RequestFile) -> Option<Asking> {
        self.refuse(name, written, &["last", "next", "from", "windows", "window", "since", "moment"]);
        let request = self.template(name, written, &["key", "keys"]);
        let rows = self.needed(name, "rows", written.rows.as_ref());
        let items = self.expression(name, "items", written.items.as_ref());
        let request = request?;
        let batch = match (request.uses("key"), request.uses("keys")) {
            (true, false) => 1,
            (false, true) => usize::try_from(written.batch.unwrap_or(20)).unwrap_or(1),
            _ => {
                self.wrong(name, "it asks by {key}, one dossier a request, or by {keys}, several");
                return None;
            }
        };
        if batch == 0 || (batch == 1 && written.batch.is_some_and(|batch| batch != 1)) {
            self.wrong(name, "batch must be at least 1, and belongs to {keys}");
        }
        Some(Asking { request, batch: batch.max(1), items, rows: rows? })
    }

    fn rows(&mut self, name: &'static str, written: &RequestFile) -> Option<Rows> {
        match written.from.as_deref() {
            None => self.asking(name, written).map(Rows::Asked),
            Some("dossiers") => {
                if written.path.is_some() || !written.query.is_empty() || written.items.is_some() {
                    self.wrong(
                        name,
                        "with from = \"dossiers\" there is no request: leave path, query and items out",
                    );
                }
                self.needed(name, "rows", written.rows.as_ref()).map(Rows::OfDossiers)
            }
            Some(other) => {
                self.wrong(name, format!("from: \"{other}\" is none; there is \"dossiers\""));
                None
            }
        }
    }

    fn files(&mut self, name: &'static str, store: Option<&StoreConfig>) -> Option<Template> {
        let StorePlace::Column(column) = &store?.place else { return None };
        let Some(path) = &column.http else { return self.missing(name) };
        let written = RequestFile { path: Some(path.clone()), ..RequestFile::default() };
        let request = self.template(name, &written, &["key"])?;
        if !request.uses("key") {
            self.wrong(name, "{key} stands nowhere in it");
        }
        Some(request)
    }
}

/// The statements of lists go by the keys of dossiers, which every answer's rows are told by.
pub(super) const LIST_OWNER: [Param; 1] = [Param::Keys];
