//! Waits on one client share their polls.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Operation, OperationStatus};
use crate::snapshot_provider::SnapshotProvider;

/// Rounds are no further apart than this where something is due: how often one operation is asked for is its own wait's
/// choice.
const LONGEST_SPACING: Duration = Duration::from_secs(1);

/// What the waits of one client have to ask, collected into rounds: one [`poll`](SnapshotProvider::poll) asks for all
/// that is due. There is no background task: one of the waiting futures leads, and when it ends or is dropped another
/// goes on.
#[derive(Default)]
pub struct PollQueue {
    state: Mutex<State>,
    /// Tells the leader that something may be due earlier than it knows.
    entered: Notify,
}

#[derive(Default)]
struct State {
    last_key: u64,
    waiting: HashMap<u64, Waiting>,
    is_led: bool,
    last_round: Option<Instant>,
}

struct Waiting {
    operation: Operation,
    due: Instant,
    /// The shortest time between two rounds that this wait allows.
    spacing: Duration,
    turn: Turn,
    wake: Arc<Notify>,
}

enum Turn {
    Waits,
    IsAsked,
    Answered(Result<OperationStatus>),
}

impl PollQueue {
    /// Asks how an operation stands, when it is due or with others in the round before that.
    pub(crate) async fn poll<P: SnapshotProvider + ?Sized>(
        &self,
        provider: &P,
        operation: &Operation,
        due: Instant,
        spacing: Duration,
    ) -> Result<OperationStatus> {
        let entry = self.enter(operation.clone(), due, spacing);
        loop {
            if let Some(status) = entry.answer() {
                return status;
            }
            match self.lead() {
                Some(leader) => leader.round(provider).await,
                None => entry.wake.notified().await,
            }
        }
    }

    fn enter(&self, operation: Operation, due: Instant, spacing: Duration) -> Entry<'_> {
        let wake = Arc::new(Notify::new());
        let spacing = spacing.min(LONGEST_SPACING);
        let waiting = Waiting { operation, due, spacing, turn: Turn::Waits, wake: Arc::clone(&wake) };
        let mut state = self.state();
        state.last_key += 1;
        let key = state.last_key;
        state.waiting.insert(key, waiting);
        drop(state);
        self.entered.notify_one();
        Entry { queue: self, key, wake }
    }

    fn lead(&self) -> Option<Leader<'_>> {
        let mut state = self.state();
        let is_free = !std::mem::replace(&mut state.is_led, true);
        // Not `then_some`: a leader that is made and dropped again would hand the lead on.
        is_free.then(|| Leader { queue: self, asked: Vec::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waits(&self) -> impl Iterator<Item = &Waiting> {
        self.waiting.values().filter(|waiting| matches!(waiting.turn, Turn::Waits))
    }

    fn spacing(&self) -> Option<Duration> {
        self.waits().map(|waiting| waiting.spacing).min()
    }

    /// When the next round begins: when something is due, and not too soon after the last one.
    fn next_round(&self) -> Option<Instant> {
        let due = self.waits().map(|waiting| waiting.due).min()?;
        let spacing = self.spacing()?;
        Some(self.last_round.map_or(due, |last| due.max(last + spacing)))
    }

    /// What is due now, and before the next round can come: that would be asked for too late.
    fn ask(&mut self, now: Instant) -> (Vec<u64>, Vec<Operation>) {
        let next_round = now + self.spacing().unwrap_or_default();
        self.last_round = Some(now);
        let is_due = |waiting: &Waiting| waiting.due <= now || waiting.due < next_round;
        let waits = self.waiting.iter_mut().filter(|(_, waiting)| matches!(waiting.turn, Turn::Waits));
        let due = waits.filter(|(_, waiting)| is_due(waiting));
        due.map(|(key, waiting)| {
            waiting.turn = Turn::IsAsked;
            (*key, waiting.operation.clone())
        })
        .unzip()
    }

    /// Tells one of those that wait to lead, where nobody does.
    fn pass_on(&self) {
        if let Some(waiting) = self.waits().next().filter(|_| !self.is_led) {
            waiting.wake.notify_one();
        }
    }
}

/// One wait's place in the queue; it leaves when it is dropped.
struct Entry<'a> {
    queue: &'a PollQueue,
    key: u64,
    wake: Arc<Notify>,
}

impl Entry<'_> {
    fn answer(&self) -> Option<Result<OperationStatus>> {
        let mut state = self.queue.state();
        let waiting = state.waiting.get_mut(&self.key)?;
        match std::mem::replace(&mut waiting.turn, Turn::Waits) {
            Turn::Answered(status) => Some(status),
            before => {
                waiting.turn = before;
                None
            }
        }
    }
}

impl Drop for Entry<'_> {
    /// It may have been told to lead and not have run since.
    fn drop(&mut self) {
        let mut state = self.queue.state();
        state.waiting.remove(&self.key);
        state.pass_on();
    }
}

/// The wait that asks for all, until it is dropped.
struct Leader<'a> {
    queue: &'a PollQueue,
    asked: Vec<u64>,
}

impl Leader<'_> {
    /// Waits for the next round, asks for what is due, and hands out the answers.
    async fn round<P: SnapshotProvider + ?Sized>(mut self, provider: &P) {
        let Some(next) = self.queue.state().next_round() else { return };
        if next > Instant::now() && timeout_at(next, self.queue.entered.notified()).await.is_ok() {
            // Something entered: it may be due earlier.
            return;
        }
        let (keys, operations) = self.queue.state().ask(Instant::now());
        if operations.is_empty() {
            return;
        }
        self.asked = keys;
        let mut statuses = provider.poll(&operations).await.into_iter();
        let mut state = self.queue.state();
        for key in self.asked.drain(..) {
            let status = statuses.next().unwrap_or_else(|| Err(unanswered()));
            if let Some(waiting) = state.waiting.get_mut(&key) {
                waiting.turn = Turn::Answered(status);
                waiting.wake.notify_one();
            }
        }
    }
}

impl Drop for Leader<'_> {
    /// What was asked and not answered is asked anew; another wait leads.
    fn drop(&mut self) {
        let mut state = self.queue.state();
        for key in &self.asked {
            if let Some(waiting) = state.waiting.get_mut(key) {
                waiting.turn = Turn::Waits;
            }
        }
        state.is_led = false;
        state.pass_on();
    }
}

impl fmt::Debug for PollQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollQueue").field("waiting", &self.state().waiting.len()).finish_non_exhaustive()
    }
}

fn unanswered() -> Error {
    Error::answered(ErrorKind::Unexpected, "the poll did not answer for this operation")
}
