//! What creates have to know of each other, in this process or beyond it.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;

use crate::account::Account;
use crate::error::Result;
use crate::operation::Operation;
use crate::reference::{SnapshotRef, SourceRef};
use crate::tag::TagId;

/// A turn that ends when it is dropped.
pub type LockGuard = Box<dyn Any + Send + Sync>;

/// How an operation was seen to end. An unknown outcome is no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending<'a> {
    /// Well, with this snapshot where there is one.
    Succeeded(Option<&'a SnapshotRef>),
    /// It failed, or was never done.
    Failed,
}

/// Keeps what has to outlive one call: what was begun, which create claimed which snapshot, and whose turn it is.
///
/// [`ProcessState`] is the default, and holds it for this process. One that holds it in a database makes it last, and
/// hold for several processes.
#[async_trait]
pub trait StateStore: fmt::Debug + Send + Sync {
    /// Waits for the turn of one create on a server.
    ///
    /// # Errors
    ///
    /// What keeps the turn from being taken. Nothing was sent.
    async fn lock(&self, account: &Account, source: &SourceRef) -> Result<LockGuard>;

    /// Notes an operation before it is sent.
    ///
    /// # Errors
    ///
    /// What keeps it from being noted. It is not sent then.
    async fn sending(&self, operation: &Operation) -> Result<()>;

    /// Notes an operation as the provider answered it; `sent` is what was noted before.
    ///
    /// # Errors
    ///
    /// What keeps it from being noted. The caller goes on: the operation is under way.
    async fn started(&self, sent: &Operation, operation: &Operation) -> Result<()>;

    /// Notes that the end of an operation was seen.
    ///
    /// # Errors
    ///
    /// What keeps it from being noted. The operation has ended all the same.
    async fn ended(&self, operation: &Operation, ending: Ending<'_>) -> Result<()>;

    /// Notes that a snapshot is that of the create with this fingerprint; `false` where another create has claimed it.
    async fn claim(&self, account: &Account, snapshot: &SnapshotRef, id: TagId) -> bool;

    /// The snapshots of an account that creates other than this one have claimed.
    async fn claimed(&self, account: &Account, id: TagId) -> Vec<SnapshotRef>;

    /// How long an operation like this one has taken before, where that is known. A wait begins to ask shortly before.
    async fn expected(&self, _operation: &Operation) -> Option<Duration> {
        None
    }
}

/// What the creates of this process know of each other.
#[derive(Debug, Default)]
pub struct ProcessState {
    locks: Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>,
    /// By the host too: an account's name says nothing about where its snapshots are.
    claims: Mutex<HashMap<(Arc<str>, SnapshotRef), TagId>>,
}

impl ProcessState {
    /// The one that all calls share which are given no other.
    pub fn shared() -> &'static Arc<Self> {
        static SHARED: LazyLock<Arc<ProcessState>> = LazyLock::new(Arc::default);
        &SHARED
    }

    fn lock_of(&self, account: &Account, source: &SourceRef) -> Arc<tokio::sync::Mutex<()>> {
        let key = format!("{} {} {}", account.provider(), account.host(), source.first_component());
        let mut locks = held(&self.locks);
        // Only where the map would grow, so that thousands of creates do not each read all of it.
        if locks.len() == locks.capacity() {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        locks.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
            let lock = Arc::new(tokio::sync::Mutex::new(()));
            locks.insert(key, Arc::downgrade(&lock));
            lock
        })
    }
}

#[async_trait]
impl StateStore for ProcessState {
    async fn lock(&self, account: &Account, source: &SourceRef) -> Result<LockGuard> {
        let lock = self.lock_of(account, source);
        Ok(Box::new(lock.lock_owned().await))
    }

    async fn sending(&self, _operation: &Operation) -> Result<()> {
        Ok(())
    }

    async fn started(&self, _sent: &Operation, _operation: &Operation) -> Result<()> {
        Ok(())
    }

    async fn ended(&self, _operation: &Operation, _ending: Ending<'_>) -> Result<()> {
        Ok(())
    }

    async fn claim(&self, account: &Account, snapshot: &SnapshotRef, id: TagId) -> bool {
        let key = (Arc::clone(account.host()), snapshot.clone());
        *held(&self.claims).entry(key).or_insert(id) == id
    }

    async fn claimed(&self, account: &Account, id: TagId) -> Vec<SnapshotRef> {
        let claims = held(&self.claims);
        let others = claims.iter().filter(|((host, snapshot), by)| {
            **by != id && host == account.host() && snapshot.account() == &**account.name()
        });
        others.map(|((_, snapshot), _)| snapshot.clone()).collect()
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
