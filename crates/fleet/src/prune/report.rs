//! What became of each snapshot of a plan.

use std::collections::HashMap;

use cloudsnap_core::{Error, Snapshot, SnapshotRef, SnapshotState};
use serde::Serialize;

use super::Listed;
use crate::item::Item;
use crate::retention::{Comparison, Decision, Plan, PlanEntry};

/// What becomes of each snapshot of a plan, and what became of each deletion. Serialised as the command's JSON.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What a rule keeps.
    pub keep: Vec<Kept>,
    /// What is deleted.
    pub delete: Vec<Deletion>,
    /// What is neither.
    pub skipped: Vec<Skipped>,
    #[serde(skip)]
    places: HashMap<SnapshotRef, usize>,
}

/// A snapshot that a rule keeps.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The rules that keep it.
    pub reasons: Vec<String>,
}

/// A snapshot that is deleted.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Deletion {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// [`PLANNED`], [`GONE`], or an [`Outcome`](crate::Outcome)'s word.
    pub outcome: &'static str,
    /// Why it is deleted.
    pub reasons: Vec<String>,
    /// The token of what to wait on, where it has not ended or nobody can tell.
    pub operation: Option<String>,
    /// What went wrong.
    pub error: Option<Error>,
}

/// A snapshot that is neither kept by a rule nor deleted.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Why, in words.
    pub why: String,
}

/// The outcome of a deletion that has not ended.
pub const PLANNED: &str = "planned";

/// The outcome of a deletion of what was not there any more.
pub const GONE: &str = "gone";

impl Report {
    /// What a plan says, before anything is deleted.
    #[must_use]
    pub fn of_plan(plan: &Plan, listed: &Listed) -> Self {
        let mut report = Self::of_the_rest(plan, listed);
        plan.deletions().for_each(|entry| report.add_deletion(snapshot(entry, listed), entry, PLANNED));
        report
    }

    /// What a plan from a file still says, before anything is deleted.
    #[must_use]
    pub fn of_comparison(plan: &Plan, comparison: &Comparison<'_>, listed: &Listed) -> Self {
        let mut report = Self::of_the_rest(plan, listed);
        for entry in &comparison.unchanged {
            report.add_deletion(snapshot(entry, listed), entry, PLANNED);
        }
        for entry in &comparison.gone {
            report.add_deletion(snapshot(entry, listed), entry, GONE);
        }
        let refused = comparison.refused.iter();
        let refused =
            refused.map(|refusal| Skipped { snapshot: snapshot(refusal.entry, listed), why: refusal.why.clone() });
        report.skipped.extend(refused);
        report
    }

    /// Adds what another plan says, of other snapshots.
    pub(crate) fn append(&mut self, other: Self) {
        let before = self.delete.len();
        self.places.extend(other.places.into_iter().map(|(snapshot, place)| (snapshot, before + place)));
        self.keep.extend(other.keep);
        self.delete.extend(other.delete);
        self.skipped.extend(other.skipped);
    }

    /// Skips what was to be deleted, for this reason.
    pub(crate) fn refuse(&mut self, why: &str) {
        self.places.clear();
        let refused =
            self.delete.drain(..).map(|deletion| Skipped { snapshot: deletion.snapshot, why: why.to_owned() });
        self.skipped.extend(refused);
    }

    fn of_the_rest(plan: &Plan, listed: &Listed) -> Self {
        let mut report = Self { keep: Vec::new(), delete: Vec::new(), skipped: Vec::new(), places: HashMap::new() };
        for entry in &plan.entries {
            let snapshot = snapshot(entry, listed);
            match entry.decision {
                Decision::Keep => report.keep.push(Kept { snapshot, reasons: entry.reasons.clone() }),
                Decision::Skip => report.skipped.push(Skipped { snapshot, why: entry.reasons.join(", ") }),
                Decision::Delete => {}
            }
        }
        report
    }

    fn add_deletion(&mut self, snapshot: Snapshot, entry: &PlanEntry, outcome: &'static str) {
        self.places.insert(snapshot.reference(), self.delete.len());
        let reasons = entry.reasons.clone();
        self.delete.push(Deletion { snapshot, outcome, reasons, operation: None, error: None });
    }

    /// A deletion of the report as it ended; `None` where the item is none of them.
    #[must_use]
    pub fn ended(&self, item: &Item) -> Option<Deletion> {
        let place = self.places.get(item.subject.snapshot.as_ref()?)?;
        Some(Deletion {
            outcome: item.outcome.as_str(),
            operation: item.token.clone(),
            error: item.error.clone(),
            ..self.delete.get(*place)?.clone()
        })
    }

    /// The report with how its deletions ended. What was not begun is still [`PLANNED`].
    #[must_use]
    pub fn with_ended(mut self, items: &[Item]) -> Self {
        for deletion in items.iter().filter_map(|item| self.ended(item)).collect::<Vec<_>>() {
            if let Some(place) = self.places.get(&deletion.snapshot.reference()) {
                self.delete[*place] = deletion;
            }
        }
        self
    }
}

/// The snapshot as it is listed now; of one that is gone, what the plan knows of it.
fn snapshot(entry: &PlanEntry, listed: &Listed) -> Snapshot {
    let planned = &entry.snapshot;
    if let Some(snapshot) = listed.snapshots.get(&planned.reference) {
        return snapshot.clone();
    }
    let provider = listed.providers.get(&planned.account).copied().unwrap_or_default();
    let account = planned.account.as_str().into();
    let mut snapshot = match planned.reference.parse() {
        Ok(reference) => Snapshot::at(account, provider, &reference, SnapshotState::Deleted),
        Err(_) => Snapshot::new(account, provider, &*planned.reference, SnapshotState::Deleted),
    };
    snapshot.source = planned.source.as_deref().and_then(|source| source.parse().ok());
    snapshot.created_at = planned.taken_at;
    snapshot.expires_at = planned.expires_at;
    snapshot.size_bytes = planned.size_bytes;
    snapshot
}
