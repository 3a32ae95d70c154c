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
use crate::prune::{AccountScope, Listed, deletions, list};
use crate::retention::{ListedState, Listing, Plan, PlanOptions};

/// For how long deletions are followed.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// One plan of a run: for the sources of one retention.
#[derive(Debug)]
#[non_exhaustive]
pub struct Planned {
    /// What becomes of each snapshot.
    pub plan: Plan,
    /// Why nothing of it was deleted.
    pub refusal: Option<Error>,
}

/// What became of what the retention does not keep.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pruned {
    /// The plans, those whose sources come first first.
    pub plans: Vec<Planned>,
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

pub(super) async fn prune(
    work: &Work,
    items: &[FinishedItem],
    interrupts: Option<&Interrupts>,
) -> Result<Option<Pruned>> {
    let retained = retained(work, items);
    if retained.is_empty() {
        return Ok(None);
    }
    let scopes: Vec<AccountScope> = work.providers.iter().filter_map(|provider| scope(provider, &retained)).collect();
    let Listed { mut listing, errors } = list(&scopes, Some(&work.journal)).await?;
    listing.unverified_sources.extend(unverified(items, &listing));
    let now = Timestamp::now();
    let plans: Vec<Planned> = groups(retained)
        .iter()
        .map(|group| planned(group, &listing, now))
        .collect::<Result<_, _>>()
        .map_err(|error| Error::config(error.to_string()))?;
    let deletions = match interrupts {
        Some(interrupts) => carry_out(work, &plans, interrupts).await?,
        None => Ended { items: Vec::new(), not_begun: Vec::new(), interrupted: false },
    };
    Ok(Some(Pruned { plans, errors, deletions }))
}

/// The sources that have a retention, in the order of the run.
fn retained(work: &Work, items: &[FinishedItem]) -> Vec<(SourceRef, Retention)> {
    let sources = items.iter().filter(|item| item.has_source()).filter_map(|item| item.subject.parse().ok());
    sources
        .filter_map(|source: SourceRef| {
            let retention = work.policy.settings_of(&source, work.details_of(&source).as_ref()).retention?;
            Some((source, retention))
        })
        .collect()
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

fn planned(group: &Group, listing: &Listing, now: Timestamp) -> Result<Planned, crate::retention::PlanError> {
    let Retention { rules, time_zone, max_delete, include_unowned } = group.retention.clone();
    let is_ours = |source: &Option<String>| source.as_ref().is_some_and(|source| group.sources.contains(source));
    let listing = Listing {
        snapshots: listing.snapshots.iter().filter(|snapshot| is_ours(&snapshot.source)).cloned().collect(),
        accounts: listing.accounts.clone(),
        unverified_sources: listing.unverified_sources.clone(),
    };
    let plan = Plan::new(&listing, &rules, &PlanOptions { now, time_zone, include_unowned, max_delete })?;
    let refusal = plan.check_limit().err().map(|error| Error::new(ErrorKind::QuotaExceeded, error.to_string()));
    Ok(Planned { plan, refusal })
}

async fn carry_out(work: &Work, plans: &[Planned], interrupts: &Interrupts) -> Result<Ended> {
    let providers: HashMap<&str, &Arc<dyn SnapshotProvider>> =
        work.providers.iter().map(|provider| (&**provider.account().name(), provider)).collect();
    let connect = |account: &str| {
        let provider = providers.get(account).map(|provider| Arc::clone(provider));
        provider.ok_or_else(|| Error::config(format!("the account {account} is none of this run")))
    };
    let store: Arc<dyn StateStore> = Arc::new(work.journal.clone());
    let batch = Batch::new(TIMEOUT).with_state_store(store);
    let entries = plans.iter().filter(|planned| planned.refusal.is_none()).flat_map(|planned| planned.plan.deletions());
    let jobs = deletions(&batch, entries, connect)?;
    let seen = *interrupts.borrow();
    Ok(batch.run(jobs, signals(interrupts, seen), |_| {}).await)
}
