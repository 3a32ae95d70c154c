//! How old the newest finished snapshot of each source is.

use std::collections::HashMap;
use std::time::Duration;

use cloudsnap_core::{OperationKind, Snapshot, SnapshotProvider, SnapshotState, SourceRef};
use jiff::Timestamp;

use crate::batch::Job;
use crate::item::{Done, Outcome, Subject};

/// The newest finished snapshot of a source, and how many finished ones it has.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Newest {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// How many finished ones there are.
    pub count: usize,
}

impl Newest {
    /// Of each source that has one.
    pub fn of_each(snapshots: impl IntoIterator<Item = Snapshot>) -> HashMap<SourceRef, Self> {
        let mut newest: HashMap<SourceRef, Self> = HashMap::new();
        let finished = snapshots.into_iter().filter(|snapshot| snapshot.state == SnapshotState::Available);
        for snapshot in finished {
            let Some(source) = snapshot.source.clone() else { continue };
            match newest.get_mut(&source) {
                Some(known) => {
                    known.count += 1;
                    if snapshot.created_at > known.snapshot.created_at {
                        known.snapshot = snapshot;
                    }
                }
                None => drop(newest.insert(source, Self { snapshot, count: 1 })),
            }
        }
        newest
    }

    /// Whether it was taken less long ago than this. Not where its time is unknown.
    #[must_use]
    pub fn is_younger_than(&self, age: Duration) -> bool {
        let since = self.snapshot.created_at.map(|at| Timestamp::now().duration_since(at));
        since.is_some_and(|since| Duration::try_from(since).unwrap_or_default() < age)
    }

    /// A job that does nothing and ends as [`Fresh`](Outcome::Fresh) with this snapshot.
    #[must_use]
    pub fn job(&self, provider: &dyn SnapshotProvider, source: SourceRef) -> Job {
        let subject = Subject::new(provider, OperationKind::Create).with_source(Some(source));
        let snapshot = self.snapshot.clone();
        Job::new(subject, move |_| async move { Ok(Done::finished(Outcome::Fresh, Some(snapshot))) })
    }
}
