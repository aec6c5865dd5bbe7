//! The columns of each query and the keys of a JSON dossier: the same names, declared once.

use std::fmt;
use std::marker::PhantomData;

use dongbo_model::Contract;
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::needs::columns_under;
use crate::engines::Column;
use crate::mapping::{List, Mapping, Param, Shape, Statement, Statements};
use crate::value::Value;

/// A row with its values in our names, borrowed from what the database sent.
pub(crate) trait Record<'a>: Sized {
    /// Table of the mapping file which holds the query, and key of the list in a JSON dossier.
    const TABLE: &'static str;
    /// The columns, in the order in which [`Record::from_values`] asks for them.
    const COLUMNS: &'static [Column];

    /// Builds the record from the value of each column, asked for by its place in [`Record::COLUMNS`].
    fn from_values(value: impl FnMut(usize) -> Value<'a>) -> Self;
}

macro_rules! required {
    (required) => {
        true
    };
    (optional) => {
        false
    };
}

/// Declares a record; `lists` are only filled from JSON, for columns come by one query a list.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident in $table:expr => { $($field:ident: $need:ident),+ $(,)? }
     $(lists { $($child:ident: $kind:ident),+ $(,)? })?) => {
        $(#[$doc])*
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $name<'a> {
            $(#[serde(borrow)] pub(crate) $field: Value<'a>,)+
            $($(#[serde(borrow, deserialize_with = "or_empty")] pub(crate) $child: Vec<$kind<'a>>,)+)?
        }

        impl<'a> Record<'a> for $name<'a> {
            const TABLE: &'static str = $table;
            const COLUMNS: &'static [Column] =
                &[$(Column { name: stringify!($field), required: required!($need) }),+];

            fn from_values(mut value: impl FnMut(usize) -> Value<'a>) -> Self {
                let mut places = 0..;
                let mut next = || places.next().map_or(Value::Null, &mut value);
                Self { $($field: next(),)+ $($($child: Vec::new(),)+)? }
            }
        }
    };
}

record!(
    /// The dossier itself.
    RawDossier in "dossiers" => {
        code: required,
        procedure: required,
        unit: required,
        channel: optional,
        applicant_name: optional,
        applicant_kind: required,
        applicant_code: optional,
        applicant_extra: optional,
        email: optional,
        fax: optional,
        phone: optional,
        summary: required,
        status: required,
        submitted_at: required,
        received_at: required,
        due_at: optional,
        finished_at: optional,
        returned_at: optional,
        refused_at: optional,
        return_note: optional,
        handover: required,
        submitted_to: required,
        digitised: required,
        vneid: required,
        online_payment: required,
        note: optional,
        local_id: optional,
        local_code: optional,
        receiving_unit: optional,
    }
    lists {
        identities: RawIdentity,
        databases: RawDatabase,
        papers: RawPaper,
        results: RawResult,
        fees: RawFee,
        supplements: RawSupplement,
        attachments: RawAttachment,
        steps: RawStep,
    }
);
record!(
    /// One processing step.
    RawStep in List::Steps.name() => {
        sequence: optional,
        at: required,
        handler: required,
        position: optional,
        department: optional,
        content: optional,
        status: required,
        started_at: optional,
        deadline: optional,
        officer: optional,
    }
);
record!(
    /// One paper handed in.
    RawPaper in List::Papers.name() => {
        id: optional,
        component_code: required,
        file_name: required,
        link: optional,
        file: optional,
        deleted: optional,
        digitised: optional,
        digitised_at: optional,
        reuse: optional,
        from_store: optional,
        replaces_result: optional,
    }
);
record!(
    /// One result paper.
    RawResult in List::Results.name() => {
        id: optional,
        result_code: required,
        component_code: optional,
        name: required,
        link: optional,
        file: optional,
    }
);
record!(
    /// One fee.
    RawFee in List::Fees.name() => {
        fee_code: optional,
        name: optional,
        moment: optional,
        amount_vnd: optional,
        kind: optional,
    }
);
record!(
    /// One request for further papers.
    RawSupplement in List::Supplements.name() => {
        id: optional,
        requested_at: optional,
        requested_by: optional,
        request: optional,
        received_at: optional,
        received_by: optional,
        received_note: optional,
        state: optional,
        due_before: optional,
        due_after: optional,
    }
);
record!(
    /// One identity document.
    RawIdentity in List::Identities.name() => {
        kind: required,
        number: required,
    }
);
record!(
    /// One national database that was consulted.
    RawDatabase in List::Databases.name() => {
        database: required,
    }
);
record!(
    /// One further attachment.
    RawAttachment in List::Attachments.name() => {
        name: required,
        quantity: optional,
        kind: optional,
    }
);
record!(
    /// One procedure, where the local database has the table of them.
    RawProcedure in "procedure" => {
        local: optional,
        code: required,
        name: optional,
        field_code: optional,
        field_name: optional,
    }
);
record!(
    /// One row of the two queries that find dossiers.
    RawChange in "changed" => {
        key: required,
        code: required,
        unit: required,
        changed_at: required,
    }
);

/// The column of every query by codes that tells whose row it is.
const CODE: Column = Column { name: "code", required: true };

/// The columns of [dossiers] in shape `json`: the code, and the document that holds the whole dossier.
pub(super) const DOCUMENT_COLUMNS: [Column; 2] = [CODE, Column { name: "dossier", required: true }];

/// The column of [dossiers] and of a list that tells whose row it is where codes are not unique.
const KEY: Column = Column { name: "key", required: false };

/// The columns that [dossiers] may give, and has to give by the contract and by what the mapping calls unknown; its key
/// stands last.
pub(crate) fn dossier_columns(mapping: &Mapping, statements: &Statements) -> Vec<Column> {
    match mapping.shape {
        Shape::Columns => {
            let key = Column { required: statements.need_keys(), ..KEY };
            let columns = columns_under(mapping.contract, RawDossier::TABLE, RawDossier::COLUMNS);
            let is_required = |column: &Column| column.required && !mapping.unknown.declares(column.name);
            let columns =
                columns.into_iter().map(|column| Column { required: is_required(&column), ..column });
            columns.chain([key]).collect()
        }
        Shape::Json => DOCUMENT_COLUMNS.to_vec(),
    }
}

/// The column that tells whose a row of a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Code,
    Key,
}

impl Owner {
    /// The column by which `statement` tells: that of the parameter by which it finds its rows.
    pub(crate) fn of(statement: &Statement) -> Self {
        if statement.params.contains(&Param::Keys) { Self::Key } else { Self::Code }
    }

    const fn column(self) -> Column {
        match self {
            Self::Code => CODE,
            Self::Key => Column { required: true, ..KEY },
        }
    }
}

/// The columns that the query of `list` may give, and has to give under `contract`; the first tells whose a row is.
pub(crate) fn list_columns(list: List, owner: Owner, contract: Contract) -> Vec<Column> {
    match list {
        List::Identities => owned_columns::<RawIdentity<'_>>(owner, contract),
        List::Databases => owned_columns::<RawDatabase<'_>>(owner, contract),
        List::Papers => owned_columns::<RawPaper<'_>>(owner, contract),
        List::Results => owned_columns::<RawResult<'_>>(owner, contract),
        List::Fees => owned_columns::<RawFee<'_>>(owner, contract),
        List::Supplements => owned_columns::<RawSupplement<'_>>(owner, contract),
        List::Attachments => owned_columns::<RawAttachment<'_>>(owner, contract),
        List::Steps => owned_columns::<RawStep<'_>>(owner, contract),
    }
}

/// The columns of a list's query: whose row it is, and those of the record.
pub(super) fn owned_columns<'a, R: Record<'a>>(owner: Owner, contract: Contract) -> Vec<Column> {
    [owner.column()].into_iter().chain(columns_under(contract, R::TABLE, R::COLUMNS)).collect()
}

/// The most rows of one list in a document. A dossier with more is larger than is read, whatever stands in them.
pub(super) const MOST_ROWS: usize = 5_000;
/// The beginning of the error for more.
pub(super) const TOO_MANY_ROWS: &str = "too many rows";

/// A list, row by row, for a row of nothing takes two bytes in the document and some hundred times as many here. `json_agg` over
/// nothing gives null, not an empty list.
fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    struct Rows<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Rows<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut rows = Vec::new();
            while let Some(row) = items.next_element()? {
                if rows.len() >= MOST_ROWS {
                    return Err(A::Error::custom(TOO_MANY_ROWS));
                }
                rows.push(row);
            }
            Ok(rows)
        }
    }
    deserializer.deserialize_any(Rows(PhantomData))
}

#[cfg(test)]
mod tests {
    use dongbo_model::Field;

    use super::{
        RawAttachment, RawChange, RawDatabase, RawDossier, RawFee, RawIdentity, RawPaper, RawProcedure,
        RawResult, RawStep, RawSupplement, Record,
    };
    use crate::mapping::List;
    use crate::value::Value;

    #[test]
    fn values_land_in_the_fields_that_the_columns_name() {
        let fee = RawFee::from_values(|place| Value::Text(RawFee::COLUMNS[place].name.into()));
        assert!(matches!(fee.amount_vnd, Value::Text(name) if name == "amount_vnd"));
        assert!(matches!(fee.fee_code, Value::Text(name) if name == "fee_code"));
    }

    #[test]
    fn json_may_say_null_for_a_list_and_not_misspell_a_key() {
        let raw: RawDossier<'_> =
            serde_json::from_str(r#"{"code": "A", "fees": null, "steps": [{}]}"#).unwrap();
        assert_eq!((raw.fees.len(), raw.steps.len()), (0, 1));
        assert!(serde_json::from_str::<RawDossier<'_>>(r#"{"cod": "A"}"#).is_err());
    }

    fn without_name<'a, R: Record<'a>>() -> Vec<String> {
        let names = R::COLUMNS.iter().map(|column| format!("{}.{}", R::TABLE, column.name));
        names.filter(|name| Field::from_name(name).is_none()).collect()
    }

    #[test]
    fn every_column_and_list_has_a_name_for_people() {
        let columns = [
            without_name::<RawDossier<'_>>(),
            without_name::<RawStep<'_>>(),
            without_name::<RawPaper<'_>>(),
            without_name::<RawResult<'_>>(),
            without_name::<RawFee<'_>>(),
            without_name::<RawSupplement<'_>>(),
            without_name::<RawIdentity<'_>>(),
            without_name::<RawDatabase<'_>>(),
            without_name::<RawAttachment<'_>>(),
            without_name::<RawProcedure<'_>>(),
            without_name::<RawChange<'_>>(),
        ];
        assert_eq!(columns.concat(), [""; 0]);
        for list in List::ALL {
            let code = format!("{}.code", list.name());
            assert!(Field::from_name(list.name()).is_some() && Field::from_name(&code).is_some(), "{code}");
        }
    }
}
