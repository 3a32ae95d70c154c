use http::StatusCode;

use super::value::{Format, Object};
use crate::answer::Answer;
use crate::api::Reason;
use crate::operation::Operation;

/// A `code` other than `OK`: none is documented, so these are made up.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// The `message` and `data` of a success, and what it changed.
pub(super) struct Success {
    message: &'static str,
    data: Object,
    committed: Option<Operation>,
}

pub(super) type Reply = Result<Success, Refusal>;

/// Refusals come with HTTP 200: `code` tells them from successes.
pub(super) fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::OK, code, message: message.into() })
}

pub(super) fn invalid<T>(name: &str) -> Result<T, Refusal> {
    refuse("INVALID_PARAMETER", format!("Parameter {name} is invalid."))
}

pub(super) fn read(data: Object) -> Reply {
    Ok(Success { message: "", data, committed: None })
}

pub(super) fn changed(message: &'static str, data: Object, operation: Operation) -> Reply {
    Ok(Success { message, data, committed: Some(operation) })
}

/// The refusal that a fault asks for.
pub(super) fn refusal(reason: Reason, message: Option<&str>) -> Refusal {
    let (status, code, default) = match reason {
        Reason::Status(status) => (status, code_of(status), Reason::phrase(status)),
        Reason::NotFound => (StatusCode::OK, "SNAPSHOT_NOT_FOUND", "The snapshot does not exist."),
        Reason::Busy => (StatusCode::OK, "SERVER_BUSY", "The server is being processed."),
        Reason::Forbidden => (StatusCode::OK, "FORBIDDEN", "You are not allowed to do this."),
        Reason::InternalError => (StatusCode::OK, "INTERNAL_ERROR", "Internal error"),
        Reason::Invalid => (StatusCode::OK, "INVALID_PARAMETER", "A parameter is invalid."),
    };
    Refusal { status, code, message: message.unwrap_or(default).to_owned() }
}

fn code_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        404 => "NOT_FOUND",
        409 => "CONFLICT",
        423 => "LOCKED",
        500.. => "INTERNAL_ERROR",
        _ => "REFUSED",
    }
}

impl Success {
    pub(super) fn answer(&self, format: Format) -> Answer {
        let answer = format.envelope("OK", self.message, Some(&self.data));
        Answer { committed: self.committed, ..answer }
    }
}

impl Refusal {
    pub(super) fn answer(&self, format: Format) -> Answer {
        Answer { status: self.status, ..format.envelope(self.code, &self.message, None) }
    }
}
