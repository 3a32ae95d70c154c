//! IONOS Cloud: JSON resources, and a request to follow for every change.

mod call;
mod changes;
mod log;
mod properties;
mod query;
mod reads;
mod reply;
mod resource;
mod snapshots;
mod state;
mod target;
mod volumes;

use http::{HeaderName, Method, StatusCode};
use tokio::time::Instant;

use self::call::Call;
use self::query::Query;
use self::reply::{Refusal, Reply, not_found, refusal, refuse};
pub(crate) use self::state::Ionos;
use self::target::Target;
use crate::answer::Answer;
use crate::api::{Api, Reason};
use crate::credentials::{IONOS_PASSWORD, IONOS_TOKEN, IONOS_USERNAME};
use crate::effect::Effect;
use crate::limiter::Budget;
use crate::operation::Operation;
use crate::request::Request;
use crate::state::SimulatedSnapshot;
use crate::time::Moment;

impl Ionos {
    fn route(&mut self, request: &Request, moment: Moment, effect: Effect) -> Reply {
        authenticate(request)?;
        check_contract(request)?;
        let query = Query::of(request, effect.endless, self.strict)?;
        let call = Call { request, query, moment, effect, strict: self.strict };
        match (&request.method, &Target::of(request)) {
            (_, Target::Nothing) => not_found(),
            (&Method::GET, Target::Centres) => self.list_centres(&call),
            (&Method::GET, Target::Centre(centre)) => self.get_centre(centre, &call),
            (&Method::GET, Target::Volumes(centre)) => self.list_volumes(centre, &call),
            (&Method::GET, Target::Volume(centre, volume)) => self.get_volume(centre, volume, &call),
            (&Method::POST, Target::CreateSnapshot(centre, volume)) => self.create_snapshot(centre, volume, &call),
            (&Method::POST, Target::RestoreSnapshot(centre, volume)) => self.restore_snapshot(centre, volume, &call),
            (&Method::GET, Target::Snapshots) => self.list_snapshots(&call),
            (&Method::GET, Target::Snapshot(id)) => self.get_snapshot(id, &call),
            (&Method::PATCH, Target::Snapshot(id)) => self.patch_snapshot(id, &call),
            (&Method::PUT, Target::Snapshot(id)) => self.put_snapshot(id, &call),
            (&Method::DELETE, Target::Snapshot(id)) => self.delete_snapshot(id, &call),
            (&Method::GET, Target::Labels(id)) => self.list_labels(id, &call),
            (&Method::POST, Target::Labels(id)) => self.add_label(id, &call),
            (&Method::GET, Target::Label(id, key)) => self.get_label(id, key, &call),
            (&Method::PUT, Target::Label(id, key)) => self.put_label(id, key, &call),
            (&Method::DELETE, Target::Label(id, key)) => self.delete_label(id, key, &call),
            (&Method::GET, Target::Requests) => self.list_requests(&call),
            (&Method::GET, Target::Request(id)) => self.get_request(id, &call),
            (&Method::GET, Target::RequestStatus(id)) => self.get_request_status(id, &call),
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "405", "Unsupported HTTP method"),
        }
    }
}

/// Checked before anything else, so that a wrong path answers 401 too.
fn authenticate(request: &Request) -> Result<(), Refusal> {
    let has_token = request.authorization("Bearer") == Some(IONOS_TOKEN);
    if has_token || request.has_basic(IONOS_USERNAME, IONOS_PASSWORD) {
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

impl Api for Ionos {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let now = moment.now;
        let (is_get, is_post) = (request.method == Method::GET, request.method == Method::POST);
        match Target::of(request) {
            Target::CreateSnapshot(..) if is_post => Operation::Create,
            Target::RestoreSnapshot(..) if is_post => Operation::Restore,
            Target::Volume(centre, volume) => match self.centres.volume(&centre, &volume) {
                Ok(volume) if volume.is_busy(now) => Operation::Poll,
                _ => Operation::Sources,
            },
            Target::Snapshots => Operation::List,
            Target::Requests => Operation::Log,
            Target::Request(_) | Target::RequestStatus(_) => Operation::Poll,
            Target::Snapshot(id) if is_get && self.snapshots.is_busy(&id, now) => Operation::Poll,
            Target::Snapshot(_) | Target::Labels(_) | Target::Label(..) if is_get => Operation::Get,
            Target::Snapshot(_) if request.method == Method::DELETE => Operation::Delete,
            Target::Snapshot(_) | Target::Labels(_) | Target::Label(..) => Operation::Update,
            Target::Nothing => Operation::Other,
            _ => Operation::Sources,
        }
    }

    fn source_of(&self, request: &Request) -> String {
        match Target::of(request) {
            Target::CreateSnapshot(centre, volume) => format!("{centre}/{volume}"),
            _ => request.path.clone(),
        }
    }

    fn answer(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer {
        match self.route(request, moment, effect) {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(),
        }
    }

    fn refusal(&mut self, _: &Request, reason: Reason, message: Option<&str>) -> Answer {
        refusal(reason, message).answer()
    }

    fn throttled(&self) -> Answer {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "429", "Rate limit exceeded").answer()
    }

    fn with_budget(&self, answer: Answer, budget: Budget) -> Answer {
        let limit = budget.per_second.saturating_mul(60);
        answer
            .header(HeaderName::from_static("x-ratelimit-limit"), limit.to_string())
            .header(HeaderName::from_static("x-ratelimit-burst"), budget.per_second.to_string())
            .header(HeaderName::from_static("x-ratelimit-remaining"), budget.remaining.to_string())
    }

    fn smallest_item(&self, _: &Request) -> &'static str {
        r#"{"id":"1"}"#
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        self.snapshots.overview(now)
    }

    fn sources(&self) -> Vec<String> {
        self.centres.volumes().map(|volume| volume.source.clone()).collect()
    }
}
