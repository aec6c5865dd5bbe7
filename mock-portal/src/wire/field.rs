//! Tables of fields: which a JSON object may have, which it must have, and what they hold.

/// One field of an object.
#[derive(Debug)]
pub(crate) struct FieldSpec {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) shape: Shape,
}

/// The content that a field may have. A scalar that is not required may be empty whatever its shape.
#[derive(Debug)]
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
    OneOf(&'static [&'static str]),
    Digits,
    List(&'static [FieldSpec]),
    Object(&'static [FieldSpec]),
    /// A list whose items the guide does not describe: any objects made of strings.
    OpenList,
}

pub(crate) const ZERO_TO_TWO: Shape = Shape::OneOf(&["0", "1", "2"]);
pub(crate) const ONE_TO_THREE: Shape = Shape::OneOf(&["1", "2", "3"]);
pub(crate) const STATUS: Shape = Shape::OneOf(&["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
/// When a fee is collected; the guide has no 3.
const COLLECTION: Shape = Shape::OneOf(&["1", "2", "4"]);

pub(crate) const fn required(name: &'static str, shape: Shape) -> FieldSpec {
    FieldSpec { name, required: true, shape }
}

pub(crate) const fn optional(name: &'static str, shape: Shape) -> FieldSpec {
    FieldSpec { name, required: false, shape }
}

/// An element of `DanhSachLePhi`.
pub(crate) const FEE: &[FieldSpec] = &[
    optional("TenPhiLePhi", Shape::Text),
    optional("MaPhiLePhi", Shape::Text),
    optional("HinhThucThu", COLLECTION),
    optional("Gia", Shape::Digits),
    optional("LoaiPhiLePhi", ONE_TO_THREE),
];
