//! What the bench programs share: the server in a process of its own, the two clients, and the numbers.

pub(crate) mod clients;
pub(crate) mod numbers;
pub(crate) mod server;
pub(crate) mod wire;

use std::error::Error;

/// What goes wrong in a bench ends it.
pub(crate) type Result<T = (), E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

/// A runtime of one thread, so that the thread's CPU time and allocations are those of the client.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// The number behind an option: `--rounds 5`.
pub(crate) fn number(name: &str, default: usize) -> Result<usize> {
    match std::env::args().skip_while(|argument| argument != name).nth(1) {
        Some(value) => Ok(value.parse().map_err(|_| format!("{name} takes a number, not '{value}'"))?),
        None => Ok(default),
    }
}
