//! What differs from provider to provider in every exchange.

use std::fmt;
use std::time::Duration;

use http::header::RETRY_AFTER;
use jiff::Timestamp;

use super::request::Authentication;
use super::response::Response;
use crate::error::{ErrorKind, Result};
use crate::retry::Happened;

/// What one provider adds to every exchange: its credentials, and what its failures mean.
pub trait Protocol: fmt::Debug + Send + Sync {
    /// The provider's name, as in references.
    fn provider(&self) -> &'static str;

    /// Says who asks. Called anew for each attempt, because some credentials are good only once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where they cannot be made.
    fn authenticate(&self) -> Result<Authentication>;

    /// What the answer says went wrong; `None` where it says that all is well.
    fn failure(&self, response: &Response) -> Option<Failure>;
}

/// What went wrong in one attempt, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What it means for sending the request again.
    pub happened: Happened,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// The provider's own code.
    pub code: Option<String>,
    /// The provider's own words.
    pub message: String,
    /// The id under which the provider's support finds the request.
    pub request_id: Option<String>,
    /// How long the provider asked to wait.
    pub retry_after: Option<Duration>,
    /// What to do next.
    pub advice: Option<&'static str>,
}

impl Failure {
    /// A failure without an answer.
    pub(crate) fn without_answer(kind: ErrorKind, happened: Happened, message: impl Into<String>) -> Self {
        Self {
            kind,
            happened,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            advice: None,
        }
    }

    /// What the status alone says, with the body's beginning as message. Providers put their own reading over it.
    #[must_use]
    pub fn from_status(response: &Response) -> Self {
        let (kind, happened) = meaning(response.status);
        let message = match response.status {
            300..=399 => "the answer is a redirect".to_owned(),
            _ => response.excerpt().unwrap_or_else(|| "the provider gave no reason".to_owned()),
        };
        Self {
            status: Some(response.status),
            retry_after: retry_after(response),
            advice: default_advice(kind, response.status),
            ..Self::without_answer(kind, happened, message)
        }
    }

    /// Sets the kind.
    #[must_use]
    pub fn kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets what it means for sending the request again.
    #[must_use]
    pub fn happened(mut self, happened: Happened) -> Self {
        self.happened = happened;
        self
    }

    /// Sets the provider's code.
    #[must_use]
    pub fn code(mut self, code: Option<String>) -> Self {
        self.code = code;
        self
    }

    /// Sets the provider's words, where there are any.
    #[must_use]
    pub fn message(mut self, message: Option<String>) -> Self {
        if let Some(message) = message {
            self.message = message;
        }
        self
    }

    /// Sets the provider's request id.
    #[must_use]
    pub fn request_id(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }

    /// Sets how long the provider asked to wait, unless its `Retry-After` said so.
    #[must_use]
    pub fn retry_after_unless_said(mut self, pause: Option<Duration>) -> Self {
        self.retry_after = self.retry_after.or(pause);
        self
    }

    /// Sets what to do next.
    #[must_use]
    pub fn advice(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }
}

fn meaning(status: u16) -> (ErrorKind, Happened) {
    match status {
        400 | 413 | 422 => (ErrorKind::InvalidInput, Happened::Refused),
        401 => (ErrorKind::Unauthenticated, Happened::Refused),
        402 | 403 => (ErrorKind::PermissionDenied, Happened::Refused),
        404 | 410 => (ErrorKind::NotFound, Happened::Refused),
        409 => (ErrorKind::AlreadyExists, Happened::Refused),
        423 => (ErrorKind::Busy, Happened::Refused),
        429 => (ErrorKind::RateLimited, Happened::NotProcessed),
        502..=504 => (ErrorKind::Unavailable, Happened::GatewayFailed),
        500..=599 => (ErrorKind::Unavailable, Happened::Unclear),
        _ => (ErrorKind::Unexpected, Happened::Refused),
    }
}

fn default_advice(kind: ErrorKind, status: u16) -> Option<&'static str> {
    match (kind, status) {
        (ErrorKind::Unauthenticated, _) => Some("check the credentials of this account"),
        (_, 300..=399) => Some("redirects are never followed; check the base URL"),
        _ => None,
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header(RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or(Duration::ZERO))
}
