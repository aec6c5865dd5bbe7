//! Parameters and rows of statements: the ledger stores integers, texts and NULL.

use std::borrow::Cow;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments, ColumnIndex, Decode, Encode, Postgres, Row as _, Sqlite, Type};

/// A parameter of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Integer(i64),
    Text(Cow<'a, str>),
    NoText,
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    /// Only texts may be missing in a parameter: a server keeps the type that it met first.
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::NoText, Into::into)
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(value: Option<String>) -> Self {
        value.map_or(Self::NoText, Into::into)
    }
}

/// Parameters as an engine takes them.
pub(super) fn arguments<A: Arguments>(values: Vec<Value<'_>>) -> Result<A, sqlx::Error>
where
    i64: Encode<'static, A::Database> + Type<A::Database>,
    String: Encode<'static, A::Database> + Type<A::Database>,
    Option<String>: Encode<'static, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        let added = match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text.into_owned()),
            Value::NoText => arguments.add(None::<String>),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A row of a result.
#[derive(Debug)]
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of the column that `index` names or counts: an `i64`, a text, or either as an `Option`.
    pub(crate) fn get<'r, T, I>(&'r self, index: I) -> Result<T, sqlx::Error>
    where
        T: Decode<'r, Sqlite> + Type<Sqlite> + Decode<'r, Postgres> + Type<Postgres>,
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(index),
            Self::Postgres(row) => row.try_get(index),
        }
    }

    /// The count in this column.
    pub(crate) fn count<I>(&self, index: I) -> Result<u64, sqlx::Error>
    where
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        Ok(u64::try_from(self.get::<i64, I>(index)?).unwrap_or(0))
    }

    /// Whether the number in this column says yes.
    pub(crate) fn flag<I>(&self, index: I) -> Result<bool, sqlx::Error>
    where
        I: ColumnIndex<SqliteRow> + ColumnIndex<PgRow>,
    {
        Ok(self.get::<i64, I>(index)? != 0)
    }
}
