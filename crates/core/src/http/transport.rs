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
    if never_sent && (has_io_error(&error, io::ErrorKind::InvalidData) || is_refused_by_tls(&cause)) {
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

/// As the system's TLS says it: OpenSSL, Security Framework, SChannel. Those of rustls are told by their kind.
fn is_refused_by_tls(cause: &str) -> bool {
    ["SSL routines", "certificate"].iter().any(|words| cause.contains(words))
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

/// An `io::Error` names as its source what lies below the error in it, so that one in another would be passed over.
fn has_io_error(error: &reqwest::Error, kind: io::ErrorKind) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        cause = match error.downcast_ref::<io::Error>() {
            Some(error) if error.kind() == kind => return true,
            Some(error) => error.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_host_is_told_from_a_resolver_that_does_not_answer() {
        for (said, is_unknown) in [
            ("failed to lookup address information: Name or service not known", true),
            ("failed to lookup address information: nodename nor servname provided, or not known", true),
            ("failed to lookup address information: No address associated with hostname", true),
            ("No such host is known. (os error 11001)", true),
            ("failed to lookup address information: Temporary failure in name resolution", false),
            ("Connection refused (os error 111)", false),
        ] {
            assert_eq!(is_unknown_host(said), is_unknown, "{said}");
        }
    }

    #[test]
    fn what_the_systems_tls_refuses_is_told_from_a_connection_that_broke() {
        assert!(is_refused_by_tls(
            "error:0A00010B:SSL routines:ssl3_get_record:wrong version number:ssl/record.c:354:"
        ));
        assert!(is_refused_by_tls("The certificate was not trusted."));
        assert!(!is_refused_by_tls("Connection reset by peer (os error 104)"));
    }
}
