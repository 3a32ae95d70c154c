use super::kind::FaultKind;
use super::rule::Fault;
use crate::operation::Operation;
use crate::provider::Provider;
use crate::random::Random;

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
