//! What IONOS's failures mean.

use std::time::Duration;

use cloudsnap_core::http::{Failure, Response};
use cloudsnap_core::{ErrorKind, Happened};
use http::HeaderName;
use serde::Deserialize;

/// The documented error body: `{"httpStatus": 422, "messages": [{"errorCode": "105", "message": "…"}]}`.
#[derive(Deserialize)]
struct ErrorBody {
    messages: Vec<ErrorMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorMessage {
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
    let failure = Failure::from_status(response).retry_after_unless_said(pause_of_rate(response));
    // Gateways before the API answer in HTML; the excerpt of that is the message then.
    let messages = response.json::<ErrorBody>().map(|body| body.messages).unwrap_or_default();
    let code = messages.iter().find_map(|message| message.error_code.clone());
    let words: Vec<&str> = messages.iter().filter_map(|message| message.message.as_deref()).collect();
    let failure = match (response.status, code.as_deref()) {
        (422, Some(WRONG_STATE)) => failure.kind(ErrorKind::Busy),
        // Reads may be sent again, as IONOS's own Go client does; whether a create was done stays open.
        (500, _) => failure.happened(Happened::GatewayFailed),
        (402, _) => failure.advice("the contract is on trial, which excludes this"),
        (401, _) => failure.advice(
            "check IONOS_TOKEN, or IONOS_USERNAME and IONOS_PASSWORD; IONOS answers the same to a path it does not know",
        ),
        _ => failure,
    };
    Some(failure.code(code).message((!words.is_empty()).then(|| words.join("; "))))
}

/// IONOS documents no `Retry-After`, but a limit per minute: one request of it is free again after that share.
fn pause_of_rate(response: &Response) -> Option<Duration> {
    if response.status != 429 {
        return None;
    }
    let per_minute: u32 = response.header(HeaderName::from_static("x-ratelimit-limit"))?.parse().ok()?;
    Duration::from_secs(60).checked_div(per_minute)
}
