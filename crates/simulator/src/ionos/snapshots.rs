use std::collections::BTreeMap;

use http::StatusCode;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::properties::{Properties, for_create, for_patch, for_put, inherited, unwrapped};
use super::requests::Target;
use super::{Call, Ionos, Refusal, Reply, accepted, metadata, not_found, ok, refuse};
use crate::desk::Setup;
use crate::exchange::{Answer, encode};
use crate::operation::Operation;
use crate::state::SimulatedSnapshot;
use crate::time::Work;

pub(super) struct Snapshot {
    id: String,
    source: String,
    properties: Properties,
    labels: BTreeMap<String, String>,
    created: Timestamp,
    modified: Timestamp,
    etag: String,
    built: Work,
    /// The last modification that is queued.
    latest: Option<Work>,
    deletion: Option<Work>,
}

impl Snapshot {
    pub(super) fn exists(&self, now: Instant) -> bool {
        !self.built.failed(now) && !self.deletion.is_some_and(|work| work.done(now))
    }

    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.free_from(now) > now
    }

    /// When the last modification that is queued ends.
    fn free_from(&self, now: Instant) -> Instant {
        let later = [self.latest, self.deletion].into_iter().flatten().map(|work| work.due);
        later.fold(self.built.due, Instant::max).max(now)
    }

    pub(super) fn overview(&self, now: Instant) -> SimulatedSnapshot {
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

    fn href(&self, base: &str) -> String {
        format!("{base}/snapshots/{}", self.id)
    }

    fn describe(&self, base: &str, now: Instant) -> Value {
        let state = if self.is_busy(now) { "BUSY" } else { "AVAILABLE" };
        json!({
            "id": self.id,
            "type": "snapshot",
            "href": self.href(base),
            "metadata": metadata(self.created, self.modified, state, &self.etag),
            "properties": self.properties,
        })
    }

    fn describe_label(&self, base: &str, key: &str, value: &str) -> Value {
        json!({
            "id": key,
            "type": "label",
            "href": format!("{}/labels/{}", self.href(base), encode(key)),
            "properties": { "key": key, "value": value },
        })
    }
}

impl Ionos {
    pub(super) fn seed_snapshots(&mut self, setup: &Setup) {
        let volumes = self.centres.iter().flat_map(|centre| &centre.volumes);
        let sources: Vec<_> = volumes.map(|volume| (volume.source.clone(), volume.size)).collect();
        let endless = sources.iter().cycle().take(if sources.is_empty() { 0 } else { setup.snapshots });
        for (number, (source, size)) in endless.enumerate() {
            let mut properties = inherited(*size);
            properties.insert("name".into(), json!(format!("seeded-{}", number + 1)));
            let created = setup.moment.wall - 24.hours();
            let built = Work::finished(setup.moment.now);
            self.add_snapshot(source.clone(), properties, created, built);
        }
    }

    fn add_snapshot(&mut self, source: String, properties: Properties, created: Timestamp, built: Work) -> String {
        let id = self.random.uuid();
        self.snapshot_index.insert(id.clone(), self.snapshots.len());
        self.snapshots.push(Snapshot {
            id: id.clone(),
            source,
            properties,
            labels: BTreeMap::new(),
            created,
            modified: created,
            etag: self.random.hex(32),
            built,
            latest: None,
            deletion: None,
        });
        id
    }

    pub(super) fn snapshot(&self, id: &str, now: Instant) -> Result<&Snapshot, Refusal> {
        let snapshot = self.snapshot_index.get(id).and_then(|&at| self.snapshots.get(at));
        snapshot.filter(|snapshot| snapshot.exists(now)).map_or_else(not_found, Ok)
    }

    fn snapshot_mut(&mut self, id: &str, now: Instant) -> Result<&mut Snapshot, Refusal> {
        let at = self.snapshot_index.get(id).copied();
        let snapshot = at.and_then(|at| self.snapshots.get_mut(at));
        snapshot.filter(|snapshot| snapshot.exists(now)).map_or_else(not_found, Ok)
    }

    /// The request is done before the resource is AVAILABLE again: two completions to wait for.
    fn works(&self, begun: Instant, fails: bool) -> (Work, Work) {
        let request = Work::starting(begun, self.build_time * 3 / 4, fails);
        (request, Work::starting(begun, self.build_time, fails))
    }

    fn log_for_snapshot(&mut self, call: &Call<'_>, id: &str, work: Work) -> String {
        let href = format!("{}/snapshots/{id}", self.base);
        self.log(call, Target { kind: "snapshot", id: id.to_owned(), href }, work)
    }

    pub(super) fn create_snapshot(&mut self, centre: &str, volume: &str, call: &Call<'_>) -> Reply {
        let volume = self.volume(centre, volume)?;
        let (source, begun) = (volume.source.clone(), volume.free_from(call.moment.now));
        let mut properties = inherited(volume.size);
        properties.extend(for_create(call.body()?)?);
        let (request, built) = self.works(begun, call.fails);
        let id = self.add_snapshot(source, properties, call.moment.wall, built);
        let location = self.log_for_snapshot(call, &id, request);
        let snapshot = self.snapshots.last();
        let mut body = snapshot.map(|snapshot| snapshot.describe(&self.base, call.moment.now));
        if let Some(body) = &mut body {
            // BUSY in every captured answer, however fast the build is.
            body["metadata"]["state"] = json!("BUSY");
        }
        Ok(accepted(body.as_ref(), location).committed(Operation::Create))
    }

    pub(super) fn restore_snapshot(&mut self, centre: &str, volume: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let free_from = self.volume(centre, volume)?.free_from(now);
        let properties = unwrapped(call.body()?)?.unwrap_or_default();
        let id = match properties.get("snapshotId") {
            Some(Value::String(id)) if properties.len() == 1 => id,
            _ => {
                let message = "[(root).properties.snapshotId] Attribute is required";
                return refuse(StatusCode::UNPROCESSABLE_ENTITY, "100", message);
            }
        };
        let begun = free_from.max(self.snapshot(id, now)?.free_from(now));
        let (request, work) = self.works(begun, call.fails);
        self.keep_busy(centre, volume, work);
        let href = format!("{}/datacenters/{centre}/volumes/{volume}", self.base);
        let target = Target { kind: "volume", id: volume.to_owned(), href };
        let location = self.log(call, target, request);
        Ok(accepted(None, location).committed(Operation::Restore))
    }

    pub(super) fn list_snapshots(&self, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let existing = self.snapshots.iter().filter(|snapshot| snapshot.exists(now));
        let all = existing.map(|snapshot| snapshot.describe(&self.base, now)).collect();
        let selected = call.query.select(all)?;
        let items: Vec<_> = selected.into_iter().map(|item| call.query.shown(item)).collect();
        // Not a pageable collection: limit and offset are tolerated and change nothing.
        ok(&json!({
            "id": "snapshots",
            "type": "collection",
            "href": format!("{}/snapshots", self.base),
            "items": items,
        }))
    }

    pub(super) fn get_snapshot(&self, id: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        ok(&self.snapshot(id, now)?.describe(&self.base, now))
    }

    pub(super) fn patch_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshot(id, call.moment.now)?;
        self.change_snapshot(id, for_patch(call.body()?)?, call)
    }

    pub(super) fn put_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshot(id, call.moment.now)?;
        self.change_snapshot(id, for_put(call.body()?)?, call)
    }

    fn change_snapshot(&mut self, id: &str, properties: Properties, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let (request, work) = self.works(self.snapshot(id, now)?.free_from(now), call.fails);
        let etag = self.random.hex(32);
        let snapshot = self.snapshot_mut(id, now)?;
        snapshot.latest = Some(work);
        if !call.fails {
            snapshot.properties.extend(properties);
            snapshot.modified = call.moment.wall;
            snapshot.etag = etag;
        }
        let location = self.log_for_snapshot(call, id, request);
        let body = self.snapshot(id, now)?.describe(&self.base, now);
        Ok(accepted(Some(&body), location).committed(Operation::Update))
    }

    pub(super) fn delete_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let (request, work) = self.works(self.snapshot(id, now)?.free_from(now), call.fails);
        let snapshot = self.snapshot_mut(id, now)?;
        if call.fails {
            snapshot.latest = Some(work);
        } else {
            snapshot.deletion = Some(work);
        }
        let location = self.log_for_snapshot(call, id, request);
        Ok(accepted(None, location).committed(Operation::Delete))
    }

    pub(super) fn list_labels(&self, id: &str, call: &Call<'_>) -> Reply {
        let snapshot = self.snapshot(id, call.moment.now)?;
        let labels = snapshot.labels.iter();
        let items: Vec<_> =
            labels.map(|(key, value)| call.query.shown(snapshot.describe_label(&self.base, key, value))).collect();
        ok(&json!({
            "id": format!("{id}/labels"),
            "type": "collection",
            "href": format!("{}/labels", snapshot.href(&self.base)),
            "items": items,
        }))
    }

    pub(super) fn get_label(&self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        let snapshot = self.snapshot(id, call.moment.now)?;
        match snapshot.labels.get(key) {
            Some(value) => ok(&snapshot.describe_label(&self.base, key, value)),
            None => not_found(),
        }
    }

    pub(super) fn add_label(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshot(id, call.moment.now)?;
        let (key, value) = label(call)?;
        match key {
            Some(key) => self.set_label(id, &key, value, call),
            None => refuse(StatusCode::UNPROCESSABLE_ENTITY, "100", "[(root).properties.key] Attribute is required"),
        }
    }

    pub(super) fn put_label(&mut self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        self.get_label(id, key, call)?;
        let (_, value) = label(call)?;
        self.set_label(id, key, value, call)
    }

    fn set_label(&mut self, id: &str, key: &str, value: String, call: &Call<'_>) -> Reply {
        let snapshot = self.snapshot_mut(id, call.moment.now)?;
        snapshot.labels.insert(key.to_owned(), value.clone());
        let location = self.log_for_snapshot(call, id, Work::finished(call.moment.now));
        let body = self.snapshot(id, call.moment.now)?.describe_label(&self.base, key, &value);
        Ok(committed_label(accepted(Some(&body), location)))
    }

    pub(super) fn delete_label(&mut self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        if self.snapshot_mut(id, call.moment.now)?.labels.remove(key).is_none() {
            return not_found();
        }
        let location = self.log_for_snapshot(call, id, Work::finished(call.moment.now));
        Ok(committed_label(accepted(None, location)))
    }
}

fn committed_label(answer: Answer) -> Answer {
    answer.committed(Operation::Update)
}

/// The key, where there is one, and the value of a label that is sent.
fn label(call: &Call<'_>) -> Result<(Option<String>, String), Refusal> {
    let properties = unwrapped(call.body()?)?.unwrap_or_default();
    let text = |name| properties.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("value") {
        Some(value) => Ok((text("key"), value)),
        None => refuse(StatusCode::UNPROCESSABLE_ENTITY, "100", "[(root).properties.value] Attribute is required"),
    }
}
