//! SiteHost: ordered parameters, an envelope around every answer, and jobs.

mod call;
mod endpoints;
mod image_calls;
mod images;
mod jobs;
mod local_time;
mod parameters;
mod reply;
mod server_calls;
mod servers;
mod snapshot_calls;
mod snapshots;
mod state;

use http::StatusCode;
use tokio::time::Instant;

use self::call::{Call, Version};
use self::endpoints::Endpoint;
use self::reply::{Refusal, Reply, refusal, refuse};
pub(crate) use self::state::SiteHost;
use crate::answer::Answer;
use crate::api::{Api, Reason};
use crate::credentials::{SITEHOST_API_KEY, SITEHOST_CLIENT_ID};
use crate::effect::Effect;
use crate::operation::Operation;
use crate::request::{Request, find};
use crate::state::SimulatedSnapshot;
use crate::time::Moment;

impl SiteHost {
    fn endpoint(&self, request: &Request) -> Option<(Version, &'static Endpoint)> {
        Endpoint::of(request, self.strict)
    }

    fn route(&mut self, request: &Request, moment: Moment, effect: Effect) -> Reply {
        let Some((version, endpoint)) = self.endpoint(request) else {
            return refuse("Error: The requested API function does not exist.");
        };
        let pairs = endpoint.parameters(request, self.strict)?;
        if find(&pairs, "apikey") != Some(SITEHOST_API_KEY) {
            return refuse("The token is invalid.");
        }
        if !client_is_known(endpoint, find(&pairs, "client_id")) {
            return refuse("Error: You do not have access to this client.");
        }
        (endpoint.run)(self, &Call { version, pairs, moment, effect })
    }

    fn envelope(&self, request: &Request, value: &str) -> Answer {
        let endpoint = self.endpoint(request).map(|(_, endpoint)| endpoint);
        let is_old = Version::of(request).is_some_and(|version| version <= Version::V1_1);
        // Both spellings of success are seen, and so is an envelope without the time.
        let message =
            if endpoint.is_some_and(|endpoint| endpoint.path == "api/get_info") { "Successful." } else { "Successful" };
        let time = if is_old { r#","time":10.88"# } else { "" };
        let envelope = format!(r#"{{"return":{value},"msg":"{message}","status":true{time}}}"#);
        let answer = Answer::text(StatusCode::OK, "application/json", envelope);
        match endpoint.filter(|endpoint| endpoint.writes) {
            Some(endpoint) => answer.committed(endpoint.operation),
            None => answer,
        }
    }
}

impl Api for SiteHost {
    fn operation(&self, request: &Request, _: Moment) -> Operation {
        self.endpoint(request).map_or(Operation::Other, |(_, endpoint)| endpoint.operation)
    }

    fn source_of(&self, request: &Request) -> String {
        let pairs = [request.query_pairs(), request.form_pairs()].concat();
        let sent = |name| find(&pairs, name).unwrap_or_default();
        format!("{}/{}", sent("name"), sent("partition"))
    }

    fn answer(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer {
        match self.route(request, moment, effect) {
            Ok(value) => self.envelope(request, &value),
            Err(refusal) => refusal.answer(),
        }
    }

    fn refusal(&mut self, _: &Request, reason: Reason, message: Option<&str>) -> Answer {
        refusal(reason, message).answer()
    }

    fn throttled(&self) -> Answer {
        Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            text: "You have exceeded the number of requests per second for this key. Please try again soon.".to_owned(),
        }
        .answer()
    }

    fn knows_retry_after(&self) -> bool {
        false
    }

    fn smallest_item(&self, request: &Request) -> &'static str {
        if request.path.contains("/server/list_servers") { r#"{"name":"s"}"# } else { r#"{"id":"1"}"# }
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        self.snapshots.overview(now)
    }

    fn sources(&self) -> Vec<String> {
        self.servers.iter().map(|server| server.source(server.root())).collect()
    }
}

fn client_is_known(endpoint: &Endpoint, client_id: Option<&str>) -> bool {
    match client_id {
        None | Some(SITEHOST_CLIENT_ID) => true,
        // Some clients send 0 where they do not know their account yet.
        Some("0") => endpoint.path == "api/get_info",
        Some(_) => false,
    }
}
