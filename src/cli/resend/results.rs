//! The results of the dossiers that were to be sent again, as a table for a spreadsheet.

use std::path::{Path, PathBuf};

use super::super::failure::Failure;
use super::super::running;
use crate::config::Config;
use crate::control::{ClientError, Reply, Request};
use dongbo_model::clock::Clock;
use dongbo_settings::ownership;
use dongbo_sync::resend::{HEADING, ResultRow};

/// The results of the dossiers of the last order.
pub(super) async fn of_order(config: &Config) -> Result<Vec<ResultRow>, Failure> {
    let mut rows: Vec<ResultRow> = Vec::new();
    loop {
        let skip = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        match running::ask(config, &Request::Resends { skip }).await? {
            Reply::Resends(some) if some.is_empty() => return Ok(rows),
            Reply::Resends(some) => rows.extend(some.into_iter().map(ResultRow::from)),
            other => return Err(ClientError::unexpected(&other).into()),
        }
    }
}

/// Writes a table of them to `path`, or to a new file in the present folder. Returns where.
pub(super) fn write(path: Option<&Path>, rows: &[ResultRow]) -> Result<PathBuf, Failure> {
    let path = path.map_or_else(
        || PathBuf::from(format!("dongbo-resend-{}.csv", Clock::system().now().format("%Y%m%dT%H%M%SZ"))),
        Path::to_owned,
    );
    let table: String = std::iter::once(HEADING.to_owned()).chain(rows.iter().map(ResultRow::line)).collect();
    ownership::write(&path, table.as_bytes())
        .map_err(|source| Failure::Result { path: path.clone(), source })?;
    Ok(path)
}
