//! The client: what all providers share, in SiteHost's terms.

use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::provider::{
    Account, CreateFingerprint, CreateLookup, HttpClient, NestedCursor, PollQueue, Turned, send_once,
};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateSnapshot, Error, ErrorKind, Expiry, ListSnapshots, ListSources,
    LookupOptions, Operation, OperationKind, OperationStatus, Page, ProviderOption, RestoreSnapshot, RestoreTarget,
    Result, Snapshot, SnapshotProvider, SnapshotRef, Source, UpdateSnapshot,
};

use crate::api::{self, Api, FIRST_PAGE};
use crate::auth::SiteHost;
use crate::config::Config;
use crate::convert::{self, LIFETIMES};
use crate::image::{self, Images};
use crate::operations::Operations;
use crate::wire::{Paging, Queued, ServerFilter};
use crate::{PROVIDER, error};

/// What SiteHost documents for snapshots of disks.
#[must_use]
pub fn capabilities() -> Capabilities {
    let hours = |hours: &u64| Duration::from_secs(hours * 3600);
    let mut capabilities = Capabilities::none(CreateIdentity::NewId);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.lists_by_server = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.expiry = Expiry::Native { min: hours(LIFETIMES.start()), max: hours(LIFETIMES.end()) };
    capabilities.restore = RestoreTarget::InPlace;
    capabilities.delete = true;
    capabilities.change_expiry = true;
    capabilities.create_options = CREATE_OPTIONS;
    capabilities.update_options = UPDATE_OPTIONS;
    capabilities
}

const CREATE_OPTIONS: &[ProviderOption] = &[ProviderOption::new(
    convert::LIFETIME,
    "how long it is kept, in hours, 1 to 24, or `provider` to leave that to SiteHost; 24 where nothing is said",
)];

const UPDATE_OPTIONS: &[ProviderOption] = &[ProviderOption::new(
    convert::LIFETIME,
    "the hours that SiteHost is sent as they are; its reference says that they are added to the lifetime",
)];

/// A client for one account at SiteHost. Clones share connections, rate and polls.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    api: Api,
    pub(crate) operations: Operations,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, the key is empty, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        if config.api_key.expose().is_empty() {
            return Err(Error::config("the API key is empty").with_provider(PROVIDER));
        }
        let http = HttpClient::new(config.connection, SiteHost { api_key: config.api_key })?;
        let api = Api::new(http.clone(), config.client_id, config.api_version);
        let operations = Operations::new(http.clone(), api.clone(), config.job_type, config.time_zone);
        Ok(Self { http, api, operations })
    }

    /// SiteHost's own calls, one exchange each.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Custom container images: created and deleted once, whatever the network does.
    #[must_use]
    pub fn images(&self) -> Images<'_> {
        Images::new(self)
    }

    /// This moment by SiteHost's clock.
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        self.http.clock().map_or(now, |clock| clock.latest(now))
    }

    /// One page of the servers' names.
    async fn servers(&self, at: String) -> Result<Turned<String>> {
        let number = api::page_number(&at)?;
        let listing = self.api.list_servers(&ServerFilter::default(), &Paging::page(number)).await?;
        let Turned { items, next } = api::turned(listing.value, number)?;
        Ok(Turned { items: items.into_iter().filter_map(|server| server.name).collect(), next })
    }

    /// The snapshots of a server with the disks they were taken of; of one disk, those that are not known to be
    /// another's.
    async fn snapshots(&self, server: &str, disk: Option<&str>) -> Result<Vec<Snapshot>> {
        let listed = self.api.list_snapshots(server).await?.value;
        let no_disk_matters = listed.is_empty() && disk.is_none();
        let disks = if no_disk_matters { Vec::new() } else { self.operations.disks(server).await? };
        if let Some(disk) = disk {
            convert::expect_disk(server, disk, &disks)?;
        }
        let of_disk = listed.iter().filter(|wire| {
            disk.is_none_or(|disk| convert::disk_of(wire, &disks).is_none_or(|taken_of| taken_of == disk))
        });
        Ok(of_disk.map(|wire| self.operations.place(server).snapshot(wire, &disks)).collect())
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
        convert::server_and_disk(&request.source, self.account())?;
        convert::refuse_words(request.name.as_deref(), request.description.as_deref())?;
        convert::lifetime(request).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let info = self.api.get_info().await?.value;
        Ok(convert::access(&info, self.api.client_id()))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
        let (list, max_pages) = ("sources", self.http.options().max_pages);
        let mut cursor = NestedCursor::resume(self.account(), list, request.page.as_ref(), FIRST_PAGE)?;
        let Some(name) = cursor.parent(max_pages, |at| self.servers(at)).await? else {
            return Ok(Page::last(Vec::new()));
        };
        let sources = match self.api.get_server(&name).await {
            Ok(server) => convert::sources(&server, &self.operations.place(&name))?,
            // It went away after it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound && error.is_definite() => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Page::new(sources, cursor.token(self.account(), list, None, max_pages)?))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        if let Some(source) = &request.source {
            let (server, disk) = convert::server_or_disk(source, self.account())?;
            return Ok(Page::last(self.snapshots(server, disk).await?));
        }
        let (list, max_pages) = ("snapshots", self.http.options().max_pages);
        let mut cursor = NestedCursor::resume(self.account(), list, request.page.as_ref(), FIRST_PAGE)?;
        let Some(server) = cursor.parent(max_pages, |at| self.servers(at)).await? else {
            return Ok(Page::last(Vec::new()));
        };
        let snapshots = match self.snapshots(&server, None).await {
            // A server that is there refuses for other reasons, and a list without its snapshots is not complete.
            Err(error) if error.kind() == ErrorKind::NotFound => match self.api.get_server(&server).await {
                Err(gone) if gone.kind() == ErrorKind::NotFound && gone.is_definite() => Vec::new(),
                Err(other) => return Err(other),
                Ok(_) => return Err(error),
            },
            listed => listed?,
        };
        Ok(Page::new(snapshots, cursor.token(self.account(), list, None, max_pages)?))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let (server, _) = convert::server_and_id(snapshot, self.account())?;
        let wire = self.operations.find(snapshot).await?;
        let disks = self.operations.disks(server).await?;
        let mut snapshot = self.operations.place(server).snapshot(&wire, &disks);
        snapshot.details = convert::details(&wire);
        Ok(snapshot)
    }

    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
        let (server, _) = convert::server_and_disk(&request.source, self.account())?;
        let fingerprint = CreateFingerprint::new(self.account(), request)?;
        let listed = self.api.list_snapshots(server).await?.value;
        Ok(fingerprint.with_known(listed.into_iter().map(|snapshot| snapshot.id), self.http.clock()))
    }

    async fn start_create(&self, request: &CreateSnapshot, _fingerprint: &CreateFingerprint) -> Result<Operation> {
        let (server, disk) = convert::server_and_disk(&request.source, self.account())?;
        let queued = match self.api.try_create_snapshot(server, disk, convert::lifetime(request)?).await {
            Ok(queued) => queued.value,
            Err(error) => {
                let explained = error::why_not_created(error, &self.api, server, disk).await;
                return Err(error::unless_certain(explained));
            }
        };
        self.operations.of_create(&request.source, server, &queued)
    }

    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        self.operations.find_created(fingerprint).await
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let (server, id) = convert::server_and_id(&request.snapshot, self.account())?;
        convert::refuse_options(&request.options)?;
        if let Some(target) = &request.target {
            convert::server_and_disk(target, self.account())?;
            if self.get_snapshot(&request.snapshot).await?.source.as_ref() != Some(target) {
                return Err(Error::invalid_input("SiteHost restores a snapshot only onto the disk it was taken of")
                    .with_advice("leave the target out"));
            }
        }
        match self.api.try_restore_snapshot(server, id).await {
            Ok(queued) => Ok(self.operations.of_snapshot(OperationKind::Restore, &request.snapshot, &queued)),
            Err(error) => {
                let explained = error::why_not_changed(error, &self.operations, &request.snapshot).await;
                Err(error::unless_certain(explained))
            }
        }
    }

    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let (server, id) = convert::server_and_id(snapshot, self.account())?;
        let send = || async {
            match self.api.delete_snapshot(server, id).await {
                Ok(queued) => Ok(self.operations.of_snapshot(OperationKind::Delete, snapshot, &queued)),
                Err(error) => Err(error::why_not_changed(error, &self.operations, snapshot).await),
            }
        };
        let find = |_| self.operations.find_deleted(snapshot);
        Ok(send_once(&LookupOptions::default(), send, find).await?.value)
    }

    /// Sent once only: the reference says that the hours are added.
    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        let (server, id) = convert::server_and_id(&request.snapshot, self.account())?;
        let lifetime = convert::new_lifetime(request)?;
        let before = self.operations.find(&request.snapshot).await?;
        let hours = lifetime.hours_to_send(self.now(), self.operations.place(server).end(&before))?;
        if hours == 0 {
            return Ok(self.operations.of_update(&request.snapshot, &before, &Queued::default()));
        }
        let send = || async {
            match self.api.set_snapshot_lifetime(server, id, hours).await {
                Ok(queued) => Ok(self.operations.of_update(&request.snapshot, &before, &queued)),
                Err(error) => Err(error::why_not_changed(error, &self.operations, &request.snapshot).await),
            }
        };
        let find = |_| self.operations.find_updated(&request.snapshot, &before);
        Ok(send_once(&LookupOptions::default().with_max_sends(1), send, find).await?.value)
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        let is_image = |operation: &Operation| image::is_concerned(operation, self.account());
        let of_snapshots: Vec<Operation> =
            operations.iter().filter(|operation| !is_image(operation)).cloned().collect();
        let mut of_snapshots = self.operations.poll(&of_snapshots).await.into_iter();
        let mut statuses = Vec::with_capacity(operations.len());
        for operation in operations {
            if is_image(operation) {
                statuses.push(self.images().poll_image(operation).await.map(Into::into));
            } else {
                statuses.extend(of_snapshots.next());
            }
        }
        statuses
    }
}
