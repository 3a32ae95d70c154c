//! The client: IONOS's calls in the words that all providers share.

use async_trait::async_trait;
use cloudsnap_core::provider::lenient::{Each, Member};
use cloudsnap_core::provider::{
    Account, CreateFingerprint, CreateLookup, Cursor, HttpClient, NestedCursor, PollQueue, Response, Turned, send_once,
};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateSnapshot, Error, Expiry, ListSnapshots, ListSources,
    LookupOptions, Operation, OperationKind, OperationStatus, Page, RestoreSnapshot, RestoreTarget, Result, Snapshot,
    SnapshotProvider, SnapshotRef, Source, UpdateSnapshot,
};

use crate::api::{Api, next_offset, read_offset};
use crate::auth::Ionos;
use crate::config::{Config, Credentials};
use crate::operations::Operations;
use crate::wire::{ListQuery, SnapshotChanges};
use crate::{convert, endpoints};

/// What IONOS documents for volume snapshots.
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
    capabilities.restore = RestoreTarget::OntoTarget;
    capabilities.delete = true;
    capabilities.rename = true;
    capabilities.change_expiry = true;
    capabilities.create_options = convert::CREATE_OPTIONS;
    capabilities.update_options = convert::UPDATE_OPTIONS;
    capabilities
}

/// A client for one account at IONOS Cloud. Clones share connections, budget and polls.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    api: Api,
    operations: Operations,
    uses_password: bool,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`Config`](cloudsnap_core::ErrorKind::Config) where the base URL is not allowed, a credential cannot stand in a
    /// header, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let uses_password = matches!(config.credentials, Credentials::Password { .. });
        let protocol = Ionos::new(&config)?;
        let http = HttpClient::new(config.connection, protocol)?;
        let api = Api::new(http.clone());
        let operations = Operations::new(http.clone(), api.clone());
        Ok(Self { http, api, operations, uses_password })
    }

    /// IONOS's own calls, under its reference's names.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api.clone()
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
        let (datacenter, volume) = convert::volume_of(&request.source, self.account())?;
        endpoints::create_snapshot(datacenter, volume, &convert::create(request, None)?)?;
        request.expires_at(cloudsnap_core::jiff::Timestamp::now()).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let page = self.api.list_datacenters(&ListQuery::new()).await?;
        let access = AccountAccess::new(format!("data centres visible: {}", page.items.len()));
        Ok(if self.uses_password {
            access.with_warning("IONOS announced the end of user and password; make a token and set IONOS_TOKEN")
        } else {
            access
        })
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
        let max_pages = self.http.options().max_pages;
        let mut cursor = NestedCursor::resume(self.account(), "sources", request.page.as_ref(), "0")?;
        let datacenters = |at: String| async move {
            let query = ListQuery::new().with_offset(read_offset(&at)?);
            let page = self.api.list_datacenters(&query).await?;
            let next = next_offset(&page, &query);
            Ok(Turned::new(page.items.into_iter().map(|datacenter| datacenter.id).collect(), next))
        };
        let Some(datacenter) = cursor.parent(max_pages, datacenters).await? else { return Ok(Page::last(Vec::new())) };
        let query = ListQuery::new().with_offset(cursor.children_at().map_or(Ok(0), read_offset)?);
        let page = self.api.list_volumes(&datacenter, &query).await?;
        let next = next_offset(&page, &query);
        let sources = page.items.into_iter().map(|volume| convert::source(volume, &datacenter, self.account()));
        let sources = Turned::new(sources.collect::<Result<_>>()?, next);
        Ok(Page::new(sources.items, cursor.token(self.account(), "sources", sources.next, max_pages)?))
    }

    /// IONOS documents no pages of this list.
    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        Cursor::resume(self.account(), "snapshots", request.page.as_ref(), "0")?;
        if let Some(source) = &request.source {
            source.open(self.account())?;
        }
        let read = |response: &Response| {
            let snapshots = Each::new(|wire| convert::snapshot(wire, self.account()));
            response.json_as(Member::new("items", snapshots))
        };
        let mut snapshots = self.http.send(endpoints::list_snapshots("list", &ListQuery::new())?, read).await?;
        if let Some(source) = &request.source {
            snapshots.retain(|snapshot| snapshot.source.as_ref().is_some_and(|from| from.is_within(source)));
        }
        Ok(Page::last(snapshots))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let request = endpoints::get_snapshot("get", convert::snapshot_id(snapshot, self.account())?)?;
        self.http.send(request, |response| convert::detailed_snapshot(response, self.account())).await
    }

    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
        CreateFingerprint::new(self.account(), request)
    }

    async fn start_create(&self, request: &CreateSnapshot, fingerprint: &CreateFingerprint) -> Result<Operation> {
        let (datacenter, volume) = convert::volume_of(&request.source, self.account())?;
        let wire = convert::create(request, Some(fingerprint.tagged_description()))?;
        let create = endpoints::create_snapshot(datacenter, volume, &wire)?;
        let (id, request_id) = self.http.send(create, convert::accepted_ids).await?;
        let operation = self.operations.operation(OperationKind::Create, request_id);
        Ok(operation.with_source(request.source.clone()).with_snapshot(convert::reference(&id, self.account())?))
    }

    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        self.operations.find_created(fingerprint).await
    }

    /// A restore is never sent again: what was written to the volume since would be lost.
    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        convert::refuse_options(&request.options)?;
        let id = convert::snapshot_id(&request.snapshot, self.account())?;
        let target = request.target.as_ref().ok_or_else(|| {
            Error::invalid_input("IONOS restores onto a volume that has to be named: its snapshots do not know theirs")
                .with_advice("name it with --to ACCOUNT:DATACENTER/VOLUME")
        })?;
        let (datacenter, volume) = convert::volume_of(target, self.account())?;
        let options = LookupOptions::default().with_max_sends(1);
        let restore = || self.api.restore_snapshot(datacenter, volume, id);
        let sent = send_once(&options, restore, |sent| self.operations.find_restored(target, id, sent)).await?;
        let operation = self.operations.operation(OperationKind::Restore, sent.value);
        Ok(operation.with_source(target.clone()).with_snapshot(request.snapshot.clone()))
    }

    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let id = convert::snapshot_id(snapshot, self.account())?;
        let options = LookupOptions::default();
        let delete = || self.api.delete_snapshot(id);
        let sent = send_once(&options, delete, |_| self.operations.find_deleted(id)).await?;
        Ok(self.operations.operation(OperationKind::Delete, sent.value).with_snapshot(snapshot.clone()))
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        let id = convert::snapshot_id(&request.snapshot, self.account())?;
        let mut changes = convert::changes(request)?;
        if request.description.is_some() || request.expiry.is_some() {
            let current = self.api.get_snapshot(id).await?.properties.description.unwrap_or_default();
            changes.description = Some(convert::changed_description(&current, request)?);
        }
        if changes == SnapshotChanges::default() {
            return Err(Error::invalid_input("nothing to change was given"));
        }
        let accepted = self.api.patch_snapshot(id, &changes).await?;
        let operation = self.operations.operation(OperationKind::Update, accepted.request_id);
        Ok(operation.with_snapshot(request.snapshot.clone()))
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        self.operations.poll(operations).await
    }
}
