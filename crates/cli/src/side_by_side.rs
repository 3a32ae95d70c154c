//! Several items at once, each for itself, until all have ended or a signal comes.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cloudsnap::{Error, ErrorKind, Operation, Result, Scope};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::arguments::Format;
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::item::{Done, Item, Subject};
use crate::output::{Output, Paint, print, say};
use crate::progress::Progress;
use crate::session::Session;
use crate::track::{Sent, Track};

type Work = Pin<Box<dyn Future<Output = Result<Done>> + Send>>;

/// For how long after a signal the requests under way may still be answered, so that there is a token to print.
const GRACE: Duration = Duration::from_secs(3);

/// One piece of work.
pub(crate) struct Job {
    subject: Subject,
    track: Arc<Track>,
    work: Work,
}

impl Job {
    /// Work on `subject`, which tells its track what it begins.
    pub(crate) fn new<F>(subject: Subject, progress: &Progress, work: impl FnOnce(Arc<Track>) -> F) -> Self
    where
        F: Future<Output = Result<Done>> + Send + 'static,
    {
        let track = Arc::new(Track::new(subject.label(), progress));
        let work = Box::pin(work(Arc::clone(&track)));
        Self { subject, track, work }
    }
}

/// Until when the whole command may wait.
#[derive(Clone, Copy)]
pub(crate) struct Until(Option<Instant>, Duration);

impl Until {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout), timeout)
    }

    /// What is left, for an item whose turn comes now.
    pub(crate) fn left(self) -> Result<Duration> {
        let left = self.0.map_or(self.1, |at| at.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return Err(Error::new(
                ErrorKind::WaitTimeout,
                "the deadline passed before its turn came; nothing was sent",
            ));
        }
        Ok(left)
    }
}

/// Works on all jobs, prints what became of each, and says how the command ends.
pub(crate) async fn run(
    jobs: Vec<Job>,
    concurrency: usize,
    session: &Session,
    table: fn(Paint, &[Item]) -> String,
) -> Result<Exit> {
    let ended = Workshop::open(jobs, concurrency, Some(session.output)).until_ended().await?;
    session.progress.clear();
    session.output.when_finished(&ended.items, table)?;
    ended.conclude(session)
}

/// Works on one job, and leaves it to `print` to print what became of it, if it was begun.
pub(crate) async fn run_one(job: Job, session: &Session, print: impl FnOnce(&Item) -> Result<()>) -> Result<Exit> {
    let ended = Workshop::open(vec![job], 1, None).until_ended().await?;
    session.progress.clear();
    ended.items.first().map_or(Ok(()), print)?;
    ended.conclude(session)
}

impl Ended {
    /// Says what the results do not: errors, and how to go on.
    fn conclude(self, session: &Session) -> Result<Exit> {
        let Self { items, not_begun, interrupted } = self;
        session.output.errors(items.iter().filter_map(|item| Some((Some(item.subject.label()), item.error.as_ref()?))));
        if interrupted {
            say("interrupted; what was started goes on at the provider");
            resume_commands(&items).for_each(|line| say(&line));
            for subject in not_begun {
                say(&format!("{}: not started, nothing was created or changed", subject.label()));
            }
            return Ok(Exit::Interrupted);
        }
        if session.output.format == Format::Table {
            // They are results, as much as the table is.
            resume_commands(&items).try_for_each(|line| print(&(line + "\n")))?;
        }
        Ok(Exit::of_all(items.iter().map(Item::exit)))
    }
}

/// What a person types in order to wait on, for each item that is not finished.
fn resume_commands(items: &[Item]) -> impl Iterator<Item = String> {
    let unfinished = items.iter().filter_map(|item| Some((item.subject.label(), item.operation.as_ref()?)));
    unfinished.map(|(label, operation)| format!("{label}: cloudsnap wait {operation}"))
}

struct Ended {
    items: Vec<Item>,
    not_begun: Vec<Subject>,
    interrupted: bool,
}

struct Workshop {
    jobs: Vec<(Subject, Arc<Track>)>,
    /// `None` is a job that a signal kept from being begun.
    running: JoinSet<(usize, Option<Item>)>,
    places: Arc<Semaphore>,
    items: Vec<Option<Item>>,
    /// Where items are printed as they finish.
    output: Option<Output>,
}

impl Workshop {
    fn open(jobs: Vec<Job>, concurrency: usize, output: Option<Output>) -> Self {
        let places = Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS)));
        let mut running = JoinSet::new();
        let mut kept = Vec::new();
        for (index, job) in jobs.into_iter().enumerate() {
            kept.push((job.subject.clone(), Arc::clone(&job.track)));
            let places = Arc::clone(&places);
            running.spawn(async move {
                let Ok(_place) = places.acquire().await else { return (index, None) };
                (index, Some(work(job).await))
            });
        }
        let items = kept.iter().map(|_| None).collect();
        Self { jobs: kept, running, places, items, output }
    }

    async fn until_ended(mut self) -> Result<Ended> {
        let mut interrupt = Interrupt::listen();
        loop {
            tokio::select! {
                next = self.running.join_next() => match next {
                    Some(joined) => self.keep(joined)?,
                    None => return Ok(self.close(false)),
                },
                () = interrupt.next() => break,
            }
        }
        self.places.close();
        self.let_requests_be_answered(&mut interrupt).await?;
        Ok(self.close(true))
    }

    fn keep(&mut self, joined: Result<(usize, Option<Item>), tokio::task::JoinError>) -> Result<()> {
        let (index, item) = joined.map_err(|error| Error::new(ErrorKind::Unexpected, error.to_string()))?;
        if let Some(item) = item {
            self.output.map_or(Ok(()), |output| output.as_it_finishes(&item))?;
            self.items[index] = Some(item);
        }
        Ok(())
    }

    /// What was sent a moment ago may have begun something; its answer holds the token.
    async fn let_requests_be_answered(&mut self, interrupt: &mut Interrupt) -> Result<()> {
        let patience = Instant::now() + GRACE;
        while self.awaits_an_answer() {
            tokio::select! {
                Some(joined) = self.running.join_next() => self.keep(joined)?,
                () = sleep(Duration::from_millis(20)) => {}
                () = sleep_until(patience) => break,
                () = interrupt.next() => break,
            }
        }
        Ok(())
    }

    fn awaits_an_answer(&self) -> bool {
        self.jobs.iter().zip(&self.items).any(|((_, track), item)| {
            let standing = track.standing();
            item.is_none() && standing.sent == Sent::Maybe
        })
    }

    fn close(mut self, interrupted: bool) -> Ended {
        self.running.abort_all();
        let mut ended = Ended { items: Vec::new(), not_begun: Vec::new(), interrupted };
        for ((subject, track), item) in self.jobs.into_iter().zip(self.items) {
            match item.or_else(|| cut_off(&subject, &track, self.output)) {
                Some(item) => ended.items.push(item),
                None => ended.not_begun.push(subject),
            }
        }
        ended
    }
}

/// What is known of a job that a signal cut off; `None` if nothing was sent that changes anything.
fn cut_off(subject: &Subject, track: &Track, output: Option<Output>) -> Option<Item> {
    let mut standing = track.standing();
    let operation = standing.operation.take();
    let left = match (standing.sent, operation) {
        (Sent::No, _) => return None,
        (Sent::Answered, Some(operation)) => Ok(Done::pending(operation)),
        (_, operation) => Err(unanswered(operation)),
    };
    let (since, scope) = standing.begun.take()?;
    let item = Item::new(subject.clone(), left, scope.requests(), since.elapsed());
    // Where that cannot be written, what follows on stderr still says it.
    let _ = output.map(|output| output.as_it_finishes(&item));
    Some(item)
}

fn unanswered(operation: Option<Operation>) -> Error {
    let error = Error::new(ErrorKind::OutcomeUnknown, "interrupted before the provider's answer came")
        .with_advice("it may have been done: look at the provider before trying again");
    match operation {
        Some(operation) => error.with_resume(operation),
        None => error,
    }
}

async fn work(job: Job) -> Item {
    let (since, scope) = (Instant::now(), Scope::new());
    job.track.begin(since, &scope);
    let ended = scope.run(job.work).await;
    let item = Item::new(job.subject, ended, scope.requests(), since.elapsed());
    job.track.end(&item);
    item
}
