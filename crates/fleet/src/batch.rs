//! Many pieces of work at once, each for itself, until all have ended or they are interrupted.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cloudsnap_core::{
    Call, CreateSnapshot, Deadline, Error, ErrorKind, LookupOptions, Operation, OperationKind, OperationStatus,
    PollOptions, ProgressEvent, Result, Scope, SnapshotProvider, SnapshotProviderExt, StateStore,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::item::{Done, Item, Outcome, Subject};

type Work = Pin<Box<dyn Future<Output = Result<Done>> + Send>>;

/// For how long after an interruption the requests under way may still be answered, so that there is a token to keep.
const GRACE: Duration = Duration::from_secs(3);

/// Something that happens while a batch is worked on. `index` is the place of the work in the order given.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// It is begun.
    Begun {
        /// The place of the work.
        index: usize,
        /// What is worked on.
        subject: &'a Subject,
    },
    /// It has come so far, in the provider's word or ours.
    State {
        /// The place of the work.
        index: usize,
        /// The word.
        state: &'a str,
    },
    /// It has ended.
    Ended {
        /// The place of the work.
        index: usize,
        /// What became of it.
        item: &'a Item,
    },
}

/// One piece of work.
pub struct Job {
    subject: Subject,
    tracker: Tracker,
    work: Work,
}

impl Job {
    /// Work on `subject`, which tells its tracker what it begins.
    pub fn new<F>(subject: Subject, work: impl FnOnce(Tracker) -> F) -> Self
    where
        F: Future<Output = Result<Done>> + Send + 'static,
    {
        let tracker = Tracker::default();
        let work = Box::pin(work(tracker.clone()));
        Self { subject, tracker, work }
    }

    /// What is worked on.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// How far one piece of work has come: told while it goes on, and asked when it is interrupted.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    tracked: Arc<Mutex<Tracked>>,
}

#[derive(Debug, Default)]
struct Tracked {
    index: usize,
    states: Option<UnboundedSender<(usize, String)>>,
    begun: Option<(Instant, Scope)>,
    sent: Sent,
    operation: Option<Operation>,
}

/// Whether the provider may have begun.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Sent {
    #[default]
    No,
    Maybe,
    Answered,
}

impl Tracker {
    /// Notes what a call tells.
    pub fn tell(&self, event: &ProgressEvent<'_>) {
        match event {
            ProgressEvent::Sending(operation) => {
                let mut tracked = self.tracked();
                tracked.sent = Sent::Maybe;
                tracked.operation = Some((*operation).clone());
            }
            ProgressEvent::Started(operation) => {
                let mut tracked = self.tracked();
                tracked.sent = Sent::Answered;
                tracked.operation = Some((*operation).clone());
                drop(tracked);
                self.state("started");
            }
            ProgressEvent::Polled(Ok(OperationStatus::Running { state })) => self.state(state),
            ProgressEvent::Polled(Err(error)) => self.state(&format!("no answer, asking on ({})", error.kind())),
            ProgressEvent::DuplicateDeleted(snapshot) => self.state(&format!("deleted a second snapshot, {snapshot}")),
            _ => {}
        }
    }

    /// Notes that the provider may begin from now on, and which operation tells whether it did.
    pub fn sending(&self, operation: Option<Operation>) {
        let mut tracked = self.tracked();
        tracked.sent = Sent::Maybe;
        tracked.operation = operation;
    }

    /// Notes that what may have begun has not, and that nothing is sent now.
    pub(crate) fn nothing_sent(&self) {
        let mut tracked = self.tracked();
        tracked.sent = Sent::No;
        tracked.operation = None;
    }

    /// Tells how far it has come.
    pub fn state(&self, state: &str) {
        let tracked = self.tracked();
        if let Some(states) = &tracked.states {
            let _ = states.send((tracked.index, state.to_owned()));
        }
    }

    fn tracked(&self) -> MutexGuard<'_, Tracked> {
        self.tracked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How the work of a batch is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Batch {
    /// Until when all of it may take.
    pub deadline: Deadline,
    /// How long that was, in words for errors.
    pub timeout: Duration,
    /// Whether the end is waited for.
    pub wait: bool,
    /// How a lost answer is made good.
    pub lookup: LookupOptions,
    /// How often operations are asked for.
    pub poll: PollOptions,
    /// Where operations and claims are kept; `None` is this process.
    pub store: Option<Arc<dyn StateStore>>,
}

impl Batch {
    /// Work that may take so long in all.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self {
            deadline: Deadline::after(timeout),
            timeout,
            wait: true,
            lookup: LookupOptions::default(),
            poll: PollOptions::default(),
            store: None,
        }
    }

    /// Sets whether the end is waited for.
    #[must_use]
    pub fn with_wait(mut self, wait: bool) -> Self {
        self.wait = wait;
        self
    }

    /// Sets how a lost answer is made good.
    #[must_use]
    pub fn with_lookup_options(mut self, lookup: LookupOptions) -> Self {
        self.lookup = lookup;
        self
    }

    /// Sets where operations and claims are kept.
    #[must_use]
    pub fn with_state_store(mut self, store: Arc<dyn StateStore>) -> Self {
        self.store = Some(store);
        self
    }

    pub(crate) fn time_left(&self) -> Result<Duration> {
        match self.deadline.remaining() {
            Some(left) if left.is_zero() => {
                Err(Error::new(ErrorKind::WaitTimeout, "the deadline passed before its turn came; nothing was sent"))
            }
            left => Ok(left.unwrap_or(self.timeout)),
        }
    }

    /// The call with the settings of the batch, in the time that is left; it tells the tracker.
    fn set_up<'a, P: SnapshotProvider + ?Sized, R>(
        &self,
        call: Call<'a, P, R>,
        tracker: &'a Tracker,
    ) -> Result<Call<'a, P, R>> {
        let call = call.timeout(self.time_left()?).with_poll_options(self.poll.clone());
        let call = call.on_progress(|event| tracker.tell(&event));
        Ok(match &self.store {
            Some(store) => call.with_state_store(Arc::clone(store)),
            None => call,
        })
    }

    /// Creates a snapshot.
    #[must_use]
    pub fn create(&self, provider: Arc<dyn SnapshotProvider>, request: CreateSnapshot) -> Job {
        let batch = self.clone();
        let subject = Subject::new(&provider, OperationKind::Create).with_source(Some(request.source.clone()));
        Job::new(subject, move |tracker| batch.create_tracked(provider, request, None, tracker))
    }

    pub(crate) async fn create_tracked(
        self,
        provider: Arc<dyn SnapshotProvider>,
        request: CreateSnapshot,
        earlier_send: Option<Operation>,
        tracker: Tracker,
    ) -> Result<Done> {
        let create = self.set_up(provider.create(request), &tracker)?.with_lookup_options(self.lookup.clone());
        let create = match earlier_send {
            Some(operation) => create.with_earlier_send(operation),
            None => create,
        };
        if !self.wait {
            let started = create.start().await?;
            return Ok(Done::pending(started.operation).with_duplicates(started.duplicates));
        }
        let created = create.await?;
        let outcome = if created.adopted { Outcome::Adopted } else { Outcome::Created };
        Ok(Done::finished(outcome, Some(created.snapshot)).with_duplicates(created.duplicates))
    }

    /// Waits for an operation.
    #[must_use]
    pub fn follow(&self, provider: Arc<dyn SnapshotProvider>, operation: Operation) -> Job {
        let batch = self.clone();
        let subject = Subject::new(&provider, operation.kind())
            .with_source(operation.source().cloned())
            .with_snapshot(operation.snapshot().cloned());
        Job::new(subject, move |tracker| batch.follow_tracked(provider, operation, tracker))
    }

    pub(crate) async fn follow_tracked(
        self,
        provider: Arc<dyn SnapshotProvider>,
        operation: Operation,
        tracker: Tracker,
    ) -> Result<Done> {
        tracker.tell(&ProgressEvent::Started(&operation));
        let kind = operation.kind();
        let wait = self.set_up(provider.wait(operation.clone()), &tracker);
        let finished = wait.map_err(|error| error.with_token(&operation))?.await?;
        let outcome = Outcome::of_finished(kind, finished.confirmed);
        Ok(Done::finished(outcome, finished.snapshot).with_duplicates(finished.duplicates))
    }

    /// Works on all jobs until they have ended or `interrupted` gives a value; once more after that, and what is still
    /// under way is given up on. Tells `on_event` what happens.
    pub async fn run<I: Future<Output = ()>>(
        &self,
        jobs: Vec<Job>,
        interrupted: impl FnMut() -> I,
        on_event: impl FnMut(Event<'_>),
    ) -> Ended {
        Running::begin(jobs, on_event).until_ended(interrupted).await
    }
}

macro_rules! changes {
    ($($(#[$doc:meta])* $method:ident($request:ty, $kind:ident, $source:expr, $snapshot:expr)),+ $(,)?) => {
        impl Batch {$(
            $(#[$doc])*
            #[must_use]
            pub fn $method(&self, provider: Arc<dyn SnapshotProvider>, request: $request) -> Job {
                let batch = self.clone();
                let subject = Subject::new(&provider, OperationKind::$kind)
                    .with_source($source(&request))
                    .with_snapshot(Some($snapshot(&request)));
                Job::new(subject, move |tracker| async move {
                    let call = batch.set_up(provider.$method(request), &tracker)?;
                    if !batch.wait {
                        return Ok(Done::pending(call.start().await?.operation));
                    }
                    let finished = call.await?;
                    let outcome = Outcome::of_finished(OperationKind::$kind, finished.confirmed);
                    Ok(Done::finished(outcome, finished.snapshot))
                })
            }
        )+}
    };
}

changes! {
    /// Puts a snapshot back.
    restore(
        cloudsnap_core::RestoreSnapshot,
        Restore,
        |request: &cloudsnap_core::RestoreSnapshot| request.target.clone(),
        |request: &cloudsnap_core::RestoreSnapshot| request.snapshot.clone()
    ),
    /// Deletes a snapshot.
    delete(
        cloudsnap_core::SnapshotRef,
        Delete,
        |_: &cloudsnap_core::SnapshotRef| None,
        |request: &cloudsnap_core::SnapshotRef| request.clone()
    ),
    /// Changes a snapshot.
    update(
        cloudsnap_core::UpdateSnapshot,
        Update,
        |_: &cloudsnap_core::UpdateSnapshot| None,
        |request: &cloudsnap_core::UpdateSnapshot| request.snapshot.clone()
    ),
}

/// What became of a batch.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended {
    /// What was begun, in the order given.
    pub items: Vec<Item>,
    /// What an interruption kept from being begun: nothing was created or changed.
    pub not_begun: Vec<Subject>,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

struct Running<E> {
    jobs: Vec<(Subject, Tracker)>,
    tasks: JoinSet<Item>,
    /// The place of each task's work.
    places: std::collections::HashMap<Id, usize>,
    states: UnboundedReceiver<(usize, String)>,
    items: Vec<Option<Item>>,
    on_event: E,
}

impl<E: FnMut(Event<'_>)> Running<E> {
    fn begin(jobs: Vec<Job>, mut on_event: E) -> Self {
        let (sender, states) = unbounded_channel();
        let (mut tasks, mut places, mut kept) = (JoinSet::new(), std::collections::HashMap::new(), Vec::new());
        for (index, Job { subject, tracker, work }) in jobs.into_iter().enumerate() {
            on_event(Event::Begun { index, subject: &subject });
            let (since, scope) = (Instant::now(), Scope::new());
            {
                let mut tracked = tracker.tracked();
                tracked.index = index;
                tracked.states = Some(sender.clone());
                tracked.begun = Some((since, scope.clone()));
            }
            kept.push((subject.clone(), tracker));
            let task = tasks.spawn(async move {
                let ended = scope.run(work).await;
                Item::new(subject, ended, scope.requests(), since.elapsed())
            });
            places.insert(task.id(), index);
        }
        let items = kept.iter().map(|_| None).collect();
        Self { jobs: kept, tasks, places, states, items, on_event }
    }

    async fn until_ended<I: Future<Output = ()>>(mut self, mut interrupted: impl FnMut() -> I) -> Ended {
        {
            let mut signal = std::pin::pin!(interrupted());
            loop {
                tokio::select! {
                    Some((index, state)) = self.states.recv() => (self.on_event)(Event::State { index, state: &state }),
                    next = self.tasks.join_next_with_id() => match next {
                        Some(joined) => self.keep(joined),
                        None => return self.close(false),
                    },
                    () = &mut signal => break,
                }
            }
        }
        self.let_requests_be_answered(interrupted()).await;
        self.close(true)
    }

    fn keep(&mut self, joined: Result<(Id, Item), JoinError>) {
        let (id, item) = match joined {
            Ok((id, item)) => (id, Some(item)),
            Err(error) => (error.id(), None),
        };
        let Some(index) = self.places.get(&id).copied() else { return };
        let item = item.or_else(|| {
            let (subject, tracker) = &self.jobs[index];
            cut_off(subject, tracker, "this piece of work stopped by a fault of cloudsnap itself")
        });
        if let Some(item) = item {
            self.end(index, item);
        }
    }

    fn end(&mut self, index: usize, item: Item) {
        (self.on_event)(Event::Ended { index, item: &item });
        self.items[index] = Some(item);
    }

    /// What was sent a moment ago may have begun something; its answer holds the token.
    async fn let_requests_be_answered(&mut self, again: impl Future<Output = ()>) {
        let patience = Instant::now() + GRACE;
        let mut again = std::pin::pin!(again);
        while self.awaits_an_answer() {
            let soon = Instant::now() + Duration::from_millis(20);
            tokio::select! {
                Some(joined) = self.tasks.join_next_with_id() => self.keep(joined),
                () = sleep_until(soon.min(patience)) => {}
                () = &mut again => break,
            }
            if Instant::now() >= patience {
                break;
            }
        }
    }

    fn awaits_an_answer(&self) -> bool {
        let open = self.jobs.iter().zip(&self.items).filter(|(_, item)| item.is_none());
        open.into_iter().any(|((_, tracker), _)| tracker.tracked().sent == Sent::Maybe)
    }

    fn close(mut self, interrupted: bool) -> Ended {
        self.tasks.abort_all();
        let mut not_begun = Vec::new();
        for index in 0..self.jobs.len() {
            if self.items[index].is_some() {
                continue;
            }
            let (subject, tracker) = &self.jobs[index];
            match cut_off(subject, tracker, "interrupted before the provider's answer came") {
                Some(item) => self.end(index, item),
                None => not_begun.push(subject.clone()),
            }
        }
        Ended { items: self.items.into_iter().flatten().collect(), not_begun, interrupted }
    }
}

/// What is known of work that was cut off; `None` if nothing was sent that changes anything.
fn cut_off(subject: &Subject, tracker: &Tracker, why: &str) -> Option<Item> {
    let mut tracked = tracker.tracked();
    let left = match (tracked.sent, tracked.operation.take()) {
        (Sent::No, _) => return None,
        (Sent::Answered, Some(operation)) => Ok(Done::pending(operation)),
        (_, operation) => Err(unanswered(why, operation)),
    };
    let (since, scope) = tracked.begun.take()?;
    Some(Item::new(subject.clone(), left, scope.requests(), since.elapsed()))
}

fn unanswered(why: &str, operation: Option<Operation>) -> Error {
    let error = Error::new(ErrorKind::OutcomeUnknown, why)
        .with_may_have_acted(true)
        .with_advice("it may have been done: look at the provider before trying again");
    match operation {
        Some(operation) => error.with_token(operation),
        None => error,
    }
}
