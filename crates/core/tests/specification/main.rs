//! What the core promises, as tests: one module for each of its words.
//!
//! All of it is one program, because linking a program a module takes longer than running them. What looks at a whole
//! process (its memory, its logs) is a program of its own beside this one.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "what cannot be had in a test must fail it")]

mod common;

mod calls;
mod claims;
mod create;
mod errors;
mod http;
mod http_bounds;
mod http_connections;
mod http_retries;
mod http_throttling;
mod lenient;
mod once;
mod operation;
mod pages;
mod poll_queue;
mod provider_time;
mod references;
mod settings;
mod shapes;
mod shared_read;
mod tags;
mod wait;
