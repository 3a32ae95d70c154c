use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::operation::Operation;

/// A request that was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

pub(crate) type Pairs = Vec<(String, String)>;

impl Request {
    /// The path's components, decoded; a slash at the end adds none.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        let decode = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        path.split('/').skip(1).map(decode).collect()
    }

    pub(crate) fn query_pairs(&self) -> Pairs {
        serde_urlencoded::from_str(&self.query).unwrap_or_default()
    }

    pub(crate) fn form_pairs(&self) -> Pairs {
        serde_urlencoded::from_bytes(&self.body).unwrap_or_default()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn has_content_type(&self, wanted: &str) -> bool {
        let sent = self.header(header::CONTENT_TYPE).unwrap_or_default();
        let essence = sent.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(wanted)
    }

    /// What follows the scheme in `Authorization`.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (sent, rest) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        sent.eq_ignore_ascii_case(scheme).then_some(rest)
    }

    pub(crate) fn has_basic(&self, username: &str, password: &str) -> bool {
        let decoded = self.authorization("Basic").and_then(|text| STANDARD.decode(text).ok());
        decoded.is_some_and(|bytes| bytes == format!("{username}:{password}").into_bytes())
    }
}

pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// One component of a path that we print.
pub(crate) fn encode(component: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(component, KEPT).to_string()
}

/// What the provider answers, before any fault has its way with it.
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
}
