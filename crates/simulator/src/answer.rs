use bytes::Bytes;
use http::{HeaderName, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::operation::Operation;

/// What a provider answers, before a fault changes it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Bytes,
    /// The change that was made, for the counters.
    pub(crate) committed: Option<Operation>,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Bytes::new(), committed: None }
    }

    pub(crate) fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { content_type: Some(content_type), body: body.into(), ..Self::empty(status) }
    }

    pub(crate) fn json(status: StatusCode, value: &impl serde::Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::text(status, "application/json", body)
    }

    /// A page as gateways write it, which no API client can decode.
    pub(crate) fn html(status: StatusCode, text: &str) -> Self {
        let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1>{text}</body>\r\n</html>\r\n"
        );
        Self::text(status, "text/html", page)
    }

    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    #[must_use]
    pub(crate) fn committed(mut self, operation: Operation) -> Self {
        self.committed = Some(operation);
        self
    }

    #[must_use]
    pub(crate) fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }
}

/// One component of a path that an answer prints.
pub(crate) fn encode(component: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(component, KEPT).to_string()
}
