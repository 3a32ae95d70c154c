//! Until when something may take.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// The moment after which a call gives up. One that is too far away for a clock is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No deadline.
    #[must_use]
    pub fn never() -> Self {
        Self(None)
    }

    /// So long from now.
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// The nearer of two.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Self(Some(one.min(other))),
            (one, other) => Self(one.or(other)),
        }
    }

    /// This one, or the other where this is none.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }

    /// How long is left; `None` without a deadline.
    #[must_use]
    pub fn remaining(self) -> Option<Duration> {
        self.0.map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Whether something that takes so long ends in time.
    #[must_use]
    pub fn allows(self, duration: Duration) -> bool {
        self.remaining().is_none_or(|left| duration < left)
    }

    /// Whether it has passed.
    #[must_use]
    pub fn has_passed(self) -> bool {
        !self.allows(Duration::ZERO)
    }

    /// The future's output; `None` where the deadline passes first. What is ready at once is given even then.
    pub async fn bound<F: Future>(self, future: F) -> Option<F::Output> {
        match self.0 {
            Some(at) => timeout_at(at, future).await.ok(),
            None => Some(future.await),
        }
    }

    /// Sleeps, at most to the deadline: `None` where that passes first.
    pub async fn sleep(self, duration: Duration) -> Option<()> {
        self.bound(sleep(duration)).await
    }
}
