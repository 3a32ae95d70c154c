//! What becomes of each snapshot.

use std::error::Error;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::listing::{ListedSnapshot, Listing};
use super::rules::Rules;
use super::safety::{Safety, Skip};

/// What becomes of each listed snapshot, and why.
///
/// Serialised, it is the plan file. The file says its format; one of another format is refused with a message that names
/// both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    format: Format,
    /// The program and version that made it.
    pub tool: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The rules that it follows.
    pub rules: Rules,
    /// The time zone in which hours, days, weeks, months and years begin. Written by its name; a zone that has none, such
    /// as that of a machine whose `/etc/localtime` is a copy, cannot be written.
    #[serde(with = "jiff::fmt::serde::tz::required")]
    pub time_zone: TimeZone,
    /// Snapshots that are not known to be made by cloudsnap are planned too.
    pub include_unowned: bool,
    /// How many snapshots may be deleted at once.
    pub max_delete: usize,
    /// A decision on each listed snapshot, by source, the newest of a source first.
    pub entries: Vec<PlanEntry>,
}

/// One snapshot, as it was listed, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlanEntry {
    /// The snapshot.
    #[serde(flatten)]
    pub snapshot: ListedSnapshot,
    /// What becomes of it.
    pub decision: Decision,
    /// Why, in words. Of a kept snapshot, the [`Reason`](super::Reason)s of all rules that keep it.
    pub reasons: Vec<String>,
}

/// What becomes of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It stays, because a rule keeps it.
    Keep,
    /// It is to be deleted.
    Delete,
    /// It stays, because it is not safe or not possible to delete it.
    Skip,
}

/// What a plan follows beside the rules.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlanOptions {
    /// The present. What was taken later is not deleted.
    pub now: Timestamp,
    /// The time zone in which hours, days, weeks, months and years begin. UTC by default.
    pub time_zone: TimeZone,
    /// Plans snapshots too that are not known to be made by cloudsnap. Off by default.
    pub include_unowned: bool,
    /// How many snapshots may be deleted at once. By default 10, or a tenth of what is listed where that is more.
    pub max_delete: Option<usize>,
}

impl PlanOptions {
    /// The defaults, at a present.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self { now, time_zone: TimeZone::UTC, include_unowned: false, max_delete: None }
    }
}

/// What a plan frees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Freed {
    /// How many snapshots are deleted.
    pub snapshots: usize,
    /// Their sizes, in bytes, of those whose size is known.
    pub bytes: u64,
    /// How many of them have no known size.
    pub unknown_sizes: usize,
}

const TOOL: &str = concat!("cloudsnap ", env!("CARGO_PKG_VERSION"));

const MIN_MAX_DELETE: usize = 10;

impl Plan {
    /// Decides on each listed snapshot. The order of the list has no part in it.
    ///
    /// Each source is looked at by itself. Where [`Rules::expired`] is on, what is past its recorded end is deleted. Of the
    /// rest, what a rule keeps is kept and what none keeps is deleted; without such rules the rest is kept.
    ///
    /// Skipped, and not counted by the rules, is what is in a list that was not read to its end, listed twice with
    /// different facts, of unknown source or time, not available, or unowned. Skipped instead of deleted is what belongs to
    /// an unverified source, was taken in the future, is the newest available of its source, or is in an account whose
    /// provider cannot delete.
    ///
    /// The plan may delete more than [`max_delete`](Self::max_delete); [`check_limit`](Self::check_limit) says so.
    ///
    /// # Errors
    ///
    /// [`PlanError::NothingKept`] where no rule is given, or each is zero.
    pub fn new(listing: &Listing, rules: &Rules, options: &PlanOptions) -> Result<Self, PlanError> {
        if !rules.keeps_something() && !rules.expired {
            return Err(PlanError::NothingKept);
        }
        let snapshots = listing.in_order();
        let safety = Safety::new(listing, &snapshots, options.include_unowned, options.now);
        let sources = snapshots.chunk_by(|a, b| a.source == b.source);
        let entries: Vec<PlanEntry> = sources.flat_map(|source| decide(source, rules, options, &safety)).collect();
        Ok(Self {
            format: Format::CURRENT,
            tool: TOOL.to_owned(),
            created_at: options.now,
            rules: rules.clone(),
            time_zone: options.time_zone.clone(),
            include_unowned: options.include_unowned,
            max_delete: options.max_delete.unwrap_or_else(|| MIN_MAX_DELETE.max(entries.len() / 10)),
            entries,
        })
    }

    /// What is to be deleted.
    pub fn deletions(&self) -> impl Iterator<Item = &PlanEntry> {
        self.entries.iter().filter(|entry| entry.decision == Decision::Delete)
    }

    /// How much the deletions free.
    #[must_use]
    pub fn freed(&self) -> Freed {
        self.deletions().fold(Freed::default(), |freed, entry| Freed {
            snapshots: freed.snapshots + 1,
            bytes: freed.bytes.saturating_add(entry.snapshot.size_bytes.unwrap_or(0)),
            unknown_sizes: freed.unknown_sizes + usize::from(entry.snapshot.size_bytes.is_none()),
        })
    }

    /// Whether the plan may be carried out. Ask before the first deletion.
    ///
    /// # Errors
    ///
    /// [`PlanError::TooManyDeletions`] where more than [`max_delete`](Self::max_delete) snapshots are to be deleted.
    pub fn check_limit(&self) -> Result<(), PlanError> {
        let (deletions, max_delete) = (self.deletions().count(), self.max_delete);
        if deletions <= max_delete {
            return Ok(());
        }
        Err(PlanError::TooManyDeletions { deletions, listed: self.entries.len(), max_delete })
    }
}

/// Decides on the snapshots of one source, newest first.
fn decide(source: &[&ListedSnapshot], rules: &Rules, options: &PlanOptions, safety: &Safety<'_>) -> Vec<PlanEntry> {
    let has_expired = |snapshot: &ListedSnapshot| rules.expired && snapshot.has_expired(options.now);
    let judged: Vec<_> = source.iter().map(|snapshot| (*snapshot, safety.judge(snapshot))).collect();
    let counted = judged.iter().filter(|(snapshot, _)| !has_expired(snapshot));
    let taken_at: Vec<Timestamp> = counted.filter_map(|(_, judgement)| Some(judgement.as_ref().ok()?.1)).collect();
    let mut reasons = rules.reasons(&taken_at, &options.time_zone, options.now).into_iter();

    let mut decision = |snapshot: &ListedSnapshot, judgement: Result<_, Skip<'_>>| {
        if let Err(skip) = judgement {
            return (Decision::Skip, vec![skip.to_string()]);
        }
        let why = if has_expired(snapshot) {
            EXPIRED
        } else {
            let kept_by = reasons.next().unwrap_or_default();
            if !kept_by.is_empty() {
                return (Decision::Keep, kept_by.iter().map(ToString::to_string).collect());
            }
            if !rules.keeps_something() {
                return (Decision::Keep, vec![NOT_EXPIRED.to_owned()]);
            }
            NO_RULE
        };
        match safety.protects(snapshot) {
            Some(skip) => (Decision::Skip, vec![skip.to_string()]),
            None => (Decision::Delete, vec![why.to_owned()]),
        }
    };
    let entry = |(snapshot, judgement): (&ListedSnapshot, _)| {
        let (decision, reasons) = decision(snapshot, judgement);
        PlanEntry { snapshot: snapshot.clone(), decision, reasons }
    };
    judged.into_iter().map(entry).collect()
}

const EXPIRED: &str = "past its recorded end";
const NOT_EXPIRED: &str = "not past a recorded end";
const NO_RULE: &str = "no rule keeps it";

/// The version of the plan file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Format(u32);

impl Format {
    const CURRENT: Self = Self(1);
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            1 => Ok(Self::CURRENT),
            other => Err(D::Error::custom(format!(
                "the plan has format {other}, and this version of cloudsnap reads format {}; make the plan anew",
                Self::CURRENT.0
            ))),
        }
    }
}

/// A plan cannot be made or must not be carried out. Nothing was deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The rules keep nothing.
    NothingKept,
    /// More snapshots would be deleted than are allowed at once.
    TooManyDeletions {
        /// How many would be deleted.
        deletions: usize,
        /// How many are listed.
        listed: usize,
        /// How many are allowed.
        max_delete: usize,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingKept => f.write_str("the rules keep nothing; give one that keeps at least one snapshot"),
            Self::TooManyDeletions { deletions, listed, max_delete } => write!(
                f,
                "{deletions} of {listed} snapshots would be deleted, and at most {max_delete} may be at once; \
                 look through the plan, and raise max-delete where it is right"
            ),
        }
    }
}

impl Error for PlanError {}
