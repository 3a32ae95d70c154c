#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod client;
mod config;
mod convert;
mod error;
mod wire;

pub use client::{Client, capabilities};
pub use cloudsnap_core::*;
pub use config::Config;
pub use wire::{
    Account, AccountFilter, AccountPage, Address, Addresses, CreateServerSnapshot, Link, Resource, Server,
    ServerFilter, ServerSnapshot, VolumeAttachment, Zone,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "hostway";
