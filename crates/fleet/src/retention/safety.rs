//! What keeps a snapshot from being deleted, whatever the rules say.

use std::collections::{HashMap, HashSet};
use std::fmt;

use jiff::Timestamp;

use super::listing::{ListedAccount, ListedSnapshot, ListedState, Listing};

/// Why a snapshot is neither kept by a rule nor deleted.
#[derive(Debug)]
pub(super) enum Skip<'a> {
    ListIncomplete { account: &'a str },
    ListedTwice,
    UnknownSource,
    UnknownTime,
    NotAvailable { state: &'a ListedState },
    Unowned,
    CreateUnverified,
    InTheFuture,
    NewestOfSource,
    CannotDelete { account: &'a str },
}

/// Knows a whole listing, so that it can judge one snapshot of it.
pub(super) struct Safety<'a> {
    listing: &'a Listing,
    include_unowned: bool,
    now: Timestamp,
    listed_twice: HashSet<&'a str>,
    /// The reference of the newest available snapshot of each source.
    newest: HashMap<&'a str, &'a str>,
}

impl<'a> Safety<'a> {
    /// `snapshots` are those of the listing, as [`Listing::in_order`] gives them.
    pub(super) fn new(
        listing: &'a Listing,
        snapshots: &[&'a ListedSnapshot],
        include_unowned: bool,
        now: Timestamp,
    ) -> Self {
        let mut seen = HashSet::with_capacity(snapshots.len());
        let references = snapshots.iter().map(|snapshot| &*snapshot.reference);
        let listed_twice = references.filter(|reference| !seen.insert(*reference)).collect();
        let mut safety = Self { listing, include_unowned, now, listed_twice, newest: HashMap::new() };
        for source in snapshots.chunk_by(|a, b| a.source == b.source) {
            let mut past = source.iter().filter(|snapshot| !safety.is_in_the_future(snapshot));
            let newest = past.find_map(|snapshot| Some((safety.judge(snapshot).ok()?.0, &*snapshot.reference)));
            safety.newest.extend(newest);
        }
        safety
    }

    pub(super) fn list_is_complete(&self, account: &str) -> bool {
        self.account(account).complete
    }

    /// What the rules need to know of a snapshot, its source and its time, or why they do not look at it.
    pub(super) fn judge(&self, snapshot: &'a ListedSnapshot) -> Result<(&'a str, Timestamp), Skip<'a>> {
        if !self.list_is_complete(&snapshot.account) {
            return Err(Skip::ListIncomplete { account: &snapshot.account });
        }
        if self.listed_twice.contains(&*snapshot.reference) {
            return Err(Skip::ListedTwice);
        }
        let source = snapshot.source.as_deref().ok_or(Skip::UnknownSource)?;
        let taken_at = snapshot.taken_at.ok_or(Skip::UnknownTime)?;
        if snapshot.state != ListedState::Available {
            return Err(Skip::NotAvailable { state: &snapshot.state });
        }
        if !snapshot.owned && !self.include_unowned {
            return Err(Skip::Unowned);
        }
        Ok((source, taken_at))
    }

    /// Why a snapshot must not be deleted, though no rule keeps it.
    pub(super) fn protects(&self, snapshot: &'a ListedSnapshot) -> Option<Skip<'a>> {
        let source = match self.judge(snapshot) {
            Ok((source, _)) => source,
            Err(skip) => return Some(skip),
        };
        if self.listing.unverified_sources.contains(source) {
            return Some(Skip::CreateUnverified);
        }
        if self.is_in_the_future(snapshot) {
            return Some(Skip::InTheFuture);
        }
        if self.newest.get(source) == Some(&&*snapshot.reference) {
            return Some(Skip::NewestOfSource);
        }
        if !self.account(&snapshot.account).can_delete {
            return Some(Skip::CannotDelete { account: &snapshot.account });
        }
        None
    }

    fn account(&self, name: &str) -> ListedAccount {
        self.listing.accounts.get(name).copied().unwrap_or_default()
    }

    fn is_in_the_future(&self, snapshot: &ListedSnapshot) -> bool {
        snapshot.taken_at.is_some_and(|taken_at| taken_at > self.now)
    }
}

impl fmt::Display for Skip<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ListIncomplete { account } => write!(f, "the list of account {account} was not read to its end"),
            Self::ListedTwice => f.write_str("it is listed twice, each time differently"),
            Self::UnknownSource => f.write_str("its source is unknown"),
            Self::UnknownTime => f.write_str("the time it was taken is unknown"),
            Self::NotAvailable { state } => write!(f, "it is not available: its state is {state}"),
            Self::Unowned => f.write_str("it is unowned: nothing shows that cloudsnap made it"),
            Self::CreateUnverified => {
                f.write_str("the latest create of its source is not known to have made an available snapshot")
            }
            Self::InTheFuture => f.write_str("its time is in the future"),
            Self::NewestOfSource => f.write_str("it is the newest available snapshot of its source"),
            Self::CannotDelete { account } => write!(f, "the provider of account {account} cannot delete snapshots"),
        }
    }
}
