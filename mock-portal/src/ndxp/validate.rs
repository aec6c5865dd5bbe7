//! Checks of a dossier or step: its table, then the rules that tie fields together.

use crate::wire::check::{Complaint, check_object, is_digits};
use crate::wire::field::FieldSpec;
use crate::wire::node::{Members, Node, text_of};

/// The strictness of a check.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Strictness<'a> {
    /// Refuse fields that the table does not name, and fields sent twice.
    pub(crate) strict_fields: bool,
    /// The latest `NgayTiepNhan` believed; `None` if that is not checked.
    pub(crate) latest_receipt: Option<&'a str>,
}

/// Checks a dossier: its table, then the rules that tie fields together.
pub(crate) fn check_dossier(
    table: &[FieldSpec],
    members: &Members<'_>,
    how: Strictness<'_>,
) -> Result<(), Complaint> {
    check_object(table, members, how.strict_fields)?;
    if let (Some(latest), Some(received)) = (how.latest_receipt, text_of(members, "NgayTiepNhan"))
        // Both are fourteen digits, so the order of the text is the order of time.
        && received > latest
    {
        return Err(Complaint::new("NgayTiepNhan", "không được sau thời điểm hiện tại"));
    }
    check_identities(members)
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

#[cfg(test)]
mod tests;
