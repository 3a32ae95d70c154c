#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod client;
mod config;
mod convert;
mod error;
mod wire;

pub use client::{Accepted, Client, capabilities};
pub use cloudsnap_core::*;
pub use config::Config;
pub use wire::{
    Collection, CreateVolumeSnapshot, Datacenter, DatacenterProperties, Label, Links, LoggedRequest,
    LoggedRequestProperties, Metadata, RequestFilter, RequestMetadata, RequestStatus, RequestStatusMetadata,
    SnapshotChanges, SnapshotProperties, Target, TargetResource, Volume, VolumeProperties, VolumeSnapshot,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "ionos";
