//! Hostway's own calls, as its wiki documents them.

use std::collections::BTreeMap;
use std::sync::Arc;

use cloudsnap_core::provider::{DecodeError, HttpClient, Request, Response, Turned, all_pages};
use cloudsnap_core::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;

use crate::endpoints::{self, ActionSpelling, Form};
use crate::error;
use crate::wire::{
    self, Account, AccountFilter, Collection, CreateServerSnapshot, Server, ServerFilter, ServerSnapshot,
    VolumeAttachment, WrappedServer, Zone,
};

/// How many redirects in a row lead to one page.
const MOST_REDIRECTS: usize = 5;

/// Hostway's own calls. Nothing is looked for after a lost answer: for that there are the calls of
/// [`SnapshotProviderExt`](cloudsnap_core::SnapshotProviderExt).
///
/// The reference is the wiki at <http://docs.hostway.com/>. With an account id the URIs have the account form,
/// `/accounts/{accountId}/flexcloud/…`, else the short form. Lists are read whole, all pages of them.
///
/// # Errors
///
/// Each call fails with what Hostway refuses, in its words; [`InvalidInput`](cloudsnap_core::ErrorKind::InvalidInput)
/// where an id cannot stand in a URL, and nothing was sent; and as any request where no answer comes.
#[derive(Clone, Debug)]
pub struct Api {
    http: HttpClient,
    account_id: Option<Arc<str>>,
}

/// Lists of servers that are read one after the other, as one list.
#[derive(Clone, Copy)]
pub(crate) struct ServerLists {
    operation: &'static str,
    /// One list for each. Without a status Hostway lists what is `ACTIVE`, `PROCESSING` or `STOPPED`.
    statuses: &'static [&'static str],
    /// Whether names and statuses are asked for.
    with_details: bool,
}

/// The status that is not asked for.
const SHOWN: &str = "";

/// The servers in every status.
pub(crate) const ALL_SERVERS: ServerLists =
    ServerLists { operation: "sources", statuses: &[SHOWN, "BUILD", "SUSPENDED", "DELETED"], with_details: true };

/// The servers that can have snapshots.
pub(crate) const LIVING_SERVERS: ServerLists =
    ServerLists { operation: "list", statuses: &[SHOWN, "BUILD", "SUSPENDED"], with_details: false };

/// Where lists begin, as a place that [`Api::servers_at`] and [`Api::snapshots_at`] read.
pub(crate) const FIRST: &str = "";

/// An answer to the request for a page.
enum PageAnswer<T> {
    Here(Collection<T>),
    /// A 303 that sends us to this address.
    Elsewhere(String),
}

impl Api {
    pub(crate) fn new(http: HttpClient, account_id: Option<Arc<str>>) -> Self {
        Self { http, account_id }
    }

    pub(crate) fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    pub(crate) fn form(&self) -> Form<'_> {
        self.account_id().map_or(Form::Short, Form::Account)
    }

    /// `POST …/servers/{server_id}/snapshots`: asks for a snapshot of a server, without cloudsnap's tag.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshotCreate>
    ///
    /// # Errors
    ///
    /// As each call; [`InvalidInput`](ErrorKind::InvalidInput) where the name is empty, and also where the server has
    /// extra volumes; [`AlreadyExists`](ErrorKind::AlreadyExists) where the name is taken on this server;
    /// [`QuotaExceeded`](ErrorKind::QuotaExceeded) where it has as many snapshots as it may;
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn create_snapshot(&self, server: &str, snapshot: &CreateServerSnapshot) -> Result<ServerSnapshot> {
        let request = endpoints::create_snapshot(self.form(), server, snapshot)?;
        self.http.send(request, wire::created).await.map_err(error::of_create)
    }

    /// `GET …/servers/{server_id}/snapshots`: all snapshots of a server.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshotList>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_snapshots(&self, server: &str) -> Result<Vec<ServerSnapshot>> {
        self.all_snapshots("list", server).await
    }

    /// `GET …/servers/{server_id}/snapshots/{snapshot_id}`: one snapshot.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshot>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn get_snapshot(&self, server: &str, id: &str) -> Result<ServerSnapshot> {
        self.read_snapshot("get", server, id).await
    }

    /// `POST …/servers/{server_id}/snapshots/{snapshot_id}/actions`, in the short form `/action`: overwrites the
    /// server with a snapshot of it. When that is finished cannot be seen.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerSnapshotActionRestore>
    ///
    /// # Errors
    ///
    /// As each call; [`Busy`](ErrorKind::Busy) where the server is changing its status;
    /// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn restore_snapshot(&self, server: &str, id: &str, spelling: ActionSpelling) -> Result<()> {
        let request = endpoints::restore_snapshot(self.form(), server, id, spelling)?;
        self.http.send(request, wire::restored).await.map_err(error::of_restore)
    }

    /// `GET …/servers`: ids and zones of the servers. Without a status those in `BUILD`, `SUSPENDED` and `DELETED` are
    /// hidden.
    ///
    /// Reference: <http://docs.hostway.com/index.php/ServerList>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_servers(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all(endpoints::list_servers("sources", self.form(), filter)?).await
    }

    /// `GET …/servers/detail`: the servers with all their fields. Only the wiki's pages of 2012 have it.
    ///
    /// Reference: <http://docs.hostway.com/?oldid=72&title=ServerListDetails>
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](ErrorKind::NotFound) may mean that there is no such list any more.
    pub async fn list_server_details(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all(endpoints::list_server_details(self.form(), filter)?).await
    }

    /// `GET …/servers/detail`, or `GET …/servers` where there are no details: the servers in every status, which takes
    /// a list for each of `BUILD`, `SUSPENDED` and `DELETED` beside the one that has the others. A server whose status
    /// changes meanwhile may be in two of them, or in none.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_servers_in_every_status(&self) -> Result<Vec<Server>> {
        let page = |place: String| async move { self.servers_at(ALL_SERVERS, &place).await };
        all_pages(self.http.options().max_pages, FIRST, page).await
    }

    /// `GET …/servers/{id}`: one server.
    ///
    /// Reference: <http://docs.hostway.com/index.php/Server>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn get_server(&self, id: &str) -> Result<Server> {
        let wrapped: WrappedServer = self.http.send(endpoints::get_server(self.form(), id)?, here).await?;
        Ok(wrapped.server)
    }

    /// `GET …/servers/{id}/os-volume_attachments`: the extra volumes of a server, with which it cannot be snapshotted.
    ///
    /// Reference: <http://docs.hostway.com/?oldid=544&title=ListVolumeAttachmentsForServer>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_volume_attachments(&self, server: &str) -> Result<Vec<VolumeAttachment>> {
        self.all(endpoints::list_volume_attachments(self.form(), server)?).await
    }

    /// `GET /accounts`: the accounts that the credentials may use; all pages, or the one that the filter names.
    ///
    /// Reference: <http://docs.hostway.com/index.php/Accounts:GET>
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_accounts(&self, filter: &AccountFilter) -> Result<Vec<Account>> {
        let request = endpoints::list_accounts(filter);
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
    /// As each call; [`Unsupported`](ErrorKind::Unsupported) without an account id, since there is no short form.
    pub async fn list_zones(&self) -> Result<BTreeMap<String, Vec<Zone>>> {
        let Some(account_id) = self.account_id() else {
            return Err(Error::unsupported("zones are documented in the account form only")
                .with_advice("set HOSTWAY_ACCOUNT_ID"));
        };
        self.http.send(endpoints::list_zones(account_id)?, here).await
    }

    pub(crate) async fn read_snapshot(
        &self,
        operation: &'static str,
        server: &str,
        id: &str,
    ) -> Result<ServerSnapshot> {
        self.http.send(endpoints::get_snapshot(operation, self.form(), server, id)?, wire::snapshot).await
    }

    pub(crate) async fn all_snapshots(&self, operation: &'static str, server: &str) -> Result<Vec<ServerSnapshot>> {
        self.all(endpoints::list_snapshots(operation, self.form(), server)?).await
    }

    /// The page of a server's snapshots at this place.
    pub(crate) async fn snapshots_at(&self, server: &str, place: &str) -> Result<Turned<ServerSnapshot>> {
        match place {
            FIRST => self.page(endpoints::list_snapshots("list", self.form(), server)?).await,
            target => self.page(endpoints::page("list", target)?).await,
        }
    }

    /// The page of the servers at this place: the status whose list it is, and where in the list, unless it is the
    /// beginning.
    pub(crate) async fn servers_at(&self, lists: ServerLists, place: &str) -> Result<Turned<Server>> {
        let (status, target) = place.split_once(' ').unwrap_or((place, FIRST));
        let mut page = match target {
            FIRST => self.first_servers(lists, status).await?,
            target => self.page(endpoints::page(lists.operation, target)?).await?,
        };
        for server in page.items.iter_mut().filter(|_| status != SHOWN) {
            server.status.get_or_insert_with(|| status.to_owned());
        }
        let next_status = || lists.statuses.iter().skip_while(|one| **one != status).nth(1).copied();
        let next = match page.next {
            Some(target) => Some(format!("{status} {target}")),
            None => next_status().map(str::to_owned),
        };
        Ok(Turned { items: page.items, next })
    }

    /// The first page of the servers in this status, with their names where the list of details is there.
    async fn first_servers(&self, lists: ServerLists, status: &str) -> Result<Turned<Server>> {
        let filter =
            ServerFilter { status: Some(status.to_owned()).filter(|_| status != SHOWN), ..ServerFilter::default() };
        if lists.with_details {
            match self.page(endpoints::list_server_details(self.form(), &filter)?).await {
                Err(refused) if error::is_no_such_call(&refused) => {}
                page => return page,
            }
        }
        self.page(endpoints::list_servers(lists.operation, self.form(), &filter)?).await
    }

    /// All pages of a list: complete, or an error.
    async fn all<T: DeserializeOwned + Send>(&self, first: Request) -> Result<Vec<T>> {
        let page = |place: String| {
            let request = if place == FIRST { Ok(first.clone()) } else { endpoints::page(first.operation, &place) };
            async move { self.page(request?).await }
        };
        all_pages(self.http.options().max_pages, FIRST, page).await
    }

    /// One page of a list. A list that is too long for one answer sends us to its first page, and a page beyond the end
    /// elsewhere as well; pages link to the next. Of those addresses path and query are used, on our own host.
    async fn page<T: DeserializeOwned + Send>(&self, mut request: Request) -> Result<Turned<T>> {
        for _ in 0..=MOST_REDIRECTS {
            let address = match self.http.send(request.clone(), page_answer).await? {
                PageAnswer::Elsewhere(address) => address,
                PageAnswer::Here(page) => {
                    let next = page.next().map(|address| self.target(&request, address)).transpose()?;
                    return Ok(Turned::new(page.list, next));
                }
            };
            request = endpoints::page(request.operation, &self.target(&request, &address)?)?;
        }
        Err(Error::answered(ErrorKind::Unexpected, "the redirects of the list go round in a circle")
            .with_advice("check the base URL"))
    }

    fn target(&self, request: &Request, address: &str) -> Result<String> {
        endpoints::target(self.http.base_url(), &request.path, address)
            .ok_or_else(|| Error::answered(ErrorKind::Unexpected, "the address of the list's next page has no path"))
    }
}

fn page_answer<T: DeserializeOwned>(response: &Response) -> Result<PageAnswer<T>, DecodeError> {
    match error::see_other(response) {
        Some(address) => Ok(PageAnswer::Elsewhere(address.to_owned())),
        None => response.json().map(PageAnswer::Here),
    }
}

fn here<T: DeserializeOwned>(response: &Response) -> Result<T, DecodeError> {
    wire::expect_here(response)?;
    response.json()
}
