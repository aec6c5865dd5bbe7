//! The layout of a result set: the places of our columns in it, resolved once, so that each row only costs its values.

use dongbo_settings::hint::nearest;

use crate::error::SourceError;
use crate::value::Value;

/// One column that a query may give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its name.
    pub(crate) name: &'static str,
    /// `true` when the query must give it.
    pub(crate) required: bool,
}

/// The way in which a column's bytes are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Text, whatever its length rules.
    Text,
    /// `char(n)`, filled up with blanks that mean nothing.
    Padded,
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    /// A whole number without a sign.
    Unsigned,
    /// Bits, the first of which weighs most.
    Bit,
    Numeric,
    Instant,
    Local,
    Date,
    Uuid,
    Jsonb,
    /// Bytes, which may be text.
    Bytes,
    /// Each value says itself what it is (SQLite).
    Dynamic,
}

/// One column that a query gives.
#[derive(Debug, Clone)]
pub(crate) struct FoundColumn {
    pub(crate) name: String,
    /// `None` for a type that cannot be read.
    pub(crate) kind: Option<ColumnKind>,
    /// The database's name of the type.
    pub(crate) type_name: String,
}

/// A row of any engine.
pub(crate) trait ResultRow {
    /// The value at `index`, which the layout says is of `kind`.
    fn value(&self, index: usize, kind: ColumnKind) -> Value<'_>;
    /// The bytes at `index`, none where nothing stands there; `None` when they are something else than bytes.
    fn bytes(&self, index: usize) -> Option<Vec<u8>>;
    /// The number of its values, and the bytes that they have together.
    fn size(&self) -> (usize, usize);
    /// The columns of the result set that the row belongs to.
    fn found(&self) -> Vec<FoundColumn>;
    /// The time at `index` as its column writes it, where that may be finer than [`Value`] tells; else `None`.
    fn moment(&self, _index: usize) -> Option<Moment> {
        None
    }
}

/// A time that is told more finely than in microseconds, or in steps of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moment {
    /// In the form that finds the same place again.
    pub(crate) text: String,
    /// A number that orders such times.
    pub(crate) number: i64,
}

/// The place of each of our columns in one result set.
#[derive(Debug)]
pub(crate) struct Layout(Vec<Option<(usize, ColumnKind)>>);

impl Layout {
    /// Finds `wanted` among the columns which query `name` gives, or everything that is wrong with those.
    pub(crate) fn resolve(
        name: &str,
        wanted: &[Column],
        found: &[FoundColumn],
    ) -> Result<Self, Vec<SourceError>> {
        let mut wrong = Vec::new();
        let is = |column: &Column, given: &FoundColumn| given.name.eq_ignore_ascii_case(column.name);
        let places = wanted.iter().map(|column| {
            let mut given = found.iter().enumerate().filter(|(_, given)| is(column, given));
            let place = given.next();
            if given.next().is_some() {
                let reason = format!("it returns column \"{}\" twice", column.name);
                wrong.push(SourceError::Query { query: name.to_owned(), reason });
            }
            match place {
                Some((index, given)) => {
                    let kind = given.kind;
                    if kind.is_none() {
                        wrong.push(SourceError::ColumnType {
                            query: name.to_owned(),
                            column: column.name.to_owned(),
                            type_name: given.type_name.clone(),
                        });
                    }
                    kind.map(|kind| (index, kind))
                }
                None => {
                    if column.required {
                        let found: Vec<_> = found.iter().map(|given| given.name.clone()).collect();
                        let hint = nearest(column.name, found.iter().map(String::as_str)).map(str::to_owned);
                        let (query, column) = (name.to_owned(), column.name.to_owned());
                        wrong.push(SourceError::MissingColumn { query, column, found, hint });
                    }
                    None
                }
            }
        });
        let places = places.collect();
        for given in found.iter().filter(|given| !wanted.iter().any(|column| is(column, given))) {
            let found: Vec<_> = wanted.iter().map(|column| column.name.to_owned()).collect();
            let hint = nearest(&given.name, found.iter().map(String::as_str)).map(str::to_owned);
            let (query, column) = (name.to_owned(), given.name.clone());
            wrong.push(SourceError::UnknownColumn { query, column, found, hint });
        }
        if wrong.is_empty() { Ok(Self(places)) } else { Err(wrong) }
    }

    /// The value of the column at `place` in the list that was resolved; nothing when the query does not give it.
    pub(crate) fn value<'r>(&self, row: &'r impl ResultRow, place: usize) -> Value<'r> {
        match self.0.get(place) {
            Some(Some((index, kind))) => row.value(*index, *kind),
            _ => Value::Null,
        }
    }

    /// The time of the column at `place` in the list that was resolved, as [`ResultRow::moment`].
    pub(crate) fn moment(&self, row: &impl ResultRow, place: usize) -> Option<Moment> {
        let (index, _) = (*self.0.get(place)?)?;
        row.moment(index)
    }
}

#[cfg(test)]
mod tests {
    use super::{Column, ColumnKind, FoundColumn, Layout};

    const WANTED: [Column; 3] = [
        Column { name: "code", required: true },
        Column { name: "link", required: true },
        Column { name: "kind", required: false },
    ];

    fn found(names: &[&str]) -> Vec<FoundColumn> {
        let found = |name: &&str| FoundColumn {
            name: (*name).to_owned(),
            kind: (*name != "kind").then_some(ColumnKind::Text),
            type_name: "POINT".to_owned(),
        };
        names.iter().map(found).collect()
    }

    #[test]
    fn everything_wrong_with_the_columns_is_told_at_once() {
        assert!(Layout::resolve("papers", &WANTED, &found(&["LINK", "code"])).is_ok());
        let wrong = Layout::resolve("papers", &WANTED, &found(&["code", "code", "lnk", "kind"])).unwrap_err();
        let told: Vec<_> = wrong.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(told[0].contains("\"code\" twice"));
        assert!(
            told[1].contains("no column \"link\", did you mean \"lnk\"? (there are: code, code, lnk, kind)")
        );
        assert!(told[2].contains("type POINT cannot be read"));
        assert!(told[3].contains("column \"lnk\", which dongbo does not know, did you mean \"link\"?"));
    }
}
