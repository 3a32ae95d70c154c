use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::api::Reason;

/// A refusal under its fault name; only `itemNotFound`, `conflict` and `forbidden` are documented.
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) message: String,
    pub(super) details: String,
}

pub(super) type Reply = Result<Answer, Refusal>;

pub(super) fn refuse<T>(status: StatusCode, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, message: message.into(), details: String::new() })
}

pub(super) fn not_found<T>() -> Result<T, Refusal> {
    refuse(StatusCode::NOT_FOUND, "Resource not found")
}

pub(super) fn bad_request<T>(message: &str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, message)
}

pub(super) fn name_is_taken(name: &str) -> Refusal {
    Refusal {
        status: StatusCode::CONFLICT,
        message: "The snapshot name must be unique in a server.".to_owned(),
        details: format!("{name} is already used"),
    }
}

pub(super) fn ok(value: &Value) -> Answer {
    Answer::json(StatusCode::OK, value)
}

/// The refusal that a fault asks for.
pub(super) fn refusal(reason: Reason, message: Option<&str>) -> Refusal {
    let (status, default) = match reason {
        Reason::Status(StatusCode::CONFLICT) => (StatusCode::CONFLICT, "The snapshot name must be unique in a server."),
        Reason::Status(status) => (status, Reason::phrase(status)),
        Reason::NotFound => (StatusCode::NOT_FOUND, "Resource not found"),
        Reason::Busy => (StatusCode::CONFLICT, "Another change of this server is in progress"),
        Reason::Forbidden => (StatusCode::FORBIDDEN, "Not permitted"),
        Reason::InternalError => (StatusCode::INTERNAL_SERVER_ERROR, "Internal error"),
        Reason::Invalid => (StatusCode::BAD_REQUEST, "Invalid or missing parameter"),
    };
    Refusal { status, message: message.unwrap_or(default).to_owned(), details: String::new() }
}

impl Refusal {
    /// The body of a fault; the two forms of the API have one name each for its id.
    ///
    /// 401 is plain text, as the pages show it.
    pub(super) fn answer(&self, id_name: &str, id: &str) -> Answer {
        if self.status == StatusCode::UNAUTHORIZED {
            return unauthorized();
        }
        let fault = json!({
            "message": self.message,
            "code": self.status.as_u16(),
            "details": self.details,
            id_name: id,
        });
        Answer::json(self.status, &json!({ self.fault_name(): fault }))
    }

    fn fault_name(&self) -> &'static str {
        match self.status.as_u16() {
            400 => "badRequest",
            403 => "forbidden",
            404 => "itemNotFound",
            405 => "badMethod",
            409 => "conflict",
            413 => "overLimit",
            415 => "unsupportedMediaType",
            503 => "serviceUnavailable",
            500.. => "serverFault",
            _ => "fault",
        }
    }
}

pub(super) fn unauthorized() -> Answer {
    let text = "401 Unauthorized\n\nThis server could not verify that you are authorized to \
                access the document you requested.";
    Answer::text(StatusCode::UNAUTHORIZED, "text/plain; charset=UTF-8", text)
        .header(header::WWW_AUTHENTICATE, "Basic realm=\"Hostway API\"")
}
