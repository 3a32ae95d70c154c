//! A provider that answers from a script, and writes down when it was asked what.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cloudsnap_core::{
    AccountAccess, Capabilities, CreateIdentity, CreateMark, CreateSnapshot, Error, ErrorKind, ListSnapshots,
    ListSources, Operation, OperationKind, OperationStatus, Page, RestoreSnapshot, Result, Snapshot, SnapshotProvider,
    SnapshotRef, SnapshotState, SourceDetails, UpdateSnapshot,
};
use tokio::time::{Instant, sleep};

/// Answers, one a call, and then what is answered for ever.
#[derive(Debug)]
pub(crate) struct Script<T> {
    once: Mutex<VecDeque<Result<T>>>,
    then: fn() -> Result<T>,
}

impl<T> Script<T> {
    pub(crate) fn always(then: fn() -> Result<T>) -> Self {
        Self { once: Mutex::default(), then }
    }

    pub(crate) fn set(&self, answers: impl IntoIterator<Item = Result<T>>) {
        lock(&self.once).extend(answers);
    }

    fn next(&self) -> Result<T> {
        lock(&self.once).pop_front().unwrap_or_else(self.then)
    }
}

#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) identity: CreateIdentity,
    pub(crate) account: &'static str,
    /// How long each call takes.
    pub(crate) latency: Duration,
    pub(crate) validate: Script<()>,
    pub(crate) mark: Script<()>,
    pub(crate) start_create: Script<Operation>,
    pub(crate) find_created: Script<Option<Operation>>,
    pub(crate) poll: Script<OperationStatus>,
    pub(crate) snapshots: Script<Page<Snapshot>>,
    pub(crate) sources: Script<Page<SourceDetails>>,
    pub(crate) began: Instant,
    pub(crate) calls: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// One at which everything goes well at the first try.
    pub(crate) fn new() -> Self {
        Self {
            identity: CreateIdentity::Marker,
            account: "scripted",
            latency: Duration::ZERO,
            validate: Script::always(|| Ok(())),
            mark: Script::always(|| Ok(())),
            start_create: Script::always(|| Ok(created("93"))),
            find_created: Script::always(|| Ok(None)),
            poll: Script::always(|| Ok(OperationStatus::succeeded(Some(snapshot("93"))))),
            snapshots: Script::always(|| Ok(Page::last(Vec::new()))),
            sources: Script::always(|| Ok(Page::last(Vec::new()))),
            began: Instant::now(),
            calls: Arc::default(),
        }
    }

    /// The calls so far, each with the milliseconds since the beginning in front.
    pub(crate) fn calls(&self) -> Vec<String> {
        lock(&self.calls).clone()
    }

    /// How often a call was made.
    pub(crate) fn count(&self, call: &str) -> usize {
        self.calls().iter().filter(|line| line.split(' ').nth(1) == Some(call)).count()
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

pub(crate) fn snapshot(id: &str) -> Snapshot {
    Snapshot::new("scripted".into(), "scripted", id, SnapshotState::Available)
}

fn created(id: &str) -> Operation {
    let snapshot = SnapshotRef::new("scripted", ["web1"], id).expect("a reference");
    Operation::new("scripted", "scripted", OperationKind::Create).snapshot(snapshot).detail("job", "7")
}

/// A create that was found.
pub(crate) fn found(id: &str) -> Result<Option<Operation>> {
    Ok(Some(created(id)))
}

pub(crate) fn failing<T>(kind: ErrorKind) -> Result<T> {
    Err(Error::new(kind, format!("scripted {kind}")))
}

pub(crate) fn transient<T>() -> Result<T> {
    failing(ErrorKind::Unavailable)
}

pub(crate) fn not_found<T>() -> Result<T> {
    failing(ErrorKind::NotFound)
}

#[async_trait]
impl SnapshotProvider for Scripted {
    fn provider(&self) -> &'static str {
        "scripted"
    }

    fn account(&self) -> &str {
        self.account
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::none(self.identity)
    }

    fn validate_create(&self, _: &CreateSnapshot) -> Result<()> {
        self.note("validate_create");
        self.validate.next()
    }

    async fn check_access(&self) -> Result<AccountAccess> {
        self.asked("check_access").await;
        Ok(AccountAccess::new("scripted"))
    }

    async fn list_sources(&self, request: &ListSources) -> Result<Page<SourceDetails>> {
        let page = request.page.as_ref().map_or("first", |page| page.as_str());
        self.asked(&format!("list_sources {page}")).await;
        self.sources.next()
    }

    async fn list_snapshots(&self, request: &ListSnapshots) -> Result<Page<Snapshot>> {
        let page = request.page.as_ref().map_or("first", |page| page.as_str());
        self.asked(&format!("list_snapshots {page}")).await;
        self.snapshots.next()
    }

    async fn get_snapshot(&self, reference: &SnapshotRef) -> Result<Snapshot> {
        self.asked("get_snapshot").await;
        Ok(snapshot(reference.id()))
    }

    async fn mark(&self, request: &CreateSnapshot) -> Result<CreateMark> {
        self.asked(&format!("mark {}", request.source.written_path())).await;
        self.mark.next()?;
        CreateMark::new(request)
    }

    async fn start_create(&self, request: &CreateSnapshot, _: &CreateMark) -> Result<Operation> {
        self.asked(&format!("start_create {}", request.source.written_path())).await;
        self.start_create.next()
    }

    async fn find_created(&self, mark: &CreateMark) -> Result<Option<Operation>> {
        self.asked(&format!("find_created {}", mark.source.written_path())).await;
        self.find_created.next()
    }

    async fn start_restore(&self, _: &RestoreSnapshot) -> Result<Operation> {
        self.asked("start_restore").await;
        Ok(Operation::new("scripted", "scripted", OperationKind::Restore))
    }

    async fn start_delete(&self, _: &SnapshotRef) -> Result<Operation> {
        self.asked("start_delete").await;
        Ok(Operation::new("scripted", "scripted", OperationKind::Delete))
    }

    async fn start_update(&self, _: &UpdateSnapshot) -> Result<Operation> {
        self.asked("start_update").await;
        Ok(Operation::new("scripted", "scripted", OperationKind::Update))
    }

    async fn poll(&self, operations: &[Operation]) -> Vec<Result<OperationStatus>> {
        self.asked("poll").await;
        operations.iter().map(|_| self.poll.next()).collect()
    }
}
