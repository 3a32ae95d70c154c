//! The one HTTP client that all provider crates share.

mod attempts;
mod authentication;
mod base_url;
mod body;
mod budget;
mod client;
mod connections;
mod failure;
mod options;
mod redact;
mod request;
mod response;
mod retry;
mod transport;
mod writing;

pub use authentication::Authentication;
pub(crate) use base_url::BaseUrl;
pub use budget::RateLimit;
pub use client::{HttpClient, Protocol};
pub use failure::Failure;
pub use options::{HttpOptions, RetryOptions};
pub use request::{Body, Pair, Request, path};
pub use response::{DecodeError, Response};
pub use retry::{AttemptOutcome, Idempotency, RetryDecision, retry_decision};
