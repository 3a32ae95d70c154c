#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod client;
mod config;
mod convert;
mod error;
mod sign;
mod wire;
#[cfg(feature = "xml")]
mod xml;

pub use client::{Client, capabilities};
pub use cloudsnap_core::*;
pub use config::{Config, Format};
pub use wire::{
    CreatedSnapshot, DeletedSnapshot, DownloadUrl, RecordPage, ReinstalledServer, Server, ServerFilter, ServerSnapshot,
    SnapshotFilter, SnapshotSchedule,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "nodecoid";
