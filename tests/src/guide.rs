//! The examples of the README and the guide, as tests of their documentation.

#![cfg(doctest)]

#[doc = include_str!("../../docs/embedding.md")]
mod embedding {}

#[doc = include_str!("../../docs/testing.md")]
mod testing {}

#[doc = include_str!("../../README.md")]
mod readme {}
