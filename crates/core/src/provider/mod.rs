//! What implementers of a provider need, and users of one do not.
//!
//! A provider crate describes each endpoint as a [`Request`], what its answers mean as a [`Protocol`], and implements
//! [`SnapshotProvider`](crate::SnapshotProvider) over an [`HttpClient`]. The client does the rest, the same for all:
//! authenticate, stay within the account's budget, send, read with a cap, redact, classify, send again, decode.

pub use crate::account::Account;
pub use crate::clock::ClockOffset;
pub use crate::cursor::{Cursor, NestedCursor, Turned, all_pages};
pub use crate::fingerprint::{CreateFingerprint, SendWindow};
pub use crate::http::{
    AttemptOutcome, Authentication, Body, DecodeError, Failure, HttpClient, Idempotency, Pair, Protocol, RateLimit,
    Request, Response, RetryDecision, path, retry_decision,
};
pub use crate::identity::CreateLookup;
pub mod lenient;
pub use crate::once::{Lookup, Sent, send_once};
pub use crate::operation::OpenOperation;
pub use crate::poll_queue::PollQueue;
pub use crate::shared_read::SharedRead;
pub use crate::tag::DescriptionTag;
pub use crate::time::ProviderTime;
pub use crate::variables::Variables;
