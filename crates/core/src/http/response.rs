//! One answer, read whole.

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed};

/// An answer of a provider. `Debug` shows the status and the size only.
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// UTF-8.
    body: Bytes,
}

/// What of an error body a person still reads.
const READABLE: usize = 500;

impl Response {
    /// An answer with this status and body, without headers.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::received(status, HeaderMap::new(), body.into().into())
    }

    /// Where the body is not UTF-8, what cannot be read is replaced by U+FFFD: one odd letter in a name is no reason to
    /// read nothing.
    pub(super) fn received(status: u16, headers: HeaderMap, body: Bytes) -> Self {
        let body = match str::from_utf8(&body) {
            Ok(_) => body,
            Err(_) => String::from_utf8_lossy(&body).into_owned().into(),
        };
        Self { status, headers, body }
    }

    /// The body, after decompression and without credentials.
    #[must_use]
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_default()
    }

    /// A header as text, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] where it is no JSON, or not of this shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.json_as(PhantomData)
    }

    /// The body as JSON that borrows from it.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub fn borrowed_json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        self.json_as(PhantomData)
    }

    /// The body as JSON, read by a seed.
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub fn json_as<'a, S: DeserializeSeed<'a>>(&'a self, seed: S) -> Result<S::Value, DecodeError> {
        let mut json = serde_json::Deserializer::from_str(self.text());
        let value = seed.deserialize(&mut json);
        value.and_then(|value| json.end().map(|()| value)).map_err(|error| self.unreadable(error))
    }

    /// The body in words for an error message: cut to a readable length, and HTML reduced to its title.
    #[must_use]
    pub fn excerpt(&self) -> Option<String> {
        let text = self.text();
        let text = html_title(text).unwrap_or(text).trim();
        if text.is_empty() {
            return None;
        }
        let mut excerpt: String = text.chars().take(READABLE).collect();
        if excerpt.len() < text.len() {
            excerpt.push('…');
        }
        Some(excerpt)
    }

    /// A body that is of no known shape, for this reason. What the reason quotes of the body is left out.
    pub fn unreadable(&self, reason: impl fmt::Display) -> DecodeError {
        let beginning = self.body.trim_ascii_start().first();
        let what = match beginning {
            None => "the answer has no body".to_owned(),
            Some(b'<') => "the answer is HTML or XML, not what the provider documents".to_owned(),
            Some(_) => format!("the answer is not what the provider documents: {}", unquoted(&reason.to_string())),
        };
        DecodeError(what)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// A reason of serde's without the text that it quotes: that may be anything, a password too, and of any length.
fn unquoted(reason: &str) -> String {
    match (reason.find('"'), reason.rfind('"')) {
        (Some(start), Some(end)) if start < end => format!("{}\"…\"{}", &reason[..start], &reason[end + 1..]),
        _ => reason.to_owned(),
    }
}

fn html_title(text: &str) -> Option<&str> {
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let start = text.find("<title>")? + "<title>".len();
    text[start..].split_once("</title>").map(|(title, _)| title)
}

/// An answer that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError(String);

impl DecodeError {
    /// An answer that lacks something it should have.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}
