//! From accounts to what is listed, and from a plan to the work that carries it out.
//!
//! [`list`] reads what there is, [`Plan::new`](crate::retention::Plan::new) decides,
//! [`Plan::check_limit`](crate::retention::Plan::check_limit) says whether that is too much, and [`deletions`] makes jobs of
//! a [`Batch`]. A plan that was kept in a file is held against a fresh list first, with
//! [`Plan::compare`](crate::retention::Plan::compare).
//!
//! A plan that was carried out in part, because the process was killed, is made anew or compared anew, and then has the
//! rest left: what is gone is not deleted again, and a plan after a part of its deletions deletes nothing else.

mod report;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use cloudsnap_core::{
    Error, ErrorKind, ListSnapshots, OperationKind, Result, Scope, Snapshot, SnapshotProvider, SnapshotProviderExt,
    SnapshotRef, SnapshotState, SourceRef, TagId,
};
use tokio::task::JoinSet;

use crate::batch::{Batch, Job};
use crate::journal::Journal;
use crate::retention::{ListedAccount, ListedSnapshot, Listing, PlanEntry};
use crate::selection::lists_of;

pub use report::{Deletion, GONE, Kept, PLANNED, Report, Skipped};

/// An account, or some of its sources.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AccountScope {
    /// The account's provider.
    pub provider: Arc<dyn SnapshotProvider>,
    /// The sources whose snapshots are listed, with all that is inside them. `None` is the whole account.
    pub sources: Option<BTreeSet<SourceRef>>,
}

impl AccountScope {
    /// The whole account.
    #[must_use]
    pub fn whole(provider: Arc<dyn SnapshotProvider>) -> Self {
        Self { provider, sources: None }
    }

    /// Some of its sources.
    #[must_use]
    pub fn of(provider: Arc<dyn SnapshotProvider>, sources: impl IntoIterator<Item = SourceRef>) -> Self {
        Self { provider, sources: Some(sources.into_iter().collect()) }
    }

    fn lists(&self) -> Vec<ListSnapshots> {
        match &self.sources {
            None => vec![ListSnapshots::default()],
            Some(sources) => lists_of(&self.provider, sources),
        }
    }

    fn has(&self, snapshot: &Snapshot) -> bool {
        self.sources.as_ref().is_none_or(|sources| {
            snapshot.source.as_ref().is_some_and(|source| sources.iter().any(|wanted| source.is_within(wanted)))
        })
    }
}

/// What was listed, and what kept lists from being read to their end.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Listed {
    /// What a plan is made of.
    pub listing: Listing,
    /// The same snapshots with all that their providers tell in lists, by their references.
    pub snapshots: HashMap<String, Snapshot>,
    /// Why an account's list is not complete: an error for each list that broke off, with the account it is of.
    pub errors: Vec<Error>,
    /// The provider of each account.
    providers: BTreeMap<String, &'static str>,
}

/// Lists the snapshots of all scopes side by side, and says of each whether cloudsnap made it.
///
/// An account is complete where each of its lists was read to its end. What was read before one broke off is listed, and
/// nothing of that account is deleted.
///
/// A snapshot is owned where its tag is valid ([`Snapshot::has_valid_tag`]) and is not that of another listed snapshot too, or
/// where the journal has recorded its creation. Sources of which the journal has a create whose end was not seen are
/// [unverified](Listing::unverified_sources). Without a journal only tags show what is owned.
///
/// # Errors
///
/// What keeps the journal from being read. Lists that cannot be read are no error here: see [`Listed::errors`].
pub async fn list(scopes: &[AccountScope], journal: Option<&Journal>) -> Result<Listed> {
    let mut listed = Listed::default();
    if let Some(journal) = journal {
        listed.listing.unverified_sources = unfinished_creates(journal).await?;
    }
    for (scope, (snapshots, broken)) in scopes.iter().zip(read(scopes).await) {
        let account = scope.provider.account();
        let (complete, can_delete) = (broken.is_empty(), scope.provider.capabilities().delete);
        let known = listed.listing.accounts.entry(account.name().to_string());
        known.or_insert(ListedAccount { complete, can_delete }).complete &= complete;
        listed.errors.extend(broken.into_iter().map(|error| error.with_context(account, "list")));
        let created = match journal {
            Some(journal) => journal.created(account).await?,
            None => Vec::new(),
        };
        let owned = owned(&snapshots, created);
        listed.providers.insert(account.name().to_string(), account.provider());
        for snapshot in snapshots.into_iter().filter(|snapshot| is_there(snapshot) && scope.has(snapshot)) {
            let is_owned = owned.contains(&snapshot.reference());
            listed.listing.snapshots.push(listed_snapshot(&snapshot, is_owned));
            listed.snapshots.insert(snapshot.reference().to_string(), snapshot);
        }
    }
    Ok(listed)
}

/// Providers may go on listing what is deleted.
fn is_there(snapshot: &Snapshot) -> bool {
    snapshot.state != SnapshotState::Deleted
}

type Broken = Vec<Error>;

/// What each scope's lists show, and why some broke off. The answers stand in the order of the scopes.
async fn read(scopes: &[AccountScope]) -> Vec<(Vec<Snapshot>, Broken)> {
    let mut reading = JoinSet::new();
    let mut scope_of = HashMap::new();
    for (index, scope) in scopes.iter().enumerate() {
        for request in scope.lists() {
            let (provider, counted) = (Arc::clone(&scope.provider), Scope::new());
            let task = reading.spawn(async move { counted.run(read_list(&provider, request)).await });
            scope_of.insert(task.id(), index);
        }
    }
    let mut read: Vec<(Vec<Snapshot>, Broken)> = scopes.iter().map(|_| Default::default()).collect();
    while let Some(joined) = reading.join_next_with_id().await {
        let (id, (snapshots, broken)) = joined.unwrap_or_else(|error| (error.id(), (Vec::new(), Some(fell_over()))));
        if let Some(index) = scope_of.get(&id) {
            read[*index].0.extend(snapshots);
            read[*index].1.extend(broken);
        }
    }
    read
}

fn fell_over() -> Error {
    Error::new(ErrorKind::Unexpected, "the list was not read: a fault of cloudsnap itself")
}

/// The snapshots of a list up to where it ends or breaks off.
async fn read_list(provider: &Arc<dyn SnapshotProvider>, request: ListSnapshots) -> (Vec<Snapshot>, Option<Error>) {
    let mut pager = provider.snapshots(request);
    let mut snapshots = Vec::new();
    loop {
        match pager.next_page().await {
            Ok(Some(page)) => snapshots.extend(page),
            Ok(None) => return (snapshots, None),
            Err(error) => return (snapshots, Some(error)),
        }
    }
}

/// What cloudsnap made: by the journal, or by a tag that one snapshot alone has. One that two have was copied from one to
/// the other, or a create made both.
fn owned(snapshots: &[Snapshot], created: Vec<SnapshotRef>) -> HashSet<SnapshotRef> {
    let mut carriers: HashMap<TagId, HashSet<SnapshotRef>> = HashMap::new();
    for snapshot in snapshots.iter().filter(|snapshot| snapshot.has_valid_tag()) {
        if let Some(tag) = snapshot.tag {
            carriers.entry(tag).or_default().insert(snapshot.reference());
        }
    }
    let alone = carriers.into_values().filter(|carriers| carriers.len() == 1).flatten();
    alone.chain(created).collect()
}

fn listed_snapshot(snapshot: &Snapshot, owned: bool) -> ListedSnapshot {
    let mut listed = ListedSnapshot::new(snapshot.reference().to_string(), &*snapshot.account, snapshot.state.as_str());
    listed.source = snapshot.source.as_ref().map(ToString::to_string);
    listed.taken_at = snapshot.created_at;
    listed.expires_at = snapshot.expires_at;
    listed.size_bytes = snapshot.size_bytes;
    listed.owned = owned;
    listed
}

/// The sources of creates that were begun and whose end was not seen.
async fn unfinished_creates(journal: &Journal) -> Result<BTreeSet<String>> {
    let pending = journal.pending().await?.into_iter();
    let creates = pending.filter(|operation| operation.kind == OperationKind::Create.as_str());
    Ok(creates.map(|operation| operation.subject).collect())
}

/// The work that deletes the snapshots of these entries, in their order. `connect` gives the provider of an account.
///
/// Give it the [deletions](crate::retention::Plan::deletions) of a plan that was made just now, or what is
/// [unchanged](crate::retention::Comparison::unchanged) of one from a file. Each deletion is noted in the batch's state
/// store before it is sent.
///
/// # Errors
///
/// What keeps an account from being used, and [`InvalidInput`](cloudsnap_core::ErrorKind::InvalidInput) where an entry
/// names no snapshot of its account, as in a plan file that was altered. Nothing was sent.
pub fn deletions<'a>(
    batch: &Batch,
    entries: impl IntoIterator<Item = &'a PlanEntry>,
    mut connect: impl FnMut(&str) -> Result<Arc<dyn SnapshotProvider>>,
) -> Result<Vec<Job>> {
    let job = |entry: &PlanEntry| {
        let snapshot: SnapshotRef = entry.snapshot.reference.parse()?;
        if *snapshot.account() != *entry.snapshot.account {
            let account = &entry.snapshot.account;
            return Err(Error::invalid_input(format!("the plan says that {snapshot} is of the account {account}"))
                .with_advice("make the plan anew"));
        }
        Ok(batch.delete(connect(snapshot.account())?, snapshot))
    };
    entries.into_iter().map(job).collect()
}
