use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Call, Ionos, Refusal, Reply, metadata, not_found, ok};
use crate::time::Work;

/// The prose says 100, the schema 1000; the smaller one makes clients page.
const DEFAULT_LIMIT: usize = 100;
const VOLUMES_EACH: usize = 2;

pub(super) struct Centre {
    pub(super) id: String,
    number: usize,
    pub(super) volumes: Vec<Volume>,
}

pub(super) struct Volume {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) size: u64,
    number: usize,
    restore: Option<Work>,
}

impl Centre {
    /// As many data centres as it takes, with ids that stay the same from run to run.
    pub(super) fn holding(volumes: usize) -> Vec<Self> {
        let mut centres: Vec<Self> = Vec::new();
        for number in 1..=volumes {
            if (number - 1).is_multiple_of(VOLUMES_EACH) {
                let number = centres.len() + 1;
                let id = format!("d0000000-0000-4000-8000-{number:012}");
                centres.push(Self { id, number, volumes: Vec::new() });
            }
            if let Some(centre) = centres.last_mut() {
                let id = format!("b0000000-0000-4000-8000-{number:012}");
                let source = format!("ionos:{}/{id}", centre.id);
                centre.volumes.push(Volume { id, source, size: 100, number, restore: None });
            }
        }
        centres
    }

    fn describe(&self, ionos: &Ionos) -> Value {
        let href = format!("{}/datacenters/{}", ionos.base, self.id);
        let start = ionos.start.wall;
        json!({
            "id": self.id,
            "type": "datacenter",
            "href": href,
            "metadata": metadata(start, start, "AVAILABLE", "0123456789abcdef0123456789abcdef"),
            "properties": {
                "name": format!("Data centre {}", self.number),
                "description": "simulated",
                "location": "de/fra",
                "version": 1,
                "features": ["SSD"],
                "secAuthProtection": false,
                "ipv6CidrBlock": null,
            },
            "entities": {
                "volumes": {
                    "id": format!("{}/volumes", self.id),
                    "type": "collection",
                    "href": format!("{href}/volumes"),
                },
            },
        })
    }
}

impl Volume {
    pub(super) fn is_busy(&self, now: Instant) -> bool {
        self.restore.is_some_and(|work| work.pending(now))
    }

    /// When the last modification that is queued ends.
    pub(super) fn free_from(&self, now: Instant) -> Instant {
        self.restore.map_or(now, |work| work.due.max(now))
    }

    fn describe(&self, ionos: &Ionos, centre: &Centre, now: Instant) -> Value {
        let start = ionos.start.wall;
        let state = if self.is_busy(now) { "BUSY" } else { "AVAILABLE" };
        json!({
            "id": self.id,
            "type": "volume",
            "href": format!("{}/datacenters/{}/volumes/{}", ionos.base, centre.id, self.id),
            "metadata": metadata(start, start, state, "fedcba9876543210fedcba9876543210"),
            "properties": {
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
            },
        })
    }
}

impl Ionos {
    fn centre(&self, id: &str) -> Result<&Centre, Refusal> {
        self.centres.iter().find(|centre| centre.id == id).map_or_else(not_found, Ok)
    }

    pub(super) fn volume(&self, centre: &str, id: &str) -> Result<&Volume, Refusal> {
        let mut volumes = self.centre(centre)?.volumes.iter();
        volumes.find(|volume| volume.id == id).map_or_else(not_found, Ok)
    }

    pub(super) fn keep_busy(&mut self, centre: &str, id: &str, work: Work) {
        let centre = self.centres.iter_mut().find(|known| known.id == centre);
        let mut volumes = centre.into_iter().flat_map(|centre| &mut centre.volumes);
        if let Some(volume) = volumes.find(|volume| volume.id == id) {
            volume.restore = Some(work);
        }
    }

    pub(super) fn list_centres(&self, call: &Call<'_>) -> Reply {
        let centres = self.centres.iter().map(|centre| centre.describe(self)).collect();
        let centres = call.query.select(centres)?;
        ok(&call.query.page(&self.base, "datacenters", centres, DEFAULT_LIMIT)?)
    }

    pub(super) fn get_centre(&self, id: &str) -> Reply {
        ok(&self.centre(id)?.describe(self))
    }

    pub(super) fn list_volumes(&self, centre: &str, call: &Call<'_>) -> Reply {
        let centre = self.centre(centre)?;
        let now = call.moment.now;
        let volumes = centre.volumes.iter().map(|volume| volume.describe(self, centre, now));
        let volumes = call.query.select(volumes.collect())?;
        let id = format!("{}/volumes", centre.id);
        ok(&call.query.page(&self.base, &id, volumes, DEFAULT_LIMIT)?)
    }

    pub(super) fn get_volume(&self, centre: &str, id: &str, call: &Call<'_>) -> Reply {
        let volume = self.volume(centre, id)?;
        ok(&volume.describe(self, self.centre(centre)?, call.moment.now))
    }
}
