//! The client: the shared trait over node.co.id's own calls.

use std::sync::Arc;

use async_trait::async_trait;
use cloudsnap_core::provider::{
    Account, CreateFingerprint, CreateLookup, Cursor, HttpClient, PollQueue, SharedRead, send_once,
};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateSnapshot, Error, ErrorKind, ListSnapshots, ListSources,
    LookupOptions, Operation, OperationKind, OperationStatus, Page, Progress, RestoreSnapshot, RestoreTarget, Result,
    Snapshot, SnapshotProvider, SnapshotRef, Source, SourceRef, UpdateSnapshot,
};
use jiff::tz::TimeZone;

use crate::api::{Api, FIRST_PAGE};
use crate::auth::NodeCoId;
use crate::config::Config;
use crate::operations::{self, ACCEPTED_AS};
use crate::wire::{ServerFilter, ServerSnapshot, SnapshotFilter};
use crate::{convert, endpoints};

/// What node.co.id documents for the snapshots of servers.
#[must_use]
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::none(CreateIdentity::NewId);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.restore = RestoreTarget::Anywhere;
    capabilities.delete = true;
    capabilities.restore_options = convert::RESTORE_OPTIONS;
    capabilities
}

/// A client for one account at node.co.id. Clones share connections, budget and polls.
#[derive(Clone, Debug)]
pub struct Client {
    api: Api,
    time_zone: TimeZone,
    lookup: LookupOptions,
    known_snapshots: Arc<KnownSnapshots>,
}

/// What creates read before they are sent, and the server that each of them asks about.
pub(crate) type KnownSnapshots = SharedRead<String, Arc<Vec<ServerSnapshot>>>;

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let protocol = NodeCoId { user_id: config.user_id, api_key: config.api_key, format: config.format };
        let http = HttpClient::new(config.connection, protocol)?;
        Ok(Self {
            api: Api::new(http, config.client_ip),
            time_zone: config.time_zone,
            lookup: config.lookup,
            known_snapshots: Arc::default(),
        })
    }

    /// node.co.id's own calls.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    pub(crate) fn known_snapshots(&self) -> &KnownSnapshots {
        &self.known_snapshots
    }

    pub(crate) fn converted(&self, wire: ServerSnapshot) -> Snapshot {
        convert::snapshot(wire, self.account(), &self.time_zone)
    }

    pub(crate) fn create_operation(&self, source: &SourceRef, snapshot: SnapshotRef) -> Operation {
        Operation::new(self.account(), OperationKind::Create).with_source(source.clone()).with_snapshot(snapshot)
    }

    fn max_pages(&self) -> u32 {
        self.api.http().options().max_pages
    }
}

#[async_trait]
impl SnapshotProvider for Client {
    fn account(&self) -> &Account {
        self.api.http().account()
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn poll_queue(&self) -> &PollQueue {
        self.api.http().poll_queue()
    }

    fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
        convert::create(request, self.account()).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let filter = ServerFilter { records_per_page: Some(endpoints::SMALLEST_PAGE), ..ServerFilter::default() };
        let page = self.api.servers("check", &filter, 1).await.map_err(|error| {
            // No code says that the credentials are wrong; to this call little else can be.
            match error.kind() == ErrorKind::Unexpected && error.code().is_some() {
                true => error.with_advice("most likely NODECOID_USER_ID or NODECOID_API_KEY is wrong"),
                false => error,
            }
        })?;
        let servers = page.data.total_records.unwrap_or(page.data.records.len() as u64);
        Ok(AccountAccess::new(format!("servers visible: {servers}")))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
        const LIST: &str = "sources";
        let cursor = Cursor::resume(self.account(), LIST, request.page.as_ref(), FIRST_PAGE)?;
        let page = self.api.turn_servers(&ServerFilter::default(), cursor.at()).await?;
        let sources = page.items.into_iter().map(|server| convert::server(server, self.account()));
        let next = cursor.token(self.account(), LIST, page.next, self.max_pages())?;
        Ok(Page::new(sources.collect::<Result<_>>()?, next))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        let server_id = request.source.as_ref().map(|source| convert::server_id(source, self.account())).transpose()?;
        let list = server_id.map_or_else(|| "snapshots".to_owned(), |server| format!("snapshots:{server}"));
        let cursor = Cursor::resume(self.account(), &list, request.page.as_ref(), FIRST_PAGE)?;
        let filter = SnapshotFilter { server_id: server_id.map(str::to_owned), ..SnapshotFilter::default() };
        let page = self.api.turn_snapshots(&filter, cursor.at()).await?;
        let snapshots = page.items.into_iter().map(|wire| self.converted(wire));
        let next = cursor.token(self.account(), &list, page.next, self.max_pages())?;
        Ok(Page::new(snapshots.collect(), next))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let wire = operations::look_up(&self.api, "get", convert::snapshot_id(snapshot, self.account())?).await?;
        let details = convert::details(&wire);
        let mut snapshot = self.converted(wire);
        snapshot.details = details;
        Ok(snapshot)
    }

    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
        let known = operations::known_ids(self, convert::create(request, self.account())?).await?;
        Ok(CreateFingerprint::new(self.account(), request)?.with_known(known, self.api.http().clock()))
    }

    async fn start_create(&self, request: &CreateSnapshot, _fingerprint: &CreateFingerprint) -> Result<Operation> {
        let created = self.api.create_snapshot(convert::create(request, self.account())?).await?.data;
        let snapshot = SnapshotRef::new(Arc::clone(self.account().name()), [] as [&str; 0], created.snapshot_id)?;
        Ok(self.create_operation(&request.source, snapshot))
    }

    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        operations::find_created(self, fingerprint).await
    }

    /// The snapshot is looked up first: it says which server it was taken of, and a refusal would not say that there is
    /// none.
    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let reinstall = convert::restore(request, self.account())?;
        if let Some(target) = &request.target {
            convert::server_id(target, self.account())?;
        }
        let id = convert::snapshot_id(&request.snapshot, self.account())?;
        let found = self.converted(operations::look_up(&self.api, "restore", id).await?);
        let target = request.target.clone().or(found.source).ok_or_else(|| {
            Error::invalid_input("node.co.id does not say of which server the snapshot is")
                .with_advice("name the server with --to ACCOUNT:SERVER")
        })?;
        let operation = Operation::new(self.account(), OperationKind::Restore)
            .with_source(target.clone())
            .with_snapshot(request.snapshot.clone());
        let answer = self.api.reinstall_server(convert::server_id(&target, self.account())?, &reinstall).await;
        match answer {
            Ok(answer) => Ok(operation.with_detail(ACCEPTED_AS, answer.data.server_status.unwrap_or_default())),
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => Err(error.with_token(&operation)),
            Err(error) => Err(error),
        }
    }

    /// A delete whose answer was lost is not sent again before a look, since what a second one does is not documented.
    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let id = convert::snapshot_id(snapshot, self.account())?;
        if operations::look_up(&self.api, "delete", id).await?.is_deleted() {
            return Err(Error::answered(ErrorKind::NotFound, "the snapshot is deleted already"));
        }
        let send = || async { Ok(self.api.delete_snapshot(id).await?.data.snapshot_status) };
        let find = |_| async { operations::find_deleted(&self.api, id).await };
        let status = send_once(&self.lookup, send, find).await?.value;
        let operation = Operation::new(self.account(), OperationKind::Delete);
        Ok(match status.as_deref() {
            Some("deleted") => operation.with_progress(Progress::Finished),
            _ => operation.with_snapshot(snapshot.clone()),
        })
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        convert::snapshot_id(&request.snapshot, self.account())?;
        let why =
            "node.co.id's snapshots have no name, description or end of the user's own; schedules are of a server";
        Err(Error::unsupported(why))
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        operations::poll(self, operations).await
    }
}
