//! Figures that other systems have and people enter, each with who did and when. Nothing is written over.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::encoding::{encode, micros, time};
use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Row, Sql, Tx, record, values};

/// A figure to be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFigure {
    /// The period: `2026-08`, `2026-Q3` or `2026`.
    pub period: String,
    /// The code of the unit; empty for all units together.
    pub unit: String,
    /// The name of the figure.
    pub figure: String,
    /// The count, or the numerator of a ratio.
    pub numerator: u64,
    /// The denominator of a ratio; `None` for a count of its own.
    pub denominator: Option<u64>,
}

/// A figure as it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredFigure {
    /// The figure.
    #[serde(flatten)]
    pub figure: NewFigure,
    /// When it was entered.
    pub entered_at: DateTime<Utc>,
    /// The person who did.
    pub entered_by: String,
}

record! {
    /// A figure as its statement takes it, with the names of its table.
    struct FigureRow<'a> {
        period: &'a str,
        unit: &'a str,
        figure: &'a str,
        numerator: u64,
        denominator: Option<u64>,
        entered_at: i64,
        entered_by: &'a str,
    }
}

impl Ledger {
    /// Writes down figures that `by` enters.
    ///
    /// # Errors
    /// When the ledger cannot be written; nothing is written then.
    pub async fn enter_figures(
        &self,
        figures: &[NewFigure],
        by: &str,
        now: DateTime<Utc>,
    ) -> Result<(), LedgerError> {
        let entered: Vec<EnteredFigure> = figures
            .iter()
            .map(|figure| EnteredFigure {
                figure: figure.clone(),
                entered_at: now,
                entered_by: by.to_owned(),
            })
            .collect();
        let mut tx = self.store.begin("enter_figures").await?;
        write(&mut tx, &entered).await?;
        tx.commit("enter_figures").await
    }

    /// Every figure that was entered, oldest first; of one figure the last holds. `period` and `figure` narrow them down.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn entered_figures(
        &self,
        period: Option<&str>,
        figure: Option<&str>,
    ) -> Result<Vec<EnteredFigure>, LedgerError> {
        let rows = self.store.read(&ENTERED, values![period, figure]).await?;
        rows.iter().map(entered).collect::<Result<_, _>>().map_err(LedgerError::during("entered_figures"))
    }

    /// Takes over figures as they were entered into another ledger.
    pub(super) async fn keep_entered(&self, figures: &[EnteredFigure]) -> Result<(), LedgerError> {
        let mut tx = self.store.begin("keep_entered").await?;
        write(&mut tx, figures).await?;
        tx.commit("keep_entered").await
    }

    /// Copies them within the transactions of a move.
    pub(super) async fn copy_entered(old: &mut Tx, new: &mut Tx) -> Result<(), LedgerError> {
        let rows = old.read(&ENTERED, values![None::<&str>, None::<&str>]).await?;
        let figures: Vec<EnteredFigure> =
            rows.iter().map(entered).collect::<Result<_, _>>().map_err(LedgerError::during("take_over"))?;
        write(new, &figures).await
    }
}

async fn write(tx: &mut Tx, figures: &[EnteredFigure]) -> Result<(), LedgerError> {
    let rows: Vec<FigureRow<'_>> = figures
        .iter()
        .map(|EnteredFigure { figure, entered_at, entered_by }| FigureRow {
            period: &figure.period,
            unit: &figure.unit,
            figure: &figure.figure,
            numerator: figure.numerator,
            denominator: figure.denominator,
            entered_at: micros(*entered_at),
            entered_by,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(&ENTER, values![encode("enter_figures", &rows)?]).await.map(drop)
}

fn entered(row: &Row) -> Result<EnteredFigure, sqlx::Error> {
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(EnteredFigure {
        figure: NewFigure {
            period: row.get("period")?,
            unit: row.get("unit")?,
            figure: row.get("figure")?,
            numerator: count(row.get("numerator")?),
            denominator: row.get::<Option<i64>, _>("denominator")?.map(count),
        },
        entered_at: time(row.get("entered_at")?),
        entered_by: row.get("entered_by")?,
    })
}

static ENTER: Sql = Sql::of(
    "enter_figures",
    "INSERT INTO entered_figure ({columns FigureRow}) SELECT {columns FigureRow} FROM {rows $1: FigureRow} AS one",
    &[FigureRow::RECORD],
);

static ENTERED: Sql = Sql::new(
    "entered_figures",
    "SELECT period, unit, figure, numerator, denominator, entered_at, entered_by FROM entered_figure
     WHERE ($1 IS NULL OR period = $1) AND ($2 IS NULL OR figure = $2) ORDER BY number",
);
