//! From what goes over the wire to what all providers share.

use std::sync::Arc;

use cloudsnap_core::{CreateSnapshot, Error, ProviderTime, Result, Snapshot, SnapshotState, Source, SourceDetails};
use jiff::tz::TimeZone;

use crate::PROVIDER;
use crate::wire::{Server, ServerSnapshot};

/// The end is left out, because what `snapshot_end_time` means is not documented, and so is the size, whose unit is not.
pub(crate) fn snapshot(wire: ServerSnapshot, account: &Arc<str>, zone: &TimeZone) -> Snapshot {
    let state = state(wire.status_word());
    let mut snapshot = Snapshot::new(Arc::clone(account), PROVIDER, wire.snapshot_id, state);
    snapshot.name = wire.snapshot_name;
    snapshot.source = wire.server_id.and_then(|server| Source::new(Arc::clone(account), [server]).ok());
    let created = ProviderTime::read(&wire.snapshot_add_time.unwrap_or_default(), Some(zone));
    snapshot.created_at = created.at;
    snapshot.created_text = created.local;
    snapshot
}

/// The three documented words; others are kept as they are.
fn state(word: &str) -> SnapshotState {
    match word {
        "processing" => SnapshotState::Pending,
        "active" => SnapshotState::Available,
        "deleted" => SnapshotState::Deleted,
        _ => SnapshotState::Other(word.to_owned()),
    }
}

pub(crate) fn server(wire: Server, account: &Arc<str>) -> Result<SourceDetails> {
    let mut details = SourceDetails::new(Source::new(Arc::clone(account), [wire.server_id])?, PROVIDER, "server");
    details.name = wire.server_label;
    details.state = wire.server_status;
    Ok(details)
}

/// The server of a source.
pub(crate) fn server_id(source: &Source) -> Result<&str> {
    match source.path() {
        [server] => Ok(server),
        _ => Err(Error::invalid_input(format!("'{source}' is no server: node.co.id's are written ACCOUNT:SERVER"))),
    }
}

/// The server that a create names. It can say nothing else.
pub(crate) fn create(request: &CreateSnapshot) -> Result<&str> {
    let server = server_id(&request.source)?;
    let unsupported = |what: &str| Err(Error::unsupported(PROVIDER, "create", what));
    if request.name.is_some() {
        return unsupported("node.co.id names snapshots itself");
    }
    if request.description.is_some() {
        return unsupported("node.co.id's snapshots have no description");
    }
    if request.expires_in.is_some() {
        return unsupported("node.co.id's create takes no lifetime");
    }
    match request.options.keys().next() {
        Some(name) => Err(Error::invalid_input(format!("node.co.id has no option '{name}'; its create has none"))),
        None => Ok(server),
    }
}
