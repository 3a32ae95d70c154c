//! Running a policy: create, verify, prune, through any number of deaths of the process.
//!
//! [`PolicyRun::begin`] takes up the policy's run that has not ended, or begins one. [`PolicyRun::create`] works on each
//! account by itself: it finds the sources, notes them in the journal, and makes the snapshots. What an item has sent is
//! in the journal before it leaves, so that a later process follows it, or looks for it, and does nothing twice.
//! [`PolicyRun::prune`] deletes what the policy's retention does not keep, and nothing of a source whose create in this
//! run is not verified.

mod account;
mod finished;
mod lost;
mod retained;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::{Error, ErrorKind, LockGuard, LookupOptions, Result, Scope, SnapshotProvider, Source, SourceRef};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::batch::Ended;
use crate::item::Subject;
use crate::journal::Journal;
use crate::policy::Policy;

pub use crate::journal::{Run, RunItem, SentCreate, Worker};
pub use finished::FinishedItem;
pub use retained::Pruned;

/// For how long after it was begun a run that did not end is taken up again. Later, its snapshots are those of another day.
pub const TAKEN_UP_WITHIN: Duration = Duration::from_secs(12 * 3600);

/// How often the command was interrupted so far. A receiver that is new counts what came before as well.
pub type Interrupts = watch::Receiver<u32>;

/// How a run is begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RunOptions {
    /// The name of this machine.
    pub host: String,
    /// What tells this text of the policy from others.
    pub digest: String,
    /// The accounts that the run is narrowed to; empty for all of the policy.
    pub accounts: Vec<String>,
    /// Whether a run that has not ended is left as it is, and a new one begun.
    pub fresh: bool,
    /// How a lost answer is made good.
    pub lookup: LookupOptions,
}

impl RunOptions {
    /// A run of all accounts on this machine.
    #[must_use]
    pub fn new(host: impl Into<String>, digest: impl Into<String>) -> Self {
        let (accounts, lookup) = (Vec::new(), LookupOptions::default());
        Self { host: host.into(), digest: digest.into(), accounts, fresh: false, lookup }
    }
}

/// Something that happens while a run creates.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RunEvent {
    /// The sources of an account are known.
    Listed {
        /// The account.
        account: String,
        /// How many items it has in all.
        items: usize,
        /// How many of them are done already.
        done: usize,
    },
    /// An item has ended.
    Ended(Box<FinishedItem>),
    /// Something that a person should know.
    Notice(String),
}

/// What became of the creates of a run.
#[derive(Debug)]
#[non_exhaustive]
pub struct Creates {
    /// What was begun, in the order of the policy, with what earlier processes did.
    pub items: Vec<FinishedItem>,
    /// What an interruption kept from being begun.
    pub not_begun: Vec<Subject>,
    /// Whether it was interrupted.
    pub interrupted: bool,
}

/// A run of a policy that this process works on, and no other.
#[derive(Debug)]
pub struct PolicyRun {
    work: Arc<Work>,
    scope: Scope,
    resumed: bool,
    has_changed: bool,
    _turn: Turn,
}

/// The right to run the policy.
struct Turn(#[expect(dead_code, reason = "it is held, not read")] LockGuard);

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Turn")
    }
}

/// What all accounts of a run share.
#[derive(Debug)]
struct Work {
    policy: Policy,
    /// By the account's name, in the order in which a glob over accounts goes through them.
    providers: Vec<Arc<dyn SnapshotProvider>>,
    journal: Journal,
    run: Run,
    lookup: LookupOptions,
    /// What was listed of sources.
    details: Mutex<account::Details>,
    /// Whether nothing is written and nothing sent that changes anything.
    is_preview: bool,
}

impl Work {
    fn keep_details(&self, details: &account::Details) {
        let mut kept = self.details.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(details.iter().map(|(source, details)| (source.clone(), details.clone())));
    }

    fn details_of(&self, source: &SourceRef) -> Option<Source> {
        self.details.lock().unwrap_or_else(PoisonError::into_inner).get(source).cloned()
    }
}

impl PolicyRun {
    /// Takes up the run of this policy that has not ended, or begins a new one. `providers` are those of all accounts that
    /// it works on.
    ///
    /// # Errors
    ///
    /// [`Config`](ErrorKind::Config) where another process runs the policy, and what keeps the journal from being used.
    /// Nothing was sent.
    pub async fn begin(
        policy: Policy,
        providers: Vec<Arc<dyn SnapshotProvider>>,
        journal: Journal,
        options: RunOptions,
    ) -> Result<Self> {
        let Some(turn) = journal.try_lock_policy(&policy.name).await? else {
            return Err(is_running(&policy.name, journal.worker(&policy.name).await?));
        };
        let worker = Worker::this(options.host);
        let unfinished = match options.fresh {
            true => None,
            false => journal.unfinished_run(&policy.name, &options.accounts).await?.filter(is_young),
        };
        let resumed = unfinished.is_some();
        let has_changed = unfinished.as_ref().is_some_and(|run| run.digest != options.digest);
        let run = match unfinished {
            Some(run) => {
                journal.take_up_run(&run.id, &worker).await?;
                Run { worker, ..run }
            }
            None => {
                let run = new_run(&policy.name, worker.host);
                let run = Run { accounts: options.accounts, digest: options.digest, ..run };
                journal.begin_run(&run).await?;
                run
            }
        };
        let work = Arc::new(Work {
            policy,
            providers,
            journal,
            run,
            lookup: options.lookup,
            details: Mutex::default(),
            is_preview: false,
        });
        Ok(Self { work, scope: Scope::new(), resumed, has_changed, _turn: Turn(turn) })
    }

    /// The run, as the journal has it.
    #[must_use]
    pub fn run(&self) -> &Run {
        &self.work.run
    }

    /// Whether another process began it.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Whether the policy file said something else when the run was begun.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }

    /// How long ago the run was begun.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Duration::try_from(Timestamp::now().duration_since(self.work.run.begun_at)).unwrap_or_default()
    }

    /// How many requests it took, with those of items that earlier processes ended.
    #[must_use]
    pub fn requests(&self, items: &[FinishedItem]) -> u64 {
        let earlier: u64 = items.iter().filter(|item| item.is_past).map(|item| item.requests).sum();
        earlier + u64::from(self.scope.requests())
    }

    /// Makes the snapshots: the accounts side by side, each for itself. Each item's end is in the journal when its event
    /// is told.
    pub async fn create(&self, interrupts: &Interrupts, on_event: impl FnMut(RunEvent)) -> Creates {
        self.scope.run(self.create_all(interrupts, on_event)).await
    }

    async fn create_all(&self, interrupts: &Interrupts, mut on_event: impl FnMut(RunEvent)) -> Creates {
        let (sender, mut events) = mpsc::unbounded_channel();
        let mut accounts = JoinSet::new();
        for index in 0..self.work.providers.len() {
            let account = account::AccountRun::new(Arc::clone(&self.work), index, interrupts.clone(), sender.clone());
            let scope = Scope::new();
            accounts.spawn(async move { scope.run(account.work()).await });
        }
        drop(sender);
        while let Some(event) = events.recv().await {
            on_event(event);
        }
        let mut creates = Creates { items: Vec::new(), not_begun: Vec::new(), interrupted: false };
        let mut fitted = BTreeSet::new();
        while let Some(joined) = accounts.join_next().await {
            let Ok(ended) = joined else { continue };
            creates.items.extend(ended.items);
            creates.not_begun.extend(ended.not_begun);
            creates.interrupted |= ended.interrupted;
            fitted.extend(ended.fitted);
        }
        creates
            .items
            .extend(self.unfitted(&fitted).into_iter().inspect(|item| on_event(RunEvent::Ended(item.clone().into()))));
        creates.items.sort_by(|a, b| a.position.cmp(&b.position));
        creates
    }

    /// Globs over accounts that fit nothing at any.
    fn unfitted(&self, fitted: &BTreeSet<usize>) -> Vec<FinishedItem> {
        let policy = &self.work.policy;
        let over_accounts = policy.sources.iter().enumerate().filter(|(_, selector)| selector.account().is_none());
        let unfitted = over_accounts.filter(|(index, _)| !fitted.contains(index) && !self.resumed);
        unfitted
            .map(|(index, selector)| {
                let error = Error::invalid_input(format!("'{selector}' fits no source"));
                FinishedItem::without_source(account::position(index, 0, 0), "", &selector.to_string(), "", error)
            })
            .collect()
    }

    /// Deletes what the policy's retention does not keep. `None` where there is none. Nothing is deleted of a source whose
    /// item is not verified, or that has none.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being used. Lists that cannot be read are no error here: see [`Pruned::errors`].
    pub async fn prune(&self, items: &[FinishedItem], interrupts: &Interrupts) -> Result<Option<Pruned>> {
        self.scope.run(retained::prune(&self.work, items, interrupts)).await
    }

    /// Notes that the run has ended, in a word. Without that, a later process takes it up.
    ///
    /// # Errors
    ///
    /// What keeps the journal from being written.
    pub async fn end(&self, outcome: &str, items: &[FinishedItem]) -> Result<()> {
        self.work.journal.end_run(&self.work.run.id, outcome, self.requests(items)).await
    }
}

/// What a run would do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Preview {
    /// What would be snapshotted, or left as it is.
    pub items: Vec<PreviewItem>,
    /// What cannot be.
    pub failed: Vec<FinishedItem>,
    /// What would be pruned, once each source has a verified snapshot.
    pub prune: Option<Pruned>,
    /// Which parts of the settings are left out at which provider.
    pub notices: Vec<String>,
}

/// One source of a run that would be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PreviewItem {
    /// Its place in the run.
    #[serde(skip)]
    pub position: String,
    /// The source.
    pub source: SourceRef,
    /// The name that the snapshot would have.
    pub name: Option<String>,
    /// Whether it has a snapshot that is young enough.
    #[serde(rename = "fresh")]
    pub is_fresh: bool,
}

/// What a new run of a policy would do. It only reads, and takes no notice of runs that have not ended.
///
/// # Errors
///
/// What keeps the journal from being read.
pub async fn preview(policy: Policy, providers: Vec<Arc<dyn SnapshotProvider>>, journal: Journal) -> Result<Preview> {
    let run = new_run(&policy.name, String::new());
    let (lookup, details) = (LookupOptions::default(), Mutex::default());
    let work = Arc::new(Work { policy, providers, journal, run, lookup, details, is_preview: true });
    let (sender, mut events) = mpsc::unbounded_channel();
    let (_interrupts, never) = watch::channel(0);
    let mut preview = Preview { items: Vec::new(), failed: Vec::new(), prune: None, notices: Vec::new() };
    let mut accounts = JoinSet::new();
    for index in 0..work.providers.len() {
        accounts.spawn(account::AccountRun::new(Arc::clone(&work), index, never.clone(), sender.clone()).preview());
    }
    drop(sender);
    while let Some(joined) = accounts.join_next().await {
        let (items, failed) =
            joined.map_err(|_| Error::new(ErrorKind::Unexpected, "a fault of cloudsnap itself"))??;
        preview.items.extend(items);
        preview.failed.extend(failed);
    }
    while let Some(event) = events.recv().await {
        if let RunEvent::Notice(notice) = event {
            preview.notices.push(notice);
        }
    }
    preview.items.sort_by(|a, b| a.position.cmp(&b.position));
    preview.failed.sort_by(|a, b| a.position.cmp(&b.position));
    preview.prune = retained::preview(&work, preview.items.iter().map(|item| item.source.clone()).collect()).await?;
    Ok(preview)
}

fn is_young(run: &Run) -> bool {
    Duration::try_from(Timestamp::now().duration_since(run.begun_at)).is_ok_and(|age| age < TAKEN_UP_WITHIN)
}

/// One policy is run once at a time, which makes the id one of its own.
fn new_run(policy: &str, host: String) -> Run {
    let begun_at = Timestamp::now();
    Run::new(format!("{policy}-{}", begun_at.strftime("%Y%m%dT%H%M%S.%3fZ")), policy, begun_at, host)
}

fn is_running(policy: &str, worker: Option<Worker>) -> Error {
    let by = match worker {
        Some(Worker { host, pid, since }) => format!("process {pid} on {host} has run it since {since:.0}"),
        None => "another process has just begun to run it".to_owned(),
    };
    Error::new(ErrorKind::Config, format!("the policy '{policy}' is being run: {by}"))
        .with_advice("wait for its end; where that process dies, the next start goes on with its run")
}

/// What each call of `Batch::run` asks for signals by.
fn signals(interrupts: &Interrupts, seen: u32) -> impl FnMut() -> SignalFuture {
    let (mut seen, interrupts) = (seen, interrupts.clone());
    move || {
        let (mut interrupts, before) = (interrupts.clone(), seen);
        seen += 1;
        Box::pin(async move {
            if interrupts.wait_for(|count| *count > before).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

type SignalFuture = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;
