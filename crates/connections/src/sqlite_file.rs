//! Connections to a file of SQLite, which are kept between their uses.
//!
//! The driver's own pool takes each one back by a task of its own, which asks the connection's thread whether it is there and rolls back
//! what may be open. Of a file the answer is known, and to hear it takes longer than most statements of a ledger.

use dongbo_model::locks::lock;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// After so many steps of SQLite's machine a running statement looks at the clock: some hundred microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 20_000;

/// The connections to one file. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub struct SqliteFile {
    options: Arc<SqliteConnectOptions>,
    most: u32,
    within: Duration,
    room: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Kept>>>,
}

/// A connection, and the moment at which its statements stop, once it was ever to be heeded.
#[derive(Debug)]
struct Kept {
    connection: SqliteConnection,
    stop_at: Option<Arc<Mutex<Option<Instant>>>>,
}

/// A connection in use. It is kept for the next use when it is dropped.
#[derive(Debug)]
pub struct SqliteLent {
    /// `None` when it was closed.
    kept: Option<Kept>,
    idle: Arc<Mutex<Vec<Kept>>>,
    _room: OwnedSemaphorePermit,
}

/// A transaction. It takes back what it did unless it is committed.
#[derive(Debug)]
pub struct SqliteTx {
    lent: SqliteLent,
    is_over: bool,
}

impl SqliteFile {
    /// A file of which at most so many connections are open at once; who gets none within that time hears of it. None is made yet.
    #[must_use]
    pub fn new(options: SqliteConnectOptions, most: u32, within: Duration) -> Self {
        let places = usize::try_from(most).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let (options, room) = (Arc::new(options), Arc::new(Semaphore::new(places)));
        Self { options, most, within, room, idle: Arc::default() }
    }

    /// How its connections are made.
    #[must_use]
    pub fn options(&self) -> &SqliteConnectOptions {
        &self.options
    }

    /// A connection, made when there is none.
    ///
    /// # Errors
    /// When none became free in time, it cannot be made, or the file is closed.
    pub async fn acquire(&self) -> Result<SqliteLent, sqlx::Error> {
        let room = match Arc::clone(&self.room).try_acquire_owned() {
            Ok(room) => room,
            Err(_) => match tokio::time::timeout(self.within, Arc::clone(&self.room).acquire_owned()).await {
                Ok(room) => room.map_err(|_| sqlx::Error::PoolClosed)?,
                Err(_) => return Err(sqlx::Error::PoolTimedOut),
            },
        };
        let mut lent = SqliteLent { kept: None, idle: Arc::clone(&self.idle), _room: room };
        let idle = lock(&self.idle).pop();
        lent.kept = Some(match idle {
            Some(kept) => kept,
            None => Kept { connection: self.options.connect().await?, stop_at: None },
        });
        Ok(lent)
    }

    /// Begins a transaction with `statement`.
    ///
    /// # Errors
    /// As [`SqliteFile::acquire`], and when the file is locked or cannot be read.
    pub async fn begin(&self, statement: &'static str) -> Result<SqliteTx, sqlx::Error> {
        // Before it has begun: whoever gives up meanwhile leaves none open.
        let mut tx = SqliteTx { lent: self.acquire().await?, is_over: false };
        sqlx::query(statement).execute(tx.connection()?).await?;
        Ok(tx)
    }

    /// Closes all connections after what is under way.
    pub async fn close(&self) {
        let Ok(_all) = self.room.acquire_many(self.most).await else { return };
        self.room.close();
        let idle = std::mem::take(&mut *lock(&self.idle));
        for kept in idle {
            // It is closed whether that is said well or not.
            drop(kept.connection.close().await);
        }
    }
}

impl SqliteLent {
    /// The connection.
    ///
    /// # Errors
    /// When it was closed.
    pub fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.kept.as_mut().map(|kept| &mut kept.connection).ok_or(sqlx::Error::WorkerCrashed)
    }

    /// Lets no statement of this use run beyond `moment`; `None` lets each run to its end.
    ///
    /// # Errors
    /// When the connection was closed.
    pub async fn stop_at(&mut self, moment: Option<Instant>) -> Result<(), sqlx::Error> {
        let kept = self.kept.as_mut().ok_or(sqlx::Error::WorkerCrashed)?;
        if let Some(stop_at) = &kept.stop_at {
            *lock(stop_at) = moment;
            return Ok(());
        }
        let stop_at = Arc::new(Mutex::new(moment));
        let heeded = Arc::clone(&stop_at);
        let goes_on = move || lock(&heeded).is_none_or(|moment| Instant::now() < moment);
        let asked = kept.connection.lock_handle().await;
        let set = asked.map(|mut handle| handle.set_progress_handler(STEPS_BETWEEN_LOOKS, goes_on));
        kept.stop_at = set.is_ok().then_some(stop_at);
        self.heed(set)
    }

    /// What was `done` on it by itself. One whose thread has died is not kept, or everybody would meet it.
    ///
    /// # Errors
    /// As it was done.
    pub fn heed<T>(&mut self, done: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if matches!(done, Err(sqlx::Error::WorkerCrashed)) {
            self.close();
        }
        done
    }

    /// Closes it: it is not used again.
    pub fn close(&mut self) {
        self.kept = None;
    }

    /// Has what was begun on it rolled back, without waiting for that: whatever comes next comes behind it.
    fn roll_back(&mut self) {
        let Some(kept) = &mut self.kept else { return };
        let answered = {
            let asked = pin!(sqlx::query("ROLLBACK").execute(&mut kept.connection));
            // The first turn hands it to the connection's thread. Where nothing was begun, it says so to nobody.
            asked.poll(&mut Context::from_waker(Waker::noop()))
        };
        if let Poll::Ready(answered) = answered {
            drop(self.heed(answered));
        }
    }
}

impl Drop for SqliteLent {
    fn drop(&mut self) {
        lock(&self.idle).extend(self.kept.take());
    }
}

impl SqliteTx {
    /// The connection that it goes by.
    ///
    /// # Errors
    /// When that was closed.
    pub fn connection(&mut self) -> Result<&mut SqliteConnection, sqlx::Error> {
        self.lent.connection()
    }

    /// Makes all of it last.
    ///
    /// # Errors
    /// When it cannot be written; then nothing of it is done.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        sqlx::query("COMMIT").execute(self.connection()?).await?;
        self.is_over = true;
        Ok(())
    }
}

impl Drop for SqliteTx {
    fn drop(&mut self) {
        if !self.is_over {
            self.lent.roll_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};
    use std::time::{Duration, Instant};

    use sqlx::sqlite::SqliteConnectOptions;

    use super::{SqliteFile, SqliteTx};

    async fn file(most: u32) -> (tempfile::TempDir, SqliteFile) {
        let folder = tempfile::tempdir().unwrap();
        let options =
            SqliteConnectOptions::new().filename(folder.path().join("so.db")).create_if_missing(true);
        let file = SqliteFile::new(options, most, Duration::from_secs(30));
        let mut lent = file.acquire().await.unwrap();
        sqlx::query("CREATE TABLE so (a INTEGER)").execute(lent.connection().unwrap()).await.unwrap();
        drop(lent);
        (folder, file)
    }

    async fn add(tx: &mut SqliteTx) {
        sqlx::query("INSERT INTO so VALUES (1)").execute(tx.connection().unwrap()).await.unwrap();
    }

    async fn rows(file: &SqliteFile) -> i64 {
        let mut lent = file.acquire().await.unwrap();
        sqlx::query_scalar("SELECT count(*) FROM so").fetch_one(lent.connection().unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_not_committed_is_rolled_back_before_the_next_one_begins() {
        let (_folder, file) = file(1).await;
        for committed in 0..3 {
            let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
            add(&mut tx).await;
            drop(tx);
            assert_eq!(rows(&file).await, committed);
            let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
            add(&mut tx).await;
            tx.commit().await.unwrap();
        }
        assert_eq!(rows(&file).await, 3);
    }

    #[tokio::test]
    async fn whoever_gives_up_at_any_turn_leaves_no_transaction_open() {
        let (_folder, file) = file(1).await;
        for turns in 0..8 {
            let mut work = Box::pin(async {
                let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
                add(&mut tx).await;
                std::future::pending::<()>().await;
            });
            for _ in 0..turns {
                assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            drop(work);
            let tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(rows(&file).await, 0, "after {turns} turns");
        }
    }

    /// SQLite ends such a transaction by itself.
    #[tokio::test]
    async fn one_that_has_no_room_is_over_and_the_next_one_works() {
        let (_folder, file) = file(1).await;
        let mut lent = file.acquire().await.unwrap();
        sqlx::query("PRAGMA max_page_count = 2").execute(lent.connection().unwrap()).await.unwrap();
        drop(lent);
        for _ in 0..2 {
            let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
            add(&mut tx).await;
            let large = sqlx::query("INSERT INTO so VALUES (zeroblob(100000))");
            large.execute(tx.connection().unwrap()).await.unwrap_err();
            drop(tx);
            assert_eq!(rows(&file).await, 0);
        }
        let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
        add(&mut tx).await;
        tx.commit().await.unwrap();
        assert_eq!(rows(&file).await, 1);
    }

    #[tokio::test]
    async fn closing_waits_for_what_is_under_way_and_nobody_gets_a_connection_then() {
        let (_folder, file) = file(2).await;
        let mut tx = file.begin("BEGIN IMMEDIATE").await.unwrap();
        let mut closing = pin!(file.close());
        assert!(closing.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        add(&mut tx).await;
        tx.commit().await.unwrap();
        closing.await;
        assert!(matches!(file.acquire().await, Err(sqlx::Error::PoolClosed)));
    }

    #[tokio::test]
    async fn a_connection_whose_thread_has_died_is_made_anew() {
        let (_folder, file) = file(1).await;
        let mut lent = file.acquire().await.unwrap();
        lent.heed(Err::<(), _>(sqlx::Error::WorkerCrashed)).unwrap_err();
        lent.connection().unwrap_err();
        drop(lent);
        assert_eq!(rows(&file).await, 0);
    }

    #[tokio::test]
    async fn a_statement_stops_at_its_moment_and_the_next_use_has_its_own() {
        let (_folder, file) = file(1).await;
        let long = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n";
        for (moment, ends) in [(None, true), (Some(Instant::now()), false), (None, true)] {
            let mut lent = file.acquire().await.unwrap();
            lent.stop_at(moment).await.unwrap();
            let found = sqlx::query_scalar::<_, i64>(long).fetch_one(lent.connection().unwrap()).await;
            assert_eq!(found.is_ok(), ends, "{moment:?}: {found:?}");
        }
    }
}
