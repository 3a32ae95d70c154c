//! Staying within what a provider lets one account send.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::scope::Scope;

/// Lets requests through: no more than so many in any second, and none while the provider asked for a pause.
#[derive(Debug)]
pub(super) struct RateBudget {
    per_second: Option<usize>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When the last requests were let through, at most `per_second` of them.
    recent: VecDeque<Instant>,
    closed_until: Option<Instant>,
}

impl RateBudget {
    pub(super) fn new(per_second: Option<u32>) -> Self {
        Self { per_second: per_second.map(|rate| rate.max(1) as usize), state: Mutex::default() }
    }

    /// Waits for its turn. Where that comes past the deadline it does not wait, and says how long it would have to.
    pub(super) async fn admit(&self) -> Result<(), Duration> {
        while let Err(opens_at) = self.try_admit(Instant::now()) {
            let wait = opens_at.saturating_duration_since(Instant::now());
            if Scope::time_left().is_some_and(|left| wait >= left) {
                return Err(wait);
            }
            sleep_until(opens_at).await;
        }
        Ok(())
    }

    /// Lets nobody through for this long.
    pub(super) fn pause(&self, duration: Duration) {
        let Some(until) = Instant::now().checked_add(duration) else { return };
        let mut state = self.lock();
        state.closed_until = Some(state.closed_until.map_or(until, |before| before.max(until)));
    }

    fn try_admit(&self, now: Instant) -> Result<(), Instant> {
        let mut state = self.lock();
        if let Some(until) = state.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        let Some(per_second) = self.per_second else { return Ok(()) };
        if state.recent.len() == per_second {
            if let Some(free_at) =
                state.recent.front().map(|sent| *sent + Duration::from_secs(1)).filter(|at| *at > now)
            {
                return Err(free_at);
            }
            state.recent.pop_front();
        }
        state.recent.push_back(now);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_sees_more_than_its_share() {
        let budget = RateBudget::new(Some(3));
        let start = Instant::now();
        for _ in 0..9 {
            budget.admit().await.unwrap();
        }
        assert_eq!(start.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_for_everybody_and_the_longest_wins() {
        let budget = RateBudget::new(None);
        budget.pause(Duration::from_secs(7));
        budget.pause(Duration::from_secs(2));
        let start = Instant::now();
        budget.admit().await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 7);
    }
}
