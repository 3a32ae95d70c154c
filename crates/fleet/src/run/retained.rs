//! What the retention of a policy deletes, once its creates are done.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::{Error, ErrorKind, Result, SnapshotProvider, SourceRef, StateStore};
use jiff::Timestamp;

use super::finished::FinishedItem;
use super::{Interrupts, Work, signals};
use crate::batch::{Batch, Ended};
use crate::policy::Retention;
use crate::prune::{AccountScope, Report, deletions, list};
use crate::retention::{ListedState, Listing, Plan, PlanEntry, PlanError, PlanOptions};

/// For how long deletions are followed.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// What became of what the retention does not keep.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pruned {
    /// What became of each snapshot.
    pub report: Report,
    /// Why nothing was deleted of the sources of a retention.
    pub refusals: Vec<Error>,
    /// What kept lists from being read to their end. Nothing was deleted of those accounts.
    pub errors: Vec<Error>,
    /// What became of the deletions.
    pub deletions: Ended,
}

/// The sources of one retention.
struct Group {
    retention: Retention,
    sources: HashSet<String>,
}

/// Deletes what is not kept of the sources of these items.
pub(super) async fn prune(work: &Work, items: &[FinishedItem], interrupts: &Interrupts) -> Result<Option<Pruned>> {
    let sources = items.iter().filter(|item| item.has_source()).filter_map(|item| item.subject.parse().ok());
    let Some((mut pruned, entries)) = planned(work, sources.collect(), Some(items)).await? else { return Ok(None) };
    pruned.deletions = carry_out(work, &entries, interrupts).await?;
    pruned.report = pruned.report.with_ended(&pruned.deletions.items);
    Ok(Some(pruned))
}

/// What would be deleted of these sources, where each has a verified snapshot.
pub(super) async fn preview(work: &Work, sources: Vec<SourceRef>) -> Result<Option<Pruned>> {
    Ok(planned(work, sources, None).await?.map(|(pruned, _)| pruned))
}

/// What is to be deleted, and what is known before it is. Nothing of a source that is not verified by its item, where
/// items are given.
async fn planned(
    work: &Work,
    sources: Vec<SourceRef>,
    items: Option<&[FinishedItem]>,
) -> Result<Option<(Pruned, Vec<PlanEntry>)>> {
    let retained = retained(work, sources);
    if retained.is_empty() {
        return Ok(None);
    }
    let scopes: Vec<AccountScope> = work.providers.iter().filter_map(|provider| scope(provider, &retained)).collect();
    let mut listed = list(&scopes, Some(&work.journal)).await?;
    let unverified = items.map(|items| unverified(items, &listed.listing));
    listed.listing.unverified_sources.extend(unverified.into_iter().flatten());
    let (mut report, mut refusals, mut entries) = (Report::default(), Vec::new(), Vec::new());
    for group in groups(retained) {
        let plan = plan(&group, &listed.listing).map_err(|error| Error::config(error.to_string()))?;
        let mut of_plan = Report::of_plan(&plan, &listed);
        match plan.check_limit() {
            Ok(()) => entries.extend(plan.deletions().cloned()),
            Err(error) => {
                of_plan.refuse(&error.to_string());
                refusals.push(too_many(&error));
            }
        }
        report.append(of_plan);
    }
    let deletions = Ended { items: Vec::new(), not_begun: Vec::new(), interrupted: false };
    Ok(Some((Pruned { report, refusals, errors: listed.errors, deletions }, entries)))
}

fn too_many(error: &PlanError) -> Error {
    Error::new(ErrorKind::OperationFailed, error.to_string())
        .with_operation("prune")
        .with_advice("nothing of it was deleted; --dry-run shows the plan, max-delete in the policy raises the limit")
}

/// The sources that have a retention, in the order of the run.
fn retained(work: &Work, sources: Vec<SourceRef>) -> Vec<(SourceRef, Retention)> {
    let retention = |source: SourceRef| {
        let retention = work.policy.settings_of(&source, work.details_of(&source).as_ref()).retention?;
        Some((source, retention))
    };
    sources.into_iter().filter_map(retention).collect()
}

fn scope(provider: &Arc<dyn SnapshotProvider>, retained: &[(SourceRef, Retention)]) -> Option<AccountScope> {
    let of_account = |source: &&SourceRef| source.account() == &**provider.account().name();
    let sources: Vec<SourceRef> = retained.iter().map(|(source, _)| source).filter(of_account).cloned().collect();
    (!sources.is_empty()).then(|| AccountScope::of(Arc::clone(provider), sources))
}

/// The sources of which this run has no snapshot that is listed as available.
fn unverified(items: &[FinishedItem], listing: &Listing) -> BTreeSet<String> {
    let available: HashSet<&str> = listing
        .snapshots
        .iter()
        .filter(|snapshot| snapshot.state == ListedState::Available)
        .map(|snapshot| &*snapshot.reference)
        .collect();
    let is_listed =
        |item: &FinishedItem| item.reference().is_some_and(|reference| available.contains(&*reference.to_string()));
    items.iter().filter(|item| !item.is_verified || !is_listed(item)).map(|item| item.subject.clone()).collect()
}

fn groups(retained: Vec<(SourceRef, Retention)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (source, retention) in retained {
        match groups.iter_mut().find(|group| group.retention == retention) {
            Some(group) => drop(group.sources.insert(source.to_string())),
            None => groups.push(Group { retention, sources: HashSet::from([source.to_string()]) }),
        }
    }
    groups
}

fn plan(group: &Group, listing: &Listing) -> Result<Plan, PlanError> {
    let Retention { rules, time_zone, max_delete, include_unowned } = group.retention.clone();
    let is_ours = |source: &Option<String>| source.as_ref().is_some_and(|source| group.sources.contains(source));
    let listing = Listing {
        snapshots: listing.snapshots.iter().filter(|snapshot| is_ours(&snapshot.source)).cloned().collect(),
        accounts: listing.accounts.clone(),
        unverified_sources: listing.unverified_sources.clone(),
    };
    Plan::new(&listing, &rules, &PlanOptions { now: Timestamp::now(), time_zone, include_unowned, max_delete })
}

async fn carry_out(work: &Work, entries: &[PlanEntry], interrupts: &Interrupts) -> Result<Ended> {
    let providers: HashMap<&str, &Arc<dyn SnapshotProvider>> =
        work.providers.iter().map(|provider| (&**provider.account().name(), provider)).collect();
    let connect = |account: &str| {
        let provider = providers.get(account).map(|provider| Arc::clone(provider));
        provider.ok_or_else(|| Error::config(format!("the account {account} is none of this run")))
    };
    let store: Arc<dyn StateStore> = Arc::new(work.journal.clone());
    let batch = Batch::new(TIMEOUT).with_state_store(store);
    let jobs = deletions(&batch, entries, connect)?;
    let seen = *interrupts.borrow();
    Ok(batch.run(jobs, signals(interrupts, seen), |_| {}).await)
}
