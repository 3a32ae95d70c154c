//! How an operation stands, and how a created snapshot is told from others.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cloudsnap_core::provider::{CreateFingerprint, CreateLookup, Lookup, Turned, all_pages};
use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, OperationStatus, Result, SnapshotProvider, SnapshotRef, SnapshotState,
};

use crate::Client;
use crate::api::{Api, FIRST_PAGE};
use crate::convert;
use crate::wire::{ServerSnapshot, SnapshotFilter};

/// The detail that an accepted restore has: the server's state in the provider's answer.
pub(crate) const ACCEPTED_AS: &str = "server_status";

/// How operations stand.
///
/// One snapshot is asked for with `get_snapshot_detail`, several with `get_snapshot_list` of the account, in every state
/// and newest first, until each is found: at most as many pages as snapshots. What the list does not show is asked for
/// singly. Restores are asked for singly, with `get_server_detail`: what `get_server_list` says of a server's state is
/// not documented.
pub(crate) async fn poll(client: &Client, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
    let followed: Vec<Result<Followed<'_>>> =
        operations.iter().map(|operation| Followed::by(client, operation)).collect();
    let listed = list_several(client.api(), followed.iter().flatten().filter_map(Followed::snapshot_id)).await;
    let mut statuses = Vec::with_capacity(followed.len());
    for one in followed {
        statuses.push(match (one, &listed) {
            (Err(error), _) => Err(error),
            (Ok(Followed::Restored { snapshot, server_id, is_accepted }), _) => {
                poll_restored(client, snapshot, server_id, is_accepted).await
            }
            (Ok(_), Err(error)) => Err(error.clone()),
            (Ok(Followed::Created(id)), Ok(listed)) => created(client, shown(client.api(), listed, id).await),
            (Ok(Followed::Deleted(id)), Ok(listed)) => deleted(shown(client.api(), listed, id).await),
        });
    }
    statuses
}

/// What an operation of this account is followed by.
enum Followed<'a> {
    Created(&'a str),
    Deleted(&'a str),
    Restored { snapshot: &'a SnapshotRef, server_id: &'a str, is_accepted: bool },
}

impl<'a> Followed<'a> {
    fn by(client: &Client, operation: &'a Operation) -> Result<Self> {
        let account = client.account();
        let opened = operation.open(account)?;
        let snapshot = operation.snapshot().ok_or_else(|| Error::invalid_input("the operation names no snapshot"))?;
        let id = convert::snapshot_id(snapshot, account)?;
        match (operation.kind(), operation.source()) {
            (OperationKind::Create, _) => Ok(Self::Created(id)),
            (OperationKind::Delete, _) => Ok(Self::Deleted(id)),
            (OperationKind::Restore, Some(target)) => Ok(Self::Restored {
                snapshot,
                server_id: convert::server_id(target, account)?,
                is_accepted: opened.detail(ACCEPTED_AS).is_some(),
            }),
            _ => Err(Error::invalid_input("the operation is none of node.co.id's")),
        }
    }

    fn snapshot_id(&self) -> Option<&'a str> {
        match self {
            Self::Created(id) | Self::Deleted(id) => Some(id),
            Self::Restored { .. } => None,
        }
    }
}

/// What the list of all snapshots shows of these, where they are several.
async fn list_several<'a>(api: &Api, ids: impl Iterator<Item = &'a str>) -> Result<HashMap<String, ServerSnapshot>> {
    let wanted: HashSet<&str> = ids.collect();
    if wanted.len() < 2 {
        return Ok(HashMap::new());
    }
    let left = AtomicUsize::new(wanted.len());
    let fetch = async |place: String| {
        let page = api.turn_snapshots(&SnapshotFilter::default(), &place).await?;
        let found = page.items.into_iter().filter(|snapshot| wanted.contains(snapshot.snapshot_id.as_str()));
        let items: Vec<ServerSnapshot> = found.collect();
        let before = left.load(Ordering::Relaxed);
        left.store(before.saturating_sub(items.len()), Ordering::Relaxed);
        let is_worth_it = before > items.len() && place.parse().is_ok_and(|pages: usize| pages < wanted.len());
        Ok(Turned { items, next: page.next.filter(|_| is_worth_it) })
    };
    let listed = all_pages(api.http().options().max_pages, FIRST_PAGE, fetch).await?;
    Ok(listed.into_iter().map(|snapshot| (snapshot.snapshot_id.clone(), snapshot)).collect())
}

async fn shown(api: &Api, listed: &HashMap<String, ServerSnapshot>, id: &str) -> Result<ServerSnapshot> {
    match listed.get(id) {
        Some(snapshot) => Ok(snapshot.clone()),
        None => look_up(api, "poll", id).await,
    }
}

/// No status says that a create failed; one that ends `deleted` made nothing that is there.
fn created(client: &Client, shown: Result<ServerSnapshot>) -> Result<OperationStatus> {
    let wire = shown?;
    let word = wire.status_word().to_owned();
    let snapshot = client.converted(wire);
    Ok(match snapshot.state {
        SnapshotState::Available => OperationStatus::succeeded(Some(snapshot)),
        SnapshotState::Deleted => OperationStatus::failed("the snapshot ended in the state deleted"),
        _ => OperationStatus::running(word),
    })
}

fn deleted(shown: Result<ServerSnapshot>) -> Result<OperationStatus> {
    match shown {
        Ok(wire) if wire.is_deleted() => Ok(OperationStatus::succeeded(None)),
        Ok(wire) => Ok(OperationStatus::running(wire.status_word())),
        Err(error) if error.kind() == ErrorKind::NotFound && error.is_definite() => {
            Ok(OperationStatus::succeeded(None))
        }
        Err(error) => Err(error),
    }
}

/// The server says `reinstall` until it is `on` or `off`. Of a restore whose answer was lost that says nothing: the
/// server may have been so all the time. Whether its snapshots outlive it is not documented.
async fn poll_restored(
    client: &Client,
    snapshot: &SnapshotRef,
    server_id: &str,
    is_accepted: bool,
) -> Result<OperationStatus> {
    let server = client.api().server("poll", server_id).await?.data;
    match server.server_status.as_deref().unwrap_or("unknown") {
        "on" | "off" if is_accepted => Ok(OperationStatus::succeeded(client.get_snapshot(snapshot).await.ok())),
        word @ ("on" | "off" | "suspended" | "deleted") => {
            let message = format!("the server is {word}, which does not tell whether the snapshot was put back");
            Err(Error::answered(ErrorKind::OutcomeUnknown, message))
        }
        word => Ok(OperationStatus::running(word)),
    }
}

/// Whether a delete that was sent has been done, whatever came of its answer.
pub(crate) async fn find_deleted(api: &Api, id: &str) -> Result<Lookup<Option<String>>> {
    Ok(match deleted(look_up(api, "delete", id).await)? {
        OperationStatus::Succeeded { .. } => Lookup::Found(Some("deleted".to_owned())),
        _ => Lookup::Absent,
    })
}

/// `get_snapshot_detail`, with "there is none" told from every other refusal: no code says so, and only the list of
/// all snapshots can. It also has the record of a deleted one, whose detail may be refused.
pub(crate) async fn look_up(api: &Api, operation: &'static str, id: &str) -> Result<ServerSnapshot> {
    let refusal = match api.detail(operation, id).await {
        Ok(answer) => return Ok(answer.data),
        Err(error) if may_mean_missing(&error) => error,
        // The provider's own word, whatever became of earlier attempts at this read.
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error.with_may_have_acted(false)),
        Err(error) => return Err(error),
    };
    let Ok(listed) = api.all_snapshots(&SnapshotFilter::default()).await else { return Err(refusal) };
    match listed.into_iter().find(|snapshot| snapshot.snapshot_id == id) {
        None => Err(refusal.with_kind(ErrorKind::NotFound).with_may_have_acted(false)),
        Some(snapshot) if snapshot.is_deleted() => Ok(snapshot),
        Some(_) => Err(refusal),
    }
}

/// A refusal in the provider's own envelope, of a kind that a missing snapshot may have.
fn may_mean_missing(error: &Error) -> bool {
    error.code().is_some() && matches!(error.kind(), ErrorKind::Unexpected | ErrorKind::InvalidInput)
}

/// The ids of a server's snapshots, in every state and of every cycle: none of these is a create's that comes later.
///
/// Creates that begin at the same time share one list: of the server, or of the account where they are at several.
pub(crate) async fn known_ids(client: &Client, server_id: &str) -> Result<Vec<String>> {
    let read = |servers: Vec<String>| async move {
        let is_one = servers.iter().all(|server| server == server_id);
        let filter = SnapshotFilter { server_id: is_one.then(|| server_id.to_owned()), ..SnapshotFilter::default() };
        Ok(Arc::new(client.api().all_snapshots(&filter).await?))
    };
    let snapshots = client.known_snapshots().get(server_id.to_owned(), read).await?;
    let of_server = snapshots.iter().filter(|snapshot| may_be_of(snapshot, server_id));
    Ok(of_server.map(|snapshot| snapshot.snapshot_id.clone()).collect())
}

/// The new snapshots of the server that were taken by hand. A scheduled one may begin at any time, and is nobody's
/// create; a record without a cycle may be ours.
pub(crate) async fn find_created(client: &Client, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
    let server_id = convert::server_id(&fingerprint.source, client.account())?;
    let mut snapshots = snapshots_of(client.api(), server_id).await?;
    snapshots.retain(|snapshot| snapshot.snapshot_cycle.as_deref().is_none_or(|cycle| cycle == "manual"));
    let snapshots = snapshots.into_iter().map(|wire| client.converted(wire));
    Ok(CreateLookup::by_new_id(fingerprint, snapshots, |snapshot| {
        client.create_operation(&fingerprint.source, snapshot.reference())
    }))
}

/// All snapshots of a server, in every state: by default those just started would be missing.
async fn snapshots_of(api: &Api, server_id: &str) -> Result<Vec<ServerSnapshot>> {
    let filter = SnapshotFilter { server_id: Some(server_id.to_owned()), ..SnapshotFilter::default() };
    let mut snapshots = api.all_snapshots(&filter).await?;
    snapshots.retain(|snapshot| may_be_of(snapshot, server_id));
    Ok(snapshots)
}

fn may_be_of(snapshot: &ServerSnapshot, server_id: &str) -> bool {
    snapshot.server_id.as_deref().is_none_or(|of| of == server_id)
}
