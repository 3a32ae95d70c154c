//! Faults: their kinds, the rules that say which requests they hit, and the rules in force.

mod execution;
mod kind;
mod plan;
mod rule;

pub use kind::{FaultHelp, FaultKind};
pub(crate) use plan::FaultPlan;
pub use rule::{Fault, ParseFaultError};
