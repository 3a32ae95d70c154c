use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::reply::{Refusal, not_found};
use super::snapshots::Snapshot;
use super::target::Links;
use crate::credentials::HOSTWAY_ACCOUNT_ID;
use crate::request::{Pairs, find};
use crate::time::{Progress, Work};

pub(super) const ZONE: &str = "AUS001";

pub(super) struct Server {
    pub(super) id: String,
    number: usize,
    pub(super) has_volumes: bool,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) restore: Option<Work>,
}

/// All servers, found by their ids.
pub(super) struct Servers {
    all: Vec<Server>,
    index: HashMap<String, usize>,
}

impl Servers {
    /// So many that can be snapshotted, and one more that has volumes.
    pub(super) fn new(count: usize) -> Self {
        let mut all: Vec<_> = (1..=count).map(|number| Server::numbered(number, false)).collect();
        all.push(Server::numbered(count + 1, true));
        let index = all.iter().enumerate().map(|(at, server)| (server.id.clone(), at)).collect();
        Self { all, index }
    }

    pub(super) fn get(&self, id: &str) -> Result<&Server, Refusal> {
        self.index.get(id).and_then(|&at| self.all.get(at)).map_or_else(not_found, Ok)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Result<&mut Server, Refusal> {
        self.index.get(id).and_then(|&at| self.all.get_mut(at)).map_or_else(not_found, Ok)
    }

    pub(super) fn at(&mut self, index: usize) -> Option<&mut Server> {
        self.all.get_mut(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Server> {
        self.all.iter()
    }

    /// Those that a list shows; the documented default hides some statuses.
    pub(super) fn shown<'a>(&'a self, query: &'a Pairs, now: Instant) -> impl Iterator<Item = &'a Server> {
        self.all.iter().filter(move |server| {
            let status = match find(query, "status") {
                Some(wanted) => server.status(now) == wanted,
                None => ["ACTIVE", "PROCESSING", "STOPPED"].contains(&server.status(now)),
            };
            let name = find(query, "name").is_none_or(|name| name == server.name());
            status && name && find(query, "zone").is_none_or(|zone| zone == ZONE)
        })
    }
}

impl Server {
    fn numbered(number: usize, has_volumes: bool) -> Self {
        let suffix = if has_volumes { "_volumes" } else { "" };
        let id = format!("test_server_{number:04}{suffix}");
        Self { id, number, has_volumes, snapshots: Vec::new(), restore: None }
    }

    fn name(&self) -> String {
        format!("web-{}", self.number)
    }

    pub(super) fn status(&self, now: Instant) -> &'static str {
        match self.restore.map(|work| work.progress(now)) {
            None | Some(Progress::Done) => "ACTIVE",
            Some(Progress::Waiting | Progress::Running) => "PROCESSING",
            // Documented for servers, though not as the end of a restore: none is.
            Some(Progress::Failed) => "SUSPENDED",
        }
    }

    /// The snapshots that count: for names, for the limit, and in the simulator's state.
    pub(super) fn existing(&self, now: Instant) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.iter().filter(move |snapshot| snapshot.exists(now))
    }

    /// A snapshot that reads find: one that failed is found, and says so.
    pub(super) fn snapshot(&self, id: &str, now: Instant) -> Result<&Snapshot, Refusal> {
        let mut shown = self.snapshots.iter().filter(|snapshot| snapshot.presence.is_shown(now));
        shown.find(|snapshot| snapshot.id == id).map_or_else(not_found, Ok)
    }

    pub(super) fn describe_briefly(&self, links: Links<'_>) -> Value {
        json!({
            "id": self.id,
            "zone": ZONE,
            "links": [{ "href": links.server(&self.id), "rel": "self" }],
        })
    }

    pub(super) fn describe(&self, links: Links<'_>, now: Instant) -> Value {
        let to = |path: &str| json!([{ "href": links.to(path), "rel": "self" }]);
        let address = format!("203.0.113.{}", self.number % 250 + 1);
        json!({
            "id": self.id,
            "zone": ZONE,
            "name": self.name(),
            "status": self.status(now),
            "created": "2011-12-05T12:51:28",
            "updated": null,
            "hostId": "host012-aus01.hyperv.hostway",
            "userId": HOSTWAY_ACCOUNT_ID,
            "addresses": {
                "public": [{ "version": 4, "addr": address }],
                "private": [{ "version": 4, "addr": "172.16.0.10" }],
            },
            "accessIPv4": address,
            "accessIPv6": null,
            "image": {
                "id": "20GB_Ubuntu 10.10 x64 R1soft",
                "name": "Ubuntu 10.10 x64",
                "links": to("/images/20GB_Ubuntu%2010.10%20x64%20R1soft/"),
            },
            "flavor": { "id": 3, "name": "1024MB Server3", "links": to("/flavors/3/") },
            "securityGroup": { "id": "default", "links": to("/os-security-groups/default/") },
            "adminPass": null,
            "progress": if self.status(now) == "PROCESSING" { 50 } else { 100 },
            "tenantId": null,
            "metadata": {},
            "links": [{ "href": links.server(&self.id), "rel": "self" }],
        })
    }

    /// As the list of 2012 has it, with empty strings where nothing is set.
    pub(super) fn describe_in_list(&self, links: Links<'_>, now: Instant) -> Value {
        let mut server = self.describe(links, now);
        for unset in ["updated", "accessIPv6", "tenantId"] {
            server[unset] = json!("");
        }
        server
    }

    pub(super) fn attachments(&self) -> Vec<Value> {
        // Described as strings, shown as numbers.
        let attached = json!({ "device": "/dev/test", "serverId": self.number, "id": 1, "volumeId": 41 });
        if self.has_volumes { vec![attached] } else { Vec::new() }
    }
}
