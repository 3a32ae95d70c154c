//! A plan, beside what is listed when it is carried out.

use std::collections::HashMap;

use jiff::Timestamp;

use super::listing::{ListedSnapshot, ListedState, Listing};
use super::plan::{Decision, Plan, PlanEntry};
use super::safety::{Safety, Skip};

/// What can still be deleted of a plan. Each deletion of the plan stands in one of the three lists.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparison<'a> {
    /// These can be deleted: all is as the plan found it.
    pub unchanged: Vec<&'a PlanEntry>,
    /// These are no longer there, or are being deleted.
    pub gone: Vec<&'a PlanEntry>,
    /// These must not be deleted.
    pub refused: Vec<Refusal<'a>>,
}

/// A planned deletion that is not safe any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal<'a> {
    /// What the plan deletes.
    pub entry: &'a PlanEntry,
    /// Why it must not be deleted, in words.
    pub why: String,
}

impl Plan {
    /// Compares the plan with what is listed at `now`, before it is carried out.
    ///
    /// A deletion is refused where the snapshot is not as the plan has it, where another available snapshot of its source
    /// that the plan leaves is gone or not available any more, and where a plan made now would not delete it for safety:
    /// its account's list was not read to its end, or it is the newest available one. Snapshots that are new since change
    /// nothing.
    #[must_use]
    pub fn compare(&self, listing: &Listing, now: Timestamp) -> Comparison<'_> {
        let snapshots = listing.in_order();
        let safety = Safety::new(listing, &snapshots, self.include_unowned, now);
        let listed: HashMap<&str, &ListedSnapshot> =
            snapshots.iter().map(|snapshot| (&*snapshot.reference, *snapshot)).collect();
        let losses = self.losses(&listed);

        let mut comparison = Comparison { unchanged: Vec::new(), gone: Vec::new(), refused: Vec::new() };
        for entry in self.deletions() {
            let planned = &entry.snapshot;
            match listed.get(&*planned.reference) {
                None if !safety.list_is_complete(&planned.account) => {
                    let why = Skip::ListIncomplete { account: &planned.account }.to_string();
                    comparison.refused.push(Refusal { entry, why });
                }
                None => comparison.gone.push(entry),
                Some(current) if current.state.is_being_deleted() => comparison.gone.push(entry),
                Some(current) => {
                    let why = difference(planned, current)
                        .map(|fact| format!("{fact} has changed since the plan was made"))
                        .or_else(|| safety.protects(current).map(|skip| skip.to_string()))
                        .or_else(|| losses.get(planned.source.as_deref()?).cloned());
                    match why {
                        None => comparison.unchanged.push(entry),
                        Some(why) => comparison.refused.push(Refusal { entry, why }),
                    }
                }
            }
        }
        comparison
    }

    /// The sources that have lost an available snapshot which the plan leaves, and how.
    fn losses(&self, listed: &HashMap<&str, &ListedSnapshot>) -> HashMap<&str, String> {
        let left = self.entries.iter().filter(|entry| entry.decision != Decision::Delete);
        let left = left.map(|entry| &entry.snapshot).filter(|planned| planned.state == ListedState::Available);
        left.filter_map(|planned| {
            let reference = &planned.reference;
            let same_source = |current: &&&ListedSnapshot| current.source == planned.source;
            let loss = match listed.get(&**reference).filter(same_source) {
                None => format!("{reference}, which the plan leaves, is gone"),
                Some(current) if current.state != ListedState::Available => {
                    format!("{reference}, which the plan leaves, is not available: its state is {}", current.state)
                }
                Some(_) => return None,
            };
            Some((planned.source.as_deref()?, loss))
        })
        .collect()
    }
}

/// The first fact in which a snapshot differs from what the plan says of it. Its size decides nothing.
fn difference(planned: &ListedSnapshot, current: &ListedSnapshot) -> Option<&'static str> {
    [
        (planned.account == current.account, "its account"),
        (planned.source == current.source, "its source"),
        (planned.taken_at == current.taken_at, "the time it was taken"),
        (planned.expires_at == current.expires_at, "its recorded end"),
        (planned.state == current.state, "its state"),
        (planned.owned == current.owned, "its ownership"),
    ]
    .into_iter()
    .find_map(|(same, fact)| (!same).then_some(fact))
}
