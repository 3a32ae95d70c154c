//! The client: the shared trait, and IONOS's own calls.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloudsnap_core::http::{Authentication, DecodeError, Failure, HttpClient, Protocol, Request, Response};
use cloudsnap_core::lenient::{Each, Member};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateMark, CreateOption, CreateSnapshot, Error, ErrorKind, Expiry,
    ListSnapshots, ListSources, Marker, Operation, OperationKind, OperationStatus, Page, Restore, RestoreSnapshot,
    Result, Secret, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, Source, SourceDetails, UpdateSnapshot,
    Walk,
};
use http::header::{AUTHORIZATION, LOCATION};
use http::{HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use crate::config::{Config, Credentials};
use crate::wire::{
    Brief, Collection, CreateVolumeSnapshot, Datacenter, Label, LabelResource, LoggedRequest, RequestFilter,
    RequestStatus, SnapshotChanges, Volume, VolumeSnapshot,
};
use crate::{PROVIDER, api, convert, error};

/// What IONOS documents for volume snapshots.
#[must_use]
pub fn capabilities() -> Capabilities {
    let mut capabilities = Capabilities::none(CreateIdentity::Marker);
    capabilities.list_sources = true;
    capabilities.list_snapshots = true;
    capabilities.get_snapshot = true;
    capabilities.create = true;
    capabilities.name = true;
    capabilities.description = true;
    capabilities.expiry = Expiry::Recorded;
    capabilities.restore = Restore::OntoTarget;
    capabilities.delete = true;
    capabilities.rename = true;
    capabilities.change_expiry = true;
    capabilities.create_options = CREATE_OPTIONS;
    capabilities
}

const CREATE_OPTIONS: &[CreateOption] = &[
    CreateOption::new(convert::LICENCE_TYPE, "the operating system's licence: LINUX, WINDOWS2022, UNKNOWN and so on"),
    CreateOption::new(
        convert::SEC_AUTH_PROTECTION,
        "true or false: extra protection such as two-factor authentication",
    ),
    CreateOption::new(convert::APPLICATION_TYPE, "the licensed application, such as MSSQL-2022-Web"),
];

/// The detail of an operation that names IONOS's request.
const REQUEST: &str = "request";

/// A client for one account at IONOS Cloud. Clones share connections and rate.
#[derive(Clone)]
pub struct Client {
    account: Arc<str>,
    http: HttpClient,
    uses_password: bool,
}

/// What IONOS answers to a change: the resource as it is now, and the request to follow.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Accepted<T> {
    /// The resource, in the state `BUSY` as a rule.
    pub resource: T,
    /// The id of the request, from the `Location` header.
    pub request_id: Option<String>,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, a credential cannot stand in a header, or https is
    /// asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let base_url = config.checked_base_url()?;
        let uses_password = matches!(config.credentials, Credentials::Password { .. });
        let protocol = Ionos::new(&config)?;
        let http = HttpClient::new(base_url, protocol, config.http)?;
        Ok(Self { account: config.account.into(), http, uses_password })
    }

    /// `POST …/create-snapshot`: asks for a snapshot of a volume, exactly as documented and without our marker.
    ///
    /// Nobody looks after a lost answer here; [`SnapshotProviderExt::create`](cloudsnap_core::SnapshotProviderExt)
    /// does. Reference: <https://api.ionos.com/docs/cloud/v6/#tag/Volumes/operation/datacentersVolumesCreateSnapshotPost>
    ///
    /// # Errors
    ///
    /// What IONOS refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn create_snapshot(
        &self,
        datacenter: &str,
        volume: &str,
        snapshot: &CreateVolumeSnapshot,
    ) -> Result<Accepted<VolumeSnapshot>> {
        self.http.send(api::create_snapshot(datacenter, volume, snapshot)?, accepted).await
    }

    /// `POST …/restore-snapshot`: overwrites a volume with a snapshot. Answers the id of the request to follow.
    ///
    /// # Errors
    ///
    /// What IONOS refuses; [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn restore_snapshot(&self, datacenter: &str, volume: &str, snapshot_id: &str) -> Result<Option<String>> {
        self.http.send(api::restore_snapshot(datacenter, volume, snapshot_id)?, request_id).await
    }

    /// `GET /snapshots`: all snapshots of the contract, with all their properties.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn volume_snapshots(&self) -> Result<Vec<VolumeSnapshot>> {
        let list: Collection<VolumeSnapshot> = self.read(api::list_snapshots()).await?;
        Ok(list.items)
    }

    /// `GET /snapshots/{snapshotId}`: one snapshot with all its properties.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else as any read.
    pub async fn volume_snapshot(&self, id: &str) -> Result<VolumeSnapshot> {
        self.read(api::get_snapshot("get", id)?).await
    }

    /// `PATCH /snapshots/{snapshotId}`: changes what is set, and nothing else.
    ///
    /// # Errors
    ///
    /// What IONOS refuses, such as [`ErrorKind::InvalidInput`] with its JSON path.
    pub async fn change_snapshot(&self, id: &str, changes: &SnapshotChanges) -> Result<Accepted<VolumeSnapshot>> {
        self.http.send(api::change_snapshot(id, changes)?, accepted).await
    }

    /// `PUT /snapshots/{snapshotId}`: replaces the properties. What happens to those left out is not documented;
    /// prefer [`change_snapshot`](Self::change_snapshot).
    ///
    /// # Errors
    ///
    /// What IONOS refuses.
    pub async fn replace_snapshot(&self, id: &str, properties: &SnapshotChanges) -> Result<Accepted<VolumeSnapshot>> {
        self.http.send(api::replace_snapshot(id, properties)?, accepted).await
    }

    /// `DELETE /snapshots/{snapshotId}`. Answers the id of the request; it is gone when a read says "not found".
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else what IONOS refuses.
    pub async fn delete_snapshot(&self, id: &str) -> Result<Option<String>> {
        self.http.send(api::delete_snapshot(id)?, request_id).await
    }

    /// `GET /snapshots/{snapshotId}/labels`.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn snapshot_labels(&self, id: &str) -> Result<Vec<Label>> {
        let list: Collection<LabelResource> = self.read(api::list_labels(id)?).await?;
        Ok(list.items.into_iter().map(|label| label.properties).collect())
    }

    /// `POST /snapshots/{snapshotId}/labels`.
    ///
    /// # Errors
    ///
    /// What IONOS refuses.
    pub async fn add_snapshot_label(&self, id: &str, label: &Label) -> Result<Label> {
        let added: LabelResource = self.read(api::add_label(id, label)?).await?;
        Ok(added.properties)
    }

    /// `PUT /snapshots/{snapshotId}/labels/{key}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such label; else what IONOS refuses.
    pub async fn set_snapshot_label(&self, id: &str, label: &Label) -> Result<Label> {
        let set: LabelResource = self.read(api::set_label(id, label)?).await?;
        Ok(set.properties)
    }

    /// `DELETE /snapshots/{snapshotId}/labels/{key}`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such label; else what IONOS refuses.
    pub async fn delete_snapshot_label(&self, id: &str, key: &str) -> Result<()> {
        self.http.send(api::delete_label(id, key)?, |_| Ok(())).await
    }

    /// `GET /requests/{requestId}/status`: how a request stands.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none, which may also mean "not yet"; else as any read.
    pub async fn request_status(&self, id: &str) -> Result<RequestStatus> {
        self.read(api::request_status(id)?).await
    }

    /// `GET /requests`: the first page of the contract's log of requests.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn requests(&self, filter: &RequestFilter) -> Result<Vec<LoggedRequest>> {
        let list: Collection<LoggedRequest> = self.read(api::list_requests(filter, 0)).await?;
        Ok(list.items)
    }

    async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.http.send(request, Response::json).await
    }

    /// One snapshot and its state in IONOS's own word, without a copy of what nobody asked for.
    async fn snapshot(&self, request: Request) -> Result<(Snapshot, String)> {
        let read = |response: &Response| {
            let wire: Brief<'_> = response.borrowed_json()?;
            let word = wire.metadata.state.as_ref().map(|state| state.0.to_string()).unwrap_or_default();
            Ok((convert::snapshot(wire, &self.account)?, word))
        };
        self.http.send(request, read).await
    }

    fn operation(&self, kind: OperationKind, request_id: Option<String>) -> Operation {
        let operation = Operation::new(PROVIDER, Arc::clone(&self.account), kind);
        match request_id {
            Some(id) => operation.detail(REQUEST, id),
            None => operation,
        }
    }

    fn reference(&self, id: impl Into<String>) -> Result<SnapshotRef> {
        SnapshotRef::new(Arc::clone(&self.account), [] as [&str; 0], id)
    }

    /// Two completions are distinct: the request is `DONE`, and the snapshot is `AVAILABLE`.
    async fn poll_one(&self, operation: &Operation) -> Result<OperationStatus> {
        if let Some(id) = operation.get_detail(REQUEST) {
            let status = self.request_status(id).await?.metadata;
            match status.status.as_deref() {
                Some("DONE") => {}
                Some("FAILED") => {
                    return Ok(failed(status.message.unwrap_or_else(|| "the request failed".to_owned()), id));
                }
                Some(going_on) => return Ok(OperationStatus::running(going_on)),
                None => {
                    return Err(
                        Error::new(ErrorKind::Decode, "the request's status is missing").with_provider(PROVIDER)
                    );
                }
            }
        }
        match (operation.kind(), operation.snapshot_ref()) {
            (OperationKind::Delete, Some(snapshot)) => self.poll_deleted(snapshot).await,
            (_, Some(snapshot)) => self.poll_available(snapshot.id()).await,
            (_, None) => self.poll_unnamed(operation).await,
        }
    }

    async fn poll_available(&self, id: &str) -> Result<OperationStatus> {
        let (snapshot, word) = self.snapshot(api::get_snapshot("poll", id)?).await?;
        Ok(match snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            SnapshotState::Failed => OperationStatus::failed("the snapshot ended in the state FAILED"),
            _ => OperationStatus::running(word),
        })
    }

    async fn poll_deleted(&self, snapshot: &SnapshotRef) -> Result<OperationStatus> {
        match self.read::<VolumeSnapshot>(api::get_snapshot("poll", snapshot.id())?).await {
            Ok(wire) => Ok(OperationStatus::running(wire.metadata.state.unwrap_or_default())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(OperationStatus::succeeded(None)),
            Err(error) => Err(error),
        }
    }

    /// A create that was found in the log of requests before its snapshot showed.
    async fn poll_unnamed(&self, operation: &Operation) -> Result<OperationStatus> {
        let Some(mark) = operation.create_mark() else { return Ok(OperationStatus::succeeded(None)) };
        match self.find_marked(&mark.id).await? {
            Some(id) => self.poll_available(&id).await,
            None => Ok(OperationStatus::running("DONE, and the snapshot does not show yet")),
        }
    }

    async fn find_marked(&self, mark_id: &str) -> Result<Option<String>> {
        let carries_mark = |snapshot: &VolumeSnapshot| {
            let description = snapshot.properties.description.as_deref().unwrap_or_default();
            Marker::split(description).1.and_then(|marker| marker.id) == Some(mark_id)
        };
        Ok(self.volume_snapshots().await?.into_iter().find(carries_mark).map(|snapshot| snapshot.id))
    }

    /// The log knows a request before its snapshot shows, and can be asked for those of one volume. Where it is closed to
    /// this user, or not there, the list of snapshots has to do.
    async fn find_logged(&self, mark: &CreateMark) -> Result<Option<LoggedRequest>> {
        // The zone of the filter is not documented: a day covers all zones, and clocks that differ.
        let since = mark.marked_at - SignedDuration::from_hours(24);
        let filter = RequestFilter {
            method: Some("POST".to_owned()),
            url: Some(format!("{}/create-snapshot", mark.source.path().last().map_or("", String::as_str))),
            created_after: Some(since.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            ..RequestFilter::default()
        };
        let mut offset = 0;
        loop {
            let page: Collection<LoggedRequest> = match self.read(api::list_requests(&filter, offset)).await {
                Ok(page) => page,
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => {
                    return Ok(None);
                }
                Err(error) => return Err(error),
            };
            let next = next_offset(&page, offset);
            let carries_mark =
                |logged: &LoggedRequest| logged.properties.body.as_deref().is_some_and(|body| body.contains(&mark.id));
            if let Some(logged) = page.items.into_iter().find(carries_mark) {
                return Ok(Some(logged));
            }
            match next {
                Some(next) => offset = next,
                None => return Ok(None),
            }
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
        let (datacenter, volume) = convert::place(&request.source)?;
        api::create_snapshot(datacenter, volume, &convert::create(request, None)?)?;
        request.expires_at(Timestamp::now()).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let page: Collection<Datacenter> = self.read(api::list_datacenters(0)).await?;
        let access = AccountAccess::new(format!("data centres visible: {}", page.items.len()));
        Ok(if self.uses_password {
            access.warning("IONOS announced the end of user and password; make a token and set IONOS_TOKEN")
        } else {
            access
        })
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
        let mut walk = Walk::resume(request.page.as_ref(), "0")?;
        while walk.parents.is_empty() {
            let Some(offset) = walk.next_parents.take() else { return Ok(Page::last(Vec::new())) };
            let offset = read_offset(&offset)?;
            let page: Collection<Datacenter> = self.read(api::list_datacenters(offset)).await?;
            walk.next_parents = next_offset(&page, offset).map(|next| next.to_string());
            walk.parents = page.items.into_iter().map(convert::datacenter_id).collect();
        }
        let datacenter = walk.parents.front().cloned().unwrap_or_default();
        let offset = walk.next_children.as_deref().map_or(Ok(0), read_offset)?;
        let page: Collection<Volume> = self.read(api::list_volumes(&datacenter, offset)?).await?;
        walk.step(next_offset(&page, offset).map(|next| next.to_string()));
        let volumes = page.items.into_iter().map(|volume| convert::volume(volume, &datacenter, &self.account));
        Ok(Page::new(volumes.collect::<Result<_>>()?, walk.token()))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        let read = |response: &Response| {
            let snapshots = Each::new(|wire: Brief<'_>| convert::snapshot(wire, &self.account));
            response.json_as(Member::new("items", snapshots))
        };
        let mut snapshots = self.http.send(api::list_snapshots(), read).await?;
        if let Some(source) = &request.source {
            snapshots.retain(|snapshot| snapshot.source.as_ref().is_some_and(|from| is_below(from, source)));
        }
        Ok(Page::last(snapshots))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        Ok(self.snapshot(api::get_snapshot("get", snapshot.id())?).await?.0)
    }

    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
        CreateMark::new(request)
    }

    async fn start_create(&self, request: &CreateSnapshot, mark: &CreateMark) -> Result<Operation> {
        let (datacenter, volume) = convert::place(&request.source)?;
        let create = api::create_snapshot(datacenter, volume, &convert::create(request, Some(mark))?)?;
        let (id, request_id) = self.http.send(create, accepted_id).await?;
        Ok(self
            .operation(OperationKind::Create, request_id)
            .source(request.source.clone())
            .snapshot(self.reference(id)?))
    }

    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
        let created = |request_id| self.operation(OperationKind::Create, request_id).source(mark.source.clone());
        if let Some(logged) = self.find_logged(mark).await? {
            return Ok(Some(created(Some(logged.id)).mark(mark.clone())));
        }
        match self.find_marked(&mark.id).await? {
            Some(id) => Ok(Some(created(None).snapshot(self.reference(id)?))),
            None => Ok(None),
        }
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let target = request.target.as_ref().ok_or_else(|| {
            Error::invalid_input("IONOS restores onto a volume that has to be named: its snapshots do not know theirs")
                .with_provider(PROVIDER)
                .with_operation("restore")
                .with_advice("name it with --to ACCOUNT:DATACENTER/VOLUME")
        })?;
        let (datacenter, volume) = convert::place(target)?;
        let request_id = self.restore_snapshot(datacenter, volume, request.snapshot.id()).await?;
        Ok(self.operation(OperationKind::Restore, request_id).source(target.clone()).snapshot(request.snapshot.clone()))
    }

    async fn start_delete(&self, snapshot: &SnapshotRef) -> Result<Operation> {
        let request_id = match self.delete_snapshot(snapshot.id()).await {
            // An earlier attempt, whose answer was lost, has deleted it.
            Err(error) if error.kind() == ErrorKind::NotFound && error.attempts() > 1 => None,
            answered => answered?,
        };
        Ok(self.operation(OperationKind::Delete, request_id).snapshot(snapshot.clone()))
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        let id = request.snapshot.id();
        let mut changes = SnapshotChanges { name: request.name.clone(), ..SnapshotChanges::default() };
        if request.description.is_some() || request.expires_in.is_some() {
            let current = self.volume_snapshot(id).await?.properties.description.unwrap_or_default();
            changes.description = Some(changed_description(&current, request)?);
        }
        if changes == SnapshotChanges::default() {
            return Err(Error::invalid_input("nothing to change was given")
                .with_provider(PROVIDER)
                .with_operation("update"));
        }
        let accepted = self.change_snapshot(id, &changes).await?;
        Ok(self.operation(OperationKind::Update, accepted.request_id).snapshot(request.snapshot.clone()))
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

/// The description with the new text, and with the marker kept: without it the snapshot's source would be forgotten.
fn changed_description(current: &str, request: &UpdateSnapshot) -> Result<String> {
    let (text, marker) = Marker::split(current);
    let text = request.description.as_deref().or(text);
    let mut marker = marker.unwrap_or_default();
    marker.expires_at = request.expires_at(Timestamp::now())?.or(marker.expires_at);
    Ok(if marker == Marker::default() { text.unwrap_or_default().to_owned() } else { marker.append_to(text) })
}

/// Whether a snapshot's source is the one asked for, or a volume of the data centre asked for.
fn is_below(from: &Source, asked: &Source) -> bool {
    from.path().starts_with(asked.path())
}

fn failed(message: String, request_id: &str) -> OperationStatus {
    let error = Error::new(ErrorKind::OperationFailed, message).with_request_id(Some(request_id.to_owned()));
    OperationStatus::Failed { error }
}

fn accepted(response: &Response) -> Result<Accepted<VolumeSnapshot>, DecodeError> {
    let resource: VolumeSnapshot = response.json()?;
    named(&resource.id)?;
    Ok(Accepted { resource, request_id: request_id(response)? })
}

fn accepted_id(response: &Response) -> Result<(String, Option<String>), DecodeError> {
    let resource: Brief<'_> = response.borrowed_json()?;
    Ok((named(&resource.id.0)?.to_owned(), request_id(response)?))
}

fn named(id: &str) -> Result<&str, DecodeError> {
    if id.is_empty() { Err(DecodeError::new("the answer has no id of a snapshot")) } else { Ok(id) }
}

/// The id in `Location: https://…/requests/{requestId}/status`. Only the id is used, never the host before it.
fn request_id(response: &Response) -> Result<Option<String>, DecodeError> {
    let Some(location) = response.header(LOCATION) else { return Ok(None) };
    let id = location.split("/requests/").nth(1).and_then(|rest| rest.split(['/', '?']).next());
    Ok(id.filter(|id| !id.is_empty()).map(str::to_owned))
}

/// The end is a page that is not full, or one without a link to the next: either alone has been seen to lie.
fn next_offset<T>(page: &Collection<T>, offset: usize) -> Option<usize> {
    let has_next = page.links.as_ref().is_none_or(|links| links.next.is_some());
    (has_next && page.items.len() >= api::PAGE).then(|| offset + page.items.len())
}

fn read_offset(text: &str) -> Result<usize> {
    text.parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))
}

/// What IONOS adds to every exchange.
struct Ionos {
    authorization: HeaderValue,
    contract_number: Option<HeaderValue>,
}

impl Ionos {
    fn new(config: &Config) -> Result<Self> {
        let authorization = Secret::new(match &config.credentials {
            Credentials::Token(token) => format!("Bearer {}", token.expose()),
            Credentials::Password { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{}", password.expose())))
            }
        });
        let mut authorization = HeaderValue::from_str(authorization.expose()).map_err(|_| {
            Error::new(ErrorKind::Config, "the token has characters that cannot stand in a header")
                .with_provider(PROVIDER)
        })?;
        authorization.set_sensitive(true);
        Ok(Self { authorization, contract_number: config.contract_number.map(HeaderValue::from) })
    }
}

impl Protocol for Ionos {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    /// The contract goes with polls as well: without it they can end in 404.
    fn authenticate(&self) -> Result<Authentication> {
        let credentials = Authentication::none().header(AUTHORIZATION, self.authorization.clone());
        Ok(match &self.contract_number {
            Some(number) => credentials.header(HeaderName::from_static("x-contract-number"), number.clone()),
            None => credentials,
        })
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for Ionos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ionos")
    }
}
