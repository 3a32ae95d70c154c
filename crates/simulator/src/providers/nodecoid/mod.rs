//! node.co.id: remote procedure calls with a checksum, answered in JSON or XML.

mod call;
mod functions;
mod reply;
mod server_calls;
mod servers;
mod snapshot_calls;
mod snapshots;
mod state;
mod value;

use http::{Method, StatusCode};
use sha1::{Digest, Sha1};
use tokio::time::Instant;

use self::call::{Call, parameters};
use self::functions::{COMMON, Function};
use self::reply::{Refusal, Reply, invalid, refusal, refuse};
pub(crate) use self::state::NodeCoId;
use self::value::Format;
use crate::answer::Answer;
use crate::api::{Api, Reason};
use crate::credentials::{NODECOID_API_KEY, NODECOID_USER_ID};
use crate::effect::Effect;
use crate::operation::Operation;
use crate::request::{Pairs, Request, find};
use crate::state::SimulatedSnapshot;
use crate::time::Moment;

impl NodeCoId {
    fn route(&mut self, request: &Request, moment: Moment, effect: Effect) -> Reply {
        let Some(function) = Function::of(request) else {
            return refuse("INVALID_FUNCTION", "The function does not exist.");
        };
        if request.method != Method::GET && request.method != Method::POST {
            return refuse("INVALID_METHOD", "Only GET and POST are accepted.");
        }
        let pairs = parameters(request);
        self.authenticate(&pairs)?;
        if self.strict {
            check_names(&pairs, function)?;
        }
        let call = Call { pairs, moment, effect, strict: self.strict };
        (function.run)(self, &call)
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
        // Reuse is not documented; a fresh value each time is what guards against replays.
        if self.strict && !self.randoms_used.insert(random.to_owned()) {
            return refuse("RANDOM_USED", "The random string has been used before.");
        }
        Ok(())
    }
}

/// Refuses parameters that are unknown or repeated.
fn check_names(pairs: &Pairs, function: &Function) -> Result<(), Refusal> {
    for (at, (name, _)) in pairs.iter().enumerate() {
        let is_known = COMMON.contains(&name.as_str()) || function.parameters.contains(&name.as_str());
        let is_repeated = pairs.iter().take(at).any(|(earlier, _)| earlier == name);
        if !is_known || is_repeated {
            return invalid(name);
        }
    }
    Ok(())
}

/// Three rounds over the hexadecimal text, not over the raw bytes.
fn checksum(user_id: &str, api_key: &str, random: &str) -> String {
    let hex = |digest: &[u8]| digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let round = |text: String| hex(&Sha1::digest(text.as_bytes()));
    round(round(round(format!("{user_id}{api_key}{random}"))))
}

/// The format that the call asks for; JSON where it asks for none, or for one that does not exist.
fn format(request: &Request) -> Result<Format, Refusal> {
    match find(&parameters(request), "format") {
        None | Some("json") => Ok(Format::Json),
        Some("xml") => Ok(Format::Xml),
        Some(_) => invalid("format"),
    }
}

impl Api for NodeCoId {
    fn operation(&self, request: &Request, moment: Moment) -> Operation {
        let Some(function) = Function::of(request) else { return Operation::Other };
        let pairs = parameters(request);
        let named = |name| find(&pairs, name).unwrap_or_default();
        match function.operation {
            Operation::Get => match self.snapshots.get(named("snapshot_id")) {
                Some(snapshot) if snapshot.is_processing(moment.now) => Operation::Poll,
                _ => Operation::Get,
            },
            // A restore can be followed at the server only.
            Operation::Sources => match self.servers.get(named("server_id")) {
                Some(server) if server.status(moment.now) == "reinstall" => Operation::Poll,
                _ => Operation::Sources,
            },
            operation => operation,
        }
    }

    fn source_of(&self, request: &Request) -> String {
        find(&parameters(request), "server_id").unwrap_or_default().to_owned()
    }

    fn answer(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer {
        let format = match format(request) {
            Ok(format) => format,
            Err(refusal) => return refusal.answer(Format::Json),
        };
        match self.route(request, moment, effect) {
            Ok(success) => success.answer(format),
            Err(refusal) => refusal.answer(format),
        }
    }

    fn refusal(&mut self, request: &Request, reason: Reason, message: Option<&str>) -> Answer {
        refusal(reason, message).answer(format(request).unwrap_or(Format::Json))
    }

    fn throttled(&self) -> Answer {
        Answer::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", "Too Many Requests")
    }

    fn smallest_item(&self, request: &Request) -> &'static str {
        let lists_servers = request.path.contains("get_server_list");
        match format(request) {
            Ok(Format::Xml) if lists_servers => "<record><server_id>1</server_id></record>",
            Ok(Format::Xml) => "<record><snapshot_id>1</snapshot_id></record>",
            _ if lists_servers => r#"{"server_id":"1"}"#,
            _ => r#"{"snapshot_id":"1"}"#,
        }
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot> {
        self.snapshots.overview(now)
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
