//! The one HTTP client that all provider crates share.
//!
//! A provider describes each endpoint as a [`Request`] and itself as a [`Protocol`]; [`HttpClient::send`] does the
//! rest, the same for all: authenticate, stay within the rate, send, read with a cap, classify, retry, decode.

mod client;
mod options;
mod protocol;
mod rate;
mod request;
mod response;

pub use client::HttpClient;
pub use options::{BaseUrl, HttpOptions};
pub use protocol::{Failure, Protocol};
pub use request::{Authentication, Body, Pair, Request, path};
pub use response::{DecodeError, Response};
