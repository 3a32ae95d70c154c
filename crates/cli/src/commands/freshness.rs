//! How old the newest finished snapshot of each source is.

use std::collections::HashMap;
use std::time::Duration;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{Snapshot, SnapshotState, SourceRef};

use super::typed::snapshots_of;
use crate::accounts::Provider;
use crate::failure::{Failure, all_or_errors};
use crate::progress::Progress;

/// The newest finished snapshot of a source, and how many it has.
pub(crate) struct Newest {
    pub(crate) snapshot: Snapshot,
    pub(crate) count: usize,
}

impl Newest {
    /// Whether it was taken less long ago than this.
    pub(crate) fn is_younger_than(&self, age: Duration) -> bool {
        let since = self.snapshot.created_at.map(|at| Timestamp::now().duration_since(at));
        since.is_some_and(|since| Duration::try_from(since).unwrap_or_default() < age)
    }
}

/// The newest finished snapshot of each source that has one. Where a list cannot be read, nothing is known.
pub(crate) async fn newest(
    progress: &Progress,
    sources: &[(Provider, SourceRef)],
) -> Result<HashMap<SourceRef, Newest>, Failure> {
    let snapshots = all_or_errors(progress.reading("reading snapshots", snapshots_of(sources)).await)?;
    Ok(newest_of(snapshots.into_iter().flatten()))
}

pub(crate) fn newest_of(snapshots: impl Iterator<Item = Snapshot>) -> HashMap<SourceRef, Newest> {
    let mut newest: HashMap<SourceRef, Newest> = HashMap::new();
    for snapshot in snapshots.filter(|snapshot| snapshot.state == SnapshotState::Available) {
        let Some(source) = snapshot.source.clone() else { continue };
        match newest.get_mut(&source) {
            Some(known) => {
                known.count += 1;
                if snapshot.created_at > known.snapshot.created_at {
                    known.snapshot = snapshot;
                }
            }
            None => drop(newest.insert(source, Newest { snapshot, count: 1 })),
        }
    }
    newest
}
