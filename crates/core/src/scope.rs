//! What holds for everything that one call does: how many requests it sent, and until when it may try.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: Scope;
}

/// Counts the requests that a future sends and tells it its deadline. Scopes nest: a request counts in each, and the
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
    deadline: Option<Instant>,
}

impl Scope {
    /// A scope inside the one that is current, if there is one.
    #[must_use]
    pub fn new() -> Self {
        let mut scope = CURRENT.try_with(Clone::clone).unwrap_or_default();
        scope.counters.push(Arc::new(AtomicU32::new(0)));
        scope
    }

    /// Lets nothing in it wait beyond `timeout` from now.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        if let Some(deadline) = Instant::now().checked_add(timeout) {
            self.deadline = Some(self.deadline.map_or(deadline, |outer| outer.min(deadline)));
        }
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

    pub(crate) fn count_request() {
        let _ = CURRENT.try_with(|scope| {
            for counter in &scope.counters {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    }

    /// How long is left, or `None` without a deadline.
    pub(crate) fn time_left() -> Option<Duration> {
        CURRENT.try_with(|scope| scope.deadline).ok().flatten().map(|at| at.saturating_duration_since(Instant::now()))
    }
}
