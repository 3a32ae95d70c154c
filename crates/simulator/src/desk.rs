use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use http::{StatusCode, header};
use tokio::time::Instant;

use crate::exchange::{Answer, Request};
use crate::fault::{Fault, FaultKind, FaultPlan};
use crate::operation::Operation;
use crate::options::SimulatorOptions;
use crate::provider::Provider;
use crate::random::Random;
use crate::state::{SimulatedSnapshot, SimulatorState};
use crate::time::Moment;
use crate::{hostway, ionos, nodecoid, sitehost};

/// One provider's API, without any socket: a pure step from state and request to state and answer.
pub(crate) trait Api: Send {
    fn operation(&self, request: &Request, moment: Moment) -> Operation;

    /// With `fails`, what the request starts is to end failed.
    fn answer(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer;

    /// The refusal of a request that came too soon, without `Retry-After`.
    fn throttled(&self) -> Answer;

    /// Whether the provider's refusal may carry `Retry-After`.
    fn knows_retry_after(&self) -> bool {
        true
    }

    /// Adds the headers that tell of the rate limit.
    fn decorate(&self, answer: Answer, _budget: Budget) -> Answer {
        answer
    }

    fn snapshots(&self, now: Instant) -> Vec<SimulatedSnapshot>;

    fn sources(&self) -> Vec<String>;
}

/// What a provider's API is built from.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    pub(crate) origin: String,
    pub(crate) moment: Moment,
    pub(crate) build_time: Duration,
    pub(crate) servers: usize,
    pub(crate) snapshots: usize,
    pub(crate) seed: u64,
}

/// The requests that a second still has room for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) per_second: u32,
    pub(crate) remaining: u32,
}

/// What leaves the simulator for one request.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Whole(Answer),
    Truncated(Answer),
    Slow(Answer),
    Oversize(Answer),
    Reset,
    Hang,
}

/// Where one provider's requests are received: counted, limited, made to fail, answered.
pub(crate) struct Desk {
    provider: Provider,
    api: Box<dyn Api>,
    start: Moment,
    limiter: Option<Limiter>,
    faults: FaultPlan,
    redirect_to: String,
    requests: BTreeMap<Operation, u64>,
    committed: BTreeMap<Operation, u64>,
    throttled: u64,
}

impl Desk {
    pub(crate) fn open(provider: Provider, origin: String, redirect_to: String, options: &SimulatorOptions) -> Self {
        let number = provider.index() as u64;
        let start = Moment::first();
        let setup = Setup {
            origin,
            moment: start,
            build_time: options.build_time,
            servers: options.servers,
            snapshots: options.snapshots,
            seed: options.seed,
        };
        let api: Box<dyn Api> = match provider {
            Provider::SiteHost => Box::new(sitehost::SiteHost::new(&setup)),
            Provider::Hostway => Box::new(hostway::Hostway::new(&setup)),
            Provider::NodeCoId => Box::new(nodecoid::NodeCoId::new(&setup)),
            Provider::Ionos => Box::new(ionos::Ionos::new(&setup)),
        };
        Self {
            provider,
            api,
            start,
            limiter: options.rate_limit.map(Limiter::new),
            faults: FaultPlan::new(options.faults.clone(), Random::stream(options.seed, number)),
            redirect_to,
            requests: BTreeMap::new(),
            committed: BTreeMap::new(),
            throttled: 0,
        }
    }

    pub(crate) fn set_faults(&mut self, faults: Vec<Fault>) {
        self.faults.replace(faults);
    }

    pub(crate) fn sources(&self) -> Vec<String> {
        self.api.sources()
    }

    pub(crate) fn state(&self) -> SimulatorState {
        SimulatorState {
            provider: self.provider,
            committed: self.committed.clone(),
            snapshots: self.api.snapshots(Instant::now()),
            requests: self.requests.clone(),
            throttled: self.throttled,
        }
    }

    pub(crate) fn receive(&mut self, request: &Request) -> Delivery {
        let moment = self.start.present();
        let operation = self.api.operation(request, moment);
        *self.requests.entry(operation).or_default() += 1;
        if self.limiter.as_mut().is_some_and(|limiter| !limiter.admit(moment.now)) {
            self.throttled += 1;
            return Delivery::Whole(self.throttle(true));
        }
        match self.faults.choose(self.provider, operation) {
            Some(kind) => self.go_wrong(kind, request, moment),
            None => Delivery::Whole(self.act(request, moment, false)),
        }
    }

    fn go_wrong(&mut self, kind: FaultKind, request: &Request, moment: Moment) -> Delivery {
        use Delivery::{Hang, Oversize, Reset, Slow, Truncated, Whole};
        let mut acted = || self.act(request, moment, kind == FaultKind::OperationFails);
        match kind {
            FaultKind::Status500 => Whole(error_page(StatusCode::INTERNAL_SERVER_ERROR)),
            FaultKind::Status502 => Whole(error_page(StatusCode::BAD_GATEWAY)),
            FaultKind::Status503 => Whole(error_page(StatusCode::SERVICE_UNAVAILABLE)),
            FaultKind::Status504 => Whole(error_page(StatusCode::GATEWAY_TIMEOUT)),
            FaultKind::Status502After => {
                acted();
                Whole(error_page(StatusCode::BAD_GATEWAY))
            }
            FaultKind::Status503After => {
                acted();
                Whole(error_page(StatusCode::SERVICE_UNAVAILABLE))
            }
            FaultKind::Status504After => {
                acted();
                Whole(error_page(StatusCode::GATEWAY_TIMEOUT))
            }
            FaultKind::Throttle => Whole(self.throttle(true)),
            FaultKind::ThrottleBare => Whole(self.throttle(false)),
            FaultKind::ResetBefore => Reset,
            FaultKind::ResetAfter => {
                acted();
                Reset
            }
            FaultKind::Truncate => Truncated(acted()),
            FaultKind::Garbage => {
                acted();
                Whole(error_page(StatusCode::OK))
            }
            FaultKind::Hang => Hang,
            FaultKind::Slow => Slow(acted()),
            FaultKind::Oversize => Oversize(acted()),
            FaultKind::Redirect => Whole(
                Answer::empty(StatusCode::FOUND)
                    .header(header::LOCATION, format!("{}{}", self.redirect_to, request.path)),
            ),
            FaultKind::OperationFails => Whole(acted()),
        }
    }

    fn act(&mut self, request: &Request, moment: Moment, fails: bool) -> Answer {
        let answer = self.api.answer(request, moment, fails);
        if let Some(operation) = answer.committed {
            *self.committed.entry(operation).or_default() += 1;
        }
        self.api.decorate(answer, self.budget())
    }

    fn throttle(&self, retry_after: bool) -> Answer {
        let answer = self.api.decorate(self.api.throttled(), Budget { remaining: 0, ..self.budget() });
        if retry_after && self.api.knows_retry_after() { answer.header(header::RETRY_AFTER, "1") } else { answer }
    }

    fn budget(&self) -> Budget {
        // Without a limit we state one that nobody reaches.
        const UNLIMITED: Budget = Budget { per_second: 10_000, remaining: 9_999 };
        self.limiter.as_ref().map_or(UNLIMITED, Limiter::budget)
    }
}

/// An answer as gateways write it, which no API client can read.
fn error_page(status: StatusCode) -> Answer {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n");
    Answer::text(status, "text/html", page)
}

/// Requests of the last second; refused ones do not count.
struct Limiter {
    per_second: u32,
    admitted: VecDeque<Instant>,
}

impl Limiter {
    fn new(per_second: u32) -> Self {
        Self { per_second, admitted: VecDeque::new() }
    }

    fn admit(&mut self, now: Instant) -> bool {
        const WINDOW: Duration = Duration::from_secs(1);
        while self.admitted.front().is_some_and(|&earlier| now >= earlier + WINDOW) {
            self.admitted.pop_front();
        }
        let admitted = self.admitted.len() < self.per_second as usize;
        if admitted {
            self.admitted.push_back(now);
        }
        admitted
    }

    fn budget(&self) -> Budget {
        let used = u32::try_from(self.admitted.len()).unwrap_or(u32::MAX);
        Budget { per_second: self.per_second, remaining: self.per_second.saturating_sub(used) }
    }
}
