//! From what goes over the wire to what all providers share.

use std::sync::Arc;

use cloudsnap_core::http::DecodeError;
use cloudsnap_core::{
    CreateMark, CreateSnapshot, Error, Marker, ProviderTime, Result, Snapshot, SnapshotRef, SnapshotState, Source,
    SourceDetails,
};
use jiff::tz::TimeZone;

use crate::PROVIDER;
use crate::wire::{CreateServerSnapshot, Server, ServerSnapshot};

/// A snapshot of a server. The answers do not name the server: it is the one that was asked about.
pub(crate) fn snapshot(
    wire: ServerSnapshot,
    server: &str,
    account: &Arc<str>,
    zone: Option<&TimeZone>,
) -> Result<Snapshot, DecodeError> {
    if wire.id.is_empty() {
        return Err(DecodeError::new("the answer has a snapshot without an id"));
    }
    let mut snapshot = Snapshot::new(Arc::clone(account), PROVIDER, wire.id, state(wire.status));
    snapshot.path = vec![server.to_owned()];
    snapshot.source = Source::new(Arc::clone(account), [server]).ok();
    snapshot.name = wire.name;
    if let Some(description) = &wire.description {
        let (text, marker) = Marker::split(description);
        snapshot.description = text.map(str::to_owned);
        snapshot.expires_at = marker.and_then(|marker| marker.expires_at);
    }
    let created = ProviderTime::read(wire.create_time.as_deref().unwrap_or_default(), zone);
    snapshot.created_at = created.at;
    snapshot.created_text = created.local;
    Ok(snapshot)
}

/// The three documented words, in any case; others are kept as they are.
pub(crate) fn state(word: Option<String>) -> SnapshotState {
    let Some(word) = word else { return SnapshotState::Pending };
    match word.to_ascii_uppercase().as_str() {
        "BUILD" => SnapshotState::Pending,
        "ACTIVE" => SnapshotState::Available,
        "DELETED" => SnapshotState::Deleted,
        _ => SnapshotState::Other(word),
    }
}

pub(crate) fn source(wire: Server, account: &Arc<str>) -> Result<SourceDetails> {
    let mut details = SourceDetails::new(Source::new(Arc::clone(account), [wire.id])?, PROVIDER, "server");
    details.name = wire.name;
    details.state = wire.status;
    Ok(details)
}

/// The server of a source.
pub(crate) fn server(source: &Source) -> Result<&str> {
    match source.path() {
        [server] => Ok(server),
        _ => Err(Error::invalid_input(format!("'{source}' is no server: Hostway's are written ACCOUNT:SERVER"))),
    }
}

/// The server and the id of a snapshot.
pub(crate) fn filed(snapshot: &SnapshotRef) -> Result<(&str, &str)> {
    match snapshot.path() {
        [server] => Ok((server, snapshot.id())),
        _ => Err(Error::invalid_input(format!(
            "'{snapshot}' does not name the server: Hostway's snapshots are written ACCOUNT:SERVER@ID"
        ))),
    }
}

/// A mark with the name that every send of this create uses: Hostway wants one, unique on the server.
pub(crate) fn mark(request: &CreateSnapshot) -> Result<CreateMark> {
    let mut mark = CreateMark::new(request)?;
    mark.name = Some(name(&mark));
    Ok(mark)
}

/// What a create sends: the name, and the user's words with our marker behind them.
pub(crate) fn create(request: &CreateSnapshot, mark: &CreateMark) -> Result<CreateServerSnapshot> {
    if let Some(option) = request.options.keys().next() {
        return Err(Error::invalid_input(format!("Hostway has no option '{option}'; it has none at all")));
    }
    let description = mark.describe(request.description.as_deref());
    Ok(CreateServerSnapshot { name: name(mark), description })
}

fn name(mark: &CreateMark) -> String {
    mark.name.clone().unwrap_or_else(|| format!("cloudsnap-{:.12}", mark.id))
}
