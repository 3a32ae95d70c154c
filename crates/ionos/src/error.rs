//! What IONOS's failures mean.

use cloudsnap_core::ErrorKind;
use cloudsnap_core::provider::{AttemptOutcome, Failure, Response, lenient};
use serde::Deserialize;

/// The documented error body: `{"httpStatus": 422, "messages": [{"errorCode": "105", "message": "…"}]}`.
#[derive(Deserialize)]
struct ErrorBody {
    messages: Vec<ErrorMessage>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ErrorMessage {
    #[serde(deserialize_with = "lenient::text")]
    error_code: Option<String>,
    message: Option<String>,
}

/// A back-end rule: the operation is not possible in the resource's current state.
const WRONG_STATE: &str = "200";

/// What the answer says went wrong. Success is any 2xx.
pub(crate) fn failure(response: &Response) -> Option<Failure> {
    if response.is_success() {
        return None;
    }
    let failure = Failure::from_status(response);
    let failure = match messages(response) {
        Some(messages) => in_their_words(failure.refused(), &messages),
        // Gateways in front of the API answer in a form of their own.
        None if failure.outcome == AttemptOutcome::Foreign && failure.advice.is_none() => {
            failure.with_advice("the answer is not in IONOS's own form: check the base URL, and what stands before it")
        }
        None => failure,
    };
    Some(match response.status {
        // Reads may be sent again, as IONOS's own Go client does; whether a create was done stays open.
        500 => failure.with_outcome(AttemptOutcome::GatewayFailed),
        401 => failure.with_advice(
            "check IONOS_TOKEN, or IONOS_USERNAME and IONOS_PASSWORD; IONOS answers the same to a path it does not know",
        ),
        402 => failure.with_advice("the contract is on trial, which excludes this"),
        _ => failure,
    })
}

/// What the API itself says, in its own form.
fn messages(response: &Response) -> Option<Vec<ErrorMessage>> {
    let body: ErrorBody = response.json().ok()?;
    (!body.messages.is_empty()).then_some(body.messages)
}

/// The first code, and the words of all messages.
fn in_their_words(failure: Failure, messages: &[ErrorMessage]) -> Failure {
    let code = messages.iter().find_map(|message| message.error_code.clone());
    let words: Vec<&str> = messages.iter().filter_map(|message| message.message.as_deref()).collect();
    let failure = match (failure.status, code.as_deref()) {
        (Some(422), Some(WRONG_STATE)) => failure.with_kind(ErrorKind::Busy),
        _ => failure,
    };
    failure.with_code(code).with_message((!words.is_empty()).then(|| words.join("; ")))
}
