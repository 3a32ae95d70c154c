//! Calls that want to read the same thing at the same time share one read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Mutex as AsyncMutex;

use crate::error::Result;
use crate::scope::Scope;

/// A read that several calls share. Each gets the answer of a read that began after it asked: what the provider had
/// finished by then is in it.
///
/// `K` says what a call wants to know; the one that reads is given what all who wait want. There is no background task:
/// where the call that reads is dropped, the next one reads.
///
/// ```
/// # use cloudsnap_core::provider::SharedRead;
/// # async fn list_of(servers: Vec<&str>) -> cloudsnap_core::Result<Vec<String>> { Ok(vec![]) }
/// # async fn example() -> cloudsnap_core::Result<()> {
/// let lists = SharedRead::default();
/// let (one, other) = tokio::join!(lists.get("server1", list_of), lists.get("server2", list_of));
/// # Ok(())
/// # }
/// ```
pub struct SharedRead<K, T> {
    waiting: Mutex<Waiting<K>>,
    last: AsyncMutex<Option<Answer<T>>>,
}

struct Waiting<K> {
    last_number: u64,
    wanted: BTreeMap<u64, K>,
}

/// What was read for all calls up to this number.
struct Answer<T> {
    up_to: u64,
    read: Result<T>,
}

impl<K: Clone, T: Clone> SharedRead<K, T> {
    /// Waits for what is being read, then reads for all who wait, unless one of them did so before.
    ///
    /// # Errors
    ///
    /// What `read` fails with, also where another call read.
    pub async fn get<F: Future<Output = Result<T>>>(&self, wanted: K, read: impl FnOnce(Vec<K>) -> F) -> Result<T> {
        let entry = self.enter(wanted);
        let mut last = self.last.lock().await;
        if let Some(answer) = last.as_ref().filter(|answer| answer.up_to >= entry.number) {
            return answer.read.clone();
        }
        let answered = last.as_ref().map_or(0, |answer| answer.up_to);
        let (up_to, all_wanted) = {
            let waiting = self.waiting();
            (waiting.last_number, waiting.wanted.range(answered + 1..).map(|(_, wanted)| wanted.clone()).collect())
        };
        let read = read(all_wanted).await;
        // That the time of this call is over says nothing to the others.
        let is_for_all = read.is_ok() || !Scope::deadline().has_passed();
        *last = is_for_all.then(|| Answer { up_to, read: read.clone() });
        read
    }

    fn enter(&self, wanted: K) -> Entry<'_, K> {
        let mut waiting = self.waiting();
        waiting.last_number += 1;
        let number = waiting.last_number;
        waiting.wanted.insert(number, wanted);
        Entry { waiting: &self.waiting, number }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One call's place among those that wait; it leaves when it is dropped.
struct Entry<'a, K> {
    waiting: &'a Mutex<Waiting<K>>,
    number: u64,
}

impl<K> Drop for Entry<'_, K> {
    fn drop(&mut self) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).wanted.remove(&self.number);
    }
}

impl<K, T> Default for SharedRead<K, T> {
    fn default() -> Self {
        Self { waiting: Mutex::new(Waiting { last_number: 0, wanted: BTreeMap::new() }), last: AsyncMutex::default() }
    }
}

impl<K, T> fmt::Debug for SharedRead<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRead").finish_non_exhaustive()
    }
}
