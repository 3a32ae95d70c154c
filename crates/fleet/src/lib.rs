#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod item;

pub use batch::{Batch, Ended, Event, Job, Tracker};
pub use item::{Done, Item, Outcome, Subject};
