//! One reading of some dossiers over HTTP: the answers of requests become the rows that SQL would give.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use jaq_json::Val;

use super::client::Answer;
use super::expression::{Cell, Expression, Row};
use super::office::Office;
use super::rows::{JsonRow, cell, result_set};
use crate::engines::{Arguments, FoundColumn, Mark, Names, Readable, Room, Session};
use crate::error::SourceError;
use crate::key;
use crate::mapping::{Asking, Rows, Statement};

/// The memory that an answer takes beside its text once it is taken apart.
const WEIGHT: usize = 3;

/// One reading. Answers that the dossiers came in are kept for their lists.
pub(crate) struct Reading {
    office: Arc<Office>,
    /// The dossiers that were read, by their keys.
    items: BTreeMap<String, Val>,
    /// Their rows, by code.
    heads: Vec<(String, Row)>,
}

/// The key of the dossiers of a request, and what was answered.
type Answered = (Vec<String>, Answer);

impl Readable for Arc<Office> {
    type Session = Reading;

    async fn in_time<T>(
        &self,
        query: &str,
        work: impl AsyncFnOnce(&mut Reading) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let mut reading = Reading { office: Self::clone(self), items: BTreeMap::new(), heads: Vec::new() };
        let read = AssertUnwindSafe(work(&mut reading)).catch_unwind().await;
        read.unwrap_or_else(|_| Err(SourceError::Panicked { query: query.to_owned() }))
    }
}

impl Session for Reading {
    type Row = JsonRow;

    async fn rows(
        &mut self,
        statement: &Statement,
        arguments: &Arguments<'_>,
    ) -> Result<Vec<JsonRow>, SourceError> {
        let own = Room::page();
        let room = arguments.room.unwrap_or(&own);
        let office = Arc::clone(&self.office);
        match office.requests.lists.get(statement.name) {
            Some(rows) => self.list(statement.name, rows, arguments.keys, room).await,
            None => self.dossiers(arguments.codes, room).await,
        }
    }

    async fn columns(&mut self, _: &Statement, _: &Mark) -> Result<Vec<FoundColumn>, SourceError> {
        Ok(Vec::new())
    }

    async fn names(&mut self, _: &str) -> Names {
        Names::default()
    }
}

impl Reading {
    /// The rows of the dossiers with these codes.
    async fn dossiers(&mut self, codes: &[&str], room: &Room) -> Result<Vec<JsonRow>, SourceError> {
        if codes.is_empty() {
            // What fails without a dossier is no dossier's fault.
            self.office.check().await?;
            return Ok(Vec::new());
        }
        if self.heads.is_empty() {
            let known = self.office.keys(codes).await?;
            let keys: BTreeSet<String> = known.into_iter().map(|(_, key)| key).collect();
            self.read_heads(keys, room).await?;
            // Those that were listed under another key by now, or never yet.
            let lacking: Vec<String> =
                codes.iter().filter(|code| !self.has_read(code)).map(ToString::to_string).collect();
            let mut searches = Vec::new();
            for code in lacking {
                let office = Arc::clone(&self.office);
                searches.push(async move { office.find(&code).await });
            }
            let found: Vec<Vec<String>> =
                stream::iter(searches).buffered(self.office.at_once).try_collect().await?;
            let keys = found.into_iter().flatten().filter(|key| !self.items.contains_key(key)).collect();
            self.read_heads(keys, room).await?;
        }
        let mut rows = Vec::new();
        for (code, row) in &self.heads {
            if codes.contains(&code.as_str()) {
                rows.push(row.clone());
            }
        }
        Ok(result_set(rows))
    }

    fn has_read(&self, code: &str) -> bool {
        self.heads.iter().any(|(read, _)| read == code)
    }

    /// Reads the dossiers with these keys, and keeps what they came in.
    async fn read_heads(&mut self, keys: BTreeSet<String>, room: &Room) -> Result<(), SourceError> {
        let office = Arc::clone(&self.office);
        let asking = &office.requests.dossiers;
        let answers = self.ask("dossiers", asking, keys.into_iter().collect(), room).await?;
        for (asked, answer) in answers {
            let items = match &asking.items {
                Some(items) => items.values("dossiers", &answer.json)?,
                None => vec![answer.json],
            };
            for item in items {
                for row in asking.rows.rows("dossiers", &item)? {
                    let row = with_key(row, &asked);
                    let key = cell(&row, "key").and_then(Cell::text);
                    let code = cell(&row, "code").and_then(Cell::text).unwrap_or_default();
                    if let Some(key) = key {
                        self.items.insert(key, item.clone());
                    }
                    self.heads.push((code, row));
                }
            }
        }
        Ok(())
    }

    /// The rows of one list of the dossiers with these keys.
    async fn list(
        &self,
        name: &'static str,
        rows: &Rows,
        keys: &[Mark],
        room: &Room,
    ) -> Result<Vec<JsonRow>, SourceError> {
        let keys: Vec<String> = keys.iter().map(key::written).collect();
        let mut all = Vec::new();
        match rows {
            Rows::OfDossiers(expression) => {
                for key in &keys {
                    if let Some(item) = self.items.get(key) {
                        take(name, expression, item, std::slice::from_ref(key), &mut all)?;
                    }
                }
            }
            Rows::Asked(asking) => {
                for (asked, answer) in self.ask(name, asking, keys, room).await? {
                    let items = match &asking.items {
                        Some(items) => items.values(name, &answer.json)?,
                        None => vec![answer.json],
                    };
                    for item in &items {
                        take(name, &asking.rows, item, &asked, &mut all)?;
                    }
                }
            }
        }
        Ok(result_set(all))
    }

    /// Sends the requests for the dossiers with these keys, several at once. One that is not there has no answer.
    async fn ask(
        &self,
        name: &'static str,
        asking: &Asking,
        keys: Vec<String>,
        room: &Room,
    ) -> Result<Vec<Answered>, SourceError> {
        let client = &self.office.client;
        let ask = |keys: Vec<String>| async move {
            let joined = keys.join(",");
            let values = [("key", joined.as_str()), ("keys", joined.as_str())];
            let url = asking.request.url(&client.base, &values, &[]);
            match client.json(name, &url).await {
                Ok(answer) if !room.take(1, answer.bytes.saturating_mul(WEIGHT)) => {
                    Err(SourceError::TooLarge { query: name.to_owned() })
                }
                Ok(answer) => Ok(Some((keys, answer))),
                Err(fault) if matches!(fault.status, Some(404 | 410)) => {
                    if let [gone] = keys.as_slice() {
                        self.office.forget(gone).await?;
                    }
                    Ok(None)
                }
                Err(fault) => Err(fault.of_some(name)),
            }
        };
        let batches: Vec<Vec<String>> = keys.chunks(asking.batch).map(<[String]>::to_vec).collect();
        let answers: Vec<Option<Answered>> =
            stream::iter(batches.into_iter().map(ask)).buffered(self.office.at_once).try_collect().await?;
        Ok(answers.into_iter().flatten().collect())
    }
}

/// Adds the rows that `expression` gives for `item`.
fn take(
    name: &str,
    expression: &Expression,
    item: &Val,
    asked: &[String],
    all: &mut Vec<Row>,
) -> Result<(), SourceError> {
    let rows = expression.rows(name, item)?;
    all.extend(rows.into_iter().map(|row| with_key(row, asked)));
    Ok(())
}

/// The row with the key of the only dossier that was asked for, unless it gives one itself.
fn with_key(mut row: Row, asked: &[String]) -> Row {
    if let [only] = asked
        && cell(&row, "key").is_none()
    {
        row.push(("key".to_owned(), Cell::Text(only.clone())));
    }
    row
}
