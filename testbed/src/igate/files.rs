//! The bytes of files, by the identifiers that dossiers name.

use super::Shared;
use crate::Error;
use crate::onestop::OfficeFile;

/// The bytes of a file; `None` when no row of the database names it. An identifier ends in the number of its row, by which that is
/// found without reading the table.
pub(super) async fn bytes(shared: &Shared, id: &str) -> Result<Option<Vec<u8>>, Error> {
    for (is_result, sql) in [
        (
            true,
            "SELECT h.ma_ho_so, f.khoa_tep FROM ket_qua f JOIN ho_so h ON h.id = f.ho_so_id WHERE f.id = CAST(substr(?1, 2) AS INTEGER) AND f.ma_giay_to = ?1",
        ),
        (
            false,
            "SELECT h.ma_ho_so, f.khoa_tep FROM giay_to_nop f JOIN ho_so h ON h.id = f.ho_so_id WHERE f.id = CAST(substr(?1, 2) AS INTEGER) AND f.ma_tep = ?1",
        ),
    ] {
        let found: Option<(String, String)> =
            sqlx::query_as(sql).bind(id).fetch_optional(&shared.pool).await?;
        if let Some((code, key)) = found {
            let file = OfficeFile { code, is_result, id: id.to_owned(), key };
            return Ok(Some(shared.files.bytes(&file)));
        }
    }
    Ok(None)
}
