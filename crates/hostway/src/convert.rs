//! From what goes over the wire to what all providers share, and what is inside a reference.

use std::sync::Arc;

use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::{Account, CreateFingerprint, DescriptionTag, ProviderTime};
use cloudsnap_core::{
    CreateSnapshot, Details, Error, ErrorKind, Options, Result, Snapshot, SnapshotRef, SnapshotState, Source, SourceRef,
};
use serde::Serialize;

use crate::PROVIDER;
use crate::wire::{CreateServerSnapshot, Link, Server, ServerSnapshot};

/// A snapshot of a server. The answers do not name the server: it is the one that was asked about.
pub(crate) fn snapshot(
    wire: &ServerSnapshot,
    server: &str,
    account: &Account,
    zone: Option<&TimeZone>,
) -> Result<Snapshot> {
    if wire.id.is_empty() {
        return Err(Error::answered(ErrorKind::Decode, "the answer has a snapshot without an id"));
    }
    let mut snapshot = Snapshot::new(Arc::clone(account.name()), PROVIDER, &wire.id, state(wire.status.as_deref()));
    snapshot.path = vec![server.to_owned()];
    snapshot.source = SourceRef::new(Arc::clone(account.name()), [server]).ok();
    snapshot.name.clone_from(&wire.name);
    let (text, tag) = DescriptionTag::split(wire.description.as_deref().unwrap_or_default());
    snapshot.description = text.map(str::to_owned);
    snapshot.tag = tag.and_then(|tag| tag.id);
    snapshot.expires_at = tag.and_then(|tag| tag.expires_at);
    let created = ProviderTime::read(wire.create_time.as_deref().unwrap_or_default(), zone);
    snapshot.created_at = created.at;
    snapshot.created_text = created.local;
    Ok(snapshot)
}

/// What Hostway tells of a snapshot beyond the shared fields.
pub(crate) fn details(wire: &ServerSnapshot) -> Details {
    #[derive(Serialize)]
    struct Own<'a> {
        guid: Option<&'a str>,
        parent_guid: Option<&'a str>,
        relation_guid: Option<&'a str>,
        links: Option<&'a [Link]>,
    }
    Details::of(&Own {
        guid: wire.guid.as_deref(),
        parent_guid: wire.parent_guid.as_deref(),
        relation_guid: wire.relation_guid.as_deref(),
        links: Some(&*wire.links).filter(|links| !links.is_empty()),
    })
}

/// The three documented words, in any case; others are kept as they are.
fn state(word: Option<&str>) -> SnapshotState {
    let Some(word) = word else { return SnapshotState::Pending };
    match word.to_ascii_uppercase().as_str() {
        "BUILD" => SnapshotState::Pending,
        "ACTIVE" => SnapshotState::Available,
        "DELETED" => SnapshotState::Deleted,
        _ => SnapshotState::Other(word.to_owned()),
    }
}

pub(crate) fn source(wire: Server, account: &Account) -> Result<Source> {
    let reference = SourceRef::new(Arc::clone(account.name()), [named(wire.id)?])?;
    let mut source = Source::new(reference, PROVIDER, "server");
    source.name = wire.name;
    source.state = wire.status;
    Ok(source)
}

/// The id of a listed server.
pub(crate) fn named(id: String) -> Result<String> {
    let unnamed = || Error::answered(ErrorKind::Decode, "the answer has a server without an id");
    (!id.is_empty()).then_some(id).ok_or_else(unnamed)
}

/// The server of a source.
pub(crate) fn server<'a>(source: &'a SourceRef, account: &Account) -> Result<&'a str> {
    match source.open(account)? {
        [server] => Ok(server),
        _ => Err(Error::invalid_input(format!("'{source}' is no server: Hostway's are written ACCOUNT:SERVER"))),
    }
}

/// The server and the id of a snapshot.
pub(crate) fn server_and_id<'a>(snapshot: &'a SnapshotRef, account: &Account) -> Result<(&'a str, &'a str)> {
    match snapshot.open(account)? {
        ([server], id) => Ok((server, id)),
        _ => Err(Error::invalid_input(format!(
            "'{snapshot}' does not name the server: Hostway's snapshots are written ACCOUNT:SERVER@ID"
        ))),
    }
}

/// A fingerprint with the name that every send of this create uses: Hostway wants one, unique on the server.
pub(crate) fn fingerprint(request: &CreateSnapshot, account: &Account) -> Result<CreateFingerprint> {
    let mut fingerprint = CreateFingerprint::new(account, request)?;
    fingerprint.name = Some(name(&fingerprint));
    Ok(fingerprint)
}

/// What a create sends: the name, and our tag with the user's words behind it.
pub(crate) fn create(fingerprint: &CreateFingerprint) -> CreateServerSnapshot {
    CreateServerSnapshot { name: name(fingerprint), description: fingerprint.tagged_description() }
}

fn name(fingerprint: &CreateFingerprint) -> String {
    fingerprint.name.clone().unwrap_or_else(|| format!("cloudsnap-{:.12}", fingerprint.id))
}

/// Hostway has no option of its own in any call.
pub(crate) fn refuse_options(options: &Options) -> Result<()> {
    match options.keys().next() {
        Some(option) => Err(Error::invalid_input(format!("Hostway has no option '{option}'; it has none at all"))),
        None => Ok(()),
    }
}
