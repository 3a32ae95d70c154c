use serde_json::{Value, json};

use super::endpoints::{Call, Version};
use super::{Reply, SiteHost, ZERO_DATE, missing, page, reply};
use crate::credentials::SITEHOST_CLIENT_ID;
use crate::time::Progress;

/// A server; every third is of the high-performance kind, whose disks and types differ.
pub(super) struct Server {
    number: usize,
    pub(super) name: String,
    last_job: Option<u64>,
}

impl Server {
    pub(super) fn numbered(number: usize) -> Self {
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

    /// The members that lists show.
    fn summary(&self) -> Value {
        let (kind, product, disk, cores) = if self.is_fast() {
            ("CLOUD", "CLENT", json!("16"), json!(4))
        } else {
            ("VPS", "LINVPS", json!(5), json!("0"))
        };
        json!({
            "name": self.name,
            "label": format!("Server {}", self.number),
            "client_id": SITEHOST_CLIENT_ID.parse::<u64>().unwrap_or_default(),
            "created": "2016-04-12 11:05:09",
            "type": kind,
            "product_type": product,
            "location_code": "AIR",
            "location_node": "NZ-AKL1-6JKW20",
            "ram": "1024",
            "disk": disk,
            "cores": cores,
            "state": "On",
            "locked": "0",
        })
    }

    fn disk(&self, name: &str) -> Value {
        let (mountpoint, size, filesystem) = if name == self.root() { ("/", "16", "ext4") } else { ("", "1", "swap") };
        json!({
            "id": self.partition(name).unwrap_or_default().to_string(),
            "name": name,
            "device": format!("{}-{}", self.name, if mountpoint.is_empty() { "swap" } else { "disk" }),
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

impl SiteHost {
    pub(super) fn server_index(&self, name: &str) -> Option<usize> {
        self.servers.iter().position(|server| server.name == name)
    }

    /// Remembers the job that was queued last as this server's latest.
    pub(super) fn note_last_job(&mut self, server: usize) {
        let id = super::FIRST_JOB + self.jobs.len() as u64 - 1;
        if let Some(server) = self.servers.get_mut(server) {
            server.last_job = Some(id);
        }
    }

    fn server(&self, call: &Call) -> Result<&Server, super::Refusal> {
        let name = call.text("name");
        match self.servers.iter().find(|server| server.name == name) {
            Some(server) => Ok(server),
            None => missing("Server", name),
        }
    }

    pub(super) fn list_servers(&mut self, call: &Call) -> Reply {
        let kept = |server: &Value| {
            let equals = |filter, member: &str| call.filter(filter).is_none_or(|wanted| server[member] == wanted);
            equals("state", "state")
                && equals("type", "type")
                && equals("name", "name")
                && equals("location", "location_code")
                && equals("location_node", "location_node")
                && equals("product_type", "product_type")
                && equals("product_code", "product_code")
        };
        page(call, self.servers.iter().map(Server::summary).filter(kept).collect())
    }

    pub(super) fn get_server(&mut self, call: &Call) -> Reply {
        let server = self.server(call)?;
        let mut full = server.summary();
        let own = json!({
            "root": server.root(),
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
            "partitions": [server.disk(server.swap()), server.disk(server.root())],
        });
        if let (Some(full), Value::Object(own)) = (full.as_object_mut(), own) {
            full.extend(own);
            full.insert("last_job".into(), self.last_job(server, call));
        }
        reply(&full)
    }

    pub(super) fn get_state(&mut self, call: &Call) -> Reply {
        let server = self.server(call)?;
        let mut state = json!({ "state": "On", "rescue": false });
        if call.version >= Version::V1_5 {
            state["last_job"] = self.last_job(server, call);
        }
        reply(&state)
    }

    fn last_job(&self, server: &Server, call: &Call) -> Value {
        let Some((id, job)) = server.last_job.and_then(|id| Some((id, self.jobs.get(&id)?))) else {
            return Value::Null;
        };
        let state = match job.work.progress(call.moment.now) {
            // Without the d of job/get.
            Progress::Done => "Complete",
            Progress::Failed => "Failed",
            Progress::Waiting | Progress::Running => "Pending",
        };
        json!({ "id": id.to_string(), "type": "scheduler", "state": state })
    }
}
