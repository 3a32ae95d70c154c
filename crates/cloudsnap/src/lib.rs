#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connect;

pub use cloudsnap_core::{
    AccountAccess, Call, Capabilities, Connection, Create, CreateIdentity, CreateSnapshot, Created, Deadline, Delete,
    DeleteSnapshot, Details, Ending, Error, ErrorKind, Expiry, Finished, HttpOptions, ListSnapshots, ListSources,
    LockGuard, LookupOptions, NewExpiry, Operation, OperationKind, OperationStatus, Options, Page, PageToken, Pager,
    PollOptions, ProcessState, Progress, ProgressEvent, ProviderOption, Report, Restore, RestoreSnapshot,
    RestoreTarget, Result, RetryOptions, Scope, Secret, Snapshot, SnapshotProvider, SnapshotProviderExt, SnapshotRef,
    SnapshotState, Source, SourceRef, Stage, Started, StateStore, TagId, Update, UpdateSnapshot, Wait,
    is_unfit_to_print, jiff, printable, provider,
};
#[cfg(feature = "hostway")]
pub use hostway;
#[cfg(feature = "ionos")]
pub use ionos;
#[cfg(feature = "nodecoid")]
pub use nodecoid;
#[cfg(feature = "sitehost")]
pub use sitehost;

pub use connect::{PROVIDERS, capabilities, connect, from_env};
