//! Checks of an object against its table, with complaints in Vietnamese about the first bad field.

use std::ops::RangeInclusive;

use chrono::{Datelike as _, NaiveDateTime};

use super::field::{FieldSpec, Shape};
use super::node::{Members, Node, text_of};

/// The years in which a date is believed.
const YEARS: RangeInclusive<i32> = 1900..=2100;

/// A complaint about one field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// The place of the field, such as `TaiLieuNop[0].TenTepDinhKem`.
    pub(crate) path: String,
    /// The reason, which follows the name of the field in a sentence.
    pub(crate) reason: String,
}

impl Complaint {
    pub(crate) fn new(path: &str, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into() }
    }

    pub(crate) fn within(self, list: &str, index: usize) -> Self {
        Self { path: format!("{list}[{index}].{}", self.path), reason: self.reason }
    }

    /// The message that the vendor reads.
    pub(crate) fn sentence(&self) -> String {
        format!("Trường {} {}", self.path, self.reason)
    }
}

/// Checks an object against its table; the first field that is wrong is complained about.
pub(crate) fn check_object(
    table: &[FieldSpec],
    members: &Members<'_>,
    strict: bool,
) -> Result<(), Complaint> {
    let mut seen = 0_u64;
    // Vendors send fields in the guide's order: the next field is nearly always the next row of the table.
    let mut expected = 0;
    for (key, node) in members {
        let name = key.as_str();
        let after = table.iter().enumerate().skip(expected);
        let around = after.chain(table.iter().enumerate().take(expected));
        let Some((index, field)) = around.into_iter().find(|(_, field)| field.name == name) else {
            if strict {
                return Err(Complaint::new(name, "không có trong đặc tả"));
            }
            continue;
        };
        expected = index + 1;
        let bit = 1_u64 << index;
        if strict && seen & bit != 0 {
            return Err(Complaint::new(name, "bị lặp lại"));
        }
        seen |= bit;
        check_field(field, needs(field, members), node, strict)?;
    }
    let unseen = |(index, _): &(usize, &FieldSpec)| seen & (1_u64 << index) == 0;
    let missing = table.iter().enumerate().filter(unseen).find(|(_, field)| needs(field, members));
    match missing {
        Some((_, field)) => Err(Complaint::new(&field.name, "bắt buộc phải có")),
        None => Ok(()),
    }
}

/// Whether the field must hold something in this object, at the status that it has.
fn needs(field: &FieldSpec, members: &Members<'_>) -> bool {
    if !field.required || field.empty_at.is_empty() {
        return field.required;
    }
    let status = text_of(members, "TrangThaiHoSo").or_else(|| text_of(members, "TrangThai"));
    !status.is_some_and(|status| field.empty_at.iter().any(|at| at == status))
}

fn check_field(field: &FieldSpec, is_needed: bool, node: &Node<'_>, strict: bool) -> Result<(), Complaint> {
    match (&field.shape, node) {
        (Shape::List(table), Node::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                let Node::Object(members) = item else {
                    return Err(Complaint::new(&format!("{}[{index}]", field.name), "phải là đối tượng"));
                };
                check_object(table, members, strict)
                    .map_err(|complaint| complaint.within(&field.name, index))?;
            }
            Ok(())
        }
        (Shape::OpenList, Node::List(items)) => check_open_list(&field.name, items),
        (Shape::Object(table), Node::Object(members)) => {
            check_object(table, members, strict).map_err(|complaint| Complaint {
                path: format!("{}.{}", field.name, complaint.path),
                ..complaint
            })
        }
        (Shape::Object(_), _) => Err(Complaint::new(&field.name, "phải là đối tượng")),
        (Shape::List(_) | Shape::OpenList, _) => Err(Complaint::new(&field.name, "phải là mảng")),
        (shape, Node::Text(text)) => check_text(field, is_needed, shape, text.as_str()),
        (_, Node::List(_) | Node::Object(_) | Node::OtherScalar) => {
            Err(Complaint::new(&field.name, "phải là chuỗi ký tự"))
        }
    }
}

fn check_open_list(name: &str, items: &[Node<'_>]) -> Result<(), Complaint> {
    for (index, item) in items.iter().enumerate() {
        let Node::Object(members) = item else {
            return Err(Complaint::new(&format!("{name}[{index}]"), "phải là đối tượng"));
        };
        for (key, node) in members {
            if !matches!(node, Node::Text(_)) {
                return Err(Complaint::new(key.as_str(), "phải là chuỗi ký tự").within(name, index));
            }
        }
    }
    Ok(())
}

fn check_text(field: &FieldSpec, is_needed: bool, shape: &Shape, text: &str) -> Result<(), Complaint> {
    if text.trim().is_empty() {
        return if is_needed {
            Err(Complaint::new(&field.name, "bắt buộc phải có"))
        } else if text.is_empty() || matches!(shape, Shape::Text | Shape::Limited(_)) {
            Ok(())
        } else {
            Err(Complaint::new(&field.name, "chỉ gồm khoảng trắng"))
        };
    }
    let reason = match shape {
        Shape::Limited(most) if is_longer(text, *most) => format!("vượt quá {most} ký tự"),
        Shape::Date if !is_date(text) => "không đúng định dạng yyyyMMddHHmmss".to_owned(),
        Shape::DateTime if !is_written(text, "%Y-%m-%d %H:%M:%S", 19) => {
            "không đúng định dạng yyyy-MM-dd HH:mm:ss".to_owned()
        }
        Shape::Instant if !is_written(text, "%Y-%m-%dT%H:%M:%S%.3f", 23) => {
            "không đúng định dạng yyyy-MM-ddTHH:mm:ss.fff".to_owned()
        }
        Shape::OneOf(values) if !values.iter().any(|value| value == text) => {
            format!("có giá trị không hợp lệ, chỉ nhận {}", values.join(", "))
        }
        Shape::Digits if !is_digits(text) => "chỉ được gồm chữ số".to_owned(),
        Shape::Text
        | Shape::Limited(_)
        | Shape::Date
        | Shape::DateTime
        | Shape::Instant
        | Shape::Object(_)
        | Shape::OneOf(_)
        | Shape::Digits
        | Shape::List(_)
        | Shape::OpenList => return Ok(()),
    };
    Err(Complaint::new(&field.name, reason))
}

fn is_longer(text: &str, most: usize) -> bool {
    // No character is shorter than a byte: most texts need no counting.
    text.len() > most && text.chars().count() > most
}

pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the text is a second that the calendar has, in exactly this form.
fn is_written(text: &str, form: &str, length: usize) -> bool {
    text.len() == length
        && text.get(17..19) != Some("60")
        && NaiveDateTime::parse_from_str(text, form).is_ok_and(|date| YEARS.contains(&date.year()))
}

/// Whether the text is fourteen digits that name a second which the calendar has.
fn is_date(text: &str) -> bool {
    if text.len() != 14 || !is_digits(text) {
        return false;
    }
    // chrono takes the sixtieth second for a leap second; the portal's calendar has none.
    !text.ends_with("60")
        && NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").is_ok_and(|date| YEARS.contains(&date.year()))
}
