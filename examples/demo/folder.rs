//! The folder of one run: the local database, the ledger, the configuration, the log.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::options::Options;

/// Temporary folders of earlier runs that are passed by.
const MOST_EARLIER: u32 = 1_000;

/// Makes the folder of this run.
pub(crate) fn make(options: &Options) -> Result<PathBuf, Failure> {
    let folder = match &options.folder {
        Some(folder) => given(folder)?,
        None => temporary()?,
    };
    Ok(std::fs::canonicalize(&folder).unwrap_or(folder))
}

fn given(folder: &Path) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(folder).map_err(|source| Failure::Folder(folder.to_owned(), source))?;
    if ["onestop.sqlite", "ledger.sqlite"].iter().any(|name| folder.join(name).exists()) {
        return Err(Failure::InUse(folder.to_owned()));
    }
    Ok(folder.to_owned())
}

/// A folder with a short name, so that commands which name it fit into a line.
fn temporary() -> Result<PathBuf, Failure> {
    let mut folder = std::env::temp_dir().join("dongbo-demo");
    for number in 2..MOST_EARLIER {
        match std::fs::create_dir(&folder) {
            Ok(()) => break,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                folder.set_file_name(format!("dongbo-demo-{number}"));
            }
            Err(source) => return Err(Failure::Folder(folder, source)),
        }
    }
    given(&folder)
}

/// dongbo's log goes to a file, so that it can be read and does not run through the picture. Without the file there is
/// no log, and the demo plays all the same.
pub(crate) fn start_log(folder: &Path) {
    if let Ok(file) = std::fs::File::create(folder.join("dongbo.log")) {
        let log = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("warn,dongbo=info"))
            .with_ansi(false)
            .with_writer(Mutex::new(file));
        // There is no other log in this process.
        let _ = log.try_init();
    }
}
