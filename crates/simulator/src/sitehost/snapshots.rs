use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::json;
use tokio::time::Instant;

use super::endpoints::{Call, Version};
use super::{Refusal, Reply, SiteHost, Subject, ZERO_DATE, missing, refuse, reply, source};
use crate::desk::Setup;
use crate::state::SimulatedSnapshot;
use crate::time::Work;

const FIRST_SNAPSHOT: u64 = 91_695;
const LONGEST_LIFETIME: u64 = 24;
const DEFAULT_LIFETIME: u64 = 24;

/// All snapshots by id, and the ids of each server's.
pub(super) struct Snapshots {
    by_id: BTreeMap<u64, Snapshot>,
    of_server: HashMap<usize, Vec<u64>>,
    next: u64,
}

struct Snapshot {
    server: usize,
    source: String,
    parent: u64,
    name: String,
    created: String,
    expires: Timestamp,
    built: Work,
    /// The latest job on it, after the one that made it.
    latest: Option<(Change, Work)>,
}

#[derive(Clone, Copy)]
enum Change {
    Restore,
    Delete,
    Extend(Timestamp),
}

impl Snapshots {
    pub(super) fn none() -> Self {
        Self { by_id: BTreeMap::new(), of_server: HashMap::new(), next: FIRST_SNAPSHOT }
    }

    fn add(&mut self, snapshot: Snapshot) -> u64 {
        let id = self.next;
        self.next += 1;
        self.of_server.entry(snapshot.server).or_default().push(id);
        self.by_id.insert(id, snapshot);
        id
    }

    fn existing(&self, server: usize, now: Instant) -> impl Iterator<Item = (u64, &Snapshot)> {
        let ids = self.of_server.get(&server).map_or(&[][..], Vec::as_slice);
        let all = ids.iter().filter_map(|&id| Some((id, self.by_id.get(&id)?)));
        all.filter(move |(_, snapshot)| snapshot.exists(now))
    }

    pub(super) fn overview(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing = self.by_id.iter().filter(|(_, snapshot)| snapshot.exists(now));
        let overview = existing.map(|(id, snapshot)| SimulatedSnapshot {
            id: id.to_string(),
            source: snapshot.source.clone(),
            name: None,
            description: None,
            state: match snapshot.latest {
                _ if snapshot.built.pending(now) => "pending",
                Some((Change::Delete, work)) if work.pending(now) => "deleting",
                _ => "available",
            },
        });
        overview.collect()
    }
}

impl Snapshot {
    fn exists(&self, now: Instant) -> bool {
        let deleted = matches!(self.latest, Some((Change::Delete, work)) if work.done(now));
        !self.built.failed(now) && !deleted
    }

    fn has_pending_job(&self, now: Instant) -> bool {
        self.built.pending(now) || self.latest.is_some_and(|(_, work)| work.pending(now))
    }

    fn expires(&self, now: Instant) -> Timestamp {
        match self.latest {
            Some((Change::Extend(until), work)) if work.done(now) => until,
            _ => self.expires,
        }
    }
}

impl SiteHost {
    pub(super) fn seed_snapshots(&mut self, setup: &Setup) {
        let created = setup.moment.wall - 1.hour();
        let built = Work::finished(setup.moment.now);
        for number in 0..if setup.servers == 0 { 0 } else { setup.snapshots } {
            let index = number % setup.servers;
            if let Some(server) = self.servers.get(index) {
                let _ = self.add_snapshot(index, server.root(), created, DEFAULT_LIFETIME, built);
            }
        }
    }

    fn add_snapshot(
        &mut self,
        server: usize,
        partition: &str,
        created: Timestamp,
        lifetime: u64,
        built: Work,
    ) -> Result<u64, Refusal> {
        let Some(owner) = self.servers.get(server) else {
            return missing("Server", "");
        };
        let Some(parent) = owner.partition(partition) else {
            return missing("Partition", partition);
        };
        Ok(self.snapshots.add(Snapshot {
            server,
            source: source(&owner.name, partition),
            parent,
            name: created.to_zoned(self.zone.clone()).strftime("s-%Y%m%d%H%M%S").to_string(),
            created: self.local(created),
            expires: hours_after(created, lifetime),
            built,
            latest: None,
        }))
    }

    pub(super) fn create_snapshot(&mut self, call: &Call) -> Reply {
        let (name, partition) = (call.text("name"), call.text("partition"));
        let Some(server) = self.server_index(name) else {
            return missing("Server", name);
        };
        let lifetime = match call.optional("lifetime") {
            None => DEFAULT_LIFETIME,
            Some(_) => call.number("lifetime")?,
        };
        if !(1..=LONGEST_LIFETIME).contains(&lifetime) {
            return refuse("Error: Parameter 'lifetime' must be between 1 and 24.");
        }
        let built = self.new_work(call);
        let id = self.add_snapshot(server, partition, call.moment.wall, lifetime, built)?;
        let mut reference = self.start_job(call, Subject::Snapshot, "Creating snapshot", built);
        self.note_last_job(server);
        if call.version < Version::V1_5 {
            reference["snapshot_id"] = json!(id.to_string());
        }
        reply(&reference)
    }

    pub(super) fn list_snapshots(&mut self, call: &Call) -> Reply {
        let name = call.text("name");
        let Some(server) = self.server_index(name) else {
            return missing("Server", name);
        };
        let existing = self.snapshots.existing(server, call.moment.now);
        reply(&existing.map(|(id, snapshot)| self.describe(id, snapshot, call)).collect::<Vec<_>>())
    }

    pub(super) fn restore_snapshot(&mut self, call: &Call) -> Reply {
        self.change(call, Change::Restore, "Restoring snapshot")
    }

    pub(super) fn delete_snapshot(&mut self, call: &Call) -> Reply {
        self.change(call, Change::Delete, "Deleting snapshot")
    }

    /// The reference's reading: the lifetime is added to what is left.
    pub(super) fn set_lifetime(&mut self, call: &Call) -> Reply {
        let hours = call.number("lifetime")?;
        if !(1..=100_000).contains(&hours) {
            return refuse("Error: Parameter 'lifetime' is not valid.");
        }
        let (_, id) = self.named_snapshot(call)?;
        let expires = self.snapshots.by_id.get(&id).map(|found| found.expires(call.moment.now));
        let until = hours_after(expires.unwrap_or(call.moment.wall), hours);
        self.change(call, Change::Extend(until), "Extending snapshot lifetime")
    }

    fn change(&mut self, call: &Call, change: Change, what: &'static str) -> Reply {
        let (server, id) = self.named_snapshot(call)?;
        let now = call.moment.now;
        if self.snapshots.by_id.get(&id).is_some_and(|snapshot| snapshot.has_pending_job(now)) {
            return refuse("Error: A job is pending for this snapshot.");
        }
        let work = self.new_work(call);
        let reference = self.start_job(call, Subject::Snapshot, what, work);
        self.note_last_job(server);
        if let Some(snapshot) = self.snapshots.by_id.get_mut(&id) {
            snapshot.expires = snapshot.expires(now);
            snapshot.latest = Some((change, work));
        }
        reply(&reference)
    }

    fn named_snapshot(&self, call: &Call) -> Result<(usize, u64), Refusal> {
        let (name, id) = (call.text("name"), call.number("snapshot")?);
        let Some(server) = self.server_index(name) else {
            return missing("Server", name);
        };
        match self.snapshots.by_id.get(&id) {
            Some(found) if found.server == server && found.exists(call.moment.now) => Ok((server, id)),
            _ => missing("Snapshot", &id.to_string()),
        }
    }

    fn describe<'a>(&self, id: u64, snapshot: &'a Snapshot, call: &Call) -> Described<'a> {
        let now = call.moment.now;
        let is_new = call.version >= Version::V1_5;
        let disk = snapshot.source.rsplit('/').next().unwrap_or_default();
        Described {
            id: id.to_string(),
            name: if is_new { &snapshot.name } else { disk },
            device: if is_new { &snapshot.name } else { "servername-disk" },
            mountpoint: if is_new { "" } else { "/" },
            size: if is_new { Size::Number(0) } else { Size::Text("16") },
            fstype: if is_new { "raw" } else { "ext4" },
            drbd: "0",
            parent: snapshot.parent.to_string(),
            pending: if snapshot.has_pending_job(now) { "1" } else { "0" },
            created: &snapshot.created,
            backup: "0",
            disk_total: "0",
            disk_used: "0",
            inodes_total: "0",
            inodes_used: "0",
            stats_updated: ZERO_DATE,
            disk_warn: "0",
            is_missing: is_new.then_some(false),
            expires: self.local(snapshot.expires(now)),
        }
    }
}

/// An item of the list; the version decides between two sets of values.
#[derive(Serialize)]
struct Described<'a> {
    id: String,
    name: &'a str,
    device: &'a str,
    mountpoint: &'static str,
    size: Size,
    fstype: &'static str,
    drbd: &'static str,
    parent: String,
    pending: &'static str,
    created: &'a str,
    backup: &'static str,
    disk_total: &'static str,
    disk_used: &'static str,
    inodes_total: &'static str,
    inodes_used: &'static str,
    stats_updated: &'static str,
    disk_warn: &'static str,
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

fn hours_after(start: Timestamp, hours: u64) -> Timestamp {
    let hours = i64::try_from(hours).unwrap_or(i64::MAX / 3600);
    start.checked_add(hours.hours()).unwrap_or(start)
}
