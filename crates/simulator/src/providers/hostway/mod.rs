//! Hostway: two forms of every URI, Basic authentication, and room for three snapshots a server.

mod accounts;
mod reply;
mod servers;
mod snapshots;
mod target;

use std::time::Duration;

use http::{Method, StatusCode, header};
use jiff::ToSpan;
use serde_json::{Value, json};
use tokio::time::Instant;

use self::reply::{Refusal, Reply, bad_request, name_is_taken, not_found, ok, refusal, refuse, unauthorized};
use self::servers::Servers;
use self::snapshots::{Snapshot, Wanted};
use self::target::{Form, Links, Target};
use crate::answer::Answer;
use crate::api::{Api, Reason, Setup};
use crate::credentials::{HOSTWAY_PASSWORD, HOSTWAY_USERNAME};
use crate::effect::{Effect, Endless, Presence};
use crate::operation::Operation;
use crate::random::Random;
use crate::request::{Pairs, Request, find, is_basic};
use crate::state::SimulatedSnapshot;
use crate::time::{Moment, Work};

const MOST_SNAPSHOTS: usize = 3;

pub(crate) struct Hostway {
    origin: String,
    build_time: Duration,
    strict: bool,
    description_limit: usize,
    random: Random,
    servers: Servers,
}

/// A request that has passed authentication.
struct Call<'a> {
    request: &'a Request,
    form: Form,
    query: Pairs,
    moment: Moment,
    effect: Effect,
}

impl Hostway {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut random = Random::stream(setup.seed, 101);
        let mut servers = Servers::new(setup.servers);
        let (created, now) = (setup.moment.wall - 24.hours(), setup.moment.now);
        for (number, index) in setup.seeds() {
            if let Some(server) = servers.at(index) {
                let wanted = Wanted { name: format!("seeded-{number}"), description: String::new() };
                let presence = Presence::From(now);
                let snapshot = Snapshot::new(
                    &server.id,
                    wanted,
                    created - setup.seed_age(number),
                    Work::finished(now),
                    presence,
                    &mut random,
                );
                server.snapshots.push(snapshot);
            }
        }
        Self {
            origin: setup.origin.clone(),
            build_time: setup.build_time,
            strict: setup.strict,
            description_limit: setup.description_limit.unwrap_or(usize::MAX),
            random,
            servers,
        }
    }

    fn links(&self, form: Form) -> Links<'_> {
        Links { origin: &self.origin, form }
    }

    fn route(&mut self, call: &Call<'_>, target: &Target) -> Reply {
        self.check(call, target)?;
        let (form, now) = (call.form, call.moment.now);
        match (&call.request.method, target) {
            (_, Target::Nothing | Target::ForeignAccount) => not_found(),
            (&Method::GET, Target::Accounts) => accounts::list(&self.origin, &call.query),
            (&Method::GET, Target::Account) => Ok(ok(&accounts::describe(&self.origin))),
            (&Method::GET, Target::Zones) => Ok(ok(&accounts::zones())),
            (&Method::GET, Target::Servers) => {
                let shown = self.servers.shown(&call.query, now);
                let servers = shown.map(|server| server.describe_briefly(self.links(form))).collect();
                Ok(self.list(StatusCode::OK, "servers", servers, call))
            }
            (&Method::GET, Target::ServerDetails) => {
                let shown = self.servers.shown(&call.query, now);
                let servers = shown.map(|server| server.describe_in_list(self.links(form), now)).collect();
                Ok(self.list(StatusCode::OK, "servers", servers, call))
            }
            (&Method::GET, Target::Server(id)) => {
                let server = self.servers.get(id)?.describe(self.links(form), now);
                Ok(ok(&json!({ "server": server })))
            }
            (&Method::GET, Target::Attachments(id)) => {
                let attachments = self.servers.get(id)?.attachments();
                Ok(self.list(StatusCode::OK, "volumeAttachments", attachments, call))
            }
            (&Method::GET, Target::Snapshots(server)) => self.list_snapshots(server, call),
            (&Method::GET, Target::Snapshot(server, id)) => {
                let link = self.links(form).snapshot(server, id);
                let snapshot = self.servers.get(server)?.snapshot(id, now)?.describe(form, &link, now);
                Ok(ok(&json!({ "snapshot": snapshot })))
            }
            (&Method::POST, Target::Snapshots(server)) => self.create(server, call),
            (&Method::POST, Target::Action(server, id)) => self.restore(server, id, call),
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        }
    }

    /// The content type and the query. Only `GET /accounts` documents what becomes of a wrong content type.
    fn check(&self, call: &Call<'_>, target: &Target) -> Result<(), Refusal> {
        if !call.request.is_json() && (self.strict || target.is_accounts()) {
            return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content type is missing or unsupported");
        }
        let is_known = |(name, _): &(String, String)| target.query().contains(&name.as_str());
        if self.strict && !call.query.iter().all(is_known) {
            return bad_request("Unknown query parameter");
        }
        Ok(())
    }

    fn create(&mut self, server_id: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let server = self.servers.get_mut(server_id)?;
        let Some(mut wanted) = Wanted::from_body(&call.request.body, self.strict) else {
            return bad_request("Invalid or missing parameter");
        };
        if server.has_volumes {
            return bad_request("The snapshot cannot be created because the server contains extra volumes.");
        }
        if server.existing(now).any(|snapshot| snapshot.name == wanted.name) {
            return Err(name_is_taken(&wanted.name));
        }
        if server.existing(now).count() >= MOST_SNAPSHOTS {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "The snapshot can be created up to 3 in a server.");
        }
        wanted.description = wanted.description.chars().take(self.description_limit).collect();
        let built = Work::starting(now, self.build_time, call.effect.fails);
        let presence = call.effect.presence(now);
        let snapshot = Snapshot::new(server_id, wanted, call.moment.wall, built, presence, &mut self.random);
        let link = Links { origin: &self.origin, form: call.form }.snapshot(server_id, &snapshot.id);
        let body = json!({ "snapshot": snapshot.describe(call.form, &link, now) });
        server.snapshots.push(snapshot);
        let answer = Answer::json(StatusCode::ACCEPTED, &body).header(header::LOCATION, link);
        Ok(answer.committed(Operation::Create))
    }

    fn list_snapshots(&self, server_id: &str, call: &Call<'_>) -> Reply {
        let (form, now) = (call.form, call.moment.now);
        let server = self.servers.get(server_id)?;
        // As the page shows it: the link of an item is the server's.
        let link = self.links(form).server(server_id);
        let shown = server.existing(now).filter(|snapshot| snapshot.presence.is_shown(now));
        let snapshots = shown.map(|snapshot| snapshot.describe(form, &link, now)).collect();
        Ok(self.list(StatusCode::ACCEPTED, "snapshots", snapshots, call))
    }

    /// A list; only one without end has links to pages, as the API has them elsewhere.
    fn list(&self, status: StatusCode, name: &str, mut items: Vec<Value>, call: &Call<'_>) -> Answer {
        let Some(endless) = call.effect.endless else {
            return Answer::json(status, &json!({ name: items }));
        };
        if endless == Endless::Empty {
            items.clear();
        }
        let page = find(&call.query, "page").and_then(|text| text.parse().ok()).unwrap_or(1_u64);
        let link = |relation, page: u64| {
            let href = format!("{}{}?pageSize=100&page={page}", self.origin, call.request.path);
            json!({ "href": href, "rel": relation })
        };
        let links = [link("self", page), link("next", page.saturating_add(1)), link("last", u64::MAX)];
        Answer::json(status, &json!({ name: items, "links": links }))
    }

    fn restore(&mut self, server_id: &str, id: &str, call: &Call<'_>) -> Reply {
        let now = call.moment.now;
        let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
        let is_exact = body == json!({ "action": "restore" });
        if body["action"] != "restore" || (self.strict && !is_exact) {
            return bad_request("Invalid or missing parameter");
        }
        let server = self.servers.get_mut(server_id)?;
        let snapshot = server.snapshot(id, now)?;
        if snapshot.status(now) == "DELETED" || (self.strict && snapshot.status(now) == "BUILD") {
            return bad_request("The snapshot is not active");
        }
        let begins = snapshot.built.due.max(now);
        server.restore = Some(Work::starting(begins, self.build_time, call.effect.fails));
        Ok(Answer::empty(StatusCode::ACCEPTED).committed(Operation::Restore))
    }

    /// Whether the credentials are right. Without strictness the scheme may lack, as the snapshot pages print it.
    fn knows(&self, request: &Request) -> bool {
        let bare = request.header(header::AUTHORIZATION).unwrap_or_default();
        request.has_basic(HOSTWAY_USERNAME, HOSTWAY_PASSWORD)
            || (!self.strict && is_basic(bare, HOSTWAY_USERNAME, HOSTWAY_PASSWORD))
    }
}

impl Api for Hostway {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let is_post = request.method == Method::POST;
        match Target::of(request).1 {
            Target::Snapshots(_) if is_post => Operation::Create,
            Target::Snapshots(_) => Operation::List,
            Target::Action(..) => Operation::Restore,
            Target::Snapshot(..) if request.method == Method::DELETE => Operation::Delete,
            Target::Snapshot(..) if request.method != Method::GET => Operation::Update,
            Target::Snapshot(server, id) => {
                let snapshots = self.servers.get(&server).map(|server| &server.snapshots);
                let snapshot = snapshots.ok().and_then(|all| all.iter().find(|snapshot| snapshot.id == id));
                let is_built = snapshot.is_none_or(|snapshot| !snapshot.built.pending(moment.now));
                if is_built { Operation::Get } else { Operation::Poll }
            }
            // A restore can be followed at the server only.
            Target::Server(id) => match self.servers.get(&id) {
                Ok(server) if server.status(moment.now) == "PROCESSING" => Operation::Poll,
                _ => Operation::Sources,
            },
            Target::Nothing => Operation::Other,
            _ => Operation::Sources,
        }
    }

    fn source_of(&self, request: &Request) -> String {
        match Target::of(request).1 {
            Target::Snapshots(server) => server,
            _ => request.path.clone(),
        }
    }

    fn answer(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer {
        if !self.knows(request) {
            return unauthorized();
        }
        let (form, target) = Target::of(request);
        let call = Call { request, form, query: request.query_pairs(), moment, effect };
        match self.route(&call, &target) {
            Ok(answer) => answer,
            Err(refusal) => refusal.answer(form.fault_id_name(), &self.random.uuid()),
        }
    }

    fn refusal(&mut self, request: &Request, reason: Reason, message: Option<&str>) -> Answer {
        let (form, _) = Target::of(request);
        refusal(reason, message).answer(form.fault_id_name(), &self.random.uuid())
    }

    fn throttled(&self) -> Answer {
        Answer::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests")
    }

    fn smallest_item(&self, _: &Request) -> &'static str {
        r#"{"id":"1"}"#
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let servers = self.servers.iter();
        servers.flat_map(|server| server.existing(now).map(|snapshot| snapshot.overview(&server.id, now))).collect()
    }

    fn sources(&self) -> Vec<String> {
        let able = self.servers.iter().filter(|server| !server.has_volumes);
        able.map(|server| format!("hostway:{}", server.id)).collect()
    }
}
