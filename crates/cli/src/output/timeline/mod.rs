//! The snapshots of each source over time: in the terminal, and as a page for a browser.

mod drawing;
mod page;

use cloudsnap::jiff::Timestamp;
use cloudsnap::{Snapshot, SourceRef};
use cloudsnap_fleet::retention::Decision;
use serde::Serialize;

pub(crate) use drawing::draw;
pub(crate) use page::page;

/// All sources, on one axis of time.
pub(crate) struct Timeline {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) now: Timestamp,
    /// The rules that decide, as options; `None` where none do.
    pub(crate) rules: Option<String>,
}

/// One source and its snapshots, the oldest first; those of unknown time before them.
#[derive(Serialize)]
pub(crate) struct Lane {
    /// `None` where the provider does not tell it.
    pub(crate) source: Option<SourceRef>,
    pub(crate) account: String,
    pub(crate) snapshots: Vec<Seen>,
}

/// A snapshot, and what becomes of it.
#[derive(Serialize)]
pub(crate) struct Seen {
    pub(crate) snapshot: Snapshot,
    /// `None` where no rules decide.
    pub(crate) decision: Option<Decision>,
    pub(crate) why: String,
}

impl Timeline {
    /// From the oldest snapshot to the present, or to the newest where that is later.
    fn axis(&self) -> Axis {
        let times = self.lanes.iter().flat_map(|lane| &lane.snapshots).filter_map(|seen| seen.snapshot.created_at);
        let (oldest, newest) =
            times.fold((self.now, self.now), |(oldest, newest), at| (oldest.min(at), newest.max(at)));
        Axis { from: oldest, to: newest }
    }
}

impl Lane {
    fn title(&self) -> String {
        match &self.source {
            Some(source) => source.to_string(),
            None => format!("{}: source unknown", self.account),
        }
    }

    /// How many snapshots of what kind, and how old the newest is.
    fn summary(&self, now: Timestamp) -> String {
        let of = |decision| self.snapshots.iter().filter(|seen| seen.decision == Some(decision)).count();
        let kinds = [(Decision::Keep, "kept"), (Decision::Delete, "to be deleted"), (Decision::Skip, "skipped")];
        let kinds = kinds.map(|(decision, words)| (of(decision), words)).into_iter().filter(|(count, _)| *count > 0);
        let kinds: Vec<String> = kinds.map(|(count, words)| format!("{count} {words}")).collect();
        let count = match self.snapshots.len() {
            1 => "1 snapshot".to_owned(),
            count => format!("{count} snapshots"),
        };
        let counted = if kinds.is_empty() { count } else { format!("{count}: {}", kinds.join(", ")) };
        let newest = self.snapshots.iter().filter_map(|seen| seen.snapshot.created_at).max();
        let newest = newest.map(|at| format!("; the newest is {} old", age(at, now)));
        let undated = self.snapshots.iter().filter(|seen| seen.snapshot.created_at.is_none()).count();
        let undated = (undated > 0).then(|| format!("; {undated} of unknown time, not drawn"));
        format!("{counted}{}{}", newest.unwrap_or_default(), undated.unwrap_or_default())
    }
}

fn age(at: Timestamp, now: Timestamp) -> String {
    crate::duration::in_two_units(std::time::Duration::try_from(now.duration_since(at)).unwrap_or_default())
}

/// The time that is drawn.
struct Axis {
    from: Timestamp,
    to: Timestamp,
}

impl Axis {
    /// Where a moment stands on an axis of so many steps.
    fn place(&self, at: Timestamp, steps: usize) -> usize {
        let (length, way) = (self.seconds(), at.as_second().saturating_sub(self.from.as_second()).max(0));
        let place = i128::from(way) * i128::try_from(steps).unwrap_or(0) / i128::from(length);
        usize::try_from(place).unwrap_or(0).min(steps)
    }

    /// The moment at the end of so many of all parts.
    fn moment(&self, part: usize, parts: usize) -> String {
        let way =
            i128::from(self.seconds()) * i128::try_from(part).unwrap_or(0) / i128::try_from(parts.max(1)).unwrap_or(1);
        let second = self.from.as_second().saturating_add(i64::try_from(way).unwrap_or(0));
        let format = if self.seconds() < FEW_DAYS { "%m-%d %H:%M" } else { "%Y-%m-%d" };
        Timestamp::from_second(second).map(|at| at.strftime(format).to_string()).unwrap_or_default()
    }

    fn seconds(&self) -> i64 {
        self.to.as_second().saturating_sub(self.from.as_second()).max(1)
    }
}

/// Where the hours matter.
const FEW_DAYS: i64 = 4 * 24 * 3600;
