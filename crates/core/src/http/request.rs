//! One request, as data.

use std::borrow::Cow;
use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use serde::Serialize;

use super::authentication::Authentication;
use super::retry::Idempotency;
use crate::error::{Error, Result};

/// What RFC 3986 leaves unreserved stays as it is; everything else in a segment is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path of these segments, percent-encoded, beginning with `/`.
///
/// # Errors
///
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a segment that is empty, `.` or `..`: a URL cannot carry these.
pub fn path<'a>(segments: impl IntoIterator<Item = &'a str>) -> Result<String> {
    // Most paths name two things by their UUIDs at most.
    let mut path = String::with_capacity(128);
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
    text.extend(utf8_percent_encode(component, SEGMENT));
}

/// A name and a value, in the order in which they are sent.
pub type Pair = (Cow<'static, str>, Cow<'static, str>);

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
    /// The path below the base URL, encoded, beginning with `/`; behind it the query, where a provider gave both.
    pub path: String,
    /// The query, in the order in which it is sent.
    pub query: Vec<Pair>,
    /// Headers beside those that every request has.
    pub headers: HeaderMap,
    /// The body.
    pub body: Body,
    /// What it does when it is processed twice.
    pub idempotency: Idempotency,
}

impl Request {
    /// A request without query and body. It counts as idempotent.
    #[must_use]
    pub fn new(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        Self {
            operation,
            method,
            path: path.into(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            idempotency: Idempotency::Idempotent,
        }
    }

    /// Says that it does harm when it is processed twice.
    #[must_use]
    pub fn non_idempotent(mut self) -> Self {
        self.idempotency = Idempotency::NonIdempotent;
        self
    }

    /// Adds to the query.
    #[must_use]
    pub fn with_query(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Cow<'static, str>>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the value has no form in JSON.
    pub fn with_json(mut self, value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string(value)
            .map_err(|error| Error::invalid_input("the request cannot be written as JSON").with_source(error))?;
        self.body = Body::Json(json);
        Ok(self)
    }

    /// Sets a form as body.
    #[must_use]
    pub fn with_form(mut self, pairs: Vec<Pair>) -> Self {
        self.body = Body::Form(pairs);
        self
    }

    /// Sets a header. A credential among them is marked sensitive by the caller.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Where it goes: below `base_url`, whose host no path can change.
    pub(super) fn url(&self, base_url: &Url, authentication: &Authentication) -> Result<Url> {
        if !self.path.starts_with('/') {
            return Err(Error::invalid_input("the path of a request begins with '/'"));
        }
        let mut target = String::with_capacity(192);
        target.push_str(base_url.path().trim_end_matches('/'));
        target.push_str(&self.path);
        let in_front = if self.is_form() { &[][..] } else { &authentication.parameters };
        for (name, value) in in_front.iter().chain(&self.query) {
            target.push(if target.contains('?') { '&' } else { '?' });
            push_encoded(&mut target, name);
            target.push('=');
            push_encoded(&mut target, value);
        }
        let (path, query) = target.split_once('?').map_or((&*target, None), |(path, query)| (path, Some(query)));
        let mut url = base_url.clone();
        url.set_path(path);
        url.set_query(query);
        Ok(url)
    }

    /// The body as it is sent, with its content type.
    pub(super) fn encoded_body(&self, authentication: &Authentication) -> Result<Option<(HeaderValue, String)>> {
        let (content_type, body) = match &self.body {
            Body::Empty => return Ok(None),
            Body::Json(json) => ("application/json", json.clone()),
            Body::Form(pairs) => {
                ("application/x-www-form-urlencoded", encoded_form(authentication.parameters.iter().chain(pairs))?)
            }
        };
        Ok(Some((HeaderValue::from_static(content_type), body)))
    }

    fn is_form(&self) -> bool {
        matches!(self.body, Body::Form(_))
    }
}

fn encoded_form<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Result<String> {
    serde_urlencoded::to_string(pairs.collect::<Vec<_>>())
        .map_err(|_| Error::invalid_input("the parameters cannot be written as a form"))
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("operation", &self.operation)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &Names(&self.query))
            .field("body", &self.body)
            .field("idempotency", &self.idempotency)
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

pub(super) struct Names<'a>(pub(super) &'a [Pair]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
