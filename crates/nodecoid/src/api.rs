//! node.co.id's own calls, as its pages name them.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use cloudsnap_core::provider::{HttpClient, Turned, all_pages};
use cloudsnap_core::{Error, Result};

use crate::config::NOBODY;
use crate::endpoints;
use crate::wire::{
    self, Answer, CreatedSnapshot, DeletedSnapshot, Download, DownloadUrl, RecordPage, ReinstallServer,
    ReinstalledServer, ScheduleAnswer, Server, ServerFilter, ServerSchedule, ServerSnapshot, SnapshotFilter,
    SnapshotSchedule,
};

/// Where every list begins.
pub(crate) const FIRST_PAGE: &str = "1";

/// node.co.id's own calls: one exchange each, and nothing is looked for after a lost answer.
///
/// [`SnapshotProviderExt`](crate::SnapshotProviderExt) on the [`Client`](crate::Client) does that. The reference is
/// <https://node.co.id/page/api>. Every [`Answer`] has the provider's `message`.
#[derive(Clone, Debug)]
pub struct Api {
    http: HttpClient,
    client_ip: Ipv4Addr,
}

impl Api {
    pub(crate) fn new(http: HttpClient, client_ip: Ipv4Addr) -> Self {
        Self { http, client_ip }
    }

    pub(crate) fn http(&self) -> &HttpClient {
        &self.http
    }

    /// `create_snapshot`: starts a manual snapshot of a server.
    ///
    /// Reference: <https://node.co.id/page/api/v1/create_snapshot>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn create_snapshot(&self, server_id: &str) -> Result<Answer<CreatedSnapshot>> {
        self.http.send(endpoints::create_snapshot(server_id), |response| wire::created(response, server_id)).await
    }

    /// `delete_snapshot`: deletes a snapshot. Its record stays, as `deleted`.
    ///
    /// Reference: <https://node.co.id/page/api/v1/delete_snapshot>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn delete_snapshot(&self, snapshot_id: &str) -> Result<Answer<DeletedSnapshot>> {
        self.http.send(endpoints::delete_snapshot(snapshot_id), wire::data_if_any).await
    }

    /// `get_snapshot_detail`: one snapshot with all that is documented of it, but for the download URL.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_snapshot_detail/>
    ///
    /// # Errors
    ///
    /// As any read. That there is none has no documented code;
    /// [`snapshot`](crate::SnapshotProviderExt::snapshot) finds it out.
    pub async fn get_snapshot_detail(&self, snapshot_id: &str) -> Result<Answer<ServerSnapshot>> {
        self.detail("get", snapshot_id).await
    }

    /// `get_snapshot_detail`: where the snapshot's image can be fetched, by the address of the configuration. `None`
    /// where there is no URL, as while the snapshot is made.
    ///
    /// # Errors
    ///
    /// [`Config`](crate::ErrorKind::Config) where `NODECOID_CLIENT_IP` is no public address: nobody could use the URL.
    /// Else as any read.
    pub async fn download_url(&self, snapshot_id: &str) -> Result<Option<DownloadUrl>> {
        self.refuse_useless_address()?;
        let request = endpoints::get_snapshot_detail("download_url", snapshot_id, self.client_ip);
        self.http.send(request, |response| Ok(wire::data::<Download>(response)?.data.url())).await
    }

    /// `get_snapshot_list`: one page of the snapshots, counted from 1. A number past the end is answered with the last
    /// page.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_snapshot_list/>
    ///
    /// # Errors
    ///
    /// As any read; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a page of fewer than 10 or more than 100.
    pub async fn get_snapshot_list(
        &self,
        filter: &SnapshotFilter,
        page: u64,
    ) -> Result<Answer<RecordPage<ServerSnapshot>>> {
        filter.check()?;
        self.http.send(endpoints::get_snapshot_list(filter, page, self.client_ip), wire::page).await
    }

    /// `get_snapshot_list`, all pages, of the largest size. A snapshot that moved to the next page meanwhile stands here
    /// once.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn all_snapshots(&self, filter: &SnapshotFilter) -> Result<Vec<ServerSnapshot>> {
        let fetch = |place: String| async move { self.turn_snapshots(filter, &place).await };
        let mut snapshots = all_pages(self.http.options().max_pages, FIRST_PAGE, fetch).await?;
        let mut seen = HashSet::new();
        snapshots.retain(|snapshot| seen.insert(snapshot.snapshot_id.clone()));
        Ok(snapshots)
    }

    /// `reinstall_server`: overwrites a server, with a snapshot as a rule.
    ///
    /// Reference: <https://node.co.id/page/api/v1/reinstall_server/>
    ///
    /// # Errors
    ///
    /// What node.co.id refuses; [`InvalidInput`](crate::ErrorKind::InvalidInput) for more than ten keys, or one that is
    /// not one line; [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn reinstall_server(
        &self,
        server_id: &str,
        reinstall: &ReinstallServer,
    ) -> Result<Answer<ReinstalledServer>> {
        reinstall.check()?;
        self.http.send(endpoints::reinstall_server(server_id, reinstall), wire::data_if_any).await
    }

    /// `set_server_snapshot_schedule`: which snapshots are taken of a server by itself from now on. All three cycles
    /// are set; to change one, read [`snapshot_schedule`](Self::snapshot_schedule) first. What becomes of the
    /// snapshots that a schedule made before is not documented. Answers the schedule as node.co.id has it now.
    ///
    /// Reference: <https://node.co.id/page/api/v1/set_server_snapshot_schedule>
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for an age under 1 or over 99; else what node.co.id refuses.
    pub async fn set_server_snapshot_schedule(
        &self,
        server_id: &str,
        schedule: &SnapshotSchedule,
    ) -> Result<Answer<ServerSchedule>> {
        schedule.check()?;
        let request = endpoints::set_server_snapshot_schedule(server_id, schedule);
        let decode = |response: &_| wire::data::<ScheduleAnswer>(response)?.map(|answer| answer.schedule());
        self.http.send(request, decode).await
    }

    /// `get_server_detail`: which snapshots are taken of a server by itself, as far as the answer says.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) where a cycle is on and the answer does not say for how long its snapshots
    /// are kept; else as any read.
    pub async fn snapshot_schedule(&self, server_id: &str) -> Result<ServerSchedule> {
        let request = endpoints::get_server_detail("get_schedule", server_id);
        self.http.send(request, |response| wire::data::<Server>(response)?.data.schedule()).await
    }

    /// `get_server_list`: one page of the servers, counted from 1. A number past the end is answered with the last
    /// page.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_server_list>
    ///
    /// # Errors
    ///
    /// As any read; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a page of fewer than 10 or more than 100.
    pub async fn get_server_list(&self, filter: &ServerFilter, page: u64) -> Result<Answer<RecordPage<Server>>> {
        self.servers("sources", filter, page).await
    }

    /// `get_server_detail`: one server. Its root password, which node.co.id sends along, is never read.
    ///
    /// Reference: <https://node.co.id/page/api/v1/get_server_detail>
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn get_server_detail(&self, server_id: &str) -> Result<Answer<Server>> {
        self.server("get_server", server_id).await
    }

    /// [`get_snapshot_detail`](Self::get_snapshot_detail), for this operation.
    pub(crate) async fn detail(&self, operation: &'static str, snapshot_id: &str) -> Result<Answer<ServerSnapshot>> {
        self.http.send(endpoints::get_snapshot_detail(operation, snapshot_id, self.client_ip), wire::data).await
    }

    /// [`get_server_detail`](Self::get_server_detail), for this operation.
    pub(crate) async fn server(&self, operation: &'static str, server_id: &str) -> Result<Answer<Server>> {
        self.http.send(endpoints::get_server_detail(operation, server_id), wire::data).await
    }

    /// [`get_server_list`](Self::get_server_list), for this operation.
    pub(crate) async fn servers(
        &self,
        operation: &'static str,
        filter: &ServerFilter,
        page: u64,
    ) -> Result<Answer<RecordPage<Server>>> {
        filter.check()?;
        self.http.send(endpoints::get_server_list(operation, filter, page), wire::page).await
    }

    /// The page of snapshots at a place in the list, and where the next begins.
    pub(crate) async fn turn_snapshots(&self, filter: &SnapshotFilter, place: &str) -> Result<Turned<ServerSnapshot>> {
        let page = page_number(place)?;
        let filter = SnapshotFilter { records_per_page: None, ..filter.clone() };
        let request = endpoints::get_snapshot_list(&filter, page, self.client_ip);
        self.http.send(request, |response| wire::page(response)?.data.turned(page)).await
    }

    /// The page of servers at a place in the list, and where the next begins.
    pub(crate) async fn turn_servers(&self, filter: &ServerFilter, place: &str) -> Result<Turned<Server>> {
        let page = page_number(place)?;
        let request = endpoints::get_server_list("sources", filter, page);
        self.http.send(request, |response| wire::page(response)?.data.turned(page)).await
    }

    fn refuse_useless_address(&self) -> Result<()> {
        let address = self.client_ip;
        if address != NOBODY && !address.is_loopback() && !address.is_private() && !address.is_unspecified() {
            return Ok(());
        }
        let message = format!("a download URL is good for one public IPv4 address, which {address} is not");
        Err(Error::config(message).with_advice("set NODECOID_CLIENT_IP to the address that will fetch it"))
    }
}

fn page_number(place: &str) -> Result<u64> {
    place.parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))
}
