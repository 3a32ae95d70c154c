//! What faults make of an answer's body.

mod credentials;
mod elements;
mod misprint;
mod texts;

pub(crate) use credentials::echo;
pub(crate) use elements::{compress, crowd};
pub(crate) use misprint::misprint;
pub(crate) use texts::{HOSTILE, append};
