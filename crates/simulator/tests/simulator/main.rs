//! The simulator as its clients meet it: over real sockets.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod answers;
mod behaviour;
mod effects;
mod faults;
mod hostway;
mod ionos;
mod nodecoid;
mod options;
mod probe;
mod scale;
mod sitehost;
mod talk;
