//! One function an endpoint: arguments to request. Nothing is sent here.
//!
//! The reference is <https://api.ionos.com/docs/cloud/v6/>. Every request says `pretty=false`, because the default is
//! `true`; paging parameters go to collections only, since single resources may answer 400 to them.

use cloudsnap_core::Result;
use cloudsnap_core::http::{Request, path};
use http::Method;

use crate::wire::{CreateVolumeSnapshot, Label, RequestFilter, RestoreProperties, SnapshotChanges, Wrapped};

/// The largest page that is asked for. The documentation names two defaults, so that it is always sent.
pub(crate) const PAGE: usize = 100;

/// `POST /datacenters/{datacenterId}/volumes/{volumeId}/create-snapshot`
pub(crate) fn create_snapshot(datacenter: &str, volume: &str, snapshot: &CreateVolumeSnapshot) -> Result<Request> {
    let path = path(["datacenters", datacenter, "volumes", volume, "create-snapshot"])?;
    compact("create", Method::POST, path).once().json(&Wrapped { properties: snapshot })
}

/// `POST /datacenters/{datacenterId}/volumes/{volumeId}/restore-snapshot`
pub(crate) fn restore_snapshot(datacenter: &str, volume: &str, snapshot_id: &str) -> Result<Request> {
    let path = path(["datacenters", datacenter, "volumes", volume, "restore-snapshot"])?;
    compact("restore", Method::POST, path).once().json(&Wrapped { properties: &RestoreProperties { snapshot_id } })
}

/// `GET /snapshots`, with the properties of each. It documents no pages: one answer holds all.
pub(crate) fn list_snapshots() -> Request {
    compact("list", Method::GET, "/snapshots".to_owned()).query("depth", "1")
}

/// `GET /snapshots/{snapshotId}`
pub(crate) fn get_snapshot(operation: &'static str, id: &str) -> Result<Request> {
    Ok(compact(operation, Method::GET, path(["snapshots", id])?))
}

/// `PATCH /snapshots/{snapshotId}`, whose body is not wrapped.
pub(crate) fn change_snapshot(id: &str, changes: &SnapshotChanges) -> Result<Request> {
    compact("update", Method::PATCH, path(["snapshots", id])?).json(changes)
}

/// `PUT /snapshots/{snapshotId}`
pub(crate) fn replace_snapshot(id: &str, properties: &SnapshotChanges) -> Result<Request> {
    compact("update", Method::PUT, path(["snapshots", id])?).json(&Wrapped { properties })
}

/// `DELETE /snapshots/{snapshotId}`
pub(crate) fn delete_snapshot(id: &str) -> Result<Request> {
    Ok(compact("delete", Method::DELETE, path(["snapshots", id])?))
}

/// `GET /snapshots/{snapshotId}/labels`
pub(crate) fn list_labels(id: &str) -> Result<Request> {
    Ok(compact("list_labels", Method::GET, path(["snapshots", id, "labels"])?).query("depth", "1"))
}

/// `POST /snapshots/{snapshotId}/labels`
pub(crate) fn add_label(id: &str, label: &Label) -> Result<Request> {
    compact("add_label", Method::POST, path(["snapshots", id, "labels"])?).json(&Wrapped { properties: label })
}

/// `PUT /snapshots/{snapshotId}/labels/{key}`
pub(crate) fn set_label(id: &str, label: &Label) -> Result<Request> {
    let path = path(["snapshots", id, "labels", &label.key])?;
    compact("set_label", Method::PUT, path).json(&Wrapped { properties: label })
}

/// `DELETE /snapshots/{snapshotId}/labels/{key}`
pub(crate) fn delete_label(id: &str, key: &str) -> Result<Request> {
    Ok(compact("delete_label", Method::DELETE, path(["snapshots", id, "labels", key])?))
}

/// `GET /requests/{requestId}/status`
pub(crate) fn request_status(id: &str) -> Result<Request> {
    Ok(compact("poll", Method::GET, path(["requests", id, "status"])?))
}

/// `GET /requests`, deep enough for the status of each.
pub(crate) fn list_requests(filter: &RequestFilter, offset: usize) -> Request {
    let filters = [
        ("filter.status", &filter.status),
        ("filter.method", &filter.method),
        ("filter.url", &filter.url),
        ("filter.createdAfter", &filter.created_after),
    ];
    let page = page_of("list", "/requests".to_owned(), offset, "2");
    filters.into_iter().fold(page, |request, (name, value)| match value {
        Some(value) => request.query(name, value.clone()),
        None => request,
    })
}

/// `GET /datacenters`
pub(crate) fn list_datacenters(offset: usize) -> Request {
    page_of("sources", "/datacenters".to_owned(), offset, "1")
}

/// `GET /datacenters/{datacenterId}/volumes`
pub(crate) fn list_volumes(datacenter: &str, offset: usize) -> Result<Request> {
    Ok(page_of("sources", path(["datacenters", datacenter, "volumes"])?, offset, "1"))
}

fn page_of(operation: &'static str, path: String, offset: usize, depth: &'static str) -> Request {
    compact(operation, Method::GET, path)
        .query("depth", depth)
        .query("limit", PAGE.to_string())
        .query("offset", offset.to_string())
}

fn compact(operation: &'static str, method: Method, path: String) -> Request {
    Request::new(operation, method, path).query("pretty", "false")
}
