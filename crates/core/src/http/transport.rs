//! What a failed exchange means.

use std::error::Error as StdError;
use std::io;

use super::failure::Failure;
use super::retry::AttemptOutcome;
use crate::error::ErrorKind;

/// A request that got no answer. The URL is dropped: at some providers it holds a key.
pub(super) fn failure(error: reqwest::Error) -> Failure {
    let never_sent = error.is_connect() || error.is_builder();
    let cause = innermost(&error);
    if never_sent && has_io_error(&error, io::ErrorKind::InvalidData) {
        return cannot_connect("no TLS connection", &cause)
            .with_advice("check the base URL, and the certificates: SSL_CERT_FILE names a file with more of them");
    }
    if never_sent && is_unknown_host(&cause) {
        return cannot_connect("no connection", &cause).with_advice("check the host of the base URL");
    }
    let (outcome, what) = match (never_sent, error.is_timeout()) {
        (true, true) => (AttemptOutcome::NeverSent, "no connection within the time allowed"),
        (true, false) => (AttemptOutcome::NeverSent, "no connection"),
        (false, _) => (AttemptOutcome::MaybeSent, "the connection broke before the answer came"),
    };
    Failure::new(ErrorKind::Transport, outcome, format!("{what}: {cause}"))
}

fn cannot_connect(what: &str, cause: &str) -> Failure {
    Failure::new(ErrorKind::Transport, AttemptOutcome::CannotConnect, format!("{what}: {cause}"))
}

/// The resolver says for certain that there is no such name; it has other words for a failure that may pass.
fn is_unknown_host(cause: &str) -> bool {
    ["Name or service not known", "No such host", "nodename nor servname", "No address associated"]
        .iter()
        .any(|words| cause.contains(words))
}

/// A body that did not come whole.
pub(super) fn broken_body(error: reqwest::Error) -> Failure {
    let message = format!("the answer broke off: {}", innermost(&error.without_url()));
    Failure::new(ErrorKind::Transport, AttemptOutcome::MaybeSent, message)
}

fn has_io_error(error: &reqwest::Error, kind: io::ErrorKind) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == kind) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The words of the innermost cause: "Connection refused", not the layers around it. It has no URL in it.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let Some(mut cause) = error.source() else { return "the request cannot be made".to_owned() };
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
