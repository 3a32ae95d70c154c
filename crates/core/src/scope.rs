//! What holds for everything that one call does: how many requests it sends, and until when it may try.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::deadline::Deadline;

tokio::task_local! {
    static CURRENT: Scope;
}

/// Counts the requests that a future sends and gives it a deadline. Scopes nest: a request counts in each, and the
/// nearest deadline holds.
///
/// ```
/// # async fn example(provider: &dyn cloudsnap_core::SnapshotProvider) -> Result<(), cloudsnap_core::Error> {
/// use cloudsnap_core::{ListSources, Scope};
///
/// let scope = Scope::new();
/// let page = scope.run(provider.list_sources(&ListSources::default())).await?;
/// println!("{} sources with {} requests", page.items.len(), scope.requests());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scope {
    counters: Vec<Arc<AtomicU32>>,
    deadline: Deadline,
}

impl Scope {
    /// A scope inside the current one, if there is one.
    #[must_use]
    pub fn new() -> Self {
        let mut scope = CURRENT.try_with(Clone::clone).unwrap_or_default();
        scope.counters.push(Arc::new(AtomicU32::new(0)));
        scope
    }

    /// Ends every wait in it after `timeout` from now.
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.with_deadline(Deadline::after(timeout))
    }

    /// Ends every wait in it at this moment.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Deadline) -> Self {
        self.deadline = self.deadline.earlier(deadline);
        self
    }

    /// Runs the future in this scope.
    pub async fn run<F: Future>(&self, future: F) -> F::Output {
        CURRENT.scope(self.clone(), future).await
    }

    /// How many HTTP requests were sent in it so far.
    #[must_use]
    pub fn requests(&self) -> u32 {
        self.counters.last().map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    pub(crate) fn remaining(&self) -> Option<Duration> {
        self.deadline.remaining()
    }

    pub(crate) fn count_request() {
        let _ = CURRENT.try_with(|scope| {
            for counter in &scope.counters {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// The deadline of the current scope.
    pub(crate) fn deadline() -> Deadline {
        CURRENT.try_with(|scope| scope.deadline).unwrap_or_default()
    }
}
