//! node.co.id: remote procedure calls with a checksum, answers in JSON or XML.

mod servers;
mod snapshots;
mod value;

use std::collections::{HashMap, HashSet};
use std::net::Ipv4Addr;
use std::time::Duration;

use http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use sha1::{Digest, Sha1};
use tokio::time::Instant;

use self::servers::Server;
use self::snapshots::Snapshot;
use self::value::{Format, Object};
use crate::credentials::{NODECOID_API_KEY, NODECOID_USER_ID};
use crate::desk::{Api, Setup};
use crate::exchange::{Answer, Pairs, Request, find};
use crate::operation::Operation;
use crate::random::Random;
use crate::state::SimulatedSnapshot;
use crate::time::{Moment, Work};

pub(crate) struct NodeCoId {
    build_time: Duration,
    random: Random,
    randoms_used: HashSet<String>,
    servers: Vec<Server>,
    server_index: HashMap<String, usize>,
    /// In the order they were added.
    snapshots: Vec<Snapshot>,
    snapshot_index: HashMap<String, usize>,
}

/// One call whose checksum was right.
struct Call {
    pairs: Pairs,
    moment: Moment,
    fails: bool,
}

/// A `code` other than `OK`: none is documented, so these are made up.
struct Refusal {
    code: &'static str,
    message: String,
}

/// The `message` and `data` of a success, and what it changed.
struct Success {
    message: &'static str,
    data: Object,
    committed: Option<Operation>,
}

type Reply = Result<Success, Refusal>;

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

fn read(data: Object) -> Reply {
    Ok(Success { message: "", data, committed: None })
}

fn changed(message: &'static str, data: Object, operation: Operation) -> Reply {
    Ok(Success { message, data, committed: Some(operation) })
}

impl Call {
    fn optional(&self, name: &str) -> Option<&str> {
        find(&self.pairs, name)
    }

    fn required(&self, name: &str) -> Result<&str, Refusal> {
        match self.optional(name) {
            Some(value) if !value.is_empty() => Ok(value),
            _ => refuse("MISSING_PARAMETER", format!("Parameter {name} is required.")),
        }
    }

    fn number(&self, name: &str, default: u64, allowed: std::ops::RangeInclusive<u64>) -> Result<u64, Refusal> {
        match self.optional(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if allowed.contains(&number) => Ok(number),
            Some(_) => invalid(name),
        }
    }

    fn choice<'a>(&'a self, name: &str, default: &'a str, allowed: &[&str]) -> Result<&'a str, Refusal> {
        let value = self.optional(name).unwrap_or(default);
        if allowed.contains(&value) { Ok(value) } else { invalid(name) }
    }

    fn check_client_address(&self) -> Result<(), Refusal> {
        match self.required("client_ip_address")?.parse::<Ipv4Addr>() {
            Ok(_) => Ok(()),
            Err(_) => invalid("client_ip_address"),
        }
    }
}

fn invalid<T>(name: &str) -> Result<T, Refusal> {
    refuse("INVALID_PARAMETER", format!("Parameter {name} is invalid."))
}

/// The name of the function, and the parameters it has beside those of every call.
fn function(request: &Request) -> Option<(&str, &'static [&'static str])> {
    let path = &request.path;
    let name = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix("/api-sandbox/v1/"))?;
    let name = name.strip_suffix('/').unwrap_or(name);
    let parameters: &[&str] = match name {
        "create_snapshot" | "get_server_detail" => &["server_id"],
        "delete_snapshot" => &["snapshot_id"],
        "get_snapshot_detail" => &["snapshot_id", "client_ip_address"],
        "get_snapshot_list" => &[
            "client_ip_address",
            "records_per_page",
            "page",
            "sorted_by",
            "ownership",
            "snapshot_status",
            "snapshot_cycle",
            "server_id",
        ],
        "set_server_snapshot_schedule" => &[
            "server_id",
            "daily_snapshot",
            "daily_snapshot_max_age",
            "weekly_snapshot",
            "weekly_snapshot_max_age",
            "monthly_snapshot",
            "monthly_snapshot_max_age",
        ],
        "reinstall_server" => &[
            "server_id",
            "install_source",
            "snapshot_id",
            "os_template",
            "hostname",
            "ssh_keys",
            "iso_file_option",
            "cached_iso_file",
            "iso_url",
            "os_variant",
            "arch",
        ],
        "get_server_list" => &[
            "records_per_page",
            "page",
            "sorted_by",
            "ownership",
            "order_status",
            "server_status",
            "package",
            "custom_info_1",
            "custom_info_2",
            "custom_info_3",
        ],
        _ => return None,
    };
    Some((name, parameters))
}

/// The parameters, from wherever the method puts them.
fn parameters(request: &Request) -> Pairs {
    if request.method == Method::GET {
        request.query_pairs()
    } else if request.has_content_type("application/x-www-form-urlencoded") {
        request.form_pairs()
    } else {
        Pairs::new()
    }
}

impl NodeCoId {
    pub(crate) fn new(setup: &Setup) -> Self {
        let servers: Vec<_> = (0..setup.servers).map(Server::numbered).collect();
        let by_id = servers.iter().enumerate().map(|(at, server)| (server.id.clone(), at));
        let mut nodecoid = Self {
            build_time: setup.build_time,
            random: Random::stream(setup.seed, 102),
            randoms_used: HashSet::new(),
            server_index: by_id.collect(),
            servers,
            snapshots: Vec::new(),
            snapshot_index: HashMap::new(),
        };
        for number in 0..if setup.servers == 0 { 0 } else { setup.snapshots } {
            let built = Work::finished(setup.moment.now);
            nodecoid.add_snapshot(number % setup.servers, setup.moment.wall, built);
        }
        nodecoid
    }

    fn route(&mut self, request: &Request, pairs: Pairs, moment: Moment, fails: bool) -> Reply {
        let Some((name, parameters)) = function(request) else {
            return refuse("INVALID_FUNCTION", "The function does not exist.");
        };
        if request.method != Method::GET && request.method != Method::POST {
            return refuse("INVALID_METHOD", "Only GET and POST are accepted.");
        }
        self.authenticate(&pairs)?;
        const COMMON: [&str; 4] = ["user_id", "random", "checksum", "format"];
        for (at, (key, _)) in pairs.iter().enumerate() {
            let known = COMMON.contains(&key.as_str()) || parameters.contains(&key.as_str());
            let repeated = pairs.iter().take(at).any(|(earlier, _)| earlier == key);
            if !known || repeated {
                return invalid(key);
            }
        }
        let call = Call { pairs, moment, fails };
        match name {
            "create_snapshot" => self.create_snapshot(&call),
            "delete_snapshot" => self.delete_snapshot(&call),
            "get_snapshot_detail" => self.get_snapshot_detail(&call),
            "get_snapshot_list" => self.get_snapshot_list(&call),
            "set_server_snapshot_schedule" => self.set_schedule(&call),
            "reinstall_server" => self.reinstall_server(&call),
            "get_server_list" => self.get_server_list(&call),
            _ => self.get_server_detail(&call),
        }
    }

    fn authenticate(&mut self, pairs: &Pairs) -> Result<(), Refusal> {
        let sent = |name| find(pairs, name).unwrap_or_default();
        let random = sent("random");
        if sent("user_id") != NODECOID_USER_ID
            || random.is_empty()
            || sent("checksum") != checksum(NODECOID_USER_ID, NODECOID_API_KEY, random)
        {
            return refuse("INVALID_CHECKSUM", "The user id or the checksum is wrong.");
        }
        // Undocumented, but a replayed triple is what the checksum is there against.
        if !self.randoms_used.insert(random.to_owned()) {
            return refuse("RANDOM_USED", "The random string has been used before.");
        }
        Ok(())
    }
}

/// Three rounds over the hexadecimal text, not over the raw bytes.
fn checksum(user_id: &str, api_key: &str, random: &str) -> String {
    let hex = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let round = |text: String| hex(&Sha1::digest(text.as_bytes()));
    round(round(round(format!("{user_id}{api_key}{random}"))))
}

/// Times have no zone; the provider's place suggests Jakarta.
fn local(wall: Timestamp) -> String {
    let jakarta = TimeZone::fixed(Offset::constant(7));
    wall.to_zoned(jakarta).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

impl Api for NodeCoId {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let pairs = parameters(request);
        let named = |name| find(&pairs, name).unwrap_or_default();
        match function(request) {
            Some(("create_snapshot", _)) => Operation::Create,
            Some(("delete_snapshot", _)) => Operation::Delete,
            Some(("get_snapshot_list", _)) => Operation::List,
            Some(("get_snapshot_detail", _)) => match self.snapshot(named("snapshot_id")) {
                Some(snapshot) if snapshot.is_processing(moment.now) => Operation::Poll,
                _ => Operation::Get,
            },
            Some(("set_server_snapshot_schedule", _)) => Operation::Update,
            Some(("reinstall_server", _)) => Operation::Restore,
            // A restore can be followed at the server only.
            Some(("get_server_detail", _)) => match self.server(named("server_id")) {
                Some(server) if server.status(moment.now) == "reinstall" => Operation::Poll,
                _ => Operation::Sources,
            },
            Some(_) => Operation::Sources,
            None => Operation::Other,
        }
    }

    fn answer(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer {
        let pairs = parameters(request);
        let format = match find(&pairs, "format") {
            None | Some("json") => Format::Json,
            Some("xml") => Format::Xml,
            Some(_) => {
                return Format::Json.envelope("INVALID_PARAMETER", "Parameter format is invalid.", None);
            }
        };
        match self.route(request, pairs, moment, fails) {
            Ok(success) => {
                let answer = format.envelope("OK", success.message, Some(&success.data));
                Answer { committed: success.committed, ..answer }
            }
            Err(refusal) => format.envelope(refusal.code, &refusal.message, None),
        }
    }

    fn throttled(&self) -> Answer {
        Answer::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests")
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        let existing = self.snapshots.iter().filter(|snapshot| snapshot.status(now) != "deleted");
        let overview = existing.map(|snapshot| SimulatedSnapshot {
            id: snapshot.id.clone(),
            source: format!("nodecoid:{}", snapshot.server_id),
            name: None,
            description: None,
            state: if snapshot.is_processing(now) { "pending" } else { "available" },
        });
        overview.collect()
    }

    fn sources(&self) -> Vec<String> {
        self.servers.iter().map(|server| format!("nodecoid:{}", server.id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::checksum;

    #[test]
    fn the_checksum_is_that_of_the_worked_example() {
        assert_eq!(
            checksum("12312", "hasdh6ghvhgFDa454565jasdbNBS", "482175f3c2a7be41d0638294"),
            "7b67988da4d5475f03b2238e5db0e6a270d16f7c",
        );
    }
}
