use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::properties::Properties;
use super::reply::{Refusal, not_found};
use super::resource::{Metadata, Reference, Resource, View, as_text, rfc3339};
use crate::answer::encode;
use crate::effect::Presence;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::Work;

pub(super) struct Snapshot {
    pub(super) id: String,
    source: String,
    properties: Properties,
    pub(super) labels: BTreeMap<String, String>,
    created: String,
    modified: String,
    pub(super) etag: String,
    /// The properties as JSON text: lists can be long, and a tree of values is slow to print.
    printed: Box<RawValue>,
    built: Work,
    presence: Presence,
    /// The last modification that is queued.
    pub(super) latest: Option<Work>,
    pub(super) deletion: Option<Work>,
}

/// All snapshots in the order in which they were made, found by their ids.
#[derive(Default)]
pub(super) struct Snapshots {
    all: Vec<Snapshot>,
    index: HashMap<String, usize>,
}

impl Snapshots {
    pub(super) fn add(&mut self, snapshot: Snapshot) -> &Snapshot {
        let at = self.all.len();
        self.index.insert(snapshot.id.clone(), at);
        self.all.push(snapshot);
        &self.all[at]
    }

    /// Those that reads find.
    pub(super) fn shown(&self, now: Instant) -> impl Iterator<Item = &Snapshot> {
        self.all.iter().filter(move |snapshot| snapshot.is_shown(now))
    }

    pub(super) fn get(&self, id: &str, now: Instant) -> Result<&Snapshot, Refusal> {
        let snapshot = self.index.get(id).and_then(|&at| self.all.get(at));
        snapshot.filter(|snapshot| snapshot.is_shown(now)).map_or_else(not_found, Ok)
    }

    pub(super) fn get_mut(&mut self, id: &str, now: Instant) -> Result<&mut Snapshot, Refusal> {
        let snapshot = self.index.get(id).and_then(|&at| self.all.get_mut(at));
        snapshot.filter(|snapshot| snapshot.is_shown(now)).map_or_else(not_found, Ok)
    }

    /// Whether the id is of a snapshot that is being worked on, whether reads find it or not.
    pub(super) fn is_busy(&self, id: &str, now: Instant) -> bool {
        let snapshot = self.index.get(id).and_then(|&at| self.all.get(at));
        snapshot.is_some_and(|snapshot| snapshot.is_busy(now))
    }

    pub(super) fn overview(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing = self.all.iter().filter(|snapshot| snapshot.exists(now));
        existing.map(|snapshot| snapshot.overview(now)).collect()
    }
}

/// What a snapshot has beside its reference.
#[derive(Serialize)]
struct Contents<'a> {
    metadata: Metadata<'a>,
    properties: &'a RawValue,
}

impl Snapshot {
    pub(super) fn new(
        source: String,
        properties: Properties,
        created: Timestamp,
        built: Work,
        presence: Presence,
        random: &mut Random,
    ) -> Self {
        Self {
            id: random.uuid(),
            source,
            printed: print(&properties),
            properties,
            labels: BTreeMap::new(),
            created: rfc3339(created),
            modified: rfc3339(created),
            etag: random.hex(32),
            built,
            presence,
            latest: None,
            deletion: None,
        }
    }

    /// Sets some of the properties.
    pub(super) fn modify(&mut self, properties: Properties, modified: Timestamp, etag: String) {
        self.properties.extend(properties);
        self.printed = print(&self.properties);
        self.modified = rfc3339(modified);
        self.etag = etag;
    }

    fn exists(&self, now: Instant) -> bool {
        let is_deleted = self.deletion.is_some_and(|work| work.done(now));
        self.presence.exists() && !self.built.failed(now) && !is_deleted
    }

    fn is_shown(&self, now: Instant) -> bool {
        self.presence.is_shown(now) && self.exists(now)
    }

    fn is_busy(&self, now: Instant) -> bool {
        self.free_from(now) > now
    }

    /// When the last modification that is queued ends.
    pub(super) fn free_from(&self, now: Instant) -> Instant {
        let later = [self.latest, self.deletion].into_iter().flatten().map(|work| work.due);
        later.fold(self.built.due, Instant::max).max(now)
    }

    fn overview(&self, now: Instant) -> SimulatedSnapshot {
        let text = |name| self.properties.get(name).and_then(Value::as_str).map(str::to_owned);
        SimulatedSnapshot {
            id: self.id.clone(),
            source: self.source.clone(),
            name: text("name"),
            description: text("description"),
            state: match self.deletion {
                _ if self.built.pending(now) => "pending",
                Some(_) => "deleting",
                None => "available",
            },
        }
    }

    pub(super) fn href(&self, base: &str) -> String {
        format!("{base}/snapshots/{}", self.id)
    }

    fn metadata(&self, now: Instant) -> Metadata<'_> {
        let state = if self.is_busy(now) { "BUSY" } else { "AVAILABLE" };
        Metadata::new(&self.etag, &self.created, &self.modified, state)
    }

    pub(super) fn describe_label(&self, base: &str, key: &str, value: &str) -> Value {
        json!({
            "id": key,
            "type": "label",
            "href": format!("{}/labels/{}", self.href(base), encode(key)),
            "properties": { "key": key, "value": value },
        })
    }
}

impl Resource for Snapshot {
    fn field(&self, name: &str, now: Instant) -> Option<String> {
        self.properties.get(name).map(as_text).or_else(|| self.metadata(now).field(name))
    }

    fn reference(&self, base: &str) -> Reference {
        Reference { id: self.id.clone(), kind: "snapshot", href: self.href(base) }
    }

    fn contents<'a>(&'a self, view: View<'a>) -> impl Serialize + use<'a> {
        Contents { metadata: self.metadata(view.now), properties: &self.printed }
    }
}

fn print(properties: &Properties) -> Box<RawValue> {
    to_raw_value(properties).unwrap_or_default()
}
