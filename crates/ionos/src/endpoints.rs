//! One function an endpoint: arguments to request. Nothing is sent here.
//!
//! The reference is <https://api.ionos.com/docs/cloud/v6/>. Every request says `pretty=false`, because the default is
//! `true`; paging parameters go to collections only, since single resources may answer 400 to them.

use cloudsnap_core::provider::{Request, path};
use cloudsnap_core::{Error, Result};
use http::Method;

use crate::wire::{CreateVolumeSnapshot, Label, ListQuery, RestoreProperties, SnapshotChanges, Wrapped};

/// The page that is asked for where none is given. The documentation names two defaults, so that it is always sent.
pub(crate) const PAGE: u32 = 100;

/// The largest page that is documented.
const LARGEST_PAGE: u32 = 10_000;

/// The largest `depth` that is documented.
const DEEPEST: u8 = 10;

/// `POST /datacenters/{datacenterId}/volumes/{volumeId}/create-snapshot`, without a body where nothing is said.
pub(crate) fn create_snapshot(datacenter: &str, volume: &str, snapshot: &CreateVolumeSnapshot) -> Result<Request> {
    let path = path(["datacenters", datacenter, "volumes", volume, "create-snapshot"])?;
    let request = compact("create", Method::POST, path).non_idempotent();
    if *snapshot == CreateVolumeSnapshot::default() {
        return Ok(request);
    }
    request.with_json(&Wrapped { properties: snapshot })
}

/// `POST /datacenters/{datacenterId}/volumes/{volumeId}/restore-snapshot`
pub(crate) fn restore_snapshot(datacenter: &str, volume: &str, snapshot_id: &str) -> Result<Request> {
    let path = path(["datacenters", datacenter, "volumes", volume, "restore-snapshot"])?;
    let properties = RestoreProperties { snapshot_id };
    compact("restore", Method::POST, path).non_idempotent().with_json(&Wrapped { properties: &properties })
}

/// `GET /snapshots`, with the properties of each. It documents no pages: one answer holds all.
pub(crate) fn list_snapshots(operation: &'static str, query: &ListQuery) -> Result<Request> {
    listed(collection(operation, "/snapshots".to_owned(), "1"), query)
}

/// `GET /snapshots/{snapshotId}`
pub(crate) fn get_snapshot(operation: &'static str, id: &str) -> Result<Request> {
    Ok(compact(operation, Method::GET, path(["snapshots", id])?))
}

/// `PATCH /snapshots/{snapshotId}`, whose body is not wrapped.
pub(crate) fn patch_snapshot(id: &str, changes: &SnapshotChanges) -> Result<Request> {
    compact("update", Method::PATCH, path(["snapshots", id])?).with_json(changes)
}

/// `PUT /snapshots/{snapshotId}`
pub(crate) fn put_snapshot(id: &str, properties: &SnapshotChanges) -> Result<Request> {
    compact("update", Method::PUT, path(["snapshots", id])?).with_json(&Wrapped { properties })
}

/// `DELETE /snapshots/{snapshotId}`
pub(crate) fn delete_snapshot(id: &str) -> Result<Request> {
    Ok(compact("delete", Method::DELETE, path(["snapshots", id])?))
}

/// `GET /snapshots/{snapshotId}/labels`
pub(crate) fn list_snapshot_labels(id: &str, query: &ListQuery) -> Result<Request> {
    listed(collection("list_labels", path(["snapshots", id, "labels"])?, "1"), query)
}

/// `POST /snapshots/{snapshotId}/labels`
pub(crate) fn create_snapshot_label(id: &str, label: &Label) -> Result<Request> {
    compact("add_label", Method::POST, path(["snapshots", id, "labels"])?).with_json(&Wrapped { properties: label })
}

/// `GET /snapshots/{snapshotId}/labels/{key}`
pub(crate) fn get_snapshot_label(id: &str, key: &str) -> Result<Request> {
    Ok(compact("get_label", Method::GET, path(["snapshots", id, "labels", key])?))
}

/// `PUT /snapshots/{snapshotId}/labels/{key}`
pub(crate) fn put_snapshot_label(id: &str, label: &Label) -> Result<Request> {
    let path = path(["snapshots", id, "labels", &label.key])?;
    compact("set_label", Method::PUT, path).with_json(&Wrapped { properties: label })
}

/// `DELETE /snapshots/{snapshotId}/labels/{key}`
pub(crate) fn delete_snapshot_label(id: &str, key: &str) -> Result<Request> {
    Ok(compact("delete_label", Method::DELETE, path(["snapshots", id, "labels", key])?))
}

/// `GET /requests`, deep enough for the status of each.
pub(crate) fn list_requests(query: &ListQuery) -> Result<Request> {
    paged("list", "/requests".to_owned(), "2", query)
}

/// `GET /requests/{requestId}`
pub(crate) fn get_request(id: &str) -> Result<Request> {
    Ok(compact("get_request", Method::GET, path(["requests", id])?))
}

/// `GET /requests/{requestId}/status`
pub(crate) fn get_request_status(id: &str) -> Result<Request> {
    Ok(compact("poll", Method::GET, path(["requests", id, "status"])?))
}

/// `GET /datacenters`
pub(crate) fn list_datacenters(query: &ListQuery) -> Result<Request> {
    paged("sources", "/datacenters".to_owned(), "1", query)
}

/// `GET /datacenters/{datacenterId}/volumes`
pub(crate) fn list_volumes(datacenter: &str, query: &ListQuery) -> Result<Request> {
    paged("sources", path(["datacenters", datacenter, "volumes"])?, "1", query)
}

/// `GET /datacenters/{datacenterId}/volumes/{volumeId}`
pub(crate) fn get_volume(datacenter: &str, volume: &str) -> Result<Request> {
    Ok(compact("get_volume", Method::GET, path(["datacenters", datacenter, "volumes", volume])?))
}

/// The request with `pretty` and `depth` as they are given.
pub(crate) fn shaped(mut request: Request, pretty: bool, depth: Option<u8>) -> Result<Request> {
    if let Some(depth) = depth.filter(|depth| *depth > DEEPEST) {
        return Err(Error::invalid_input(format!("depth is 0 to {DEEPEST}, not {depth}")));
    }
    if pretty {
        set(&mut request, "pretty", "true".to_owned());
    }
    if let Some(depth) = depth {
        set(&mut request, "depth", depth.to_string());
    }
    Ok(request)
}

fn set(request: &mut Request, name: &'static str, value: String) {
    match request.query.iter_mut().find(|(found, _)| found == name) {
        Some((_, old)) => *old = value.into(),
        None => request.query.push((name.into(), value.into())),
    }
}

fn paged(operation: &'static str, path: String, depth: &'static str, query: &ListQuery) -> Result<Request> {
    let mut query = query.clone();
    query.limit.get_or_insert(PAGE);
    query.offset.get_or_insert(0);
    listed(collection(operation, path, depth), &query)
}

fn listed(request: Request, query: &ListQuery) -> Result<Request> {
    if let Some(limit) = query.limit.filter(|limit| !(1..=LARGEST_PAGE).contains(limit)) {
        return Err(Error::invalid_input(format!("the limit of a page is 1 to {LARGEST_PAGE}, not {limit}")));
    }
    let numbers = [("limit", query.limit), ("offset", query.offset), ("maxResults", query.max_results)];
    let request = numbers.into_iter().fold(request, |request, (name, number)| match number {
        Some(number) => request.with_query(name, number.to_string()),
        None => request,
    });
    let request = query
        .filters
        .iter()
        .fold(request, |request, (property, value)| request.with_query(format!("filter.{property}"), value.clone()));
    Ok(match &query.order_by {
        Some(property) => request.with_query("orderBy", property.clone()),
        None => request,
    })
}

fn collection(operation: &'static str, path: String, depth: &'static str) -> Request {
    compact(operation, Method::GET, path).with_query("depth", depth)
}

fn compact(operation: &'static str, method: Method, path: String) -> Request {
    Request::new(operation, method, path).with_query("pretty", "false")
}
