use http::StatusCode;
use serde_json::{Value, json};

use super::call::Call;
use super::log::Target;
use super::properties::{Properties, for_create, for_patch, for_put, inherited, is_required, unwrapped};
use super::reply::{Refusal, Reply, accepted, accepted_with, not_found, ok};
use super::resource::{View, describe};
use super::snapshots::Snapshot;
use super::state::Ionos;
use crate::answer::Answer;
use crate::operation::Operation;

impl Ionos {
    pub(super) fn create_snapshot(&mut self, centre: &str, volume: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let volume = self.centres.volume(centre, volume)?;
        let (source, begun) = (volume.source.clone(), volume.free_from(now));
        let mut properties = inherited(volume.size);
        properties.extend(for_create(call.action_body()?, call.strict)?);
        self.cut(&mut properties);
        let (request, built) = self.works(begun, call);
        let presence = call.effect.presence(now);
        let snapshot = Snapshot::new(source, properties, call.moment.wall, built, presence, &mut self.random);
        let id = snapshot.id.clone();
        let location = self.log_for_snapshot(call, &id, request);
        let snapshot = self.snapshots.add(snapshot);
        let view = View { base: &self.base, now, depth: call.query.depth };
        let mut body = json!(describe(snapshot, view));
        // BUSY in every captured answer, however fast the build is.
        body["metadata"]["state"] = json!("BUSY");
        let answer = call.tagged(accepted_with(&body, location), &snapshot.etag);
        Ok(answer.committed(Operation::Create))
    }

    pub(super) fn restore_snapshot(&mut self, centre: &str, volume: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let free_from = self.centres.volume(centre, volume)?.free_from(now);
        let properties = unwrapped(call.action_body()?, call.strict)?.unwrap_or_default();
        let id = match properties.get("snapshotId") {
            Some(Value::String(id)) if properties.len() == 1 || !call.strict => id,
            _ => return is_required("properties.snapshotId"),
        };
        let begun = free_from.max(self.snapshots.get(id, now)?.free_from(now));
        let (request, work) = self.works(begun, call);
        self.centres.volume_mut(centre, volume)?.restore = Some(work);
        let href = format!("{}/datacenters/{centre}/volumes/{volume}", self.base);
        let location = self.log(call, Target { kind: "volume", id: volume.to_owned(), href }, request);
        Ok(accepted(location).committed(Operation::Restore))
    }

    pub(super) fn patch_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshots.get(id, call.moment.now)?;
        self.change_snapshot(id, for_patch(call.body()?, call.strict)?, call)
    }

    pub(super) fn put_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshots.get(id, call.moment.now)?;
        self.change_snapshot(id, for_put(call.body()?, call.strict)?, call)
    }

    fn change_snapshot(&mut self, id: &str, mut properties: Properties, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        self.cut(&mut properties);
        let (request, work) = self.works(self.snapshots.get(id, now)?.free_from(now), call);
        let etag = self.random.hex(32);
        let snapshot = self.snapshots.get_mut(id, now)?;
        snapshot.latest = Some(work);
        if !call.effect.fails {
            snapshot.modify(properties, call.moment.wall, etag);
        }
        let location = self.log_for_snapshot(call, id, request);
        let snapshot = self.snapshots.get(id, now)?;
        let answer = accepted_with(&describe(snapshot, self.view(call)), location);
        Ok(call.tagged(answer, &snapshot.etag).committed(Operation::Update))
    }

    pub(super) fn delete_snapshot(&mut self, id: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let (request, work) = self.works(self.snapshots.get(id, now)?.free_from(now), call);
        let snapshot = self.snapshots.get_mut(id, now)?;
        if call.effect.fails {
            snapshot.latest = Some(work);
        } else {
            snapshot.deletion = Some(work);
        }
        let location = self.log_for_snapshot(call, id, request);
        Ok(accepted(location).committed(Operation::Delete))
    }

    /// Labels change at once: 201 and 200, and no request to follow.
    pub(super) fn add_label(&mut self, id: &str, call: &Call<'_>) -> Reply {
        self.snapshots.get(id, call.moment.now)?;
        match label(call)? {
            (Some(key), value) => {
                let body = self.set_label(id, &key, value, call)?;
                Ok(Answer::json(StatusCode::CREATED, &body).committed(Operation::Update))
            }
            (None, _) => is_required("properties.key"),
        }
    }

    pub(super) fn put_label(&mut self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        if !self.snapshots.get(id, call.moment.now)?.labels.contains_key(key) {
            return not_found();
        }
        let (_, value) = label(call)?;
        Ok(ok(&self.set_label(id, key, value, call)?).committed(Operation::Update))
    }

    pub(super) fn delete_label(&mut self, id: &str, key: &str, call: &Call<'_>) -> Reply {
        match self.snapshots.get_mut(id, call.moment.now)?.labels.remove(key) {
            Some(_) => Ok(Answer::empty(StatusCode::OK).committed(Operation::Update)),
            None => not_found(),
        }
    }

    fn set_label(&mut self, id: &str, key: &str, value: String, call: &Call<'_>) -> Result<Value, Refusal> {
        let snapshot = self.snapshots.get_mut(id, call.moment.now)?;
        snapshot.labels.insert(key.to_owned(), value.clone());
        Ok(snapshot.describe_label(&self.base, key, &value))
    }
}

/// The key, where there is one, and the value of a label that is sent.
fn label(call: &Call<'_>) -> Result<(Option<String>, String), Refusal> {
    let properties = unwrapped(call.body()?, call.strict)?.unwrap_or_default();
    let text = |name| properties.get(name).and_then(Value::as_str).map(str::to_owned);
    match text("value") {
        Some(value) => Ok((text("key"), value)),
        None => is_required("properties.value"),
    }
}
