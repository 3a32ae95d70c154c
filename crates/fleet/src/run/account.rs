//! One account of a run: from its sources to what became of each. Nothing here waits for another account.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::{
    CreateSnapshot, Error, Expiry, ListSources, OperationKind, Result, Snapshot, SnapshotProvider, SnapshotProviderExt,
    SnapshotState, Source, SourceRef, StateStore,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::finished::FinishedItem;
use super::{Ended, Interrupts, PreviewItem, RunEvent, Subject, Work, lost, signals};
use crate::batch::{Batch, Event, Job};
use crate::freshness::Newest;
use crate::item::Item;
use crate::journal::{ItemJournal, RunItem};
use crate::policy::SourceSettings;
use crate::selection::{Selector, lists_of};

/// What is known of sources beyond their references.
pub(super) type Details = HashMap<SourceRef, Source>;

/// How items are placed: by the selector that found them, the account, and the account's own order.
pub(super) fn position(selector: usize, account: usize, index: usize) -> String {
    format!("{selector:04}-{account:04}-{index:06}")
}

/// One account of a run.
pub(super) struct AccountRun {
    work: Arc<Work>,
    index: usize,
    provider: Arc<dyn SnapshotProvider>,
    interrupts: Interrupts,
    events: UnboundedSender<RunEvent>,
}

/// What became of an account's items.
#[derive(Default)]
pub(super) struct AccountEnd {
    pub(super) items: Vec<FinishedItem>,
    pub(super) not_begun: Vec<Subject>,
    pub(super) interrupted: bool,
    /// The selectors that fit a source here.
    pub(super) fitted: BTreeSet<usize>,
}

/// One source that is worked on.
struct Todo {
    item: RunItem,
    source: SourceRef,
    settings: SourceSettings,
}

impl AccountRun {
    pub(super) fn new(
        work: Arc<Work>,
        index: usize,
        interrupts: Interrupts,
        events: UnboundedSender<RunEvent>,
    ) -> Self {
        let provider = Arc::clone(&work.providers[index]);
        Self { work, index, provider, interrupts, events }
    }

    fn account(&self) -> &str {
        self.provider.account().name()
    }

    pub(super) async fn work(self) -> AccountEnd {
        let mut end = AccountEnd::default();
        if let Err(error) = self.work_on(&mut end).await {
            // The journal cannot be used, and without it nothing is sent.
            self.finish(&mut end, self.unresolved(0, 0, self.account(), error));
        }
        end
    }

    /// What would be done, and what is wrong.
    pub(super) async fn preview(self) -> Result<(Vec<PreviewItem>, Vec<FinishedItem>)> {
        let mut end = AccountEnd::default();
        let (items, details) = self.items(&mut end).await?;
        let todo: Vec<Todo> = items
            .into_iter()
            .map(|item| {
                let source: SourceRef = item.subject.parse()?;
                let settings = self.work.policy.settings_of(&source, details.get(&source));
                Ok(Todo { item, source, settings })
            })
            .collect::<Result<_>>()?;
        let newest = self.newest(&todo).await;
        let mut previewed = Vec::new();
        for todo in todo {
            match self.request(&todo).and_then(|request| Ok((request, self.fresh_snapshot(&todo, &newest)?))) {
                Ok((request, fresh)) => previewed.push(PreviewItem {
                    position: todo.item.position,
                    source: todo.source,
                    name: request.name,
                    is_fresh: fresh.is_some(),
                }),
                Err(error) => end.items.push(self.failed(&todo, error)),
            }
        }
        Ok((previewed, end.items))
    }

    fn failed(&self, todo: &Todo, error: Error) -> FinishedItem {
        let error = error.with_context(self.provider.account(), "create");
        let RunItem { position, account, subject, .. } = &todo.item;
        FinishedItem::of(position, account, subject, &Item::new(self.subject(todo), Err(error), 0, Duration::ZERO))
    }

    async fn work_on(&self, end: &mut AccountEnd) -> Result<()> {
        let mut interrupts = self.interrupts.clone();
        let prepared = tokio::select! {
            prepared = self.prepare(end) => prepared?,
            Ok(_) = interrupts.wait_for(|count| *count > 0) => {
                end.interrupted = true;
                return Ok(());
            }
        };
        let (todo, jobs): (Vec<Todo>, Vec<Job>) = prepared.into_iter().unzip();
        let ended = self.work_through(&todo, jobs, end).await;
        end.not_begun.extend(ended.not_begun);
        end.interrupted |= ended.interrupted;
        Ok(())
    }

    /// All that comes before the first create: the sources, what is known of them, and the work of each.
    async fn prepare(&self, end: &mut AccountEnd) -> Result<Vec<(Todo, Job)>> {
        let (items, details) = self.items(end).await?;
        let mut todo = Vec::new();
        for item in items {
            match (&item.ended, item.subject.parse::<SourceRef>()) {
                (Some((outcome, object)), _) if outcome.is_good_create() || !item.is_source() => {
                    let past = FinishedItem::past(&item.position, &item.account, &item.subject, *outcome, object);
                    end.items.push(past);
                }
                (_, Ok(source)) => {
                    let settings = self.work.policy.settings_of(&source, details.get(&source));
                    todo.push(Todo { item, source, settings });
                }
                (_, Err(error)) => return Err(error),
            }
        }
        let done = end.items.len();
        let _ =
            self.events.send(RunEvent::Listed { account: self.account().to_owned(), items: done + todo.len(), done });
        let newest = self.newest(&todo).await;
        let mut jobs = Vec::new();
        for todo in todo {
            let job = self.job(&todo, &newest);
            jobs.push((todo, job));
        }
        Ok(jobs)
    }

    /// The account's items: those of the journal, or what the policy's selectors find now.
    async fn items(&self, end: &mut AccountEnd) -> Result<(Vec<RunItem>, Details)> {
        let (journal, run) = (&self.work.journal, &self.work.run.id);
        let is_known = journal.listed_accounts(run).await?.iter().any(|listed| listed == self.account());
        let policy = &self.work.policy;
        let needs_details = policy.other_selectors().any(|selector| selector.needs_details(self.account()));
        let needs_sources =
            needs_details || !is_known && self.selectors().any(|(_, selector)| selector.needs_sources());
        let listed = match needs_sources {
            true => self.list_sources().await,
            false => Ok(Vec::new()),
        };
        let details: Details = match &listed {
            Ok(found) => found.iter().map(|source| (source.reference.clone(), source.clone())).collect(),
            Err(_) => Details::new(),
        };
        self.work.keep_details(&details);
        if is_known {
            if let Err(error) = listed {
                let _ = self.events.send(RunEvent::Notice(format!("overrides by name are not applied: {error}")));
            }
            let items = journal.run_items(run).await?;
            let ours = items.into_iter().filter(|item| item.account == *self.account());
            return Ok((ours.collect(), details));
        }
        let are_all = listed.is_ok();
        let (mut items, failed) = self.resolve(listed, &details, end);
        let noted: Vec<RunItem> = items.iter().cloned().chain(failed.iter().map(noted)).collect();
        if !self.work.is_preview {
            journal.add_items(run, self.account(), &noted, are_all).await?;
        }
        failed.into_iter().for_each(|item| self.finish(end, item));
        if !are_all && !self.work.is_preview {
            // What an earlier process sent is in the journal still.
            let known = journal.run_items(run).await?;
            items = known.into_iter().filter(|item| item.account == *self.account() && item.is_source()).collect();
        }
        Ok((items, details))
    }

    /// The selectors that may mean sources of this account.
    fn selectors(&self) -> impl Iterator<Item = (usize, &Selector)> {
        let of_account = |selector: &&Selector| selector.account().is_none_or(|account| account == self.account());
        self.work.policy.sources.iter().enumerate().filter(move |(_, selector)| of_account(selector))
    }

    async fn list_sources(&self) -> Result<Vec<Source>> {
        if !self.provider.capabilities().list_sources {
            return Err(Error::unsupported("the provider documents no list of sources")
                .with_context(self.provider.account(), "sources"));
        }
        self.provider.sources(ListSources::default()).try_collect().await
    }

    /// What the selectors mean, each source once, and those that mean nothing.
    fn resolve(
        &self,
        listed: Result<Vec<Source>>,
        details: &Details,
        end: &mut AccountEnd,
    ) -> (Vec<RunItem>, Vec<FinishedItem>) {
        let (mut items, mut failed, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for (selector_index, selector) in self.selectors() {
            let sources = match (selector.reference(), &listed) {
                (Some(source), _) => Ok(vec![source.clone()]),
                (None, Ok(found)) => selector.resolve(found),
                (None, Err(error)) => Err(error.clone()),
            };
            match sources {
                Ok(sources) => {
                    end.fitted.insert(selector_index);
                    for source in sources.into_iter().filter(|source| !self.is_excluded(source, details)) {
                        if seen.insert(source.clone()) {
                            items.push(self.item(selector_index, items.len(), &source));
                        }
                    }
                }
                // A glob over accounts may fit at another.
                Err(_) if selector.account().is_none() && listed.is_ok() => {}
                Err(error) => {
                    end.fitted.insert(selector_index);
                    failed.push(self.unresolved(selector_index, failed.len(), &selector.to_string(), error));
                }
            }
        }
        (items, failed)
    }

    fn is_excluded(&self, source: &SourceRef, details: &Details) -> bool {
        self.work.policy.exclude.iter().any(|selector| selector.means(source, details.get(source)))
    }

    fn item(&self, selector: usize, index: usize, source: &SourceRef) -> RunItem {
        RunItem::new(position(selector, self.index, index), self.account(), source.to_string())
    }

    fn unresolved(&self, selector: usize, index: usize, subject: &str, error: Error) -> FinishedItem {
        let account = self.provider.account();
        let error = error.with_context(account, "sources");
        // Behind all sources of the selector.
        let position = position(selector, self.index, 900_000 + index);
        FinishedItem::without_source(position, account.name(), subject, account.provider(), error)
    }

    /// The newest finished snapshot of each source that may be left as it is, or why that is not known.
    async fn newest(&self, todo: &[Todo]) -> Result<HashMap<SourceRef, Newest>> {
        let wanted = todo.iter().filter(|todo| todo.settings.if_older_than.is_some() && todo.item.sent.is_none());
        let sources: Vec<&SourceRef> = wanted.map(|todo| &todo.source).collect();
        let mut lists = JoinSet::new();
        for request in lists_of(&self.provider, sources) {
            let (provider, scope) = (Arc::clone(&self.provider), cloudsnap_core::Scope::new());
            lists.spawn(async move { scope.run(provider.snapshots(request).try_collect()).await });
        }
        let mut snapshots = Vec::new();
        while let Some(listed) = lists.join_next().await {
            snapshots.extend(listed.map_err(|_| Error::config("a list was not read: a fault of cloudsnap itself"))??);
        }
        Ok(Newest::of_each(snapshots))
    }

    fn job(&self, todo: &Todo, newest: &Result<HashMap<SourceRef, Newest>>) -> Job {
        let request = match self.request(todo) {
            Ok(request) => request,
            Err(error) => return self.failing(todo, error.with_context(self.provider.account(), "create")),
        };
        let batch = Batch::new(todo.settings.timeout).with_lookup_options(self.work.lookup.clone());
        let store: Arc<dyn StateStore> = Arc::new(ItemJournal {
            journal: self.work.journal.clone(),
            run: self.work.run.id.as_str().into(),
            position: todo.item.position.clone(),
        });
        let provider = Arc::clone(&self.provider);
        match &todo.item.sent {
            Some(sent) if !sent.has_failed && sent.operation.is_unconfirmed() => {
                return lost::found_or_created(&batch, store, provider, sent.operation.clone(), request);
            }
            Some(sent) if !sent.has_failed => {
                return batch.with_state_store(store).follow(provider, sent.operation.clone());
            }
            _ => {}
        }
        match self.fresh_snapshot(todo, newest) {
            Err(error) => self.failing(todo, error),
            Ok(Some(newest)) => newest.job(&self.provider, todo.source.clone()),
            Ok(None) => batch.with_state_store(store).create(provider, request),
        }
    }

    /// The source's newest snapshot, where that is young enough.
    fn fresh_snapshot<'n>(
        &self,
        todo: &Todo,
        newest: &'n Result<HashMap<SourceRef, Newest>>,
    ) -> Result<Option<&'n Newest>> {
        let Some(age) = todo.settings.if_older_than else { return Ok(None) };
        let newest = newest.as_ref().map_err(|error| error.clone().with_context(self.provider.account(), "list"))?;
        Ok(newest.get(&todo.source).filter(|newest| newest.is_younger_than(age)))
    }

    /// What is asked of the provider: what it has no place for is left out, and said once.
    fn request(&self, todo: &Todo) -> Result<CreateSnapshot> {
        let can = self.provider.capabilities();
        let mut request = CreateSnapshot::new(todo.source.clone());
        if let Some(template) = &todo.settings.snapshot_name {
            let name = template.fill(&todo.source, Some(&self.work.policy.name), self.work.run.begun_at)?;
            request.name = self.unless(can.name, "names").then_some(name);
        }
        if let Some(end) = todo.settings.expires {
            let lifetime = end.remaining()?;
            let can_keep = match can.expiry {
                Expiry::Native { min, max } => (min..=max).contains(&lifetime),
                Expiry::Recorded => true,
                _ => false,
            };
            request.expires_in = self.unless(can_keep, "such an expiry").then_some(lifetime);
        }
        self.provider.validate_create(&request)?;
        Ok(request)
    }

    fn unless(&self, can: bool, what: &str) -> bool {
        if !can {
            let provider = self.provider.account().provider();
            let notice = format!("{provider} has no {what}; its snapshots are made without");
            let _ = self.events.send(RunEvent::Notice(notice));
        }
        can
    }

    fn failing(&self, todo: &Todo, error: Error) -> Job {
        Job::new(self.subject(todo), move |_| async move { Err(error) })
    }

    fn subject(&self, todo: &Todo) -> Subject {
        Subject::new(&self.provider, OperationKind::Create).with_source(Some(todo.source.clone()))
    }

    /// Works on the jobs. Each end is verified and in the journal before it is told.
    async fn work_through(&self, todo: &[Todo], jobs: Vec<Job>, end: &mut AccountEnd) -> Ended {
        let (sender, ended) = unbounded_channel();
        let batch = Batch::new(Duration::ZERO);
        let working = async move {
            batch
                .run(jobs, signals(&self.interrupts, 0), |event| {
                    if let Event::Ended { index, item } = event {
                        let todo = &todo[index].item;
                        let finished = FinishedItem::of(&todo.position, &todo.account, &todo.subject, item);
                        let _ = sender.send((finished, snapshot_to_verify(item)));
                    }
                })
                .await
        };
        let (batch_ended, ()) = tokio::join!(working, self.note(ended, end));
        batch_ended
    }

    async fn note(&self, mut ended: UnboundedReceiver<(FinishedItem, Option<Snapshot>)>, end: &mut AccountEnd) {
        while let Some((mut finished, unverified)) = ended.recv().await {
            if let Some(snapshot) = unverified {
                finished.is_verified = self.verify(&snapshot).await;
            }
            let (item, at) = (noted(&finished), finished.succeeded_at());
            if let Err(error) = self.work.journal.end_item(&self.work.run, &item, at).await {
                let _ = self.events.send(RunEvent::Notice(format!("the end of {} is not kept: {error}", item.subject)));
            }
            self.finish(end, finished);
        }
    }

    /// Whether the provider says that a snapshot is available that was not when its create ended.
    async fn verify(&self, snapshot: &Snapshot) -> bool {
        let reference = snapshot.reference();
        let why = match self.provider.snapshot(&reference).await {
            Ok(snapshot) if snapshot.state == SnapshotState::Available => return true,
            Ok(snapshot) => format!("its state is {}", snapshot.state),
            Err(error) => error.to_string(),
        };
        let notice = format!("{reference} is not seen to be available: {why}; nothing of its source is pruned");
        let _ = self.events.send(RunEvent::Notice(notice));
        false
    }

    fn finish(&self, end: &mut AccountEnd, item: FinishedItem) {
        let _ = self.events.send(RunEvent::Ended(Box::new(item.clone())));
        end.items.push(item);
    }
}

/// The snapshot of a create that ended well and did not show it available.
fn snapshot_to_verify(item: &Item) -> Option<Snapshot> {
    let snapshot = item.snapshot.as_ref().filter(|_| item.outcome.is_good_create());
    snapshot.filter(|snapshot| snapshot.state != SnapshotState::Available).cloned()
}

fn noted(item: &FinishedItem) -> RunItem {
    let ended = Some((item.outcome, item.object().clone()));
    RunItem { ended, ..RunItem::new(&item.position, &item.account, &item.subject) }
}
