use serde_json::json;

use super::call::{Call, Version};
use super::jobs::Subject;
use super::reply::{Reply, missing, refuse, reply};
use super::snapshots::{Change, Changes, Snapshot, hours_after};
use super::state::{DEFAULT_LIFETIME, SiteHost};
use crate::time::Work;

const LONGEST_LIFETIME: u64 = 24;

impl SiteHost {
    pub(super) fn create_snapshot(&mut self, call: &Call) -> Reply {
        let (index, partition) = (self.servers.named(call)?, call.text("partition"));
        let lifetime = match call.optional("lifetime") {
            None => DEFAULT_LIFETIME,
            Some(_) => call.number("lifetime")?,
        };
        if !(1..=LONGEST_LIFETIME).contains(&lifetime) {
            return refuse("Error: Parameter 'lifetime' must be between 1 and 24.");
        }
        let server = self.servers.get(call)?;
        let Some(parent) = server.partition(partition) else {
            return missing("Partition", partition);
        };
        let built = self.new_work(call);
        let id = self.snapshots.add(Snapshot {
            server: index,
            source: server.source(partition),
            parent,
            created: call.moment.wall,
            expires: hours_after(call.moment.wall, lifetime),
            built,
            presence: call.effect.presence(call.moment.now),
            changes: Changes::default(),
        });
        let (job, mut reference) = self.jobs.start(call, Subject::Snapshot, "Creating snapshot", built);
        self.servers.note_last_job(index, job);
        if call.version < Version::V1_5 {
            reference["snapshot_id"] = json!(id.to_string());
        }
        reply(&reference)
    }

    pub(super) fn list_snapshots(&mut self, call: &Call) -> Reply {
        let (server, now) = (self.servers.named(call)?, call.moment.now);
        let shown = self.snapshots.shown(server, now);
        let described = shown.map(|(id, snapshot)| snapshot.describe(id, call.version, now, &self.local));
        reply(&described.collect::<Vec<_>>())
    }

    pub(super) fn restore_snapshot(&mut self, call: &Call) -> Reply {
        self.change_snapshot(call, Change::Restore, "Restoring snapshot")
    }

    pub(super) fn delete_snapshot(&mut self, call: &Call) -> Reply {
        self.change_snapshot(call, Change::Delete, "Deleting snapshot")
    }

    pub(super) fn set_lifetime(&mut self, call: &Call) -> Reply {
        let hours = call.number("lifetime")?;
        self.change_snapshot(call, Change::Extend(hours), "Extending snapshot lifetime")
    }

    /// Queues a change behind those that are pending; strictly, one at a time is enough.
    fn change_snapshot(&mut self, call: &Call, change: Change, what: &'static str) -> Reply {
        let (server, id, now) = (self.servers.named(call)?, call.number("snapshot")?, call.moment.now);
        let Some(snapshot) = self.snapshots.shown_mut(server, id, now) else {
            return missing("Snapshot", &id.to_string());
        };
        if self.strict && snapshot.has_pending_job(now) {
            return refuse("Error: A job is pending for this snapshot.");
        }
        let work = Work::starting(snapshot.free_from(now), self.build_time, call.effect.fails);
        snapshot.change(change, work, call.effect.fails);
        let (job, reference) = self.jobs.start(call, Subject::Snapshot, what, work);
        self.servers.note_last_job(server, job);
        reply(&reference)
    }
}
