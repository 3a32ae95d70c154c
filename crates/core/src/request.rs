//! The arguments of the calls, as structs that may grow.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::page::PageToken;
use crate::reference::{SnapshotRef, Source};

/// What to create: a snapshot of `source`.
///
/// ```
/// use std::time::Duration;
/// use cloudsnap_core::CreateSnapshot;
///
/// let request = CreateSnapshot::new("ionos:dc-1/vol-1".parse()?)
///     .name("nightly")
///     .expires_in(Duration::from_secs(7 * 24 * 3600));
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateSnapshot {
    /// What the snapshot is taken of.
    pub source: Source,
    /// Its display name, where the provider has one.
    pub name: Option<String>,
    /// Its description, where the provider has one.
    pub description: Option<String>,
    /// How long it is to be kept.
    pub expires_in: Option<Duration>,
    /// The provider's own options, by the names that its [`Capabilities`](crate::Capabilities) list.
    pub options: BTreeMap<String, String>,
}

impl CreateSnapshot {
    /// A snapshot of `source`, with everything else left to the provider.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self { source, name: None, description: None, expires_in: None, options: BTreeMap::new() }
    }

    /// Sets the display name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets how long it is to be kept.
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }

    /// Sets one of the provider's own options.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Until when it is to be kept, counted from this moment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) where that lies beyond what a date can say.
    pub fn expires_at(&self, from: Timestamp) -> Result<Option<Timestamp>> {
        self.expires_in.map(|duration| after(from, duration)).transpose()
    }
}

/// Which snapshot to restore, and onto what. What stands there is overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotRef,
    /// Where it is restored to; `None` is where it was taken, at providers that know.
    pub target: Option<Source>,
}

impl RestoreSnapshot {
    /// Restores `snapshot` to where it was taken.
    #[must_use]
    pub fn new(snapshot: SnapshotRef) -> Self {
        Self { snapshot, target: None }
    }

    /// Restores it onto `target` instead.
    #[must_use]
    pub fn onto(mut self, target: Source) -> Self {
        self.target = Some(target);
        self
    }
}

/// What to change of a snapshot. What is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpdateSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotRef,
    /// The new display name.
    pub name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// How long it is to be kept from now on.
    pub expires_in: Option<Duration>,
}

impl UpdateSnapshot {
    /// Changes nothing yet.
    #[must_use]
    pub fn new(snapshot: SnapshotRef) -> Self {
        Self { snapshot, name: None, description: None, expires_in: None }
    }

    /// Sets the display name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets how long it is to be kept from now on.
    #[must_use]
    pub fn expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }

    /// Until when it is to be kept, counted from this moment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) where that lies beyond what a date can say.
    pub fn expires_at(&self, from: Timestamp) -> Result<Option<Timestamp>> {
        self.expires_in.map(|duration| after(from, duration)).transpose()
    }
}

/// Which snapshots to list, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSnapshots {
    /// Only snapshots of this source; `None` is the whole account.
    pub source: Option<Source>,
    /// The page after the one that gave this token; `None` is the first.
    pub page: Option<PageToken>,
}

impl ListSnapshots {
    /// Only snapshots of this source.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self { source: Some(source), page: None }
    }
}

/// Which page of the sources to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSources {
    /// The page after the one that gave this token; `None` is the first.
    pub page: Option<PageToken>,
}

fn after(from: Timestamp, duration: Duration) -> Result<Timestamp> {
    from.checked_add(duration).map_err(|_| Error::invalid_input("the expiry lies too far in the future"))
}
