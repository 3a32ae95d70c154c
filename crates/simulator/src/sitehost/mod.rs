//! SiteHost: ordered parameters, an envelope in every answer, jobs.

mod endpoints;
mod images;
mod servers;
mod snapshots;

use std::collections::HashMap;
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::endpoints::{Call, Endpoint, Version};
use self::images::Images;
use self::servers::Server;
use self::snapshots::Snapshots;
use crate::credentials::{SITEHOST_API_KEY, SITEHOST_CLIENT_ID};
use crate::desk::{Api, Setup};
use crate::exchange::{Answer, Request, find};
use crate::operation::Operation;
use crate::state::SimulatedSnapshot;
use crate::time::{Moment, Progress, Work};

const ZERO_DATE: &str = "0000-00-00 00:00:00";
const FIRST_JOB: u64 = 29_658_457;

pub(crate) struct SiteHost {
    start: Moment,
    build_time: Duration,
    zone: TimeZone,
    servers: Vec<Server>,
    snapshots: Snapshots,
    images: Images,
    jobs: HashMap<u64, Job>,
}

struct Job {
    subject: Subject,
    work: Work,
    what: &'static str,
}

/// What a job is about; before 1.5 its type is known for images only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Snapshot,
    Image,
}

/// A failure: its HTTP status means little, the text says what is wrong.
struct Refusal {
    status: StatusCode,
    text: String,
}

/// What stands under `return`, as JSON text: lists can be long, and a tree of values is slow to build.
type Reply = Result<String, Refusal>;

fn reply(value: &impl serde::Serialize) -> Reply {
    Ok(serde_json::to_string(value).unwrap_or_default())
}

fn refuse<T>(text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status: StatusCode::BAD_REQUEST, text: text.into() })
}

fn missing<T>(what: &str, name: &str) -> Result<T, Refusal> {
    // Some failures come with HTTP 200: the envelope decides.
    Err(Refusal { status: StatusCode::OK, text: format!("Error: {what} '{name}' not found.") })
}

impl SiteHost {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut sitehost = Self {
            start: setup.moment,
            build_time: setup.build_time,
            zone: auckland(),
            servers: (1..=setup.servers).map(Server::numbered).collect(),
            snapshots: Snapshots::none(),
            images: Images::seeded(setup.moment),
            jobs: HashMap::new(),
        };
        sitehost.seed_snapshots(setup);
        sitehost
    }

    fn route(&mut self, request: &Request, moment: Moment, fails: bool) -> Reply {
        let Some((version, endpoint)) = Endpoint::of(request) else {
            return refuse("Error: The requested API function does not exist.");
        };
        let pairs = endpoint.parameters(request)?;
        if find(&pairs, "apikey") != Some(SITEHOST_API_KEY) {
            return refuse("The token is invalid.");
        }
        if !client_is_known(endpoint, find(&pairs, "client_id")) {
            return refuse("Error: You do not have access to this client.");
        }
        let call = Call { version, pairs, moment, fails };
        (endpoint.run)(self, &call)
    }

    fn new_work(&self, call: &Call) -> Work {
        Work::starting(call.moment.now, self.build_time, call.fails)
    }

    /// Queues the job and answers its reference in the version's shape.
    fn start_job(&mut self, call: &Call, subject: Subject, what: &'static str, work: Work) -> Value {
        let id = FIRST_JOB + self.jobs.len() as u64;
        self.jobs.insert(id, Job { subject, work, what });
        if call.version >= Version::V1_5 {
            json!({ "job": { "id": id, "type": "scheduler" } })
        } else {
            json!({ "job_id": id.to_string() })
        }
    }

    fn get_job(&mut self, call: &Call) -> Reply {
        let name = if call.version >= Version::V1_5 { "id" } else { "job_id" };
        let (id, kind) = (call.number(name)?, call.text("type"));
        let Some(job) = self.jobs.get(&id).filter(|job| job.has_type(call.version, kind)) else {
            return missing("Job", &id.to_string());
        };
        reply(&self.describe_job(job, call))
    }

    fn describe_job(&self, job: &Job, call: &Call) -> Value {
        let wall = |instant| self.local(self.start.wall_at(instant));
        let (state, started, completed, message) = match job.work.progress(call.moment.now) {
            Progress::Waiting => ("Pending", None, ZERO_DATE.to_owned(), ""),
            Progress::Running => ("Running", Some(job.work.begun), ZERO_DATE.to_owned(), ""),
            Progress::Done => ("Completed", Some(job.work.begun), wall(job.work.due), ""),
            Progress::Failed => {
                ("Failed", Some(job.work.begun), wall(job.work.due), "The job could not be completed by the host node.")
            }
        };
        let started = started.map(wall);
        let logs = match &started {
            Some(date) => json!([{ "date": date, "level": "3", "message": job.what }]),
            None => json!([]),
        };
        json!({
            "state": state,
            "created": wall(job.work.begun),
            "started": started,
            "completed": completed,
            "message": message,
            "logs": logs,
        })
    }

    fn get_info(&mut self, _: &Call) -> Reply {
        reply(&json!({
            "client_id": SITEHOST_CLIENT_ID,
            "contact_id": null,
            "modules": ["Api", "Cloud", "Job", "Server"],
            "roles": ["sitehost"],
        }))
    }

    /// The service's times have no zone; those of snapshots read as New Zealand's.
    fn local(&self, wall: Timestamp) -> String {
        wall.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

impl Job {
    fn has_type(&self, version: Version, kind: &str) -> bool {
        let daemon_is_as_good = version < Version::V1_5 && self.subject == Subject::Snapshot;
        kind == "scheduler" || (kind == "daemon" && daemon_is_as_good)
    }
}

impl Api for SiteHost {
    fn operation(&self, request: &Request, _: Moment) -> Operation {
        Endpoint::of(request).map_or(Operation::Other, |(_, endpoint)| endpoint.operation)
    }

    fn answer(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer {
        match self.route(request, moment, fails) {
            Ok(value) => {
                let is_old = Version::of(request).is_some_and(|version| version <= Version::V1_1);
                let time = if is_old { r#","time":10.88"# } else { "" };
                let envelope = format!(r#"{{"return":{value},"msg":"Successful","status":true{time}}}"#);
                let answer = Answer::text(StatusCode::OK, "application/json", envelope);
                if request.method == Method::POST { answer.committed(self.operation(request, moment)) } else { answer }
            }
            Err(refusal) => failure(refusal.status, &refusal.text),
        }
    }

    fn throttled(&self) -> Answer {
        failure(
            StatusCode::INTERNAL_SERVER_ERROR,
            "You have exceeded the number of requests per second for this key. Please try again soon.",
        )
    }

    fn knows_retry_after(&self) -> bool {
        false
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        self.snapshots.overview(now)
    }

    fn sources(&self) -> Vec<String> {
        self.servers.iter().map(|server| source(&server.name, server.root())).collect()
    }
}

fn source(server: &str, partition: &str) -> String {
    format!("sitehost:{server}/{partition}")
}

fn failure(status: StatusCode, text: &str) -> Answer {
    Answer::json(status, &json!({ "status": false, "msg": text }))
}

fn client_is_known(endpoint: &Endpoint, client_id: Option<&str>) -> bool {
    match client_id {
        None | Some(SITEHOST_CLIENT_ID) => true,
        // Some clients send 0 where they do not know their account yet.
        Some("0") => endpoint.path == "api/get_info",
        Some(_) => false,
    }
}

fn auckland() -> TimeZone {
    // Spelled out, because a test machine need not have a time zone database.
    TimeZone::posix("NZST-12NZDT,M9.5.0,M4.1.0/3").unwrap_or(TimeZone::UTC)
}

/// A page of a list, in the envelope that paged calls share.
fn page(call: &Call, mut items: Vec<Value>) -> Reply {
    const DEFAULT_SIZE: usize = 20;
    let number = |name, default: usize| match call.filter(name) {
        None => Ok(default),
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => refuse(format!("Error: filters[{name}] is not valid.")),
        },
    };
    let (size, wanted) = (number("page_size", DEFAULT_SIZE)?, number("page_number", 1)?);
    if let Some(key) = call.filter("sort_by") {
        items.sort_by_cached_key(|item| item[key].as_str().unwrap_or_default().to_owned());
    }
    match call.filter("sort_dir") {
        None | Some("ASC") => {}
        Some("DESC") => items.reverse(),
        Some(_) => return refuse("Error: filters[sort_dir] is not valid."),
    }
    let total = items.len();
    let data: Vec<_> = items.into_iter().skip((wanted - 1).saturating_mul(size)).take(size).collect();
    reply(&json!({
        "total_items": total,
        "current_items": data.len(),
        "current_page": wanted,
        "total_pages": total.div_ceil(size).max(1),
        "data": data,
    }))
}
