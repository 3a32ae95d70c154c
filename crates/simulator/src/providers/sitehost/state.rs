use std::time::Duration;

use jiff::ToSpan;

use super::call::Call;
use super::images::Images;
use super::jobs::Jobs;
use super::local_time::LocalTime;
use super::servers::Servers;
use super::snapshots::{Changes, Snapshot, Snapshots, hours_after};
use crate::api::Setup;
use crate::effect::Presence;
use crate::time::{Moment, Work};

/// How long a snapshot is kept whose caller does not say: undocumented, so the longest.
pub(super) const DEFAULT_LIFETIME: u64 = 24;

/// All that SiteHost holds.
pub(crate) struct SiteHost {
    pub(super) start: Moment,
    pub(super) build_time: Duration,
    pub(super) strict: bool,
    pub(super) local: LocalTime,
    pub(super) servers: Servers,
    pub(super) snapshots: Snapshots,
    pub(super) images: Images,
    pub(super) jobs: Jobs,
}

impl SiteHost {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            start: setup.moment,
            build_time: setup.build_time,
            strict: setup.strict,
            local: LocalTime::of_auckland(),
            servers: Servers::new(setup.servers),
            snapshots: seeded(setup),
            images: Images::seeded(setup.moment),
            jobs: Jobs::default(),
        }
    }

    pub(super) fn new_work(&self, call: &Call) -> Work {
        Work::starting(call.moment.now, self.build_time, call.effect.fails)
    }
}

fn seeded(setup: &Setup) -> Snapshots {
    let (servers, mut snapshots) = (Servers::new(setup.servers), Snapshots::none());
    let (created, now) = (setup.moment.wall - 1.hour(), setup.moment.now);
    for (_, index) in setup.seeds() {
        if let Some(server) = servers.at(index) {
            snapshots.add(Snapshot {
                server: index,
                source: server.source(server.root()),
                parent: server.partition(server.root()).unwrap_or_default(),
                created,
                expires: hours_after(created, DEFAULT_LIFETIME),
                built: Work::finished(now),
                presence: Presence::From(now),
                changes: Changes::default(),
            });
        }
    }
    snapshots
}
