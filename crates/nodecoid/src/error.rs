//! What node.co.id's failures mean.

use cloudsnap_core::ErrorKind;
use cloudsnap_core::provider::{AttemptOutcome, Failure, Response};

use crate::wire::{self, Outcome};

/// What the answer says went wrong. `code` decides, whatever the HTTP status: none is documented.
///
/// No `code` but `OK` is documented either. It is kept as it is, and the kind is what the HTTP status says.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    match Outcome::of(response) {
        Some(outcome) if outcome.is_ok() => None,
        Some(outcome) => Some(refusal(response, outcome)),
        // A success that cannot be read says so where it is read.
        None if response.is_success() && !is_page(response.text()) => None,
        None => Some(foreign(response)),
    }
}

/// The provider says no, in its envelope. No code of a failure is documented, so that only its status or its words can
/// say that nothing was done; an answer that names a snapshot does not.
fn refusal(response: &Response, outcome: Outcome) -> Failure {
    let words = format!("{} {}", outcome.code, outcome.message.as_deref().unwrap_or_default());
    let is_breakdown = tells_of_a_breakdown(&words);
    let message = outcome.message.unwrap_or_else(|| "the provider gave no reason".to_owned());
    let failure = from_status(response).with_code(Some(outcome.code)).with_message(Some(message)).refused();
    if failure.outcome != AttemptOutcome::Refused || failure.kind == ErrorKind::Unauthenticated {
        return failure;
    }
    let is_certain = matches!(response.status, 402..=404) || Failure::words_refuse(&words);
    if is_breakdown {
        failure.with_kind(ErrorKind::Unavailable).with_outcome(AttemptOutcome::Unclear)
    } else if !is_certain || wire::names_a_snapshot(response) {
        failure.with_outcome(AttemptOutcome::Unclear)
    } else {
        failure
    }
}

/// What is not in the provider's envelope says nothing about an account, a server or a snapshot: it may be a gateway's.
fn foreign(response: &Response) -> Failure {
    let hidden = may_show_secret(response.text()).then(|| "the answer cannot be read".to_owned());
    let failure = from_status(response).with_message(hidden);
    if failure.outcome != AttemptOutcome::Foreign {
        return failure;
    }
    let failure = failure.with_kind(ErrorKind::Unexpected);
    match failure.advice {
        Some(_) => failure,
        None => failure.with_advice("the answer is not node.co.id's own; check NODECOID_API_URL"),
    }
}

fn from_status(response: &Response) -> Failure {
    let failure = Failure::from_status(response);
    if response.status == 401 { failure.with_advice("check NODECOID_USER_ID and NODECOID_API_KEY") } else { failure }
}

/// Failures come with HTTP 200, those of the provider's own machines among them: only the words tell these apart. The
/// documented words have copying errors, so that nothing else is decided by them.
fn tells_of_a_breakdown(words: &str) -> bool {
    const BREAKDOWNS: [&str; 14] = [
        "internal",
        "server error",
        "system error",
        "unknown error",
        "error occurred",
        "went wrong",
        "unexpected",
        "exception",
        "timeout",
        "timed out",
        "time out",
        "unavailable",
        "gateway",
        "database",
    ];
    let words = words.to_ascii_lowercase().replace(['_', '-'], " ");
    BREAKDOWNS.iter().any(|breakdown| words.contains(breakdown))
}

/// HTML, which is not the provider's XML.
fn is_page(text: &str) -> bool {
    text.trim_start().starts_with('<') && !text.contains("<code>")
}

/// A message shows the beginning of an answer that cannot be read, where a root password or a download URL might be.
fn may_show_secret(text: &str) -> bool {
    ["root_password", "snapshot_url"].iter().any(|name| text.contains(name))
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::provider::{Idempotency, RetryDecision, retry_decision};

    use super::*;

    const ENVELOPE: &str = r#"{"code": "E42", "message": "Words."}"#;
    const REFUSAL: &str = r#"{"code": "E44", "message": "Not allowed."}"#;
    const BREAKDOWN: &str = r#"{"code": "E43", "message": "Internal error"}"#;
    const HTML: &str = "<html><title>Words.</title></html>";

    fn row(status: u16, body: &str) -> String {
        let failure = failure(&Response::new(status, body)).unwrap();
        let (kind, outcome) = (failure.kind, failure.outcome);
        let code = failure.code.as_deref().unwrap_or("–");
        let words = &failure.message;
        let what = if body == HTML { "anything else" } else { "an envelope" };
        let [read, create] = [Idempotency::Idempotent, Idempotency::NonIdempotent].map(|idempotency| {
            match retry_decision(outcome, idempotency) {
                RetryDecision::Again => "sent again".to_owned(),
                RetryDecision::AgainWhenAllowed => "sent again when allowed".to_owned(),
                RetryDecision::OutcomeUnknown => format!("`{}`", ErrorKind::OutcomeUnknown),
                RetryDecision::Stop => format!("`{kind}`"),
            }
        });
        format!("| {status} | {what} | {code} | {words} | `{kind}` | {read} | {create} |")
    }

    #[test]
    fn the_readme_has_the_table_of_failures() {
        let statuses = [200, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504];
        let mut rows: Vec<String> = statuses.iter().map(|status| row(*status, ENVELOPE)).collect();
        rows.extend([BREAKDOWN, REFUSAL].map(|body| row(200, body)));
        rows.extend([200, 302, 401, 403, 404, 408, 409, 429, 500, 502].map(|status| row(status, HTML)));
        let table = rows.join("\n");
        assert!(include_str!("../README.md").contains(&table), "README.md is to have these rows:\n{table}");
    }

    #[test]
    fn success_is_ok_and_nothing_but_ok() {
        let is_failure = |status, body: &str| failure(&Response::new(status, body)).is_some();
        assert!(!is_failure(200, r#"{"code": "OK"}"#));
        assert!(!is_failure(500, r#"{"code": "OK"}"#));
        assert!(is_failure(200, r#"{"code": "ok"}"#));
        assert!(is_failure(200, r#"{"code": 0, "message": null}"#));
        assert!(is_failure(404, r#"{"message": "no code"}"#));
        assert!(!is_failure(200, r#"{"message": "no code"}"#), "what it is instead is said where it is read");
    }

    #[test]
    fn words_of_a_breakdown_are_no_refusal() {
        let outcome = |code: &str, message: &str| {
            let body = format!(r#"{{"code": "{code}", "message": "{message}"}}"#);
            failure(&Response::new(200, body)).unwrap().outcome
        };
        for (code, message) in [
            ("ERROR", "Internal server error."),
            ("INTERNAL_ERROR", ""),
            ("E1", "An error occurred, please try again."),
            ("E1", "Connection to the hypervisor timed out"),
            ("SYSTEM-ERROR", "Sorry"),
        ] {
            assert_eq!(outcome(code, message), AttemptOutcome::Unclear, "{code} {message}");
        }
        for (code, message) in [
            ("E9", "Another snapshot of this server is being processed, please try again later."),
            ("E17", ""),
            ("E5", "Something else"),
            ("ok", ""),
            ("Ok ", ""),
        ] {
            assert_eq!(outcome(code, message), AttemptOutcome::Unclear, "{code} {message}");
        }
        for (code, message) in [
            ("SERVER_NOT_FOUND", "The server does not exist."),
            ("INVALID_PARAMETER", ""),
            ("E4", "You are not allowed to do this."),
        ] {
            assert_eq!(outcome(code, message), AttemptOutcome::Refused, "{code} {message}");
        }
    }

    #[test]
    fn what_names_a_snapshot_is_no_refusal() {
        for code in [r#""ok""#, r#""Ok ""#, "200", "true", r#""PROCESSING""#, r#""DUPLICATE""#, r#""E1: not found""#] {
            let body = format!(r#"{{"code": {code}, "message": "", "data": {{"snapshot_id": "a1"}}}}"#);
            let outcome = failure(&Response::new(200, body)).map(|failure| failure.outcome);
            assert!(outcome.is_none_or(AttemptOutcome::may_have_acted), "{code} {outcome:?}");
        }
    }
}
