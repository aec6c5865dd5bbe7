//! Records: the rows that a statement takes, each declared once as a struct.

/// A record's name, and its columns in order, each with its type in SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [(&'static str, &'static str)],
}

/// A type of Rust that a column of a record may have.
pub(crate) trait ColumnType {
    /// Its type in SQL.
    const SQL: &'static str;
}

impl ColumnType for &str {
    const SQL: &'static str = "text";
}

impl ColumnType for String {
    const SQL: &'static str = "text";
}

impl ColumnType for i64 {
    const SQL: &'static str = "bigint";
}

impl ColumnType for u16 {
    const SQL: &'static str = "bigint";
}

impl ColumnType for u32 {
    const SQL: &'static str = "bigint";
}

impl ColumnType for u64 {
    const SQL: &'static str = "bigint";
}

impl ColumnType for usize {
    const SQL: &'static str = "bigint";
}

impl<T: ColumnType> ColumnType for Option<T> {
    const SQL: &'static str = T::SQL;
}

/// Declares the rows that a statement takes. The struct's fields are the columns: the struct is written as a flat JSON
/// array, the cheapest thing for SQLite to take apart, and its `RECORD` tells the statement their names and types.
macro_rules! record {
    ($(#[$meta:meta])* $visibility:vis struct $name:ident<'a> { $($(#[$field_meta:meta])* $field:ident: $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        $visibility struct $name<'a> { $($(#[$field_meta])* $visibility $field: $type),+ }

        impl<'a> $name<'a> {
            /// The record's name and columns, for its statement.
            $visibility const RECORD: $crate::store::Record = $crate::store::Record {
                name: stringify!($name),
                columns: &[$((stringify!($field), <$type as $crate::store::ColumnType>::SQL)),+],
            };
        }

        impl serde::Serialize for $name<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeTuple as _;
                let mut row = serializer.serialize_tuple(Self::RECORD.columns.len())?;
                $(row.serialize_element(&self.$field)?;)+
                row.end()
            }
        }
    };
}
pub(crate) use record;

record! {
    /// A dossier, and the fence that a claim of it had.
    pub(crate) struct Fenced<'a> {
        code: &'a str,
        fence: i64,
    }
}

#[cfg(test)]
mod tests {
    use super::Fenced;

    #[test]
    fn a_record_is_written_in_the_order_of_its_columns() {
        assert_eq!(Fenced::RECORD.columns, [("code", "text"), ("fence", "bigint")]);
        assert_eq!(serde_json::to_string(&Fenced { code: "H48", fence: 7 }).unwrap(), r#"["H48",7]"#);
    }
}
