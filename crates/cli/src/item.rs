//! What became of one thing that was asked for: an element of the JSON of `create`, `wait` and the like.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap::{
    Error, ErrorKind, Operation, OperationKind, Snapshot, SnapshotProvider, SnapshotRef, SnapshotState, Source,
};
use serde::{Serialize, Serializer};

use crate::exit::Exit;
use crate::output::ErrorObject;

/// How it ended, in the words of the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Created,
    /// The answer was lost, and the snapshot was found.
    Adopted,
    Restored,
    Deleted,
    Updated,
    /// Accepted by a provider that documents no way to see the end.
    Accepted,
    /// Started, and not waited for.
    Pending,
    Failed,
    /// Nobody can tell.
    Unknown,
    Timeout,
}

impl Outcome {
    /// How work of this kind ends well.
    pub(crate) fn of_finished(kind: OperationKind, confirmed: bool) -> Self {
        match kind {
            _ if !confirmed => Self::Accepted,
            OperationKind::Create => Self::Created,
            OperationKind::Restore => Self::Restored,
            OperationKind::Delete => Self::Deleted,
            OperationKind::Update => Self::Updated,
            // A later kind of work, of which this command knows only that it is done.
            _ => Self::Accepted,
        }
    }

    /// How it ends with this error. What was started and cannot be followed any more is not failed: it may be done.
    fn of_error(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::WaitTimeout => Self::Timeout,
            ErrorKind::OutcomeUnknown => Self::Unknown,
            ErrorKind::OperationFailed | ErrorKind::NotFound => Self::Failed,
            _ if error.resume().is_some() => Self::Unknown,
            _ => Self::Failed,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
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
pub(crate) struct Subject {
    provider: &'static str,
    kind: OperationKind,
    pub(crate) source: Option<Source>,
    pub(crate) snapshot: Option<SnapshotRef>,
}

impl Subject {
    pub(crate) fn new(provider: &dyn SnapshotProvider, kind: OperationKind) -> Self {
        Self { provider: provider.provider(), kind, source: None, snapshot: None }
    }

    pub(crate) fn source(mut self, source: Option<Source>) -> Self {
        self.source = source;
        self
    }

    pub(crate) fn snapshot(mut self, snapshot: Option<SnapshotRef>) -> Self {
        self.snapshot = snapshot;
        self
    }

    /// How it is called while it is worked on.
    pub(crate) fn label(&self) -> String {
        match (&self.source, &self.snapshot) {
            (Some(source), _) => source.to_string(),
            (None, Some(snapshot)) => snapshot.to_string(),
            (None, None) => format!("{} {}", self.provider, self.kind),
        }
    }
}

/// Work that went well, or at least was begun.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) snapshot: Option<Snapshot>,
    /// What to wait on, where it is not finished.
    pub(crate) operation: Option<Operation>,
}

impl Done {
    /// Begun, and left to itself.
    pub(crate) fn pending(operation: Operation) -> Self {
        Self { outcome: Outcome::Pending, snapshot: None, operation: Some(operation) }
    }

    pub(crate) fn finished(outcome: Outcome, snapshot: Option<Snapshot>) -> Self {
        Self { outcome, snapshot, operation: None }
    }
}

/// One element of the answer.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) subject: Subject,
    pub(crate) outcome: Outcome,
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) operation: Option<Operation>,
    pub(crate) requests: u32,
    pub(crate) elapsed: Duration,
    pub(crate) error: Option<Error>,
}

impl Item {
    pub(crate) fn new(subject: Subject, ended: Result<Done, Error>, requests: u32, elapsed: Duration) -> Self {
        let (done, error) = match ended {
            Ok(done) => (done, None),
            Err(error) => {
                (after(&error), Some(error.with_provider(subject.provider).with_operation(subject.kind.as_str())))
            }
        };
        let Done { outcome, snapshot, operation } = done;
        let snapshot = snapshot
            .or_else(|| operation.as_ref().and_then(|operation| unfinished_snapshot(subject.provider, operation)));
        Self { subject, outcome, snapshot, operation, requests, elapsed, error }
    }

    pub(crate) fn exit(&self) -> Exit {
        match (self.outcome, &self.error) {
            (Outcome::Unknown, _) => Exit::Unknown,
            (Outcome::Timeout, _) => Exit::Deadline,
            (Outcome::Failed, Some(error)) if Exit::of(error) == Exit::Usage => Exit::Usage,
            (Outcome::Failed, _) => Exit::Failed,
            _ => Exit::Done,
        }
    }

    /// What `cloudsnap wait` takes.
    pub(crate) fn token(&self) -> Option<String> {
        self.operation.as_ref().map(ToString::to_string)
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// The snapshot, as far as it is known.
    pub(crate) fn reference(&self) -> Option<SnapshotRef> {
        self.snapshot.as_ref().map(Snapshot::reference).or_else(|| self.subject.snapshot.clone())
    }
}

fn after(error: &Error) -> Done {
    let outcome = Outcome::of_error(error);
    let operation = error.resume().filter(|_| outcome != Outcome::Failed).cloned();
    Done { outcome, snapshot: None, operation }
}

/// The snapshot of a create that is under way, where the provider gave its id already.
fn unfinished_snapshot(provider: &'static str, operation: &Operation) -> Option<Snapshot> {
    let reference = operation.snapshot_ref().filter(|_| operation.kind() == OperationKind::Create)?;
    let account: Arc<str> = Arc::from(operation.account());
    let mut snapshot = Snapshot::new(account, provider, reference.id(), SnapshotState::Pending);
    snapshot.path = reference.path().to_vec();
    snapshot.source = operation.source_ref().cloned();
    snapshot.name = operation.create_mark().and_then(|mark| mark.name.clone());
    Some(snapshot)
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let source = self.subject.source.as_ref().or_else(|| self.snapshot.as_ref()?.source.as_ref());
        let mut object = serializer.serialize_struct("Item", 8)?;
        object.serialize_field("source", &source)?;
        object.serialize_field("ref", &self.reference())?;
        object.serialize_field("outcome", &self.outcome)?;
        object.serialize_field("snapshot", &self.snapshot)?;
        object.serialize_field("operation", &self.token())?;
        object.serialize_field("requests", &self.requests)?;
        object.serialize_field("elapsed_ms", &self.elapsed_ms())?;
        object.serialize_field("error", &self.error.as_ref().map(ErrorObject))?;
        object.end()
    }
}
