use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::reply::{Refusal, not_found};
use super::resource::{Metadata, Reference, Resource, View, as_text, rfc3339};
use crate::time::Work;

/// The prose says 100, the schema 1000; the smaller one makes clients page.
pub(super) const DEFAULT_LIMIT: usize = 100;
const VOLUMES_EACH: usize = 2;

pub(super) struct Centre {
    pub(super) id: String,
    number: usize,
    created: String,
    pub(super) volumes: Vec<Volume>,
}

pub(super) struct Volume {
    pub(super) id: String,
    centre: String,
    pub(super) source: String,
    pub(super) size: u64,
    number: usize,
    created: String,
    pub(super) restore: Option<Work>,
}

/// All data centres, found by their ids.
pub(super) struct Centres {
    all: Vec<Centre>,
    index: HashMap<String, usize>,
}

impl Centres {
    /// As many data centres as the volumes take, with ids that stay the same from run to run.
    pub(super) fn holding(volumes: usize, created: Timestamp) -> Self {
        let mut all: Vec<Centre> = Vec::new();
        let created = rfc3339(created);
        for number in 1..=volumes {
            if (number - 1).is_multiple_of(VOLUMES_EACH) {
                let number = all.len() + 1;
                let id = format!("d0000000-0000-4000-8000-{number:012}");
                all.push(Centre { id, number, created: created.clone(), volumes: Vec::new() });
            }
            if let Some(centre) = all.last_mut() {
                let id = format!("b0000000-0000-4000-8000-{number:012}");
                let source = format!("ionos:{}/{id}", centre.id);
                let centre_id = centre.id.clone();
                let created = created.clone();
                centre.volumes.push(Volume {
                    id,
                    centre: centre_id,
                    source,
                    size: 100,
                    number,
                    created,
                    restore: None,
                });
            }
        }
        let index = all.iter().enumerate().map(|(at, centre)| (centre.id.clone(), at)).collect();
        Self { all, index }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Centre> {
        self.all.iter()
    }

    pub(super) fn volumes(&self) -> impl Iterator<Item = &Volume> {
        self.all.iter().flat_map(|centre| &centre.volumes)
    }

    pub(super) fn get(&self, id: &str) -> Result<&Centre, Refusal> {
        self.index.get(id).and_then(|&at| self.all.get(at)).map_or_else(not_found, Ok)
    }

    pub(super) fn volume(&self, centre: &str, id: &str) -> Result<&Volume, Refusal> {
        self.get(centre)?.volumes.iter().find(|volume| volume.id == id).map_or_else(not_found, Ok)
    }

    pub(super) fn volume_mut(&mut self, centre: &str, id: &str) -> Result<&mut Volume, Refusal> {
        let centre = self.index.get(centre).and_then(|&at| self.all.get_mut(at));
        let mut volumes = centre.into_iter().flat_map(|centre| &mut centre.volumes);
        volumes.find(|volume| volume.id == id).map_or_else(not_found, Ok)
    }
}

/// What a data centre and a volume have beside their references.
#[derive(Serialize)]
struct Contents<'a> {
    metadata: Metadata<'a>,
    properties: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<Value>,
}

impl Centre {
    pub(super) const ETAG: &str = "0123456789abcdef0123456789abcdef";

    fn metadata(&self) -> Metadata<'_> {
        Metadata::new(Self::ETAG, &self.created, &self.created, "AVAILABLE")
    }

    fn properties(&self) -> Value {
        json!({
            "name": format!("Data centre {}", self.number),
            "description": "simulated",
            "location": "de/fra",
            "version": 1,
            "features": ["SSD"],
            "secAuthProtection": false,
            "ipv6CidrBlock": null,
        })
    }
}

impl Resource for Centre {
    fn field(&self, name: &str, _: Instant) -> Option<String> {
        self.properties().get(name).map(as_text).or_else(|| self.metadata().field(name))
    }

    fn reference(&self, base: &str) -> Reference {
        let href = format!("{base}/datacenters/{}", self.id);
        Reference { id: self.id.clone(), kind: "datacenter", href }
    }

    fn contents<'a>(&'a self, view: View<'a>) -> impl Serialize + use<'a> {
        let volumes = json!({
            "id": format!("{}/volumes", self.id),
            "type": "collection",
            "href": format!("{}/datacenters/{}/volumes", view.base, self.id),
        });
        let entities = Some(json!({ "volumes": volumes }));
        Contents { metadata: self.metadata(), properties: self.properties(), entities }
    }
}

impl Volume {
    pub(super) const ETAG: &str = "fedcba9876543210fedcba9876543210";

    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.restore.is_some_and(|work| work.pending(now))
    }

    /// When the last modification that is queued ends.
    pub(super) fn free_from(&self, now: Instant) -> Instant {
        self.restore.map_or(now, |work| work.due.max(now))
    }

    fn metadata(&self, now: Instant) -> Metadata<'_> {
        let state = if self.is_busy(now) { "BUSY" } else { "AVAILABLE" };
        Metadata::new(Self::ETAG, &self.created, &self.created, state)
    }

    fn properties(&self) -> Value {
        json!({
            "name": format!("volume-{}", self.number),
            "type": "SSD Premium",
            "size": self.size,
            "availabilityZone": "AUTO",
            "bus": "VIRTIO",
            "licenceType": "LINUX",
            "applicationType": "UNKNOWN",
            "bootServer": null,
            "bootOrder": "AUTO",
            "deviceNumber": null,
            "pciSlot": null,
            "exposeSerial": false,
            "requireLegacyBios": true,
        })
    }
}

impl Resource for Volume {
    fn field(&self, name: &str, now: Instant) -> Option<String> {
        self.properties().get(name).map(as_text).or_else(|| self.metadata(now).field(name))
    }

    fn reference(&self, base: &str) -> Reference {
        let href = format!("{base}/datacenters/{}/volumes/{}", self.centre, self.id);
        Reference { id: self.id.clone(), kind: "volume", href }
    }

    fn contents<'a>(&'a self, view: View<'a>) -> impl Serialize + use<'a> {
        Contents { metadata: self.metadata(view.now), properties: self.properties(), entities: None }
    }
}
