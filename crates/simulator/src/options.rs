use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::fault::Fault;

/// How the simulator behaves.
///
/// ```
/// use std::time::Duration;
/// use cloudsnap_simulator::SimulatorOptions;
///
/// let options = SimulatorOptions::default().build_time(Duration::from_millis(50)).servers(45);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SimulatorOptions {
    pub(crate) listen: SocketAddr,
    pub(crate) latency: Duration,
    pub(crate) build_time: Duration,
    pub(crate) rate_limit: Option<u32>,
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) servers: usize,
    pub(crate) snapshots: usize,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            latency: Duration::ZERO,
            build_time: Duration::from_secs(2),
            rate_limit: None,
            seed: 0,
            faults: Vec::new(),
            servers: 3,
            snapshots: 0,
        }
    }
}

impl SimulatorOptions {
    /// The address to listen on, loopback only (`127.0.0.1:0`).
    ///
    /// With port 0 each provider gets a free port; with port P the four get P, P+1, P+2 and P+3.
    #[must_use]
    pub fn listen(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }

    /// How long each answer is held back (not at all).
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How long a snapshot, restore, delete or update takes (2 s).
    #[must_use]
    pub fn build_time(mut self, build_time: Duration) -> Self {
        self.build_time = build_time;
        self
    }

    /// Requests a second that each provider accepts, over a rolling second (no limit).
    #[must_use]
    pub fn rate_limit(mut self, requests_per_second: u32) -> Self {
        self.rate_limit = Some(requests_per_second);
        self
    }

    /// Where the random decisions start (0): ids, and which requests a fault hits.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a fault; the first in order that matches and whose chance comes up is taken.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets all faults (none).
    #[must_use]
    pub fn faults(mut self, faults: Vec<Fault>) -> Self {
        self.faults = faults;
        self
    }

    /// How many servers each provider has (3); at IONOS volumes, two a data centre.
    #[must_use]
    pub fn servers(mut self, servers: usize) -> Self {
        self.servers = servers;
        self
    }

    /// How many finished snapshots each provider has at the start (none), spread over the servers.
    ///
    /// Hostway refuses a new one on a server that has three; leave room, with two a server at most.
    #[must_use]
    pub fn snapshots(mut self, snapshots: usize) -> Self {
        self.snapshots = snapshots;
        self
    }
}
