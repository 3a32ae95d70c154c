//! What SiteHost's failures mean.

use cloudsnap_core::provider::{AttemptOutcome, Failure, Response, lenient};
use cloudsnap_core::{Error, ErrorKind, SnapshotRef, SnapshotState};
use serde::Deserialize;

use crate::api::Api;
use crate::operations::Operations;
use crate::{convert, wire};

/// What every answer has beside its `return`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "lenient::flag")]
    status: Option<bool>,
    #[serde(deserialize_with = "wire::text_or_json")]
    msg: Option<String>,
    #[serde(rename = "return")]
    value: serde_json::Value,
}

impl Envelope {
    /// Whether it names a job or a snapshot, whatever else it says.
    fn names_what_was_done(&self) -> bool {
        let is_named = |value: &serde_json::Value| !value.is_null() && value != 0 && value != "" && value != "0";
        ["job", "job_id", "snapshot_id"].iter().any(|name| self.value.get(name).is_some_and(is_named))
    }
}

/// What the answer says went wrong. Success is 2xx and `status: true`; the words of success differ.
///
/// SiteHost itself says no with `status: false`, whatever the HTTP status. Without that it is somebody else's answer.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    let envelope: Envelope = response.json().unwrap_or_default();
    // Without a `status` in it, a 2xx is no answer that can be read; decoding it says so.
    if response.is_success() && envelope.status != Some(false) {
        return None;
    }
    let failure = Failure::from_status(response);
    if envelope.status != Some(false) {
        return Some(failure);
    }
    let names_what_was_done = envelope.names_what_was_done();
    let words = normalised(envelope.msg.as_deref().unwrap_or_default());
    let message = envelope.msg.or_else(|| Some("the provider gave no reason".to_owned()));
    let failure = failure.with_message(message);
    Some(if response.status == 500 && is_throttle(&words) {
        failure.with_kind(ErrorKind::RateLimited).with_outcome(AttemptOutcome::NotProcessed)
    } else if is_bad_key(&words) {
        let failure = failure.with_kind(ErrorKind::Unauthenticated).with_outcome(AttemptOutcome::Refused);
        failure.with_advice("check SH_APIKEY, and at SiteHost the addresses and modules that the key allows")
    } else if names_what_was_done || is_unclear(&words) {
        failure.with_kind(ErrorKind::Unavailable).with_outcome(AttemptOutcome::Unclear)
    } else {
        failure.refused()
    })
}

fn normalised(words: &str) -> String {
    words.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rate limit has no status of its own, and acts before the request does.
fn is_throttle(words: &str) -> bool {
    words.contains("exceeded") && words.contains("requests per second")
}

/// The only texts for a bad key that have been seen.
fn is_bad_key(words: &str) -> bool {
    words.contains("the token is invalid") || words.contains("invalid api key")
}

/// Words of a failure inside SiteHost, which leave open what was done before it.
fn is_unclear(words: &str) -> bool {
    const FAILURES: [&str; 12] = [
        "connect",
        "database",
        "exception",
        "internal",
        "time-out",
        "timed out",
        "timeout",
        "try again",
        "unavailable",
        "unexpected",
        "unknown error",
        "went wrong",
    ];
    words.is_empty() || FAILURES.iter().any(|failure| words.contains(failure))
}

/// What a refusal means to a create and a restore: SiteHost has no codes, so that only its words can say that nothing
/// was done. All else leaves it open, "a job is in progress" among it: that may be the job that was asked for.
pub(crate) fn unless_certain(error: Error) -> Error {
    let is_certain = match error.kind() {
        ErrorKind::Unexpected | ErrorKind::InvalidInput | ErrorKind::AlreadyExists | ErrorKind::Busy => {
            Failure::words_refuse(error.message())
        }
        _ => true,
    };
    if is_certain || !error.is_definite() {
        return error;
    }
    let error = error.with_kind(ErrorKind::OutcomeUnknown).with_may_have_acted(true);
    error.with_advice("it may have been done: look at the provider before trying again")
}

/// Whether SiteHost itself said no, and not for a reason that passes.
pub(crate) fn is_refusal(error: &Error) -> bool {
    error.is_definite() && !error.is_retryable()
}

/// Whether SiteHost said no in words alone: there is no error code, and the HTTP status tells nothing.
pub(crate) fn is_unexplained(error: &Error) -> bool {
    is_refusal(error) && matches!(error.kind(), ErrorKind::Unexpected | ErrorKind::InvalidInput)
}

/// A name that does not exist is answered with a refusal, not with nothing.
pub(crate) fn refused_is_not_found(error: Error) -> Error {
    if is_unexplained(&error) { error.with_kind(ErrorKind::NotFound) } else { error }
}

/// Why a snapshot could not be changed, beyond SiteHost's words: it is not there, or a job works on it.
pub(crate) async fn why_not_changed(error: Error, operations: &Operations, snapshot: &SnapshotRef) -> Error {
    if !is_unexplained(&error) {
        return error;
    }
    match operations.find(snapshot).await {
        Ok(wire) if convert::state(&wire) == SnapshotState::Pending => {
            error.with_kind(ErrorKind::Busy).with_advice("a job is at work on the snapshot; try again when it is done")
        }
        Err(look) if look.kind() == ErrorKind::NotFound => error.with_kind(ErrorKind::NotFound),
        _ => error,
    }
}

/// Why a snapshot could not be created, beyond SiteHost's words: there is no such server, or it has no such disk. A look
/// that is refused in other words does not say that the server is missing.
pub(crate) async fn why_not_created(error: Error, api: &Api, server: &str, disk: &str) -> Error {
    if !is_unexplained(&error) {
        return error;
    }
    let disks = match api.get_server(server).await {
        Ok(server) => server.value.partitions,
        Err(look) if look.kind() == ErrorKind::NotFound && Failure::words_refuse(look.message()) => {
            return error.with_kind(ErrorKind::NotFound);
        }
        Err(_) => return error,
    };
    match convert::expect_disk(server, disk, &disks) {
        Ok(()) => error,
        Err(missing) => error.with_kind(ErrorKind::NotFound).with_advice(missing.message().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16, body: &str) -> Option<AttemptOutcome> {
        failure(&Response::new(status, body)).map(|failure| failure.outcome)
    }

    #[test]
    fn only_status_false_is_a_refusal() {
        for status in [200, 400, 403, 404, 409, 422] {
            let refused = outcome(status, r#"{"status": false, "msg": "Error: No such disk."}"#);
            assert_eq!(refused, Some(AttemptOutcome::Refused), "{status}");
        }
        for status in [302, 400, 403, 404, 405, 408, 409, 425, 499] {
            for body in ["", "<html></html>", r#"{"message": "no Route matched"}"#, r#"{"status": true, "msg": ""}"#] {
                assert_eq!(outcome(status, body), Some(AttemptOutcome::Foreign), "{status} {body}");
            }
        }
    }

    #[test]
    fn what_names_a_job_or_a_snapshot_is_no_refusal() {
        for status in ["false", "0", r#""false""#] {
            for named in [r#"{"job": {"id": 29}}"#, r#"{"job_id": "29"}"#, r#"{"snapshot_id": "93"}"#] {
                let body = format!(r#"{{"status": {status}, "msg": "Error: Not found.", "return": {named}}}"#);
                assert_eq!(outcome(200, &body), Some(AttemptOutcome::Unclear), "{body}");
            }
            for empty in ["[]", "{}", "null", r#"{"job_id": "0"}"#] {
                let body = format!(r#"{{"status": {status}, "msg": "Error: Not found.", "return": {empty}}}"#);
                assert_eq!(outcome(200, &body), Some(AttemptOutcome::Refused), "{body}");
            }
        }
    }

    #[test]
    fn words_of_a_failure_inside_leave_open_what_was_done() {
        let unclear = [
            "Error: An internal error occurred.",
            "Internal Server Error",
            "An unexpected error occurred",
            "Error: Please try again later.",
            "Request timed out",
            "Unhandled Exception",
            "Something went wrong",
            "Database error",
            "could not connect to node",
            "",
        ];
        for words in unclear {
            let body = format!(r#"{{"status": false, "msg": "{words}"}}"#);
            assert_eq!(outcome(200, &body), Some(AttemptOutcome::Unclear), "{words}");
        }
        assert_eq!(outcome(200, r#"{"status": false}"#), Some(AttemptOutcome::Unclear));
    }
}
