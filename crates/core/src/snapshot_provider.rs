//! The contract that every provider keeps.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use crate::account::Account;
use crate::capability::Capabilities;
use crate::error::Result;
use crate::fingerprint::CreateFingerprint;
use crate::identity::CreateLookup;
use crate::operation::{Operation, OperationStatus};
use crate::page::Page;
use crate::poll_queue::PollQueue;
use crate::reference::SnapshotRef;
use crate::request::{CreateSnapshot, ListSnapshots, ListSources, RestoreSnapshot, UpdateSnapshot};
use crate::snapshot::{Snapshot, Source};

/// A hosting provider's snapshots, under one account.
///
/// This trait is the contract with those who implement a provider. Those who use one call what
/// [`SnapshotProviderExt`](crate::SnapshotProviderExt) offers. What a provider does not document answers
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) and sends nothing; [`capabilities`](Self::capabilities)
/// says so beforehand. References, operations, fingerprints and page tokens of another account are refused before
/// anything is sent: what is inside them opens only to [`account`](Self::account).
#[async_trait]
pub trait SnapshotProvider: std::fmt::Debug + Send + Sync {
    /// Whose snapshots these are.
    fn account(&self) -> &Account;

    /// What the provider documents.
    fn capabilities(&self) -> Capabilities;

    /// Where the waits on this client meet. Clones of a client share one.
    fn poll_queue(&self) -> &PollQueue;

    /// Says what is wrong with a create, without sending anything.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) or [`Unsupported`](crate::ErrorKind::Unsupported).
    fn validate_create(&self, request: &CreateSnapshot) -> Result<()>;

    /// Makes one harmless authenticated call.
    ///
    /// # Errors
    ///
    /// What keeps the account from being used.
    async fn check_access(&self) -> Result<AccountAccess>;

    /// One page of what can be snapshotted.
    ///
    /// # Errors
    ///
    /// What the provider refuses, or what keeps it from answering.
    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>>;

    /// One page of the snapshots, in every state.
    ///
    /// # Errors
    ///
    /// What the provider refuses, or what keeps it from answering.
    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>>;

    /// One snapshot, with the provider's own details.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none of that id; else as any read.
    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot>;

    /// Notes, before a create, how its snapshot will be told from all others. Sends reads only, if anything.
    ///
    /// # Errors
    ///
    /// What keeps the provider from answering. Nothing was created.
    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint>;

    /// Starts a create. The request is sent a second time only where the provider did not process the first.
    ///
    /// # Errors
    ///
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done: the caller looks with
    /// [`find_created`](Self::find_created) before it does anything else.
    async fn start_create(&self, request: &CreateSnapshot, fingerprint: &CreateFingerprint) -> Result<Operation>;

    /// Looks for the snapshots of a create whose answer was lost.
    ///
    /// # Errors
    ///
    /// What keeps the provider from answering.
    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup>;

    /// Starts to put a snapshot back. What stands there is overwritten.
    ///
    /// # Errors
    ///
    /// As any write; [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done.
    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation>;

    /// Starts to delete a snapshot.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none of that id; else as any write.
    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation>;

    /// Starts to change a snapshot's name, description or end.
    ///
    /// # Errors
    ///
    /// As any write.
    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation>;

    /// How operations stand, one answer for each, in the order given. Where one request answers for several, it is made
    /// once for all of them. Never sleeps.
    ///
    /// A status of [`Failed`](crate::OperationStatus::Failed) is the provider's word about this very operation, and
    /// nothing else.
    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>>;
}

/// What one harmless call told about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AccountAccess {
    /// What the provider said, in one line.
    pub summary: String,
    /// What works, and yet will be in the way.
    pub warnings: Vec<String>,
}

impl AccountAccess {
    /// Access without anything in the way.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), warnings: Vec::new() }
    }

    /// Adds something that will be in the way.
    #[must_use]
    pub fn with_warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

macro_rules! forward {
    ($($wrapper:ty),+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<P: SnapshotProvider + ?Sized> SnapshotProvider for $wrapper {
            fn account(&self) -> &Account {
                (**self).account()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            fn poll_queue(&self) -> &PollQueue {
                (**self).poll_queue()
            }

            fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
                (**self).validate_create(request)
            }

            async fn check_access(&self) -> Result<AccountAccess> {
                (**self).check_access().await
            }

            async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
                (**self).list_sources(request).await
            }

            async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
                (**self).list_snapshots(request).await
            }

            async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
                (**self).get_snapshot(snapshot).await
            }

            async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
                (**self).fingerprint(request).await
            }

            async fn start_create(
                &self,
                request: &CreateSnapshot,
                fingerprint: &CreateFingerprint,
            ) -> Result<Operation> {
                (**self).start_create(request, fingerprint).await
            }

            async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
                (**self).find_created(fingerprint).await
            }

            async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
                (**self).start_restore(request).await
            }

            async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
                (**self).start_delete(snapshot).await
            }

            async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
                (**self).start_update(request).await
            }

            async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
                (**self).poll(operations).await
            }
        }
    )+};
}

forward!(&P, Box<P>, Arc<P>);
