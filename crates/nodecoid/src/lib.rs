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
#[cfg(feature = "xml")]
mod xml;

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
pub use config::{Config, Format};
pub use wire::{
    Answer, CreatedSnapshot, Cycle, DeletedSnapshot, DownloadUrl, RecordPage, ReinstallServer, ReinstalledServer,
    Server, ServerFilter, ServerSchedule, ServerSnapshot, SnapshotFilter, SnapshotSchedule,
};

/// The provider's name, as in references and on the command line.
pub const PROVIDER: &str = "nodecoid";
