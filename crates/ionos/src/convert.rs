//! From what goes over the wire to what all providers share.

use std::sync::Arc;

use cloudsnap_core::http::DecodeError;
use cloudsnap_core::{
    CreateMark, CreateSnapshot, Error, Marker, ProviderTime, Result, Snapshot, SnapshotState, Source, SourceDetails,
};
use jiff::tz::TimeZone;

use crate::PROVIDER;
use crate::wire::{Brief, CreateVolumeSnapshot, Datacenter, Volume};

/// IONOS's unit of size.
const GB: f64 = 1e9;

pub(crate) fn snapshot(wire: Brief<'_>, account: &Arc<str>) -> Result<Snapshot, DecodeError> {
    if wire.id.0.is_empty() {
        return Err(DecodeError::new("the answer has a snapshot without an id"));
    }
    let state = state(wire.metadata.state.as_ref().map(|state| &*state.0));
    let mut snapshot = Snapshot::new(Arc::clone(account), PROVIDER, wire.id.0, state);
    snapshot.name = wire.properties.name.map(|name| name.0.into_owned());
    if let Some(description) = &wire.properties.description {
        let (text, marker) = Marker::split(&description.0);
        snapshot.description = text.map(str::to_owned);
        if let Some(marker) = marker {
            snapshot.source = marker.source.and_then(|path| Source::with_written_path(Arc::clone(account), path).ok());
            snapshot.expires_at = marker.expires_at;
        }
    }
    // A date without a zone is UTC: IONOS's own Go client adds the missing Z.
    snapshot.created_at =
        wire.metadata.created_date.and_then(|date| ProviderTime::read(&date.0, Some(&TimeZone::UTC)).at);
    snapshot.size_bytes = wire.properties.size.and_then(bytes);
    Ok(snapshot)
}

/// `AVAILABLE` and `BUSY` are the only states seen on a snapshot; others are kept as they are.
pub(crate) fn state(word: Option<&str>) -> SnapshotState {
    match word {
        Some("AVAILABLE") => SnapshotState::Available,
        Some("BUSY") | None => SnapshotState::Pending,
        Some("FAILED") => SnapshotState::Failed,
        Some("DESTROYING") => SnapshotState::Deleting,
        Some(word) => SnapshotState::Other(word.to_owned()),
    }
}

pub(crate) fn volume(wire: Volume, datacenter: &str, account: &Arc<str>) -> Result<SourceDetails> {
    let source = Source::new(Arc::clone(account), [datacenter, wire.id.as_str()])?;
    let mut details = SourceDetails::new(source, PROVIDER, "volume");
    details.name = wire.properties.name;
    details.size_bytes = wire.properties.size.and_then(bytes);
    details.state = wire.metadata.state;
    Ok(details)
}

pub(crate) fn datacenter_id(wire: Datacenter) -> String {
    wire.id
}

/// The data centre and the volume of a source.
pub(crate) fn place(source: &Source) -> Result<(&str, &str)> {
    match source.path() {
        [datacenter, volume] => Ok((datacenter, volume)),
        _ => {
            Err(Error::invalid_input(format!("'{source}' is no volume: IONOS's are written ACCOUNT:DATACENTER/VOLUME")))
        }
    }
}

/// The names of a create's own options.
pub(crate) const LICENCE_TYPE: &str = "licence_type";
pub(crate) const SEC_AUTH_PROTECTION: &str = "sec_auth_protection";
pub(crate) const APPLICATION_TYPE: &str = "application_type";

/// What a create sends; with the marker, where one is given.
pub(crate) fn create(request: &CreateSnapshot, mark: Option<&CreateMark>) -> Result<CreateVolumeSnapshot> {
    let mut wire = CreateVolumeSnapshot {
        name: request.name.clone(),
        description: match mark {
            Some(mark) => Some(mark.describe(request.description.as_deref())),
            None => request.description.clone(),
        },
        ..CreateVolumeSnapshot::default()
    };
    for (name, value) in &request.options {
        match name.as_str() {
            LICENCE_TYPE => wire.licence_type = Some(value.clone()),
            APPLICATION_TYPE => wire.application_type = Some(value.clone()),
            SEC_AUTH_PROTECTION => wire.sec_auth_protection = Some(flag(name, value)?),
            _ => {
                return Err(Error::invalid_input(format!(
                    "IONOS has no option '{name}'; it has {LICENCE_TYPE}, {SEC_AUTH_PROTECTION} and {APPLICATION_TYPE}"
                )));
            }
        }
    }
    Ok(wire)
}

fn flag(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| Error::invalid_input(format!("{name} is true or false, not '{value}'")))
}

fn bytes(size: f64) -> Option<u64> {
    let bytes = (size * GB).round();
    // The bound keeps the conversion exact, and nonsense out.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 2^53")]
    (0.0..9e15).contains(&bytes).then_some(bytes as u64)
}
