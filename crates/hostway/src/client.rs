//! The client: the shared trait, as translation to Hostway's own calls.

use std::sync::Arc;

use async_trait::async_trait;
use cloudsnap_core::provider::{
    Account, CreateFingerprint, CreateLookup, Cursor, HttpClient, NestedCursor, PollQueue, Turned,
};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateSnapshot, Error, ErrorKind, Expiry, ListSnapshots, ListSources,
    Operation, OperationStatus, Page, RestoreSnapshot, RestoreTarget, Result, Snapshot, SnapshotProvider, SnapshotRef,
    Source, UpdateSnapshot,
};

use crate::api::{ALL_SERVERS, Api, FIRST, LIVING_SERVERS};
use crate::auth::Hostway;
use crate::config::Config;
use crate::operations::Operations;
use crate::wire::ServerFilter;
use crate::{convert, endpoints};

/// What Hostway documents for server snapshots.
#[must_use]
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::none(CreateIdentity::Tag);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.name = true;
    capabilities.description = true;
    capabilities.expiry = Expiry::Recorded;
    capabilities.restore = RestoreTarget::InPlaceUnobserved;
    capabilities.lists_by_server = true;
    capabilities.max_snapshots = Some(3);
    capabilities
}

/// A client for one account at Hostway. Clones share connections, budget and polls.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    api: Api,
    operations: Operations,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) where the base URL is not allowed, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let protocol = Hostway::new(&config)?;
        let http = HttpClient::new(config.connection, protocol)?;
        let api = Api::new(http.clone(), config.account_id.map(Arc::from));
        let operations = Operations::new(http.clone(), api.clone(), config.time_zone);
        Ok(Self { http, api, operations })
    }

    /// Hostway's own calls, under its wiki's names.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
    }

    fn max_pages(&self) -> u32 {
        self.http.options().max_pages
    }

    async fn snapshots_of_server(&self, server: &str, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        let list = format!("snapshots of {server}");
        let cursor = Cursor::resume(self.account(), &list, request.page.as_ref(), FIRST)?;
        let page = self.api.snapshots_at(server, cursor.at()).await?;
        let next = cursor.token(self.account(), &list, page.next, self.max_pages())?;
        Ok(Page::new(self.operations.snapshots(&page.items, server)?, next))
    }
}

#[async_trait]
impl SnapshotProvider for Client {
    fn account(&self) -> &Account {
        self.http.account()
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn poll_queue(&self) -> &PollQueue {
        self.http.poll_queue()
    }

    fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
        let server = convert::server(&request.source, self.account())?;
        convert::refuse_options(&request.options)?;
        let snapshot = convert::create(&convert::fingerprint(request, self.account())?);
        endpoints::create_snapshot(self.api.form(), server, &snapshot).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let Some(account_id) = self.api.account_id() else {
            let servers = self.api.list_servers(&ServerFilter::default()).await?;
            return Ok(AccountAccess::new(format!("servers visible: {}", servers.len())));
        };
        let zones = self.api.list_zones().await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_advice("check HOSTWAY_ACCOUNT_ID"),
            _ => error,
        })?;
        let zones: usize = zones.values().map(Vec::len).sum();
        Ok(AccountAccess::new(format!("account {account_id}, zones visible: {zones}")))
    }

    /// The servers in every status, page by page of one list a status. Some pages may be empty.
    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
        let cursor = Cursor::resume(self.account(), "sources", request.page.as_ref(), FIRST)?;
        let page = self.api.servers_at(ALL_SERVERS, cursor.at()).await?;
        let sources = page.items.into_iter().map(|server| convert::source(server, self.account()));
        let next = cursor.token(self.account(), "sources", page.next, self.max_pages())?;
        Ok(Page::new(sources.collect::<Result<_>>()?, next))
    }

    /// The snapshots of a server; or of all servers but those that are deleted, server by server.
    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        if let Some(source) = &request.source {
            return self.snapshots_of_server(convert::server(source, self.account())?, request).await;
        }
        let mut cursor = NestedCursor::resume(self.account(), "snapshots", request.page.as_ref(), FIRST)?;
        let servers = |place: String| async move {
            let page = self.api.servers_at(LIVING_SERVERS, &place).await?;
            let ids = page.items.into_iter().map(|server| convert::named(server.id)).collect::<Result<_>>()?;
            Ok(Turned { items: ids, next: page.next })
        };
        let Some(server) = cursor.parent(self.max_pages(), servers).await? else { return Ok(Page::last(Vec::new())) };
        let page = match self.api.snapshots_at(&server, cursor.children_at().unwrap_or(FIRST)).await {
            // It was deleted since it was listed.
            Err(gone) if gone.kind() == ErrorKind::NotFound && gone.is_definite() => Turned::new(Vec::new(), None),
            page => page?,
        };
        let next = cursor.token(self.account(), "snapshots", page.next, self.max_pages())?;
        Ok(Page::new(self.operations.snapshots(&page.items, &server)?, next))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let (server, id) = convert::server_and_id(snapshot, self.account())?;
        let wire = self.api.get_snapshot(server, id).await?;
        let mut snapshot = self.operations.snapshot(&wire, server)?;
        snapshot.details = convert::details(&wire);
        Ok(snapshot)
    }

    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
        convert::fingerprint(request, self.account())
    }

    async fn start_create(&self, request: &CreateSnapshot, fingerprint: &CreateFingerprint) -> Result<Operation> {
        let server = convert::server(&request.source, self.account())?;
        convert::refuse_options(&request.options)?;
        let created = self.api.create_snapshot(server, &convert::create(fingerprint)).await?;
        let snapshot = SnapshotRef::new(Arc::clone(self.account().name()), [server], created.id)?;
        Ok(self.operations.creation(&request.source, snapshot))
    }

    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        self.operations.find_created(fingerprint).await
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        convert::refuse_options(&request.options)?;
        let (server, _) = convert::server_and_id(&request.snapshot, self.account())?;
        if let Some(target) = &request.target
            && convert::server(target, self.account())? != server
        {
            return Err(Error::unsupported("Hostway restores a snapshot onto its own server only"));
        }
        self.operations.restore(&request.snapshot).await
    }

    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        convert::server_and_id(snapshot, self.account())?;
        Err(Error::unsupported("Hostway documents creating, reading and restoring snapshots only"))
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        convert::server_and_id(&request.snapshot, self.account())?;
        Err(Error::unsupported("Hostway documents creating, reading and restoring snapshots only"))
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        self.operations.poll(operations).await
    }
}
