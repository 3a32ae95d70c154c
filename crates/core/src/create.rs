//! The promise: one successful create is exactly one snapshot, whatever the network does.
//!
//! A create whose answer was lost is never sent again before the provider was asked whether it was done. Where it was,
//! its snapshot is adopted. Where it was not, even after the provider had time to settle, it is sent again. Where that
//! cannot be told, the outcome is said to be unknown, with the operation by which to find out later.

use std::collections::HashMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, sleep};
use tracing::debug;

use crate::capability::CreateIdentity;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::operation::{CreateMark, Operation, OperationStatus};
use crate::poller::{PollOptions, Poller};
use crate::provider::SnapshotProvider;
use crate::reference::Source;
use crate::request::CreateSnapshot;
use crate::scope::Scope;
use crate::snapshot::Snapshot;

/// How a create that met trouble is made good.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CreateOptions {
    /// How the started snapshot is followed; its time-out bounds the whole create.
    pub poll: PollOptions,
    /// How long the provider is watched after a lost answer before its snapshot counts as not created.
    ///
    /// A request that was cut off may still be at work in a gateway or behind it, and its snapshot shows up moments
    /// later. Providers answer a create at once and work on it afterwards, so that seconds are enough; none documents
    /// a bound. Ten seconds by default.
    pub settle: Duration,
    /// How long looking goes on while the provider cannot be asked, before the outcome is said to be unknown.
    pub patience: Duration,
    /// How many times the create is sent in all, each after a look that showed no snapshot.
    pub sends: u32,
}

impl Default for CreateOptions {
    fn default() -> Self {
        Self {
            poll: PollOptions::default(),
            settle: Duration::from_secs(10),
            patience: Duration::from_secs(300),
            sends: 6,
        }
    }
}

impl CreateOptions {
    /// Sets how the started snapshot is followed.
    #[must_use]
    pub fn poll(mut self, poll: PollOptions) -> Self {
        self.poll = poll;
        self
    }

    /// Sets how long the provider is watched after a lost answer.
    #[must_use]
    pub fn settle(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    /// Sets how long looking goes on while the provider cannot be asked.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how many times the create is sent in all.
    #[must_use]
    pub fn sends(mut self, sends: u32) -> Self {
        self.sends = sends;
        self
    }
}

/// A create that was started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Started {
    /// What to wait on.
    pub operation: Operation,
    /// Whether the answer was lost and the snapshot found.
    pub adopted: bool,
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
}

type OnStatus<'a> = Box<dyn FnMut(&Result<OperationStatus>) + Send + 'a>;
type OnStarted<'a> = Box<dyn FnOnce(&Started) + Send + 'a>;
type OnSending<'a> = Box<dyn FnOnce(&Operation) + Send + 'a>;

/// A create about to be made. Await it for the finished snapshot, or [`start`](Self::start) it.
///
/// # Errors
///
/// Awaiting it fails with what the provider refuses (nothing was created); with [`ErrorKind::OutcomeUnknown`] where
/// nobody can tell, with [`ErrorKind::WaitTimeout`] where it was started and is not finished in time (both carry the
/// operation to resume); with [`ErrorKind::OperationFailed`] where the provider says that the snapshot failed.
#[must_use = "a create sends nothing until it is awaited or started"]
pub struct Create<'a, P: ?Sized> {
    provider: &'a P,
    request: CreateSnapshot,
    options: CreateOptions,
    on_sending: Option<OnSending<'a>>,
    on_started: Option<OnStarted<'a>>,
    on_status: Option<OnStatus<'a>>,
}

impl<'a, P: SnapshotProvider + ?Sized> Create<'a, P> {
    pub(crate) fn new(provider: &'a P, request: CreateSnapshot) -> Self {
        let options = CreateOptions::default();
        Self { provider, request, options, on_sending: None, on_started: None, on_status: None }
    }

    /// Makes it good with these options.
    pub fn with(mut self, options: CreateOptions) -> Self {
        self.options = options;
        self
    }

    /// Tells `f`, before the create is sent, by which operation to find out later what became of it, should this
    /// process not live to see the answer.
    pub fn on_sending(mut self, f: impl FnOnce(&Operation) + Send + 'a) -> Self {
        self.on_sending = Some(Box::new(f));
        self
    }

    /// Tells `f` what to resume, once the provider has begun.
    pub fn on_started(mut self, f: impl FnOnce(&Started) + Send + 'a) -> Self {
        self.on_started = Some(Box::new(f));
        self
    }

    /// Tells `f` what each poll said.
    pub fn on_status(mut self, f: impl FnMut(&Result<OperationStatus>) + Send + 'a) -> Self {
        self.on_status = Some(Box::new(f));
        self
    }

    /// Starts it, exactly once, without waiting for the snapshot to be finished.
    ///
    /// # Errors
    ///
    /// As for awaiting it, but for the wait.
    pub async fn start(mut self) -> Result<Started> {
        let scope = Scope::new().with_timeout(self.options.poll.timeout);
        let on_sending = self.on_sending.take();
        let (started, _turn) = scope.run(self.exactly_once().start(on_sending)).await?;
        Ok(started)
    }

    async fn finish(mut self) -> Result<Created> {
        let deadline = Instant::now().checked_add(self.options.poll.timeout);
        let scope = Scope::new().with_timeout(self.options.poll.timeout);
        let on_sending = self.on_sending.take();
        let (started, turn) = scope.run(self.exactly_once().start(on_sending)).await?;
        if let Some(tell) = self.on_started.take() {
            tell(&started);
        }
        // Until its id is known, the snapshot could be taken for that of another create of this source.
        let turn = turn.filter(|_| started.operation.snapshot_ref().is_none());
        let time_left = deadline.map_or(self.options.poll.timeout, |at| at.saturating_duration_since(Instant::now()));
        let poll = self.options.poll.clone().timeout(time_left);
        let mut poller = Poller::new(self.provider, started.operation.clone()).after(poll.first).with(poll);
        if let Some(tell) = self.on_status.take() {
            poller = poller.on_status(tell);
        }
        let finished = poller.finish().await?;
        drop(turn);
        let snapshot = finished.snapshot.ok_or_else(|| {
            Error::new(
                ErrorKind::Unexpected,
                "the create is finished, and the provider did not say with which snapshot",
            )
            .with_provider(self.provider.provider())
            .with_operation("create")
            .with_resume(started.operation.clone())
        })?;
        Ok(Created { snapshot, adopted: started.adopted, operation: started.operation })
    }

    fn exactly_once(&self) -> ExactlyOnce<'_, P> {
        ExactlyOnce { provider: self.provider, request: &self.request, options: &self.options }
    }
}

/// The part of a create up to the moment where it is known that the provider has begun, once.
struct ExactlyOnce<'a, P: ?Sized> {
    provider: &'a P,
    request: &'a CreateSnapshot,
    options: &'a CreateOptions,
}

impl<P: SnapshotProvider + ?Sized> ExactlyOnce<'_, P> {
    async fn start(&self, on_sending: Option<OnSending<'_>>) -> Result<(Started, Option<Turn>)> {
        let signed = |error: Error| error.with_provider(self.provider.provider()).with_operation("create");
        self.provider.validate_create(self.request).map_err(signed)?;
        let turn = match self.provider.capabilities().identity {
            CreateIdentity::NewId => Some(Turn::take(self.provider.provider(), &self.request.source).await),
            CreateIdentity::Marker => None,
        };
        let mark = self.mark().await.map_err(signed)?;
        if let Some(tell) = on_sending {
            tell(&Operation::unconfirmed(self.provider.provider(), self.provider.account(), mark.clone()));
        }
        let started = self.send_exactly_once(&mark).await.map_err(signed)?;
        Ok((started, turn))
    }

    /// Nothing was created yet, so that what the provider answered badly may be asked again freely.
    async fn mark(&self) -> Result<CreateMark> {
        const ROUNDS: u32 = 3;
        let mut round = 1;
        loop {
            match self.provider.mark(self.request).await {
                Err(error) if was_answered_badly(&error) && round < ROUNDS => round += 1,
                marked => return marked,
            }
            sleep(Duration::from_millis(500)).await;
        }
    }

    async fn send_exactly_once(&self, mark: &CreateMark) -> Result<Started> {
        let mut sent = 0;
        loop {
            sent += 1;
            let error = match self.provider.start_create(self.request, mark).await {
                Ok(operation) => return Ok(Started { operation, adopted: false }),
                Err(error) => error,
            };
            let refused = error.kind() != ErrorKind::OutcomeUnknown;
            // A later send may be refused because of an earlier one that was done after all: the name is taken by it,
            // or the last free place.
            if refused && sent == 1 {
                return Err(error);
            }
            debug!(%error, "the answer to a create was lost; looking before anything else");
            match self.look(mark).await {
                Look::Found(operation) => return Ok(Started { operation: *operation, adopted: true }),
                Look::Absent if refused => return Err(error),
                Look::Absent if sent < self.options.sends => {}
                Look::Absent => return Err(not_created(error, sent)),
                Look::Unclear(cause) => return Err(self.unknown(error, cause.as_ref(), mark)),
            }
        }
    }

    /// Watches for the snapshot until it is there, or has had time enough to be.
    async fn look(&self, mark: &CreateMark) -> Look {
        let began = Instant::now();
        let mut pause = Duration::from_millis(500);
        loop {
            let settled = began.elapsed() >= self.options.settle;
            match self.provider.find_created(mark).await {
                Ok(Some(operation)) => return Look::Found(Box::new(operation)),
                Ok(None) if settled => return Look::Absent,
                Ok(None) => {}
                Err(error) if !error.is_transient() => return Look::Unclear(Some(error)),
                Err(error) if began.elapsed() >= self.options.patience => return Look::Unclear(Some(error)),
                Err(error) => debug!(%error, "the look failed; looking again"),
            }
            let until_settled = self.options.settle.saturating_sub(began.elapsed());
            let next = if until_settled.is_zero() { pause } else { pause.min(until_settled) };
            if Scope::time_left().is_some_and(|left| next >= left) {
                return Look::Unclear(None);
            }
            sleep(next).await;
            pause = (pause * 2).min(Duration::from_secs(5)).min(self.options.patience.max(self.options.settle) / 20);
        }
    }

    fn unknown(&self, error: Error, cause: Option<&Error>, mark: &CreateMark) -> Error {
        let why = match cause {
            Some(cause) => format!("{}; looking for the snapshot failed too: {}", error.message(), cause.message()),
            None => {
                format!("{}; there is no time left for the provider to show whether it was done", error.message())
            }
        };
        let operation = Operation::unconfirmed(self.provider.provider(), self.provider.account(), mark.clone());
        let named = mark.name.as_ref().map(|name| format!(" named '{name}'")).unwrap_or_default();
        Error::new(ErrorKind::OutcomeUnknown, why)
            .with_stage(error.stage())
            .with_attempts(error.attempts())
            .with_code(error.code().map(str::to_owned))
            .with_request_id(error.request_id().map(str::to_owned))
            .with_advice(format!(
                "look for a snapshot of {}{named} made after {:.0} (mark {}), or wait on the operation's token, before creating again",
                mark.source, mark.marked_at, mark.id
            ))
            .with_status_of(&error)
            .with_resume(operation)
    }
}

/// Not where nothing answers at all, nor where the client has waited long enough for its turn.
fn was_answered_badly(error: &Error) -> bool {
    error.is_transient() && error.stage() != Stage::NotSent && error.kind() != ErrorKind::RateLimited
}

enum Look {
    Found(Box<Operation>),
    Absent,
    Unclear(Option<Error>),
}

/// The provider was asked, in time and out of trouble, and showed no snapshot: the create failed, and that is certain.
fn not_created(error: Error, sent: u32) -> Error {
    let kind = if error.status().is_some() { ErrorKind::Unavailable } else { ErrorKind::Transport };
    error
        .with_kind(kind)
        .with_attempts(sent)
        .replacing_advice("the provider was asked afterwards and shows no such snapshot; it is safe to try again")
}

impl<'a, P: SnapshotProvider + ?Sized> IntoFuture for Create<'a, P> {
    type Output = Result<Created>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.finish())
    }
}

impl<P: ?Sized> fmt::Debug for Create<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Create").field("request", &self.request).field("options", &self.options).finish_non_exhaustive()
    }
}

/// The turn of one create of a source in this process, at providers that tell a new snapshot only by its id not having
/// been there before: two at once could each take the other's for its own.
struct Turn {
    _guard: OwnedMutexGuard<()>,
}

type Turns = Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>;

impl Turn {
    /// Turns are a matter of the server, the first part of the path: that is what such providers list by.
    async fn take(provider: &str, source: &Source) -> Self {
        static TURNS: LazyLock<Turns> = LazyLock::new(Turns::default);
        let server = source.path().first().map(String::as_str).unwrap_or_default();
        let turn = {
            let mut turns = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
            // Only where the map would grow, so that each of thousands of creates does not walk through it.
            if turns.len() == turns.capacity() {
                turns.retain(|_, turn| turn.strong_count() > 0);
            }
            let key = format!("{provider}:{server}");
            turns.get(&key).and_then(Weak::upgrade).unwrap_or_else(|| {
                let turn = Arc::new(tokio::sync::Mutex::new(()));
                turns.insert(key, Arc::downgrade(&turn));
                turn
            })
        };
        Self { _guard: turn.lock_owned().await }
    }
}
