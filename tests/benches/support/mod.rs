//! What the bench programs share: the server in a process of its own, the two clients, and the numbers.

pub mod clients;
pub mod numbers;
pub mod server;
pub mod wire;

use std::error::Error;

/// What goes wrong in a bench ends it.
pub type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// A runtime of one thread, so that the thread's CPU time and allocations are those of the client.
///
/// # Errors
///
/// Where the system gives none.
pub fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// The value behind an option: `--rounds 5`.
///
/// # Errors
///
/// Where it is no number.
pub fn number(name: &str, default: usize) -> Result<usize> {
    match text(name) {
        Some(value) => Ok(value.parse().map_err(|_| format!("{name} takes a number, not '{value}'"))?),
        None => Ok(default),
    }
}

/// The text behind an option.
#[must_use]
pub fn text(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
