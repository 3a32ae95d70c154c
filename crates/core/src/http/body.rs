//! Reading bodies, which have an end: in bytes, in how much they grow, and in how much they hold.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::failure::Failure;
use super::options::HttpOptions;
use super::retry::AttemptOutcome;
use super::transport::broken_body;
use crate::deadline::Deadline;
use crate::error::ErrorKind;

/// Bodies up to this size are neither counted nor measured: they cannot take much memory.
const SMALL: usize = 256 * 1024;

/// Reads a body to its end, or to the cap. What is left of a body beyond the cap is never read.
pub(super) async fn read(
    response: &mut reqwest::Response,
    headers: &HeaderMap,
    options: &HttpOptions,
    deadline: Deadline,
) -> Result<Bytes, Failure> {
    let cap = options.max_response_bytes;
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    let mut body = Vec::with_capacity(announced.min(cap));
    while let Some(piece) = next_piece(response, options.read_timeout, deadline).await? {
        if body.len() + piece.len() > cap {
            return Err(too_long(cap));
        }
        body.extend_from_slice(&piece);
    }
    let body = decompressed(body, headers, options)?;
    refuse_too_many_elements(&body, options.max_elements)?;
    Ok(body.into())
}

async fn next_piece(
    response: &mut reqwest::Response,
    read_timeout: Duration,
    deadline: Deadline,
) -> Result<Option<Bytes>, Failure> {
    match deadline.earlier(Deadline::after(read_timeout)).bound(response.chunk()).await {
        Some(piece) => piece.map_err(broken_body),
        None => Err(Failure::timed_out("the answer did not end in time")),
    }
}

#[cfg(not(feature = "gzip"))]
fn decompressed(body: Vec<u8>, _headers: &HeaderMap, _options: &HttpOptions) -> Result<Vec<u8>, Failure> {
    Ok(body)
}

#[cfg(feature = "gzip")]
fn decompressed(body: Vec<u8>, headers: &HeaderMap, options: &HttpOptions) -> Result<Vec<u8>, Failure> {
    use std::io::Read;

    const ONE_MIB: usize = 1024 * 1024;
    let is_gzip = headers.get(http::header::CONTENT_ENCODING).is_some_and(|value| value.as_bytes() == b"gzip");
    if !is_gzip {
        return Ok(body);
    }
    let cap = options.max_response_bytes;
    let grown = ONE_MIB.max(body.len().saturating_mul(options.max_compression_ratio));
    let limit = cap.min(grown);
    let mut plain = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(body.as_slice()).take(limit as u64 + 1);
    decoder.read_to_end(&mut plain).map_err(|error| {
        Failure::new(
            ErrorKind::Decode,
            AttemptOutcome::Unreadable,
            format!("the answer cannot be decompressed: {error}"),
        )
    })?;
    match plain.len() > limit {
        false => Ok(plain),
        true if limit == cap => Err(too_long(cap)),
        true => Err(Failure::new(
            ErrorKind::Decode,
            AttemptOutcome::Unreadable,
            format!("{} compressed bytes become more than {limit}, which is not read further", body.len()),
        )
        .with_advice("where an account's answers compress that well, raise HttpOptions::max_compression_ratio")),
    }
}

fn too_long(cap: usize) -> Failure {
    let message = format!("the answer is larger than {cap} bytes and was not read further");
    Failure::new(ErrorKind::Decode, AttemptOutcome::Unreadable, message)
        .with_advice("where an account's lists are that long, raise HttpOptions::max_response_bytes")
}

/// A small object of three bytes becomes a model of hundreds.
fn refuse_too_many_elements(body: &[u8], max_elements: usize) -> Result<(), Failure> {
    if body.len() <= SMALL || memchr::memchr3_iter(b'{', b'[', b'<', body).nth(max_elements).is_none() {
        return Ok(());
    }
    let message = format!("the answer holds more than {max_elements} objects, lists and tags, and is not decoded");
    Err(Failure::new(ErrorKind::Decode, AttemptOutcome::Unreadable, message)
        .with_advice("where an account's lists are that long, raise HttpOptions::max_elements"))
}
