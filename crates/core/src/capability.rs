//! What a provider can do, as data.

use std::time::Duration;

use serde::Serialize;

/// What a provider documents. A call outside it answers [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported)
/// and sends nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Capabilities {
    /// What can be snapshotted can be listed.
    pub list_sources: bool,
    /// Snapshots can be listed.
    pub list_snapshots: bool,
    /// One snapshot can be looked up.
    pub get_snapshot: bool,
    /// A snapshot can be created.
    pub create: bool,
    /// A snapshot has a display name that the caller chooses.
    pub name: bool,
    /// A snapshot has a description that the caller chooses.
    pub description: bool,
    /// How a snapshot can be given an end.
    pub expiry: Expiry,
    /// Where a snapshot can be restored to.
    pub restore: RestoreTarget,
    /// A snapshot can be deleted.
    pub delete: bool,
    /// The display name and the description can be changed.
    pub rename: bool,
    /// The end can be changed.
    pub change_expiry: bool,
    /// How a snapshot is told from others when the answer to its creation was lost.
    pub identity: CreateIdentity,
    /// A list of snapshots is one of a server's: an account's is made of as many lists as it has servers.
    pub lists_by_server: bool,
    /// How many snapshots of a source the provider keeps, where it documents that.
    pub max_snapshots: Option<u32>,
    /// The provider's own options of a create.
    pub create_options: &'static [ProviderOption],
    /// The provider's own options of a restore.
    pub restore_options: &'static [ProviderOption],
    /// The provider's own options of an update.
    pub update_options: &'static [ProviderOption],
}

impl Capabilities {
    /// A provider that documents nothing; each provider switches on what it documents.
    #[must_use]
    pub fn none(identity: CreateIdentity) -> Self {
        Self {
            list_sources: false,
            list_snapshots: false,
            get_snapshot: false,
            create: false,
            name: false,
            description: false,
            expiry: Expiry::Unsupported,
            restore: RestoreTarget::Unsupported,
            delete: false,
            rename: false,
            change_expiry: false,
            identity,
            lists_by_server: false,
            max_snapshots: None,
            create_options: &[],
            restore_options: &[],
            update_options: &[],
        }
    }
}

/// How a snapshot can be given an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Expiry {
    /// The provider deletes it in time.
    Native {
        /// The shortest life that it takes.
        #[serde(serialize_with = "as_seconds", rename = "min_seconds")]
        min: Duration,
        /// The longest life that it takes.
        #[serde(serialize_with = "as_seconds", rename = "max_seconds")]
        max: Duration,
    },
    /// The provider has none; it is recorded in the description, for pruning.
    Recorded,
    /// There is nowhere to record it.
    Unsupported,
}

fn as_seconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_secs())
}

/// Where a snapshot can be restored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RestoreTarget {
    /// Only onto what it was taken of.
    InPlace,
    /// Onto what it was taken of, without a documented way to see when that is finished.
    InPlaceUnobserved,
    /// Onto what it was taken of, or onto another target.
    Anywhere,
    /// Onto a target that has to be named.
    OntoTarget,
    /// Not at all.
    Unsupported,
}

/// How a snapshot is told from others when the answer to its creation was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CreateIdentity {
    /// By a tag in its description.
    Tag,
    /// By its id, which is none of those before, and the provider's clock. Creates on one server take turns.
    NewId,
}

/// One of a provider's own options of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProviderOption {
    /// Its name, as in `--option NAME=VALUE`.
    pub name: &'static str,
    /// What it does and which values it takes.
    pub help: &'static str,
}

impl ProviderOption {
    /// An option with this name and this help.
    #[must_use]
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help }
    }
}
