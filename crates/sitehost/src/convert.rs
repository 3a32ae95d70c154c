//! From what goes over the wire to what all providers share.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::jiff::tz::TimeZone;
use cloudsnap_core::provider::{Account, ProviderTime};
use cloudsnap_core::{
    AccountAccess, CreateSnapshot, Details, Error, ErrorKind, NewExpiry, Options, Result, Snapshot, SnapshotRef,
    SnapshotState, Source, SourceRef, UpdateSnapshot,
};

use crate::wire::{AccountInfo, Partition, Server, ServerSnapshot};

/// The name of the own option of a create and of an update.
pub(crate) const LIFETIME: &str = "lifetime";

/// The value of that option that leaves the lifetime of a new snapshot to SiteHost.
pub(crate) const BY_PROVIDER: &str = "provider";

/// For how many hours a snapshot can be kept, as the reference of `server/snapshot/create` says.
pub(crate) const LIFETIMES: RangeInclusive<u64> = 1..=24;

const HOUR: u64 = 3600;

/// What a snapshot's server and account are, and when its times are.
pub(crate) struct Place<'a> {
    pub(crate) account: &'a Account,
    pub(crate) server: &'a str,
    pub(crate) zone: Option<&'a TimeZone>,
}

impl Place<'_> {
    /// The snapshot, whose source is told by the server's disks, where they are known.
    pub(crate) fn snapshot(&self, wire: &ServerSnapshot, disks: &[Partition]) -> Snapshot {
        let account = Arc::clone(self.account.name());
        let mut snapshot = Snapshot::new(account, self.account.provider(), wire.id.clone(), state(wire));
        snapshot.path = vec![self.server.to_owned()];
        snapshot.source = disk_of(wire, disks).and_then(|disk| self.source(disk).ok());
        snapshot.name.clone_from(&wire.name);
        let created = self.time(wire.created.as_deref());
        (snapshot.created_at, snapshot.created_text) = (created.at, created.local);
        let expires = self.time(wire.expires.as_deref());
        (snapshot.expires_at, snapshot.expires_text) = (expires.at, expires.local);
        snapshot
    }

    pub(crate) fn reference(&self, id: &str) -> Result<SnapshotRef> {
        SnapshotRef::new(Arc::clone(self.account.name()), [self.server], id)
    }

    fn source(&self, disk: &str) -> Result<SourceRef> {
        SourceRef::new(Arc::clone(self.account.name()), [self.server, disk])
    }

    /// When the snapshot ends.
    pub(crate) fn end(&self, wire: &ServerSnapshot) -> Option<Timestamp> {
        self.time(wire.expires.as_deref()).at
    }

    fn time(&self, text: Option<&str>) -> ProviderTime {
        ProviderTime::read(text.unwrap_or_default(), self.zone)
    }
}

/// What SiteHost tells beyond what all providers share.
pub(crate) fn details(wire: &ServerSnapshot) -> Details {
    let mut members = serde_json::to_value(wire).unwrap_or_default();
    if let Some(members) = members.as_object_mut() {
        members.retain(|name, _| !["id", "name", "created", "expires"].contains(&name.as_str()));
    }
    Details::of(&members)
}

/// The disk that the snapshot was taken of: `parent` is its id, as far as the samples tell.
pub(crate) fn disk_of<'a>(wire: &ServerSnapshot, disks: &'a [Partition]) -> Option<&'a str> {
    let parent = wire.parent.as_ref()?;
    disks.iter().find(|disk| disk.id.as_ref() == Some(parent))?.name.as_deref()
}

/// `pending` is `"1"` while a job works on the snapshot, whatever the job does, and `"0"` when it is stable.
pub(crate) fn state(wire: &ServerSnapshot) -> SnapshotState {
    match wire.pending.as_deref() {
        _ if wire.is_missing == Some(true) => SnapshotState::Other("missing".to_owned()),
        Some("0") | None => SnapshotState::Available,
        Some("1") => SnapshotState::Pending,
        Some(word) => SnapshotState::Other(word.to_owned()),
    }
}

/// The server's disks, swap among them: SiteHost does not say which of them it can snapshot.
pub(crate) fn sources(server: &Server, place: &Place<'_>) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for disk in &server.partitions {
        let Some(disk_name) = &disk.name else { continue };
        let mut source = Source::new(place.source(disk_name)?, place.account.provider(), "disk");
        source.name = display_name(server, disk);
        source.state.clone_from(&server.state);
        sources.push(source);
    }
    Ok(sources)
}

/// The server's label, and what tells its disks apart: `Example / (ext4)`, `Example (swap)`.
fn display_name(server: &Server, disk: &Partition) -> Option<String> {
    let file_system = disk.fstype.as_ref().map(|file_system| format!("({file_system})"));
    let parts = [server.label.clone(), disk.mountpoint.clone(), file_system];
    let words: Vec<String> = parts.into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The server and the disk of a source.
pub(crate) fn server_and_disk<'a>(source: &'a SourceRef, account: &Account) -> Result<(&'a str, &'a str)> {
    match source.open(account)? {
        [server, disk] => Ok((expect_name(server)?, expect_name(disk)?)),
        _ => Err(Error::invalid_input(format!("'{source}' is no disk: SiteHost's are written ACCOUNT:SERVER/DISK"))),
    }
}

/// The server of a source whose snapshots are listed, and the disk where one is named.
pub(crate) fn server_or_disk<'a>(source: &'a SourceRef, account: &Account) -> Result<(&'a str, Option<&'a str>)> {
    match source.open(account)? {
        [server] => Ok((expect_name(server)?, None)),
        _ => server_and_disk(source, account).map(|(server, disk)| (server, Some(disk))),
    }
}

/// Refuses what is a path and no name of anything.
fn expect_name(name: &str) -> Result<&str> {
    match name {
        "." | ".." => Err(Error::invalid_input(format!("'{name}' is no name of a server or a disk"))),
        _ => Ok(name),
    }
}

/// The server and the id of a snapshot. A disk may stand behind the server.
pub(crate) fn server_and_id<'a>(snapshot: &'a SnapshotRef, account: &Account) -> Result<(&'a str, &'a str)> {
    match snapshot.open(account)? {
        ([server] | [server, _], id) => Ok((server, id)),
        _ => Err(Error::invalid_input(format!(
            "'{snapshot}' does not name its server: SiteHost's snapshots are written ACCOUNT:SERVER@ID"
        ))),
    }
}

/// Refuses a name and a description: there is nowhere to put them.
pub(crate) fn refuse_words(name: Option<&str>, description: Option<&str>) -> Result<()> {
    let what = match (name, description) {
        (Some(_), _) => "name",
        (None, Some(_)) => "description",
        (None, None) => return Ok(()),
    };
    let message = format!("SiteHost's snapshots have no {what} that one chooses; they have a disk and a lifetime");
    Err(Error::unsupported(message))
}

/// The hours for which a new snapshot is kept; `None` leaves that to SiteHost, which does not document its default.
pub(crate) fn lifetime(request: &CreateSnapshot) -> Result<Option<u64>> {
    let hours = match (lifetime_option(&request.options)?, request.expires_in) {
        (Some(_), Some(_)) => return Err(said_twice()),
        (Some(BY_PROVIDER), None) => return Ok(None),
        (Some(hours), None) => hours.parse().map_err(|_| {
            let (shortest, longest) = (LIFETIMES.start(), LIFETIMES.end());
            Error::invalid_input(format!(
                "{LIFETIME} is a number of hours, {shortest} to {longest}, or {BY_PROVIDER}, not '{hours}'"
            ))
        })?,
        (None, Some(duration)) => whole_hours(duration),
        (None, None) => *LIFETIMES.end(),
    };
    check_lifetime(hours).map(|()| Some(hours))
}

/// Refuses hours for which a snapshot cannot be kept.
pub(crate) fn check_lifetime(hours: u64) -> Result<()> {
    if LIFETIMES.contains(&hours) {
        return Ok(());
    }
    let (shortest, longest) = (LIFETIMES.start(), LIFETIMES.end());
    Err(Error::invalid_input(format!(
        "SiteHost keeps a snapshot for {shortest} to {longest} hours; {hours} are not possible"
    )))
}

/// What is to become of the end of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewLifetime {
    /// These hours are sent as they are.
    Hours(u64),
    /// It is to last so long from now on.
    FromNow(Duration),
}

/// What an update changes: the lifetime, and nothing else.
pub(crate) fn new_lifetime(request: &UpdateSnapshot) -> Result<NewLifetime> {
    refuse_words(request.name.as_deref(), request.description.as_deref())?;
    match (lifetime_option(&request.options)?, request.expiry) {
        (Some(_), Some(_)) => Err(said_twice()),
        (Some(hours), None) => match hours.parse() {
            Ok(hours) if hours > 0 => Ok(NewLifetime::Hours(hours)),
            _ => Err(Error::invalid_input(format!("{LIFETIME} is a number of hours, 1 at least, not '{hours}'"))),
        },
        (None, Some(NewExpiry::In(duration))) => Ok(NewLifetime::FromNow(duration)),
        (None, Some(_)) => Err(Error::unsupported("each of SiteHost's snapshots has an end")),
        (None, None) => Err(Error::invalid_input("nothing to change was given")),
    }
}

impl NewLifetime {
    /// The hours to send for a snapshot that ends at `ends`: the reference says that they are added to its lifetime.
    /// Zero where it ends in the hour after that already.
    pub(crate) fn hours_to_send(self, now: Timestamp, ends: Option<Timestamp>) -> Result<u64> {
        match (self, ends) {
            (Self::Hours(hours), _) => Ok(hours),
            (Self::FromNow(duration), None) => Ok(whole_hours(duration).max(1)),
            (Self::FromNow(duration), Some(ends)) => {
                let too_far = |_| Error::invalid_input("the expiry lies too far in the future");
                hours_to_add(now.checked_add(duration).map_err(too_far)?, ends)
            }
        }
    }
}

fn hours_to_add(wanted: Timestamp, ends: Timestamp) -> Result<u64> {
    let missing = wanted.duration_since(ends);
    if let Ok(missing) = Duration::try_from(missing) {
        return Ok(whole_hours(missing));
    }
    if missing.unsigned_abs() < Duration::from_secs(HOUR) {
        return Ok(0);
    }
    let message = format!("the snapshot lasts until {ends:.0} already, and SiteHost only adds to a lifetime");
    Err(Error::invalid_input(message)
        .with_advice(format!("the option {LIFETIME} has SiteHost sent a number of hours as it is")))
}

/// What a key may do, and what of it will be in the way.
pub(crate) fn access(info: &AccountInfo, client_id: u64) -> AccountAccess {
    let client = info.client_id.as_deref().unwrap_or_default();
    let mut access = AccountAccess::new(format!("client {client}, modules {}", info.modules.join(", ")));
    for module in ["Server", "Job"] {
        if !info.modules.iter().any(|name| name.eq_ignore_ascii_case(module)) {
            access = access.with_warning(format!(
                "the key does not name the module {module}, which snapshots need; allow it at SiteHost"
            ));
        }
    }
    if client != client_id.to_string() {
        access = access.with_warning(format!("the key is for client {client}, SH_CLIENT_ID is {client_id}"));
    }
    access
}

/// Refuses a disk that is not among those of the server, where they are known.
pub(crate) fn expect_disk(server: &str, disk: &str, disks: &[Partition]) -> Result<()> {
    let names: Vec<&str> = disks.iter().filter_map(|disk| disk.name.as_deref()).collect();
    if names.is_empty() || names.contains(&disk) {
        return Ok(());
    }
    let message = format!("the disks of {server} are {}", names.join(", "));
    Err(Error::answered(ErrorKind::NotFound, message))
}

/// Refuses options of a call that has none.
pub(crate) fn refuse_options(options: &Options) -> Result<()> {
    match options.keys().next() {
        Some(unknown) => Err(Error::invalid_input(format!("SiteHost has no option '{unknown}' here; it has none"))),
        None => Ok(()),
    }
}

fn lifetime_option(options: &Options) -> Result<Option<&str>> {
    match options.keys().find(|name| *name != LIFETIME) {
        Some(unknown) => Err(Error::invalid_input(format!("SiteHost has no option '{unknown}'; it has {LIFETIME}"))),
        None => Ok(options.get(LIFETIME).map(String::as_str)),
    }
}

fn said_twice() -> Error {
    Error::invalid_input(format!("an expiry and the option {LIFETIME} say the same; give one"))
}

/// The duration in whole hours, rounded up: a snapshot does not end before it may.
pub(crate) fn whole_hours(duration: Duration) -> u64 {
    let begun = u64::from(duration.subsec_nanos() > 0);
    duration.as_secs().saturating_add(begun).div_ceil(HOUR)
}

#[cfg(test)]
mod tests {
    use cloudsnap_core::ErrorKind;
    use proptest::prelude::*;

    use super::*;

    fn create() -> CreateSnapshot {
        CreateSnapshot::new("sitehost:web1/xvda2".parse().unwrap())
    }

    fn update() -> UpdateSnapshot {
        UpdateSnapshot::new("sitehost:web1@93".parse().unwrap())
    }

    fn hours(hours: u64) -> Duration {
        Duration::from_secs(hours * HOUR)
    }

    fn account() -> Account {
        Account::new("sitehost", "sitehost", "api.sitehost.nz")
    }

    #[test]
    fn a_lifetime_is_sent_unless_it_is_left_to_sitehost() {
        assert_eq!(lifetime(&create()).unwrap(), Some(24));
        assert_eq!(lifetime(&create().with_option("lifetime", "3")).unwrap(), Some(3));
        assert_eq!(lifetime(&create().with_option("lifetime", "provider")).unwrap(), None);
        assert_eq!(lifetime(&create().with_expires_in(hours(1))).unwrap(), Some(1));
        assert_eq!(lifetime(&create().with_expires_in(Duration::from_secs(3601))).unwrap(), Some(2));
        assert_eq!(lifetime(&create().with_expires_in(Duration::from_millis(1))).unwrap(), Some(1));
    }

    #[test]
    fn what_is_wrong_with_a_lifetime_is_said_with_what_would_do() {
        let refused = [
            create().with_option("lifetime", "0"),
            create().with_option("lifetime", "25"),
            create().with_option("lifetime", "1h"),
            create().with_option("lifetime", "-1"),
            create().with_option("size", "1"),
            create().with_option("lifetime", "1").with_expires_in(hours(1)),
            create().with_expires_in(Duration::ZERO),
            create().with_expires_in(Duration::from_secs(24 * 3600 + 1)),
            create().with_expires_in(Duration::MAX),
        ];
        let messages = refused.map(|request| {
            let error = lifetime(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            error.message().to_owned()
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn what_is_wrong_with_an_update_is_said_before_anything_is_sent() {
        let refused = [
            update(),
            update().with_name("nightly"),
            update().with_description("nightly"),
            update().with_no_expiry(),
            update().with_option("lifetime", "0"),
            update().with_option("lifetime", "provider"),
            update().with_option("size", "1"),
            update().with_option("lifetime", "1").with_expires_in(hours(1)),
        ];
        let messages = refused.map(|request| {
            let error = new_lifetime(&request).unwrap_err();
            format!("{}: {}", error.kind(), error.message())
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn the_hours_that_are_missing_are_sent() {
        let now: Timestamp = "2026-05-02T00:00:00Z".parse().unwrap();
        let send = |duration, ends_in| {
            let ends: Timestamp = now + ends_in;
            NewLifetime::FromNow(duration).hours_to_send(now, Some(ends))
        };
        assert_eq!(send(hours(24), hours(1)).unwrap(), 23);
        assert_eq!(send(hours(24), Duration::from_secs(90 * 60)).unwrap(), 23);
        assert_eq!(send(hours(3), hours(3)).unwrap(), 0);
        assert_eq!(send(hours(3), Duration::from_secs(3 * HOUR + HOUR - 1)).unwrap(), 0);
        assert_eq!(NewLifetime::FromNow(hours(3)).hours_to_send(now, None).unwrap(), 3);
        assert_eq!(NewLifetime::Hours(48).hours_to_send(now, Some(now)).unwrap(), 48);
        let shorter = send(hours(1), hours(2)).unwrap_err();
        assert_eq!(shorter.kind(), ErrorKind::InvalidInput);
        assert_eq!(send(Duration::MAX, hours(1)).unwrap_err().kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn a_place_has_a_server_and_a_disk() {
        let account = account();
        let source = |text: &str| text.parse::<SourceRef>().unwrap();
        assert_eq!(server_and_disk(&source("sitehost:web1/xvda2"), &account).unwrap(), ("web1", "xvda2"));
        for wrong in ["sitehost:web1", "sitehost:web1/a/b", "other:web1/xvda2"] {
            assert!(server_and_disk(&source(wrong), &account).is_err(), "{wrong}");
        }
        let snapshot = |text: &str| text.parse::<SnapshotRef>().unwrap();
        assert_eq!(server_and_id(&snapshot("sitehost:web1@93"), &account).unwrap(), ("web1", "93"));
        assert_eq!(server_and_id(&snapshot("sitehost:web1/xvda2@93"), &account).unwrap(), ("web1", "93"));
        for wrong in ["sitehost:@93", "other:web1@93"] {
            assert!(server_and_id(&snapshot(wrong), &account).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn hours_are_rounded_up_and_never_down(seconds in 0_u64..10_000_000, nanoseconds in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanoseconds);
            let hours = whole_hours(duration);
            prop_assert!(Duration::from_secs(hours * HOUR) >= duration);
            prop_assert!(hours == 0 || Duration::from_secs((hours - 1) * HOUR) < duration);
        }

        #[test]
        fn what_is_added_reaches_the_wanted_end_within_an_hour(wanted in 0_u64..10_000_000, ends in 0_i64..10_000_000) {
            let now = Timestamp::UNIX_EPOCH;
            let ends_at = Timestamp::from_second(ends).unwrap();
            if let Ok(hours) = NewLifetime::FromNow(Duration::from_secs(wanted)).hours_to_send(now, Some(ends_at)) {
                let reached = u64::try_from(ends).unwrap() + hours * HOUR;
                prop_assert!(reached >= wanted && reached < wanted + HOUR);
            }
        }
    }
}
