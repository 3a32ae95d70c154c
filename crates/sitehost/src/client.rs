//! The client: the shared trait, and SiteHost's own calls.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::http::{Authentication, Failure, HttpClient, Protocol, Request, Response};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateMark, CreateOption, CreateSnapshot, Error, ErrorKind, Expiry,
    ListSnapshots, ListSources, Operation, OperationKind, OperationStatus, Page, Restore, RestoreSnapshot, Result,
    Secret, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, Source, SourceDetails, Stage, UpdateSnapshot, Walk,
};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::config::{ApiVersion, Config};
use crate::convert::{self, Place};
use crate::wire::{
    self, AccountInfo, Job, JobRef, JobState, Listing, Paging, Partition, Queued, Server, ServerFilter, ServerSnapshot,
    ServerState,
};
use crate::{PROVIDER, error};

/// What SiteHost documents for snapshots of disks.
#[must_use]
pub fn capabilities() -> Capabilities {
    let hours = |hours| Duration::from_secs(hours * 3600);
    let mut capabilities = Capabilities::none(CreateIdentity::NewId);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.expiry = Expiry::Native { min: hours(convert::SHORTEST), max: hours(convert::LONGEST) };
    capabilities.restore = Restore::InPlace;
    capabilities.delete = true;
    capabilities.change_expiry = true;
    capabilities.create_options = CREATE_OPTIONS;
    capabilities
}

const CREATE_OPTIONS: &[CreateOption] =
    &[CreateOption::new(convert::LIFETIME, "how long it is kept, in hours, 1 to 24; 24 where nothing is said")];

/// The details of an operation that name SiteHost's job. A job `0` is none: the change was done at once.
const JOB: &str = "job";
const JOB_TYPE: &str = "job_type";
const JOB_VERSION: &str = "job_version";
const NO_JOB: &str = "0";

/// A client for one account at SiteHost. Clones share connections and rate.
#[derive(Clone)]
pub struct Client {
    pub(crate) account: Arc<str>,
    pub(crate) api: Arc<Api>,
    http: HttpClient,
    job_type: Arc<str>,
    time_zone: Option<TimeZone>,
}

/// How the job of an operation stands.
pub(crate) enum JobOutcome {
    Completed,
    GoingOn(String),
    Failed(Error),
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, the key is empty, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        if config.api_key.expose().is_empty() {
            return Err(Error::new(ErrorKind::Config, "the API key is empty").with_provider(PROVIDER));
        }
        let base_url = config.checked_base_url()?;
        let protocol = SiteHost { api_key: config.api_key };
        Ok(Self {
            account: config.account.into(),
            api: Arc::new(Api { client_id: config.client_id, pinned: config.api_version }),
            http: HttpClient::new(base_url, protocol, config.http)?,
            job_type: config.job_type.into(),
            time_zone: config.time_zone,
        })
    }

    /// `POST server/snapshot/create`: asks for a snapshot of a disk, kept for 1 to 24 hours.
    ///
    /// Nobody looks after a lost answer here; [`SnapshotProviderExt::create`](cloudsnap_core::SnapshotProviderExt)
    /// does. Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/snapshot/create&action=POST>
    ///
    /// # Errors
    ///
    /// What SiteHost refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn create_snapshot(&self, server: &str, disk: &str, lifetime_hours: u64) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_3);
        self.change(self.api.create_snapshot(server, disk, lifetime_hours), version, &self.job_type).await
    }

    /// `GET server/snapshot/list_all`: the active snapshots of a server.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.1/?path=/server/snapshot/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such server; else as any read.
    pub async fn server_snapshots(&self, server: &str) -> Result<Vec<ServerSnapshot>> {
        self.snapshots_for("list", server).await
    }

    /// `POST server/snapshot/set_lifetime`: the reference says that it extends by so many hours, SiteHost's own client
    /// that it sets them. Read `expires` back once the job is done.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/snapshot/set_lifetime&action=POST>
    ///
    /// # Errors
    ///
    /// What SiteHost refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn set_lifetime(&self, server: &str, snapshot_id: &str, hours: u64) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_5);
        self.change(self.api.set_lifetime(server, snapshot_id, hours), version, &self.job_type).await
    }

    /// `POST server/snapshot/restore`: puts the disk back. What was written since is lost.
    ///
    /// Whether the server is restarted or has to be off is not documented; nor is the call, which SiteHost's own
    /// client makes on 1.5.
    ///
    /// # Errors
    ///
    /// What SiteHost refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn restore_snapshot(&self, server: &str, snapshot_id: &str) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_5);
        self.change(self.api.restore_snapshot(server, snapshot_id), version, &self.job_type).await
    }

    /// `POST server/snapshot/delete`. The call is not documented; SiteHost's own client makes it on 1.5.
    ///
    /// # Errors
    ///
    /// What SiteHost refuses.
    pub async fn delete_snapshot(&self, server: &str, snapshot_id: &str) -> Result<Queued> {
        let version = self.api.version(ApiVersion::V1_5);
        self.change(self.api.delete_snapshot(server, snapshot_id), version, &self.job_type).await
    }

    /// `GET job/get`: how a job stands, asked at the version that started it.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.5/?action=GET&path=%2Fjob%2Fget>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where SiteHost refuses: there is no such job, or the key lacks the module Job.
    pub async fn job(&self, job: &JobRef) -> Result<Job> {
        self.read_named(self.api.job(job)).await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_advice("a key without the module Job cannot follow what it started"),
            _ => error,
        })
    }

    /// `GET server/list_servers`: all servers, page by page. Their disks need [`server`](Self::server).
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/list_servers&action=GET>
    ///
    /// # Errors
    ///
    /// As any read; a list is complete or an error.
    pub async fn servers(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all_pages(|page| self.api.list_servers(filter, &page)).await
    }

    /// `GET server/list_servers`: one page, in the order asked for.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn server_page(&self, filter: &ServerFilter, paging: &Paging) -> Result<Listing<Server>> {
        self.read(self.api.list_servers(filter, paging)).await
    }

    /// `GET server/get_server`: one server with its disks.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fserver%2Fget_server>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such server; else as any read.
    pub async fn server(&self, name: &str) -> Result<Server> {
        self.read_named(self.api.server(name)).await
    }

    /// `GET server/get_state`: whether a server runs, and its latest job.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.1/?path=/server/get_state&action=GET>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such server; else as any read.
    pub async fn server_state(&self, name: &str) -> Result<ServerState> {
        self.read_named(self.api.server_state(name)).await
    }

    /// `GET api/get_info`: which client the key is for, and what it may do.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn info(&self) -> Result<AccountInfo> {
        self.read(self.api.info()).await
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.http.send(request, wire::object).await
    }

    /// Reads one thing by its name.
    pub(crate) async fn read_named<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.read(request).await.map_err(error::refused_is_not_found)
    }

    pub(crate) async fn read_list<T: DeserializeOwned>(&self, request: Request) -> Result<Vec<T>> {
        self.http.send(request, wire::list).await
    }

    /// All pages of a list. A page that is not the one asked for is an error, not a list with gaps.
    pub(crate) async fn all_pages<T: DeserializeOwned>(&self, request: impl Fn(Paging) -> Request) -> Result<Vec<T>> {
        let mut items = Vec::new();
        let mut page = Some(1);
        while let Some(number) = page {
            let listing: Listing<T> = self.read(request(Paging::page(number))).await?;
            page = next_page(&listing, number)?;
            items.extend(listing.data);
        }
        Ok(items)
    }

    /// Sends a change. Its job is followed at the version that it was started at.
    pub(crate) async fn change(&self, request: Request, version: ApiVersion, job_type: &str) -> Result<Queued> {
        self.http.send(request, |response| wire::queued(response, version, job_type)).await
    }

    /// An operation that follows the job of a change.
    pub(crate) fn operation(&self, kind: OperationKind, queued: &Queued) -> Operation {
        let operation = Operation::new(PROVIDER, Arc::clone(&self.account), kind);
        match &queued.job {
            Some(job) => {
                operation.detail(JOB, &job.id).detail(JOB_TYPE, &job.kind).detail(JOB_VERSION, job.version.to_string())
            }
            None => operation.detail(JOB, NO_JOB),
        }
    }

    /// How the job of an operation stands. Without one there is nothing to wait for.
    pub(crate) async fn job_outcome(&self, operation: &Operation) -> Result<JobOutcome> {
        let Some(reference) = job_of(operation)? else { return Ok(JobOutcome::Completed) };
        let job = self.job(&reference).await?;
        Ok(match wire::job_state(job.state.as_deref()) {
            JobState::Completed => JobOutcome::Completed,
            JobState::GoingOn => JobOutcome::GoingOn(job.state.unwrap_or_else(|| "no state".to_owned())),
            JobState::Failed => {
                let last_line = job.logs.into_iter().rev().find_map(|line| line.message);
                let words = job.message.or(last_line).unwrap_or_else(|| "the job failed".to_owned());
                let advice = format!("job {} of the type {}", reference.id, reference.kind);
                JobOutcome::Failed(Error::new(ErrorKind::OperationFailed, words).with_advice(advice))
            }
        })
    }

    async fn snapshots_for(&self, operation: &'static str, server: &str) -> Result<Vec<ServerSnapshot>> {
        let snapshots = self.http.send(self.api.list_snapshots(operation, server), wire::snapshots).await;
        snapshots.map_err(error::refused_is_not_found)
    }

    /// There are lists only: one snapshot is looked for among its server's.
    async fn find(&self, operation: &'static str, server: &str, id: &str) -> Result<Option<ServerSnapshot>> {
        Ok(self.snapshots_for(operation, server).await?.into_iter().find(|snapshot| snapshot.id == id))
    }

    /// The disks of a server. Where the server may not be looked at, none is known.
    async fn disks(&self, server: &str) -> Result<Vec<Partition>> {
        match self.server(server).await {
            Ok(server) => Ok(server.partitions),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    fn place<'a>(&'a self, server: &'a str) -> Place<'a> {
        Place { account: &self.account, server, zone: self.time_zone.as_ref() }
    }

    fn reference(&self, server: &str, id: &str) -> Result<SnapshotRef> {
        SnapshotRef::new(Arc::clone(&self.account), [server], id)
    }

    /// The snapshots of a server with the disks they were taken of.
    async fn converted(&self, server: &str) -> Result<Vec<Snapshot>> {
        let wires = self.snapshots_for("list", server).await?;
        let disks = if wires.is_empty() { Vec::new() } else { self.disks(server).await? };
        Ok(wires.into_iter().map(|wire| self.place(server).snapshot(wire, &disks)).collect())
    }

    /// Two completions are distinct: the job is `Completed`, and nothing is `pending` on the snapshot.
    async fn poll_one(&self, operation: &Operation) -> Result<OperationStatus> {
        if Self::concerns_image(operation) {
            return self.poll_image(operation).await.map(Into::into);
        }
        match self.job_outcome(operation).await? {
            JobOutcome::Completed => {}
            JobOutcome::GoingOn(state) => return Ok(OperationStatus::running(state)),
            JobOutcome::Failed(error) => return Ok(OperationStatus::Failed { error }),
        }
        let Some(snapshot) = operation.snapshot_ref() else { return self.poll_unnamed(operation).await };
        let found = self.find("poll", convert::server(snapshot)?, snapshot.id()).await?;
        match (operation.kind(), found) {
            (OperationKind::Delete, None) => Ok(OperationStatus::succeeded(None)),
            (OperationKind::Delete, Some(_)) => Ok(OperationStatus::running("the snapshot is still listed")),
            // Whether a restore consumes the snapshot is not documented.
            (OperationKind::Restore, None) => Ok(OperationStatus::succeeded(None)),
            (_, None) => Err(not_listed(snapshot)),
            (_, Some(wire)) => self.settled(operation, wire),
        }
    }

    /// A create of which SiteHost did not name the snapshot: it is the one that was not there before.
    async fn poll_unnamed(&self, operation: &Operation) -> Result<OperationStatus> {
        let Some(mark) = operation.create_mark() else { return Ok(OperationStatus::succeeded(None)) };
        let mut candidates = self.new_snapshots("poll", mark).await?;
        if candidates.len() > 1 {
            candidates = self.of_marked_disk(mark, candidates).await?;
        }
        match only(candidates, mark)? {
            Some(wire) => self.settled(operation, wire),
            None => Err(seen(ErrorKind::NotFound, "the server lists no new snapshot")),
        }
    }

    fn settled(&self, operation: &Operation, wire: ServerSnapshot) -> Result<OperationStatus> {
        let server = match (operation.snapshot_ref(), operation.source_ref()) {
            (Some(snapshot), _) => convert::server(snapshot)?,
            (None, Some(source)) => convert::place(source)?.0,
            (None, None) => return Ok(OperationStatus::succeeded(None)),
        };
        let mut snapshot = self.place(server).snapshot(wire, &[]);
        snapshot.source = operation.source_ref().cloned();
        Ok(match snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            state => OperationStatus::running(format!("the snapshot is {state}")),
        })
    }

    async fn new_snapshots(&self, operation: &'static str, mark: &CreateMark) -> Result<Vec<ServerSnapshot>> {
        let (server, _) = convert::place(&mark.source)?;
        let mut snapshots = self.snapshots_for(operation, server).await?;
        snapshots.retain(|snapshot| !mark.known_ids.contains(&snapshot.id));
        Ok(snapshots)
    }

    /// Leaves out those whose parent is another disk of the server. Where that cannot be told they stay.
    async fn of_marked_disk(
        &self,
        mark: &CreateMark,
        mut candidates: Vec<ServerSnapshot>,
    ) -> Result<Vec<ServerSnapshot>> {
        let (server, disk) = convert::place(&mark.source)?;
        let disks = self.disks(server).await?;
        candidates.retain(|wire| convert::disk_of(wire, &disks).is_none_or(|taken_of| taken_of == disk));
        Ok(candidates)
    }

    /// A snapshot might not be listed before its job runs. While the latest job of the server is not at its end, that
    /// nothing is listed does not mean that nothing was created.
    async fn refuse_while_a_job_runs(&self, server: &str) -> Result<()> {
        let last_job = match self.server_state(server).await {
            Ok(state) => state.last_job,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let goes_on = |job: &Job| job.state.is_some() && wire::job_state(job.state.as_deref()) == JobState::GoingOn;
        match last_job.filter(goes_on) {
            None => Ok(()),
            Some(job) => Err(seen(
                ErrorKind::Busy,
                format!("job {} of the server is not at its end, and may be the create", job.id.unwrap_or_default()),
            )),
        }
    }

    /// Why a snapshot could not be changed, beyond SiteHost's words: it is not there, or a job works on it.
    async fn explained(&self, error: Error, server: &str, id: &str) -> Error {
        if !error::is_refusal(&error) {
            return error;
        }
        match self.find("get", server, id).await {
            Ok(None) => error.with_kind(ErrorKind::NotFound),
            Ok(Some(wire)) if convert::state(&wire) == SnapshotState::Pending => error
                .with_kind(ErrorKind::Busy)
                .with_advice("a job is at work on the snapshot; try again when it is done"),
            Err(look) if look.kind() == ErrorKind::NotFound => error.with_kind(ErrorKind::NotFound),
            Ok(Some(_)) | Err(_) => error,
        }
    }

    /// Why a create was refused, beyond SiteHost's words: there is no such server, or it has no such disk.
    async fn explained_create(&self, error: Error, server: &str, disk: &str) -> Error {
        if !error::is_refusal(&error) {
            return error;
        }
        let disks: Vec<String> = match self.server(server).await {
            Ok(server) => server.partitions.into_iter().filter_map(|disk| disk.name).collect(),
            Err(look) if look.kind() == ErrorKind::NotFound => return error.with_kind(ErrorKind::NotFound),
            Err(_) => return error,
        };
        if disks.is_empty() || disks.iter().any(|name| name == disk) {
            return error;
        }
        error.with_kind(ErrorKind::NotFound).with_advice(format!("the disks of {server} are {}", disks.join(", ")))
    }

    /// Whether there is no such server any more. Its snapshots may be refused for other reasons, and a list that left
    /// them out would not be complete.
    async fn is_gone(&self, server: &str) -> Result<bool> {
        match self.server(server).await {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// The first server that is not done yet, for lists that go over all servers.
    async fn next_server(&self, walk: &mut Walk) -> Result<Option<String>> {
        while walk.parents.is_empty() {
            let Some(page) = walk.next_parents.take() else { return Ok(None) };
            let number = page.parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))?;
            let listing = self.server_page(&ServerFilter::default(), &Paging::page(number)).await?;
            walk.next_parents = next_page(&listing, number)?.map(|next| next.to_string());
            walk.parents = listing.data.into_iter().filter_map(|server| server.name).collect();
        }
        Ok(walk.parents.front().cloned())
    }
}

#[async_trait]
impl SnapshotProvider for Client {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn account(&self) -> &str {
        &self.account
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
        convert::place(&request.source)?;
        refuse_words("create", request.name.as_deref(), request.description.as_deref())?;
        convert::lifetime(request).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let info = self.info().await?;
        let client = info.client_id.unwrap_or_default();
        let mut access = AccountAccess::new(format!("client {client}, modules {}", info.modules.join(", ")));
        for module in ["Server", "Job"] {
            if !info.modules.iter().any(|name| name.eq_ignore_ascii_case(module)) {
                access = access.warning(format!(
                    "the key does not name the module {module}, which snapshots need; allow it at SiteHost"
                ));
            }
        }
        if client != self.api.client_id.to_string() {
            access = access.warning(format!("the key is for client {client}, SH_CLIENT_ID is {}", self.api.client_id));
        }
        Ok(access)
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
        let mut walk = Walk::resume(request.page.as_ref(), "1")?;
        let Some(name) = self.next_server(&mut walk).await? else { return Ok(Page::last(Vec::new())) };
        let sources = match self.server(&name).await {
            Ok(server) => convert::sources(server, &name, &self.account)?,
            // It went away after it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        walk.step(None);
        Ok(Page::new(sources, walk.token()))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        if let Some(source) = &request.source {
            let (server, disk) = convert::server_and_disk(source)?;
            let mut snapshots = self.converted(server).await?;
            snapshots.retain(|snapshot| disk.is_none() || is_of(snapshot, source));
            return Ok(Page::last(snapshots));
        }
        let mut walk = Walk::resume(request.page.as_ref(), "1")?;
        let Some(server) = self.next_server(&mut walk).await? else { return Ok(Page::last(Vec::new())) };
        let snapshots = match self.converted(&server).await {
            Err(error) if error.kind() == ErrorKind::NotFound && self.is_gone(&server).await? => Vec::new(),
            listed => listed?,
        };
        walk.step(None);
        Ok(Page::new(snapshots, walk.token()))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let server = convert::server(snapshot)?;
        let found = self.find("get", server, snapshot.id()).await?.ok_or_else(|| not_listed(snapshot))?;
        Ok(self.place(server).snapshot(found, &self.disks(server).await?))
    }

    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
        let (server, _) = convert::place(&request.source)?;
        let mut mark = CreateMark::new(request)?;
        mark.known_ids = self.server_snapshots(server).await?.into_iter().map(|snapshot| snapshot.id).collect();
        Ok(mark)
    }

    async fn start_create(&self, request: &CreateSnapshot, mark: &CreateMark) -> Result<Operation> {
        let (server, disk) = convert::place(&request.source)?;
        let queued = match self.create_snapshot(server, disk, convert::lifetime(request)?).await {
            Ok(queued) => queued,
            Err(error) => return Err(self.explained_create(error, server, disk).await),
        };
        let operation = self.operation(OperationKind::Create, &queued).source(request.source.clone());
        Ok(match &queued.snapshot_id {
            Some(id) => operation.snapshot(self.reference(server, id)?),
            None => operation.mark(mark.clone()),
        })
    }

    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
        let (server, _) = convert::place(&mark.source)?;
        let mut candidates = self.new_snapshots("list", mark).await?;
        if !candidates.is_empty() {
            candidates = self.of_marked_disk(mark, candidates).await?;
        }
        let Some(wire) = only(candidates, mark)? else {
            self.refuse_while_a_job_runs(server).await?;
            return Ok(None);
        };
        let operation = self.operation(OperationKind::Create, &Queued::default()).source(mark.source.clone());
        Ok(Some(operation.snapshot(self.reference(server, &wire.id)?)))
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let (server, id) = (convert::server(&request.snapshot)?, request.snapshot.id());
        if let Some(target) = &request.target {
            let taken_of = self.get_snapshot(&request.snapshot).await?.source;
            if taken_of.as_ref().map(Source::path) != Some(target.path()) {
                return Err(Error::invalid_input("SiteHost restores a snapshot only onto the disk it was taken of")
                    .with_provider(PROVIDER)
                    .with_operation("restore")
                    .with_advice("leave the target out"));
            }
        }
        match self.restore_snapshot(server, id).await {
            Ok(queued) => Ok(self.operation(OperationKind::Restore, &queued).snapshot(self.reference(server, id)?)),
            Err(error) => Err(self.explained(error, server, id).await),
        }
    }

    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let (server, id) = (convert::server(snapshot)?, snapshot.id());
        let queued = match self.delete_snapshot(server, id).await {
            Ok(queued) => queued,
            Err(error) => match self.explained(error, server, id).await {
                // An earlier attempt, whose answer was lost, may have begun it: the list shows when it is gone.
                error if error.attempts() > 1 && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Busy) => {
                    Queued::default()
                }
                error => return Err(error),
            },
        };
        Ok(self.operation(OperationKind::Delete, &queued).snapshot(self.reference(server, id)?))
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        let (server, id) = (convert::server(&request.snapshot)?, request.snapshot.id());
        refuse_words("update", request.name.as_deref(), request.description.as_deref())?;
        let invalid = |why| Error::invalid_input(why).with_provider(PROVIDER).with_operation("update");
        let expires_in = request.expires_in.ok_or_else(|| invalid("nothing to change was given"))?;
        let hours = convert::whole_hours(expires_in);
        if hours == 0 {
            return Err(invalid("SiteHost's lifetimes are whole hours, one at least"));
        }
        match self.set_lifetime(server, id, hours).await {
            Ok(queued) => Ok(self.operation(OperationKind::Update, &queued).snapshot(self.reference(server, id)?)),
            Err(error) => Err(self.explained(error, server, id).await),
        }
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        let mut statuses = Vec::with_capacity(operations.len());
        for operation in operations {
            statuses.push(self.poll_one(operation).await);
        }
        statuses
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("account", &self.account).field("http", &self.http).finish_non_exhaustive()
    }
}

fn refuse_words(operation: &'static str, name: Option<&str>, description: Option<&str>) -> Result<()> {
    let what = match (name, description) {
        (Some(_), _) => "name",
        (None, Some(_)) => "description",
        (None, None) => return Ok(()),
    };
    let message = format!("SiteHost's snapshots have no {what} that one chooses; they have a disk and a lifetime");
    Err(Error::unsupported(PROVIDER, operation, message))
}

/// Whether a snapshot belongs to a source: only where its disk is known to be another it does not.
fn is_of(snapshot: &Snapshot, source: &Source) -> bool {
    snapshot.source.as_ref().is_none_or(|taken_of| taken_of.path() == source.path())
}

/// The job that an operation's token names.
fn job_of(operation: &Operation) -> Result<Option<JobRef>> {
    let Some(id) = operation.get_detail(JOB).filter(|id| *id != NO_JOB) else { return Ok(None) };
    let parts = operation.get_detail(JOB_TYPE).zip(operation.get_detail(JOB_VERSION));
    let (kind, version) = parts.ok_or_else(|| Error::invalid_input("the operation's token does not name its job"))?;
    Ok(Some(JobRef { id: id.to_owned(), kind: kind.to_owned(), version: version.parse()? }))
}

/// The one snapshot that is new; an unknown outcome where it could be any of several.
fn only(mut candidates: Vec<ServerSnapshot>, mark: &CreateMark) -> Result<Option<ServerSnapshot>> {
    if candidates.len() < 2 {
        return Ok(candidates.pop());
    }
    let ids: Vec<String> = candidates.into_iter().map(|candidate| candidate.id).collect();
    Err(seen(
        ErrorKind::OutcomeUnknown,
        format!("since the create of {} began there are several new snapshots: {}", mark.source, ids.join(", ")),
    )
    .with_advice("something else creates snapshots of this disk too; look which of them is yours"))
}

fn not_listed(snapshot: &SnapshotRef) -> Error {
    seen(ErrorKind::NotFound, format!("the server lists no snapshot {}", snapshot.id()))
        .with_operation("get")
        .with_advice("it may have ended: SiteHost's snapshots last a day at most, unless that was extended")
}

/// What SiteHost's answers told, beyond their words.
pub(crate) fn seen(kind: ErrorKind, message: impl Into<String>) -> Error {
    Error::new(kind, message).with_stage(Stage::Answered).with_provider(PROVIDER)
}

/// The page after page `asked`. Another page than that is a list with gaps.
fn next_page<T>(listing: &Listing<T>, asked: u64) -> Result<Option<u64>> {
    match listing.current_page {
        Some(current) if current != asked => {
            Err(seen(ErrorKind::Unexpected, format!("asked for page {asked}, SiteHost answered with page {current}")))
        }
        _ => Ok((asked < listing.total_pages.unwrap_or(asked)).then(|| asked + 1)),
    }
}

/// What SiteHost adds to every exchange.
struct SiteHost {
    api_key: Secret,
}

impl Protocol for SiteHost {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn authenticate(&self) -> Result<Authentication> {
        Ok(Authentication::none().parameter("apikey", self.api_key.expose().to_owned()))
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response, &self.api_key)
    }
}

impl fmt::Debug for SiteHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SiteHost")
    }
}
