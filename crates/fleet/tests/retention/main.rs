//! What retention promises, as tests. `restic` holds it to the recorded answers of restic itself.

#![expect(clippy::unwrap_used, reason = "what cannot be had in a test must fail it")]

mod common;
mod recording;
mod reference;
mod strategies;

mod comparison;
mod counts_and_spans;
mod plan;
mod plan_file;
mod properties;
mod restic;
mod rules;
