//! Waiting that survives.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tracing::debug;

use crate::error::{Error, ErrorKind, Result, Stage};
use crate::operation::{Operation, OperationStatus, Progress};
use crate::provider::SnapshotProvider;
use crate::scope::Scope;
use crate::snapshot::Snapshot;

/// How an operation is followed. Another matter than retries: no jitter, and much longer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PollOptions {
    /// The pause after the first poll; it grows with each.
    pub first: Duration,
    /// By how much the pause grows.
    pub growth: f64,
    /// The longest pause.
    pub cap: Duration,
    /// How long to wait in all. The operation goes on at the provider after that.
    pub timeout: Duration,
    /// For how long "not found" is taken to mean "not yet".
    pub not_found_grace: Duration,
}

impl Default for PollOptions {
    /// A job of 3 seconds is seen after 4, one of 10 minutes with some fifty polls. Large disks take hours.
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            growth: 1.5,
            cap: Duration::from_secs(15),
            timeout: Duration::from_secs(3600),
            not_found_grace: Duration::from_secs(30),
        }
    }
}

impl PollOptions {
    /// Sets the pause after the first poll and the longest pause.
    #[must_use]
    pub fn pauses(mut self, first: Duration, cap: Duration) -> Self {
        (self.first, self.cap) = (first, cap);
        self
    }

    /// Sets how long to wait in all.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets for how long "not found" is taken to mean "not yet".
    #[must_use]
    pub fn not_found_grace(mut self, grace: Duration) -> Self {
        self.not_found_grace = grace;
        self
    }

    fn longer(&self, pause: Duration) -> Duration {
        Duration::try_from_secs_f64(pause.as_secs_f64() * self.growth.max(1.0)).unwrap_or(self.cap).min(self.cap)
    }
}

type OnStatus<'a> = Box<dyn FnMut(&Result<OperationStatus>) + Send + 'a>;

/// How an operation ended well.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The snapshot as it is now, unless it was deleted.
    pub snapshot: Option<Snapshot>,
    /// Whether the end was seen. `false`: the provider accepted it and documents no way to see it end.
    pub confirmed: bool,
}

/// Follows one operation. [`poll`](Self::poll) it by hand, or await it.
///
/// Trouble on the way to the provider does not end a wait before its deadline. Awaiting fails with
/// [`ErrorKind::OperationFailed`] where the provider says that the operation failed, with [`ErrorKind::WaitTimeout`]
/// where the deadline passed, and with what a poll was refused with, where that will not change. The latter two carry
/// the operation to resume. Dropping it stops the waiting and sends nothing.
#[must_use = "a poller asks for nothing until it is polled or awaited"]
pub struct Poller<'a, P: ?Sized> {
    provider: &'a P,
    operation: Operation,
    options: PollOptions,
    delay: Duration,
    on_status: Option<OnStatus<'a>>,
}

impl<'a, P: SnapshotProvider + ?Sized> Poller<'a, P> {
    pub(crate) fn new(provider: &'a P, operation: Operation) -> Self {
        Self { provider, operation, options: PollOptions::default(), delay: Duration::ZERO, on_status: None }
    }

    /// Follows it with these options.
    pub fn with(mut self, options: PollOptions) -> Self {
        self.options = options;
        self
    }

    /// Waits before the first poll, where nothing can have happened yet.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Tells `f` what each poll said, before the pause that follows it.
    pub fn on_status(mut self, f: impl FnMut(&Result<OperationStatus>) + Send + 'a) -> Self {
        self.on_status = Some(Box::new(f));
        self
    }

    /// The operation as it is known now.
    #[must_use]
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Asks once how it stands. Never sleeps.
    ///
    /// # Errors
    ///
    /// What keeps the provider from answering. That is not a failure of the operation.
    pub async fn poll(&mut self) -> Result<OperationStatus> {
        match self.operation.known_progress() {
            Progress::Finished if self.operation.snapshot_ref().is_none() => {
                return Ok(OperationStatus::succeeded(None));
            }
            Progress::Accepted => return Ok(OperationStatus::Accepted),
            Progress::Finished | Progress::Running => {}
        }
        if let Some(mark) = self.operation.unconfirmed_mark() {
            let found = self.provider.find_created(mark).await?;
            self.operation = found.ok_or_else(|| {
                Error::new(ErrorKind::NotFound, "the provider shows no snapshot of this create")
                    .with_stage(Stage::Answered)
                    .with_advice("it was most likely never created")
            })?;
        }
        let mut statuses = self.provider.poll(std::slice::from_ref(&self.operation)).await;
        statuses.pop().unwrap_or_else(|| Err(Error::new(ErrorKind::Unexpected, "the poll answered nothing")))
    }

    pub(crate) async fn finish(mut self) -> Result<Finished> {
        let scope = Scope::new().with_timeout(self.options.timeout);
        let ended = scope.run(self.poll_until_ended()).await;
        let name = self.operation.kind().as_str();
        ended.map_err(|error| error.with_provider(self.provider.provider()).with_operation(name))
    }

    async fn poll_until_ended(&mut self) -> Result<Finished> {
        let began = Instant::now();
        let deadline = Deadline { at: began.checked_add(self.options.timeout), timeout: self.options.timeout };
        // Even without any time left, it is asked once how the operation stands.
        let _ = deadline.pause(self.delay).await;
        let mut pause = self.options.first;
        let mut seen = String::from("no answer yet");
        loop {
            let Some(status) = deadline.bound(self.poll()).await else {
                return Err(self.timed_out(&deadline, &seen, None));
            };
            if let Some(tell) = &mut self.on_status {
                tell(&status);
            }
            let asked = match status {
                Ok(OperationStatus::Succeeded { snapshot }) => {
                    return Ok(Finished { snapshot: snapshot.map(|snapshot| *snapshot), confirmed: true });
                }
                Ok(OperationStatus::Accepted) => return Ok(Finished { snapshot: None, confirmed: false }),
                Ok(OperationStatus::Failed { error }) => return Err(error),
                Ok(OperationStatus::Running { state }) => {
                    seen = state;
                    None
                }
                Err(error) if self.survives(&error, began) => {
                    debug!(%error, "a poll failed; the wait goes on");
                    let asked = error.retry_after();
                    seen = format!("the last poll failed: {}", error.message());
                    asked
                }
                Err(error) => return Err(error.with_resume(self.operation.clone())),
            };
            if asked.is_some_and(|asked| !deadline.allows(asked)) {
                return Err(self.timed_out(&deadline, &seen, asked));
            }
            if deadline.pause(pause.max(asked.unwrap_or_default())).await.is_none() {
                return Err(self.timed_out(&deadline, &seen, None));
            }
            pause = self.options.longer(pause);
        }
    }

    fn survives(&self, error: &Error, began: Instant) -> bool {
        match error.kind() {
            ErrorKind::NotFound => began.elapsed() < self.options.not_found_grace,
            _ => error.is_transient(),
        }
    }

    fn timed_out(&self, deadline: &Deadline, seen: &str, asked: Option<Duration>) -> Error {
        let waited = seconds(deadline.timeout);
        let message = match asked {
            None => format!("not finished after {waited} ({seen})"),
            Some(asked) => format!(
                "the provider lets us ask again in {}, which lies past the deadline of {waited} ({seen})",
                seconds(asked)
            ),
        };
        // Of a create that was never confirmed nobody knows whether there is anything to wait for.
        let (kind, advice) = match self.operation.unconfirmed_mark() {
            None => (ErrorKind::WaitTimeout, "it goes on at the provider; wait on with the operation's token"),
            Some(_) => (ErrorKind::OutcomeUnknown, "it may have been done: ask again with the operation's token"),
        };
        Error::new(kind, message)
            .with_stage(Stage::Answered)
            .with_retry_after(asked)
            .with_advice(advice)
            .with_resume(self.operation.clone())
    }
}

/// As a person says it: tenths matter only where it is short.
fn seconds(duration: Duration) -> String {
    let places = usize::from(duration < Duration::from_secs(10));
    format!("{:.places$} s", duration.as_secs_f64())
}

/// Until when a wait may go on. One too far away to be a moment is none.
struct Deadline {
    at: Option<Instant>,
    timeout: Duration,
}

impl Deadline {
    fn allows(&self, pause: Duration) -> bool {
        self.at.is_none_or(|at| Instant::now().checked_add(pause).is_some_and(|next| next < at))
    }

    /// Pauses, at most to the deadline: `None` where that came first.
    async fn pause(&self, pause: Duration) -> Option<()> {
        self.bound(sleep(pause)).await
    }

    async fn bound<F: Future>(&self, future: F) -> Option<F::Output> {
        match self.at {
            Some(at) => timeout_at(at, future).await.ok(),
            None => Some(future.await),
        }
    }
}

impl<'a, P: SnapshotProvider + ?Sized> IntoFuture for Poller<'a, P> {
    type Output = Result<Finished>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.finish())
    }
}

impl<P: ?Sized> fmt::Debug for Poller<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller")
            .field("operation", &self.operation)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
