//! The contract that every provider keeps.

use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;

use crate::capability::Capabilities;
use crate::create::Create;
use crate::error::Result;
use crate::operation::{CreateMark, Operation, OperationStatus};
use crate::page::{Page, Pager};
use crate::poller::Poller;
use crate::reference::SnapshotRef;
use crate::request::{CreateSnapshot, ListSnapshots, ListSources, RestoreSnapshot, UpdateSnapshot};
use crate::snapshot::{Snapshot, SourceDetails};

/// A hosting provider's snapshots, under one account.
///
/// This trait is the contract with those who implement a provider. Those who use one find what they want to call in
/// [`SnapshotProviderExt`]. What a provider does not document answers [`ErrorKind::Unsupported`] and sends nothing;
/// [`capabilities`](Self::capabilities) says so beforehand. A call added later will have a default that does the same.
///
/// [`ErrorKind::Unsupported`]: crate::ErrorKind::Unsupported
#[async_trait]
pub trait SnapshotProvider: std::fmt::Debug + Send + Sync {
    /// The provider's name, as in references and on the command line.
    fn provider(&self) -> &'static str;

    /// The account's name, as in references.
    fn account(&self) -> &str;

    /// What the provider documents.
    fn capabilities(&self) -> Capabilities;

    /// Says what is wrong with a create, without sending anything.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) or [`Unsupported`](crate::ErrorKind::Unsupported).
    fn validate_create(&self, request: &CreateSnapshot) -> Result<()>;

    /// One harmless authenticated call.
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
    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>>;

    /// One page of the snapshots, in every state.
    ///
    /// # Errors
    ///
    /// What the provider refuses, or what keeps it from answering.
    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>>;

    /// One snapshot.
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
    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark>;

    /// Starts a create. The request is never sent a second time unless the provider did not process the first.
    ///
    /// # Errors
    ///
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done;
    /// [`SnapshotProviderExt::create`] then looks before it does anything else.
    async fn start_create(&self, request: &CreateSnapshot, mark: &CreateMark) -> Result<Operation>;

    /// Looks for the snapshot of a create whose answer was lost; `None` where it is not there (yet).
    ///
    /// # Errors
    ///
    /// What keeps the provider from answering; [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where several
    /// snapshots could be the one.
    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>>;

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

    /// How operations stand, one answer for each, in the order given. Many at once, because some providers answer for
    /// a hundred in one request. Never sleeps.
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
    pub fn warning(mut self, warning: impl Into<String>) -> Self {
        self.warnings.push(warning.into());
        self
    }
}

macro_rules! forward {
    ($($wrapper:ty),+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<P: SnapshotProvider + ?Sized> SnapshotProvider for $wrapper {
            fn provider(&self) -> &'static str {
                (**self).provider()
            }

            fn account(&self) -> &str {
                (**self).account()
            }

            fn capabilities(&self) -> Capabilities {
                (**self).capabilities()
            }

            fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
                (**self).validate_create(request)
            }

            async fn check_access(&self) -> Result<AccountAccess> {
                (**self).check_access().await
            }

            async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
                (**self).list_sources(request).await
            }

            async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
                (**self).list_snapshots(request).await
            }

            async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
                (**self).get_snapshot(snapshot).await
            }

            async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
                (**self).mark(request).await
            }

            async fn start_create(&self, request: &CreateSnapshot, mark: &CreateMark) -> Result<Operation> {
                (**self).start_create(request, mark).await
            }

            async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
                (**self).find_created(mark).await
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

/// What users call: complete lists, a create that is done exactly once, waits.
pub trait SnapshotProviderExt: SnapshotProvider {
    /// Creates a snapshot: exactly one, whatever the network does. Await it to have it finished, or
    /// [`start`](Create::start) it only.
    fn create(&self, request: CreateSnapshot) -> Create<'_, Self> {
        Create::new(self, request)
    }

    /// Waits for an operation, of this process or another. Dropping the wait stops waiting and nothing else.
    fn wait(&self, operation: Operation) -> Poller<'_, Self> {
        Poller::new(self, operation)
    }

    /// All snapshots, of the account or of one source, page by page.
    fn snapshots(&self, request: ListSnapshots) -> Pager<'_, Snapshot> {
        Pager::new(Box::new(move |page| {
            let mut request = request.clone();
            request.page = page.or(request.page);
            Box::pin(async move { self.list_snapshots(&request).await })
        }))
    }

    /// All that can be snapshotted, page by page.
    fn sources(&self) -> Pager<'_, SourceDetails> {
        Pager::new(Box::new(move |page| Box::pin(async move { self.list_sources(&ListSources { page }).await })))
    }
}

impl<P: SnapshotProvider + ?Sized> SnapshotProviderExt for P {}
