//! What may be sent again: one table.

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// No connection, for a reason that may pass.
    NeverSent,
    /// No connection, for a reason that another attempt does not change: an unknown host, a certificate.
    CannotConnect,
    /// A time-out, a reset, an answer that broke off.
    MaybeSent,
    /// The provider said that it did not process the request: too many requests.
    NotProcessed,
    /// 502, 503 or 504: something between us and the provider's work is out of order.
    GatewayFailed,
    /// A failure of which the provider does not say whether it acted.
    Unclear,
    /// The provider said no, in its own form. A 401 is that in any form.
    Refused,
    /// An answer that is not in the provider's own form: a redirect, a gateway's page.
    Foreign,
    /// The provider said yes, in words that cannot be read.
    Unreadable,
}

impl AttemptOutcome {
    /// Every outcome there is.
    pub const ALL: [Self; 9] = [
        Self::NeverSent,
        Self::CannotConnect,
        Self::MaybeSent,
        Self::NotProcessed,
        Self::GatewayFailed,
        Self::Unclear,
        Self::Refused,
        Self::Foreign,
        Self::Unreadable,
    ];

    /// Whether the provider may have done what was asked.
    #[must_use]
    pub fn may_have_acted(self) -> bool {
        !matches!(self, Self::NeverSent | Self::CannotConnect | Self::NotProcessed | Self::Refused)
    }

    /// Whether the request left this machine.
    #[must_use]
    pub fn was_sent(self) -> bool {
        !matches!(self, Self::NeverSent | Self::CannotConnect)
    }
}

/// What a request does when it is processed twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// The same as once: reads, polls, deletes by id, changes to given values.
    Idempotent,
    /// Harm: a second snapshot, a second restore.
    NonIdempotent,
}

/// What is done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RetryDecision {
    /// Send it again, after a back-off.
    Again,
    /// Send it again, when the account's budget allows.
    AgainWhenAllowed,
    /// Give the failure to the caller.
    Stop,
    /// Nobody knows whether it was done. Only a look at the provider can tell.
    OutcomeUnknown,
}

/// The one table of what may be sent again.
#[must_use]
pub fn retry_decision(outcome: AttemptOutcome, idempotency: Idempotency) -> RetryDecision {
    use AttemptOutcome::{
        CannotConnect, Foreign, GatewayFailed, MaybeSent, NeverSent, NotProcessed, Refused, Unclear, Unreadable,
    };
    match (outcome, idempotency) {
        (NeverSent, _) => RetryDecision::Again,
        (NotProcessed, _) => RetryDecision::AgainWhenAllowed,
        (CannotConnect | Refused, _) => RetryDecision::Stop,
        (MaybeSent | GatewayFailed, Idempotency::Idempotent) => RetryDecision::Again,
        (Unclear | Foreign | Unreadable, Idempotency::Idempotent) => RetryDecision::Stop,
        (MaybeSent | GatewayFailed | Unclear | Foreign | Unreadable, Idempotency::NonIdempotent) => {
            RetryDecision::OutcomeUnknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_what_may_be_sent_again() {
        let mut table = String::from("outcome | idempotent | non-idempotent\n");
        for outcome in AttemptOutcome::ALL {
            let [idempotent, non_idempotent] = [Idempotency::Idempotent, Idempotency::NonIdempotent]
                .map(|idempotency| retry_decision(outcome, idempotency));
            table += &format!("{outcome:?} | {idempotent:?} | {non_idempotent:?}\n");
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn what_may_have_acted_is_never_sent_again_where_twice_does_harm() {
        for outcome in AttemptOutcome::ALL.into_iter().filter(|outcome| outcome.may_have_acted()) {
            assert_eq!(retry_decision(outcome, Idempotency::NonIdempotent), RetryDecision::OutcomeUnknown);
        }
    }
}
