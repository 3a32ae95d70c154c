use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::StatusCode;
use jiff::fmt::friendly::SpanParser;

use crate::provider::UnknownName;

/// What goes wrong with a request.
///
/// *Done* means that the provider carries the request out. A *page* is HTML as a gateway writes it; a *refusal* comes in
/// the provider's own envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// `status-NNN`: not done, a page with that HTTP status, from 100 to 599.
    Status(StatusCode),
    /// `status-NNN-after`: done, then a page with that HTTP status.
    StatusAfter(StatusCode),
    /// `refuse-NNN`: not done, a refusal with that HTTP status.
    Refuse(StatusCode),
    /// `refuse-NNN-after`: done, and a refusal with that HTTP status all the same.
    RefuseAfter(StatusCode),
    /// `internal-error`: not done, the provider's own report of an internal error.
    InternalError,
    /// `internal-error-after`: done, and the report of an internal error all the same.
    InternalErrorAfter,
    /// `not-found`: not done, the provider's own "not found".
    NotFound,
    /// `forbidden`: not done, the provider's refusal for want of a permission.
    Forbidden,
    /// `busy`: not done, refused because something else is under way.
    Busy,
    /// `lost-busy-DURATION`: done, the connection is reset; for DURATION further creates of the source are refused as `busy`.
    LostThenBusy(Duration),
    /// `throttle`: not done, refused for the rate in the provider's own way.
    Throttle,
    /// `throttle-bare`: as `throttle`, without `Retry-After`.
    ThrottleBare,
    /// `throttle-DURATION`: as `throttle`, with `Retry-After` in whole seconds, `0` included.
    ThrottleFor(Duration),
    /// `throttle-past`: as `throttle`, with a date in the past as `Retry-After`.
    ThrottlePast,
    /// `throttle-far`: as `throttle`, with a date a year ahead as `Retry-After`.
    ThrottleFar,
    /// `reset-before`: not done, the connection is reset.
    ResetBefore,
    /// `reset-after`: done, then the connection is reset.
    ResetAfter,
    /// `late-DURATION`: the connection is reset at once, and the request is carried out DURATION later.
    Late(Duration),
    /// `late-504-DURATION`: as `late-DURATION`, with a page with HTTP 504 instead of the reset.
    LateGatewayTimeout(Duration),
    /// `hang`: not done and never answered.
    Hang,
    /// `redirect`: not done, 302 to another origin.
    Redirect,
    /// `truncate`: done, then half of the body and the end of the connection.
    Truncate,
    /// `garbage`: done, then a page with HTTP 200.
    Garbage,
    /// `misprint`: done, the JSON of the answer lacks a comma and has one too many, as providers' pages print it.
    Misprint,
    /// `slow`: done, the body takes three seconds.
    Slow,
    /// `oversize`: done, 64 MiB of spaces stand before the body.
    Oversize,
    /// `elements`: done, the list in the answer has 14 MiB of tiny items.
    Elements,
    /// `bomb`: as `elements`, compressed with gzip to a thousandth.
    Bomb,
    /// `endless`: done, the list says that it has pages without end, and all are empty.
    Endless,
    /// `endless-full`: as `endless`, every page with the items of the first.
    EndlessFull,
    /// `operation-fails`: done and answered, but what was started ends failed.
    OperationFails,
    /// `vanish`: a create is answered as if done, but never made: what follows it is not found.
    Vanish,
    /// `lag-DURATION`: done, but for DURATION no list and no read finds the new snapshot.
    Lag(Duration),
    /// `log-lag-DURATION`: done, but for DURATION IONOS's request log does not list the request.
    LogLag(Duration),
    /// `daemon-job`: done, by a job of SiteHost's type `daemon`.
    DaemonJob,
    /// `echo-credentials`: not done, a refusal whose message has the request's credentials in many encodings.
    EchoCredentials,
    /// `echo-credentials-page`: not done, a page with HTTP 500 and the request's credentials in many encodings.
    EchoCredentialsPage,
    /// `echo-credentials-fields`: done, with the request's credentials in the texts of the answer.
    EchoCredentialsFields,
    /// `hostile-text`: done, with terminal and bidirectional controls in the names, states and messages of the answer.
    HostileText,
    /// `hostile-refusal`: not done, a refusal whose message has terminal and bidirectional controls.
    HostileRefusal,
}

/// A kind of fault in a list of all: what [`Fault::all`](super::Fault::all) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaultHelp {
    /// Its name, with `NNN` for an HTTP status and `DURATION` for a duration such as `90s`.
    pub name: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
}

/// A kind of fault with its name, its help, and how it is made of its parameter.
pub(super) struct Known {
    pub(super) help: FaultHelp,
    make: Make,
}

#[derive(Clone, Copy)]
enum Make {
    Plain(FaultKind),
    Status(fn(StatusCode) -> FaultKind),
    Duration(fn(Duration) -> FaultKind),
}

use Make::{Duration as WithDuration, Plain, Status as WithStatus};

const fn known(name: &'static str, make: Make, help: &'static str) -> Known {
    Known { help: FaultHelp { name, help }, make }
}

/// In the order of the README's table.
pub(super) static KNOWN: &[Known] = &[
    known("status-NNN", WithStatus(FaultKind::Status), "not done, an HTML page with HTTP NNN, 100 to 599"),
    known("status-NNN-after", WithStatus(FaultKind::StatusAfter), "done, then an HTML page with HTTP NNN"),
    known("refuse-NNN", WithStatus(FaultKind::Refuse), "not done, refused with HTTP NNN in the provider's envelope"),
    known("refuse-NNN-after", WithStatus(FaultKind::RefuseAfter), "done, but refused as refuse-NNN"),
    known("internal-error", Plain(FaultKind::InternalError), "not done, the provider reports an internal error"),
    known("internal-error-after", Plain(FaultKind::InternalErrorAfter), "done, but reported as internal-error"),
    known("not-found", Plain(FaultKind::NotFound), "not done, the provider's own \"not found\""),
    known("forbidden", Plain(FaultKind::Forbidden), "not done, refused for want of a permission"),
    known("busy", Plain(FaultKind::Busy), "not done, refused because something else is under way"),
    known(
        "lost-busy-DURATION",
        WithDuration(FaultKind::LostThenBusy),
        "done, connection reset; creates of the source are busy for DURATION",
    ),
    known("throttle", Plain(FaultKind::Throttle), "not done, refused for the rate in the provider's way"),
    known("throttle-bare", Plain(FaultKind::ThrottleBare), "as throttle, without Retry-After"),
    known("throttle-DURATION", WithDuration(FaultKind::ThrottleFor), "as throttle, with Retry-After in seconds"),
    known("throttle-past", Plain(FaultKind::ThrottlePast), "as throttle, with a past date as Retry-After"),
    known("throttle-far", Plain(FaultKind::ThrottleFar), "as throttle, with a date a year ahead as Retry-After"),
    known("reset-before", Plain(FaultKind::ResetBefore), "not done, the connection is reset"),
    known("reset-after", Plain(FaultKind::ResetAfter), "done, then the connection is reset"),
    known("late-DURATION", WithDuration(FaultKind::Late), "connection reset, done DURATION later"),
    known("late-504-DURATION", WithDuration(FaultKind::LateGatewayTimeout), "HTTP 504, done DURATION later"),
    known("hang", Plain(FaultKind::Hang), "not done and never answered"),
    known("redirect", Plain(FaultKind::Redirect), "not done, 302 to another origin"),
    known("truncate", Plain(FaultKind::Truncate), "done, half of the body, then the connection ends"),
    known("garbage", Plain(FaultKind::Garbage), "done, then an HTML page with HTTP 200"),
    known("misprint", Plain(FaultKind::Misprint), "done, JSON with a comma missing and one too many"),
    known("slow", Plain(FaultKind::Slow), "done, the body takes three seconds"),
    known("oversize", Plain(FaultKind::Oversize), "done, 64 MiB of spaces before the body"),
    known("elements", Plain(FaultKind::Elements), "done, a list with 14 MiB of tiny items"),
    known("bomb", Plain(FaultKind::Bomb), "as elements, compressed to a thousandth"),
    known("endless", Plain(FaultKind::Endless), "done, a list of empty pages without end"),
    known("endless-full", Plain(FaultKind::EndlessFull), "as endless, each page with the items of the first"),
    known("operation-fails", Plain(FaultKind::OperationFails), "done, but what was started ends failed"),
    known("vanish", Plain(FaultKind::Vanish), "a create is accepted, but never made and never found"),
    known("lag-DURATION", WithDuration(FaultKind::Lag), "done, but no read finds the snapshot for DURATION"),
    known("log-lag-DURATION", WithDuration(FaultKind::LogLag), "done, but IONOS's log lacks it for DURATION"),
    known("daemon-job", Plain(FaultKind::DaemonJob), "done, by a SiteHost job of type daemon"),
    known("echo-credentials", Plain(FaultKind::EchoCredentials), "not done, a refusal with the request's credentials"),
    known("echo-credentials-page", Plain(FaultKind::EchoCredentialsPage), "not done, HTTP 500 with the credentials"),
    known(
        "echo-credentials-fields",
        Plain(FaultKind::EchoCredentialsFields),
        "done, with the credentials in its texts",
    ),
    known("hostile-text", Plain(FaultKind::HostileText), "done, with terminal controls in names, states, messages"),
    known("hostile-refusal", Plain(FaultKind::HostileRefusal), "not done, a refusal with terminal controls"),
];

#[expect(non_upper_case_globals, reason = "they read as the kinds without a parameter do")]
impl FaultKind {
    /// `status-500`.
    pub const Status500: Self = Self::Status(StatusCode::INTERNAL_SERVER_ERROR);
    /// `status-502`.
    pub const Status502: Self = Self::Status(StatusCode::BAD_GATEWAY);
    /// `status-503`.
    pub const Status503: Self = Self::Status(StatusCode::SERVICE_UNAVAILABLE);
    /// `status-504`.
    pub const Status504: Self = Self::Status(StatusCode::GATEWAY_TIMEOUT);
    /// `status-502-after`.
    pub const Status502After: Self = Self::StatusAfter(StatusCode::BAD_GATEWAY);
    /// `status-503-after`.
    pub const Status503After: Self = Self::StatusAfter(StatusCode::SERVICE_UNAVAILABLE);
    /// `status-504-after`.
    pub const Status504After: Self = Self::StatusAfter(StatusCode::GATEWAY_TIMEOUT);

    /// The faults of networks, gateways and overload, which a client gets over at any request: what a storm is mixed of.
    ///
    /// [`Fault::all`](super::Fault::all) names every kind.
    pub const ALL: [Self; 18] = [
        Self::Status500,
        Self::Status502,
        Self::Status503,
        Self::Status504,
        Self::Status502After,
        Self::Status503After,
        Self::Status504After,
        Self::Throttle,
        Self::ThrottleBare,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::Truncate,
        Self::Garbage,
        Self::Hang,
        Self::Slow,
        Self::Oversize,
        Self::Redirect,
        Self::OperationFails,
    ];

    fn status(self) -> Option<StatusCode> {
        match self {
            Self::Status(status) | Self::StatusAfter(status) | Self::Refuse(status) | Self::RefuseAfter(status) => {
                Some(status)
            }
            _ => None,
        }
    }

    fn duration(self) -> Option<Duration> {
        match self {
            Self::LostThenBusy(duration)
            | Self::ThrottleFor(duration)
            | Self::Late(duration)
            | Self::LateGatewayTimeout(duration)
            | Self::Lag(duration)
            | Self::LogLag(duration) => Some(duration),
            _ => None,
        }
    }
}

impl Known {
    fn parse(&self, text: &str) -> Option<FaultKind> {
        let name = self.help.name;
        match self.make {
            Plain(kind) => (text == name).then_some(kind),
            WithStatus(make) => parameter(name, STATUS, text).and_then(parse_status).map(make),
            WithDuration(make) => parameter(name, DURATION, text).and_then(parse_duration).map(make),
        }
    }

    /// The name of this very fault, if it is of this kind.
    fn print(&self, kind: FaultKind) -> Option<String> {
        let name = self.help.name;
        match self.make {
            Plain(own) => (kind == own).then(|| name.to_owned()),
            WithStatus(make) => {
                let status = kind.status().filter(|&status| make(status) == kind)?;
                Some(name.replace(STATUS, status.as_str()))
            }
            WithDuration(make) => {
                let duration = kind.duration().filter(|&duration| make(duration) == kind)?;
                Some(name.replace(DURATION, &print_duration(duration)))
            }
        }
    }
}

const STATUS: &str = "NNN";
const DURATION: &str = "DURATION";

/// What stands in the text where the name has its placeholder.
fn parameter<'a>(name: &str, placeholder: &str, text: &'a str) -> Option<&'a str> {
    let (before, after) = name.split_once(placeholder)?;
    text.strip_prefix(before)?.strip_suffix(after)
}

fn parse_status(text: &str) -> Option<StatusCode> {
    text.parse().ok().filter(|status: &StatusCode| status.as_u16() < 600)
}

fn parse_duration(text: &str) -> Option<Duration> {
    let is_plain = text.starts_with(|c: char| c.is_ascii_digit()) && !text.contains([' ', '-']);
    is_plain.then(|| SpanParser::new().parse_unsigned_duration(text).ok()).flatten()
}

fn print_duration(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        _ => format!("{}ms", duration.as_millis()),
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&KNOWN.iter().find_map(|known| known.print(*self)).unwrap_or_default())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownName;

    /// Reads a name; the `html` of `status-NNN-html` and `status-NNN-html-after` may stand or be left out.
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let short = if name.starts_with("status-") { name.replacen("-html", "", 1) } else { name.to_owned() };
        let found = KNOWN.iter().find_map(|known| known.parse(&short));
        found.ok_or_else(|| UnknownName::new("fault", name, KNOWN.iter().map(|known| known.help.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_and_printed() {
        for (written, printed) in [
            ("status-302-html-after", "status-302-after"),
            ("status-101-html", "status-101"),
            ("refuse-200-after", "refuse-200-after"),
            ("late-60s", "late-60s"),
            ("late-504-1m30s", "late-504-90s"),
            ("lag-500ms", "lag-500ms"),
            ("throttle-0s", "throttle-0s"),
        ] {
            assert_eq!(written.parse::<FaultKind>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn a_bad_parameter_is_refused() {
        for name in
            ["status-99", "status-600", "status-NNN", "status-+50", "late-", "late--5s", "late-5", "lag-5s-after"]
        {
            assert!(name.parse::<FaultKind>().is_err(), "{name}");
        }
    }

    #[test]
    fn each_kind_is_known_once() {
        for known in KNOWN {
            let text = known.help.name.replace(STATUS, "418").replace(DURATION, "7s");
            assert_eq!(text.parse::<FaultKind>().unwrap().to_string(), text);
            assert!(!known.help.help.contains('\n') && !known.help.help.is_empty());
        }
        assert!(FaultKind::ALL.iter().all(|kind| !kind.to_string().is_empty()));
    }
}
