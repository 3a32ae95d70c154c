use std::collections::{BTreeMap, HashMap};

use http::{StatusCode, header};
use jiff::{Timestamp, ToSpan};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::api::{Api, Reason};
use crate::delivery::Delivery;
use crate::distort;
use crate::effect::{Effect, Execution};
use crate::fault::{Fault, FaultKind, FaultPlan};
use crate::limiter::{Budget, Limiter};
use crate::operation::Operation;
use crate::options::SimulatorOptions;
use crate::provider::Provider;
use crate::random::Random;
use crate::request::Request;
use crate::state::SimulatorState;
use crate::time::{Moment, http_date, later};

/// One provider's server: it counts requests, limits their rate, lets faults hit them, and answers.
pub(crate) struct ApiServer {
    provider: Provider,
    api: Box<dyn Api>,
    start: Moment,
    limiter: Limiter,
    states_rate_limit: bool,
    faults: FaultPlan,
    redirect_to: String,
    /// Requests to carry out later, whose answers are lost.
    late: Vec<(Instant, Request)>,
    /// Until when creates of a source are refused as busy.
    busy: HashMap<String, Instant>,
    requests: BTreeMap<Operation, u64>,
    committed: BTreeMap<Operation, u64>,
    throttled: u64,
}

impl ApiServer {
    pub(crate) fn new(
        provider: Provider,
        api: Box<dyn Api>,
        start: Moment,
        redirect_to: String,
        options: &SimulatorOptions,
    ) -> Self {
        let random = Random::stream(options.seed, provider.index() as u64);
        Self {
            provider,
            api,
            start,
            limiter: Limiter::new(options.rate_limit),
            states_rate_limit: options.states_rate_limit,
            faults: FaultPlan::new(options.faults.clone(), random),
            redirect_to,
            late: Vec::new(),
            busy: HashMap::new(),
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

    pub(crate) fn state(&mut self) -> SimulatorState {
        self.carry_out_late_requests(Instant::now());
        SimulatorState {
            provider: self.provider,
            committed: self.committed.clone(),
            snapshots: self.api.snapshots(Instant::now()),
            requests: self.requests.clone(),
            throttled: self.throttled,
        }
    }

    /// The provider's clock, as `Date` states it.
    pub(crate) fn date(&self) -> String {
        http_date(self.start.present().wall)
    }

    pub(crate) fn receive(&mut self, request: &Request) -> Delivery {
        let moment = self.start.present();
        self.carry_out_late_requests(moment.now);
        let operation = self.api.operation(request, moment);
        *self.requests.entry(operation).or_default() += 1;
        if !self.limiter.admit(moment.now) {
            self.throttled += 1;
            let says_when = self.states_rate_limit && self.api.knows_retry_after();
            return Delivery::Whole(self.throttle(says_when.then(|| "1".to_owned())));
        }
        if operation == Operation::Create && self.is_held(request, moment.now) {
            return Delivery::Whole(self.refuse(request, Reason::Busy, None));
        }
        match self.faults.choose(self.provider, operation) {
            Some(kind) => self.fail(kind, operation, request, moment),
            None => Delivery::Whole(self.act(request, moment, Effect::default())),
        }
    }

    fn fail(&mut self, kind: FaultKind, operation: Operation, request: &Request, moment: Moment) -> Delivery {
        let answer = match kind.execution() {
            Execution::Never => Answer::empty(StatusCode::OK),
            Execution::Now(effect) => self.act(request, moment, effect.on(operation)),
            Execution::Later(delay) => {
                self.late.push((later(moment.now, delay), request.clone()));
                Answer::empty(StatusCode::OK)
            }
        };
        self.deliver(kind, answer, request, moment)
    }

    /// What the client gets of the answer, which is empty where the request is not carried out now.
    fn deliver(&mut self, kind: FaultKind, answer: Answer, request: &Request, moment: Moment) -> Delivery {
        use FaultKind as Kind;
        match kind {
            Kind::LostThenBusy(duration) => {
                self.busy.insert(self.api.source_of(request), later(moment.now, duration));
                return Delivery::Reset;
            }
            Kind::ResetBefore | Kind::ResetAfter | Kind::Late(_) => return Delivery::Reset,
            Kind::Hang => return Delivery::Hang,
            Kind::Truncate => return Delivery::Truncated(answer),
            Kind::Slow => return Delivery::Slow(answer),
            Kind::Oversize => return Delivery::Oversize(answer),
            _ => {}
        }
        Delivery::Whole(match kind {
            Kind::Status(status) | Kind::StatusAfter(status) => self.gateway(status, request),
            Kind::LateGatewayTimeout(_) => self.gateway(StatusCode::GATEWAY_TIMEOUT, request),
            Kind::Refuse(status) | Kind::RefuseAfter(status) => self.refuse(request, Reason::Status(status), None),
            Kind::InternalError | Kind::InternalErrorAfter => self.refuse(request, Reason::InternalError, None),
            Kind::NotFound => self.refuse(request, Reason::NotFound, None),
            Kind::Forbidden => self.refuse(request, Reason::Forbidden, None),
            Kind::Busy => self.refuse(request, Reason::Busy, None),
            Kind::EchoCredentials => self.refuse(request, Reason::Invalid, Some(&distort::echo(request))),
            Kind::HostileRefusal => self.refuse(request, Reason::Invalid, Some(distort::HOSTILE)),
            Kind::Throttle if self.api.knows_retry_after() => self.throttle(Some("1".to_owned())),
            Kind::Throttle | Kind::ThrottleBare => self.throttle(None),
            Kind::ThrottleFor(duration) => self.throttle(Some(duration.as_secs().to_string())),
            Kind::ThrottlePast => self.throttle(Some(http_date(days_after(moment.wall, -1)))),
            Kind::ThrottleFar => self.throttle(Some(http_date(days_after(moment.wall, 365)))),
            Kind::Redirect => Answer::empty(StatusCode::FOUND).header(header::LOCATION, self.elsewhere(request)),
            Kind::Garbage => Answer::html(StatusCode::OK, ""),
            Kind::EchoCredentialsPage => Answer::html(StatusCode::INTERNAL_SERVER_ERROR, &distort::echo(request)),
            Kind::EchoCredentialsFields => distort::append(answer, &distort::echo(request)),
            Kind::HostileText => distort::append(answer, distort::HOSTILE),
            Kind::Misprint => distort::misprint(answer),
            Kind::Elements => distort::crowd(answer, self.api.smallest_item(request)),
            Kind::Bomb => distort::compress(distort::crowd(answer, self.api.smallest_item(request))),
            // The others lie in what the provider did.
            _ => answer,
        })
    }

    fn act(&mut self, request: &Request, moment: Moment, effect: Effect) -> Answer {
        let answer = self.api.answer(request, moment, effect);
        if let Some(operation) = answer.committed.filter(|_| !effect.vanishes) {
            *self.committed.entry(operation).or_default() += 1;
        }
        self.with_budget(answer, self.limiter.budget())
    }

    /// Carries out what is due, in the order in which it is, each at its own time.
    fn carry_out_late_requests(&mut self, now: Instant) {
        self.late.sort_by_key(|(due, _)| *due);
        let ends = self.late.partition_point(|(due, _)| *due <= now);
        for (due, request) in self.late.drain(..ends).collect::<Vec<_>>() {
            let moment = Moment { now: due, wall: self.start.wall_at(due) };
            self.act(&request, moment, Effect::default());
        }
    }

    fn is_held(&self, request: &Request, now: Instant) -> bool {
        !self.busy.is_empty() && self.busy.get(&self.api.source_of(request)).is_some_and(|&until| now < until)
    }

    fn refuse(&mut self, request: &Request, reason: Reason, message: Option<&str>) -> Answer {
        let refusal = self.api.refusal(request, reason, message);
        self.with_budget(refusal, self.limiter.budget())
    }

    fn throttle(&self, retry_after: Option<String>) -> Answer {
        let answer = self.with_budget(self.api.throttled(), Budget { remaining: 0, ..self.limiter.budget() });
        match retry_after {
            Some(value) => answer.header(header::RETRY_AFTER, value),
            None => answer,
        }
    }

    fn with_budget(&self, answer: Answer, budget: Budget) -> Answer {
        if self.states_rate_limit { self.api.with_budget(answer, budget) } else { answer }
    }

    /// A page of a gateway, with the address of another origin where the status is of a redirect.
    fn gateway(&self, status: StatusCode, request: &Request) -> Answer {
        let page = Answer::html(status, "");
        match status.as_u16() {
            301 | 302 | 303 | 307 | 308 => page.header(header::LOCATION, self.elsewhere(request)),
            _ => page,
        }
    }

    fn elsewhere(&self, request: &Request) -> String {
        format!("{}{}", self.redirect_to, request.path)
    }
}

fn days_after(wall: Timestamp, days: i64) -> Timestamp {
    wall.checked_add((24 * days).hours()).unwrap_or(wall)
}
