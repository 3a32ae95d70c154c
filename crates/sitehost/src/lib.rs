#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod client;
mod config;
mod convert;
mod error;
mod image;
mod wire;

pub use client::{Client, capabilities};
pub use cloudsnap_core::*;
pub use config::{ApiVersion, Config};
pub use image::{ImageStatus, StartedImage};
pub use wire::{
    AccountInfo, CreateImage, Image, ImageBuild, ImageChangelog, ImageVersion, Job, JobLog, JobRef, Listing,
    NetworkAddress, Paging, Partition, Queued, Server, ServerFilter, ServerSnapshot, ServerState, SortDirection,
    Subscription,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "sitehost";
