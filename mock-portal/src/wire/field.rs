//! Tables of fields: which a JSON object may have, which it must have, and what they hold.

use std::sync::Arc;

/// The fields of an object, in the order of the guide.
pub(crate) type Table = Arc<[FieldSpec]>;

/// One field of an object.
#[derive(Debug, Clone)]
pub(crate) struct FieldSpec {
    pub(crate) name: String,
    pub(crate) required: bool,
    /// The statuses of the object with which a required field may be empty.
    pub(crate) empty_at: Vec<String>,
    pub(crate) shape: Shape,
}

/// The content that a field may have. A scalar that is not required may be empty whatever its shape.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Text,
    /// Text of at most this many characters.
    Limited(usize),
    /// `yyyyMMddHHmmss`.
    Date,
    /// `yyyy-MM-dd HH:mm:ss`.
    DateTime,
    /// `yyyy-MM-ddTHH:mm:ss.fff`.
    Instant,
    OneOf(Vec<String>),
    Digits,
    List(Table),
    Object(Table),
    /// A list whose items the guide does not describe: any objects made of strings.
    OpenList,
}
