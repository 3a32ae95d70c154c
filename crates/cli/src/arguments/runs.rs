//! The arguments of `run` and `history`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::lists::Shown;
use super::values::duration;

/// Run a policy: create, verify, then prune; what a killed run has left is done by the next start
///
/// What each source has sent is kept before it leaves, so that nothing is done twice and nothing is lost. A source that
/// fails stops no other, and nothing is pruned of a source whose snapshot of this run is not seen to be available.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap run nightly.toml --dry-run
  cloudsnap run nightly.toml -o json --metrics-file /var/lib/node_exporter/cloudsnap.prom

A policy:
  name = \"nightly\"
  sources = [\"ionos:*\", \"sitehost:web*/xvda2\"]
  snapshot-name = \"{policy}-{date}\"
  if-older-than = \"20h\"

  [retention]
  keep-daily = 7
  keep-weekly = 4")]
pub(crate) struct Run {
    /// The policy file
    #[arg(value_name = "POLICY.toml")]
    pub(crate) policy: PathBuf,
    /// Show what would be created and pruned, and send nothing that changes anything
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Begin a new run where one has not ended; what is pending of that stays pending
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Only the policy's sources at this account; may be repeated
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
    /// Write what became of the run as Prometheus text
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,
    /// How long a provider is watched after a lost answer before the create is sent again
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration, default_value = "10s")]
    pub(crate) settle: Duration,
}

/// Show past runs: when, how long, what became of each source, how many requests
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap history\n  cloudsnap history nightly --last 1 -o json")]
pub(crate) struct History {
    /// The policy's name; none given means all
    #[arg(value_name = "POLICY")]
    pub(crate) policy: Option<String>,
    /// How many runs
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = super::values::at_least_one)]
    pub(crate) last: usize,
    #[command(flatten)]
    pub(crate) shown: Shown,
}
