//! The two ways to tell the snapshot of one create from all others: by its tag, and by its new id.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::fingerprint::CreateFingerprint;
use crate::operation::Operation;
use crate::reference::SnapshotRef;
use crate::snapshot::Snapshot;

/// What a look at the provider showed of a create whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreateLookup {
    /// These follow snapshots that are proven to be this create's: one, or more where it was sent more than once.
    Found(Vec<Operation>),
    /// Nothing.
    Absent,
    /// No snapshot, and work at the provider that may still make it, in these words.
    Pending(String),
    /// Snapshots of which any could be this create's.
    Ambiguous(Vec<SnapshotRef>),
}

impl CreateLookup {
    /// The snapshots that carry this create's tag; `follow` makes each an operation.
    pub fn by_tag(
        fingerprint: &CreateFingerprint,
        snapshots: impl IntoIterator<Item = Snapshot>,
        follow: impl Fn(&Snapshot) -> Operation,
    ) -> Self {
        let ours = snapshots.into_iter().filter(|snapshot| snapshot.tag == Some(fingerprint.id));
        Self::found(ours.map(|snapshot| follow(&snapshot)).collect())
    }

    /// The only snapshot that is new, that the provider's clock puts after the send, and that no other create has
    /// claimed; `follow` makes it an operation. A new one of another time is reported, and never taken.
    ///
    /// `snapshots` are those of the source, as far as the provider tells them apart.
    pub fn by_new_id(
        fingerprint: &CreateFingerprint,
        snapshots: impl IntoIterator<Item = Snapshot>,
        follow: impl Fn(&Snapshot) -> Operation,
    ) -> Self {
        let new = snapshots.into_iter().filter(|snapshot| !fingerprint.known_ids.contains(&snapshot.id));
        let new: Vec<Snapshot> = new.collect();
        let (in_time, others): (Vec<&Snapshot>, Vec<&Snapshot>) =
            new.iter().partition(|snapshot| is_in_time(fingerprint, snapshot));
        match (in_time.as_slice(), others.as_slice()) {
            ([], []) => Self::Absent,
            ([snapshot], _) => Self::found(vec![follow(snapshot)]),
            ([], others) if others.iter().all(|snapshot| is_older(fingerprint, snapshot)) => Self::Absent,
            ([], several) | (several, _) => Self::Ambiguous(several.iter().map(|one| one.reference()).collect()),
        }
    }

    fn found(operations: Vec<Operation>) -> Self {
        if operations.is_empty() { Self::Absent } else { Self::Found(operations) }
    }
}

/// Whether the provider's clock puts the snapshot at the time of the create.
fn is_in_time(fingerprint: &CreateFingerprint, snapshot: &Snapshot) -> bool {
    moments(snapshot).any(|moment| fingerprint.covers(moment))
}

/// Whether a snapshot was taken before the create in every reading of its time: a list that lags shows such ones late.
fn is_older(fingerprint: &CreateFingerprint, snapshot: &Snapshot) -> bool {
    let mut moments = moments(snapshot).peekable();
    moments.peek().is_some() && moments.all(|moment| fingerprint.is_before(moment))
}

/// When the snapshot was taken. A time without a zone is read in the configured zone and in UTC, since the providers
/// that write such times do not document which it is.
fn moments(snapshot: &Snapshot) -> impl Iterator<Item = Timestamp> {
    let text = snapshot.created_text.as_deref();
    let utc = text.and_then(|text| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok());
    snapshot.created_at.into_iter().chain(utc.map(|zoned| zoned.timestamp()))
}
