//! The simulator as its clients meet it: over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod behaviour;
mod faults;
mod hostway;
mod ionos;
mod nodecoid;
mod sitehost;
mod talk;
