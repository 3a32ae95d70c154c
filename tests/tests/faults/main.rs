//! One successful call is exactly one snapshot, whatever goes wrong on the way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

mod matrix;
mod operations;
mod storm;

use std::collections::BTreeSet;

use cloudsnap::{Created, ErrorKind, Result, SnapshotRef, SnapshotState, SourceRef};
use cloudsnap_tests::World;

/// What a call says became of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Created,
    Adopted,
    Failed,
    Unknown,
}

/// What a create said, after it is held to what was made: created is this one snapshot, and all others are told; unknown
/// has a token; failed is none.
///
/// # Panics
///
/// Where it is not true.
#[track_caller]
fn told(case: &str, outcome: &Result<Created>, made: &BTreeSet<String>) -> Told {
    match outcome {
        Ok(created) => {
            assert_eq!(created.snapshot.state, SnapshotState::Available, "{case}");
            let id = |reference: &SnapshotRef| reference.to_string().rsplit_once('@').unwrap().1.to_owned();
            let mut named: BTreeSet<String> = created.duplicates.iter().map(id).collect();
            named.insert(created.snapshot.id.clone());
            assert_eq!(&named, made, "{case}: {created:?}");
            if created.adopted { Told::Adopted } else { Told::Created }
        }
        Err(error) if matches!(error.kind(), ErrorKind::OutcomeUnknown | ErrorKind::WaitTimeout) => {
            assert!(error.token().is_some(), "{case}: {made:?} were made; {error}");
            Told::Unknown
        }
        Err(error) => {
            assert!(made.is_empty(), "{case}: {made:?} were made, and it is said to have failed: {error}");
            Told::Failed
        }
    }
}

/// The snapshots of a source that did not fail.
fn made(world: &World, source: &SourceRef) -> BTreeSet<String> {
    let snapshots = world.simulator.state(world.provider).snapshots.into_iter();
    let made = snapshots.filter(|snapshot| snapshot.source == source.to_string() && snapshot.state != "failed");
    made.map(|snapshot| snapshot.id).collect()
}
