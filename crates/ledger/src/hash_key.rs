//! The key of the installation, under which differences hash what may be personal. It is made once for each ledger. Beside a file it
//! lies in a file of its own, so that a copy of the ledger does not carry it; daemons that share a server share it there, in a table
//! of its own, which a dump can leave out.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use dongbo_settings::{HashKey, ownership};

use crate::error::LedgerError;
use crate::open::Ledger;
use crate::store::{Sql, values};

/// The name of the key among the secrets of a server.
const NAME: &str = "hash_key";
/// The longest file that is read for a key.
const LONGEST: u64 = 1_024;

impl Ledger {
    /// The key, which is made when there is none.
    ///
    /// # Errors
    /// When it can neither be read nor be kept.
    pub async fn hash_key(&self) -> Result<HashKey, LedgerError> {
        match self.path() {
            Some(path) => of_file(&beside(&path))
                .map_err(|source| LedgerError::HashKey { path: beside(&path).display().to_string(), source }),
            None => self.shared_key(HashKey::random()).await,
        }
    }

    /// The key on the server; `new` when there is none, of which another daemon may have become the first meanwhile.
    async fn shared_key(&self, new: HashKey) -> Result<HashKey, LedgerError> {
        self.store.execute(&KEEP_SECRET, values![NAME, new.written()]).await?;
        let kept = self.store.read_text(&SECRET, values![NAME]).await?;
        Ok(kept.as_deref().and_then(HashKey::read).unwrap_or(new))
    }

    /// Takes over the key of the ledger `from`, unless there is one.
    ///
    /// # Errors
    /// As [`Ledger::hash_key`].
    pub(super) async fn take_over_key(&self, from: &Self) -> Result<(), LedgerError> {
        let key = from.hash_key().await?;
        if self.path().is_none() {
            self.shared_key(key).await?;
        }
        Ok(())
    }
}

/// The file of the key beside the ledger at `path`.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn of_file(path: &Path) -> io::Result<HashKey> {
    let mut text = String::new();
    match std::fs::File::open(path) {
        Ok(file) => file.take(LONGEST).read_to_string(&mut text).map(drop)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    if let Some(key) = HashKey::read(&text) {
        return Ok(key);
    }
    // One that was cut off while it was written holds none, and nothing was hashed under it.
    let key = HashKey::random();
    let mut file = ownership::create(path)?;
    file.write_all(key.written().as_bytes())?;
    file.sync_all()?;
    Ok(key)
}

static KEEP_SECRET: Sql =
    Sql::new("keep_secret", "INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING");

static SECRET: Sql = Sql::new("secret", "SELECT value FROM secret WHERE name = $1");

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use crate::open::Ledger;

    #[tokio::test]
    async fn a_ledgers_key_is_made_once_lies_beside_it_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let ledger = Ledger::open(&path).await.unwrap();
        let key = ledger.hash_key().await.unwrap();
        assert_eq!(Ledger::open(&path).await.unwrap().hash_key().await.unwrap(), key);
        let file = folder.path().join("ledger.sqlite.key");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            let has = bytes.windows(64).any(|window| window == key.written().as_bytes());
            assert!(!has, "a copy of {name} does not carry the key");
        }
        let other = tempfile::tempdir().unwrap();
        let other = Ledger::open(&other.path().join("ledger.sqlite")).await.unwrap();
        assert_ne!(other.hash_key().await.unwrap(), key);
        std::fs::write(&file, "cut").unwrap();
        let anew = ledger.hash_key().await.unwrap();
        assert_eq!(ledger.hash_key().await.unwrap(), anew);
    }
}
