use std::time::Duration;

use jiff::ToSpan;
use tokio::time::Instant;

use super::call::Call;
use super::log::{RequestLog, Target};
use super::properties::{Properties, inherited};
use super::resource::{BASE_PATH, View};
use super::snapshots::{Snapshot, Snapshots};
use super::volumes::Centres;
use crate::api::Setup;
use crate::effect::Presence;
use crate::random::Random;
use crate::time::Work;

const PUBLIC_BASE: &str = "https://api.ionos.com/cloudapi/v6";

/// All that IONOS Cloud holds.
pub(crate) struct Ionos {
    /// The origin with the base path, with which links begin.
    pub(super) base: String,
    public_location: bool,
    build_time: Duration,
    pub(super) strict: bool,
    description_limit: usize,
    pub(super) random: Random,
    pub(super) centres: Centres,
    pub(super) snapshots: Snapshots,
    pub(super) log: RequestLog,
}

impl Ionos {
    pub(crate) fn new(setup: &Setup) -> Self {
        let mut random = Random::stream(setup.seed, 103);
        let centres = Centres::holding(setup.servers, setup.moment.wall);
        Self {
            base: format!("{}{BASE_PATH}", setup.origin),
            public_location: setup.public_location,
            build_time: setup.build_time,
            strict: setup.strict,
            description_limit: setup.description_limit.unwrap_or(usize::MAX),
            snapshots: seeded(setup, &centres, &mut random),
            random,
            centres,
            log: RequestLog::default(),
        }
    }

    /// How a call's answer describes resources.
    pub(super) fn view(&self, call: &Call<'_>) -> View<'_> {
        View { base: &self.base, now: call.moment.now, depth: call.query.depth }
    }

    /// The work of a request, and of its resource, which is AVAILABLE some time after the request is done.
    pub(super) fn works(&self, begun: Instant, call: &Call<'_>) -> (Work, Work) {
        let fails = call.effect.fails;
        let request = Work::starting(begun, self.build_time * 3 / 4, fails);
        (request, Work::starting(begun, self.build_time, fails))
    }

    /// Logs a change, and answers where its status is.
    pub(super) fn log(&mut self, call: &Call<'_>, target: Target, work: Work) -> String {
        let id = self.log.add(call, &self.base, target, work, &mut self.random);
        let base = if self.public_location { PUBLIC_BASE } else { &self.base };
        format!("{base}/requests/{id}/status")
    }

    pub(super) fn log_for_snapshot(&mut self, call: &Call<'_>, id: &str, work: Work) -> String {
        let href = format!("{}/snapshots/{id}", self.base);
        self.log(call, Target { kind: "snapshot", id: id.to_owned(), href }, work)
    }

    /// Cuts the description to what the provider keeps.
    pub(super) fn cut(&self, properties: &mut Properties) {
        if let Some(serde_json::Value::String(description)) = properties.get_mut("description") {
            *description = description.chars().take(self.description_limit).collect();
        }
    }
}

fn seeded(setup: &Setup, centres: &Centres, random: &mut Random) -> Snapshots {
    let mut snapshots = Snapshots::default();
    let volumes: Vec<_> = centres.volumes().collect();
    let (created, now) = (setup.moment.wall - 24.hours(), setup.moment.now);
    for (number, index) in setup.seeds() {
        if let Some(volume) = volumes.get(index) {
            let mut properties = inherited(volume.size);
            properties.insert("name".into(), format!("seeded-{number}").into());
            let (built, presence) = (Work::finished(now), Presence::From(now));
            let created = created - setup.seed_age(number);
            snapshots.add(Snapshot::new(volume.source.clone(), properties, created, built, presence, random));
        }
    }
    snapshots
}
