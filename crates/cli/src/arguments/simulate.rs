//! The arguments of `simulate`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use cloudsnap_simulator::Fault;

use super::values::{at_least_one, duration_or_zero};

/// Serve the four providers' APIs on loopback, until a signal
///
/// Prints the variables with which any client reaches them, then `ready`. What each provider holds is at
/// /__simulator/state beside its API.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap simulate > simulator.txt &     # then, once it says `ready`:
  eval \"$(grep ^export simulator.txt)\"
  cloudsnap simulate --fault '*:create=reset-after@0.3' --seed 7
  cloudsnap simulate --fault ionos:poll=status-503 --build-time 10s")]
pub(crate) struct Simulate {
    /// Where to listen, loopback only; with a port P the four get P to P+3
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// How long each answer is held back
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration_or_zero, default_value = "0s")]
    pub(crate) latency: Duration,
    /// How long a snapshot takes to be built
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration_or_zero, default_value = "2s")]
    pub(crate) build_time: Duration,
    /// Requests a second that each provider accepts [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate_limit: Option<u32>,
    /// Where the random decisions start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Something that goes wrong, as PROVIDER:OPERATION=FAULT[@PROBABILITY]; may be repeated
    #[arg(long = "fault", value_name = "SPEC")]
    pub(crate) faults: Vec<Fault>,
    /// How many servers each provider has
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    pub(crate) servers: usize,
    /// How many finished snapshots each provider has at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) snapshots: usize,
    /// How far apart the snapshots of a server were taken that it has at the start
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration_or_zero, default_value = "0s")]
    pub(crate) snapshot_interval: Duration,
}
