//! Shared by the tests.

use std::ops::Range;
use std::sync::Arc;

use chrono::DateTime;
use dongbo_model::FileRole;
use dongbo_model::clock::Clock;
use dongbo_source::{Mapping, Source};
use dongbo_sync::files::store::{BLOCK, Stat, Store, StoreError, Stores};
use futures_util::TryStreamExt as _;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Stands for the name of a person in keys.
pub(crate) const CANARY: &str = "NguyenVanCanary";

/// A clock that stands still, so that nothing times out unless a test moves it.
pub(crate) fn clock() -> Clock {
    Clock::manual(DateTime::UNIX_EPOCH)
}

/// A source over `url` with the example mapping and the section `[files.results]` that `section` fills.
pub(crate) fn source(url: &str, section: &str) -> Arc<Source> {
    let text =
        format!("{}\n[files.results]\n{section}\n", include_str!("../../../../config/mapping.example.toml"));
    let mapping = Mapping::parse(&text, "test.toml").unwrap_or_else(|error| panic!("{error}"));
    let config = dongbo_source::Settings { url: url.to_owned(), ..dongbo_source::Settings::default() };
    Arc::new(Source::open(&config, mapping, clock()).unwrap())
}

/// The store of a mapping whose database is not used.
pub(crate) fn store(section: &str, clock: &Clock) -> Arc<Store> {
    try_store(section, clock).unwrap()
}

pub(crate) fn try_store(section: &str, clock: &Clock) -> Result<Arc<Store>, StoreError> {
    let stores = Stores::open(&source("nowhere.db", section), clock)?;
    Ok(Arc::clone(stores.of(FileRole::Paper).unwrap()))
}

/// Reads to the end, and sees that no block is larger than promised.
pub(crate) async fn read(
    store: &Store,
    key: &str,
    range: Option<Range<u64>>,
) -> Result<(Stat, Vec<u8>), StoreError> {
    let (stat, mut blocks) = store.read(key, range).await?;
    let mut bytes = Vec::new();
    while let Some(block) = blocks.try_next().await? {
        assert!((1..=BLOCK).contains(&block.len()));
        bytes.extend_from_slice(&block);
    }
    Ok((stat, bytes))
}

/// Every kind of part of a file gives the bytes that it should.
pub(crate) async fn parts_are_right(store: &Store, key: &str, bytes: &[u8]) {
    let size = bytes.len() as u64;
    let (stat, whole) = read(store, key, None).await.unwrap();
    assert_eq!((stat.size, whole.len()), (size, bytes.len()));
    assert!(whole == bytes);
    assert_eq!(store.stat(key).await.unwrap(), stat);
    for range in
        [0..10, 5..size - 3, size - 1..size, size - 4..size + 100, size..size + 1, size + 5..size + 9, 7..7]
    {
        let (part_of, part) = read(store, key, Some(range.clone())).await.unwrap();
        let from = usize::try_from(range.start.min(size)).unwrap();
        let to = usize::try_from(range.end.min(size)).unwrap();
        assert!(part == bytes[from..to], "{range:?}");
        assert_eq!(part_of, stat, "{range:?}");
    }
}

/// Random bytes that depend on the seed alone.
pub(crate) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    StdRng::seed_from_u64(seed).fill(bytes.as_mut_slice());
    bytes
}

/// The error, which must not tell the key.
pub(crate) fn silent<T>(result: Result<T, StoreError>) -> StoreError {
    let Err(error) = result else { panic!("it was had") };
    let told = format!("{error} {error:?}");
    assert!(!told.contains(CANARY), "{told}");
    error
}
