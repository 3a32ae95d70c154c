//! The client: the shared trait, and node.co.id's own calls.

use std::collections::HashSet;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::Arc;

use async_trait::async_trait;
use cloudsnap_core::http::{Authentication, Failure, HttpClient, Protocol, Response};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateMark, CreateSnapshot, Error, ErrorKind, ListSnapshots,
    ListSources, Operation, OperationKind, OperationStatus, Page, PageToken, Progress, Restore, RestoreSnapshot,
    Result, Secret, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, Source, SourceDetails, UpdateSnapshot,
};
use http::HeaderValue;
use http::header::ACCEPT;
use jiff::tz::TimeZone;

use crate::config::{Config, Format};
use crate::wire::{
    self, CreatedSnapshot, DeletedSnapshot, Download, DownloadUrl, RecordPage, ReinstalledServer, ScheduleAnswer,
    Server, ServerFilter, ServerSnapshot, SnapshotFilter, SnapshotSchedule,
};
use crate::{PROVIDER, api, convert, error, sign};

/// What node.co.id documents for the snapshots of servers.
#[must_use]
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::none(CreateIdentity::NewId);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.restore = Restore::Anywhere;
    capabilities.delete = true;
    capabilities
}

/// How many times a delete is sent in all, each after a look that showed the snapshot still there.
const DELETE_SENDS: u32 = 4;

/// A client for one account at node.co.id. Clones share connections and rate.
#[derive(Clone)]
pub struct Client {
    account: Arc<str>,
    http: HttpClient,
    client_ip: Ipv4Addr,
    time_zone: TimeZone,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let base_url = config.checked_base_url()?;
        let protocol = NodeCoId { user_id: config.user_id, api_key: config.api_key, format: config.format };
        let http = HttpClient::new(base_url, protocol, config.http)?;
        Ok(Self { account: config.account.into(), http, client_ip: config.client_ip, time_zone: config.time_zone })
    }

    /// `create_snapshot`: starts a manual snapshot of a server, exactly as documented.
    ///
    /// Nobody looks after a lost answer here; [`SnapshotProviderExt::create`](cloudsnap_core::SnapshotProviderExt)
    /// does. Reference: <https://node.co.id/page/api/v1/create_snapshot>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn create_snapshot(&self, server_id: &str) -> Result<CreatedSnapshot> {
        self.http.send(api::create_snapshot(server_id), wire::data).await
    }

    /// `delete_snapshot`: deletes a snapshot. Its record stays, as `deleted`.
    ///
    /// Reference: <https://node.co.id/page/api/v1/delete_snapshot>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn delete_snapshot(&self, snapshot_id: &str) -> Result<DeletedSnapshot> {
        self.http.send(api::delete_snapshot(snapshot_id), wire::data_if_any).await
    }

    /// `get_snapshot_detail`: one snapshot with all that is documented of it, but for the download URL.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_snapshot_detail/>
    ///
    /// # Errors
    ///
    /// As any read. That there is none has no documented code;
    /// [`get_snapshot`](SnapshotProvider::get_snapshot) finds it out.
    pub async fn snapshot_detail(&self, snapshot_id: &str) -> Result<ServerSnapshot> {
        self.http.send(api::get_snapshot_detail("get", snapshot_id, self.client_ip), wire::data).await
    }

    /// `get_snapshot_detail`: where the snapshot's image can be fetched, by the address of the configuration. `None`
    /// where there is no URL, as while the snapshot is made.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where `NODECOID_CLIENT_IP` is not set: nobody could use the URL. Else as any read.
    pub async fn download_url(&self, snapshot_id: &str) -> Result<Option<DownloadUrl>> {
        if self.client_ip.is_loopback() {
            return Err(Error::new(ErrorKind::Config, "a download URL is good for one public IPv4 address only")
                .with_provider(PROVIDER)
                .with_operation("download_url")
                .with_advice("set NODECOID_CLIENT_IP to the address that will fetch it"));
        }
        let request = api::get_snapshot_detail("download_url", snapshot_id, self.client_ip);
        self.http.send(request, |response| Ok(wire::data::<Download>(response)?.url())).await
    }

    /// `get_snapshot_list`: one page of the snapshots, counted from 1. A number past the end is answered with the last
    /// page.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_snapshot_list/>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn snapshot_page(&self, filter: &SnapshotFilter, page: u64) -> Result<RecordPage<ServerSnapshot>> {
        self.http.send(api::get_snapshot_list(filter, page, self.client_ip), wire::page).await
    }

    /// `get_snapshot_list`, all pages. A snapshot that moved to the next page meanwhile stands here once.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn server_snapshots(&self, filter: &SnapshotFilter) -> Result<Vec<ServerSnapshot>> {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        let mut page = Some(1);
        while let Some(number) = page {
            let (mut records, next) = self.turn_snapshots(filter, number).await?;
            records.retain(|record| seen.insert(record.snapshot_id.clone()));
            page = next.filter(|_| !records.is_empty());
            all.append(&mut records);
        }
        Ok(all)
    }

    /// `reinstall_server` with a snapshot: overwrites a server with it. The snapshot has to be `active`, of an
    /// installation from a template, and of the same or a lower package.
    ///
    /// Reference: <https://node.co.id/page/api/v1/reinstall_server/>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn reinstall_server(&self, server_id: &str, snapshot_id: &str) -> Result<ReinstalledServer> {
        self.http.send(api::reinstall_server(server_id, snapshot_id), wire::data_if_any).await
    }

    /// `set_server_snapshot_schedule`: which snapshots are taken of a server by itself from now on. All three cycles
    /// are set; to change one, read [`snapshot_schedule`](Self::snapshot_schedule) first. What becomes of the
    /// snapshots that a schedule made before is not documented. Answers the schedule as node.co.id has it now.
    ///
    /// Reference: <https://node.co.id/page/api/v1/set_server_snapshot_schedule>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] for an age under 1 or over 99; else what node.co.id refuses.
    pub async fn set_snapshot_schedule(
        &self,
        server_id: &str,
        schedule: &SnapshotSchedule,
    ) -> Result<SnapshotSchedule> {
        schedule.check().map_err(|error| error.with_provider(PROVIDER).with_operation("set_schedule"))?;
        let request = api::set_server_snapshot_schedule(server_id, schedule);
        self.http.send(request, |response| wire::data::<ScheduleAnswer>(response)?.schedule()).await
    }

    /// `get_server_detail`: which snapshots are taken of a server by itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`] where the answer leaves one of the three out, so that it is not taken for off; else as any
    /// read.
    pub async fn snapshot_schedule(&self, server_id: &str) -> Result<SnapshotSchedule> {
        let request = api::get_server_detail("get_schedule", server_id);
        self.http.send(request, |response| wire::data::<Server>(response)?.schedule()).await
    }

    /// `get_server_list`: one page of the servers, counted from 1. A number past the end is answered with the last
    /// page.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_server_list>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn server_page(&self, filter: &ServerFilter, page: u64) -> Result<RecordPage<Server>> {
        self.http.send(api::get_server_list("sources", filter, page, api::PAGE), wire::page).await
    }

    /// `get_server_detail`: one server. Its root password, which node.co.id sends along, is never read.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_server_detail>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn server_detail(&self, server_id: &str) -> Result<Server> {
        self.http.send(api::get_server_detail("get_server", server_id), wire::data).await
    }

    async fn turn_snapshots(&self, filter: &SnapshotFilter, page: u64) -> Result<(Vec<ServerSnapshot>, Option<u64>)> {
        let request = api::get_snapshot_list(filter, page, self.client_ip);
        self.http.send(request, |response| wire::page(response)?.turn(page)).await
    }

    /// `get_snapshot_detail`, with "there is none" told from every other refusal: no code says so, and only the list of
    /// all snapshots can. It also has the record of a deleted one, whose detail may be refused.
    async fn look_up(&self, operation: &'static str, id: &str) -> Result<ServerSnapshot> {
        let request = api::get_snapshot_detail(operation, id, self.client_ip);
        let refusal = match self.http.send(request, wire::data).await {
            Err(error) if error.kind() == ErrorKind::Unexpected && error.code().is_some() => error,
            answered => return answered,
        };
        let Ok(listed) = self.server_snapshots(&SnapshotFilter::default()).await else { return Err(refusal) };
        match listed.into_iter().find(|snapshot| snapshot.snapshot_id == id) {
            None => Err(refusal.with_kind(ErrorKind::NotFound)),
            Some(snapshot) if snapshot.is_deleted() => Ok(snapshot),
            Some(_) => Err(refusal),
        }
    }

    /// All snapshots of a server, in every state: by default those just started would be missing.
    async fn snapshots_of(&self, source: &Source) -> Result<Vec<ServerSnapshot>> {
        let server = convert::server_id(source)?;
        let filter = SnapshotFilter { server_id: Some(server.to_owned()), ..SnapshotFilter::default() };
        let mut snapshots = self.server_snapshots(&filter).await?;
        snapshots.retain(|snapshot| snapshot.server_id.as_deref().is_none_or(|of| of == server));
        Ok(snapshots)
    }

    fn convert(&self, wire: ServerSnapshot) -> Snapshot {
        convert::snapshot(wire, &self.account, &self.time_zone)
    }

    fn operation(&self, kind: OperationKind) -> Operation {
        Operation::new(PROVIDER, Arc::clone(&self.account), kind)
    }

    fn created(&self, source: &Source, id: &str) -> Result<Operation> {
        let snapshot = SnapshotRef::new(Arc::clone(&self.account), [] as [&str; 0], id)?;
        Ok(self.operation(OperationKind::Create).source(source.clone()).snapshot(snapshot))
    }

    async fn poll_one(&self, operation: &Operation) -> Result<OperationStatus> {
        match (operation.kind(), operation.snapshot_ref(), operation.source_ref()) {
            (OperationKind::Restore, Some(snapshot), Some(target)) => self.poll_restored(snapshot, target).await,
            (OperationKind::Delete, Some(snapshot), _) => self.poll_deleted(snapshot.id()).await,
            (OperationKind::Create, Some(snapshot), _) => self.poll_created(snapshot.id()).await,
            _ => Err(Error::invalid_input("the operation is none of node.co.id's").with_provider(PROVIDER)),
        }
    }

    /// No status says that a create failed; one that ends `deleted` made nothing.
    async fn poll_created(&self, id: &str) -> Result<OperationStatus> {
        let wire = self.look_up("poll", id).await?;
        let word = wire.status_word().to_owned();
        let snapshot = self.convert(wire);
        Ok(match snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            SnapshotState::Deleted => OperationStatus::failed("the snapshot ended in the state deleted"),
            _ => OperationStatus::running(word),
        })
    }

    async fn poll_deleted(&self, id: &str) -> Result<OperationStatus> {
        match self.look_up("poll", id).await {
            Ok(wire) if wire.is_deleted() => Ok(OperationStatus::succeeded(None)),
            Ok(wire) => Ok(OperationStatus::running(wire.status_word())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(OperationStatus::succeeded(None)),
            Err(error) => Err(error),
        }
    }

    /// The server says `reinstall` until it is `on` or `off`. Whether its snapshots outlive it is not documented.
    async fn poll_restored(&self, snapshot: &SnapshotRef, target: &Source) -> Result<OperationStatus> {
        let request = api::get_server_detail("poll", convert::server_id(target)?);
        let server: Server = self.http.send(request, wire::data).await?;
        Ok(match server.server_status.as_deref().unwrap_or("unknown") {
            "on" | "off" => OperationStatus::succeeded(self.get_snapshot(snapshot).await.ok()),
            word @ ("suspended" | "deleted") => OperationStatus::failed(format!("the server ended {word}")),
            word => OperationStatus::running(word),
        })
    }

    /// Whether a delete that was sent has been done, whatever came of its answer.
    async fn is_gone(&self, id: &str) -> Result<bool> {
        match self.poll_deleted(id).await? {
            OperationStatus::Succeeded { .. } => Ok(true),
            _ => Ok(false),
        }
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
        convert::create(request).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let request = api::get_server_list("check", &ServerFilter::default(), 1, api::SMALLEST_PAGE);
        let page: RecordPage<Server> = self.http.send(request, wire::page).await.map_err(|error| {
            // No code says that the credentials are wrong; to this call little else can be.
            if error.kind() == ErrorKind::Unexpected {
                error.with_advice("most likely NODECOID_USER_ID or NODECOID_API_KEY is wrong")
            } else {
                error
            }
        })?;
        let servers = page.total_records.unwrap_or(page.records.len() as u64);
        Ok(AccountAccess::new(format!("servers visible: {servers}")))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
        let number = page_number(request.page.as_ref())?;
        let list = api::get_server_list("sources", &ServerFilter::default(), number, api::PAGE);
        let decode = |response: &Response| wire::page(response)?.turn(number);
        let (servers, next): (Vec<Server>, _) = self.http.send(list, decode).await?;
        let sources = servers.into_iter().map(|server| convert::server(server, &self.account));
        Ok(Page::new(sources.collect::<Result<_>>()?, next.map(page_token)))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        let number = page_number(request.page.as_ref())?;
        let server_id = request.source.as_ref().map(convert::server_id).transpose()?.map(str::to_owned);
        let filter = SnapshotFilter { server_id, ..SnapshotFilter::default() };
        let (snapshots, next) = self.turn_snapshots(&filter, number).await?;
        let snapshots = snapshots.into_iter().map(|wire| self.convert(wire));
        Ok(Page::new(snapshots.collect(), next.map(page_token)))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        Ok(self.convert(self.look_up("get", snapshot.id()).await?))
    }

    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
        let mut mark = CreateMark::new(request)?;
        let known = self.snapshots_of(&request.source).await?;
        mark.known_ids = known.into_iter().map(|snapshot| snapshot.snapshot_id).collect();
        Ok(mark)
    }

    async fn start_create(&self, request: &CreateSnapshot, _mark: &CreateMark) -> Result<Operation> {
        let created = self.create_snapshot(convert::create(request)?).await?;
        self.created(&request.source, &created.snapshot_id)
    }

    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
        let known: HashSet<&str> = mark.known_ids.iter().map(String::as_str).collect();
        let mut new = self.snapshots_of(&mark.source).await?;
        new.retain(|snapshot| !known.contains(snapshot.snapshot_id.as_str()) && may_be_manual(snapshot));
        match new.as_slice() {
            [] => Ok(None),
            [snapshot] => self.created(&mark.source, &snapshot.snapshot_id).map(Some),
            several => Err(ambiguous(several)),
        }
    }

    /// The snapshot is looked up first: it says which server it was taken of, and a refusal would not say that there is
    /// none.
    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let found = self.convert(self.look_up("restore", request.snapshot.id()).await?);
        let target = request.target.clone().or(found.source).ok_or_else(|| {
            Error::invalid_input("node.co.id does not say of which server the snapshot is")
                .with_provider(PROVIDER)
                .with_operation("restore")
                .with_advice("name the server with --to ACCOUNT:SERVER")
        })?;
        self.reinstall_server(convert::server_id(&target)?, request.snapshot.id()).await?;
        Ok(self.operation(OperationKind::Restore).source(target).snapshot(request.snapshot.clone()))
    }

    /// A delete whose answer was lost is not sent again before a look: what a second one does is not documented.
    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let id = snapshot.id();
        if self.look_up("delete", id).await?.is_deleted() {
            return Err(Error::new(ErrorKind::NotFound, "the snapshot is deleted already")
                .with_provider(PROVIDER)
                .with_operation("delete"));
        }
        let operation = self.operation(OperationKind::Delete);
        let mut sent = 1;
        loop {
            let error = match self.delete_snapshot(id).await {
                Ok(done) if done.snapshot_status.as_deref() == Some("deleted") => {
                    return Ok(operation.progress(Progress::Finished));
                }
                Ok(_) => return Ok(operation.snapshot(snapshot.clone())),
                Err(error) => error,
            };
            match self.is_gone(id).await {
                Ok(true) => return Ok(operation.progress(Progress::Finished)),
                Ok(false) if error.kind() == ErrorKind::OutcomeUnknown && sent < DELETE_SENDS => sent += 1,
                _ => return Err(error),
            }
        }
    }

    async fn start_update(&self, _request: &UpdateSnapshot) -> Result<Operation> {
        Err(Error::unsupported(
            PROVIDER,
            "update",
            "node.co.id's snapshots have no name, description or end of the user's own; schedules are of a server",
        ))
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

/// A scheduled snapshot may begin at any time, and is nobody's create. A record without a cycle may be ours.
fn may_be_manual(snapshot: &ServerSnapshot) -> bool {
    snapshot.snapshot_cycle.as_deref().is_none_or(|cycle| cycle == "manual")
}

fn ambiguous(snapshots: &[ServerSnapshot]) -> Error {
    let ids: Vec<&str> = snapshots.iter().map(|snapshot| snapshot.snapshot_id.as_str()).collect();
    let message = format!("{} manual snapshots are new, and any could be the one: {}", ids.len(), ids.join(", "));
    Error::new(ErrorKind::OutcomeUnknown, message).with_provider(PROVIDER).with_operation("create")
}

fn page_number(page: Option<&PageToken>) -> Result<u64> {
    let Some(token) = page else { return Ok(1) };
    token.as_str().parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))
}

fn page_token(number: u64) -> PageToken {
    PageToken::new(number.to_string())
}

/// What node.co.id adds to every exchange.
struct NodeCoId {
    user_id: String,
    api_key: Secret,
    format: Format,
}

impl Protocol for NodeCoId {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    /// In the order of the provider's sample. Each attempt has a `random` of its own.
    fn authenticate(&self) -> Result<Authentication> {
        let random = sign::fresh_random()?;
        let checksum = sign::checksum(&self.user_id, &self.api_key, &random);
        let credentials = Authentication::none()
            .parameter("user_id", self.user_id.clone())
            .parameter("random", random)
            .parameter("format", self.format.word())
            .parameter("checksum", checksum);
        Ok(if self.format == Format::Json {
            credentials
        } else {
            // Which content type XML comes in is not documented.
            credentials.header(ACCEPT, HeaderValue::from_static("*/*"))
        })
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for NodeCoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NodeCoId")
    }
}
