//! What became of one thing that was asked for.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::{
    Error, ErrorKind, Operation, OperationKind, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, SourceRef,
};
use serde::{Deserialize, Serialize, Serializer};

/// How it ended, in the words of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The snapshot is made.
    Created,
    /// The answer was lost, and the snapshot was found.
    Adopted,
    /// The source has a snapshot that is young enough.
    Fresh,
    /// The snapshot is put back.
    Restored,
    /// The snapshot is deleted.
    Deleted,
    /// The snapshot is changed.
    Updated,
    /// Accepted by a provider that documents no way to see the end.
    Accepted,
    /// Started, and not waited for.
    Pending,
    /// It failed, for certain.
    Failed,
    /// Nobody can tell.
    Unknown,
    /// The deadline passed.
    Timeout,
}

impl Outcome {
    /// How work of this kind ends well.
    #[must_use]
    pub fn of_finished(kind: OperationKind, confirmed: bool) -> Self {
        match kind {
            _ if !confirmed => Self::Accepted,
            OperationKind::Create => Self::Created,
            OperationKind::Restore => Self::Restored,
            OperationKind::Delete => Self::Deleted,
            OperationKind::Update => Self::Updated,
            // A later kind of work, of which only is known that it is done.
            _ => Self::Accepted,
        }
    }

    /// How it ends with this error.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::WaitTimeout => Self::Timeout,
            ErrorKind::OutcomeUnknown => Self::Unknown,
            _ => Self::Failed,
        }
    }

    /// The outcome of this word; `None` where it is none.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        serde_json::from_value(word.into()).ok()
    }

    /// Whether there is a good snapshot.
    #[must_use]
    pub fn is_good_create(self) -> bool {
        matches!(self, Self::Created | Self::Adopted | Self::Fresh)
    }

    /// The word of the JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
            Self::Fresh => "fresh",
            Self::Restored => "restored",
            Self::Deleted => "deleted",
            Self::Updated => "updated",
            Self::Accepted => "accepted",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Timeout => "timeout",
        }
    }
}

/// What is worked on, where, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subject {
    /// The provider's name.
    pub provider: &'static str,
    /// What is done.
    pub kind: OperationKind,
    /// What it is done to.
    pub source: Option<SourceRef>,
    /// The snapshot it concerns.
    pub snapshot: Option<SnapshotRef>,
}

impl Subject {
    /// Work of this kind at this provider.
    #[must_use]
    pub fn new(provider: &dyn SnapshotProvider, kind: OperationKind) -> Self {
        Self { provider: provider.account().provider(), kind, source: None, snapshot: None }
    }

    /// Names what it is done to.
    #[must_use]
    pub fn with_source(mut self, source: Option<SourceRef>) -> Self {
        self.source = source;
        self
    }

    /// Names the snapshot it concerns.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: Option<SnapshotRef>) -> Self {
        self.snapshot = snapshot;
        self
    }

    /// How it is called while it is worked on.
    #[must_use]
    pub fn label(&self) -> String {
        match (&self.source, &self.snapshot) {
            (Some(source), _) => source.to_string(),
            (None, Some(snapshot)) => snapshot.to_string(),
            (None, None) => format!("{} {}", self.provider, self.kind),
        }
    }
}

/// Work that went well, or at least was begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Done {
    /// How it ended.
    pub outcome: Outcome,
    /// The snapshot, where it is known.
    pub snapshot: Option<Snapshot>,
    /// What to wait on, where it has not ended.
    pub operation: Option<Operation>,
    /// Further snapshots of the same create.
    pub duplicates: Vec<SnapshotRef>,
}

impl Done {
    /// Ended.
    #[must_use]
    pub fn finished(outcome: Outcome, snapshot: Option<Snapshot>) -> Self {
        Self { outcome, snapshot, operation: None, duplicates: Vec::new() }
    }

    /// Begun, and not waited for.
    #[must_use]
    pub fn pending(operation: Operation) -> Self {
        Self { outcome: Outcome::Pending, snapshot: None, operation: Some(operation), duplicates: Vec::new() }
    }

    /// Names further snapshots of the same create.
    #[must_use]
    pub fn with_duplicates(mut self, duplicates: Vec<SnapshotRef>) -> Self {
        self.duplicates = duplicates;
        self
    }
}

/// What became of one piece of work. Serialised as an element of the command's JSON.
#[derive(Debug)]
#[non_exhaustive]
pub struct Item {
    /// What was worked on.
    pub subject: Subject,
    /// How it ended.
    pub outcome: Outcome,
    /// The snapshot, as far as it is known.
    pub snapshot: Option<Snapshot>,
    /// The token of what to wait on, where it has not ended or nobody can tell.
    pub token: Option<String>,
    /// Further snapshots of the same create.
    pub duplicates: Vec<SnapshotRef>,
    /// How many HTTP requests it took. A poll that served several counts for one of them.
    pub requests: u32,
    /// How long it took.
    pub elapsed: Duration,
    /// What went wrong.
    pub error: Option<Error>,
}

impl Item {
    /// What became of it, with what it took.
    #[must_use]
    pub fn new(subject: Subject, ended: Result<Done, Error>, requests: u32, elapsed: Duration) -> Self {
        match ended {
            Ok(done) => {
                let pending = done.operation.as_ref().and_then(|operation| unfinished_snapshot(&subject, operation));
                Self {
                    outcome: done.outcome,
                    snapshot: done.snapshot.or(pending),
                    token: done.operation.as_ref().map(ToString::to_string),
                    duplicates: done.duplicates,
                    requests,
                    elapsed,
                    error: None,
                    subject,
                }
            }
            Err(error) => {
                let outcome = Outcome::of_error(&error);
                let operation = error.token().and_then(|token| token.parse().ok());
                Self {
                    outcome,
                    snapshot: operation.as_ref().and_then(|operation| unfinished_snapshot(&subject, operation)),
                    token: error.token().filter(|_| outcome != Outcome::Failed).map(str::to_owned),
                    duplicates: Vec::new(),
                    requests,
                    elapsed,
                    error: Some(error),
                    subject,
                }
            }
        }
    }

    /// The snapshot's reference, as far as it is known.
    #[must_use]
    pub fn reference(&self) -> Option<SnapshotRef> {
        let failed = || self.error.as_ref()?.snapshot()?.parse().ok();
        self.snapshot.as_ref().map(Snapshot::reference).or_else(|| self.subject.snapshot.clone()).or_else(failed)
    }

    /// How long it took, in milliseconds.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The snapshot of a create that is under way, where the provider named it already, with what was sent.
fn unfinished_snapshot(subject: &Subject, operation: &Operation) -> Option<Snapshot> {
    let reference = operation.snapshot().filter(|_| operation.kind() == OperationKind::Create)?;
    let account: Arc<str> = operation.account().into();
    let mut snapshot = Snapshot::at(account, subject.provider, reference, SnapshotState::Pending);
    snapshot.source = operation.source().cloned();
    if let Some(fingerprint) = operation.fingerprint() {
        snapshot.name.clone_from(&fingerprint.name);
        snapshot.description.clone_from(&fingerprint.description);
        snapshot.expires_at = fingerprint.expires_at;
        snapshot.tag = Some(fingerprint.id);
    }
    Some(snapshot)
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let source = self.subject.source.as_ref().or_else(|| self.snapshot.as_ref()?.source.as_ref());
        let mut object = serializer.serialize_struct("Item", 9)?;
        object.serialize_field("source", &source)?;
        object.serialize_field("ref", &self.reference())?;
        object.serialize_field("outcome", &self.outcome)?;
        object.serialize_field("snapshot", &self.snapshot)?;
        object.serialize_field("operation", &self.token)?;
        if self.duplicates.is_empty() {
            object.skip_field("duplicates")?;
        } else {
            object.serialize_field("duplicates", &self.duplicates)?;
        }
        object.serialize_field("requests", &self.requests)?;
        object.serialize_field("elapsed_ms", &self.elapsed_ms())?;
        object.serialize_field("error", &self.error)?;
        object.end()
    }
}
