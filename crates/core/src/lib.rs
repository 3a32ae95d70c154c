#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod capability;
mod create;
mod error;
pub mod hexadecimal;
pub mod http;
pub mod lenient;
mod marker;
mod operation;
mod page;
mod poller;
mod provider;
mod reference;
mod request;
mod retry;
mod scope;
mod secret;
mod snapshot;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod variables;

pub use capability::{Capabilities, CreateIdentity, CreateOption, Expiry, Restore};
pub use create::{Create, CreateOptions, Created, Started};
pub use error::{Error, ErrorKind, Result, Stage};
pub use marker::Marker;
pub use operation::{CreateMark, Operation, OperationKind, OperationStatus, Progress};
pub use page::{Page, PageToken, Pager, Walk};
pub use poller::{Finished, PollOptions, Poller};
pub use provider::{AccountAccess, SnapshotProvider, SnapshotProviderExt};
pub use reference::{SnapshotRef, Source};
pub use request::{CreateSnapshot, ListSnapshots, ListSources, RestoreSnapshot, UpdateSnapshot};
pub use retry::{Effect, Happened, RetryOptions, Verdict, verdict};
pub use scope::Scope;
pub use secret::Secret;
pub use snapshot::{Snapshot, SnapshotState, SourceDetails};
pub use time::ProviderTime;
pub use variables::Variables;
