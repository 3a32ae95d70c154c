use std::fmt;
use std::str::FromStr;

use super::kind::{FaultHelp, FaultKind, KNOWN};
use crate::operation::Operation;
use crate::provider::{Provider, UnknownName};

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
    pub(super) kind: FaultKind,
    provider: Option<Provider>,
    operation: Option<Operation>,
    pub(super) probability: f64,
    pub(super) times: Option<u64>,
}

impl Fault {
    /// A fault that hits every request at every provider.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, provider: None, operation: None, probability: 1.0, times: None }
    }

    /// Every kind there is, for a list of them.
    ///
    /// ```
    /// for kind in cloudsnap_simulator::Fault::all() {
    ///     println!("{:<24} {}", kind.name, kind.help);
    /// }
    /// ```
    pub fn all() -> impl ExactSizeIterator<Item = FaultHelp> {
        KNOWN.iter().map(|known| known.help)
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

    pub(super) fn matches(&self, provider: Provider, operation: Operation) -> bool {
        self.provider.is_none_or(|wanted| wanted == provider)
            && self.operation.is_none_or(|wanted| wanted.includes(operation))
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
}
