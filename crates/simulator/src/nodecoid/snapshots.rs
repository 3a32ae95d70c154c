use jiff::Timestamp;
use tokio::time::Instant;

use super::value::Object;
use super::{Call, NodeCoId, Refusal, Reply, changed, local, read, refuse};
use crate::operation::Operation;
use crate::time::{Progress, Work};

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

pub(super) struct Snapshot {
    pub(super) id: String,
    pub(super) server_id: String,
    server_label: String,
    file: String,
    token: String,
    added: Timestamp,
    built: Work,
    deleted: Option<Timestamp>,
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

    fn size(&self, now: Instant) -> f64 {
        if self.is_processing(now) { 0.0 } else { 3.2 }
    }

    fn describe(&self, call: &Call) -> Object {
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
}

impl NodeCoId {
    pub(super) fn add_snapshot(&mut self, server: usize, added: Timestamp, built: Work) -> String {
        let id = self.random.text(LETTERS, 12);
        if let Some(server) = self.servers.get_mut(server) {
            server.snapshots.push(self.snapshots.len());
            self.snapshot_index.insert(id.clone(), self.snapshots.len());
            self.snapshots.push(Snapshot {
                id: id.clone(),
                server_id: server.id.clone(),
                server_label: server.label.clone(),
                file: format!("{}.disk", self.random.text(LETTERS, 14)),
                token: self.random.text(LETTERS, 16),
                added,
                built,
                deleted: None,
            });
        }
        id
    }

    pub(super) fn snapshot(&self, id: &str) -> Option<&Snapshot> {
        self.snapshots.get(*self.snapshot_index.get(id)?)
    }

    pub(super) fn required_snapshot(&self, call: &Call) -> Result<&Snapshot, Refusal> {
        match self.snapshot(call.required("snapshot_id")?) {
            Some(snapshot) => Ok(snapshot),
            None => refuse("SNAPSHOT_NOT_FOUND", "The snapshot does not exist."),
        }
    }

    pub(super) fn create_snapshot(&mut self, call: &Call) -> Reply {
        let server = self.required_server(call)?;
        let server_id = server.id.clone();
        let at = self.server_index.get(&server_id).copied().unwrap_or_default();
        let built = Work::starting(call.moment.now, self.build_time, call.fails);
        let id = self.add_snapshot(at, call.moment.wall, built);
        let data = Object::default()
            .text("snapshot_id", id)
            .text("server_id", server_id)
            .text("snapshot_status", "processing");
        changed("Snapshot creation has been strated.", data, Operation::Create)
    }

    pub(super) fn delete_snapshot(&mut self, call: &Call) -> Reply {
        let snapshot = self.required_snapshot(call)?;
        match snapshot.status(call.moment.now) {
            "deleted" => return refuse("SNAPSHOT_NOT_FOUND", "The snapshot has been deleted."),
            "processing" => return refuse("SNAPSHOT_BUSY", "The snapshot is being processed."),
            _ => {}
        }
        let id = snapshot.id.clone();
        let at = self.snapshot_index.get(&id).copied();
        if let Some(snapshot) = at.and_then(|at| self.snapshots.get_mut(at)) {
            snapshot.deleted = Some(call.moment.wall);
        }
        let data = Object::default().text("snapshot_id", id).text("snapshot_status", "deleted");
        changed("Snapshot has been deleted.", data, Operation::Delete)
    }

    pub(super) fn get_snapshot_detail(&mut self, call: &Call) -> Reply {
        call.check_client_address()?;
        read(self.required_snapshot(call)?.describe(call))
    }

    pub(super) fn get_snapshot_list(&mut self, call: &Call) -> Reply {
        call.check_client_address()?;
        let status = call.choice("snapshot_status", "active", &["all", "processing", "active", "deleted"])?;
        let cycle = call.choice("snapshot_cycle", "all", &["all", "manual", "daily", "weekly", "monthly"])?;
        let ownership = call.choice("ownership", "all", &["all", "owner", "shared"])?;
        let now = call.moment.now;
        let all: Vec<_> = match call.optional("server_id") {
            None => self.snapshots.iter().collect(),
            Some(id) => {
                let places = self.server(id).map_or(&[][..], |server| &server.snapshots);
                places.iter().filter_map(|&at| self.snapshots.get(at)).collect()
            }
        };
        let mut found: Vec<_> = all
            .into_iter()
            .filter(|snapshot| status == "all" || snapshot.status(now) == status)
            .filter(|_| matches!(cycle, "all" | "manual") && ownership != "shared")
            .collect();
        match call.optional("sorted_by").unwrap_or("snapshot_add_time_descending") {
            "snapshot_add_time_ascending" => {}
            "snapshot_add_time_descending" => found.reverse(),
            "snapshot_size_ascending" => {
                found.sort_by(|one, other| one.size(now).total_cmp(&other.size(now)));
            }
            "snapshot_size_descending" => {
                found.sort_by(|one, other| other.size(now).total_cmp(&one.size(now)));
            }
            _ => return super::invalid("sorted_by"),
        }
        page(call, &found, |snapshot| snapshot.describe(call))
    }
}

/// A page of a list; a number past the end gets the last one.
pub(super) fn page<T>(call: &Call, found: &[T], describe: impl Fn(&T) -> Object) -> Reply {
    let size = call.number("records_per_page", 20, 10..=100)?;
    let wanted = call.number("page", 1, 1..=9_999_999_999)?;
    let total = found.len() as u64;
    let pages = total.div_ceil(size);
    let page = wanted.min(pages.max(1));
    let records = found.iter().skip(((page - 1) * size) as usize).take(size as usize).map(describe);
    let data = Object::default()
        .number("total_records", total as f64)
        .number("records_per_page", size as f64)
        .number("total_pages", pages as f64)
        .number("page", page as f64)
        .records(records.collect());
    read(data)
}
