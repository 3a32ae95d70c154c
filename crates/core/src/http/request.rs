//! One request, as data.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};
use crate::retry::Effect;

/// What RFC 3986 leaves unreserved stays as it is; everything else in a segment is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path of these segments, percent-encoded, beginning with `/`.
///
/// # Errors
///
/// [`ErrorKind::InvalidInput`] for a segment that is empty, `.` or `..`: a URL cannot carry these.
pub fn path<'a>(segments: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let mut path = String::new();
    for segment in segments {
        if matches!(segment, "" | "." | "..") {
            return Err(Error::invalid_input(format!("'{segment}' cannot be an id or a name in a URL")));
        }
        path.push('/');
        push_encoded(&mut path, segment);
    }
    Ok(path)
}

fn push_encoded(text: &mut String, component: &str) {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if component.bytes().all(is_unreserved) {
        text.push_str(component);
    } else {
        text.extend(utf8_percent_encode(component, SEGMENT));
    }
}

/// A name and a value, in the order in which they are sent.
pub type Pair = (Cow<'static, str>, String);

/// What a request carries.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// Nothing.
    Empty,
    /// A JSON document, as it is sent.
    Json(String),
    /// A form, in the order in which it is sent.
    Form(Vec<Pair>),
}

/// One request to a provider, before the provider's credentials are added.
///
/// `Debug` shows no values of the query, of headers, or of the body.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// What it is for: `create`, `poll`, `list`; in errors and traces.
    pub operation: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// The path below the base URL, encoded, beginning with `/`.
    pub path: String,
    /// The query, in the order in which it is sent.
    pub query: Vec<Pair>,
    /// Headers beside those that every request has.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// What it does when it is processed twice.
    pub effect: Effect,
}

impl Request {
    /// A request without query and body. It counts as repeatable.
    #[must_use]
    pub fn new(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            operation,
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            effect: Effect::Repeatable,
        }
    }

    /// Says that it does harm when it is processed twice.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.effect = Effect::Once;
        self
    }

    /// Adds to the query.
    #[must_use]
    pub fn query(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the value has no form in JSON.
    pub fn json(mut self, value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string(value)
            .map_err(|error| Error::invalid_input("the request cannot be written as JSON").with_source(error))?;
        self.body = Body::Json(json);
        Ok(self)
    }

    /// Sets a form as body.
    #[must_use]
    pub fn form(mut self, pairs: Vec<Pair>) -> Self {
        self.body = Body::Form(pairs);
        self
    }

    /// Sets a header. A credential among them is marked sensitive by the caller.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The path with the encoded query behind it, below `base_url`.
    ///
    /// Nothing but a path may follow the host and the port of the base URL, or they would be others.
    pub(crate) fn url(&self, base_url: &str) -> Result<String> {
        if !self.path.is_empty() && !self.path.starts_with('/') {
            return Err(Error::invalid_input("the path of a request begins with '/'"));
        }
        let query: usize = self.query.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut url = String::with_capacity(base_url.len() + self.path.len() + query);
        url.push_str(base_url);
        url.push_str(&self.path);
        let mut before = '?';
        for (name, value) in &self.query {
            url.push(before);
            push_encoded(&mut url, name);
            url.push('=');
            push_encoded(&mut url, value);
            before = '&';
        }
        Ok(url)
    }

    /// The body as it is sent, with its content type.
    pub(crate) fn encoded_body(body: Body) -> Result<Option<(&'static str, String)>> {
        Ok(match body {
            Body::Empty => None,
            Body::Json(json) => Some(("application/json", json)),
            Body::Form(pairs) => Some(("application/x-www-form-urlencoded", encode(&pairs)?)),
        })
    }
}

fn encode(pairs: &[Pair]) -> Result<String> {
    serde_urlencoded::to_string(pairs)
        .map_err(|_| Error::new(ErrorKind::InvalidInput, "the parameters cannot be written as a form"))
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &Names(&self.query))
            .field("body", &self.body)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(json) => write!(f, "Json({} bytes)", json.len()),
            Self::Form(pairs) => f.debug_tuple("Form").field(&Names(pairs)).finish(),
        }
    }
}

struct Names<'a>(&'a [Pair]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
