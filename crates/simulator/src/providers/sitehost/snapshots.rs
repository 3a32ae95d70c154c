use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use tokio::time::Instant;

use super::call::Version;
use super::local_time::{LocalTime, ZERO_DATE};
use crate::effect::Presence;
use crate::state::SimulatedSnapshot;
use crate::time::Work;

const FIRST_SNAPSHOT: u64 = 91_695;

/// All snapshots by id, and the ids of each server's.
pub(super) struct Snapshots {
    by_id: BTreeMap<u64, Snapshot>,
    of_server: HashMap<usize, Vec<u64>>,
}

pub(super) struct Snapshot {
    pub(super) server: usize,
    pub(super) source: String,
    /// The id of the disk.
    pub(super) parent: u64,
    pub(super) created: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) built: Work,
    pub(super) presence: Presence,
    pub(super) changes: Changes,
}

/// What was done to a snapshot after it was created.
#[derive(Clone, Copy, Default)]
pub(super) struct Changes {
    /// The last job that is queued.
    latest: Option<Work>,
    extension: Option<(Timestamp, Work)>,
    deletion: Option<Work>,
}

#[derive(Clone, Copy)]
pub(super) enum Change {
    Restore,
    Delete,
    /// By so many hours.
    Extend(u64),
}

impl Snapshots {
    pub(super) fn none() -> Self {
        Self { by_id: BTreeMap::new(), of_server: HashMap::new() }
    }

    pub(super) fn add(&mut self, snapshot: Snapshot) -> u64 {
        let id = FIRST_SNAPSHOT + self.by_id.len() as u64;
        self.of_server.entry(snapshot.server).or_default().push(id);
        self.by_id.insert(id, snapshot);
        id
    }

    /// A server's snapshots that reads find, oldest first.
    pub(super) fn shown(&self, server: usize, now: Instant) -> impl Iterator<Item = (u64, &Snapshot)> {
        let ids = self.of_server.get(&server).map_or(&[][..], Vec::as_slice);
        let all = ids.iter().filter_map(|&id| Some((id, self.by_id.get(&id)?)));
        all.filter(move |(_, snapshot)| snapshot.is_shown(now))
    }

    pub(super) fn shown_mut(&mut self, server: usize, id: u64, now: Instant) -> Option<&mut Snapshot> {
        let found = self.by_id.get_mut(&id)?;
        (found.server == server && found.is_shown(now)).then_some(found)
    }

    pub(super) fn overview(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing = self.by_id.iter().filter(|(_, snapshot)| snapshot.exists(now));
        existing.map(|(id, snapshot)| snapshot.overview(*id, now)).collect()
    }
}

impl Snapshot {
    fn exists(&self, now: Instant) -> bool {
        let is_deleted = self.changes.deletion.is_some_and(|work| work.done(now));
        self.presence.exists() && !self.built.failed(now) && !is_deleted
    }

    fn is_shown(&self, now: Instant) -> bool {
        self.presence.is_shown(now) && self.exists(now)
    }

    pub(super) fn has_pending_job(&self, now: Instant) -> bool {
        self.free_from(now) > now
    }

    /// When the last job that is queued ends.
    pub(super) fn free_from(&self, now: Instant) -> Instant {
        let latest = self.changes.latest.map_or(now, |work| work.due);
        latest.max(self.built.due).max(now)
    }

    pub(super) fn change(&mut self, change: Change, work: Work, fails: bool) {
        self.changes.latest = Some(work);
        match change {
            _ if fails => {}
            Change::Restore => {}
            Change::Delete => self.changes.deletion = Some(work),
            // The reference's reading: the hours are added to what is left.
            Change::Extend(hours) => {
                let expires = self.changes.extension.map_or(self.expires, |(until, _)| until);
                self.expires = self.expires(work.begun);
                self.changes.extension = Some((hours_after(expires, hours), work));
            }
        }
    }

    fn expires(&self, now: Instant) -> Timestamp {
        match self.changes.extension {
            Some((until, work)) if work.done(now) => until,
            _ => self.expires,
        }
    }

    fn overview(&self, id: u64, now: Instant) -> SimulatedSnapshot {
        SimulatedSnapshot {
            id: id.to_string(),
            source: self.source.clone(),
            name: None,
            description: None,
            state: match self.changes.deletion {
                _ if self.built.pending(now) => "pending",
                Some(_) => "deleting",
                None => "available",
            },
        }
    }

    pub(super) fn describe(&self, id: u64, version: Version, now: Instant, local: &LocalTime) -> Described<'_> {
        let is_new = version >= Version::V1_5;
        let disk = self.source.rsplit('/').next().unwrap_or_default();
        let name = if is_new { local.format(self.created, "s-%Y%m%d%H%M%S") } else { disk.to_owned() };
        Described {
            id: id.to_string(),
            device: if is_new { name.clone() } else { "servername-disk".to_owned() },
            name,
            mountpoint: if is_new { "" } else { "/" },
            size: if is_new { Size::Number(0) } else { Size::Text("16") },
            fstype: if is_new { "raw" } else { "ext4" },
            drbd: "0",
            parent: self.parent.to_string(),
            pending: if self.has_pending_job(now) { "1" } else { "0" },
            created: local.print(self.created),
            backup: "0",
            disk_total: "0",
            disk_used: "0",
            inodes_total: "0",
            inodes_used: "0",
            stats_updated: ZERO_DATE,
            disk_warn: "0",
            is_missing: is_new.then_some(false),
            expires: local.print(self.expires(now)),
        }
    }
}

/// An item of the list; the version decides between two sets of values.
#[derive(Serialize)]
pub(super) struct Described<'a> {
    id: String,
    name: String,
    device: String,
    mountpoint: &'a str,
    size: Size,
    fstype: &'a str,
    drbd: &'a str,
    parent: String,
    pending: &'a str,
    created: String,
    backup: &'a str,
    disk_total: &'a str,
    disk_used: &'a str,
    inodes_total: &'a str,
    inodes_used: &'a str,
    stats_updated: &'a str,
    disk_warn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_missing: Option<bool>,
    expires: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Size {
    Number(u32),
    Text(&'static str),
}

pub(super) fn hours_after(start: Timestamp, hours: u64) -> Timestamp {
    let hours = i64::try_from(hours).unwrap_or(i64::MAX).min(100 * 366 * 24);
    start.checked_add(hours.hours()).unwrap_or(start)
}
