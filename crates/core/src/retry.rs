//! What may be sent again, and when.

use std::sync::Mutex;
use std::time::Duration;

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Happened {
    /// No connection: name look-up, connect, TLS.
    NeverSent,
    /// A time-out, a reset, an answer that broke off.
    MaybeSent,
    /// The provider said that it did not process the request: too many requests.
    NotProcessed,
    /// 502, 503 or 504: something between us and the provider's work is out of order.
    GatewayFailed,
    /// A 500 or another failure of which the provider does not say whether it acted.
    Unclear,
    /// The provider said no: another 4xx, or a body that says so.
    Refused,
    /// The provider said yes, in words that cannot be read.
    Unreadable,
}

impl Happened {
    /// Every case there is.
    pub const ALL: [Self; 7] = [
        Self::NeverSent,
        Self::MaybeSent,
        Self::NotProcessed,
        Self::GatewayFailed,
        Self::Unclear,
        Self::Refused,
        Self::Unreadable,
    ];
}

/// What a request does when it is processed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// No more than once: reads, polls, deletes by id, changes to given values.
    Repeatable,
    /// Harm: a second snapshot, a second restore.
    Once,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Send it again, after a back-off.
    Again,
    /// Send it again, not before the time the provider asked for.
    AgainWhenAllowed,
    /// Give the failure to the caller.
    Stop,
    /// Nobody knows whether it was done. Only a look at the provider can tell.
    OutcomeUnknown,
}

/// The one table of what may be sent again.
#[must_use]
pub fn verdict(happened: Happened, effect: Effect) -> Verdict {
    match (happened, effect) {
        (Happened::NeverSent, _) => Verdict::Again,
        (Happened::NotProcessed, _) => Verdict::AgainWhenAllowed,
        (Happened::Refused, _) => Verdict::Stop,
        (Happened::MaybeSent | Happened::GatewayFailed, Effect::Repeatable) => Verdict::Again,
        (Happened::Unclear | Happened::Unreadable, Effect::Repeatable) => Verdict::Stop,
        (Happened::MaybeSent | Happened::GatewayFailed | Happened::Unclear | Happened::Unreadable, Effect::Once) => {
            Verdict::OutcomeUnknown
        }
    }
}

/// How often and how soon a request is sent again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryOptions {
    /// How many times a request is sent in all.
    pub attempts: u32,
    /// The longest pause before the second attempt; it doubles with each.
    pub base: Duration,
    /// The longest pause of all.
    pub cap: Duration,
    /// How long to go on while the provider answers that there are too many requests, and the longest `Retry-After` that
    /// is waited for. Such answers do not count as attempts.
    pub throttle_patience: Duration,
    /// How many more attempts than successes there may be before attempts cease, for all calls of a client together.
    pub budget: u32,
}

impl Default for RetryOptions {
    fn default() -> Self {
        Self {
            attempts: 4,
            base: Duration::from_millis(250),
            cap: Duration::from_secs(8),
            throttle_patience: Duration::from_secs(60),
            budget: 100,
        }
    }
}

impl RetryOptions {
    /// Never sends anything twice.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, throttle_patience: Duration::ZERO, ..Self::default() }
    }

    /// Sets how many times a request is sent in all.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the pauses: before the second attempt at most `base`, doubling up to `cap`.
    #[must_use]
    pub fn pauses(mut self, base: Duration, cap: Duration) -> Self {
        (self.base, self.cap) = (base, cap);
        self
    }

    /// Sets how long to go on while the provider answers that there are too many requests.
    #[must_use]
    pub fn throttle_patience(mut self, patience: Duration) -> Self {
        self.throttle_patience = patience;
        self
    }

    /// Sets how many more attempts than successes there may be.
    #[must_use]
    pub fn budget(mut self, budget: u32) -> Self {
        self.budget = budget;
        self
    }

    /// The pause after this many attempts: anything up to the bound, so that many clients do not come back at once.
    pub(crate) fn pause(&self, attempts: u32) -> Duration {
        self.bound(attempts).mul_f64(random_fraction())
    }

    /// The pause after this many throttled answers: at least half of the bound, because the provider wants a pause.
    pub(crate) fn throttled_pause(&self, throttled: u32) -> Duration {
        self.bound(throttled).mul_f64(0.5 + random_fraction() / 2.0)
    }

    fn bound(&self, attempts: u32) -> Duration {
        self.base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(self.cap)
    }
}

/// A number from 0 up to 1. Without the operating system's randomness the pauses are merely all alike.
fn random_fraction() -> f64 {
    f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / (f64::from(u32::MAX) + 1.0)
}

/// Attempts beyond the first that all calls of a client may still make together: a provider in trouble is not buried
/// under attempts. A retry takes one, a success gives one back.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    left: Mutex<u32>,
    size: u32,
}

impl RetryBudget {
    pub(crate) fn new(size: u32) -> Self {
        Self { left: Mutex::new(size), size }
    }

    pub(crate) fn take(&self) -> bool {
        let mut left = self.lock();
        let granted = *left > 0;
        *left = left.saturating_sub(1);
        granted
    }

    pub(crate) fn give_back(&self) {
        let mut left = self.lock();
        *left = (*left + 1).min(self.size);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u32> {
        self.left.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_may_be_sent_again() {
        let mut table = String::from("happened | repeatable | once\n");
        for happened in Happened::ALL {
            let (repeatable, once) = (verdict(happened, Effect::Repeatable), verdict(happened, Effect::Once));
            table += &format!("{happened:?} | {repeatable:?} | {once:?}\n");
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn pauses_double_up_to_the_cap_and_stay_below_it() {
        let options = RetryOptions::default();
        for attempts in 1..40 {
            assert!(options.pause(attempts) <= options.cap);
            assert!(options.throttled_pause(attempts) <= options.cap);
            assert!(options.throttled_pause(attempts) >= options.bound(attempts) / 2);
        }
        assert_eq!([1, 2, 3].map(|n| options.bound(n).as_millis()), [250, 500, 1000]);
    }

    #[test]
    fn a_spent_budget_ends_attempts_until_something_succeeds() {
        let budget = RetryBudget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        budget.give_back();
        assert!(budget.take() && !budget.take());
    }
}
