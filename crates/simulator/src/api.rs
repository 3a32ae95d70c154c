//! What a provider's API has to offer to the server in front of it.

use std::time::Duration;

use http::StatusCode;
use jiff::SignedDuration;
use tokio::time::Instant;

use crate::answer::Answer;
use crate::effect::Effect;
use crate::limiter::Budget;
use crate::operation::Operation;
use crate::request::Request;
use crate::state::SimulatedSnapshot;
use crate::time::Moment;

/// One provider's API without sockets: from state and request to state and answer.
pub(crate) trait Api: Send {
    fn operation(&self, request: &Request, moment: Moment) -> Operation;

    /// What a create is about, so that creates of one source are known.
    fn source_of(&self, request: &Request) -> String;

    fn answer(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer;

    /// A refusal in the provider's own envelope; `message` replaces its text.
    fn refusal(&mut self, request: &Request, reason: Reason, message: Option<&str>) -> Answer;

    /// The refusal of a request that came too soon, without `Retry-After`.
    fn throttled(&self) -> Answer;

    /// Whether the provider's refusal of what came too soon may carry `Retry-After`.
    fn knows_retry_after(&self) -> bool {
        true
    }

    /// Adds the headers that tell of the rate limit.
    fn with_budget(&self, answer: Answer, _budget: Budget) -> Answer {
        answer
    }

    /// The smallest item that a list of this request may have.
    fn smallest_item(&self, request: &Request) -> &'static str;

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot>;

    fn sources(&self) -> Vec<String>;
}

/// Why a provider refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// With this HTTP status, whatever it means.
    Status(StatusCode),
    NotFound,
    /// Something else is under way.
    Busy,
    /// The credentials lack a permission.
    Forbidden,
    /// The provider's own failure, with the HTTP status that it has there.
    InternalError,
    /// The request is not valid.
    Invalid,
}

impl Reason {
    /// What a refusal with this HTTP status says where nothing better is known.
    pub(crate) fn phrase(status: StatusCode) -> &'static str {
        let phrase = status.canonical_reason().filter(|_| !status.is_success());
        phrase.unwrap_or("Refused")
    }
}

/// What a provider's API is built from.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) origin: String,
    pub(crate) moment: Moment,
    pub(crate) build_time: Duration,
    pub(crate) servers: usize,
    pub(crate) snapshots: usize,
    pub(crate) snapshot_interval: Duration,
    pub(crate) seed: u64,
    pub(crate) strict: bool,
    pub(crate) public_location: bool,
    pub(crate) description_limit: Option<usize>,
}

impl Setup {
    /// The number of each snapshot that exists at the start, with the index of its server.
    pub(crate) fn seeds(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let servers = self.servers;
        let snapshots = if servers == 0 { 0 } else { self.snapshots };
        (0..snapshots).map(move |number| (number + 1, number % servers))
    }

    /// How much longer ago the snapshot of this number was taken than the newest of its server.
    pub(crate) fn seed_age(&self, number: usize) -> SignedDuration {
        let before = u32::try_from((number - 1) / self.servers.max(1)).unwrap_or(u32::MAX);
        SignedDuration::try_from(self.snapshot_interval.saturating_mul(before)).unwrap_or(SignedDuration::ZERO)
    }
}
