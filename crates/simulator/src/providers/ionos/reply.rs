use http::{StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::answer::Answer;
use crate::api::Reason;

/// A refusal; a body that is wrong in several places gets a message for each.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) messages: Vec<Message>,
}

#[derive(Serialize)]
pub(super) struct Message {
    #[serde(rename = "errorCode")]
    pub(super) code: &'static str,
    pub(super) message: String,
}

pub(super) type Reply = Result<Answer, Refusal>;

pub(super) fn refuse<T>(status: StatusCode, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(status, code, message))
}

pub(super) fn not_found<T>() -> Result<T, Refusal> {
    refuse(StatusCode::NOT_FOUND, "309", "Resource does not exist")
}

/// A query parameter that cannot be read.
pub(super) fn invalid<T>(name: &str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, "100", format!("Query parameter {name} is not valid"))
}

/// The refusal that a fault asks for.
pub(super) fn refusal(reason: Reason, message: Option<&str>) -> Refusal {
    const PENDING: &str = "[VDC-9-1] The operation is not possible while another one is pending";
    let (status, code, default) = match reason {
        Reason::Status(StatusCode::UNAUTHORIZED) => (StatusCode::UNAUTHORIZED, "315", "Unauthorized"),
        Reason::Status(StatusCode::UNPROCESSABLE_ENTITY) => (StatusCode::UNPROCESSABLE_ENTITY, "200", PENDING),
        Reason::Status(StatusCode::LOCKED) => (StatusCode::LOCKED, "423", "The resource is locked by another request"),
        Reason::Status(status) => (status, "100", Reason::phrase(status)),
        Reason::NotFound => (StatusCode::NOT_FOUND, "309", "Resource does not exist"),
        Reason::Busy => (StatusCode::UNPROCESSABLE_ENTITY, "200", PENDING),
        Reason::Forbidden => (StatusCode::FORBIDDEN, "403", "Insufficient privileges"),
        Reason::InternalError => (StatusCode::INTERNAL_SERVER_ERROR, "301", "Internal error"),
        Reason::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "100", "The request is not valid"),
    };
    Refusal::new(status, code, message.unwrap_or(default))
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, messages: vec![Message { code, message: message.into() }] }
    }

    pub(super) fn answer(&self) -> Answer {
        Answer::json(self.status, &json!({ "httpStatus": self.status.as_u16(), "messages": self.messages }))
    }
}

pub(super) fn ok(value: &impl Serialize) -> Answer {
    Answer::json(StatusCode::OK, value)
}

/// What a change answers that is followed: 202, and where.
pub(super) fn accepted(location: String) -> Answer {
    Answer::empty(StatusCode::ACCEPTED).header(header::LOCATION, location)
}

/// As [`accepted`], with the resource as it is now.
pub(super) fn accepted_with(body: &impl Serialize, location: String) -> Answer {
    Answer::json(StatusCode::ACCEPTED, body).header(header::LOCATION, location)
}
