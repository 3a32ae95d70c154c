//! What the providers list, as retention sees it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the providers list now, and what is known about the lists.
///
/// Whatever is not filled in makes a plan more careful: nothing is deleted in an account that is not in
/// [`accounts`](Self::accounts), and nothing that is not [`owned`](ListedSnapshot::owned).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listing {
    /// All snapshots, in any order.
    pub snapshots: Vec<ListedSnapshot>,
    /// What is known of each account, by its name.
    pub accounts: BTreeMap<String, ListedAccount>,
    /// Sources whose latest create is not known to have made an available snapshot, as
    /// [`ListedSnapshot::source`] writes them. Nothing of theirs is deleted.
    pub unverified_sources: BTreeSet<String>,
}

impl Listing {
    /// Each snapshot once, by source, the newest of a source first.
    pub(super) fn in_order(&self) -> Vec<&ListedSnapshot> {
        let mut snapshots: Vec<&ListedSnapshot> = self.snapshots.iter().collect();
        snapshots.sort_by(|a, b| a.order().cmp(&b.order()));
        // A list that moves while its pages are read shows a snapshot again.
        snapshots.dedup();
        snapshots
    }
}

/// What is known of an account that was listed. The default allows nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListedAccount {
    /// Its list was read to the end. Nothing is deleted where it was not.
    pub complete: bool,
    /// Its provider can delete a snapshot.
    pub can_delete: bool,
}

/// One snapshot, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedSnapshot {
    /// How a user writes it: `ACCOUNT:[PATH]@ID`. No two snapshots share it.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The name of the account it belongs to.
    pub account: String,
    /// What it was taken of: `ACCOUNT:PATH`. The rules look at each source by itself.
    pub source: Option<String>,
    /// When it was taken.
    pub taken_at: Option<Timestamp>,
    /// Its recorded end.
    pub expires_at: Option<Timestamp>,
    /// Its size in bytes.
    pub size_bytes: Option<u64>,
    /// Where it stands.
    pub state: ListedState,
    /// It is known to be made by cloudsnap: it carries cloudsnap's tag, or its creation is recorded.
    pub owned: bool,
}

impl ListedSnapshot {
    /// A snapshot of which nothing more is known, and which is not owned.
    pub fn new(reference: impl Into<String>, account: impl Into<String>, state: impl Into<ListedState>) -> Self {
        Self {
            reference: reference.into(),
            account: account.into(),
            source: None,
            taken_at: None,
            expires_at: None,
            size_bytes: None,
            state: state.into(),
            owned: false,
        }
    }

    fn order(&self) -> (Option<&str>, Reverse<Option<Timestamp>>, &str) {
        (self.source.as_deref(), Reverse(self.taken_at), &self.reference)
    }

    /// Whether its recorded end is at `now` or before. What has no recorded end does not expire.
    #[must_use]
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// Where a snapshot stands. Only what is available is counted and deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum ListedState {
    /// It is complete and can be restored.
    Available,
    /// Another state: `pending`, `restoring`, `failed`, or the provider's own word.
    Other(String),
}

const AVAILABLE: &str = "available";

impl ListedState {
    /// The state as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Available => AVAILABLE,
            Self::Other(word) => word,
        }
    }

    pub(super) fn is_being_deleted(&self) -> bool {
        matches!(self.as_str(), "deleting" | "deleted")
    }
}

impl From<&str> for ListedState {
    fn from(word: &str) -> Self {
        if word == AVAILABLE { Self::Available } else { Self::Other(word.to_owned()) }
    }
}

impl From<String> for ListedState {
    fn from(word: String) -> Self {
        Self::from(&*word)
    }
}

impl From<ListedState> for String {
    fn from(state: ListedState) -> Self {
        state.as_str().to_owned()
    }
}

impl fmt::Display for ListedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
