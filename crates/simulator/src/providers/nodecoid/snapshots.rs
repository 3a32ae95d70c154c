use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use tokio::time::Instant;

use super::call::Call;
use super::reply::{Refusal, refuse};
use super::servers::Server;
use super::value::Object;
use crate::effect::Presence;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::{Progress, Work};

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

pub(super) struct Snapshot {
    id: String,
    server_id: String,
    server_label: String,
    file: String,
    token: String,
    added: Timestamp,
    built: Work,
    pub(super) presence: Presence,
    pub(super) deleted: Option<Timestamp>,
}

/// All snapshots in the order in which they were added, found by their ids.
#[derive(Default)]
pub(super) struct Snapshots {
    all: Vec<Snapshot>,
    index: HashMap<String, usize>,
}

impl Snapshots {
    /// Adds a snapshot of the server, and answers its id.
    pub(super) fn add(
        &mut self,
        server: &mut Server,
        added: Timestamp,
        built: Work,
        presence: Presence,
        random: &mut Random,
    ) -> String {
        let id = random.text(LETTERS, 12);
        server.snapshots.push(self.all.len());
        self.index.insert(id.clone(), self.all.len());
        self.all.push(Snapshot {
            id: id.clone(),
            server_id: server.id.clone(),
            server_label: server.label.clone(),
            file: format!("{}.disk", random.text(LETTERS, 14)),
            token: random.text(LETTERS, 16),
            added,
            built,
            presence,
            deleted: None,
        });
        id
    }

    pub(super) fn get(&self, id: &str) -> Option<&Snapshot> {
        self.all.get(*self.index.get(id)?)
    }

    /// The snapshot that the call names, if reads find it.
    pub(super) fn required(&self, call: &Call) -> Result<&Snapshot, Refusal> {
        let found = self.get(call.required("snapshot_id")?);
        found.filter(|snapshot| snapshot.presence.is_shown(call.moment.now)).map_or_else(no_such_snapshot, Ok)
    }

    pub(super) fn required_mut(&mut self, call: &Call) -> Result<&mut Snapshot, Refusal> {
        let index = self.index.get(call.required("snapshot_id")?);
        let found = index.and_then(|&at| self.all.get_mut(at));
        found.filter(|snapshot| snapshot.presence.is_shown(call.moment.now)).map_or_else(no_such_snapshot, Ok)
    }

    /// The snapshots that lists find, of one server or of all.
    pub(super) fn shown(&self, of: Option<&[usize]>, now: Instant) -> Vec<&Snapshot> {
        let all: Vec<&Snapshot> = match of {
            None => self.all.iter().collect(),
            Some(places) => places.iter().filter_map(|&at| self.all.get(at)).collect(),
        };
        all.into_iter().filter(|snapshot| snapshot.presence.is_shown(now)).collect()
    }

    pub(super) fn overview(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing =
            self.all.iter().filter(|snapshot| snapshot.presence.exists() && snapshot.status(now) != "deleted");
        existing.map(|snapshot| snapshot.overview(now)).collect()
    }
}

fn no_such_snapshot<T>() -> Result<T, Refusal> {
    refuse("SNAPSHOT_NOT_FOUND", "The snapshot does not exist.")
}

/// Times have no zone; the provider's place suggests Jakarta.
fn local(wall: Timestamp) -> String {
    let jakarta = TimeZone::fixed(Offset::constant(7));
    wall.to_zoned(jakarta).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Snapshot {
    pub(super) fn status(&self, now: Instant) -> &'static str {
        match self.built.progress(now) {
            _ if self.deleted.is_some() => "deleted",
            Progress::Waiting | Progress::Running => "processing",
            Progress::Done => "active",
            // A failed snapshot has no status of its own.
            Progress::Failed => "deleted",
        }
    }

    pub(super) fn is_processing(&self, now: Instant) -> bool {
        self.status(now) == "processing"
    }

    pub(super) fn size(&self, now: Instant) -> f64 {
        if self.is_processing(now) { 0.0 } else { 3.2 }
    }

    pub(super) fn describe(&self, call: &Call) -> Object {
        const URL_LIFETIME: i64 = 24 * 60 * 60;
        let now = call.moment.now;
        let expires = call.moment.wall.as_second() + URL_LIFETIME;
        let (url, expires) = if self.status(now) == "active" {
            let (token, file) = (&self.token, &self.file);
            let url = format!("http://snapshot-007.backup.co.id/{token}/{file}?md5={token}&expired={expires}");
            (url, expires as f64)
        } else {
            (String::new(), 0.0)
        };
        Object::default()
            .text("snapshot_id", &self.id)
            .text("server_id", &self.server_id)
            .text("server_label", &self.server_label)
            .text("snapshot_name", &self.file)
            .text("snapshot_add_time", local(self.added))
            .text("snapshot_end_time", self.deleted.map(local).unwrap_or_default())
            .text("snapshot_cycle", "manual")
            .text("snapshot_status", self.status(now))
            .number("snapshot_size", self.size(now))
            .text("snapshot_url", url)
            .number("snapshot_url_expires", expires)
    }

    fn overview(&self, now: Instant) -> SimulatedSnapshot {
        SimulatedSnapshot {
            id: self.id.clone(),
            source: format!("nodecoid:{}", self.server_id),
            name: None,
            description: None,
            state: if self.is_processing(now) { "pending" } else { "available" },
        }
    }
}
