//! Holds an object against its table and says, in Vietnamese, what is wrong with the first bad field.

use chrono::{Datelike as _, NaiveDateTime};

use super::node::{Members, Node, text_of};
use super::schema::{DOSSIER, Field, STEP, Shape};

/// The years in which a date is believed.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// What is wrong with one field.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Where it stands, such as `TaiLieuNop[0].TenTepDinhKem`.
    pub(crate) path: String,
    /// What is wrong, to follow the field's name in a sentence.
    pub(crate) reason: String,
}

impl Complaint {
    pub(crate) fn new(path: &str, reason: impl Into<String>) -> Self {
        Self { path: path.to_owned(), reason: reason.into() }
    }

    fn within(self, list: &str, index: usize) -> Self {
        Self { path: format!("{list}[{index}].{}", self.path), reason: self.reason }
    }

    /// The sentence told to the vendor.
    pub(crate) fn sentence(&self) -> String {
        format!("Trường {} {}", self.path, self.reason)
    }
}

/// How strictly to look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strictness<'a> {
    /// Refuse fields that the table does not name, and fields sent twice.
    pub(crate) strict_fields: bool,
    /// The latest `NgayTiepNhan` believed, if that is looked at.
    pub(crate) latest_receipt: Option<&'a str>,
}

/// Checks a dossier: the table, then what ties fields together.
pub(crate) fn check_dossier(members: &Members<'_>, how: Strictness<'_>) -> Result<(), Complaint> {
    check_object(DOSSIER, members, how.strict_fields)?;
    if let (Some(latest), Some(received)) = (how.latest_receipt, text_of(members, "NgayTiepNhan"))
        // Both are fourteen digits, so the order of the text is the order of time.
        && received > latest
    {
        return Err(Complaint::new("NgayTiepNhan", "không được sau thời điểm hiện tại"));
    }
    check_identities(members)
}

/// Checks a process step.
pub(crate) fn check_step(members: &Members<'_>, how: Strictness<'_>) -> Result<(), Complaint> {
    check_object(STEP, members, how.strict_fields)
}

fn check_identities(members: &Members<'_>) -> Result<(), Complaint> {
    let Some((_, Node::List(identities))) = members.iter().find(|(key, _)| key.as_str() == "DinhDanhCHS")
    else {
        return Ok(());
    };
    for (index, identity) in identities.iter().enumerate() {
        let Node::Object(identity) = identity else { continue };
        let number = text_of(identity, "SoDinhDanh").unwrap_or_default();
        let (digits, document) = match text_of(identity, "LoaiDinhDanh") {
            Some("1") => (12, "CCCD"),
            Some("2") => (9, "CMND"),
            _ => continue,
        };
        if number.len() != digits || !is_digits(number) {
            let reason = format!("phải gồm đúng {digits} chữ số đối với {document}");
            return Err(Complaint::new("SoDinhDanh", reason).within("DinhDanhCHS", index));
        }
    }
    Ok(())
}

pub(crate) fn check_object(table: &[Field], members: &Members<'_>, strict: bool) -> Result<(), Complaint> {
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
        check_field(field, node, strict)?;
    }
    let missing =
        table.iter().enumerate().find(|(index, field)| field.required && seen & (1_u64 << index) == 0);
    match missing {
        Some((_, field)) => Err(Complaint::new(field.name, "bắt buộc phải có")),
        None => Ok(()),
    }
}

fn check_field(field: &Field, node: &Node<'_>, strict: bool) -> Result<(), Complaint> {
    match (&field.shape, node) {
        (Shape::List(table), Node::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                let Node::Object(members) = item else {
                    return Err(Complaint::new(&format!("{}[{index}]", field.name), "phải là đối tượng"));
                };
                check_object(table, members, strict)
                    .map_err(|complaint| complaint.within(field.name, index))?;
            }
            Ok(())
        }
        (Shape::OpenList, Node::List(items)) => check_open_list(field.name, items),
        (Shape::Object(table), Node::Object(members)) => {
            check_object(table, members, strict).map_err(|complaint| Complaint {
                path: format!("{}.{}", field.name, complaint.path),
                ..complaint
            })
        }
        (Shape::Object(_), _) => Err(Complaint::new(field.name, "phải là đối tượng")),
        (Shape::List(_) | Shape::OpenList, _) => Err(Complaint::new(field.name, "phải là mảng")),
        (shape, Node::Text(text)) => check_text(field, shape, text.as_str()),
        (_, Node::List(_) | Node::Object(_) | Node::OtherScalar) => {
            Err(Complaint::new(field.name, "phải là chuỗi ký tự"))
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

fn check_text(field: &Field, shape: &Shape, text: &str) -> Result<(), Complaint> {
    if text.trim().is_empty() {
        return if field.required {
            Err(Complaint::new(field.name, "bắt buộc phải có"))
        } else if text.is_empty() || matches!(shape, Shape::Text | Shape::Limited(_)) {
            Ok(())
        } else {
            Err(Complaint::new(field.name, "chỉ gồm khoảng trắng"))
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
        Shape::OneOf(values) if !values.contains(&text) => {
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
    Err(Complaint::new(field.name, reason))
}

fn is_longer(text: &str, most: usize) -> bool {
    // No character is shorter than a byte: most texts need no counting.
    text.len() > most && text.chars().count() > most
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A second that the calendar has, in exactly this form.
fn is_written(text: &str, form: &str, length: usize) -> bool {
    text.len() == length
        && text.get(17..19) != Some("60")
        && NaiveDateTime::parse_from_str(text, form).is_ok_and(|date| YEARS.contains(&date.year()))
}

/// Fourteen digits that name a second which the calendar has.
fn is_date(text: &str) -> bool {
    if text.len() != 14 || !is_digits(text) {
        return false;
    }
    // chrono takes the sixtieth second for a leap second; the portal's calendar has none.
    !text.ends_with("60")
        && NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").is_ok_and(|date| YEARS.contains(&date.year()))
}

#[cfg(test)]
mod tests;
