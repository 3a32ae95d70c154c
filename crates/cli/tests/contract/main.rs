//! What users and scripts rely on, from outside: the binary, against the simulator in another process, over real sockets.

#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod breaking;
mod exit_codes;
mod life;
mod prune;
mod runs;
mod simulated;
mod timeline;
mod waits;
