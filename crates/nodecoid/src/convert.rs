//! From what goes over the wire to what all providers share, and back.

use std::sync::Arc;

use cloudsnap_core::provider::{Account, ProviderTime};
use cloudsnap_core::{
    CreateSnapshot, Details, Error, Options, ProviderOption, RestoreSnapshot, Result, Snapshot, SnapshotRef,
    SnapshotState, Source, SourceRef,
};
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::PROVIDER;
use crate::wire::{ReinstallServer, Server, ServerSnapshot};

const SSH_KEYS: &str = "ssh_keys";

/// What a restore can say beyond the snapshot and the server. The page has more parameters, of installations from a
/// template or an ISO file.
pub(crate) const RESTORE_OPTIONS: &[ProviderOption] =
    &[ProviderOption::new(SSH_KEYS, "public keys that may log in afterwards, one a line, ten at most")];

/// The end is left out, because what `snapshot_end_time` means is not documented, and so is the size, whose unit is not.
pub(crate) fn snapshot(wire: ServerSnapshot, account: &Account, zone: &TimeZone) -> Snapshot {
    let state = state(wire.status_word());
    let mut snapshot = Snapshot::new(Arc::clone(account.name()), PROVIDER, wire.snapshot_id, state);
    snapshot.name = wire.snapshot_name;
    snapshot.source = wire.server_id.and_then(|server| SourceRef::new(Arc::clone(account.name()), [server]).ok());
    let created = ProviderTime::read(&wire.snapshot_add_time.unwrap_or_default(), Some(zone));
    snapshot.created_at = created.at;
    snapshot.created_text = created.local;
    snapshot
}

/// What node.co.id tells of a snapshot beyond the shared fields; never its download URL.
pub(crate) fn details(wire: &ServerSnapshot) -> Details {
    #[derive(Serialize)]
    struct Own<'a> {
        server_label: &'a Option<String>,
        snapshot_cycle: &'a Option<String>,
        snapshot_size: Option<f64>,
        snapshot_end_time: &'a Option<String>,
        snapshot_url_expires: Option<u64>,
    }
    Details::of(&Own {
        server_label: &wire.server_label,
        snapshot_cycle: &wire.snapshot_cycle,
        snapshot_size: wire.snapshot_size,
        snapshot_end_time: &wire.snapshot_end_time,
        snapshot_url_expires: wire.snapshot_url_expires,
    })
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

pub(crate) fn server(wire: Server, account: &Account) -> Result<Source> {
    let reference = SourceRef::new(Arc::clone(account.name()), [wire.server_id])?;
    let mut source = Source::new(reference, PROVIDER, "server");
    source.name = wire.server_label;
    source.state = wire.server_status;
    Ok(source)
}

/// The id of a snapshot of this account.
pub(crate) fn snapshot_id<'a>(snapshot: &'a SnapshotRef, account: &Account) -> Result<&'a str> {
    snapshot.open(account).map(|(_, id)| id)
}

/// The server of a source of this account.
pub(crate) fn server_id<'a>(source: &'a SourceRef, account: &Account) -> Result<&'a str> {
    match source.open(account)? {
        [server] => Ok(server),
        _ => Err(Error::invalid_input(format!("'{source}' is no server: node.co.id's are written ACCOUNT:SERVER"))),
    }
}

/// The server that a create names. It can say nothing else.
pub(crate) fn create<'a>(request: &'a CreateSnapshot, account: &Account) -> Result<&'a str> {
    let server = server_id(&request.source, account)?;
    if request.name.is_some() {
        return Err(Error::unsupported("node.co.id names snapshots itself"));
    }
    if request.description.is_some() {
        return Err(Error::unsupported("node.co.id's snapshots have no description"));
    }
    if request.expires_in.is_some() {
        return Err(Error::unsupported("node.co.id's create takes no lifetime"));
    }
    refuse_unknown(&request.options, "create", &[])?;
    Ok(server)
}

/// What a restore sends beside the server.
pub(crate) fn restore(request: &RestoreSnapshot, account: &Account) -> Result<ReinstallServer> {
    let id = snapshot_id(&request.snapshot, account)?;
    refuse_unknown(&request.options, "restore", RESTORE_OPTIONS)?;
    let written = request.options.get(SSH_KEYS).map(String::as_str).unwrap_or_default();
    let keys = written.lines().map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned);
    let reinstall = ReinstallServer::from_snapshot(id).with_ssh_keys(keys.collect());
    reinstall.check()?;
    Ok(reinstall)
}

fn refuse_unknown(options: &Options, call: &str, known: &[ProviderOption]) -> Result<()> {
    let is_known = |name: &str| known.iter().any(|option| option.name == name);
    let Some(unknown) = options.keys().find(|name| !is_known(name)) else { return Ok(()) };
    let known: Vec<&str> = known.iter().map(|option| option.name).collect();
    let has = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(Error::invalid_input(format!("node.co.id has no option '{unknown}'; its {call} has {has}")))
}
