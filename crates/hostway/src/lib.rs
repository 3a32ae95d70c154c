#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod auth;
mod client;
mod config;
mod convert;
mod endpoints;
mod error;
mod operations;
mod wire;

pub use api::Api;
pub use client::{Client, capabilities};
pub use cloudsnap_core::jiff;
pub use cloudsnap_core::{
    AccountAccess, Call, Capabilities, Create, CreateIdentity, CreateSnapshot, Created, Deadline, Delete,
    DeleteSnapshot, Details, Error, ErrorKind, Expiry, Finished, HttpOptions, ListSnapshots, ListSources, LockGuard,
    LookupOptions, NewExpiry, Operation, OperationKind, OperationStatus, Options, Page, PageToken, Pager, PollOptions,
    ProcessState, Progress, ProgressEvent, ProviderOption, Report, Restore, RestoreSnapshot, RestoreTarget, Result,
    RetryOptions, Scope, Secret, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotRef, SnapshotState, Source,
    SourceRef, Stage, Started, StateStore, TagId, Update, UpdateSnapshot, Wait,
};
pub use config::Config;
pub use endpoints::ActionSpelling;
pub use wire::{
    Account, AccountFilter, AccountPage, Address, Addresses, CreateServerSnapshot, Link, Resource, Server,
    ServerFilter, ServerSnapshot, VolumeAttachment, Zone,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "hostway";
