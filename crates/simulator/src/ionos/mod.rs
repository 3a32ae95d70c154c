//! IONOS Cloud: JSON resources, every change a request to follow.

mod properties;
mod query;
mod requests;
mod snapshots;
mod volumes;

use std::collections::HashMap;
use std::time::Duration;

use http::{HeaderName, Method, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::query::Query;
use self::requests::Logged;
use self::snapshots::Snapshot;
use self::volumes::Centre;
use crate::credentials::{IONOS_PASSWORD, IONOS_TOKEN, IONOS_USERNAME};
use crate::desk::{Api, Budget, Setup};
use crate::exchange::{Answer, Request};
use crate::operation::Operation;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::Moment;

const BASE_PATH: &str = "/cloudapi/v6";
const USER_ID: &str = "00000000-0000-4000-8000-0000000000aa";

pub(crate) struct Ionos {
    /// With the base path, as links start.
    base: String,
    start: Moment,
    build_time: Duration,
    random: Random,
    centres: Vec<Centre>,
    snapshots: Vec<Snapshot>,
    snapshot_index: HashMap<String, usize>,
    /// Oldest first.
    requests: Vec<Logged>,
    request_index: HashMap<String, usize>,
}

struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
}

type Reply = Result<Answer, Refusal>;

fn refuse<T>(status: StatusCode, code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { status, code, message: message.into() })
}

fn not_found<T>() -> Result<T, Refusal> {
    refuse(StatusCode::NOT_FOUND, "309", "Resource does not exist")
}

/// A call that has passed authentication.
struct Call<'a> {
    request: &'a Request,
    query: Query,
    moment: Moment,
    fails: bool,
}

impl Call<'_> {
    /// The body as JSON; one that is empty reads as an empty object.
    fn body(&self) -> Result<Value, Refusal> {
        if self.request.body.is_empty() {
            return Ok(json!({}));
        }
        if !self.request.has_content_type("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return refuse(status, "415", "Unsupported content type");
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(body) => Ok(body),
            Err(error) => refuse(StatusCode::BAD_REQUEST, "100", format!("(root) {error}")),
        }
    }
}

/// The path's components below the base path.
fn target(request: &Request) -> Option<Vec<String>> {
    let mut segments = request.segments();
    (segments.first()? == "cloudapi" && segments.get(1)? == "v6").then(|| segments.split_off(2))
}

fn as_strs(segments: &[String]) -> Vec<&str> {
    segments.iter().map(String::as_str).collect()
}

impl Ionos {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut ionos = Self {
            base: format!("{}{BASE_PATH}", setup.origin),
            start: setup.moment,
            build_time: setup.build_time,
            random: Random::stream(setup.seed, 103),
            centres: Centre::holding(setup.servers),
            snapshots: Vec::new(),
            snapshot_index: HashMap::new(),
            requests: Vec::new(),
            request_index: HashMap::new(),
        };
        ionos.seed_snapshots(setup);
        ionos
    }

    fn route(&mut self, request: &Request, moment: Moment, fails: bool) -> Reply {
        authenticate(request)?;
        check_contract(request)?;
        let Some(segments) = target(request) else { return not_found() };
        let call = Call { request, query: Query::of(request)?, moment, fails };
        match (&request.method, as_strs(&segments).as_slice()) {
            (&Method::GET, ["datacenters"]) => self.list_centres(&call),
            (&Method::GET, ["datacenters", centre]) => self.get_centre(centre),
            (&Method::GET, ["datacenters", centre, "volumes"]) => self.list_volumes(centre, &call),
            (&Method::GET, ["datacenters", centre, "volumes", volume]) => self.get_volume(centre, volume, &call),
            (&Method::POST, ["datacenters", centre, "volumes", volume, "create-snapshot"]) => {
                self.create_snapshot(centre, volume, &call)
            }
            (&Method::POST, ["datacenters", centre, "volumes", volume, "restore-snapshot"]) => {
                self.restore_snapshot(centre, volume, &call)
            }
            (&Method::GET, ["snapshots"]) => self.list_snapshots(&call),
            (&Method::GET, ["snapshots", id]) => self.get_snapshot(id, &call),
            (&Method::PATCH, ["snapshots", id]) => self.patch_snapshot(id, &call),
            (&Method::PUT, ["snapshots", id]) => self.put_snapshot(id, &call),
            (&Method::DELETE, ["snapshots", id]) => self.delete_snapshot(id, &call),
            (&Method::GET, ["snapshots", id, "labels"]) => self.list_labels(id, &call),
            (&Method::POST, ["snapshots", id, "labels"]) => self.add_label(id, &call),
            (&Method::GET, ["snapshots", id, "labels", key]) => self.get_label(id, key, &call),
            (&Method::PUT, ["snapshots", id, "labels", key]) => self.put_label(id, key, &call),
            (&Method::DELETE, ["snapshots", id, "labels", key]) => self.delete_label(id, key, &call),
            (&Method::GET, ["requests"]) => self.list_requests(&call),
            (&Method::GET, ["requests", id]) => self.get_request(id, &call),
            (&Method::GET, ["requests", id, "status"]) => self.get_request_status(id, &call),
            (_, ["datacenters" | "snapshots" | "requests", ..]) => {
                refuse(StatusCode::METHOD_NOT_ALLOWED, "405", "Unsupported HTTP method")
            }
            _ => not_found(),
        }
    }

    fn busy_snapshot(&self, id: &str, now: Instant) -> bool {
        self.snapshot(id, now).is_ok_and(|snapshot| snapshot.is_busy(now))
    }
}

/// Checked before anything else, so that a wrong path answers 401 too.
fn authenticate(request: &Request) -> Result<(), Refusal> {
    let bearer = request.authorization("Bearer") == Some(IONOS_TOKEN);
    if bearer || request.has_basic(IONOS_USERNAME, IONOS_PASSWORD) {
        return Ok(());
    }
    refuse(StatusCode::UNAUTHORIZED, "315", "Unauthorized")
}

fn check_contract(request: &Request) -> Result<(), Refusal> {
    match request.headers.get("x-contract-number").map(|value| value.to_str().map(str::parse::<i32>)) {
        None | Some(Ok(Ok(_))) => Ok(()),
        Some(_) => refuse(StatusCode::BAD_REQUEST, "100", "X-Contract-Number is not a number"),
    }
}

fn metadata(created: Timestamp, modified: Timestamp, state: &str, etag: &str) -> Value {
    json!({
        "etag": etag,
        "createdDate": rfc3339(created),
        "createdBy": IONOS_USERNAME,
        "createdByUserId": USER_ID,
        "lastModifiedDate": rfc3339(modified),
        "lastModifiedBy": IONOS_USERNAME,
        "lastModifiedByUserId": USER_ID,
        "state": state,
    })
}

/// In whole seconds, as captured.
fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Api for Ionos {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let segments = target(request).unwrap_or_default();
        let (get, post) = (request.method == Method::GET, request.method == Method::POST);
        match as_strs(&segments).as_slice() {
            ["datacenters", _, "volumes", _, "create-snapshot"] if post => Operation::Create,
            ["datacenters", _, "volumes", _, "restore-snapshot"] if post => Operation::Restore,
            ["datacenters", centre, "volumes", volume] => match self.volume(centre, volume) {
                Ok(volume) if volume.is_busy(moment.now) => Operation::Poll,
                _ => Operation::Sources,
            },
            ["datacenters", ..] => Operation::Sources,
            ["snapshots"] | ["requests"] => Operation::List,
            ["requests", ..] => Operation::Poll,
            ["snapshots", id] if get && self.busy_snapshot(id, moment.now) => Operation::Poll,
            ["snapshots", ..] if get => Operation::Get,
            ["snapshots", _] if request.method == Method::DELETE => Operation::Delete,
            ["snapshots", ..] => Operation::Update,
            _ => Operation::Other,
        }
    }

    fn answer(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer {
        match self.route(request, moment, fails) {
            Ok(answer) => answer,
            Err(refusal) => failure(refusal.status, refusal.code, &refusal.message),
        }
    }

    fn throttled(&self) -> Answer {
        failure(StatusCode::TOO_MANY_REQUESTS, "429", "Rate limit exceeded")
    }

    /// Declared for successes only; a refusal for the rate has them too, as one would expect.
    fn decorate(&self, answer: Answer, budget: Budget) -> Answer {
        if !answer.status.is_success() && answer.status != StatusCode::TOO_MANY_REQUESTS {
            return answer;
        }
        let limit = budget.per_second.saturating_mul(60);
        answer
            .header(HeaderName::from_static("x-ratelimit-limit"), limit.to_string())
            .header(HeaderName::from_static("x-ratelimit-burst"), budget.per_second.to_string())
            .header(HeaderName::from_static("x-ratelimit-remaining"), budget.remaining.to_string())
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing = self.snapshots.iter().filter(|snapshot| snapshot.exists(now));
        existing.map(|snapshot| snapshot.overview(now)).collect()
    }

    fn sources(&self) -> Vec<String> {
        let of_centre = |centre: &Centre| centre.volumes.iter().map(|volume| volume.source.clone()).collect::<Vec<_>>();
        self.centres.iter().flat_map(of_centre).collect()
    }
}

fn failure(status: StatusCode, code: &str, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({
            "httpStatus": status.as_u16(),
            "messages": [{ "errorCode": code, "message": message }],
        }),
    )
}

fn ok(value: &Value) -> Reply {
    Ok(Answer::json(StatusCode::OK, value))
}

/// What every change answers: 202, and where to follow it.
fn accepted(body: Option<&Value>, location: String) -> Answer {
    let answer = match body {
        Some(body) => Answer::json(StatusCode::ACCEPTED, body),
        None => Answer::empty(StatusCode::ACCEPTED),
    };
    answer.header(header::LOCATION, location)
}
