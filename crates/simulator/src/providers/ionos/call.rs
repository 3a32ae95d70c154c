use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::query::Query;
use super::reply::{Refusal, refuse};
use crate::answer::Answer;
use crate::effect::Effect;
use crate::request::Request;
use crate::time::Moment;

/// A call that has passed authentication.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) query: Query,
    pub(super) moment: Moment,
    pub(super) effect: Effect,
    pub(super) strict: bool,
}

impl Call<'_> {
    /// The body as JSON; one that is empty reads as an empty object.
    pub(super) fn body(&self) -> Result<Value, Refusal> {
        if self.request.body.is_empty() {
            return Ok(json!({}));
        }
        if !self.request.is_json() {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "415", "Unsupported content type");
        }
        match serde_json::from_slice(&self.request.body) {
            // What the Go client sends where its caller gives no body.
            Ok(Value::Null) => Ok(json!({})),
            Ok(body) => Ok(body),
            Err(error) => refuse(StatusCode::BAD_REQUEST, "100", format!("(root) {error}")),
        }
    }

    /// The body of an action on a volume. Older documents have a form there, and older clients send it; strictly, only
    /// the JSON of the newer ones is taken.
    pub(super) fn action_body(&self) -> Result<Value, Refusal> {
        if self.strict || self.request.media_type() != "application/x-www-form-urlencoded" {
            return self.body();
        }
        let fields = self.request.form_pairs().into_iter().map(|(name, value)| {
            let value = value.parse().map_or_else(|_| Value::String(value), Value::Bool);
            (name, value)
        });
        Ok(json!({ "properties": fields.collect::<Map<_, _>>() }))
    }

    /// Adds the resource's tag as a header, which the API has where the request does not use `depth`.
    pub(super) fn tagged(&self, answer: Answer, etag: &str) -> Answer {
        match self.query.get("depth") {
            None => answer.header(header::ETAG, format!("\"{etag}\"")),
            Some(_) => answer,
        }
    }
}
