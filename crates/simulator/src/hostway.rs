//! Hostway: two forms of every URI, Basic, snapshots of which three fit a server.

use std::collections::HashMap;
use std::time::Duration;

use http::{Method, StatusCode, header};
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::credentials::{HOSTWAY_ACCOUNT_ID, HOSTWAY_PASSWORD, HOSTWAY_USERNAME};
use crate::desk::{Api, Setup};
use crate::exchange::{Answer, Request, encode, find};
use crate::operation::Operation;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::{Moment, Progress, Work};

const MOST_SNAPSHOTS: usize = 3;
const ZONE: &str = "AUS001";
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

pub(crate) struct Hostway {
    origin: String,
    build_time: Duration,
    random: Random,
    servers: Vec<Server>,
    index: HashMap<String, usize>,
}

struct Server {
    id: String,
    number: usize,
    has_volumes: bool,
    snapshots: Vec<Snapshot>,
    restore: Option<Work>,
}

struct Snapshot {
    id: String,
    name: String,
    description: String,
    guids: [String; 3],
    created: Timestamp,
    built: Work,
}

/// Which of the two URI forms a request came in; links are answered in the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Account,
    Short,
}

/// What a path names, without its form.
enum Target {
    Accounts,
    Account,
    Zones,
    Servers,
    ServerDetails,
    Server(String),
    Attachments(String),
    Snapshots(String),
    Snapshot(String, String),
    Action(String, String),
    ForeignAccount,
    Nothing,
}

struct Refusal {
    status: StatusCode,
    name: &'static str,
    message: &'static str,
    details: String,
}

type Reply = Result<Answer, Refusal>;

fn refuse<T>(status: StatusCode, name: &'static str, message: &'static str) -> Result<T, Refusal> {
    Err(Refusal { status, name, message, details: String::new() })
}

fn not_found<T>() -> Result<T, Refusal> {
    refuse(StatusCode::NOT_FOUND, "itemNotFound", "Resource not found")
}

fn bad_request<T>(message: &'static str) -> Result<T, Refusal> {
    refuse(StatusCode::BAD_REQUEST, "badRequest", message)
}

impl Target {
    fn of(request: &Request) -> (Form, Self) {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["accounts"] => (Form::Account, Self::Accounts),
            ["accounts", account, ..] if *account != HOSTWAY_ACCOUNT_ID => (Form::Account, Self::ForeignAccount),
            ["accounts", _] => (Form::Account, Self::Account),
            ["accounts", _, "flexcloud", "zone"] => (Form::Account, Self::Zones),
            ["accounts", _, "flexcloud", rest @ ..] => (Form::Account, Self::server(rest, "actions")),
            rest => (Form::Short, Self::server(rest, "action")),
        }
    }

    fn server(segments: &[&str], action: &str) -> Self {
        let own = |name: &str| name.to_owned();
        match *segments {
            ["servers"] => Self::Servers,
            ["servers", "detail"] => Self::ServerDetails,
            ["servers", server] => Self::Server(own(server)),
            ["servers", server, "os-volume_attachments"] => Self::Attachments(own(server)),
            ["servers", server, "snapshots"] => Self::Snapshots(own(server)),
            ["servers", server, "snapshots", id] => Self::Snapshot(own(server), own(id)),
            ["servers", server, "snapshots", id, last] if last == action => Self::Action(own(server), own(id)),
            _ => Self::Nothing,
        }
    }

    /// The query parameters it takes.
    fn query(&self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &["filterStatus", "page", "pageSize"],
            Self::Servers => &["name", "status", "image", "zone", "region"],
            Self::ServerDetails => &["name", "status", "image"],
            _ => &[],
        }
    }
}

impl Server {
    fn numbered(number: usize, has_volumes: bool) -> Self {
        let suffix = if has_volumes { "_volumes" } else { "" };
        let id = format!("test_server_{number:04}{suffix}");
        Self { id, number, has_volumes, snapshots: Vec::new(), restore: None }
    }

    fn status(&self, now: Instant) -> &'static str {
        match self.restore.map(|work| work.progress(now)) {
            None | Some(Progress::Done) => "ACTIVE",
            Some(Progress::Waiting | Progress::Running) => "PROCESSING",
            // Documented for servers, though not as the end of a restore: none is.
            Some(Progress::Failed) => "SUSPENDED",
        }
    }

    fn existing(&self, now: Instant) -> impl Iterator<Item = &Snapshot> {
        self.snapshots.iter().filter(move |snapshot| !snapshot.built.failed(now))
    }
}

impl Snapshot {
    fn status(&self, now: Instant) -> &'static str {
        match self.built.progress(now) {
            Progress::Waiting | Progress::Running => "BUILD",
            Progress::Done => "ACTIVE",
            // A failed snapshot has no status of its own.
            Progress::Failed => "DELETED",
        }
    }
}

impl Hostway {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut servers: Vec<_> = (1..=setup.servers).map(|number| Server::numbered(number, false)).collect();
        servers.push(Server::numbered(setup.servers + 1, true));
        let by_id = servers.iter().enumerate().map(|(at, server)| (server.id.clone(), at));
        let index = by_id.collect();
        let mut hostway = Self {
            origin: setup.origin.clone(),
            build_time: setup.build_time,
            random: Random::stream(setup.seed, 101),
            servers,
            index,
        };
        for number in 0..if setup.servers == 0 { 0 } else { setup.snapshots } {
            let name = format!("seeded-{}", number + 1);
            let created = setup.moment.wall - 24.hours();
            let built = Work::finished(setup.moment.now);
            hostway.add_snapshot(number % setup.servers, name, String::new(), created, built);
        }
        hostway
    }

    fn add_snapshot(
        &mut self,
        server: usize,
        name: String,
        description: String,
        created: Timestamp,
        built: Work,
    ) -> String {
        let Some(server) = self.servers.get_mut(server) else { return String::new() };
        let date = created.strftime("%Y%b%d");
        let id = format!("snapshot_{}_{date}_{}", server.id, self.random.text(LETTERS, 9));
        let guids = [self.random.uuid(), self.random.uuid(), self.random.uuid()];
        server.snapshots.push(Snapshot { id: id.clone(), name, description, guids, created, built });
        id
    }

    fn server(&self, id: &str) -> Result<&Server, Refusal> {
        let server = self.index.get(id).and_then(|&at| self.servers.get(at));
        server.map_or_else(not_found, Ok)
    }

    fn snapshot(&self, server: &str, id: &str) -> Result<&Snapshot, Refusal> {
        let mut snapshots = self.server(server)?.snapshots.iter();
        snapshots.find(|snapshot| snapshot.id == id).map_or_else(not_found, Ok)
    }

    fn route(&mut self, request: &Request, moment: Moment, fails: bool) -> Reply {
        let (form, target) = Target::of(request);
        if !request.has_content_type("application/json") {
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return refuse(status, "unsupportedMediaType", "Content type is missing or unsupported");
        }
        let query = request.query_pairs();
        if query.iter().any(|(name, _)| !target.query().contains(&name.as_str())) {
            return bad_request("Unknown query parameter");
        }
        match (&request.method, &target) {
            (_, Target::Nothing | Target::ForeignAccount) => not_found(),
            (&Method::GET, Target::Accounts) => self.list_accounts(&query),
            (&Method::GET, Target::Account) => Ok(ok(&self.describe_account())),
            (&Method::GET, Target::Zones) => Ok(ok(&json!({
                HOSTWAY_ACCOUNT_ID: [{ "zone": ZONE, "location": "australia.001" }]
            }))),
            (&Method::GET, Target::Servers) => Ok(self.list_servers(form, &query, moment.now)),
            (&Method::GET, Target::ServerDetails) => Ok(self.list_server_details(form, &query, moment.now)),
            (&Method::GET, Target::Server(id)) => {
                let server = self.server(id)?;
                Ok(ok(&json!({ "server": self.describe_server(server, form, moment.now) })))
            }
            (&Method::GET, Target::Attachments(id)) => Ok(attachments(self.server(id)?)),
            (&Method::GET, Target::Snapshots(server)) => self.list_snapshots(server, form, moment.now),
            (&Method::GET, Target::Snapshot(server, id)) => {
                let snapshot = self.snapshot(server, id)?;
                let link = self.snapshot_link(form, server, id);
                Ok(ok(&json!({ "snapshot": describe(snapshot, form, &link, moment.now) })))
            }
            (&Method::POST, Target::Snapshots(server)) => self.create(server, form, request, moment, fails),
            (&Method::POST, Target::Action(server, id)) => self.restore(server, id, request, moment.now, fails),
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "badMethod", "Method not allowed"),
        }
    }

    fn create(&mut self, server_id: &str, form: Form, request: &Request, moment: Moment, fails: bool) -> Reply {
        let server = self.server(server_id)?;
        let Some((name, description)) = wanted_snapshot(&request.body) else {
            return bad_request("Invalid or missing parameter");
        };
        if server.has_volumes {
            return bad_request("The snapshot cannot be created because the server contains extra volumes.");
        }
        if server.existing(moment.now).any(|snapshot| snapshot.name == name) {
            return Err(Refusal {
                status: StatusCode::CONFLICT,
                name: "conflict",
                message: "The snapshot name must be unique in a server.",
                details: format!("{name} is already used"),
            });
        }
        if server.existing(moment.now).count() >= MOST_SNAPSHOTS {
            let message = "The snapshot can be created up to 3 in a server.";
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "overLimit", message);
        }
        let built = Work::starting(moment.now, self.build_time, fails);
        let at = self.index.get(server_id).copied().unwrap_or_default();
        let id = self.add_snapshot(at, name, description, moment.wall, built);
        let link = self.snapshot_link(form, server_id, &id);
        let snapshot = self.snapshot(server_id, &id)?;
        let body = json!({ "snapshot": describe(snapshot, form, &link, moment.now) });
        let answer = Answer::json(StatusCode::ACCEPTED, &body).header(header::LOCATION, link);
        Ok(answer.committed(Operation::Create))
    }

    fn list_snapshots(&self, server_id: &str, form: Form, now: Instant) -> Reply {
        let server = self.server(server_id)?;
        // As the page shows it: the link of an item is the server's.
        let link = self.server_link(form, server_id);
        let snapshots: Vec<_> = server.existing(now).map(|snapshot| describe(snapshot, form, &link, now)).collect();
        Ok(Answer::json(StatusCode::ACCEPTED, &json!({ "snapshots": snapshots })))
    }

    fn restore(&mut self, server: &str, id: &str, request: &Request, now: Instant, fails: bool) -> Reply {
        if serde_json::from_slice::<Value>(&request.body).ok() != Some(json!({ "action": "restore" })) {
            return bad_request("Invalid or missing parameter");
        }
        if self.snapshot(server, id)?.status(now) != "ACTIVE" {
            return bad_request("The snapshot is not active");
        }
        let work = Work::starting(now, self.build_time, fails);
        let at = self.index.get(server).copied();
        if let Some(server) = at.and_then(|at| self.servers.get_mut(at)) {
            server.restore = Some(work);
        }
        Ok(Answer::empty(StatusCode::ACCEPTED).committed(Operation::Restore))
    }

    fn list_accounts(&self, query: &[(String, String)]) -> Reply {
        let (page, size) = (find(query, "page"), find(query, "pageSize"));
        let numbers = |text: Option<&str>| text.is_none_or(|text| text.parse::<u32>().is_ok());
        if page.is_some() != size.is_some() || !numbers(page) || !numbers(size) {
            return bad_request("page and pageSize belong together");
        }
        let open = find(query, "filterStatus").is_none_or(|status| status == "open");
        let account = json!({
            "status": "open",
            "links": [self.link(&format!("/accounts/{HOSTWAY_ACCOUNT_ID}/"), "self")],
            "accountNumber": HOSTWAY_ACCOUNT_ID,
            "createdDate": "2011-12-05T12:51:28",
            "currency": "USD",
        });
        Ok(ok(&json!({
            "list": if open { vec![account] } else { Vec::new() },
            "links": [self.link("/accounts?pageSize=100&page=1", "self")],
        })))
    }

    fn describe_account(&self) -> Value {
        let cloud = format!("/accounts/{HOSTWAY_ACCOUNT_ID}/flexcloud");
        json!({
            "accountNumber": HOSTWAY_ACCOUNT_ID,
            "status": "open",
            "flexcloud": [self.link(&cloud, "related")],
        })
    }

    fn shown<'a>(&'a self, query: &'a [(String, String)], now: Instant) -> impl Iterator<Item = &'a Server> {
        self.servers.iter().filter(move |server| {
            let status = match find(query, "status") {
                Some(wanted) => server.status(now) == wanted,
                None => ["ACTIVE", "PROCESSING", "STOPPED"].contains(&server.status(now)),
            };
            let name = find(query, "name").is_none_or(|name| name == server.name());
            status && name && find(query, "zone").is_none_or(|zone| zone == ZONE)
        })
    }

    fn list_servers(&self, form: Form, query: &[(String, String)], now: Instant) -> Answer {
        let describe = |server: &Server| {
            let href = self.server_link(form, &server.id);
            json!({ "id": server.id, "zone": ZONE, "links": [{ "href": href, "rel": "self" }] })
        };
        let servers: Vec<_> = self.shown(query, now).map(describe).collect();
        ok(&json!({ "servers": servers }))
    }

    fn list_server_details(&self, form: Form, query: &[(String, String)], now: Instant) -> Answer {
        let describe = |server: &Server| {
            let mut server = self.describe_server(server, form, now);
            for unset in ["updated", "accessIPv6", "tenantId"] {
                server[unset] = json!("");
            }
            server
        };
        let servers: Vec<_> = self.shown(query, now).map(describe).collect();
        ok(&json!({ "servers": servers }))
    }

    fn describe_server(&self, server: &Server, form: Form, now: Instant) -> Value {
        let prefix = form.prefix();
        let address = format!("203.0.113.{}", server.number % 250 + 1);
        json!({
            "id": server.id,
            "zone": ZONE,
            "name": server.name(),
            "status": server.status(now),
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
                "links": [self.link(&format!("{prefix}/images/20GB_Ubuntu%2010.10%20x64%20R1soft/"), "self")],
            },
            "flavor": {
                "id": 3,
                "name": "1024MB Server3",
                "links": [self.link(&format!("{prefix}/flavors/3/"), "self")],
            },
            "securityGroup": {
                "id": "default",
                "links": [self.link(&format!("{prefix}/os-security-groups/default/"), "self")],
            },
            "adminPass": null,
            "progress": if server.status(now) == "PROCESSING" { 50 } else { 100 },
            "tenantId": null,
            "metadata": {},
            "links": [{ "href": self.server_link(form, &server.id), "rel": "self" }],
        })
    }

    fn link(&self, path: &str, relation: &str) -> Value {
        json!({ "href": format!("{}{path}", self.origin), "rel": relation })
    }

    fn server_link(&self, form: Form, server: &str) -> String {
        format!("{}{}/servers/{}/", self.origin, form.prefix(), encode(server))
    }

    fn snapshot_link(&self, form: Form, server: &str, id: &str) -> String {
        format!("{}snapshots/{}/", self.server_link(form, server), encode(id))
    }

    /// Each form has one of the two variants that error bodies come in.
    fn failure(&mut self, request: &Request, refusal: &Refusal) -> Answer {
        let id = match Target::of(request).0 {
            Form::Account => "errorid",
            Form::Short => "guid",
        };
        let body = json!({
            refusal.name: {
                "message": refusal.message,
                "code": refusal.status.as_u16(),
                "details": refusal.details,
                id: self.random.uuid(),
            }
        });
        Answer::json(refusal.status, &body)
    }
}

impl Server {
    fn name(&self) -> String {
        format!("web-{}", self.number)
    }
}

impl Form {
    fn prefix(self) -> String {
        match self {
            Self::Account => format!("/accounts/{HOSTWAY_ACCOUNT_ID}/flexcloud"),
            Self::Short => String::new(),
        }
    }
}

fn ok(value: &Value) -> Answer {
    Answer::json(StatusCode::OK, value)
}

/// Name and description, when the body is what the page shows and nothing else.
fn wanted_snapshot(body: &[u8]) -> Option<(String, String)> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let wrapper = body.as_object().filter(|wrapper| wrapper.len() == 1)?;
    let snapshot = wrapper.get("snapshot")?.as_object().filter(|snapshot| snapshot.len() == 2)?;
    let text = |key| snapshot.get(key)?.as_str().map(str::to_owned);
    Some((text("name").filter(|name| !name.is_empty())?, text("description")?))
}

fn describe(snapshot: &Snapshot, form: Form, link: &str, now: Instant) -> Value {
    let building = snapshot.built.pending(now);
    let guid = |at: usize| match snapshot.guids.get(at) {
        Some(guid) if !building => guid.as_str(),
        _ => "",
    };
    let create_time = match form {
        _ if !building => snapshot.created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        // The revision with the short form has a zero date in its example; the text says empty.
        Form::Short => "0000-00-00 00:00:00".to_owned(),
        Form::Account => String::new(),
    };
    json!({
        "id": snapshot.id,
        "name": snapshot.name,
        "description": snapshot.description,
        "status": snapshot.status(now),
        "guid": guid(0),
        "parent_guid": guid(1),
        "relation_guid": guid(2),
        "create_time": create_time,
        "links": [{ "href": link, "rel": "self" }],
    })
}

fn attachments(server: &Server) -> Answer {
    // Described as strings, shown as numbers.
    let attached = json!({ "device": "/dev/test", "serverId": server.number, "id": 1, "volumeId": 41 });
    let list = if server.has_volumes { vec![attached] } else { Vec::new() };
    ok(&json!({ "volumeAttachments": list }))
}

impl Api for Hostway {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let post = request.method == Method::POST;
        match Target::of(request).1 {
            Target::Snapshots(_) if post => Operation::Create,
            Target::Snapshots(_) => Operation::List,
            Target::Action(..) => Operation::Restore,
            Target::Snapshot(..) if request.method == Method::DELETE => Operation::Delete,
            Target::Snapshot(..) if request.method != Method::GET => Operation::Update,
            Target::Snapshot(server, id) => match self.snapshot(&server, &id) {
                Ok(snapshot) if snapshot.built.pending(moment.now) => Operation::Poll,
                _ => Operation::Get,
            },
            // A restore can be followed at the server only.
            Target::Server(id) => match self.server(&id) {
                Ok(server) if server.status(moment.now) == "PROCESSING" => Operation::Poll,
                _ => Operation::Sources,
            },
            Target::Nothing => Operation::Other,
            _ => Operation::Sources,
        }
    }

    fn answer(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer {
        if !request.has_basic(HOSTWAY_USERNAME, HOSTWAY_PASSWORD) {
            let text = "401 Unauthorized\n\nThis server could not verify that you are authorized to \
                        access the document you requested.";
            return Answer::text(StatusCode::UNAUTHORIZED, "text/plain; charset=UTF-8", text)
                .header(header::WWW_AUTHENTICATE, "Basic realm=\"Hostway API\"");
        }
        match self.route(request, moment, fails) {
            Ok(answer) => answer,
            Err(refusal) => self.failure(request, &refusal),
        }
    }

    fn throttled(&self) -> Answer {
        Answer::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests")
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let of_server = |server: &Server| {
            let overview = server.existing(now).map(|snapshot| SimulatedSnapshot {
                id: snapshot.id.clone(),
                source: format!("hostway:{}", server.id),
                name: Some(snapshot.name.clone()),
                description: Some(snapshot.description.clone()),
                state: if snapshot.built.pending(now) { "pending" } else { "available" },
            });
            overview.collect::<Vec<_>>()
        };
        self.servers.iter().flat_map(of_server).collect()
    }

    fn sources(&self) -> Vec<String> {
        let able = self.servers.iter().filter(|server| !server.has_volumes);
        able.map(|server| format!("hostway:{}", server.id)).collect()
    }
}
