//! The attempts of one request, and whether another follows.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::failure::Failure;
use super::options::RetryOptions;
use super::request::Request;
use super::retry::{RetryDecision, retry_decision};
use crate::deadline::Deadline;

/// What was learned from the attempts of one request so far.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    pub(super) sent: u32,
    throttled: u32,
    /// Whether any of them may have done what was asked.
    pub(super) may_have_acted: bool,
}

/// What follows a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NextStep {
    /// Another attempt, after this pause.
    Pause(Duration),
    /// Another attempt, when the account's budget lets it through.
    WhenAllowed,
    /// None, for this reason where it is a matter of time.
    GiveUp(Option<Cow<'static, str>>),
}

impl Attempts {
    /// Whether no attempt was answered otherwise than with "too many requests".
    pub(super) fn were_all_throttled(&self) -> bool {
        self.sent == self.throttled
    }

    pub(super) fn note(&mut self, failure: &Failure) {
        self.may_have_acted |= failure.outcome.may_have_acted();
    }

    /// `deadline` is for another attempt after a pause, `turn_deadline` for one when the account's turn comes.
    pub(super) fn next_step(
        &mut self,
        request: &Request,
        failure: &Failure,
        options: &RetryOptions,
        budget: &RetryBudget,
        deadline: Deadline,
        turn_deadline: Deadline,
    ) -> NextStep {
        match retry_decision(failure.outcome, request.idempotency) {
            RetryDecision::Stop | RetryDecision::OutcomeUnknown => NextStep::GiveUp(None),
            RetryDecision::AgainWhenAllowed => {
                self.throttled += 1;
                match failure.retry_after.filter(|pause| !turn_deadline.allows(*pause)) {
                    Some(pause) => NextStep::GiveUp(Some(asked_to_wait(pause))),
                    None if options.repeat_throttled => NextStep::WhenAllowed,
                    None => NextStep::GiveUp(None),
                }
            }
            RetryDecision::Again => {
                let counted = self.sent.saturating_sub(self.throttled);
                if counted >= options.attempts {
                    return NextStep::GiveUp(None);
                }
                let pause = options.pause(counted).max(failure.retry_after.unwrap_or_default());
                if !deadline.allows(pause) {
                    return NextStep::GiveUp(Some("the next attempt would come past the deadline".into()));
                }
                if !budget.take() {
                    return NextStep::GiveUp(Some(
                        "too many requests of this client failed of late; it sends nothing again for now".into(),
                    ));
                }
                NextStep::Pause(pause)
            }
        }
    }
}

fn asked_to_wait(pause: Duration) -> Cow<'static, str> {
    format!("the provider asks for a pause of {} s, longer than there is time for", pause.as_secs_f64()).into()
}

/// Attempts beyond the first that all calls of a client may still make together: a provider in trouble is not buried
/// under attempts. A repeat takes one, a success gives one back.
#[derive(Debug)]
pub(super) struct RetryBudget {
    left: Mutex<u32>,
    size: u32,
}

impl RetryBudget {
    pub(super) fn new(size: u32) -> Self {
        Self { left: Mutex::new(size), size }
    }

    fn take(&self) -> bool {
        let mut left = self.left();
        let granted = *left > 0;
        *left = left.saturating_sub(1);
        granted
    }

    pub(super) fn give_back(&self) {
        let mut left = self.left();
        *left = (*left + 1).min(self.size);
    }

    fn left(&self) -> MutexGuard<'_, u32> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_ends_attempts_until_something_succeeds() {
        let budget = RetryBudget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        budget.give_back();
        assert!(budget.take() && !budget.take());
    }
}
