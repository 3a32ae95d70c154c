use cloudsnap::Error;
use serde::{Serialize, Serializer};

/// What scripts read on stderr when a command fails: the first error, and all of them where there are several.
#[derive(Serialize)]
pub(crate) struct FailureObject<'a> {
    pub(crate) error: ErrorObject<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<ErrorObject<'a>>,
}

/// An error as scripts read it.
#[derive(Debug)]
pub(crate) struct ErrorObject<'a>(pub(crate) &'a Error);

impl Serialize for ErrorObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let error = self.0;
        let mut object = serializer.serialize_struct("Error", 10)?;
        object.serialize_field("kind", error.kind().as_str())?;
        object.serialize_field("provider", &error.provider())?;
        object.serialize_field("operation", &error.operation())?;
        object.serialize_field("status", &error.status())?;
        object.serialize_field("code", &error.code())?;
        object.serialize_field("message", error.message())?;
        object.serialize_field("request_id", &error.request_id())?;
        object.serialize_field("retryable", &error.is_retryable())?;
        object.serialize_field("attempts", &error.attempts())?;
        object.serialize_field("advice", &error.advice())?;
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use cloudsnap::ErrorKind;

    use super::*;

    #[test]
    fn has_every_key_even_where_nothing_is_known() {
        let error = Error::new(ErrorKind::NotFound, "no such server");
        let json = serde_json::to_value(ErrorObject(&error)).unwrap();
        let keys =
            ["kind", "provider", "operation", "status", "code", "message", "request_id", "retryable", "attempts"];
        assert!(keys.iter().all(|key| json.get(key).is_some()), "{json}");
        assert_eq!(json["kind"], "not_found");
    }
}
