use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::call::{Call, Version};
use super::local_time::{LocalTime, ZERO_DATE};
use super::reply::{Reply, missing, reply};
use crate::time::{Moment, Progress, Work};

const FIRST_JOB: u64 = 29_658_457;

/// What a job is about; before 1.5 its type is known for images only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Snapshot,
    Image,
}

struct Job {
    subject: Subject,
    work: Work,
    what: &'static str,
    is_daemon: bool,
    vanished: bool,
}

impl Job {
    fn kind(&self) -> &'static str {
        if self.is_daemon { "daemon" } else { "scheduler" }
    }

    fn has_type(&self, version: Version, kind: &str) -> bool {
        // Nobody knows the type of snapshot jobs before 1.5: either finds a scheduler's.
        let either = version < Version::V1_5 && self.subject == Subject::Snapshot && !self.is_daemon;
        kind == self.kind() || (either && kind == "daemon")
    }
}

/// All jobs by their ids.
#[derive(Default)]
pub(super) struct Jobs {
    by_id: HashMap<u64, Job>,
}

impl Jobs {
    /// Queues a job and answers its id, with its reference in the version's shape.
    pub(super) fn start(&mut self, call: &Call, subject: Subject, what: &'static str, work: Work) -> (u64, Value) {
        let id = FIRST_JOB + self.by_id.len() as u64;
        let (is_daemon, vanished) = (call.effect.is_daemon_job, call.effect.vanishes);
        let job = Job { subject, work, what, is_daemon, vanished };
        let reference = if call.version >= Version::V1_5 {
            json!({ "job": { "id": id, "type": job.kind() } })
        } else {
            json!({ "job_id": id.to_string() })
        };
        self.by_id.insert(id, job);
        (id, reference)
    }

    pub(super) fn get(&self, call: &Call, start: Moment, local: &LocalTime) -> Reply {
        let name = if call.version >= Version::V1_5 { "id" } else { "job_id" };
        let (id, kind) = (call.number(name)?, call.text("type"));
        match self.existing(id).filter(|job| job.has_type(call.version, kind)) {
            Some(job) => reply(&describe(job, call, |instant| local.print(start.wall_at(instant)))),
            None => missing("Job", &id.to_string()),
        }
    }

    /// A server's latest job, as its own object shows it.
    pub(super) fn latest(&self, id: Option<u64>, now: Instant) -> Value {
        let Some((id, job)) = id.and_then(|id| Some((id, self.existing(id)?))) else {
            return Value::Null;
        };
        let state = match job.work.progress(now) {
            // Without the d of job/get.
            Progress::Done => "Complete",
            Progress::Failed => "Failed",
            Progress::Waiting | Progress::Running => "Pending",
        };
        json!({ "id": id.to_string(), "type": job.kind(), "state": state })
    }

    fn existing(&self, id: u64) -> Option<&Job> {
        self.by_id.get(&id).filter(|job| !job.vanished)
    }
}

fn describe(job: &Job, call: &Call, print: impl Fn(Instant) -> String) -> Value {
    const FAILURE: &str = "The job could not be completed by the host node.";
    let (begun, ended) = (job.work.begun, || print(job.work.due));
    let (state, started, completed, message) = match job.work.progress(call.moment.now) {
        Progress::Waiting => ("Pending", None, ZERO_DATE.to_owned(), ""),
        Progress::Running => ("Running", Some(print(begun)), ZERO_DATE.to_owned(), ""),
        Progress::Done => ("Completed", Some(print(begun)), ended(), ""),
        Progress::Failed => ("Failed", Some(print(begun)), ended(), FAILURE),
    };
    let logs = match &started {
        Some(date) => json!([{ "date": date, "level": "3", "message": job.what }]),
        None => json!([]),
    };
    json!({
        "state": state,
        "created": print(begun),
        "started": started,
        "completed": completed,
        "message": message,
        "logs": logs,
    })
}
