use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::operation::Operation;
use crate::provider::Provider;

/// What has happened at one provider; as JSON, what `GET /__simulator/state` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SimulatorState {
    /// The provider.
    pub provider: Provider,
    /// Changes that were made, whatever became of their answers. What `operation-fails` hit counts too.
    pub committed: BTreeMap<Operation, u64>,
    /// The snapshots that exist, oldest first: neither those that failed nor those deleted.
    pub snapshots: Vec<SimulatedSnapshot>,
    /// Requests received, those hit by a fault or the rate limit included.
    pub requests: BTreeMap<Operation, u64>,
    /// Requests refused by the rate limit; a `throttle` fault is not counted here.
    pub throttled: u64,
}

impl SimulatorState {
    /// Snapshot creates that were made.
    pub fn creates_committed(&self) -> u64 {
        self.committed(Operation::Create)
    }

    /// SiteHost image creates that were made.
    pub fn images_committed(&self) -> u64 {
        self.committed(Operation::CreateImage)
    }

    /// Changes of this kind that were made.
    pub fn committed(&self, operation: Operation) -> u64 {
        self.committed.get(&operation).copied().unwrap_or_default()
    }

    /// Requests of this kind that were received.
    pub fn requests(&self, operation: Operation) -> u64 {
        self.requests.get(&operation).copied().unwrap_or_default()
    }
}

impl Serialize for SimulatorState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("SimulatorState", 7)?;
        object.serialize_field("provider", &self.provider)?;
        object.serialize_field("creates_committed", &self.creates_committed())?;
        object.serialize_field("images_committed", &self.images_committed())?;
        object.serialize_field("committed", &self.committed)?;
        object.serialize_field("snapshots", &self.snapshots)?;
        object.serialize_field("requests", &self.requests)?;
        object.serialize_field("throttled", &self.throttled)?;
        object.end()
    }
}

/// One snapshot, as the provider sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SimulatedSnapshot {
    /// The provider's id.
    pub id: String,
    /// What it was taken of, as `sitehost:server1/xvda2`.
    pub source: String,
    /// Its name, where the caller gives one.
    pub name: Option<String>,
    /// Its description, where the caller gives one.
    pub description: Option<String>,
    /// `pending`, `available` or `deleting`.
    pub state: &'static str,
}
