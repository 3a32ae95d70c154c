#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod api_server;
mod body;
mod connection;
pub mod credentials;
mod delivery;
mod distort;
mod effect;
mod fault;
mod http_server;
mod limiter;
mod multipart;
mod operation;
mod options;
mod provider;
mod providers;
mod random;
mod request;
mod simulator;
mod state;
mod time;

pub use fault::{Fault, FaultHelp, FaultKind, ParseFaultError};
pub use http::StatusCode;
pub use jiff;
pub use operation::Operation;
pub use options::SimulatorOptions;
pub use provider::{Provider, UnknownName};
pub use simulator::Simulator;
pub use state::{SimulatedSnapshot, SimulatorState};
