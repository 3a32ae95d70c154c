//! The arguments of the commands that only read.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::duration;
use crate::completion::{accounts, accounts_and_sources, snapshots, sources};

/// Which columns of a table are shown.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Shown {
    /// Only these columns of the table, in this order
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// The table without its heading
    #[arg(long)]
    pub(crate) no_header: bool,
}

/// List what can be snapshotted
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap sources\n  cloudsnap sources ionos 'sitehost:web*' -o json")]
pub(crate) struct Sources {
    /// Accounts, references, names or globs; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SELECTOR", add = accounts_and_sources())]
    pub(crate) of: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// List snapshots, in every state, the newest first
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap list
  cloudsnap list ionos 'sitehost:web*/xvda2' --older-than 7d
  cloudsnap list --expired -o json | jq -r '.[].ref' | cloudsnap delete - --yes")]
pub(crate) struct List {
    /// Accounts, references, names or globs; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SELECTOR", add = accounts_and_sources())]
    pub(crate) of: Vec<String>,
    /// Only those that were taken longer ago
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) older_than: Option<Duration>,
    /// Only those that were taken since
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) newer_than: Option<Duration>,
    /// Only those in this state: pending, available and so on, or the provider's own word
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
    /// Only those whose end has passed
    #[arg(long)]
    pub(crate) expired: bool,
    /// The order; `:asc` or `:desc` behind it turns it
    #[arg(long, value_name = "KEY", default_value = "created:desc", value_parser = sort_order)]
    pub(crate) sort: SortOrder,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortOrder {
    pub(crate) key: SortKey,
    pub(crate) descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    Created,
    Expires,
    Source,
    Name,
    State,
    Size,
}

fn sort_order(text: &str) -> Result<SortOrder, String> {
    let (key, order) = text.split_once(':').unwrap_or((text, ""));
    let descending = match order {
        "" | "asc" => false,
        "desc" => true,
        _ => return Err("behind the colon stands asc or desc".to_owned()),
    };
    let key = SortKey::from_str(key, true)
        .map_err(|_| "it takes created, expires, source, name, state or size".to_owned())?;
    Ok(SortOrder { key, descending })
}

/// Show, for each source, its newest finished snapshot, and whether that is too old
///
/// With --max-age, ends with 1 where a source has no finished snapshot that is young enough: the check that a monitoring
/// system runs.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap status
  cloudsnap status 'ionos:*' --max-age 26h --exclude '*/scratch*'")]
pub(crate) struct Status {
    /// Accounts, references, names or globs; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SELECTOR", add = accounts_and_sources())]
    pub(crate) of: Vec<String>,
    /// How old the newest finished snapshot of a source may be
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) max_age: Option<Duration>,
    /// What to leave out; may be repeated
    #[arg(long, value_name = "SELECTOR", add = sources())]
    pub(crate) exclude: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// Show one snapshot, with everything that the provider tells
#[derive(Args)]
#[command(after_help = "Example:\n  cloudsnap show sitehost:web1@93")]
pub(crate) struct Show {
    /// The snapshot, as ACCOUNT:[PATH]@ID; a unique beginning of the id is enough
    #[arg(add = snapshots())]
    pub(crate) snapshot: String,
}

/// Show what this machine began and has not seen end
///
/// `cloudsnap wait --pending` waits for all of it.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  cloudsnap pending\n  cloudsnap pending -o json | jq -r '.[].operation' | cloudsnap wait -"
)]
pub(crate) struct Pending {
    /// Take an operation out of the list, of which nobody will see the end
    #[arg(long, value_name = "OPERATION")]
    pub(crate) forget: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

/// Check credentials and reachability, without changing anything
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap doctor\n  cloudsnap doctor sitehost")]
pub(crate) struct Doctor {
    /// The accounts; none given means all that are configured
    #[arg(value_name = "ACCOUNT", add = accounts())]
    pub(crate) accounts: Vec<String>,
    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_by_a_key_and_an_order() {
        let by = |text| sort_order(text).map(|order| (order.key, order.descending));
        assert_eq!(by("name"), Ok((SortKey::Name, false)));
        assert_eq!(by("created:desc"), Ok((SortKey::Created, true)));
        assert!(by("name:up").is_err() && by("weight").unwrap_err().contains("created"));
    }
}
