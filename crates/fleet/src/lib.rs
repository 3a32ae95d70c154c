#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod item;
mod journal;
pub mod prune;
pub mod retention;
mod selection;

pub use batch::{Batch, Ended, Event, Job, Tracker};
pub use item::{Done, Item, Outcome, Subject};
pub use journal::{Journal, Location, PendingOperation};
pub use selection::{Selector, find_snapshot, lists_of, select};
