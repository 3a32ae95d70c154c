use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The requests that a second still has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) per_second: u32,
    pub(crate) remaining: u32,
}

/// Admits so many requests over a rolling second, or all; refused ones do not count.
pub(crate) struct Limiter {
    per_second: Option<u32>,
    admitted: VecDeque<Instant>,
}

impl Limiter {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self { per_second, admitted: VecDeque::new() }
    }

    pub(crate) fn admit(&mut self, now: Instant) -> bool {
        let Some(limit) = self.per_second else { return true };
        self.forget(now);
        let admitted = self.admitted.len() < limit as usize;
        if admitted {
            self.admitted.push_back(now);
        }
        admitted
    }

    fn forget(&mut self, now: Instant) {
        const WINDOW: Duration = Duration::from_secs(1);
        while self.admitted.front().is_some_and(|&earlier| now >= earlier + WINDOW) {
            self.admitted.pop_front();
        }
    }

    /// What is left now. Without a limit it states one that nobody reaches.
    pub(crate) fn budget(&self) -> Budget {
        const UNLIMITED: Budget = Budget { per_second: 10_000, remaining: 9_999 };
        let used = u32::try_from(self.admitted.len()).unwrap_or(u32::MAX);
        let of_limit = |per_second: u32| Budget { per_second, remaining: per_second.saturating_sub(used) };
        self.per_second.map_or(UNLIMITED, of_limit)
    }
}
