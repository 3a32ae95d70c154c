use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, header};
use percent_encoding::percent_decode_str;

use crate::multipart;

/// A request whose body was read to its end.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Names and values in the order in which they were sent.
pub(crate) type Pairs = Vec<(String, String)>;

impl Request {
    /// The components of the path, decoded; a slash at the end adds none.
    pub(crate) fn segments(&self) -> Vec<String> {
        let path = self.path.strip_suffix('/').unwrap_or(&self.path);
        let decode = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        path.split('/').skip(1).map(decode).collect()
    }

    pub(crate) fn query_pairs(&self) -> Pairs {
        serde_urlencoded::from_str(&self.query).unwrap_or_default()
    }

    /// The fields of a form, in either encoding; none where the body is no form.
    pub(crate) fn form_pairs(&self) -> Pairs {
        match self.media_type().as_str() {
            "application/x-www-form-urlencoded" => serde_urlencoded::from_bytes(&self.body).unwrap_or_default(),
            "multipart/form-data" => multipart::fields(self.content_type(), &self.body),
            _ => Pairs::new(),
        }
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE).unwrap_or_default()
    }

    /// The content type without its parameters, in lower case.
    ///
    /// A space ends it as a semicolon does: Hostway's page prints `application/json Charset=UTF-8`.
    pub(crate) fn media_type(&self) -> String {
        let essence = self.content_type().trim_start().split([';', ' ']).next().unwrap_or_default();
        essence.to_ascii_lowercase()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.media_type() == "application/json"
    }

    /// What follows the scheme in `Authorization`.
    pub(crate) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (sent, rest) = self.header(header::AUTHORIZATION)?.split_once(' ')?;
        sent.eq_ignore_ascii_case(scheme).then_some(rest)
    }

    pub(crate) fn has_basic(&self, username: &str, password: &str) -> bool {
        self.authorization("Basic").is_some_and(|text| is_basic(text, username, password))
    }
}

/// Whether the text is `username:password` in Base64.
pub(crate) fn is_basic(text: &str, username: &str, password: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes == format!("{username}:{password}").into_bytes())
}

pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}
