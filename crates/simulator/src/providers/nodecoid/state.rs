use std::collections::HashSet;
use std::time::Duration;

use super::servers::Servers;
use super::snapshots::Snapshots;
use crate::api::Setup;
use crate::effect::Presence;
use crate::random::Random;
use crate::time::Work;

/// All that node.co.id holds.
pub(crate) struct NodeCoId {
    pub(super) build_time: Duration,
    pub(super) strict: bool,
    pub(super) random: Random,
    pub(super) randoms_used: HashSet<String>,
    pub(super) servers: Servers,
    pub(super) snapshots: Snapshots,
}

impl NodeCoId {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut random = Random::stream(setup.seed, 102);
        let (mut servers, mut snapshots) = (Servers::new(setup.servers), Snapshots::default());
        let (wall, now) = (setup.moment.wall, setup.moment.now);
        for (number, index) in setup.seeds() {
            if let Some(server) = servers.at(index) {
                snapshots.add(
                    server,
                    wall - setup.seed_age(number),
                    Work::finished(now),
                    Presence::From(now),
                    &mut random,
                );
            }
        }
        Self {
            build_time: setup.build_time,
            strict: setup.strict,
            random,
            randoms_used: HashSet::new(),
            servers,
            snapshots,
        }
    }
}
