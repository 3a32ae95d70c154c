//! From what goes over the wire to what all providers share.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::{
    CreateSnapshot, Error, ProviderTime, Result, Snapshot, SnapshotRef, SnapshotState, Source, SourceDetails,
};
use jiff::tz::TimeZone;

use crate::PROVIDER;
use crate::wire::{Partition, Server, ServerSnapshot};

/// The name of a create's own option.
pub(crate) const LIFETIME: &str = "lifetime";

/// For how many hours a snapshot can be kept, as the reference of `server/snapshot/create` says.
pub(crate) const SHORTEST: u64 = 1;
pub(crate) const LONGEST: u64 = 24;

const HOUR: u64 = 3600;

/// What a snapshot's server and account are, and when its times are.
pub(crate) struct Place<'a> {
    pub(crate) account: &'a Arc<str>,
    pub(crate) server: &'a str,
    pub(crate) zone: Option<&'a TimeZone>,
}

impl Place<'_> {
    /// The snapshot, whose source is told by the server's disks, where they are known.
    pub(crate) fn snapshot(&self, wire: ServerSnapshot, disks: &[Partition]) -> Snapshot {
        let mut snapshot = Snapshot::new(Arc::clone(self.account), PROVIDER, wire.id.clone(), state(&wire));
        snapshot.path = vec![self.server.to_owned()];
        snapshot.source = disk_of(&wire, disks).and_then(|disk| self.source(disk).ok());
        snapshot.name = wire.name;
        let created = ProviderTime::read(&wire.created.unwrap_or_default(), self.zone);
        (snapshot.created_at, snapshot.created_text) = (created.at, created.local);
        let expires = ProviderTime::read(&wire.expires.unwrap_or_default(), self.zone);
        (snapshot.expires_at, snapshot.expires_text) = (expires.at, expires.local);
        snapshot
    }

    fn source(&self, disk: &str) -> Result<Source> {
        Source::new(Arc::clone(self.account), [self.server, disk])
    }
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
pub(crate) fn sources(server: Server, name: &str, account: &Arc<str>) -> Result<Vec<SourceDetails>> {
    let mut sources = Vec::new();
    for disk in &server.partitions {
        let Some(disk_name) = &disk.name else { continue };
        let mut details = SourceDetails::new(Source::new(Arc::clone(account), [name, disk_name])?, PROVIDER, "disk");
        details.name = display_name(&server, disk);
        details.state.clone_from(&server.state);
        sources.push(details);
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
pub(crate) fn place(source: &Source) -> Result<(&str, &str)> {
    match source.path() {
        [server, disk] => Ok((server, disk)),
        _ => Err(Error::invalid_input(format!("'{source}' is no disk: SiteHost's are written ACCOUNT:SERVER/DISK"))),
    }
}

/// The server of a source whose snapshots are listed, and the disk where one is named.
pub(crate) fn server_and_disk(source: &Source) -> Result<(&str, Option<&str>)> {
    match source.path() {
        [server] => Ok((server, None)),
        _ => place(source).map(|(server, disk)| (server, Some(disk))),
    }
}

/// The server of a snapshot. A disk may stand behind it.
pub(crate) fn server(snapshot: &SnapshotRef) -> Result<&str> {
    match snapshot.path() {
        [server] | [server, _] => Ok(server),
        _ => Err(Error::invalid_input(format!(
            "'{snapshot}' does not name its server: SiteHost's snapshots are written ACCOUNT:SERVER@ID"
        ))),
    }
}

/// The hours for which a new snapshot is kept. They are always sent: SiteHost does not document its default.
pub(crate) fn lifetime(request: &CreateSnapshot) -> Result<u64> {
    if let Some(unknown) = request.options.keys().find(|name| *name != LIFETIME) {
        return Err(Error::invalid_input(format!("SiteHost has no option '{unknown}'; it has {LIFETIME}")));
    }
    let hours = match (request.options.get(LIFETIME), request.expires_in) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid_input(format!("an expiry and the option {LIFETIME} say the same; give one")));
        }
        (Some(hours), None) => hours.parse().map_err(|_| {
            Error::invalid_input(format!("{LIFETIME} is a number of hours, {SHORTEST} to {LONGEST}, not '{hours}'"))
        })?,
        (None, Some(duration)) => whole_hours(duration),
        (None, None) => LONGEST,
    };
    if (SHORTEST..=LONGEST).contains(&hours) {
        return Ok(hours);
    }
    Err(Error::invalid_input(format!(
        "SiteHost keeps a snapshot for {SHORTEST} to {LONGEST} hours; {hours} are not possible"
    )))
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

    #[test]
    fn a_lifetime_is_always_sent() {
        assert_eq!(lifetime(&create()).unwrap(), 24);
        assert_eq!(lifetime(&create().option("lifetime", "3")).unwrap(), 3);
        assert_eq!(lifetime(&create().expires_in(Duration::from_secs(3600))).unwrap(), 1);
        assert_eq!(lifetime(&create().expires_in(Duration::from_secs(3601))).unwrap(), 2);
        assert_eq!(lifetime(&create().expires_in(Duration::from_millis(1))).unwrap(), 1);
    }

    #[test]
    fn what_is_wrong_with_a_lifetime_is_said_with_what_would_do() {
        let refused = [
            create().option("lifetime", "0"),
            create().option("lifetime", "25"),
            create().option("lifetime", "1h"),
            create().option("lifetime", "-1"),
            create().option("size", "1"),
            create().option("lifetime", "1").expires_in(Duration::from_secs(3600)),
            create().expires_in(Duration::ZERO),
            create().expires_in(Duration::from_secs(24 * 3600 + 1)),
            create().expires_in(Duration::MAX),
        ];
        let messages = refused.map(|request| {
            let error = lifetime(&request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            error.message().to_owned()
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn a_place_has_a_server_and_a_disk() {
        let source = |text: &str| text.parse::<Source>().unwrap();
        assert_eq!(place(&source("sitehost:web1/xvda2")).unwrap(), ("web1", "xvda2"));
        assert!(place(&source("sitehost:web1")).is_err() && place(&source("sitehost:web1/a/b")).is_err());
        let snapshot = |text: &str| text.parse::<SnapshotRef>().unwrap();
        assert_eq!(server(&snapshot("sitehost:web1@93")).unwrap(), "web1");
        assert_eq!(server(&snapshot("sitehost:web1/xvda2@93")).unwrap(), "web1");
        assert!(server(&snapshot("sitehost:@93")).is_err());
    }

    proptest! {
        #[test]
        fn hours_are_rounded_up_and_never_down(seconds in 0_u64..10_000_000, nanoseconds in 0_u32..1_000_000_000) {
            let duration = Duration::new(seconds, nanoseconds);
            let hours = whole_hours(duration);
            prop_assert!(Duration::from_secs(hours * HOUR) >= duration);
            prop_assert!(hours == 0 || Duration::from_secs((hours - 1) * HOUR) < duration);
        }
    }
}
