//! What Hostway's failures mean.

use std::collections::BTreeMap;

use cloudsnap_core::provider::{Failure, Response, lenient};
use cloudsnap_core::{Error, ErrorKind};
use http::header::LOCATION;
use serde::Deserialize;

/// What stands below the fault's name in the documented error body:
/// `{"itemNotFound": {"message": "…", "code": 404, "details": "", "errorid": "…"}}`. A second variant says `guid` for
/// `errorid`, and an old one has neither.
#[derive(Deserialize)]
struct Fault {
    #[serde(deserialize_with = "lenient::text")]
    message: Option<String>,
    #[serde(deserialize_with = "lenient::whole")]
    code: Option<u64>,
    #[serde(deserialize_with = "lenient::text")]
    details: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    errorid: Option<String>,
    #[serde(default, deserialize_with = "lenient::text")]
    guid: Option<String>,
}

/// What the answer says went wrong. Success is any 2xx, and the 303 by which long lists are cut into pages.
///
/// Hostway itself refuses in a [`Fault`] of the answer's own status. For no snapshot call a refusal without a body is
/// documented: whoever answers so, in HTML, or in another form, need not be Hostway.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    if response.is_success() || see_other(response).is_some() {
        return None;
    }
    let failure = Failure::from_status(response);
    let failure = match response.status {
        401 => failure.with_advice("check HOSTWAY_USERNAME and HOSTWAY_PASSWORD"),
        413 => failure
            .with_kind(ErrorKind::QuotaExceeded)
            .with_advice("Hostway documents 3 snapshots a server at most, and no call in this API that deletes one"),
        _ => failure,
    };
    let Some((name, fault)) = fault(response) else { return Some(failure) };
    let words: Vec<String> = [fault.message, fault.details].into_iter().flatten().collect();
    Some(
        failure
            .refused()
            .with_code(Some(name))
            .with_message(Some(words.join(": ")))
            .with_request_id(fault.errorid.or(fault.guid)),
    )
}

/// Where a 303 sends us.
pub(crate) fn see_other(response: &Response) -> Option<&str> {
    response.header(LOCATION).filter(|_| response.status == 303)
}

/// By its shape, since not all names of faults are documented: one key, and the three members that all variants have
/// below it, of which `code` is the status.
fn fault(response: &Response) -> Option<(String, Fault)> {
    let faults = response.json::<BTreeMap<String, Fault>>().ok()?;
    let is_alone = faults.len() == 1;
    let (name, fault) = faults.into_iter().next()?;
    let is_own = is_alone && fault.message.is_some() && fault.code == Some(u64::from(response.status));
    is_own.then_some((name, fault))
}

/// What a refusal means to a create.
pub(crate) fn of_create(error: Error) -> Error {
    match error.status() {
        _ if !error.is_definite() => error,
        // 400 is the general "invalid" as well, so that this stays a possibility.
        Some(400) => error.with_advice("one documented reason is that the server has extra volumes"),
        Some(409) => error.with_advice("names are unique on a server; choose another"),
        _ => error,
    }
}

/// What a refusal means to a restore, where nothing has a name that could be taken.
pub(crate) fn of_restore(error: Error) -> Error {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            error.with_kind(ErrorKind::Busy).with_advice("the server is changing its status; try again later")
        }
        _ => error,
    }
}

/// Whether Hostway knows no such address, or none with this method.
pub(crate) fn is_no_such_call(error: &Error) -> bool {
    matches!(error.status(), Some(404 | 405))
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::provider::AttemptOutcome;
    use proptest::prelude::*;

    use super::*;

    fn outcome(status: u16, body: &str) -> AttemptOutcome {
        failure(&Response::new(status, body)).unwrap().outcome
    }

    #[test]
    fn a_refusal_is_one_only_in_the_documented_form() {
        let documented = [
            r#"{"itemNotFound": {"message": "Resource not found", "code": 404, "details": "", "errorid": "59e0"}}"#,
            r#"{"itemNotFound": {"guid": "2368", "message": "Resource not found", "code": 404, "details": ""}}"#,
            r#"{"itemNotFound": {"guid": "", "message": "Resource not found", "code": 404, "details": ""}}"#,
            r#"{"itemNotFound": {"message": "Resource not found", "code": 404, "details": ""}}"#,
        ];
        for body in documented {
            assert_eq!(outcome(404, body), AttemptOutcome::Refused, "{body}");
        }
        let foreign = [
            "",
            "<html><head><title>404 Not Found</title></head></html>",
            r#"{"message": "no Route matched with those values"}"#,
            r#"{"error": {"message": "Not Found", "code": 404}}"#,
            r#"{"error": {"message": "Not Found", "code": 404, "details": [{"reason": "route"}]}}"#,
            r#"{"itemNotFound": {"message": "Resource not found", "code": 500, "details": ""}}"#,
            r#"{"itemNotFound": {"message": "", "code": 404, "details": ""}}"#,
            r#"{"itemNotFound": {"message": "a", "code": 404, "details": ""}, "other": {"message": "a", "code": 404, "details": ""}}"#,
        ];
        for body in foreign {
            assert_eq!(outcome(404, body), AttemptOutcome::Foreign, "{body}");
        }
    }

    #[test]
    fn what_broke_at_hostway_is_no_refusal_in_any_form() {
        let fault = |code: u16| format!(r#"{{"fault": {{"message": "a", "code": {code}, "details": ""}}}}"#);
        assert_eq!(outcome(500, &fault(500)), AttemptOutcome::Unclear);
        assert_eq!(outcome(503, &fault(503)), AttemptOutcome::GatewayFailed);
        assert_eq!(outcome(429, &fault(429)), AttemptOutcome::NotProcessed);
    }

    proptest! {
        #[test]
        fn every_failure_has_words(status in 300_u16..600, body in any::<Vec<u8>>()) {
            let failure = failure(&Response::new(status, body)).unwrap();
            prop_assert!(!failure.message.is_empty());
            prop_assert_eq!(failure.status, Some(status));
        }

        #[test]
        fn names_of_faults_are_kept(name in "\\PC+", message in "\\PC+") {
            let body = serde_json::json!({ name.as_str(): { "message": message, "code": "418", "details": "" } });
            let failure = failure(&Response::new(418, body.to_string())).unwrap();
            prop_assert_eq!(failure.code, Some(name));
            prop_assert_eq!(failure.message, message);
        }
    }
}
