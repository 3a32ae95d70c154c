//! What users and scripts rely on, from outside: the binary, against the simulator in another process, over real sockets.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod accounts;
mod breaking;
mod exit_codes;
mod life;
mod own;
mod prune;
mod runs;
#[cfg(unix)]
mod screen;
mod shell;
mod simulated;
#[cfg(unix)]
mod terminal;
mod timeline;
mod together;
mod waits;
