//! IONOS's own calls, as its reference documents them.

use cloudsnap_core::provider::{DecodeError, HttpClient, Request, Response, Turned, all_pages};
use cloudsnap_core::{Error, Result};
use serde::de::DeserializeOwned;

use crate::convert::{named, request_id};
use crate::endpoints;
use crate::wire::{
    Collection, CreateVolumeSnapshot, Datacenter, Label, LabelResource, ListQuery, LoggedRequest, RequestStatus,
    SnapshotChanges, Volume, VolumeSnapshot,
};

/// IONOS's own calls, one exchange each. Nothing is looked for after a lost answer: for that there are the calls of
/// [`SnapshotProviderExt`](cloudsnap_core::SnapshotProviderExt).
///
/// The reference is <https://api.ionos.com/docs/cloud/v6/>.
///
/// # Errors
///
/// Each call fails with what IONOS refuses, in its words; [`InvalidInput`](cloudsnap_core::ErrorKind::InvalidInput)
/// where an id cannot stand in a URL, and nothing was sent; and as any request where no answer comes.
#[derive(Clone, Debug)]
pub struct Api {
    http: HttpClient,
    pretty: bool,
    depth: Option<u8>,
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

impl Api {
    pub(crate) fn new(http: HttpClient) -> Self {
        Self { http, pretty: false, depth: None }
    }

    /// Asks for bodies with line breaks, or not; not by default.
    #[must_use]
    pub fn with_pretty(mut self, pretty: bool) -> Self {
        self.pretty = pretty;
        self
    }

    /// Asks for so many levels of resources below the one named, 0 to 10. By default as many as the call's result
    /// holds. IONOS's tools have seen single resources answer 400 to a depth.
    #[must_use]
    pub fn with_depth(mut self, depth: u8) -> Self {
        self.depth = Some(depth);
        self
    }

    /// `POST /datacenters/{datacenterId}/volumes/{volumeId}/create-snapshot`: asks for a snapshot of a volume, without
    /// cloudsnap's tag. Without properties it has no body.
    ///
    /// # Errors
    ///
    /// As each call; [`OutcomeUnknown`](cloudsnap_core::ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn create_snapshot(
        &self,
        datacenter: &str,
        volume: &str,
        snapshot: &CreateVolumeSnapshot,
    ) -> Result<Accepted<VolumeSnapshot>> {
        self.send(endpoints::create_snapshot(datacenter, volume, snapshot)?, accepted).await
    }

    /// `POST /datacenters/{datacenterId}/volumes/{volumeId}/restore-snapshot`: overwrites a volume with a snapshot.
    /// Answers the id of the request.
    ///
    /// # Errors
    ///
    /// As each call; [`OutcomeUnknown`](cloudsnap_core::ErrorKind::OutcomeUnknown) where it may have been done.
    pub async fn restore_snapshot(&self, datacenter: &str, volume: &str, snapshot_id: &str) -> Result<Option<String>> {
        self.send(endpoints::restore_snapshot(datacenter, volume, snapshot_id)?, |response| Ok(request_id(response)))
            .await
    }

    /// `GET /snapshots`: the snapshots of the contract, with all their properties.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_snapshots(&self, query: &ListQuery) -> Result<Collection<VolumeSnapshot>> {
        self.read(endpoints::list_snapshots("list", query)?).await
    }

    /// `GET /snapshots/{snapshotId}`: one snapshot with all its properties.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is none.
    pub async fn get_snapshot(&self, id: &str) -> Result<VolumeSnapshot> {
        self.read(endpoints::get_snapshot("get", id)?).await
    }

    /// `PATCH /snapshots/{snapshotId}`: changes what is set, and nothing else.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn patch_snapshot(&self, id: &str, changes: &SnapshotChanges) -> Result<Accepted<VolumeSnapshot>> {
        self.send(endpoints::patch_snapshot(id, changes)?, accepted).await
    }

    /// `PUT /snapshots/{snapshotId}`: replaces the properties. What happens to those left out is not documented.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn put_snapshot(&self, id: &str, properties: &SnapshotChanges) -> Result<Accepted<VolumeSnapshot>> {
        self.send(endpoints::put_snapshot(id, properties)?, accepted).await
    }

    /// `DELETE /snapshots/{snapshotId}`. Answers the id of the request; the snapshot is gone when a read says "not
    /// found".
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is none.
    pub async fn delete_snapshot(&self, id: &str) -> Result<Option<String>> {
        self.send(endpoints::delete_snapshot(id)?, |response| Ok(request_id(response))).await
    }

    /// `GET /snapshots/{snapshotId}/labels`.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_snapshot_labels(&self, id: &str, query: &ListQuery) -> Result<Vec<Label>> {
        let list: Collection<LabelResource> = self.read(endpoints::list_snapshot_labels(id, query)?).await?;
        Ok(list.items.into_iter().map(|label| label.properties).collect())
    }

    /// `POST /snapshots/{snapshotId}/labels`.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn create_snapshot_label(&self, id: &str, label: &Label) -> Result<Label> {
        self.label(endpoints::create_snapshot_label(id, label)?).await
    }

    /// `GET /snapshots/{snapshotId}/labels/{key}`.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is no such label.
    pub async fn get_snapshot_label(&self, id: &str, key: &str) -> Result<Label> {
        self.label(endpoints::get_snapshot_label(id, key)?).await
    }

    /// `PUT /snapshots/{snapshotId}/labels/{key}`.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is no such label.
    pub async fn put_snapshot_label(&self, id: &str, label: &Label) -> Result<Label> {
        self.label(endpoints::put_snapshot_label(id, label)?).await
    }

    /// `DELETE /snapshots/{snapshotId}/labels/{key}`.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is no such label.
    pub async fn delete_snapshot_label(&self, id: &str, key: &str) -> Result<()> {
        self.send(endpoints::delete_snapshot_label(id, key)?, |_| Ok(())).await
    }

    /// `GET /requests`: a page of the contract's log of changes. Its length is not documented.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_requests(&self, query: &ListQuery) -> Result<Collection<LoggedRequest>> {
        self.read(endpoints::list_requests(query)?).await
    }

    /// `GET /requests`, page after page from the one that `query` begins with: one exchange a page.
    ///
    /// # Errors
    ///
    /// As each call; [`Unexpected`](cloudsnap_core::ErrorKind::Unexpected) where the log has more pages than
    /// [`HttpOptions::max_pages`](cloudsnap_core::HttpOptions::max_pages).
    pub async fn list_all_requests(&self, query: &ListQuery) -> Result<Vec<LoggedRequest>> {
        let first = query.offset.unwrap_or(0);
        all_pages(self.http.options().max_pages, first.to_string(), |at| async move {
            let query = query.clone().with_offset(read_offset(&at)?);
            let page = self.list_requests(&query).await?;
            let next = next_offset(&page, &query);
            Ok(Turned::new(page.items, next))
        })
        .await
    }

    /// `GET /requests/{requestId}`: one change in the log.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is none.
    pub async fn get_request(&self, id: &str) -> Result<LoggedRequest> {
        self.read(endpoints::get_request(id)?).await
    }

    /// `GET /requests/{requestId}/status`: how a change stands.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is none, which may mean "not yet".
    pub async fn get_request_status(&self, id: &str) -> Result<RequestStatus> {
        self.read(endpoints::get_request_status(id)?).await
    }

    /// `GET /datacenters`: a page of the data centres.
    ///
    /// # Errors
    ///
    /// As each call.
    pub async fn list_datacenters(&self, query: &ListQuery) -> Result<Collection<Datacenter>> {
        self.read(endpoints::list_datacenters(query)?).await
    }

    /// `GET /datacenters/{datacenterId}/volumes`: a page of a data centre's volumes.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is no such data centre.
    pub async fn list_volumes(&self, datacenter: &str, query: &ListQuery) -> Result<Collection<Volume>> {
        self.read(endpoints::list_volumes(datacenter, query)?).await
    }

    /// `GET /datacenters/{datacenterId}/volumes/{volumeId}`.
    ///
    /// # Errors
    ///
    /// As each call; [`NotFound`](cloudsnap_core::ErrorKind::NotFound) where there is none.
    pub async fn get_volume(&self, datacenter: &str, volume: &str) -> Result<Volume> {
        self.read(endpoints::get_volume(datacenter, volume)?).await
    }

    async fn label(&self, request: Request) -> Result<Label> {
        let label: LabelResource = self.read(request).await?;
        Ok(label.properties)
    }

    async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T> {
        self.send(request, Response::json).await
    }

    async fn send<T>(
        &self,
        request: Request,
        decode: impl Fn(&Response) -> Result<T, DecodeError> + Send,
    ) -> Result<T> {
        self.http.send(endpoints::shaped(request, self.pretty, self.depth)?, decode).await
    }
}

fn accepted(response: &Response) -> Result<Accepted<VolumeSnapshot>, DecodeError> {
    let resource: VolumeSnapshot = response.json()?;
    named(&resource.id)?;
    Ok(Accepted { resource, request_id: request_id(response) })
}

/// Where the next page begins. The end is a page that is not full, or one without a link to the next: either alone has
/// been seen to lie.
pub(crate) fn next_offset<T>(page: &Collection<T>, query: &ListQuery) -> Option<String> {
    let is_linked = page.links.as_ref().is_none_or(|links| links.next.is_some());
    let length = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
    let is_full = length >= query.limit.unwrap_or(endpoints::PAGE);
    (is_linked && is_full).then(|| query.offset.unwrap_or(0).saturating_add(length).to_string())
}

pub(crate) fn read_offset(text: &str) -> Result<u32> {
    text.parse().map_err(|_| Error::invalid_input("the page token belongs to another list"))
}
