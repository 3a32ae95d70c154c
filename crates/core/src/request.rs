//! The arguments of the calls, as structs that may grow.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::error::{Error, Result};
use crate::page::PageToken;
use crate::reference::{SnapshotRef, SourceRef};

/// A provider's own options, by the names that its [`Capabilities`](crate::Capabilities) list.
pub type Options = BTreeMap<String, String>;

/// What to create: a snapshot of `source`.
///
/// ```
/// use std::time::Duration;
/// use cloudsnap_core::CreateSnapshot;
///
/// let request = CreateSnapshot::new("ionos:dc-1/vol-1".parse()?)
///     .with_name("nightly")
///     .with_expires_in(Duration::from_secs(7 * 24 * 3600));
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreateSnapshot {
    /// What the snapshot is taken of.
    pub source: SourceRef,
    /// Its display name, where the provider has one.
    pub name: Option<String>,
    /// Its description, where the provider has one.
    pub description: Option<String>,
    /// How long it is to be kept.
    pub expires_in: Option<Duration>,
    /// The provider's own options.
    pub options: Options,
}

impl CreateSnapshot {
    /// A snapshot of `source`, with everything else left to the provider.
    #[must_use]
    pub fn new(source: SourceRef) -> Self {
        Self { source, name: None, description: None, expires_in: None, options: Options::new() }
    }

    /// Sets the display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets how long it is to be kept.
    #[must_use]
    pub fn with_expires_in(mut self, duration: Duration) -> Self {
        self.expires_in = Some(duration);
        self
    }

    /// Sets one of the provider's own options.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
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
    pub target: Option<SourceRef>,
    /// The provider's own options.
    pub options: Options,
}

impl RestoreSnapshot {
    /// Restores `snapshot` to where it was taken.
    #[must_use]
    pub fn new(snapshot: SnapshotRef) -> Self {
        Self { snapshot, target: None, options: Options::new() }
    }

    /// Restores it onto `target` instead.
    #[must_use]
    pub fn with_target(mut self, target: SourceRef) -> Self {
        self.target = Some(target);
        self
    }

    /// Sets one of the provider's own options.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }
}

/// The end of a snapshot, as an update sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewExpiry {
    /// So long from now on.
    In(Duration),
    /// It is kept until somebody deletes it.
    Never,
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
    /// The new end.
    pub expiry: Option<NewExpiry>,
    /// The provider's own options.
    pub options: Options,
}

impl UpdateSnapshot {
    /// Changes nothing yet.
    #[must_use]
    pub fn new(snapshot: SnapshotRef) -> Self {
        Self { snapshot, name: None, description: None, expiry: None, options: Options::new() }
    }

    /// Sets the display name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets how long it is to be kept from now on.
    #[must_use]
    pub fn with_expires_in(mut self, duration: Duration) -> Self {
        self.expiry = Some(NewExpiry::In(duration));
        self
    }

    /// Takes its end away.
    #[must_use]
    pub fn with_no_expiry(mut self) -> Self {
        self.expiry = Some(NewExpiry::Never);
        self
    }

    /// Sets one of the provider's own options.
    #[must_use]
    pub fn with_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.description.is_none() && self.expiry.is_none() && self.options.is_empty()
    }

    /// Until when it is to be kept, counted from this moment; `current` where that does not change.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) where that lies beyond what a date can say.
    pub fn expires_at(&self, from: Timestamp, current: Option<Timestamp>) -> Result<Option<Timestamp>> {
        match self.expiry {
            None => Ok(current),
            Some(NewExpiry::Never) => Ok(None),
            Some(NewExpiry::In(duration)) => after(from, duration).map(Some),
        }
    }
}

/// Which snapshots to list, and which page of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSnapshots {
    /// Only snapshots of this source; `None` is the whole account.
    pub source: Option<SourceRef>,
    /// The page after the one that gave this token; `None` is the first.
    pub page: Option<PageToken>,
}

impl ListSnapshots {
    /// Only snapshots of this source.
    #[must_use]
    pub fn of(source: SourceRef) -> Self {
        Self::default().with_source(source)
    }

    /// Lists snapshots of this source only.
    #[must_use]
    pub fn with_source(mut self, source: SourceRef) -> Self {
        self.source = Some(source);
        self
    }

    /// Begins with the page after the one that gave this token.
    #[must_use]
    pub fn with_page(mut self, page: PageToken) -> Self {
        self.page = Some(page);
        self
    }
}

/// Which page of the sources to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListSources {
    /// The page after the one that gave this token; `None` is the first.
    pub page: Option<PageToken>,
}

impl ListSources {
    /// Begins with the page after the one that gave this token.
    #[must_use]
    pub fn with_page(mut self, page: PageToken) -> Self {
        self.page = Some(page);
        self
    }
}

fn after(from: Timestamp, duration: Duration) -> Result<Timestamp> {
    from.checked_add(duration).map_err(|_| Error::invalid_input("the expiry lies too far in the future"))
}
