//! A provider that answers from a script, and writes down when it was asked what.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::provider::{Account, CreateFingerprint, CreateLookup, PollQueue};
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateSnapshot, Error, ErrorKind, ListSnapshots, ListSources,
    Operation, OperationKind, OperationStatus, Page, RestoreSnapshot, Result, Snapshot, SnapshotProvider, SnapshotRef,
    SnapshotState, Source, UpdateSnapshot,
};
use tokio::time::{Instant, sleep};

/// Whose snapshots the tests are about.
pub(crate) static ACCOUNT: LazyLock<Account> =
    LazyLock::new(|| Account::new("scripted", "scripted", "scripted.example"));

type Answer<A, T> = Box<dyn Fn(&A) -> Result<T> + Send + Sync>;

/// Answers, one a call, and then what is answered for ever.
pub(crate) struct Script<A, T> {
    once: Mutex<VecDeque<Result<T>>>,
    then: Answer<A, T>,
}

impl<A, T> Script<A, T> {
    pub(crate) fn always(then: impl Fn() -> Result<T> + Send + Sync + 'static) -> Self {
        Self::by(move |_| then())
    }

    /// What is answered depends on what was asked.
    pub(crate) fn by(then: impl Fn(&A) -> Result<T> + Send + Sync + 'static) -> Self {
        Self { once: Mutex::default(), then: Box::new(then) }
    }

    pub(crate) fn set(&self, answers: impl IntoIterator<Item = Result<T>>) {
        lock(&self.once).extend(answers);
    }

    fn next(&self, asked: &A) -> Result<T> {
        let next = lock(&self.once).pop_front();
        next.unwrap_or_else(|| (self.then)(asked))
    }
}

impl<A, T> fmt::Debug for Script<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) identity: CreateIdentity,
    pub(crate) deletes: bool,
    /// How long each call takes.
    pub(crate) latency: Duration,
    pub(crate) validate: Script<CreateSnapshot, ()>,
    pub(crate) fingerprint: Script<CreateSnapshot, CreateFingerprint>,
    pub(crate) start_create: Script<CreateFingerprint, Operation>,
    pub(crate) find_created: Script<CreateFingerprint, CreateLookup>,
    pub(crate) start_other: Script<OperationKind, Operation>,
    pub(crate) poll: Script<Operation, OperationStatus>,
    pub(crate) get_snapshot: Script<SnapshotRef, Snapshot>,
    pub(crate) snapshots: Script<ListSnapshots, Page<Snapshot>>,
    pub(crate) sources: Script<ListSources, Page<Source>>,
    pub(crate) queue: PollQueue,
    pub(crate) began: Instant,
    pub(crate) calls: Mutex<Vec<String>>,
}

impl Scripted {
    /// One at which everything goes well at the first try, and a create is told by its tag.
    pub(crate) fn new() -> Self {
        Self {
            identity: CreateIdentity::Tag,
            deletes: true,
            latency: Duration::ZERO,
            validate: Script::always(|| Ok(())),
            fingerprint: Script::by(|request| CreateFingerprint::new(&ACCOUNT, request)),
            start_create: Script::always(|| Ok(created("93"))),
            find_created: Script::always(|| Ok(CreateLookup::Absent)),
            start_other: Script::by(|kind| Ok(Operation::new(&ACCOUNT, *kind))),
            poll: Script::by(|operation: &Operation| {
                let reference = operation.snapshot().cloned().unwrap_or_else(|| reference("93"));
                Ok(OperationStatus::succeeded(Some(snapshot_at(&reference))))
            }),
            get_snapshot: Script::by(|reference| Ok(snapshot_at(reference))),
            snapshots: Script::always(|| Ok(Page::last(Vec::new()))),
            sources: Script::always(|| Ok(Page::last(Vec::new()))),
            queue: PollQueue::default(),
            began: Instant::now(),
            calls: Mutex::default(),
        }
    }

    /// One at which a create is told by its new id.
    pub(crate) fn by_new_id() -> Self {
        Self { identity: CreateIdentity::NewId, ..Self::new() }
    }

    /// The calls so far, each with the milliseconds since the beginning in front.
    pub(crate) fn calls(&self) -> Vec<String> {
        lock(&self.calls).clone()
    }

    /// How often a call was made.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.times(call).len()
    }

    /// When a call was made, in milliseconds since the beginning.
    pub(crate) fn times(&self, call: &str) -> Vec<u64> {
        let calls = self.calls();
        let lines = calls.iter().filter_map(|line| line.split_once(' ').filter(|(_, rest)| rest.starts_with(call)));
        lines.map(|(time, _)| time.parse().expect("a time in front")).collect()
    }

    /// Writes something of the test's own among the calls.
    pub(crate) fn note(&self, what: &str) {
        lock(&self.calls).push(format!("{} {what}", self.began.elapsed().as_millis()));
    }

    async fn asked(&self, what: &str) {
        self.note(what);
        if !self.latency.is_zero() {
            sleep(self.latency).await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn request(source: &str) -> CreateSnapshot {
    CreateSnapshot::new(source.parse().expect("a source"))
}

pub(crate) fn fingerprint() -> CreateFingerprint {
    CreateFingerprint::new(&ACCOUNT, &request("scripted:web1")).expect("a fingerprint")
}

pub(crate) fn reference(id: &str) -> SnapshotRef {
    SnapshotRef::new("scripted", ["web1"], id).expect("a reference")
}

pub(crate) fn snapshot_at(reference: &SnapshotRef) -> Snapshot {
    Snapshot::at(reference.account().into(), "scripted", reference, SnapshotState::Available)
}

pub(crate) fn snapshot(id: &str) -> Snapshot {
    snapshot_at(&reference(id))
}

/// A create of which the provider says which snapshot it makes.
pub(crate) fn created(id: &str) -> Operation {
    Operation::new(&ACCOUNT, OperationKind::Create).with_snapshot(reference(id)).with_detail("job", "7")
}

/// A create of which the provider does not say yet which snapshot it makes.
pub(crate) fn job() -> Operation {
    Operation::new(&ACCOUNT, OperationKind::Create).with_detail("job", "7")
}

/// These snapshots are proven to be the create's.
pub(crate) fn found<const N: usize>(ids: [&str; N]) -> Result<CreateLookup> {
    Ok(CreateLookup::Found(ids.map(created).into()))
}

pub(crate) fn absent() -> Result<CreateLookup> {
    Ok(CreateLookup::Absent)
}

/// A failure of which it is certain that nothing was done, because nothing was sent.
pub(crate) fn failing<T>(kind: ErrorKind) -> Result<T> {
    Err(Error::new(kind, format!("scripted {kind}")))
}

/// What the provider itself says, in its own form.
pub(crate) fn refused<T>(kind: ErrorKind) -> Result<T> {
    Err(Error::answered(kind, format!("scripted {kind}")).with_attempts(1))
}

/// A failure that may pass.
pub(crate) fn transient<T>() -> Result<T> {
    failing(ErrorKind::Unavailable)
}

/// An answer that was lost.
pub(crate) fn lost<T>() -> Result<T> {
    let error = Error::new(ErrorKind::OutcomeUnknown, "the connection broke before the answer came");
    Err(error.with_stage(cloudsnap_core::Stage::MaybeSent).with_attempts(1).with_may_have_acted(true))
}

#[async_trait]
impl SnapshotProvider for Scripted {
    fn account(&self) -> &Account {
        &ACCOUNT
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::none(self.identity);
        capabilities.delete = self.deletes;
        capabilities
    }

    fn poll_queue(&self) -> &PollQueue {
        &self.queue
    }

    fn validate_create(&self, request: &CreateSnapshot) -> Result<()> {
        self.note("validate_create");
        self.validate.next(request)
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        self.asked("check_access").await;
        Ok(AccountAccess::new("scripted"))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<Source>> {
        self.asked("list_sources").await;
        self.sources.next(request)
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        self.asked("list_snapshots").await;
        self.snapshots.next(request)
    }

    async fn get_snapshot(&self, reference: &SnapshotRef) -> Result<Snapshot> {
        self.asked(&format!("get_snapshot {reference}")).await;
        self.get_snapshot.next(reference)
    }

    async fn fingerprint(&self, request: &CreateSnapshot) -> Result<CreateFingerprint> {
        self.asked("fingerprint").await;
        self.fingerprint.next(request)
    }

    async fn start_create(&self, _: &CreateSnapshot, fingerprint: &CreateFingerprint) -> Result<Operation> {
        self.asked("start_create").await;
        self.start_create.next(fingerprint)
    }

    async fn find_created(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        self.asked("find_created").await;
        self.find_created.next(fingerprint)
    }

    async fn start_restore(&self, request: &RestoreSnapshot) -> Result<Operation> {
        self.asked(&format!("start_restore {}", request.snapshot)).await;
        self.start_other.next(&OperationKind::Restore)
    }

    async fn start_delete(&self, reference: &SnapshotRef) -> Result<Operation> {
        self.asked(&format!("start_delete {reference}")).await;
        self.start_other.next(&OperationKind::Delete)
    }

    async fn start_update(&self, request: &UpdateSnapshot) -> Result<Operation> {
        self.asked(&format!("start_update {}", request.snapshot)).await;
        self.start_other.next(&OperationKind::Update)
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        self.asked(&format!("poll {}", operations.len())).await;
        operations.iter().map(|operation| self.poll.next(operation)).collect()
    }
}
