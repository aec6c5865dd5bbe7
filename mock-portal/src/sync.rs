//! Locking without a second failure: a panic elsewhere must not take the whole portal down.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes the lock even if a holder panicked; every critical section here leaves its data whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
