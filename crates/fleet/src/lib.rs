#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod duration;
mod freshness;
mod item;
mod journal;
mod name;
mod policy;
pub mod prune;
pub mod retention;
pub mod run;
mod selection;

pub use batch::{Batch, Ended, Event, Job, Tracker};
pub use duration::{End, parse_duration, parse_duration_or_zero};
pub use freshness::Newest;
pub use item::{Done, Item, Outcome, Subject};
pub use journal::{Journal, Location, PendingOperation};
pub use name::NameTemplate;
pub use policy::{Hooks, Policy, Retention, SourceSettings};
pub use selection::{Selector, find_snapshot, lists_of, select};
