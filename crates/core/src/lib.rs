#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
mod call;
mod capability;
mod clock;
mod connection;
mod create;
mod cursor;
mod deadline;
mod error;
mod ext;
mod fingerprint;
mod http;
mod identity;
mod once;
mod operation;
mod page;
mod poll_queue;
mod printable;
pub mod provider;
mod reference;
mod request;
mod scope;
mod secret;
mod shared_read;
mod snapshot;
mod snapshot_provider;
mod state_store;
mod tag;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod variables;
mod wait;

pub use call::{
    Call, Create, Created, Delete, DeleteSnapshot, Finished, ProgressEvent, Restore, Started, Update, Wait,
};
pub use capability::{Capabilities, CreateIdentity, Expiry, ProviderOption, RestoreTarget};
pub use connection::Connection;
pub use deadline::Deadline;
pub use error::{Error, ErrorKind, Report, Result, Stage};
pub use ext::SnapshotProviderExt;
pub use http::{HttpOptions, RetryOptions};
pub use jiff;
pub use once::LookupOptions;
pub use operation::{Operation, OperationKind, OperationStatus, Progress};
pub use page::{Page, PageToken, Pager};
pub use printable::{is_unfit_to_print, printable};
pub use reference::{SnapshotRef, SourceRef};
pub use request::{CreateSnapshot, ListSnapshots, ListSources, NewExpiry, Options, RestoreSnapshot, UpdateSnapshot};
pub use scope::Scope;
pub use secret::Secret;
pub use snapshot::{Details, Snapshot, SnapshotState, Source};
pub use snapshot_provider::{AccountAccess, SnapshotProvider};
pub use state_store::{Ending, LockGuard, ProcessState, StateStore};
pub use tag::TagId;
pub use wait::PollOptions;
