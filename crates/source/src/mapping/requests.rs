//! The requests of a mapping for a source that is read over HTTP, ready for use.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::NaiveDate;

use dongbo_model::{FileRole, vocabulary};

use super::queries::Statements;
use crate::http::{Expression, Template};

vocabulary! {
    /// The way of signing in at the one-stop system.
    pub(crate) enum SignIn {
        /// Nothing is said.
        None = "none";
        /// User and password with each request.
        Basic = "basic";
        /// A token for user and password (OAuth 2).
        Password = "password";
        /// A token for the program itself (OAuth 2).
        ClientCredentials = "client_credentials";
    }
}

vocabulary! {
    /// The way in which a list comes in pages.
    pub(crate) enum Paging {
        /// By the number of the page: `{page}` and `{size}`.
        Page = "page";
        /// Each answer gives a mark for the next one: `{cursor}`.
        Cursor = "cursor";
        /// Each answer gives the address of the next one.
        Link = "link";
    }
}

/// A list of dossiers that comes in pages.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) name: &'static str,
    pub(crate) request: Template,
    pub(crate) items: Expression,
    pub(crate) rows: Expression,
    /// Whether a page is the last, where the answer says so.
    pub(crate) last: Option<Expression>,
    /// The mark or address of the next page.
    pub(crate) next: Option<Expression>,
}

/// The windows of time by which everything is listed.
#[derive(Debug, Clone)]
pub(crate) struct Windows {
    /// The parameters that a window's beginning and end stand in. Each pair goes over all of the time.
    pub(crate) parameters: Vec<[String; 2]>,
    pub(crate) since: NaiveDate,
    pub(crate) length: Duration,
    /// The form in which moments are written.
    pub(crate) moment: String,
}

/// A request for some dossiers by their keys.
#[derive(Debug, Clone)]
pub(crate) struct Asking {
    pub(crate) request: Template,
    /// The most dossiers of one request.
    pub(crate) batch: usize,
    /// Takes the answer apart into dossiers; without it the answer is one.
    pub(crate) items: Option<Expression>,
    pub(crate) rows: Expression,
}

/// The place that the rows of a list come from.
#[derive(Debug, Clone)]
pub(crate) enum Rows {
    /// The answers that the dossiers themselves came in.
    OfDossiers(Expression),
    /// Requests of their own.
    Asked(Asking),
}

/// The requests of one mapping.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    pub(crate) sign_in: SignIn,
    pub(crate) paging: Paging,
    pub(crate) first_page: usize,
    pub(crate) size: usize,
    pub(crate) overlap_rows: usize,
    pub(crate) changed: Listing,
    pub(crate) sweep: Listing,
    pub(crate) windows: Windows,
    pub(crate) find: Listing,
    pub(crate) dossiers: Asking,
    /// By the names of their tables.
    pub(crate) lists: BTreeMap<&'static str, Rows>,
    pub(crate) result_files: Option<Template>,
    pub(crate) paper_files: Option<Template>,
}

impl Requests {
    pub(crate) const fn files(&self, role: FileRole) -> Option<&Template> {
        match role {
            FileRole::Result => self.result_files.as_ref(),
            FileRole::Paper => self.paper_files.as_ref(),
        }
    }
}

/// The requests, and the statements that stand for them in the rest of the crate.
#[derive(Debug, Clone)]
pub(crate) struct OverHttp {
    pub(crate) requests: Requests,
    pub(crate) statements: Statements,
}
