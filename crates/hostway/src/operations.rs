//! How an operation stands, and how the snapshot of a create is told from others.

use std::collections::HashMap;
use std::sync::Arc;

use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::{CreateFingerprint, CreateLookup, HttpClient};
use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, Progress, Result, Snapshot, SnapshotRef,
    SnapshotState, SourceRef,
};

use crate::api::Api;
use crate::endpoints::ActionSpelling;
use crate::wire::ServerSnapshot;
use crate::{convert, error};

/// Follows the operations of one account.
#[derive(Clone, Debug)]
pub(crate) struct Operations {
    http: HttpClient,
    api: Api,
    time_zone: Option<TimeZone>,
}

/// The snapshots of the servers whose lists were read.
type Lists<'a> = HashMap<&'a str, Result<Vec<ServerSnapshot>>>;

impl Operations {
    pub(crate) fn new(http: HttpClient, api: Api, time_zone: Option<TimeZone>) -> Self {
        Self { http, api, time_zone }
    }

    /// A snapshot of this server, as all providers' are shown.
    pub(crate) fn snapshot(&self, wire: &ServerSnapshot, server: &str) -> Result<Snapshot> {
        convert::snapshot(wire, server, self.http.account(), self.time_zone.as_ref())
    }

    pub(crate) fn snapshots(&self, wires: &[ServerSnapshot], server: &str) -> Result<Vec<Snapshot>> {
        wires.iter().map(|wire| self.snapshot(wire, server)).collect()
    }

    /// A create of which Hostway named the snapshot.
    pub(crate) fn creation(&self, source: &SourceRef, snapshot: SnapshotRef) -> Operation {
        Operation::new(self.http.account(), OperationKind::Create).with_source(source.clone()).with_snapshot(snapshot)
    }

    /// The snapshots of a server that carry the create's tag. One that merely has its name may be anybody's.
    pub(crate) async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        let server = convert::server(&fingerprint.source, self.http.account())?;
        let snapshots = self.snapshots(&self.api.all_snapshots("list", server).await?, server)?;
        let follow = |snapshot: &Snapshot| self.creation(&fingerprint.source, snapshot.reference());
        Ok(CreateLookup::by_tag(fingerprint, snapshots, follow))
    }

    /// Restores a snapshot. Where Hostway itself says that it knows no such address, and the snapshot is there, the
    /// address is tried once in its other spelling.
    pub(crate) async fn restore(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let (server, id) = convert::server_and_id(snapshot, self.http.account())?;
        match self.api.restore_snapshot(server, id, ActionSpelling::Documented).await {
            Err(refused) if refused.is_definite() && error::is_no_such_call(&refused) => {
                self.api.read_snapshot("restore", server, id).await?;
                self.api.restore_snapshot(server, id, ActionSpelling::Other).await?;
            }
            restored => restored?,
        }
        let account = self.http.account();
        Ok(Operation::new(account, OperationKind::Restore)
            .with_source(SourceRef::new(Arc::clone(account.name()), [server])?)
            .with_snapshot(snapshot.clone())
            .with_progress(Progress::Accepted))
    }

    /// How operations stand.
    ///
    /// The snapshot of one create is asked for singly. Of a server with several, the list is read once for all of them;
    /// what the list lacks is asked for singly, since which states it holds is not documented. A create has ended when
    /// its snapshot is `ACTIVE`, and has failed when it is `DELETED`: there is no other status for that. The end of a
    /// restore cannot be seen, and nothing is sent for it.
    pub(crate) async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        let lists = self.lists(operations).await;
        let mut statuses = Vec::with_capacity(operations.len());
        for operation in operations {
            statuses.push(self.status(operation, &lists).await);
        }
        statuses
    }

    /// The lists of the servers of which several creates are polled.
    async fn lists<'a>(&self, operations: &'a [Operation]) -> Lists<'a> {
        let mut servers: Vec<&str> = operations.iter().filter_map(|operation| self.server_polled(operation)).collect();
        servers.sort_unstable();
        let mut lists = Lists::new();
        for several in servers.chunk_by(PartialEq::eq).filter(|same| same.len() > 1) {
            lists.insert(several[0], self.api.all_snapshots("poll", several[0]).await);
        }
        lists
    }

    fn server_polled<'a>(&self, operation: &'a Operation) -> Option<&'a str> {
        operation.open(self.http.account()).ok()?;
        let snapshot = operation.snapshot().filter(|_| operation.kind() == OperationKind::Create)?;
        convert::server_and_id(snapshot, self.http.account()).ok().map(|(server, _)| server)
    }

    async fn status(&self, operation: &Operation, lists: &Lists<'_>) -> Result<OperationStatus> {
        operation.open(self.http.account())?;
        let snapshot = match (operation.kind(), operation.snapshot()) {
            (OperationKind::Restore, _) => return Ok(OperationStatus::Accepted),
            (OperationKind::Create, Some(snapshot)) => snapshot,
            (OperationKind::Create, None) => {
                return Err(Error::invalid_input("the operation names no snapshot that could be followed"));
            }
            (kind, _) => return Err(Error::unsupported(format!("Hostway documents no {kind}"))),
        };
        let (server, id) = convert::server_and_id(snapshot, self.http.account())?;
        let listed = match lists.get(server) {
            Some(Err(failed)) if failed.kind() != ErrorKind::NotFound => return Err(failed.clone()),
            Some(Ok(snapshots)) => snapshots.iter().find(|wire| wire.id == id),
            _ => None,
        };
        match listed {
            Some(wire) => self.status_of_create(wire, server),
            None => self.status_of_create(&self.api.read_snapshot("poll", server, id).await?, server),
        }
    }

    fn status_of_create(&self, wire: &ServerSnapshot, server: &str) -> Result<OperationStatus> {
        let snapshot = self.snapshot(wire, server)?;
        Ok(match snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            SnapshotState::Deleted => OperationStatus::failed("the snapshot ended DELETED"),
            _ => OperationStatus::running(wire.status.as_deref().unwrap_or("no status")),
        })
    }
}
