//! The arguments of the commands that change something, and of `wait`.

use std::time::Duration;

use clap::Args;

use cloudsnap_fleet::{End, NameTemplate};

use super::values::{NewEnd, at_least_one, duration, end, end_or_never, key_and_value};
use crate::completion::{snapshots, sources};

/// How long to follow what was started.
#[derive(Args)]
pub(crate) struct Following {
    /// Start only, and print the token that `cloudsnap wait` takes
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) deadline: Deadline,
}

#[derive(Args)]
pub(crate) struct Deadline {
    /// How long the whole may take; the provider goes on after that, and the token resumes the wait
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration, default_value = "1h")]
    pub(crate) timeout: Duration,
}

/// Create snapshots, side by side, each exactly once, and follow them to their end
///
/// Checks everything before it sends anything. One source's failure does not stop the others. Where an answer is lost,
/// asks the provider whether the snapshot exists before it sends anything again; where that cannot be told, the outcome
/// is `unknown` (exit 4), and the token finds out later.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap create ionos:DC/VOL --name '{source}-{date}' --expires 7d
  cloudsnap create 'ionos:*' 'sitehost:web*/xvda2' --exclude '*/swap*'
  cloudsnap create 'hostway:*' --if-older-than 20h
  cloudsnap sources ionos -o json | jq -r '.[].ref' | cloudsnap create -
  cloudsnap create ionos:DC/VOL --no-wait -o json | jq -r '.[].operation' | cloudsnap wait -")]
pub(crate) struct Create {
    /// What to snapshot: ACCOUNT:PATH, a name that `sources` shows, a glob, or - for one a line on stdin
    #[arg(required = true, value_name = "SELECTOR", add = sources())]
    pub(crate) sources: Vec<String>,
    /// What to leave out; may be repeated
    #[arg(long, value_name = "SELECTOR", add = sources())]
    pub(crate) exclude: Vec<String>,
    /// The snapshot's name; takes {account}, {source} ('/' as '-'), {date} (2026-11-21), {time} (085433) and
    /// {timestamp} (20261121T085433Z), in UTC
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name: Option<NameTemplate>,
    /// The snapshot's description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// How long the snapshot is kept, or until when; `cloudsnap providers` shows where and how that works
    #[arg(long, value_name = "DURATION|DATE", allow_hyphen_values = true, value_parser = end)]
    pub(crate) expires: Option<End>,
    /// A provider's own option, may be repeated; `cloudsnap providers` lists them
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) options: Vec<(String, String)>,
    /// Only where the newest finished snapshot of the source is older, so that the command may be run again
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration)]
    pub(crate) if_older_than: Option<Duration>,
    /// Show what would be created, and send nothing that changes anything
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) following: Following,
    /// How many exchanges may be under way at an account; waits are never bounded
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub(crate) concurrency: usize,
    /// How long a provider is watched after a lost answer before the create is sent again
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration, default_value = "10s")]
    pub(crate) settle: Duration,
}

/// Wait for operations that this or another process started
///
/// The tokens come from `create --no-wait`, from a deadline that passed, from an interrupted command, or from `pending`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap wait cs1_eyJ… --timeout 3h
  cloudsnap wait --pending
  cloudsnap create ionos:DC/VOL --no-wait -o json | jq -r '.[].operation' | cloudsnap wait -")]
pub(crate) struct Wait {
    /// The operation's token, or - for one a line on stdin
    #[arg(required_unless_present = "pending", value_name = "OPERATION")]
    pub(crate) operations: Vec<String>,
    /// All that this machine began and has not seen end
    #[arg(long, conflicts_with = "operations")]
    pub(crate) pending: bool,
    #[command(flatten)]
    pub(crate) deadline: Deadline,
}

/// Put a snapshot back; what stands there now is overwritten
///
/// Asks first on a terminal. A script needs --yes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap restore sitehost:web1@93 --yes
  cloudsnap restore ionos:@bd8d7a20 --to ionos:DC/VOL --yes")]
pub(crate) struct Restore {
    /// The snapshot, as ACCOUNT:[PATH]@ID; a unique beginning of the id is enough
    #[arg(add = snapshots())]
    pub(crate) snapshot: String,
    /// Where to restore it to, as ACCOUNT:PATH [default: where it was taken, at providers that know]
    #[arg(long, value_name = "SOURCE", add = sources())]
    pub(crate) to: Option<String>,
    /// A provider's own option, may be repeated; `cloudsnap providers` lists them
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) options: Vec<(String, String)>,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) following: Following,
}

/// Delete snapshots
///
/// Asks first on a terminal. A script needs --yes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap delete nodecoid:@hjgasd7hagdj ionos:@bd8d7a20 --yes
  cloudsnap list ionos --expired -o json | jq -r '.[].ref' | cloudsnap delete - --yes")]
pub(crate) struct Delete {
    /// The snapshots, as ACCOUNT:[PATH]@ID, or - for one a line on stdin; a unique beginning of the id is enough
    #[arg(required = true, value_name = "SNAPSHOT", add = snapshots())]
    pub(crate) snapshots: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) following: Following,
}

/// Change a snapshot's name, description or end; what is not given stays as it is
#[derive(Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "description", "expires", "options"]))]
#[command(after_help = "\
Examples:
  cloudsnap update ionos:@bd8d7a20 --name before-upgrade
  cloudsnap update ionos:@bd8d7a20 --expires never")]
pub(crate) struct Update {
    /// The snapshot, as ACCOUNT:[PATH]@ID; a unique beginning of the id is enough
    #[arg(add = snapshots())]
    pub(crate) snapshot: String,
    /// The new name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The new description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// How long it is kept from now on, or until when
    #[arg(long, value_name = "DURATION|DATE|never", allow_hyphen_values = true, value_parser = end_or_never)]
    pub(crate) expires: Option<NewEnd>,
    /// A provider's own option, may be repeated; `cloudsnap providers` lists them
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) options: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) following: Following,
}
