//! The client: the shared trait, and Hostway's own calls.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cloudsnap_core::http::{Authentication, DecodeError, Failure, HttpClient, Protocol, Request, Response};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateMark, CreateSnapshot, Error, ErrorKind, Expiry, ListSnapshots,
    ListSources, Marker, Operation, OperationKind, OperationStatus, Page, PageToken, Progress, Restore,
    RestoreSnapshot, Result, Secret, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, Source, SourceDetails,
    Stage, UpdateSnapshot, Walk,
};
use http::HeaderValue;
use http::header::{AUTHORIZATION, LOCATION};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

use crate::api::Form;
use crate::config::Config;
use crate::wire::{
    Account, AccountFilter, Collection, CreateServerSnapshot, Server, ServerFilter, ServerSnapshot, VolumeAttachment,
    WrappedServer, WrappedSnapshot, Zone,
};
use crate::{PROVIDER, api, convert, error};

/// What Hostway documents for server snapshots.
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
    capabilities.restore = Restore::InPlaceUnobserved;
    capabilities
}

/// How many redirects in a row lead to one page.
const MOST_REDIRECTS: usize = 5;

/// A client for one account at Hostway. Clones share connections and rate.
#[derive(Clone)]
pub struct Client {
    account: Arc<str>,
    account_id: Option<Arc<str>>,
    time_zone: Option<TimeZone>,
    http: HttpClient,
}

/// What came of a request that was not refused.
enum Answer<T> {
    Here(T),
    /// A 303 that sends us to this address.
    Elsewhere(String),
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] where the base URL is not allowed, or https is asked for without TLS.
    pub fn new(config: Config) -> Result<Self> {
        let base_url = config.checked_base_url()?;
        let http = HttpClient::new(base_url, Hostway::new(&config)?, config.http)?;
        let account_id = config.account_id.map(Into::into);
        Ok(Self { account: config.account.into(), account_id, time_zone: config.time_zone, http })
    }

    /// `POST …/servers/{server_id}/snapshots`: asks for a snapshot of a server, exactly as documented and without our
    /// marker.
    ///
    /// Nobody looks after a lost answer here; [`SnapshotProviderExt::create`](cloudsnap_core::SnapshotProviderExt)
    /// does. Reference: <http://docs.hostway.com/index.php/ServerSnapshotCreate>
    ///
    /// # Errors
    ///
    /// What Hostway refuses: [`ErrorKind::AlreadyExists`] where the name is taken on this server,
    /// [`ErrorKind::QuotaExceeded`] where it has as many snapshots as it may, [`ErrorKind::InvalidInput`] also where it
    /// has extra volumes. [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn create_snapshot(&self, server: &str, snapshot: &CreateServerSnapshot) -> Result<ServerSnapshot> {
        let request = api::create_snapshot(self.form(), server, snapshot)?;
        self.send(request, created).await.map_err(error::of_create)
    }

    /// `GET …/servers/{server_id}/snapshots`: all snapshots of a server.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshotList>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such server; else as any read.
    pub async fn server_snapshots(&self, server: &str) -> Result<Vec<ServerSnapshot>> {
        self.all(api::list_snapshots(self.form(), server)?).await
    }

    /// `GET …/servers/{server_id}/snapshots/{snapshot_id}`: one snapshot.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshot>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else as any read.
    pub async fn server_snapshot(&self, server: &str, id: &str) -> Result<ServerSnapshot> {
        self.read_snapshot("get", server, id).await
    }

    /// `POST …/servers/{server_id}/snapshots/{snapshot_id}/actions`, in the short form `/action`: overwrites the
    /// server with a snapshot of it.
    ///
    /// The wiki spells the end differently for the two forms. Where the documented spelling answers 404 or 405 and the
    /// snapshot is there all the same, the other is tried once. When the restore is finished cannot be seen.
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshotActionRestore>
    ///
    /// # Errors
    ///
    /// What Hostway refuses: [`ErrorKind::NotFound`], [`ErrorKind::Busy`] where the server is changing its status.
    /// [`ErrorKind::OutcomeUnknown`] where it may have been done.
    pub async fn restore_snapshot(&self, server: &str, id: &str) -> Result<()> {
        let [documented, other] = self.form().restore_spellings();
        let restore =
            async |spelling| self.send(api::restore_snapshot(self.form(), server, id, spelling)?, restored).await;
        let outcome = match restore(documented).await {
            Err(refused) if error::is_no_such_call(&refused) => {
                self.read_snapshot("restore", server, id).await?;
                restore(other).await
            }
            outcome => outcome,
        };
        outcome.map_err(error::of_restore)
    }

    /// `GET …/servers`: ids and zones of the servers.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerList>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn servers(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all(api::list_servers("sources", self.form(), filter)?).await
    }

    /// `GET …/servers/detail`: the servers with all their fields. Only the wiki's pages of 2012 have it.
    ///
    /// Reference: <http://docs.hostway.com/?oldid=72&title=ServerListDetails>
    ///
    /// # Errors
    ///
    /// As any read; [`ErrorKind::NotFound`] may mean that there is no such list any more.
    pub async fn servers_in_detail(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all(api::list_server_details(self.form(), filter)?).await
    }

    /// `GET …/servers/{id}`: one server.
    ///
    /// Reference: <http://docs.hostway.com/index.php/Server>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is none; else as any read.
    pub async fn server(&self, id: &str) -> Result<Server> {
        let wrapped: WrappedServer = self.send(api::get_server(self.form(), id)?, Response::json).await?;
        Ok(wrapped.server)
    }

    /// `GET …/servers/{id}/os-volume_attachments`: the extra volumes of a server, with which it cannot be snapshotted.
    ///
    /// Reference: <http://docs.hostway.com/?oldid=544&title=ListVolumeAttachmentsForServer>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] where there is no such server; else as any read.
    pub async fn volume_attachments(&self, server: &str) -> Result<Vec<VolumeAttachment>> {
        self.all(api::list_volume_attachments(self.form(), server)?).await
    }

    /// `GET /accounts`: the accounts that the credentials may use; all pages, or the one that the filter names.
    ///
    /// Reference: <http://docs.hostway.com/index.php/Accounts:GET>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn accounts(&self, filter: &AccountFilter) -> Result<Vec<Account>> {
        let request = api::list_accounts(filter);
        match filter.page {
            Some(_) => Ok(self.page(request).await?.items),
            None => self.all(request).await,
        }
    }

    /// `GET /accounts/{accountId}/flexcloud/zone`: the zones, by the number of the account.
    ///
    /// Reference: <http://docs.hostway.com/index.php/Zone>
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] without an account id, since there is no short form; else as any read.
    pub async fn zones(&self) -> Result<BTreeMap<String, Vec<Zone>>> {
        let Some(account_id) = &self.account_id else {
            return Err(Error::unsupported(PROVIDER, "check", "zones are documented in the account form only")
                .with_advice("set HOSTWAY_ACCOUNT_ID"));
        };
        self.send(api::list_zones(account_id)?, Response::json).await
    }

    fn form(&self) -> Form<'_> {
        self.account_id.as_deref().map_or(Form::Short, Form::Account)
    }

    async fn read_snapshot(&self, operation: &'static str, server: &str, id: &str) -> Result<ServerSnapshot> {
        let request = api::get_snapshot(operation, self.form(), server, id)?;
        let wrapped: WrappedSnapshot<ServerSnapshot> = self.send(request, Response::json).await?;
        Ok(wrapped.snapshot)
    }

    /// Sends what is no list, and so is never answered elsewhere.
    async fn send<T>(
        &self,
        request: Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        let operation = request.operation;
        match self.exchange(request, decode).await? {
            Answer::Here(value) => Ok(value),
            Answer::Elsewhere(_) => {
                Err(astray(operation, "the answer is a redirect, which is documented for lists only").with_status(303))
            }
        }
    }

    async fn exchange<T>(
        &self,
        request: Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<Answer<T>> {
        let decode_here = move |response: &Response| match error::see_other(response) {
            Some(location) => Ok(Answer::Elsewhere(location.to_owned())),
            None => decode(response).map(Answer::Here),
        };
        self.http.send(request, decode_here).await
    }

    /// One page of a list. A list that is too long for one answer sends us to its first page, and a page beyond the end
    /// elsewhere as well; pages link to the next. Of those addresses path and query are used, on our own host.
    async fn page<T: DeserializeOwned + Send>(&self, mut request: Request) -> Result<Page<T>> {
        let operation = request.operation;
        for _ in 0..=MOST_REDIRECTS {
            let address = match self.exchange(request.clone(), Response::json::<Collection<T>>).await? {
                Answer::Elsewhere(address) => address,
                Answer::Here(page) => {
                    let next = page.next().map(|address| self.target(&request, address)).transpose()?;
                    return Ok(Page::new(page.list, next.map(PageToken::new)));
                }
            };
            request = api::page(operation, &self.target(&request, &address)?)?;
        }
        Err(astray(operation, "the redirects of the list go round in a circle").with_status(303))
    }

    fn target(&self, request: &Request, address: &str) -> Result<String> {
        api::target(self.http.base_url(), &request.path, address)
            .ok_or_else(|| astray(request.operation, "the address of the list's next page has no path"))
    }

    /// All pages of a list: complete, or an error.
    async fn all<T: DeserializeOwned + Send>(&self, request: Request) -> Result<Vec<T>> {
        let operation = request.operation;
        let Page { mut items, mut next, .. } = self.page(request).await?;
        let mut seen = Vec::new();
        while let Some(token) = next {
            if seen.contains(&token) {
                return Err(astray(operation, "the pages of the list go round in a circle"));
            }
            let page = self.page(api::page(operation, token.as_str())?).await?;
            items.extend(page.items);
            seen.push(token);
            next = page.next;
        }
        Ok(items)
    }

    /// The first page of the servers, with their names where the list of details is there.
    async fn first_servers(&self) -> Result<Page<Server>> {
        let every = ServerFilter::default();
        match self.page(api::list_server_details(self.form(), &every)?).await {
            Err(refused) if error::is_no_such_call(&refused) => {
                self.page(api::list_servers("sources", self.form(), &every)?).await
            }
            page => page,
        }
    }

    fn convert(&self, wire: ServerSnapshot, server: &str) -> Result<Snapshot> {
        convert::snapshot(wire, server, &self.account, self.time_zone.as_ref())
            .map_err(|error| Error::new(ErrorKind::Decode, error.to_string()).with_provider(PROVIDER))
    }

    fn convert_page(&self, page: Page<ServerSnapshot>, server: &str) -> Result<Vec<Snapshot>> {
        page.items.into_iter().map(|wire| self.convert(wire, server)).collect()
    }

    fn creation(&self, mark: &CreateMark, server: &str, id: String) -> Result<Operation> {
        Ok(Operation::new(PROVIDER, Arc::clone(&self.account), OperationKind::Create)
            .source(mark.source.clone())
            .snapshot(SnapshotRef::new(Arc::clone(&self.account), [server], id)?))
    }

    async fn poll_one(&self, operation: &Operation) -> Result<OperationStatus> {
        match (operation.kind(), operation.snapshot_ref()) {
            (OperationKind::Restore, _) => Ok(OperationStatus::Accepted),
            (_, Some(snapshot)) => self.poll_created(snapshot).await.map_err(error::of_poll),
            (_, None) => Err(Error::invalid_input("the operation names no snapshot that could be followed")
                .with_provider(PROVIDER)
                .with_operation("poll")),
        }
    }

    async fn poll_created(&self, snapshot: &SnapshotRef) -> Result<OperationStatus> {
        let (server, id) = convert::filed(snapshot)?;
        let wire = self.read_snapshot("poll", server, id).await?;
        let word = wire.status.clone().unwrap_or_else(|| "no status".to_owned());
        let snapshot = self.convert(wire, server)?;
        Ok(match snapshot.state {
            SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
            // There is no status for a creation that failed; this is what is left of it.
            SnapshotState::Deleted => OperationStatus::failed("the snapshot ended DELETED"),
            _ => OperationStatus::running(word),
        })
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
        let server = convert::server(&request.source)?;
        let snapshot = convert::create(request, &convert::mark(request)?)?;
        api::create_snapshot(self.form(), server, &snapshot).map(drop)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        let Some(account_id) = &self.account_id else {
            let servers = self.servers(&ServerFilter::default()).await?;
            return Ok(AccountAccess::new(format!("servers visible: {}", servers.len())));
        };
        let zones = self.zones().await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => error.with_advice("check HOSTWAY_ACCOUNT_ID"),
            _ => error,
        })?;
        let zones: usize = zones.values().map(Vec::len).sum();
        Ok(AccountAccess::new(format!("account {account_id}, zones visible: {zones}")))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
        let page: Page<Server> = match &request.page {
            Some(token) => self.page(api::page("sources", token.as_str())?).await?,
            None => self.first_servers().await?,
        };
        let sources = page.items.into_iter().map(|server| convert::source(server, &self.account));
        Ok(Page::new(sources.collect::<Result<_>>()?, page.next))
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        if let Some(source) = &request.source {
            let server = convert::server(source)?;
            let first = api::list_snapshots(self.form(), server)?;
            let mut page = self.page(resumed(first, request.page.as_ref().map(PageToken::as_str))?).await?;
            let next = page.next.take();
            return Ok(Page::new(self.convert_page(page, server)?, next));
        }
        let servers = api::list_servers("list", self.form(), &ServerFilter::default())?;
        let mut walk = Walk::resume(request.page.as_ref(), &servers.path)?;
        if walk.parents.is_empty() {
            let Some(target) = walk.next_parents.take() else { return Ok(Page::last(Vec::new())) };
            let page: Page<Server> = self.page(api::page("list", &target)?).await?;
            walk.next_parents = text(page.next);
            walk.parents = page.items.into_iter().map(|server| server.id).collect();
        }
        let Some(server) = walk.parents.front().cloned() else { return Ok(Page::new(Vec::new(), walk.token())) };
        let first = api::list_snapshots(self.form(), &server)?;
        let mut page = self.page(resumed(first, walk.next_children.as_deref())?).await?;
        walk.step(text(page.next.take()));
        Ok(Page::new(self.convert_page(page, &server)?, walk.token()))
    }

    async fn get_snapshot(&self, snapshot: &SnapshotRef) -> Result<Snapshot> {
        let (server, id) = convert::filed(snapshot)?;
        self.convert(self.server_snapshot(server, id).await?, server)
    }

    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
        convert::mark(request)
    }

    async fn start_create(&self, request: &CreateSnapshot, mark: &CreateMark) -> Result<Operation> {
        let server = convert::server(&request.source)?;
        let snapshot = self.create_snapshot(server, &convert::create(request, mark)?).await?;
        self.creation(mark, server, snapshot.id)
    }

    /// Ours is the one that carries the mark. A snapshot that merely has the name may be anybody's.
    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
        let server = convert::server(&mark.source)?;
        let carries_mark = |snapshot: &ServerSnapshot| {
            let description = snapshot.description.as_deref().unwrap_or_default();
            Marker::split(description).1.and_then(|marker| marker.id) == Some(&*mark.id)
        };
        let found = self.server_snapshots(server).await?.into_iter().find(carries_mark);
        found.map(|snapshot| self.creation(mark, server, snapshot.id)).transpose()
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        let (server, id) = convert::filed(&request.snapshot)?;
        if request.target.as_ref().is_some_and(|target| target.path() != request.snapshot.path()) {
            return Err(Error::unsupported(
                PROVIDER,
                "restore",
                "Hostway restores a snapshot onto its own server only",
            ));
        }
        self.restore_snapshot(server, id).await?;
        Ok(Operation::new(PROVIDER, Arc::clone(&self.account), OperationKind::Restore)
            .source(Source::new(Arc::clone(&self.account), [server])?)
            .snapshot(request.snapshot.clone())
            .progress(Progress::Accepted))
    }

    async fn start_delete(&self, _snapshot: &SnapshotRef) -> Result<Operation> {
        Err(Error::unsupported(PROVIDER, "delete", "Hostway documents creating, reading and restoring snapshots only"))
    }

    async fn start_update(&self, _request: &UpdateSnapshot) -> Result<Operation> {
        Err(Error::unsupported(PROVIDER, "update", "Hostway documents creating, reading and restoring snapshots only"))
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
        f.debug_struct("Client")
            .field("account", &self.account)
            .field("account_id", &self.account_id)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

/// An answer that leads nowhere.
fn astray(operation: &'static str, message: &'static str) -> Error {
    Error::new(ErrorKind::Unexpected, message)
        .with_provider(PROVIDER)
        .with_operation(operation)
        .with_stage(Stage::Answered)
        .with_attempts(1)
}

/// The request for a later page of the list that `first` begins.
fn resumed(first: Request, target: Option<&str>) -> Result<Request> {
    match target {
        Some(target) => api::page(first.operation, target),
        None => Ok(first),
    }
}

fn text(token: Option<PageToken>) -> Option<String> {
    token.map(|token| token.as_str().to_owned())
}

/// The new snapshot; of an answer without a body, or without an id in it, the id that `Location` ends in.
fn created(response: &Response) -> Result<ServerSnapshot, DecodeError> {
    let mut snapshot = match response.text().trim_ascii() {
        "" => ServerSnapshot::default(),
        _ => response.json::<WrappedSnapshot<ServerSnapshot>>()?.snapshot,
    };
    if snapshot.id.is_empty() {
        snapshot.id = id_in_location(response).ok_or_else(|| DecodeError::new("the answer has no id of a snapshot"))?;
    }
    Ok(snapshot)
}

/// The id in `Location: http://…/snapshots/{snapshot_id}/`. Only the id is used, never the host before it. One that
/// would have to be decoded is left to the look at the list.
fn id_in_location(response: &Response) -> Option<String> {
    let path = response.header(LOCATION)?.split(['?', '#']).next()?;
    let (collection, id) = path.trim_end_matches('/').rsplit_once('/')?;
    (collection.ends_with("/snapshots") && !id.contains('%')).then(|| id.to_owned())
}

/// A restore documents no body. A page for people, though, is no answer of the API.
fn restored(response: &Response) -> Result<(), DecodeError> {
    match response.status {
        200 | 201 | 202 | 204 if !response.text().trim_ascii_start().starts_with('<') => Ok(()),
        status => Err(response.unreadable(format_args!("HTTP {status}"))),
    }
}

/// What Hostway adds to every exchange.
struct Hostway {
    authorization: HeaderValue,
}

impl Hostway {
    fn new(config: &Config) -> Result<Self> {
        let credentials = Secret::new(format!("{}:{}", config.username, config.password.expose()));
        let authorization = Secret::new(format!("Basic {}", STANDARD.encode(credentials.expose())));
        let mut authorization = HeaderValue::from_str(authorization.expose()).map_err(|_| {
            Error::new(ErrorKind::Config, "the credentials cannot stand in a header").with_provider(PROVIDER)
        })?;
        authorization.set_sensitive(true);
        Ok(Self { authorization })
    }
}

impl Protocol for Hostway {
    fn provider(&self) -> &'static str {
        PROVIDER
    }

    fn authenticate(&self) -> Result<Authentication> {
        Ok(Authentication::none().header(AUTHORIZATION, self.authorization.clone()))
    }

    fn failure(&self, response: &Response) -> Option<Failure> {
        error::failure(response)
    }
}

impl fmt::Debug for Hostway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hostway")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_created_snapshot_has_an_id(body in "\\PC*", location in "[ -~]*") {
            let mut response = Response::new(202, body);
            response.headers.insert(LOCATION, HeaderValue::from_str(&location).unwrap());
            if let Ok(snapshot) = created(&response) {
                prop_assert!(!snapshot.id.is_empty());
            }
        }

        #[test]
        fn the_id_in_a_location_is_its_last_segment(id in "[A-Za-z0-9_.~-]+", slash in "/?") {
            let mut response = Response::new(202, "");
            let location = format!("http://api.hostway.com/servers/a/snapshots/{id}{slash}");
            response.headers.insert(LOCATION, HeaderValue::from_str(&location).unwrap());
            prop_assert_eq!(id_in_location(&response), Some(id));
        }
    }
}
