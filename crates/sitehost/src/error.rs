//! What SiteHost's failures mean.

use cloudsnap_core::ErrorKind;
use cloudsnap_core::http::{Failure, Response};
use cloudsnap_core::{Error, Happened, Secret, lenient};
use serde::Deserialize;

/// What every answer has beside its `return`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "lenient::flag")]
    status: Option<bool>,
    #[serde(deserialize_with = "lenient::text")]
    msg: Option<String>,
}

/// What the answer says went wrong. Success is 2xx and `status: true`; the words of success differ.
pub(crate) fn failure(response: &Response, api_key: &Secret) -> Option<Failure> {
    let envelope: Envelope = response.json().unwrap_or_default();
    // Without a `status` in it, a 2xx is no answer that can be read; decoding it says so.
    if response.is_success() && envelope.status != Some(false) {
        return None;
    }
    let failure = Failure::from_status(response).message(envelope.msg);
    let words = failure.message.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    // GET has the key in its URL, which a gateway's page may repeat.
    let message = failure.message.replace(api_key.expose(), "(redacted)");
    let failure = failure.message(Some(message));
    Some(if response.status == 500 && is_throttle(&words) {
        failure.kind(ErrorKind::RateLimited).happened(Happened::NotProcessed)
    } else if is_bad_key(&words) {
        let failure = failure.kind(ErrorKind::Unauthenticated).happened(Happened::Refused);
        failure.advice("check SH_APIKEY, and at SiteHost the addresses and modules that the key allows")
    } else {
        failure
    })
}

/// The rate limit has no status of its own, and acts before the request does.
fn is_throttle(words: &str) -> bool {
    words.contains("exceeded") && words.contains("requests per second")
}

/// The only texts for a bad key that have been seen.
fn is_bad_key(words: &str) -> bool {
    words.contains("the token is invalid") || words.contains("invalid api key")
}

/// Whether SiteHost said no, in words alone: there is no error code, and the HTTP status tells nothing.
pub(crate) fn is_refusal(error: &Error) -> bool {
    matches!(error.status(), Some(200..=299 | 400))
        && matches!(error.kind(), ErrorKind::Unexpected | ErrorKind::InvalidInput)
}

/// A name that does not exist is answered with a refusal, not with nothing.
pub(crate) fn refused_is_not_found(error: Error) -> Error {
    if is_refusal(&error) { error.with_kind(ErrorKind::NotFound) } else { error }
}
