//! What node.co.id's failures mean.

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
            let hidden = may_show_secret(&response.body).then(|| "the answer cannot be read".to_owned());
            Some(from_status(response).message(hidden))
        }
    }
}

fn from_status(response: &Response) -> Failure {
    let failure = Failure::from_status(response);
    if response.status == 401 { failure.advice("check NODECOID_USER_ID and NODECOID_API_KEY") } else { failure }
}

/// A message shows the beginning of an answer that cannot be read, where a root password or a download URL might be.
fn may_show_secret(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    ["root_password", "snapshot_url"].iter().any(|name| text.contains(name))
}
