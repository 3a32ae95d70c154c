use http::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::answer::Answer;
use crate::api::Reason;

/// A failure: its HTTP status means little, the text says what is wrong.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) text: String,
}

/// What stands under `return`, as JSON text: lists can be long, and a tree of values is slow to build.
pub(super) type Reply = Result<String, Refusal>;

pub(super) fn reply(value: &impl Serialize) -> Reply {
    Ok(serde_json::to_string(value).unwrap_or_default())
}

pub(super) fn refuse<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::BAD_REQUEST, text: text.into() })
}

pub(super) fn missing<T>(what: &str, name: &str) -> Result<T, Refusal> {
    // Some failures come with HTTP 200: the envelope decides.
    Err(Refusal { status: StatusCode::OK, text: format!("Error: {what} '{name}' not found.") })
}

/// The service binds by position: a wrong order ends in HTTP 500.
pub(super) fn disorder<T>(text: String) -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::INTERNAL_SERVER_ERROR, text })
}

/// The refusal that a fault asks for.
pub(super) fn refusal(reason: Reason, message: Option<&str>) -> Refusal {
    let (status, default) = match reason {
        Reason::Status(status) => (status, Reason::phrase(status)),
        Reason::NotFound => (StatusCode::OK, "The requested object was not found."),
        Reason::Busy => (StatusCode::BAD_REQUEST, "A job is pending for this server."),
        Reason::Forbidden => (StatusCode::BAD_REQUEST, "This API key has no access to the module."),
        Reason::InternalError => (StatusCode::OK, "Internal error"),
        Reason::Invalid => (StatusCode::BAD_REQUEST, "The request is not valid."),
    };
    Refusal { status, text: format!("Error: {}", message.unwrap_or(default)) }
}

impl Refusal {
    pub(super) fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "status": false, "msg": self.text }))
    }
}
