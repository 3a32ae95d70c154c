//! What users of a provider call.

use async_trait::async_trait;

use crate::call::{Create, Delete, DeleteSnapshot, Restore, Update, Wait};
use crate::error::Result;
use crate::operation::Operation;
use crate::page::Pager;
use crate::reference::SnapshotRef;
use crate::request::{CreateSnapshot, ListSnapshots, ListSources, RestoreSnapshot, UpdateSnapshot};
use crate::snapshot::{Snapshot, Source};
use crate::snapshot_provider::SnapshotProvider;

/// What users call: complete lists, a create that is done exactly once, waits.
#[async_trait]
pub trait SnapshotProviderExt: SnapshotProvider {
    /// Creates a snapshot: exactly one, whatever the network does. Await it to have it finished, or
    /// [`start`](crate::Call::start) it only.
    fn create(&self, request: CreateSnapshot) -> Create<'_, Self> {
        Create::new(self, request)
    }

    /// Puts a snapshot back. What stands there is overwritten.
    fn restore(&self, request: RestoreSnapshot) -> Restore<'_, Self> {
        Restore::new(self, request)
    }

    /// Deletes a snapshot.
    fn delete(&self, snapshot: SnapshotRef) -> Delete<'_, Self> {
        Delete::new(self, DeleteSnapshot::new(snapshot))
    }

    /// Changes a snapshot's name, description or end.
    fn update(&self, request: UpdateSnapshot) -> Update<'_, Self> {
        Update::new(self, request)
    }

    /// Waits for an operation, of this process or another. Dropping the wait stops waiting and nothing else.
    fn wait(&self, operation: Operation) -> Wait<'_, Self> {
        Wait::new(self, operation)
    }

    /// One snapshot, with the provider's own details.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) where there is none of that id; else as any read.
    async fn snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        self.get_snapshot(snapshot).await.map_err(|error| error.with_context(self.account(), "get"))
    }

    /// All snapshots, of the account or of one source, page by page.
    fn snapshots(&self, request: ListSnapshots) -> Pager<'_, Snapshot> {
        Pager::new(Box::new(move |page| {
            let mut request = request.clone();
            request.page = page.or(request.page);
            Box::pin(async move {
                let page = self.list_snapshots(&request).await;
                page.map_err(|error| error.with_context(self.account(), "list"))
            })
        }))
    }

    /// All that can be snapshotted, page by page.
    fn sources(&self, request: ListSources) -> Pager<'_, Source> {
        Pager::new(Box::new(move |page| {
            let mut request = request.clone();
            request.page = page.or(request.page);
            Box::pin(async move {
                let page = self.list_sources(&request).await;
                page.map_err(|error| error.with_context(self.account(), "sources"))
            })
        }))
    }
}

impl<P: SnapshotProvider + ?Sized> SnapshotProviderExt for P {}
