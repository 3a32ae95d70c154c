//! What node.co.id's failures mean.

use cloudsnap_core::ErrorKind;
use cloudsnap_core::http::{Failure, Response};

use crate::wire::Outcome;

/// What the answer says went wrong. `code` decides, whatever the HTTP status: none is documented.
///
/// No `code` but `OK` is documented either. It is kept as it is, and the kind is what the HTTP status says. The words
/// decide nothing: the documented ones have copying errors.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    match Outcome::of(response) {
        Some(outcome) if outcome.is_ok() => None,
        Some(outcome) => {
            let words = outcome.message.unwrap_or_else(|| "the provider gave no reason".to_owned());
            Some(from_status(response).code(Some(outcome.code)).message(Some(words)))
        }
        // What it is instead is said where it is read.
        None if response.is_success() => None,
        None => {
            let hidden = may_show_secret(response.text()).then(|| "the answer cannot be read".to_owned());
            let failure = from_status(response).message(hidden);
            // The path is that of a function: it says nothing about a snapshot or a server that is missing.
            Some(match failure.kind {
                ErrorKind::NotFound => failure
                    .kind(ErrorKind::Unexpected)
                    .advice("there is no such function there; check NODECOID_API_URL"),
                _ => failure,
            })
        }
    }
}

fn from_status(response: &Response) -> Failure {
    let failure = Failure::from_status(response);
    if response.status == 401 { failure.advice("check NODECOID_USER_ID and NODECOID_API_KEY") } else { failure }
}

/// A message shows the beginning of an answer that cannot be read, where a root password or a download URL might be.
fn may_show_secret(text: &str) -> bool {
    ["root_password", "snapshot_url"].iter().any(|name| text.contains(name))
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::{Effect, Happened, Verdict, verdict};

    use super::*;

    const ENVELOPE: &str = r#"{"code": "E42", "message": "Words."}"#;
    const HTML: &str = "<html><title>Words.</title></html>";

    fn row(status: u16, body: &str) -> String {
        let failure = failure(&Response::new(status, body));
        let (kind, happened) = match &failure {
            Some(failure) => (failure.kind, failure.happened),
            None => (ErrorKind::Decode, Happened::Unreadable),
        };
        let code = failure.as_ref().and_then(|failure| failure.code.as_deref()).unwrap_or("–");
        let words = failure.as_ref().map_or("–", |failure| &failure.message);
        let what = if body == ENVELOPE { "an envelope" } else { "anything else" };
        let [read, create] = [Effect::Repeatable, Effect::Once].map(|effect| match verdict(happened, effect) {
            Verdict::Again => "sent again".to_owned(),
            Verdict::AgainWhenAllowed => "sent again when allowed".to_owned(),
            Verdict::OutcomeUnknown => format!("`{}`", ErrorKind::OutcomeUnknown),
            _ => format!("`{kind}`"),
        });
        format!("| {status} | {what} | {code} | {words} | `{kind}` | {read} | {create} |")
    }

    #[test]
    fn the_readme_has_the_table_of_failures() {
        let statuses = [200, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504];
        let mut rows: Vec<String> = statuses.iter().map(|status| row(*status, ENVELOPE)).collect();
        rows.extend([200, 302, 404, 429, 500, 502].map(|status| row(status, HTML)));
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
}
