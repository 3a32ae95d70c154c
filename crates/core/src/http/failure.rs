//! What went wrong in one attempt.

use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;

use super::response::Response;
use super::retry::AttemptOutcome;
use crate::error::ErrorKind;

/// What went wrong in one attempt, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What it means for sending the request again.
    pub outcome: AttemptOutcome,
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
    /// A failure in these words.
    pub fn new(kind: ErrorKind, outcome: AttemptOutcome, message: impl Into<String>) -> Self {
        Self {
            kind,
            outcome,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            advice: None,
        }
    }

    /// What takes longer than it may. It is given up on, however far it has come.
    pub(super) fn timed_out(what: &str) -> Self {
        Self::new(ErrorKind::Transport, AttemptOutcome::MaybeSent, what)
    }

    /// Sets the HTTP status.
    #[must_use]
    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The provider itself says no, in its own form. What was done stays open with the statuses of gateways (1xx, 3xx,
    /// 408, 425, 499), and with 423: the lock may be that of what was asked.
    #[must_use]
    pub fn refused(self) -> Self {
        let leaves_open = matches!(self.status, Some(100..=199 | 300..=399 | 408 | 423 | 425 | 499));
        let outcome = match self.outcome {
            AttemptOutcome::Foreign if !leaves_open => AttemptOutcome::Refused,
            other => other,
        };
        self.with_outcome(outcome)
    }

    /// Whether the words of a provider that documents no codes say that nothing was done: the right, the input, the
    /// object or the room for it is missing. Words of a breakdown, or of something under way, never do.
    #[must_use]
    pub fn words_refuse(words: &str) -> bool {
        let words = words.to_lowercase().replace(['_', '-'], " ");
        let has = |phrases: &[&str]| phrases.iter().any(|phrase| words.contains(phrase));
        has(REFUSALS) && !has(DOUBTS)
    }

    /// What the status alone says, with the body's beginning as message. Providers put their own reading over it:
    /// without that, a 4xx other than 401 and 429 is [`AttemptOutcome::Foreign`].
    #[must_use]
    pub fn from_status(response: &Response) -> Self {
        let (kind, outcome) = meaning(response.status);
        let message = match response.status {
            300..=399 => "the answer is a redirect".to_owned(),
            _ => response.excerpt().unwrap_or_else(|| "the provider gave no reason".to_owned()),
        };
        Self {
            status: Some(response.status),
            retry_after: retry_after(response),
            advice: default_advice(kind, response.status),
            ..Self::new(kind, outcome, message)
        }
    }

    /// Sets the kind.
    #[must_use]
    pub fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets what it means for sending the request again.
    #[must_use]
    pub fn with_outcome(mut self, outcome: AttemptOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Sets the provider's code.
    #[must_use]
    pub fn with_code(mut self, code: Option<String>) -> Self {
        self.code = code;
        self
    }

    /// Sets the provider's words, where there are any.
    #[must_use]
    pub fn with_message(mut self, message: Option<String>) -> Self {
        if let Some(message) = message {
            self.message = message;
        }
        self
    }

    /// Sets the provider's request id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }

    /// Sets what to do next.
    #[must_use]
    pub fn with_advice(mut self, advice: &'static str) -> Self {
        self.advice = Some(advice);
        self
    }
}

/// Words of a refusal, in lower case.
const REFUSALS: &[&str] = &[
    "access denied",
    "api key",
    "authentication",
    "authoris",
    "authoriz",
    "bad request",
    "checksum",
    "exceed",
    "forbidden",
    "insufficient",
    "invalid",
    "limit",
    "malformed",
    "maximum",
    "missing",
    "must be",
    "no access",
    "no right",
    "no such",
    "not allowed",
    "not exist",
    "not found",
    "not have access",
    "not permitted",
    "not supported",
    "not valid",
    "doesn't exist",
    "permission",
    "quota",
    "required",
    "too large",
    "too many",
    "unprocessable",
    "unsupported",
    "your rights",
];

/// Words that leave open what was done before them, in lower case.
const DOUBTS: &[&str] = &[
    "already",
    "argument",
    "backend",
    "busy",
    "connect",
    "database",
    "duplicate",
    "error occurred",
    "exception",
    "execution",
    "failed to",
    "gateway",
    "hypervisor",
    "internal",
    "later",
    "locked",
    "memory",
    "pending",
    "process",
    "progress",
    "query",
    "queued",
    "response",
    "running",
    "server error",
    "system error",
    "time limit",
    "time out",
    "timed out",
    "timeout",
    "transaction",
    "try again",
    "unavailable",
    "under way",
    "unexpected",
    "unknown error",
    "went wrong",
];

/// Without the provider's own form around it, only two statuses are what they are: 401 and 429. The kinds of all
/// others are those of a read that failed so.
fn meaning(status: u16) -> (ErrorKind, AttemptOutcome) {
    match status {
        401 => (ErrorKind::Unauthenticated, AttemptOutcome::Refused),
        429 => (ErrorKind::RateLimited, AttemptOutcome::NotProcessed),
        502..=504 => (ErrorKind::Unavailable, AttemptOutcome::GatewayFailed),
        500..=599 => (ErrorKind::Unavailable, AttemptOutcome::Unclear),
        _ => (kind_of_refusal(status), AttemptOutcome::Foreign),
    }
}

/// What kind of refusal a status is.
fn kind_of_refusal(status: u16) -> ErrorKind {
    match status {
        400 | 413 | 422 => ErrorKind::InvalidInput,
        402 | 403 => ErrorKind::PermissionDenied,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::AlreadyExists,
        423 => ErrorKind::Busy,
        _ => ErrorKind::Unexpected,
    }
}

fn default_advice(kind: ErrorKind, status: u16) -> Option<&'static str> {
    match (kind, status) {
        (ErrorKind::Unauthenticated, _) => Some("check the credentials of this account"),
        (_, 300..=399) => Some("redirects are never followed; check the base URL"),
        _ => None,
    }
}

/// `Retry-After`, in seconds or as a date. A date is a duration by the provider's own clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header(RETRY_AFTER)?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp());
    let now = response.header(DATE).and_then(date).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(date(value)?.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn refused_with(status: u16) -> AttemptOutcome {
        Failure::from_status(&Response::received(status, HeaderMap::new(), "".into())).refused().outcome
    }

    #[test]
    fn what_a_gateway_says_is_no_refusal_in_any_form() {
        for status in [101, 300, 304, 308, 408, 423, 425, 499] {
            assert_eq!(refused_with(status), AttemptOutcome::Foreign, "{status}");
        }
        for status in [200, 400, 402, 403, 404, 405, 409, 413, 422, 451] {
            assert_eq!(refused_with(status), AttemptOutcome::Refused, "{status}");
        }
    }

    #[test]
    fn only_words_that_say_why_nothing_was_done_words_refuse() {
        for words in [
            "Error: Server not found.",
            "SERVER_NOT_FOUND The server doesn't exist & never did.",
            "You do not have access to this client.",
            "NO_RIGHT create_snapshot is not among your rights",
            "Parameter 'lifetime' must be between 1 and 24.",
            "MISSING_PARAMETER",
            "Invalid snapshot_id.",
            "The quota of snapshots is used up",
            "You can have 3 snapshots at the maximum",
        ] {
            assert!(Failure::words_refuse(words), "{words}");
        }
        for words in [
            "",
            "OK",
            "Something went wrong",
            "Database error: no such row",
            "could not connect to node",
            "Please try again later",
            "a job for this server is already in progress",
            "The server is currently locked",
            "DUPLICATE",
            "PROCESSING",
            "Maximum execution time of 30 seconds exceeded",
            "Lock wait timeout exceeded",
            "Too many connections",
            "Invalid response from the node",
            "other words",
        ] {
            assert!(!Failure::words_refuse(words), "{words}");
        }
    }

    #[test]
    fn a_pause_is_a_number_or_a_date_by_the_clock_that_wrote_it() {
        let now = "Wed, 21 Oct 2015 07:28:00 GMT";
        for (asked, date, pause) in [
            ("7", None, Some(7)),
            (" 0 ", None, Some(0)),
            ("18446744073709551615", None, Some(u64::MAX)),
            ("Wed, 21 Oct 2015 07:28:09 GMT", Some(now), Some(9)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(now), Some(0)),
            ("Wed, 21 Oct 2015 07:28:09 GMT", None, Some(0)),
            ("Wed, 21 Oct 2015 07:28:09 GMT", Some("not a date"), Some(0)),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", Some(now), None),
            ("", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, asked.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            let response = Response::received(429, headers, "".into());
            assert_eq!(
                Failure::from_status(&response).retry_after,
                pause.map(Duration::from_secs),
                "{asked:?} {date:?}"
            );
        }
    }
}
