//! The form of `tests/restic.jsonl`: what restic was asked, and its answers. The first line is a [`Header`], each other a
//! [`Case`]. Written by `examples/record_restic.rs`.

use std::collections::BTreeMap;

use cloudsnap_fleet::retention::Rules;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// What each restic says of its version.
    pub(crate) restic: Vec<String>,
    pub(crate) recorded_at: Timestamp,
}

/// `restic forget` of one host's snapshots.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Case {
    /// The time zone of the process.
    pub(crate) zone: String,
    pub(crate) rules: Rules,
    /// In seconds: the first since 1970, each other since the one before it.
    pub(crate) taken_at: Vec<i64>,
    /// The reasons that occur, in restic's words.
    pub(crate) reasons: Vec<String>,
    /// By restic's version: for each snapshot, which reasons it is kept for. A version that does not know one of the rules
    /// is not there.
    pub(crate) kept: BTreeMap<String, Vec<Vec<usize>>>,
}
