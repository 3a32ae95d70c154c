//! The calls that users await: create, restore, delete, update and wait.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::account::Account;
use crate::create;
use crate::error::{Error, ErrorKind, Result};
use crate::once::LookupOptions;
use crate::operation::{Operation, OperationKind, OperationStatus};
use crate::reference::SnapshotRef;
use crate::request::{CreateSnapshot, RestoreSnapshot, UpdateSnapshot};
use crate::scope::Scope;
use crate::snapshot::Snapshot;
use crate::snapshot_provider::SnapshotProvider;
use crate::state_store::{Ending, ProcessState, StateStore};
use crate::wait::{PollOptions, Wait as Following};

/// A create. Await it for the finished snapshot, or [`start`](Call::start) it.
pub type Create<'a, P> = Call<'a, P, CreateSnapshot>;
/// A restore. Await it for its end, or [`start`](Call::start) it.
pub type Restore<'a, P> = Call<'a, P, RestoreSnapshot>;
/// A delete. Await it for its end, or [`start`](Call::start) it.
pub type Delete<'a, P> = Call<'a, P, DeleteSnapshot>;
/// An update. Await it for its end, or [`start`](Call::start) it.
pub type Update<'a, P> = Call<'a, P, UpdateSnapshot>;
/// A wait for an operation, of this process or another. Await it for the operation's end.
pub type Wait<'a, P> = Call<'a, P, Operation>;

/// Which snapshot to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteSnapshot {
    /// The snapshot.
    pub snapshot: SnapshotRef,
}

impl DeleteSnapshot {
    /// Deletes `snapshot`.
    #[must_use]
    pub fn new(snapshot: SnapshotRef) -> Self {
        Self { snapshot }
    }
}

/// A call about to be made. It sends nothing until it is awaited or started; dropping it stops the waiting and cancels
/// nothing at the provider.
///
/// # Errors
///
/// Awaiting it fails with what the provider refuses, where nothing was done; with [`ErrorKind::OutcomeUnknown`] where
/// nobody can tell whether it was done; with [`ErrorKind::WaitTimeout`] where it was started and has not ended in time;
/// with [`ErrorKind::OperationFailed`] where the provider says that it failed. The second and the third carry the token
/// of the operation to wait on.
#[must_use = "a call sends nothing until it is awaited or started"]
pub struct Call<'a, P: ?Sized, R> {
    provider: &'a P,
    request: R,
    settings: Settings<'a>,
}

/// What happens in the course of a call.
#[derive(Debug)]
#[non_exhaustive]
pub enum ProgressEvent<'a> {
    /// The request is about to be sent. The operation tells later what became of it.
    Sending(&'a Operation),
    /// The provider has begun.
    Started(&'a Operation),
    /// A poll was answered, or failed.
    Polled(&'a Result<OperationStatus>),
    /// A second snapshot of the same create was found and deleted.
    DuplicateDeleted(&'a SnapshotRef),
}

/// A call that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// What to wait on.
    pub operation: Operation,
    /// Whether the answer was lost and the snapshot found.
    pub adopted: bool,
    /// Further snapshots of the same create, which was sent again after a lost answer.
    pub duplicates: Vec<SnapshotRef>,
}

/// A create that is done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Created {
    /// The finished snapshot.
    pub snapshot: Snapshot,
    /// Whether the answer was lost and the snapshot found.
    pub adopted: bool,
    /// What was waited on.
    pub operation: Operation,
    /// Further snapshots of the same create, which was sent again after a lost answer, and could not be deleted.
    pub duplicates: Vec<SnapshotRef>,
}

/// An operation that ended well.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The snapshot as it is now, unless it was deleted or is not known.
    pub snapshot: Option<Snapshot>,
    /// Whether the end was seen. `false`: the provider accepted it and documents no way to see it end.
    pub confirmed: bool,
    /// What was waited on.
    pub operation: Operation,
    /// Of a create: other snapshots that lost requests of it made, or may have made, and that are still there.
    pub duplicates: Vec<SnapshotRef>,
}

impl<'a, P: SnapshotProvider + ?Sized, R> Call<'a, P, R> {
    pub(crate) fn new(provider: &'a P, request: R) -> Self {
        Self { provider, request, settings: Settings::default() }
    }

    /// Sets how long it may take in all. One hour by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.timeout = timeout;
        self
    }

    /// Calls `f` with what happens.
    pub fn on_progress(mut self, f: impl FnMut(ProgressEvent<'_>) + Send + 'a) -> Self {
        self.settings.on_progress = Mutex::new(Some(Box::new(f)));
        self
    }

    /// Sets how often the operation is asked for.
    pub fn with_poll_options(mut self, options: PollOptions) -> Self {
        self.settings.poll = options;
        self
    }

    /// Sets where operations and claims are kept.
    pub fn with_state_store(mut self, store: Arc<dyn StateStore>) -> Self {
        self.settings.store = store;
        self
    }

    /// The scope of the call, whose time ends with that of the scope around it.
    fn scope(&mut self) -> Scope {
        let scope = Scope::new().with_timeout(self.settings.timeout);
        self.settings.timeout = scope.remaining().unwrap_or(self.settings.timeout);
        scope
    }
}

impl<P: SnapshotProvider + ?Sized> Create<'_, P> {
    /// Sets how a lost answer is made good.
    pub fn with_lookup_options(mut self, options: LookupOptions) -> Self {
        self.settings.lookup = options;
        self
    }

    /// Sets the operation of an earlier create of this source that was given up after looks that showed nothing of it. A
    /// snapshot that it makes late is a duplicate of this one.
    pub fn with_earlier_send(mut self, operation: Operation) -> Self {
        self.settings.earlier_send = Some(operation);
        self
    }

    /// Starts it, exactly once, without waiting for the snapshot to be finished.
    ///
    /// # Errors
    ///
    /// As for awaiting it, but for the wait.
    pub async fn start(mut self) -> Result<Started> {
        let scope = self.scope();
        let started = scope.run(create::start(self.provider, &self.request, &self.settings)).await;
        started.map_err(|error| error.with_context(self.provider.account(), "create"))
    }

    async fn finish(mut self) -> Result<Created> {
        let scope = self.scope();
        let created = scope.run(create::finish(self.provider, &self.request, &self.settings)).await;
        created.map_err(|error| error.with_context(self.provider.account(), "create"))
    }
}

impl<'a, P: SnapshotProvider + ?Sized> IntoFuture for Create<'a, P> {
    type Output = Result<Created>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.finish())
    }
}

impl<P: SnapshotProvider + ?Sized> Wait<'_, P> {
    async fn finish(mut self) -> Result<Finished> {
        let kind = self.request.kind().as_str();
        let scope = self.scope();
        let ended = scope.run(async {
            self.request.open(self.provider.account())?;
            create::resume(self.provider, self.request, &self.settings).await
        });
        ended.await.map_err(|error| error.with_context(self.provider.account(), kind))
    }
}

impl<'a, P: SnapshotProvider + ?Sized> IntoFuture for Wait<'a, P> {
    type Output = Result<Finished>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.finish())
    }
}

/// What the provider starts with one call.
trait Startable: Sync {
    const KIND: OperationKind;

    /// What tells later what became of it, before the provider has answered.
    fn operation(&self, account: &Account) -> Operation;

    fn send<P: SnapshotProvider + ?Sized>(&self, provider: &P) -> impl Future<Output = Result<Operation>> + Send;
}

impl Startable for RestoreSnapshot {
    const KIND: OperationKind = OperationKind::Restore;

    fn operation(&self, account: &Account) -> Operation {
        let operation = Operation::new(account, Self::KIND).with_snapshot(self.snapshot.clone());
        match &self.target {
            Some(target) => operation.with_source(target.clone()),
            None => operation,
        }
    }

    async fn send<P: SnapshotProvider + ?Sized>(&self, provider: &P) -> Result<Operation> {
        provider.start_restore(self).await
    }
}

impl Startable for DeleteSnapshot {
    const KIND: OperationKind = OperationKind::Delete;

    fn operation(&self, account: &Account) -> Operation {
        Operation::new(account, Self::KIND).with_snapshot(self.snapshot.clone())
    }

    async fn send<P: SnapshotProvider + ?Sized>(&self, provider: &P) -> Result<Operation> {
        provider.start_delete(&self.snapshot).await
    }
}

impl Startable for UpdateSnapshot {
    const KIND: OperationKind = OperationKind::Update;

    fn operation(&self, account: &Account) -> Operation {
        Operation::new(account, Self::KIND).with_snapshot(self.snapshot.clone())
    }

    async fn send<P: SnapshotProvider + ?Sized>(&self, provider: &P) -> Result<Operation> {
        provider.start_update(self).await
    }
}

#[expect(private_bounds, reason = "no other crate adds to what can be started")]
impl<P: SnapshotProvider + ?Sized, R: Startable> Call<'_, P, R> {
    /// Starts it without waiting for its end.
    ///
    /// # Errors
    ///
    /// As for awaiting it, but for the wait.
    pub async fn start(mut self) -> Result<Started> {
        let scope = self.scope();
        let started = scope.run(begin(self.provider, &self.request, &self.settings)).await;
        let operation = started.map_err(|error| error.with_context(self.provider.account(), R::KIND.as_str()))?;
        Ok(Started { operation, adopted: false, duplicates: Vec::new() })
    }

    async fn finish(mut self) -> Result<Finished> {
        let scope = self.scope();
        let ended = scope.run(async {
            let operation = begin(self.provider, &self.request, &self.settings).await?;
            follow(self.provider, operation, &self.settings, false).await
        });
        ended.await.map_err(|error| error.with_context(self.provider.account(), R::KIND.as_str()))
    }
}

macro_rules! await_to_the_end {
    ($($request:ty),+) => {$(
        impl<'a, P: SnapshotProvider + ?Sized> IntoFuture for Call<'a, P, $request> {
            type Output = Result<Finished>;
            type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.finish())
            }
        }
    )+};
}

await_to_the_end!(RestoreSnapshot, DeleteSnapshot, UpdateSnapshot);

async fn begin<P: SnapshotProvider + ?Sized, R: Startable>(
    provider: &P,
    request: &R,
    settings: &Settings<'_>,
) -> Result<Operation> {
    let unanswered = request.operation(provider.account());
    unanswered.snapshot().map(|snapshot| snapshot.open(provider.account())).transpose()?;
    unanswered.source().map(|source| source.open(provider.account())).transpose()?;
    settings.sending(&unanswered).await?;
    let sent = request.send(provider).await.map_err(|error| match error.kind() {
        ErrorKind::OutcomeUnknown if error.token().is_none() => error.with_token(&unanswered),
        _ => error,
    });
    match sent {
        Ok(operation) => {
            settings.started(&unanswered, &operation).await;
            Ok(operation)
        }
        Err(error) => {
            settings.ended(&unanswered, Err(&error)).await;
            Err(error)
        }
    }
}

/// Follows an operation to its end, and notes that.
pub(crate) async fn follow<P: SnapshotProvider + ?Sized>(
    provider: &P,
    operation: Operation,
    settings: &Settings<'_>,
    first_poll_now: bool,
) -> Result<Finished> {
    let ended = Following::new(provider, operation.clone(), settings).until_ended(first_poll_now).await;
    // What was refused on this machine says nothing of the operation.
    if !ended.as_ref().is_err_and(Error::is_own_refusal) {
        settings.ended(&operation, ended.as_ref().map(|finished| finished.snapshot.as_ref())).await;
    }
    ended
}

type OnProgress<'a> = Box<dyn FnMut(ProgressEvent<'_>) + Send + 'a>;

/// How a call is made.
pub(crate) struct Settings<'a> {
    pub(crate) timeout: Duration,
    pub(crate) poll: PollOptions,
    pub(crate) lookup: LookupOptions,
    pub(crate) store: Arc<dyn StateStore>,
    pub(crate) earlier_send: Option<Operation>,
    on_progress: Mutex<Option<OnProgress<'a>>>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(3600),
            poll: PollOptions::default(),
            lookup: LookupOptions::default(),
            store: Arc::clone(ProcessState::shared()) as Arc<dyn StateStore>,
            earlier_send: None,
            on_progress: Mutex::default(),
        }
    }
}

impl Settings<'_> {
    pub(crate) fn tell(&self, event: ProgressEvent<'_>) {
        if let Some(tell) = &mut *self.on_progress.lock().unwrap_or_else(PoisonError::into_inner) {
            tell(event);
        }
    }

    /// The same, for what goes on beside the call: its progress is not told.
    pub(crate) fn quiet(&self) -> Settings<'static> {
        Settings {
            timeout: self.timeout,
            poll: self.poll.clone(),
            lookup: self.lookup.clone(),
            store: Arc::clone(&self.store),
            earlier_send: None,
            on_progress: Mutex::default(),
        }
    }

    /// Notes an operation before it is sent.
    pub(crate) async fn sending(&self, operation: &Operation) -> Result<()> {
        self.store.sending(operation).await?;
        self.tell(ProgressEvent::Sending(operation));
        Ok(())
    }

    /// Notes an operation that the provider has begun. It goes on, even where that cannot be noted.
    pub(crate) async fn started(&self, sent: &Operation, operation: &Operation) {
        if let Err(error) = self.store.started(sent, operation).await {
            tracing::warn!(%error, "what was started could not be noted");
        }
        self.tell(ProgressEvent::Started(operation));
    }

    /// Notes how an operation ended. An unknown outcome and a deadline are no end.
    pub(crate) async fn ended(&self, operation: &Operation, ended: Result<Option<&Snapshot>, &Error>) {
        let is_open = |error: &Error| matches!(error.kind(), ErrorKind::OutcomeUnknown | ErrorKind::WaitTimeout);
        let snapshot = ended.map(|snapshot| snapshot.map(Snapshot::reference));
        let ending = match &snapshot {
            Ok(snapshot) => Ending::Succeeded(snapshot.as_ref()),
            Err(error) if is_open(error) => return,
            Err(_) => Ending::Failed,
        };
        if let Err(error) = self.store.ended(operation, ending).await {
            tracing::warn!(%error, "the end of an operation could not be noted");
        }
    }

    /// Claims the snapshot of a create that is told by its id.
    pub(crate) async fn claim(&self, account: &Account, operation: &Operation, snapshot: &SnapshotRef) -> Result<()> {
        let Some(fingerprint) = operation.fingerprint() else { return Ok(()) };
        if self.store.claim(account, snapshot, fingerprint.id).await {
            return Ok(());
        }
        Err(Error::answered(ErrorKind::OutcomeUnknown, format!("{snapshot} is the snapshot of another create"))
            .with_may_have_acted(true)
            .with_advice("look which snapshot is yours before creating again"))
    }
}

impl<P: SnapshotProvider + ?Sized, R: fmt::Debug> fmt::Debug for Call<'_, P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("account", self.provider.account())
            .field("request", &self.request)
            .field("timeout", &self.settings.timeout)
            .finish_non_exhaustive()
    }
}
