//! What Hostway's failures mean.

use std::collections::BTreeMap;

use cloudsnap_core::http::{Failure, Response};
use cloudsnap_core::{Error, ErrorKind, lenient};
use http::header::LOCATION;
use serde::Deserialize;

/// What stands below the fault's name in the documented error body:
/// `{"itemNotFound": {"message": "…", "code": 404, "details": "", "errorid": "…"}}`. A second variant says `guid` for
/// `errorid`, and an old one has neither.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    #[serde(deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    details: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    errorid: Option<String>,
    #[serde(deserialize_with = "lenient::text")]
    guid: Option<String>,
}

/// What the answer says went wrong. Success is any 2xx, and the 303 by which long lists are cut into pages.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    if response.is_success() || see_other(response).is_some() {
        return None;
    }
    let failure = Failure::from_status(response);
    let failure = match response.status {
        401 => failure.advice("check HOSTWAY_USERNAME and HOSTWAY_PASSWORD"),
        413 => failure
            .kind(ErrorKind::QuotaExceeded)
            .advice("Hostway documents 3 snapshots a server at most, and no call in this API that deletes one"),
        _ => failure,
    };
    // 401 is plain text, and some failures have no body: what the status says stands alone then.
    let Some((name, fault)) = fault(response) else { return Some(failure) };
    let words: Vec<String> = [fault.message, fault.details].into_iter().flatten().collect();
    Some(
        failure
            .code(Some(name))
            .message((!words.is_empty()).then(|| words.join(": ")))
            .request_id(fault.errorid.or(fault.guid)),
    )
}

/// Where a 303 sends us.
pub(crate) fn see_other(response: &Response) -> Option<&str> {
    response.header(LOCATION).filter(|_| response.status == 303)
}

/// By its shape, since not all names of faults are documented: one key, with a message below it.
fn fault(response: &Response) -> Option<(String, Fault)> {
    let faults = response.json::<BTreeMap<String, Fault>>().ok()?;
    let is_alone = faults.len() == 1;
    faults.into_iter().next().filter(|(_, fault)| is_alone && fault.message.is_some())
}

/// What a failure means to a create.
pub(crate) fn of_create(error: Error) -> Error {
    match error.status() {
        // 400 is the general "invalid" as well, so that this stays a possibility.
        Some(400) => error.with_advice("one documented reason is that the server has extra volumes"),
        Some(409) => error.with_advice("names are unique on a server; choose another"),
        _ => error,
    }
}

/// What a failure means to a restore, where nothing has a name that could be taken.
pub(crate) fn of_restore(error: Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            error.with_kind(ErrorKind::Busy).with_advice("the server is changing its status; try again later")
        }
        _ => error,
    }
}

/// What a failure means to a wait for a new snapshot.
pub(crate) fn of_poll(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => {
            error.with_advice("its creation was accepted and most likely failed: Hostway documents no status for that")
        }
        _ => error,
    }
}

/// Whether the provider knows no such address, or none with this method.
pub(crate) fn is_no_such_call(error: &Error) -> bool {
    matches!(error.status(), Some(404 | 405))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_refusal_is_a_failure_with_words(status in 300_u16..600, body in any::<Vec<u8>>()) {
            let failure = failure(&Response::new(status, body)).unwrap();
            prop_assert!(!failure.message.is_empty());
            prop_assert_eq!(failure.status, Some(status));
        }

        #[test]
        fn names_of_faults_are_kept(name in "\\PC+", message in "\\PC+") {
            let body = serde_json::json!({ name.as_str(): { "message": message, "code": "418" } });
            let failure = failure(&Response::new(418, body.to_string())).unwrap();
            prop_assert_eq!(failure.code, Some(name));
            prop_assert_eq!(failure.message, message);
        }
    }
}
