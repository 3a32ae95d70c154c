#![doc = include_str!("../README.md")]

mod body;
pub mod credentials;
mod desk;
mod exchange;
mod fault;
mod hostway;
mod ionos;
mod nodecoid;
mod operation;
mod options;
mod provider;
mod random;
mod server;
mod simulator;
mod sitehost;
mod state;
mod time;

pub use fault::{Fault, FaultKind, ParseFaultError};
pub use operation::Operation;
pub use options::SimulatorOptions;
pub use provider::{Provider, UnknownName};
pub use simulator::Simulator;
pub use state::{SimulatedSnapshot, SimulatorState};
