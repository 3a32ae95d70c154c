//! The guide's examples, as tests of its documentation.

#![cfg(doctest)]

#[doc = include_str!("../../docs/embedding.md")]
mod embedding {}

#[doc = include_str!("../../docs/testing.md")]
mod testing {}
