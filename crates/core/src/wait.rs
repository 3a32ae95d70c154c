//! Following an operation to its end.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tracing::debug;

use crate::call::{Finished, ProgressEvent, Settings};
use crate::capability::CreateIdentity;
use crate::error::{Error, ErrorKind, Result, Stage};
use crate::fingerprint::CreateFingerprint;
use crate::identity::CreateLookup;
use crate::operation::{Operation, OperationKind, OperationStatus, Progress};
use crate::scope::Scope;
use crate::snapshot_provider::SnapshotProvider;

/// How often an operation is asked for. Not to be confused with what is sent again: there is no jitter here.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PollOptions {
    /// The shortest pause between two polls, and the pause before the first. One second by default.
    pub interval: Duration,
    /// How long a pause may be, as a part of the operation's age. A tenth by default.
    pub part_of_age: f64,
    /// The longest pause. Thirty seconds by default.
    pub longest: Duration,
    /// How long the operation is expected to take: the first poll comes shortly before that. By default as long as the
    /// [`StateStore`](crate::StateStore) knows from before.
    pub expected: Option<Duration>,
    /// For how long after the last good answer "not found" is taken to mean "not yet", and a refusal to be a gateway's.
    /// Thirty seconds by default.
    pub not_found_grace: Duration,
}

impl Default for PollOptions {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(1),
            part_of_age: 0.1,
            longest: Duration::from_secs(30),
            expected: None,
            not_found_grace: Duration::from_secs(30),
        }
    }
}

impl PollOptions {
    /// Sets the shortest and the longest pause.
    #[must_use]
    pub fn with_pauses(mut self, interval: Duration, longest: Duration) -> Self {
        (self.interval, self.longest) = (interval, longest);
        self
    }

    /// Sets how long the operation is expected to take.
    #[must_use]
    pub fn with_expected(mut self, expected: Option<Duration>) -> Self {
        self.expected = expected;
        self
    }

    /// Sets for how long "not found" is taken to mean "not yet".
    #[must_use]
    pub fn with_not_found_grace(mut self, grace: Duration) -> Self {
        self.not_found_grace = grace;
        self
    }

    /// The pause before the next poll of an operation of this age.
    fn pause(&self, age: Duration) -> Duration {
        let part = Duration::try_from_secs_f64(age.as_secs_f64() * self.part_of_age.max(0.0)).unwrap_or(self.longest);
        part.min(self.longest).max(self.interval)
    }

    /// The pause before the first poll of an operation that is expected to take so long.
    fn first_pause(&self, expected: Option<Duration>, age: Duration) -> Duration {
        let shortly_before = expected.map(|expected| expected.mul_f64(0.9).saturating_sub(age));
        shortly_before.unwrap_or_default().max(self.interval)
    }
}

/// An operation, and what is known of it so far.
pub(crate) struct Wait<'w, 'a, P: ?Sized> {
    provider: &'w P,
    operation: Operation,
    settings: &'w Settings<'a>,
    /// When the operation began, as far as is known.
    began: Instant,
    /// When the provider last answered for it.
    last_good: Instant,
    /// What the last answer said.
    seen: String,
}

impl<'w, 'a, P: SnapshotProvider + ?Sized> Wait<'w, 'a, P> {
    pub(crate) fn new(provider: &'w P, operation: Operation, settings: &'w Settings<'a>) -> Self {
        let now = Instant::now();
        let age = operation.fingerprint().map(|fingerprint| age(fingerprint)).unwrap_or_default();
        let began = now.checked_sub(age).unwrap_or(now);
        Self { provider, operation, settings, began, last_good: now, seen: "no answer yet".to_owned() }
    }

    /// Follows it to its end. `first_poll_now` asks at once: something else began it.
    ///
    /// It fails in four ways: the provider says that the operation failed; it was refused on this machine; the deadline
    /// passed; and in every other case the outcome is unknown.
    pub(crate) async fn until_ended(mut self, first_poll_now: bool) -> Result<Finished> {
        let mut due = if first_poll_now { Instant::now() } else { after(self.first_pause().await) };
        loop {
            let deadline = Scope::deadline();
            let Some(status) = deadline.bound(self.poll(due)).await else { return Err(self.timed_out(None)) };
            self.settings.tell(ProgressEvent::Polled(&status));
            let retry_after = match status {
                Ok(OperationStatus::Succeeded { snapshot }) => {
                    return Ok(self.finished(snapshot.map(|snapshot| *snapshot), true));
                }
                Ok(OperationStatus::Accepted) => return Ok(self.finished(None, false)),
                Ok(OperationStatus::Failed { error }) if !self.operation.is_repeated() => {
                    return Err(self.failed(error));
                }
                Ok(OperationStatus::Running { state }) => {
                    self.last_good = Instant::now();
                    self.seen = state;
                    None
                }
                Err(error) if self.survives(&error) => {
                    debug!(%error, "a poll failed; the wait goes on");
                    self.seen = format!("the last poll failed: {}", error.message());
                    error.retry_after()
                }
                Err(error) if error.is_own_refusal() => return Err(error),
                // That one send failed says nothing of an earlier one, whose answer was lost.
                Ok(OperationStatus::Failed { error }) | Err(error) => match self.elsewhere().await {
                    Some(operation) => {
                        self.operation = operation;
                        self.last_good = Instant::now();
                        None
                    }
                    None if self.may_pass(&error) => {
                        self.seen = format!("the last poll was refused: {}", error.message());
                        None
                    }
                    None => return Err(self.unknown(&error)),
                },
            };
            if retry_after.is_some_and(|pause| !deadline.allows(pause)) {
                return Err(self.timed_out(retry_after));
            }
            let pause = self.settings.poll.pause(self.began.elapsed()).max(retry_after.unwrap_or_default());
            due = after(pause);
        }
    }

    async fn first_pause(&self) -> Duration {
        let expected = match self.settings.poll.expected {
            None => self.settings.store.expected(&self.operation).await,
            expected => expected,
        };
        self.settings.poll.first_pause(expected, self.began.elapsed())
    }

    /// How the operation stands.
    async fn poll(&mut self, due: Instant) -> Result<OperationStatus> {
        match self.operation.progress() {
            Progress::Finished if self.operation.snapshot().is_none() => return Ok(OperationStatus::succeeded(None)),
            Progress::Accepted => return Ok(OperationStatus::Accepted),
            Progress::Finished | Progress::Running => {}
        }
        if self.operation.is_unconfirmed() {
            tokio::time::sleep_until(due).await;
            self.confirm().await?;
        }
        let spacing = self.settings.poll.interval;
        let status = self.provider.poll_queue().poll(self.provider, &self.operation, due, spacing).await?;
        self.check_identity(&status)?;
        let is_told_by_id = self.provider.capabilities().identity == CreateIdentity::NewId;
        if let (true, OperationStatus::Succeeded { snapshot: Some(snapshot) }) = (is_told_by_id, &status) {
            self.settings.claim(self.provider.account(), &self.operation, &snapshot.reference()).await?;
        }
        Ok(status)
    }

    /// The end of a create is the end of its own snapshot.
    fn check_identity(&self, status: &OperationStatus) -> Result<()> {
        let OperationStatus::Succeeded { snapshot: Some(snapshot) } = status else { return Ok(()) };
        let Some(fingerprint) = self.operation.fingerprint() else { return Ok(()) };
        let reference = snapshot.reference();
        match self.operation.snapshot() {
            Some(expected) if !expected.is_same(&reference) => {
                let message = format!("asked for {expected}, the provider answered with {reference}");
                Err(Error::answered(ErrorKind::Unexpected, message))
            }
            _ if CreateLookup::is_contradicted(fingerprint, snapshot) => {
                let message = format!("{reference} is not of this create: it was there before, or has another's tag");
                Err(Error::answered(ErrorKind::OutcomeUnknown, message))
            }
            _ => Ok(()),
        }
    }

    /// Looks for a create of which nobody knows yet whether the provider began it.
    async fn confirm(&mut self) -> Result<()> {
        let Some(fingerprint) = self.operation.fingerprint().cloned() else { return Ok(()) };
        match self.look_for(&fingerprint).await? {
            CreateLookup::Found(operations) => {
                let found = operations.into_iter().next();
                self.operation =
                    found.map_or_else(|| self.operation.clone(), |found| found.with_fingerprint(fingerprint));
                Ok(())
            }
            CreateLookup::Absent => {
                Err(Error::answered(ErrorKind::NotFound, "the provider shows no snapshot of this create")
                    .with_advice("it was most likely never made"))
            }
            CreateLookup::Pending(why) => Err(Error::answered(ErrorKind::Busy, why)),
            CreateLookup::Ambiguous(candidates) => {
                let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
                let message = format!("any of these could be the snapshot of this create: {}", candidates.join(", "));
                Err(Error::answered(ErrorKind::OutcomeUnknown, message))
            }
        }
    }

    async fn look_for(&self, fingerprint: &CreateFingerprint) -> Result<CreateLookup> {
        let fingerprint = fingerprint.with_claims(self.provider.account(), &*self.settings.store).await;
        self.provider.find_created(&fingerprint).await
    }

    /// Where an accepted create cannot be followed any more, its snapshot may be found another way. Where the provider
    /// named it, a new id alone proves nothing.
    async fn elsewhere(&self) -> Option<Operation> {
        let fingerprint = self.operation.fingerprint().filter(|_| !self.operation.is_unconfirmed())?;
        let is_told_by_id = self.provider.capabilities().identity == CreateIdentity::NewId;
        if is_told_by_id && self.operation.snapshot().is_some() && !self.operation.is_repeated() {
            return None;
        }
        let CreateLookup::Found(operations) = self.look_for(fingerprint).await.ok()? else { return None };
        let others = operations.into_iter().map(|operation| operation.with_fingerprint(Arc::clone(fingerprint)));
        let is_same = |other: &Operation| match other.snapshot().zip(self.operation.snapshot()) {
            Some((other, followed)) => other.is_same(followed),
            None => *other == self.operation,
        };
        others.into_iter().find(|other| !is_same(other))
    }

    fn survives(&self, error: &Error) -> bool {
        match error.kind() {
            ErrorKind::NotFound => self.last_good.elapsed() < self.settings.poll.not_found_grace,
            _ => error.is_transient(),
        }
    }

    /// A gateway, which knows no codes of the provider's, may refuse a poll in its place for a moment. Credentials that are
    /// refused stay refused.
    fn may_pass(&self, error: &Error) -> bool {
        let is_final = matches!(
            error.kind(),
            ErrorKind::Unauthenticated | ErrorKind::NotFound | ErrorKind::OperationFailed | ErrorKind::OutcomeUnknown
        );
        let may_be_a_gateways = error.stage() == Stage::Answered && error.code().is_none() && !is_final;
        may_be_a_gateways && self.last_good.elapsed() < self.settings.poll.not_found_grace
    }

    fn finished(self, snapshot: Option<crate::Snapshot>, confirmed: bool) -> Finished {
        Finished { snapshot, confirmed, operation: self.operation, duplicates: Vec::new() }
    }

    /// The provider says that this very operation failed.
    fn failed(self, error: Error) -> Error {
        match self.operation.snapshot() {
            Some(snapshot) => error.with_snapshot(snapshot),
            None => error,
        }
    }

    /// It was accepted, or may have been, and cannot be followed any more.
    fn unknown(self, cause: &Error) -> Error {
        let kind = self.operation.kind();
        let message = match self.operation.is_unconfirmed() {
            true => format!("{} (asked until {:.0})", cause.message(), Timestamp::now()),
            false => format!("the {kind} was accepted, and can no longer be followed: {}", cause.message()),
        };
        let advice = match (self.operation.is_unconfirmed(), kind) {
            (true, _) => cause.advice().unwrap_or("look which of them is yours").to_owned(),
            (false, OperationKind::Create) => {
                "look for the snapshot, or wait on the operation's token, before creating again".to_owned()
            }
            (false, _) => "look at the provider, or wait on the operation's token, before trying again".to_owned(),
        };
        let error = Error::new(ErrorKind::OutcomeUnknown, message)
            .with_stage(cause.stage())
            .with_attempts(cause.attempts())
            .with_status(cause.status())
            .with_code(cause.code().map(str::to_owned))
            .with_request_id(cause.request_id().map(str::to_owned))
            .with_may_have_acted(true)
            .with_advice(advice)
            .with_token(&self.operation);
        self.failed(error)
    }

    fn timed_out(self, retry_after: Option<Duration>) -> Error {
        let waited = seconds(self.settings.timeout);
        let seen = &self.seen;
        let message = match retry_after {
            None => format!("not finished after {waited} ({seen})"),
            Some(pause) => format!(
                "the provider lets us ask again in {}, which lies past the deadline of {waited} ({seen})",
                seconds(pause)
            ),
        };
        // Of a create that was never confirmed nobody knows whether there is anything to wait for.
        let (kind, advice) = match self.operation.is_unconfirmed() {
            false => (ErrorKind::WaitTimeout, "it goes on at the provider; wait on with the operation's token"),
            true => (ErrorKind::OutcomeUnknown, "it may have been done: ask again with the operation's token"),
        };
        let error = Error::new(kind, message)
            .with_stage(Stage::Answered)
            .with_retry_after(retry_after)
            .with_may_have_acted(true)
            .with_advice(advice)
            .with_token(&self.operation);
        self.failed(error)
    }
}

/// Far beyond what a clock can add, it is a year.
fn after(pause: Duration) -> Instant {
    Instant::now() + pause.min(Duration::from_secs(365 * 24 * 3600))
}

fn age(fingerprint: &CreateFingerprint) -> Duration {
    let since = fingerprint.sent.map_or(fingerprint.taken_at, |sent| sent.first);
    Duration::try_from(Timestamp::now().duration_since(since)).unwrap_or_default()
}

/// As a person says it: tenths matter only where it is short.
fn seconds(duration: Duration) -> String {
    let places = usize::from(duration < Duration::from_secs(10));
    format!("{:.places$} s", duration.as_secs_f64())
}
