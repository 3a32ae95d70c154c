//! From what goes over the wire to what all providers share, and back.

use std::sync::Arc;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::{Account, DecodeError, DescriptionTag, ProviderTime, Response};
use cloudsnap_core::{
    CreateSnapshot, Details, Error, ErrorKind, Options, ProviderOption, Result, Snapshot, SnapshotRef, SnapshotState,
    Source, SourceRef, UpdateSnapshot,
};
use http::header::LOCATION;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::PROVIDER;
use crate::wire::{CreateVolumeSnapshot, SnapshotChanges, SnapshotSummary, Volume};

/// IONOS's unit of size.
const GB: f64 = 1e9;

/// The data centre and the volume of a source.
pub(crate) fn volume_of<'a>(source: &'a SourceRef, account: &Account) -> Result<(&'a str, &'a str)> {
    match source.open(account)? {
        [datacenter, volume] => Ok((datacenter, volume)),
        _ => {
            Err(Error::invalid_input(format!("'{source}' is no volume: IONOS's are written ACCOUNT:DATACENTER/VOLUME")))
        }
    }
}

/// The id of a snapshot.
pub(crate) fn snapshot_id<'a>(snapshot: &'a SnapshotRef, account: &Account) -> Result<&'a str> {
    // A path may stand in front of the id, and is ignored.
    Ok(snapshot.open(account)?.1)
}

/// A snapshot by its id.
pub(crate) fn reference(id: &str, account: &Account) -> Result<SnapshotRef> {
    SnapshotRef::new(Arc::clone(account.name()), [] as [&str; 0], id)
}

pub(crate) fn snapshot(wire: SnapshotSummary<'_>, account: &Account) -> Result<Snapshot, DecodeError> {
    named(&wire.id.0)?;
    let state = state(wire.metadata.state.as_ref().map(|state| &*state.0));
    let mut snapshot = Snapshot::new(Arc::clone(account.name()), PROVIDER, wire.id.0, state);
    snapshot.name = wire.properties.name.map(|name| name.0.into_owned());
    if let Some(description) = &wire.properties.description {
        let (text, tag) = DescriptionTag::split(&description.0);
        snapshot.description = text.map(str::to_owned);
        if let Some(tag) = tag {
            let source = |path| SourceRef::from_written_path(Arc::clone(account.name()), path).ok();
            snapshot.source = tag.source.and_then(source);
            snapshot.expires_at = tag.expires_at;
            snapshot.tag = tag.id;
        }
    }
    snapshot.created_at = wire.metadata.created_date.and_then(|date| moment(&date.0));
    snapshot.size_bytes = wire.properties.size.and_then(bytes);
    Ok(snapshot)
}

/// A snapshot, and its state in IONOS's own word.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) snapshot: Snapshot,
    pub(crate) word: String,
}

pub(crate) fn seen(wire: SnapshotSummary<'_>, account: &Account) -> Result<Seen, DecodeError> {
    let word = wire.metadata.state.as_ref().map(|state| state.0.to_string()).unwrap_or_default();
    Ok(Seen { snapshot: snapshot(wire, account)?, word })
}

/// The snapshot of an answer, with all that IONOS tells of it beyond what all providers share.
pub(crate) fn detailed_snapshot(response: &Response, account: &Account) -> Result<Snapshot, DecodeError> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Members {
        href: Option<String>,
        metadata: Map<String, Value>,
        properties: Map<String, Value>,
    }

    let mut snapshot = snapshot(response.borrowed_json()?, account)?;
    let Members { href, metadata, properties } = response.json()?;
    let mut members: Map<String, Value> = metadata.into_iter().chain(properties).collect();
    for shared in ["createdDate", "description", "name", "size", "state"] {
        members.remove(shared);
    }
    members.extend(href.map(|href| ("href".to_owned(), href.into())));
    snapshot.details = Details::of(&members);
    Ok(snapshot)
}

/// The ids of the snapshot and of the request in the answer to a create.
pub(crate) fn accepted_ids(response: &Response) -> Result<(String, Option<String>), DecodeError> {
    let wire: SnapshotSummary<'_> = response.borrowed_json()?;
    Ok((named(&wire.id.0)?.to_owned(), request_id(response)))
}

/// The id of a snapshot, which no answer lacks.
pub(crate) fn named(id: &str) -> Result<&str, DecodeError> {
    if id.is_empty() { Err(DecodeError::new("the answer has a snapshot without an id")) } else { Ok(id) }
}

/// The id in `Location: https://…/requests/{requestId}/status`. Only the id is used, never the host before it.
pub(crate) fn request_id(response: &Response) -> Option<String> {
    let (_, behind) = response.header(LOCATION)?.split_once("/requests/")?;
    let id = behind.split(['/', '?']).next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// A date without a zone is UTC: IONOS's own Go client adds the missing Z.
pub(crate) fn moment(date: &str) -> Option<Timestamp> {
    ProviderTime::read(date, Some(&TimeZone::UTC)).at
}

/// `AVAILABLE` and `BUSY` are the only states seen on a snapshot; others are kept as they are.
fn state(word: Option<&str>) -> SnapshotState {
    match word {
        Some("AVAILABLE") => SnapshotState::Available,
        Some("BUSY") | None => SnapshotState::Pending,
        Some("FAILED") => SnapshotState::Failed,
        Some("DESTROYING") => SnapshotState::Deleting,
        Some(word) => SnapshotState::Other(word.to_owned()),
    }
}

pub(crate) fn source(wire: Volume, datacenter: &str, account: &Account) -> Result<Source> {
    let reference = SourceRef::new(Arc::clone(account.name()), [datacenter, wire.id.as_str()])
        .map_err(|_| Error::answered(ErrorKind::Decode, "the answer has a volume without an id"))?;
    let mut source = Source::new(reference, PROVIDER, "volume");
    source.name = wire.properties.name;
    source.size_bytes = wire.properties.size.and_then(bytes);
    source.state = wire.metadata.state;
    Ok(source)
}

fn bytes(size: f64) -> Option<u64> {
    let bytes = (size * GB).round();
    // The bound keeps the conversion exact, and nonsense out.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and 2^53")]
    (0.0..9e15).contains(&bytes).then_some(bytes as u64)
}

const LICENCE_TYPE: ProviderOption =
    ProviderOption::new("licence_type", "the operating system's licence: LINUX, WINDOWS2022, UNKNOWN and so on");
const SEC_AUTH_PROTECTION: ProviderOption =
    ProviderOption::new("sec_auth_protection", "true or false: extra protection such as two-factor authentication");
const APPLICATION_TYPE: ProviderOption =
    ProviderOption::new("application_type", "the licensed application, such as MSSQL-2022-Web");

/// IONOS's own options of a create.
pub(crate) const CREATE_OPTIONS: &[ProviderOption] = &[LICENCE_TYPE, SEC_AUTH_PROTECTION, APPLICATION_TYPE];

/// IONOS's own options of an update.
pub(crate) const UPDATE_OPTIONS: &[ProviderOption] = &[
    LICENCE_TYPE,
    SEC_AUTH_PROTECTION,
    APPLICATION_TYPE,
    ProviderOption::new("cpu_hot_plug", "true or false: CPUs can be added while the server runs"),
    ProviderOption::new("cpu_hot_unplug", "true or false: CPUs can be removed while the server runs"),
    ProviderOption::new("ram_hot_plug", "true or false: memory can be added while the server runs"),
    ProviderOption::new("ram_hot_unplug", "true or false: memory can be removed while the server runs"),
    ProviderOption::new("nic_hot_plug", "true or false: network cards can be added while the server runs"),
    ProviderOption::new("nic_hot_unplug", "true or false: network cards can be removed while the server runs"),
    ProviderOption::new("disc_virtio_hot_plug", "true or false: Virtio disks can be added while the server runs"),
    ProviderOption::new(
        "disc_virtio_hot_unplug",
        "true or false: Virtio disks can be removed while the server runs; not for Windows",
    ),
    ProviderOption::new("disc_scsi_hot_plug", "true or false: SCSI disks can be added while the server runs"),
    ProviderOption::new(
        "disc_scsi_hot_unplug",
        "true or false: SCSI disks can be removed while the server runs; not for Windows",
    ),
    ProviderOption::new("expose_serial", "true or false: the serial number of the disk is shown to the server"),
    ProviderOption::new("require_legacy_bios", "true or false: the server needs a BIOS instead of UEFI"),
];

/// What a create sends, with this description.
pub(crate) fn create(request: &CreateSnapshot, description: Option<String>) -> Result<CreateVolumeSnapshot> {
    let name = request.name.clone();
    let mut wire = CreateVolumeSnapshot { name, description, ..CreateVolumeSnapshot::default() };
    for (name, value) in &request.options {
        match name.as_str() {
            "licence_type" => wire.licence_type = Some(value.clone()),
            "application_type" => wire.application_type = Some(value.clone()),
            "sec_auth_protection" => wire.sec_auth_protection = Some(flag(name, value)?),
            _ => return Err(unknown_option(name, "a create", CREATE_OPTIONS)),
        }
    }
    Ok(wire)
}

/// What an update sends beside the description.
pub(crate) fn changes(request: &UpdateSnapshot) -> Result<SnapshotChanges> {
    let mut wire = SnapshotChanges { name: request.name.clone(), ..SnapshotChanges::default() };
    for (name, value) in &request.options {
        let flag = || flag(name, value).map(Some);
        match name.as_str() {
            "licence_type" => wire.licence_type = Some(value.clone()),
            "application_type" => wire.application_type = Some(value.clone()),
            "sec_auth_protection" => wire.sec_auth_protection = flag()?,
            "cpu_hot_plug" => wire.cpu_hot_plug = flag()?,
            "cpu_hot_unplug" => wire.cpu_hot_unplug = flag()?,
            "ram_hot_plug" => wire.ram_hot_plug = flag()?,
            "ram_hot_unplug" => wire.ram_hot_unplug = flag()?,
            "nic_hot_plug" => wire.nic_hot_plug = flag()?,
            "nic_hot_unplug" => wire.nic_hot_unplug = flag()?,
            "disc_virtio_hot_plug" => wire.disc_virtio_hot_plug = flag()?,
            "disc_virtio_hot_unplug" => wire.disc_virtio_hot_unplug = flag()?,
            "disc_scsi_hot_plug" => wire.disc_scsi_hot_plug = flag()?,
            "disc_scsi_hot_unplug" => wire.disc_scsi_hot_unplug = flag()?,
            "expose_serial" => wire.expose_serial = flag()?,
            "require_legacy_bios" => wire.require_legacy_bios = flag()?,
            _ => return Err(unknown_option(name, "an update", UPDATE_OPTIONS)),
        }
    }
    Ok(wire)
}

/// The description with the new text and the new end. The tag stays: without it the snapshot's source is forgotten.
pub(crate) fn changed_description(current: &str, request: &UpdateSnapshot) -> Result<String> {
    let (text, tag) = DescriptionTag::split(current);
    let text = request.description.as_deref().or(text);
    let mut tag = tag.unwrap_or_default();
    tag.expires_at = request.expires_at(Timestamp::now(), tag.expires_at)?;
    let is_needed = tag != DescriptionTag::default();
    Ok(if is_needed { tag.in_front_of(text) } else { text.unwrap_or_default().to_owned() })
}

/// Refuses options of a restore: IONOS documents none.
pub(crate) fn refuse_options(options: &Options) -> Result<()> {
    match options.keys().next() {
        Some(name) => Err(Error::invalid_input(format!("IONOS has no options of a restore, and so no '{name}'"))),
        None => Ok(()),
    }
}

fn unknown_option(name: &str, call: &str, known: &[ProviderOption]) -> Error {
    let names: Vec<&str> = known.iter().map(|option| option.name).collect();
    Error::invalid_input(format!("IONOS has no option '{name}' of {call}; it has {}", names.join(", ")))
}

fn flag(name: &str, value: &str) -> Result<bool> {
    value.parse().map_err(|_| Error::invalid_input(format!("{name} is true or false, not '{value}'")))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    const TAG: &str = "[cloudsnap id=3f0a91c2b4d5e6f708192a3b source=d/v expires=2026-02-28T00:00:00Z]";

    fn located(location: &str) -> Option<String> {
        let mut response = Response::new(202, "");
        response.headers.insert(LOCATION, HeaderValue::from_str(location).ok()?);
        request_id(&response)
    }

    fn update() -> UpdateSnapshot {
        UpdateSnapshot::new("ionos:@s".parse().unwrap())
    }

    #[test]
    fn only_the_id_of_a_location_is_used() {
        let id = Some("9d0e".to_owned());
        assert_eq!(located("https://api.ionos.com/cloudapi/v6/requests/9d0e/status"), id);
        assert_eq!(located("http://127.0.0.1:1/requests/9d0e?x=/requests/other"), id);
        assert_eq!(located("https://api.ionos.com/cloudapi/v6/requests//status"), None);
        assert_eq!(located("https://api.ionos.com/cloudapi/v6/snapshots/9d0e"), None);
    }

    #[test]
    fn an_end_that_is_taken_away_leaves_the_rest_of_the_tag() {
        let changed = changed_description(&format!("{TAG} nightly"), &update().with_no_expiry()).unwrap();
        assert_eq!(changed, "[cloudsnap id=3f0a91c2b4d5e6f708192a3b source=d/v] nightly");
        let changed =
            changed_description("[cloudsnap expires=2026-02-28T00:00:00Z] nightly", &update().with_no_expiry());
        assert_eq!(changed.unwrap(), "nightly");
    }

    #[test]
    fn every_option_that_is_listed_is_taken() {
        for (option, value) in UPDATE_OPTIONS.iter().map(|option| (option.name, "true")) {
            assert_ne!(changes(&update().with_option(option, value)).unwrap(), SnapshotChanges::default(), "{option}");
        }
        for option in CREATE_OPTIONS {
            let request = CreateSnapshot::new("ionos:d/v".parse().unwrap()).with_option(option.name, "true");
            assert_ne!(create(&request, None).unwrap(), CreateVolumeSnapshot::default(), "{}", option.name);
        }
    }

    proptest! {
        #[test]
        fn a_new_description_keeps_the_tag(text in "[a-z][ -Z^-~]{0,40}") {
            let changed = changed_description(&format!("{TAG} before"), &update().with_description(text.clone())).unwrap();
            let (kept, tag) = DescriptionTag::split(&changed);
            prop_assert_eq!(kept, Some(text.trim()));
            prop_assert_eq!(tag, DescriptionTag::split(TAG).1);
        }

        #[test]
        fn no_location_names_more_than_one_segment(location in "[ -~]{0,60}") {
            prop_assert!(located(&location).is_none_or(|id| !id.is_empty() && !id.contains(['/', '?'])));
        }

        #[test]
        fn sizes_are_whole_bytes_or_nothing(size in any::<f64>()) {
            prop_assert!(bytes(size).is_none_or(|bytes| bytes <= 9_000_000_000_000_000));
        }
    }
}
