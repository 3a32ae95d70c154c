//! The command line, as clap reads it and `--help` shows it.

mod changes;
mod lists;
mod own;
mod retention;
mod runs;
mod simulate;
mod values;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub(crate) use changes::{Create, Delete, Following, Restore, Update, Wait};
pub(crate) use lists::{Doctor, List, Pending, Show, Shown, SortKey, SortOrder, Sources, Status};
pub(crate) use own::{Download, Image, ImageCreate, Ionos, Kept, Label, Nodecoid, Schedule, Sitehost};
pub(crate) use retention::{Keep, Prune, Timeline};
pub(crate) use runs::{History, Run};
pub(crate) use simulate::Simulate;
pub(crate) use values::NewEnd;

use values::duration;

const EXAMPLES: &str = "\
Examples:
  cloudsnap demo                                 All four, without an account
  cloudsnap sources                              What can be snapshotted
  cloudsnap create sitehost:web1/xvda2 ionos:DC/VOL
                                                 Two, side by side, to their end
  cloudsnap create hostway:41 --no-wait -o json  Start only; `wait` takes the token
  cloudsnap list ionos -o json | jq '.[].ref'    stdout holds results alone

References:
  SOURCE    ACCOUNT:PATH       sitehost:SERVER/DISK, ionos:DATACENTER/VOLUME,
                               hostway:SERVER, nodecoid:SERVER
  SNAPSHOT  ACCOUNT:[PATH]@ID  sitehost:SERVER@ID, hostway:SERVER@ID,
                               nodecoid:@ID, ionos:@ID
  '/', '@', ':' and '%' inside a part are percent-encoded.

Accounts:
  ACCOUNT is a provider's name, with credentials from the environment, or the
  name of an account in the configuration file, with the same variables there:

    [accounts.work]
    provider = \"ionos\"
    IONOS_TOKEN = { command = [\"pass\", \"show\", \"ionos\"] }

  A value may also be \"TEXT\", { env = \"NAME\" }, { file = \"PATH\" } or, where
  cloudsnap was built with the feature keyring, { keyring = \"SERVICE\" }.
  `cloudsnap simulate` prints all variables there are.

Exit codes:
  0 done · 1 failed · 2 usage or configuration · 3 some failed, others are done
  4 an outcome is unknown · 5 the deadline passed · 130 interrupted";

/// Take, follow and manage snapshots at SiteHost, Hostway, node.co.id and IONOS Cloud.
///
/// One successful create is exactly one snapshot at the provider, whatever the network does. A wait survives trouble on
/// the way, can be resumed by another process, and never calls a failed snapshot a success.
#[derive(Parser)]
#[command(name = "cloudsnap", version, after_long_help = EXAMPLES, after_help = "See --help for examples, references, accounts, exit codes and all global options.")]
#[command(arg_required_else_help = true, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// How results are printed; errors follow suit
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT", default_value_t = Format::Table)]
    pub(crate) output: Format,
    /// The configuration file [default: $XDG_CONFIG_HOME/cloudsnap/config.toml or ~/.config/cloudsnap/config.toml]
    #[arg(long, global = true, hide_short_help = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where it is kept what was begun [default: $XDG_STATE_HOME/cloudsnap/state.db or ~/.local/state/cloudsnap/state.db]
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        value_name = "FILE",
        env = "CLOUDSNAP_STATE",
        hide_env_values = true
    )]
    pub(crate) state: Option<String>,
    /// Log what happens on stderr: -v a line for each request, -vv more of it, -vvv everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Print nothing but errors and what -o json asks for
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Whether to colour the output
    #[arg(long, global = true, hide_short_help = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// How long one HTTP exchange may take
    #[arg(long, global = true, hide_short_help = true, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration, default_value = "30s")]
    pub(crate) request_timeout: Duration,
    /// Run this command against a simulator of the four providers inside this process
    #[arg(long, global = true, hide_short_help = true)]
    pub(crate) simulated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line, as each item finishes
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    Always,
    Never,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a snapshot at each of the four providers, inside a simulator
    Demo,
    Create(Create),
    Wait(Wait),
    Pending(Pending),
    Sources(Sources),
    #[command(visible_alias = "ls")]
    List(List),
    Status(Status),
    Show(Show),
    Restore(Restore),
    #[command(visible_alias = "rm")]
    Delete(Delete),
    Update(Update),
    Run(Run),
    History(History),
    Prune(Box<Prune>),
    Timeline(Box<Timeline>),
    /// Show the configured accounts and where their credentials come from; never a credential
    Accounts(Accounts),
    /// Show what each provider can do
    ///
    /// Needs no credentials. What a provider does not document is refused before anything is sent.
    Providers(Providers),
    Doctor(Doctor),
    Simulate(Simulate),
    /// Print a completion script for a shell
    ///
    /// For bash: `cloudsnap completions bash > ~/.local/share/bash-completion/completions/cloudsnap`.
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, of the whole or of one command
    ///
    /// To read it: `cloudsnap man create | man -l -`.
    Man {
        /// The command, such as `create` or `sitehost image create`
        command: Vec<String>,
        /// Write all pages into this folder
        #[arg(long, value_name = "DIR", conflicts_with = "command")]
        all: Option<PathBuf>,
    },
    /// What only SiteHost has: images of cloud containers
    #[command(subcommand)]
    Sitehost(Sitehost),
    /// What only node.co.id has: snapshots on a schedule, URLs to download from
    #[command(subcommand)]
    Nodecoid(Nodecoid),
    /// What only IONOS has: labels of snapshots
    #[command(subcommand)]
    Ionos(Ionos),
}

#[derive(Args)]
pub(crate) struct Accounts {
    #[command(flatten)]
    pub(crate) shown: Shown,
}

#[derive(Args)]
pub(crate) struct Providers {
    #[command(flatten)]
    pub(crate) shown: Shown,
}

impl Command {
    /// The name by which errors call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Create(_) => "create",
            Self::Wait(_) => "wait",
            Self::Pending(_) => "pending",
            Self::Sources(_) => "sources",
            Self::List(_) => "list",
            Self::Status(_) => "status",
            Self::Show(_) => "show",
            Self::Restore(_) => "restore",
            Self::Delete(_) => "delete",
            Self::Update(_) => "update",
            Self::Run(_) => "run",
            Self::History(_) => "history",
            Self::Prune(_) => "prune",
            Self::Timeline(_) => "timeline",
            Self::Accounts(_) => "accounts",
            Self::Providers(_) => "providers",
            Self::Doctor(_) => "doctor",
            Self::Simulate(_) => "simulate",
            Self::Completions { .. } => "completions",
            Self::Man { .. } => "man",
            Self::Sitehost(_) => "image",
            Self::Nodecoid(Nodecoid::Schedule(_)) => "schedule",
            Self::Nodecoid(Nodecoid::Download(_)) => "download",
            Self::Ionos(_) => "label",
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
