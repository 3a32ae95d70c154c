//! The two ways to tell the snapshot of one create from all others: by its tag, and by its new id.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::fingerprint::CreateFingerprint;
use crate::once::Lookup;
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

    /// Whether this snapshot cannot be the one of this create, whoever says so: another create's tag is on it, or it was
    /// taken before.
    pub(crate) fn is_contradicted(fingerprint: &CreateFingerprint, snapshot: &Snapshot) -> bool {
        match snapshot.tag {
            Some(tag) => tag != fingerprint.id,
            None => is_older(fingerprint, snapshot),
        }
    }

    fn found(operations: Vec<Operation>) -> Self {
        if operations.is_empty() { Self::Absent } else { Self::Found(operations) }
    }
}

impl From<CreateLookup> for Lookup<Operation> {
    /// Where several are proven to be this create's, the first is followed.
    fn from(looked: CreateLookup) -> Self {
        match looked {
            CreateLookup::Found(operations) => operations.into_iter().next().map_or(Self::Absent, Self::Found),
            CreateLookup::Absent => Self::Absent,
            CreateLookup::Pending(why) => Self::Pending(why),
            CreateLookup::Ambiguous(candidates) => {
                let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
                let candidates = candidates.join(", ");
                Self::Ambiguous(format!("new snapshots of which any could be this one: {candidates}"))
            }
        }
    }
}

/// Whether the provider's clock puts the snapshot at the time of the create.
fn is_in_time(fingerprint: &CreateFingerprint, snapshot: &Snapshot) -> bool {
    moments(snapshot).any(|moment| fingerprint.covers(moment))
}

/// By how much two readings of a time without a zone can differ.
const WIDEST_ZONES: SignedDuration = SignedDuration::from_hours(26);

/// Whether a snapshot was taken before the create, in whatever zone its time is: a list that lags shows such ones late.
fn is_older(fingerprint: &CreateFingerprint, snapshot: &Snapshot) -> bool {
    let has_no_zone = snapshot.created_text.is_some();
    let latest = |moment: Timestamp| if has_no_zone { moment.saturating_add(WIDEST_ZONES).ok() } else { Some(moment) };
    let mut moments = moments(snapshot).map(latest).peekable();
    moments.peek().is_some() && moments.all(|moment| moment.is_some_and(|moment| fingerprint.is_before(moment)))
}

/// When the snapshot was taken. A time without a zone is read in the configured zone and in UTC, since the providers
/// that write such times do not document which it is.
fn moments(snapshot: &Snapshot) -> impl Iterator<Item = Timestamp> {
    let text = snapshot.created_text.as_deref();
    let utc = text.and_then(|text| text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok());
    snapshot.created_at.into_iter().chain(utc.map(|zoned| zoned.timestamp()))
}
