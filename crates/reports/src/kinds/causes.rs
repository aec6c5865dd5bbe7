//! The table of causes for which something waits for a person.

use chrono::{DateTime, Utc};
use dongbo_model::{Owner, texts};

use super::{Issue, with};
use crate::document::{Column, Row, Table};
use crate::figures::Figure;

texts! {
    title(): "Hồ sơ, tệp đang chờ xử lý theo nguyên nhân", "What waits for a person, by cause";
    head_number(): "TT", "No.";
    head_cause(): "Nguyên nhân", "Cause";
    head_owner(): "Trách nhiệm xử lý", "Responsible";
    head_dossiers(): "Hồ sơ", "Dossiers";
    head_files(): "Tệp", "Files";
    head_since(): "Từ ngày", "Since";
    head_remedy(): "Cách xử lý", "Remedy";
}

/// One cause, and what waits for its remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldFor {
    /// The cause in a few words.
    pub cause: String,
    /// Whose task the remedy is.
    pub owner: Owner,
    /// The dossiers that it holds, or whose files it holds.
    pub dossiers: u64,
    /// The files that it holds.
    pub files: u64,
    /// Since when the first of them waits.
    pub since: DateTime<Utc>,
    /// The remedy.
    pub remedy: String,
    /// The options that narrow `dongbo held --list` to it.
    pub scope: String,
}

/// The table of these causes. `scope` narrows the commands behind it to what the report is about.
pub(super) fn table(issue: &Issue, causes: &[HeldFor], scope: &str) -> Table {
    let lang = issue.lang;
    let listed = with("dongbo held --list", scope);
    let columns = vec![
        Column::new(head_number(lang), 8),
        Column::new(head_cause(lang), 34),
        Column::new(head_owner(lang), 20),
        Column::new(head_dossiers(lang), 12).listed_by(&listed),
        Column::new(head_files(lang), 10).listed_by(&listed),
        Column::new(head_since(lang), 19),
        Column::new(head_remedy(lang), 40),
    ];
    let rows = causes.iter().enumerate().map(|(place, held)| Row {
        cells: vec![
            Figure::text((place + 1).to_string()),
            Figure::text(&held.cause),
            Figure::text(held.owner.text(lang)),
            Figure::Count(held.dossiers),
            Figure::Count(held.files),
            Figure::day_of(held.since),
            Figure::text(&held.remedy),
        ],
        scope: Some(held.scope.clone()),
        is_total: false,
    });
    Table { title: title(lang), columns, rows: rows.collect() }
}
