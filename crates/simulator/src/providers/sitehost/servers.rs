use std::collections::HashMap;

use serde_json::{Value, json};

use super::call::Call;
use super::local_time::ZERO_DATE;
use super::reply::{Refusal, missing};
use crate::credentials::SITEHOST_CLIENT_ID;

/// A server; every third is of the high-performance kind, whose disks and types differ.
pub(super) struct Server {
    number: usize,
    pub(super) name: String,
    pub(super) last_job: Option<u64>,
}

/// All servers, found by their names.
pub(super) struct Servers {
    all: Vec<Server>,
    index: HashMap<String, usize>,
}

impl Servers {
    pub(super) fn new(count: usize) -> Self {
        let all: Vec<_> = (1..=count).map(Server::numbered).collect();
        let index = all.iter().enumerate().map(|(at, server)| (server.name.clone(), at)).collect();
        Self { all, index }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Server> {
        self.all.iter()
    }

    pub(super) fn at(&self, index: usize) -> Option<&Server> {
        self.all.get(index)
    }

    /// The index of the server that the call names.
    pub(super) fn named(&self, call: &Call) -> Result<usize, Refusal> {
        let name = call.text("name");
        self.index.get(name).copied().map_or_else(|| missing("Server", name), Ok)
    }

    pub(super) fn get(&self, call: &Call) -> Result<&Server, Refusal> {
        let index = self.named(call)?;
        self.at(index).map_or_else(|| missing("Server", call.text("name")), Ok)
    }

    pub(super) fn note_last_job(&mut self, index: usize, job: u64) {
        if let Some(server) = self.all.get_mut(index) {
            server.last_job = Some(job);
        }
    }
}

impl Server {
    fn numbered(number: usize) -> Self {
        Self { number, name: format!("server{number}"), last_job: None }
    }

    fn is_fast(&self) -> bool {
        self.number.is_multiple_of(3)
    }

    pub(super) fn root(&self) -> &'static str {
        if self.is_fast() { "scsi0" } else { "xvda2" }
    }

    fn swap(&self) -> &'static str {
        if self.is_fast() { "scsi1" } else { "xvda1" }
    }

    pub(super) fn source(&self, partition: &str) -> String {
        format!("sitehost:{}/{partition}", self.name)
    }

    /// The id of a disk of this server, if it has one of that name.
    pub(super) fn partition(&self, name: &str) -> Option<u64> {
        let first = 90_000 + 10 * self.number as u64;
        if name == self.root() {
            Some(first)
        } else if name == self.swap() {
            Some(first + 1)
        } else {
            None
        }
    }

    fn kind(&self) -> &'static str {
        if self.is_fast() { "CLOUD" } else { "VPS" }
    }

    fn product(&self) -> &'static str {
        if self.is_fast() { "CLENT" } else { "LINVPS" }
    }

    /// Whether the list's filters keep it; `updated_since` keeps all.
    pub(super) fn passes_filters(&self, call: &Call) -> bool {
        let is = |filter, value: &str| call.filter(filter).is_none_or(|wanted| wanted == value);
        is("state", "On")
            && is("type", self.kind())
            && is("name", &self.name)
            && is("location", "AIR")
            && is("location_node", "NZ-AKL1-6JKW20")
            && is("product_type", self.product())
            && is("product_code", "")
    }

    /// The members that lists show.
    pub(super) fn summary(&self) -> Value {
        // Numbers and texts differ by product.
        let (disk, cores) = if self.is_fast() { (json!("16"), json!(4)) } else { (json!(5), json!("0")) };
        json!({
            "name": self.name,
            "label": format!("Server {}", self.number),
            "client_id": SITEHOST_CLIENT_ID.parse::<u64>().unwrap_or_default(),
            "created": "2016-04-12 11:05:09",
            "type": self.kind(),
            "product_type": self.product(),
            "location_code": "AIR",
            "location_node": "NZ-AKL1-6JKW20",
            "ram": "1024",
            "disk": disk,
            "cores": cores,
            "state": "On",
            "locked": "0",
        })
    }

    pub(super) fn detail(&self, last_job: Value) -> Value {
        let mut full = self.summary();
        let own = json!({
            "root": self.root(),
            "arch": "amd64",
            "core": "4",
            "kernel": "pvgrub-1.0-amd64",
            "initrd": "",
            "modules": "",
            "distro": "ubuntu-trusty",
            "os": "linux",
            "rescue": "0",
            "managed": "0",
            "maint_date": ZERO_DATE,
            "maint_date_end": ZERO_DATE,
            "notes": "",
            "backups_enabled": false,
            "ips": [],
            "partitions": [self.disk(self.swap()), self.disk(self.root())],
            "last_job": last_job,
        });
        if let (Some(full), Value::Object(own)) = (full.as_object_mut(), own) {
            full.extend(own);
        }
        full
    }

    fn disk(&self, name: &str) -> Value {
        let is_root = name == self.root();
        let (mountpoint, size, filesystem) = if is_root { ("/", "16", "ext4") } else { ("", "1", "swap") };
        json!({
            "id": self.partition(name).unwrap_or_default().to_string(),
            "name": name,
            "device": format!("{}-{}", self.name, if is_root { "disk" } else { "swap" }),
            "mountpoint": mountpoint,
            "size": size,
            "new_size": size,
            "fstype": filesystem,
            "drbd": "0",
            "backup": "0",
            "disk_total": "0",
            "disk_used": "0",
            "inodes_total": "0",
            "inodes_used": "0",
            "alert_threshold": "0",
            "type": "",
        })
    }
}
