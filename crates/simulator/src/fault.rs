use std::fmt;
use std::str::FromStr;

use crate::operation::Operation;
use crate::provider::{Provider, UnknownName};
use crate::random::Random;

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// `status-500`: HTTP 500, nothing done.
    Status500,
    /// `status-502`: HTTP 502 of a gateway, nothing done.
    Status502,
    /// `status-503`: HTTP 503 of a gateway, nothing done.
    Status503,
    /// `status-504`: HTTP 504 of a gateway, nothing done.
    Status504,
    /// `status-502-after`: done, then HTTP 502.
    Status502After,
    /// `status-503-after`: done, then HTTP 503.
    Status503After,
    /// `status-504-after`: done, then HTTP 504.
    Status504After,
    /// `throttle`: refused in the provider's own way, nothing done.
    Throttle,
    /// `throttle-bare`: as `throttle`, without `Retry-After`.
    ThrottleBare,
    /// `reset-before`: the connection is reset, nothing done.
    ResetBefore,
    /// `reset-after`: done, then the connection is reset.
    ResetAfter,
    /// `truncate`: done, then half of the answer and the end of the connection.
    Truncate,
    /// `garbage`: done, then 200 with HTML.
    Garbage,
    /// `hang`: nothing done and never an answer.
    Hang,
    /// `slow`: done, the answer's body takes about three seconds.
    Slow,
    /// `oversize`: done, the answer's body is 64 MiB.
    Oversize,
    /// `redirect`: 302 to another origin, nothing done.
    Redirect,
    /// `operation-fails`: accepted and answered, but what was started ends failed.
    OperationFails,
}

impl FaultKind {
    /// All of them.
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

    fn name(self) -> &'static str {
        match self {
            Self::Status500 => "status-500",
            Self::Status502 => "status-502",
            Self::Status503 => "status-503",
            Self::Status504 => "status-504",
            Self::Status502After => "status-502-after",
            Self::Status503After => "status-503-after",
            Self::Status504After => "status-504-after",
            Self::Throttle => "throttle",
            Self::ThrottleBare => "throttle-bare",
            Self::ResetBefore => "reset-before",
            Self::ResetAfter => "reset-after",
            Self::Truncate => "truncate",
            Self::Garbage => "garbage",
            Self::Hang => "hang",
            Self::Slow => "slow",
            Self::Oversize => "oversize",
            Self::Redirect => "redirect",
            Self::OperationFails => "operation-fails",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| UnknownName::new("fault", name, Self::ALL.map(Self::name)))
    }
}

/// A rule: which requests go wrong, how, how often.
///
/// Written `PROVIDER:OPERATION=FAULT[@PROBABILITY][#TIMES]`, with `*` for any provider or operation.
///
/// ```
/// use cloudsnap_simulator::{Fault, FaultKind, Operation, Provider};
///
/// let written: Fault = "ionos:create=reset-after@0.5#1".parse()?;
/// let built = Fault::new(FaultKind::ResetAfter)
///     .provider(Provider::Ionos)
///     .operation(Operation::Create)
///     .probability(0.5)
///     .times(1);
/// assert_eq!(written, built);
/// assert_eq!(built.to_string(), "ionos:create=reset-after@0.5#1");
/// # Ok::<(), cloudsnap_simulator::ParseFaultError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    kind: FaultKind,
    provider: Option<Provider>,
    operation: Option<Operation>,
    probability: f64,
    times: Option<u64>,
}

impl Fault {
    /// A fault that hits every request at every provider.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, provider: None, operation: None, probability: 1.0, times: None }
    }

    /// Hits this provider only.
    #[must_use]
    pub fn provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Hits this operation only.
    #[must_use]
    pub fn operation(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Hits this share of the matching requests, from 0 to 1.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability.clamp(0.0, 1.0);
        self
    }

    /// Stops after so many hits; each provider counts for itself.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    fn matches(&self, provider: Provider, operation: Operation) -> bool {
        self.provider.is_none_or(|wanted| wanted == provider) && self.operation.is_none_or(|wanted| wanted == operation)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.provider {
            Some(provider) => write!(f, "{provider}:")?,
            None => f.write_str("*:")?,
        }
        match self.operation {
            Some(operation) => write!(f, "{operation}={}", self.kind)?,
            None => write!(f, "*={}", self.kind)?,
        }
        if self.probability < 1.0 {
            write!(f, "@{}", self.probability)?;
        }
        match self.times {
            Some(times) => write!(f, "#{times}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(spec: &str) -> Result<Self, ParseFaultError> {
        let fail = |problem: Problem| ParseFaultError { spec: spec.to_owned(), problem };
        let (matched, effect) = spec.split_once('=').ok_or_else(|| fail(Problem::Shape))?;
        let (provider, operation) = matched.split_once(':').ok_or_else(|| fail(Problem::Shape))?;
        let (effect, times) = split_suffix(effect, '#');
        let (kind, probability) = split_suffix(effect, '@');

        let name = |error| fail(Problem::Name(error));
        let mut fault = Self::new(kind.parse().map_err(name)?);
        if provider != "*" {
            fault.provider = Some(provider.parse().map_err(name)?);
        }
        if operation != "*" {
            fault.operation = Some(operation.parse().map_err(name)?);
        }
        if let Some(text) = probability {
            fault.probability = text
                .parse()
                .ok()
                .filter(|probability| (0.0..=1.0).contains(probability))
                .ok_or_else(|| fail(Problem::Probability))?;
        }
        if let Some(text) = times {
            fault.times = Some(text.parse().map_err(|_| fail(Problem::Times))?);
        }
        Ok(fault)
    }
}

fn split_suffix(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((head, suffix)) => (head, Some(suffix)),
        None => (text, None),
    }
}

/// A fault's SPEC that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFaultError {
    spec: String,
    problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Shape,
    Name(UnknownName),
    Probability,
    Times,
}

impl fmt::Display for ParseFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault `{}`: ", self.spec)?;
        match &self.problem {
            Problem::Shape => f.write_str("expected PROVIDER:OPERATION=FAULT[@PROBABILITY][#TIMES]"),
            Problem::Name(error) => error.fmt(f),
            Problem::Probability => f.write_str("the probability must be a number from 0 to 1"),
            Problem::Times => f.write_str("the times must be a whole number"),
        }
    }
}

impl std::error::Error for ParseFaultError {}

/// The faults of one provider, with their hits so far.
pub(crate) struct FaultPlan {
    faults: Vec<(Fault, u64)>,
    random: Random,
}

impl FaultPlan {
    pub(crate) fn new(faults: Vec<Fault>, random: Random) -> Self {
        let mut plan = Self { faults: Vec::new(), random };
        plan.replace(faults);
        plan
    }

    pub(crate) fn replace(&mut self, faults: Vec<Fault>) {
        self.faults = faults.into_iter().map(|fault| (fault, 0)).collect();
    }

    /// The first rule that matches and whose chance comes up.
    pub(crate) fn choose(&mut self, provider: Provider, operation: Operation) -> Option<FaultKind> {
        let random = &mut self.random;
        let (fault, hits) = self.faults.iter_mut().find(|(fault, hits)| {
            fault.matches(provider, operation)
                && fault.times.is_none_or(|times| *hits < times)
                && (fault.probability >= 1.0 || random.chance(fault.probability))
        })?;
        *hits += 1;
        Some(fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spec_is_printed_as_it_was_written() {
        for kind in FaultKind::ALL {
            for spec in [
                format!("*:*={kind}"),
                format!("sitehost:create={kind}@0.25"),
                format!("*:poll={kind}#3"),
                format!("ionos:*={kind}@0.5#1"),
            ] {
                assert_eq!(spec.parse::<Fault>().unwrap().to_string(), spec);
            }
        }
    }

    #[test]
    fn a_bad_spec_is_refused_with_what_would_do() {
        let problem = |spec: &str| spec.parse::<Fault>().unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                problem("create=hang"),
                problem("ionos:create"),
                problem("aws:create=hang"),
                problem("ionos:creat=hang"),
                problem("ionos:create=explode"),
                problem("ionos:create=hang@2"),
                problem("ionos:create=hang@often"),
                problem("ionos:create=hang#-1"),
            ]
            .join("\n")
        );
    }

    #[test]
    fn a_fault_stops_after_its_times() {
        let faults = vec!["*:create=hang#2".parse().unwrap(), "*:create=slow".parse().unwrap()];
        let mut plan = FaultPlan::new(faults, Random::stream(0, 0));
        let mut choose = |operation| plan.choose(Provider::Ionos, operation);
        assert_eq!(choose(Operation::Poll), None);
        assert_eq!(choose(Operation::Create), Some(FaultKind::Hang));
        assert_eq!(choose(Operation::Create), Some(FaultKind::Hang));
        assert_eq!(choose(Operation::Create), Some(FaultKind::Slow));
    }

    #[test]
    fn the_same_seed_decides_the_same() {
        let decide = |seed| {
            let faults = vec!["*:*=hang@0.3".parse().unwrap(), "*:*=slow@0.3".parse().unwrap()];
            let mut plan = FaultPlan::new(faults, Random::stream(seed, 0));
            (0..100).map(|_| plan.choose(Provider::Ionos, Operation::Poll)).collect::<Vec<_>>()
        };
        assert_eq!(decide(7), decide(7));
        assert_ne!(decide(7), decide(8));
    }
}
