use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use jiff::SignedDuration;

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
    pub(crate) snapshot_interval: Duration,
    pub(crate) strict: bool,
    pub(crate) public_location: bool,
    pub(crate) states_rate_limit: bool,
    pub(crate) description_limit: Option<usize>,
    pub(crate) clock_offset: SignedDuration,
    pub(crate) close_after: Option<Duration>,
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
            snapshot_interval: Duration::ZERO,
            strict: false,
            public_location: false,
            states_rate_limit: true,
            description_limit: None,
            clock_offset: SignedDuration::ZERO,
            close_after: None,
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

    /// How far apart the snapshots of a server were taken that it has at the start (not at all).
    ///
    /// Not at SiteHost, whose snapshots end after a day.
    #[must_use]
    pub fn snapshot_interval(mut self, interval: Duration) -> Self {
        self.snapshot_interval = interval;
        self
    }

    /// Whether requests are refused that the providers' documents leave open (no).
    ///
    /// A check on a client: it then has to send only what is documented. The README lists what is refused.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Whether IONOS's `Location` names the public host, as the API documents it, instead of this one (no).
    ///
    /// A client that follows it unchecked leaves the machine.
    #[must_use]
    pub fn public_location(mut self, public: bool) -> Self {
        self.public_location = public;
        self
    }

    /// Whether answers tell of the rate limit (yes).
    ///
    /// Where they do not, what comes too soon is refused without `Retry-After`, and no answer has `X-RateLimit-*`.
    #[must_use]
    pub fn states_rate_limit(mut self, states: bool) -> Self {
        self.states_rate_limit = states;
        self
    }

    /// How many characters of a description the providers keep (all).
    #[must_use]
    pub fn description_limit(mut self, characters: usize) -> Self {
        self.description_limit = Some(characters);
        self
    }

    /// How far the providers' clocks are ahead (not at all); behind where it is negative.
    ///
    /// `Date` and the times of creation show it.
    #[must_use]
    pub fn clock_offset(mut self, offset: SignedDuration) -> Self {
        self.clock_offset = offset;
        self
    }

    /// How long after an answer the connection is closed if no other request comes (never).
    ///
    /// A client that sends its next request at that moment finds the connection closed, and cannot tell what was read.
    #[must_use]
    pub fn close_after(mut self, idle: Duration) -> Self {
        self.close_after = Some(idle);
        self
    }
}
