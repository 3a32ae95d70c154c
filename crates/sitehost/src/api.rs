//! SiteHost's own calls, as its reference and its own client have them.

use std::future::Future;

use cloudsnap_core::Result;
use cloudsnap_core::provider::{HttpClient, Request, Turned, all_pages};
use cloudsnap_core::{Error, ErrorKind};
use serde::de::DeserializeOwned;

use crate::config::ApiVersion;
use crate::endpoints::{Change, Endpoints};
use crate::wire::{
    self, AccountInfo, Answer, CreateImage, Image, ImageBuild, ImageChangelog, ImageVersion, Job, JobRef, Listing,
    Paging, Queued, Server, ServerFilter, ServerSnapshot, ServerState, SortDirection,
};
use crate::{convert, error};

/// SiteHost's own calls, one exchange each, but for those that read all pages of a list. Nothing is looked for after a
/// lost answer: for that there are the calls of [`SnapshotProviderExt`](cloudsnap_core::SnapshotProviderExt), and
/// [`Images`](crate::Images).
///
/// The reference is <https://docs.sitehost.nz/>. Restore and delete of snapshots, and some calls of images, have no page
/// there; SiteHost's own client makes them on 1.5.
///
/// # Errors
///
/// Each call fails with what SiteHost refuses, in its words, and as any request where no answer comes. A name that does
/// not exist is refused like anything else: where a call reads one thing by its name, a refusal is
/// [`NotFound`](ErrorKind::NotFound). A create, a restore and a change of the lifetime fail with
/// [`OutcomeUnknown`](ErrorKind::OutcomeUnknown) where they may have been done.
#[derive(Clone, Debug)]
pub struct Api {
    http: HttpClient,
    endpoints: Endpoints,
}

impl Api {
    pub(crate) fn new(http: HttpClient, client_id: u64, pinned: Option<ApiVersion>) -> Self {
        Self { http, endpoints: Endpoints { client_id, pinned } }
    }

    /// The id of the client, the customer account that the key works for.
    #[must_use]
    pub fn client_id(&self) -> u64 {
        self.endpoints.client_id
    }

    /// `POST server/snapshot/create`: asks for a snapshot of a disk, kept for 1 to 24 hours; `None` leaves that to
    /// SiteHost, which does not document its default.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/snapshot/create&action=POST>
    ///
    /// # Errors
    ///
    /// As all calls; [`InvalidInput`](ErrorKind::InvalidInput) for other lifetimes, and nothing was sent.
    pub async fn create_snapshot(
        &self,
        server: &str,
        disk: &str,
        lifetime_hours: Option<u64>,
    ) -> Result<Answer<Queued>> {
        self.try_create_snapshot(server, disk, lifetime_hours).await.map_err(error::unless_certain)
    }

    /// [`create_snapshot`](Self::create_snapshot), with each of SiteHost's refusals taken at its word.
    pub(crate) async fn try_create_snapshot(
        &self,
        server: &str,
        disk: &str,
        lifetime_hours: Option<u64>,
    ) -> Result<Answer<Queued>> {
        lifetime_hours.map_or(Ok(()), convert::check_lifetime)?;
        self.change(self.endpoints.create_snapshot(server, disk, lifetime_hours)).await
    }

    /// `GET server/snapshot/list_all`: the active snapshots of a server.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.1/?path=/server/snapshot/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn list_snapshots(&self, server: &str) -> Result<Answer<Vec<ServerSnapshot>>> {
        let listed = self.http.send(self.endpoints.list_snapshots(server), wire::snapshots).await;
        listed.map_err(error::refused_is_not_found)
    }

    /// `POST server/snapshot/set_lifetime`: the reference says that it extends by so many hours, SiteHost's own client
    /// that it sets them. Read `expires` back once the job is done.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/snapshot/set_lifetime&action=POST>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn set_snapshot_lifetime(&self, server: &str, snapshot_id: &str, hours: u64) -> Result<Answer<Queued>> {
        self.change(self.endpoints.set_snapshot_lifetime(server, snapshot_id, hours)).await
    }

    /// `POST server/snapshot/restore`: puts the disk back. What was written since is lost.
    ///
    /// Whether the server is restarted or has to be off is not documented.
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn restore_snapshot(&self, server: &str, snapshot_id: &str) -> Result<Answer<Queued>> {
        self.try_restore_snapshot(server, snapshot_id).await.map_err(error::unless_certain)
    }

    /// [`restore_snapshot`](Self::restore_snapshot), with each of SiteHost's refusals taken at its word.
    pub(crate) async fn try_restore_snapshot(&self, server: &str, snapshot_id: &str) -> Result<Answer<Queued>> {
        self.change(self.endpoints.restore_snapshot(server, snapshot_id)).await
    }

    /// `POST server/snapshot/delete`.
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn delete_snapshot(&self, server: &str, snapshot_id: &str) -> Result<Answer<Queued>> {
        self.change(self.endpoints.delete_snapshot(server, snapshot_id)).await
    }

    /// `GET job/get`: how a job stands, asked at the version that started it, and by the type `scheduler` where it has
    /// none.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.5/?action=GET&path=%2Fjob%2Fget>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name: there is no such job of that type, or the key lacks the module Job.
    pub async fn get_job(&self, job: &JobRef) -> Result<Answer<Job>> {
        self.read_named(self.endpoints.get_job(job)).await.map_err(|error| match error::is_refusal(&error) {
            true => error.with_advice("a key without the module Job cannot follow what it started"),
            false => error,
        })
    }

    /// `GET server/list_servers`: one page, in the order asked for. The servers' disks need
    /// [`get_server`](Self::get_server).
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.3/?path=/server/list_servers&action=GET>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn list_servers(&self, filter: &ServerFilter, paging: &Paging) -> Result<Answer<Listing<Server>>> {
        self.read(self.endpoints.list_servers(filter, paging)).await
    }

    /// All pages of [`list_servers`](Self::list_servers).
    ///
    /// # Errors
    ///
    /// As all calls; a list is complete or an error.
    pub async fn all_servers(&self, filter: &ServerFilter) -> Result<Vec<Server>> {
        self.all_pages(|page| async move { self.list_servers(filter, &page).await }).await
    }

    /// `GET server/get_server`: one server with its disks.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fserver%2Fget_server>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn get_server(&self, name: &str) -> Result<Answer<Server>> {
        self.read_named(self.endpoints.get_server(name)).await
    }

    /// `GET server/get_state`: whether a server runs, and its latest job.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1.1/?path=/server/get_state&action=GET>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn get_server_state(&self, name: &str) -> Result<Answer<ServerState>> {
        self.read_named(self.endpoints.get_server_state(name)).await
    }

    /// `GET api/get_info`: which client the key is for, and what it may do.
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn get_info(&self) -> Result<Answer<AccountInfo>> {
        self.read(self.endpoints.get_info()).await
    }

    /// `POST cloud/image/create`: asks for a custom image, which has nothing to deploy before something is pushed to it.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=POST&path=%2Fcloud%2Fimage%2Fcreate>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn create_image(&self, image: &CreateImage) -> Result<Answer<Queued>> {
        self.change(self.endpoints.create_image(image)).await
    }

    /// `GET cloud/image/list_all`: one page of the account's own images, or the one of this code.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?path=/cloud/image/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn list_images(&self, code: Option<&str>, paging: &Paging) -> Result<Answer<Listing<Image>>> {
        self.read(self.endpoints.list_images(code, paging)).await
    }

    /// All pages of [`list_images`](Self::list_images).
    ///
    /// # Errors
    ///
    /// As all calls; a list is complete or an error.
    pub async fn all_images(&self, code: Option<&str>) -> Result<Vec<Image>> {
        self.all_pages(|page| async move { self.list_images(code, &page).await }).await
    }

    /// `GET cloud/image/get`: one image by its code.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fcloud%2Fimage%2Fget>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn get_image(&self, code: &str) -> Result<Answer<Image>> {
        self.read_named(self.endpoints.get_image(code)).await
    }

    /// `POST cloud/image/delete`.
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn delete_image(&self, code: &str) -> Result<Answer<Queued>> {
        self.change(self.endpoints.delete_image(code)).await
    }

    /// `GET cloud/image/version/list_all`: one page of an image's versions, by the image's number.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=GET&path=%2Fcloud%2Fimage%2Fversion%2Flist_all>
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn list_image_versions(&self, image_id: &str, paging: &Paging) -> Result<Answer<Listing<ImageVersion>>> {
        self.read_named(self.endpoints.list_image_versions(image_id, paging)).await
    }

    /// All pages of [`list_image_versions`](Self::list_image_versions).
    ///
    /// # Errors
    ///
    /// As all calls that read by a name; a list is complete or an error.
    pub async fn all_image_versions(&self, image_id: &str) -> Result<Vec<ImageVersion>> {
        self.all_pages(|page| async move { self.list_image_versions(image_id, &page).await }).await
    }

    /// The newest of [`list_image_versions`](Self::list_image_versions), whose `build_status` says whether it can be
    /// deployed. A new image has none.
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn newest_image_version(&self, image_id: &str) -> Result<Answer<Option<ImageVersion>>> {
        let newest_first = Paging {
            sort_by: Some("date_added".to_owned()),
            sort_dir: Some(SortDirection::Descending),
            page_size: Some(1),
            page_number: None,
        };
        let page = self.list_image_versions(image_id, &newest_first).await?;
        Ok(page.map(|page| page.data.into_iter().next()))
    }

    /// `GET cloud/image/version/get_build`: a build and its log.
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn get_image_build(&self, code: &str, build_id: &str) -> Result<Answer<ImageBuild>> {
        self.read_named(self.endpoints.get_image_build(code, build_id)).await
    }

    /// `POST cloud/image/version/delete`: deletes a version such as `1.1-1076`.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?action=POST&path=%2Fcloud%2Fimage%2Fversion%2Fdelete>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn delete_image_version(&self, code: &str, version: &str) -> Result<Answer<Queued>> {
        self.change(self.endpoints.delete_image_version(code, version)).await
    }

    /// `GET cloud/image/get_changelog`.
    ///
    /// # Errors
    ///
    /// As all calls that read by a name.
    pub async fn get_image_changelog(&self, code: &str) -> Result<Answer<ImageChangelog>> {
        self.read_named(self.endpoints.get_image_changelog(code)).await
    }

    /// `GET cloud/stack/image/list_all`: the public images, which can be forked, and the account's own. The call
    /// documents pages and answers without any.
    ///
    /// Reference: <https://docs.sitehost.nz/api/v1/?path=/cloud/stack/image/list_all&action=GET>
    ///
    /// # Errors
    ///
    /// As all calls.
    pub async fn list_stack_images(&self, paging: &Paging) -> Result<Answer<Vec<Image>>> {
        self.http.send(self.endpoints.list_stack_images(paging), wire::list).await
    }

    async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<Answer<T>> {
        self.http.send(request, wire::object).await
    }

    async fn read_named<T: DeserializeOwned>(&self, request: Request) -> Result<Answer<T>> {
        self.read(request).await.map_err(error::refused_is_not_found)
    }

    async fn change(&self, change: Change) -> Result<Answer<Queued>> {
        self.http.send(change.request, |response| wire::queued(response, change.version)).await
    }

    async fn all_pages<T: Send, F>(&self, fetch: impl Fn(Paging) -> F + Send + Sync) -> Result<Vec<T>>
    where
        F: Future<Output = Result<Answer<Listing<T>>>> + Send,
    {
        let max_pages = self.http.options().max_pages;
        let turn = |at: String| {
            let fetched = page_number(&at).map(|number| (number, fetch(Paging::page(number))));
            async move {
                let (number, page) = fetched?;
                turned(page.await?.value, number)
            }
        };
        all_pages(max_pages, FIRST_PAGE, turn).await
    }
}

/// Where lists of pages begin.
pub(crate) const FIRST_PAGE: &str = "1";

pub(crate) fn page_number(at: &str) -> Result<u64> {
    at.parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))
}

/// A page, and where the next begins. Another page than the one asked for would make a list with gaps.
pub(crate) fn turned<T>(listing: Listing<T>, asked: u64) -> Result<Turned<T>> {
    if let Some(current) = listing.current_page.filter(|current| *current != asked) {
        let message = format!("asked for page {asked}, SiteHost answered with page {current}");
        return Err(Error::answered(ErrorKind::Unexpected, message));
    }
    let next = (asked < listing.total_pages.unwrap_or(asked)).then(|| (asked + 1).to_string());
    Ok(Turned::new(listing.data, next))
}
