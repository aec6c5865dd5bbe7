//! The bytes of any store in blocks of at most one size: counted, and each with a time limit.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _, try_unfold};

use super::error::StoreError;
use dongbo_model::clock::Clock;

/// The largest block that is handed on.
pub const BLOCK: usize = 64 * 1024;
/// A store that is slower than this on the whole, in bytes a second, stands still: a scan of some megabytes would take
/// hours.
const SLOWEST: u64 = 16 * 1024;

/// The bytes of one read.
pub type Blocks = BoxStream<'static, Result<Bytes, StoreError>>;

struct Bounded {
    inner: Blocks,
    clock: Clock,
    timeout: Duration,
    /// The time for which the store may still let us wait in all. The reader's own time does not count.
    patience: Duration,
    /// Bytes that are still to come.
    left: u64,
    rest: Bytes,
}

/// Gives exactly `expected` bytes of `inner`, or an error at the end of what came.
pub(super) fn bounded(inner: Blocks, clock: Clock, timeout: Duration, expected: u64) -> Blocks {
    let patience = timeout.saturating_add(Duration::from_secs(expected / SLOWEST));
    let state = Bounded { inner, clock, timeout, patience, left: expected, rest: Bytes::new() };
    try_unfold(state, |mut state| async move {
        let block = state.next().await?;
        Ok(block.map(|block| (block, state)))
    })
    .boxed()
}

impl Bounded {
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        while self.rest.is_empty() {
            let begun = self.clock.now();
            let limit = self.timeout.min(self.patience);
            let Some(came) = self.clock.timeout(limit, self.inner.next()).await else {
                return Err(StoreError::Stalled(self.timeout));
            };
            let waited = (self.clock.now() - begun).to_std().unwrap_or_default();
            self.patience = self.patience.saturating_sub(waited);
            let Some(came) = came.transpose()? else {
                return if self.left == 0 { Ok(None) } else { Err(StoreError::Changed) };
            };
            let length = u64::try_from(came.len()).unwrap_or(u64::MAX);
            // More than the store said of the file: it is another one by now.
            self.left = self.left.checked_sub(length).ok_or(StoreError::Changed)?;
            self.rest = came;
        }
        Ok(Some(self.rest.split_to(BLOCK.min(self.rest.len()))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use chrono::DateTime;
    use futures_util::stream::{StreamExt as _, iter, pending, unfold};

    use super::{BLOCK, Blocks, StoreError, bounded};
    use dongbo_model::clock::{Clock, later};

    const LIMIT: Duration = Duration::from_secs(10);

    fn given(lengths: &[usize]) -> Blocks {
        let blocks: Vec<_> = lengths.iter().map(|length| Ok(Bytes::from(vec![7; *length]))).collect();
        iter(blocks).boxed()
    }

    async fn taken(inner: Blocks, expected: u64) -> Vec<Result<usize, String>> {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let told = |block: Result<Bytes, StoreError>| block.map(|b| b.len()).map_err(|e| format!("{e:?}"));
        bounded(inner, clock, LIMIT, expected).map(told).collect().await
    }

    #[tokio::test]
    async fn blocks_are_cut_to_size_and_counted() {
        assert_eq!(taken(given(&[0, BLOCK + 3, 0, 2]), BLOCK as u64 + 5).await, [Ok(BLOCK), Ok(3), Ok(2)]);
        assert_eq!(taken(given(&[3]), 4).await, [Ok(3), Err("Changed".to_owned())]);
        assert_eq!(taken(given(&[3, 2]), 4).await, [Ok(3), Err("Changed".to_owned())]);
    }

    #[tokio::test]
    async fn a_store_that_says_nothing_or_trickles_is_an_error_and_no_hang() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let mut silent = bounded(pending().boxed(), clock.clone(), LIMIT, 1);
        let reading = tokio::spawn(async move { silent.next().await });
        clock.advance_to(clock.next_sleeper().await);
        assert!(matches!(reading.await.unwrap(), Some(Err(StoreError::Stalled(LIMIT)))));

        // A byte every nine seconds never stands still, and would take years.
        let drops = unfold(clock.clone(), |clock| async move {
            clock.sleep(Duration::from_secs(9)).await;
            Some((Ok(Bytes::from_static(b"x")), clock))
        });
        let mut slow = bounded(drops.boxed(), clock.clone(), LIMIT, 100 << 20);
        let reading = tokio::spawn(async move {
            let mut came = 0_u32;
            while let Some(block) = slow.next().await {
                match block {
                    Ok(_) => came += 1,
                    Err(error) => return (came, error),
                }
            }
            panic!("it ended");
        });
        let deadline = later(clock.now(), LIMIT + Duration::from_secs(6_400));
        while !reading.is_finished() {
            if let Some(wake) = futures_util::FutureExt::now_or_never(clock.next_sleeper()) {
                clock.advance_to(wake);
            }
            tokio::task::yield_now().await;
        }
        let (came, error) = reading.await.unwrap();
        assert!(matches!(error, StoreError::Stalled(_)) && came > 600, "{came}");
        assert!(clock.now() <= deadline);
    }
}
