//! The command line, as clap reads it and `--help` shows it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use cloudsnap_simulator::Fault;

use crate::duration;

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

  A value may also be \"TEXT\", { env = \"NAME\" } or { file = \"PATH\" }.
  `cloudsnap simulate` prints all variables there are.

Exit codes:
  0 done · 1 failed · 2 usage or configuration · 3 some failed, others are done
  4 an outcome is unknown · 5 the deadline passed · 130 interrupted";

/// Take, follow and manage snapshots at SiteHost, Hostway, node.co.id and IONOS Cloud.
///
/// One successful create is exactly one snapshot at the provider, whatever the network does. A wait survives trouble on
/// the way, can be resumed by another process, and never calls a failed snapshot a success.
#[derive(Parser)]
#[command(name = "cloudsnap", version, after_long_help = EXAMPLES, after_help = "See --help for references, accounts and exit codes.")]
#[command(arg_required_else_help = true, disable_help_subcommand = true, max_term_width = 110)]
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
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Log what happens on stderr: -v, -vv for every request, -vvv for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// No progress on stderr
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Whether to colour the output
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// How long one HTTP exchange may take
    #[arg(long, global = true, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse, default_value = "30s")]
    pub(crate) request_timeout: Duration,
    /// Run this command against a simulator of the four providers inside this process
    #[arg(long, global = true)]
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
    Sources(Sources),
    List(List),
    Show(Show),
    Restore(Restore),
    Delete(Delete),
    Update(Update),
    /// Show what each provider can do
    ///
    /// Needs no credentials. What a provider does not document is refused before anything is sent.
    Providers,
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
    },
    /// What only SiteHost has: images of cloud containers
    #[command(subcommand)]
    Sitehost(Sitehost),
    /// What only node.co.id has: snapshots on a schedule
    #[command(subcommand)]
    Nodecoid(Nodecoid),
}

impl Command {
    /// The name by which errors call it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::Create(_) => "create",
            Self::Wait(_) => "wait",
            Self::Sources(_) => "sources",
            Self::List(_) => "list",
            Self::Show(_) => "show",
            Self::Restore(_) => "restore",
            Self::Delete(_) => "delete",
            Self::Update(_) => "update",
            Self::Providers => "providers",
            Self::Doctor(_) => "doctor",
            Self::Simulate(_) => "simulate",
            Self::Completions { .. } => "completions",
            Self::Man { .. } => "man",
            Self::Sitehost(_) => "image",
            Self::Nodecoid(_) => "schedule",
        }
    }
}

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
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse, default_value = "1h")]
    pub(crate) timeout: Duration,
}

/// Create snapshots, side by side, each exactly once, and follow them to their end
///
/// Everything is checked before anything is sent. One source's failure does not stop the others. Where an answer is
/// lost, the provider is asked whether the snapshot exists before anything is sent again; where that cannot be told,
/// the outcome is `unknown` (exit 4) and the token finds out later.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap create ionos:DC/VOL --name '{source}-{date}' --expires 7d
  cloudsnap create sitehost:web1/xvda2 --expires 12h
  cloudsnap create hostway:41 hostway:42 nodecoid:7 --concurrency 2 -o jsonl
  cloudsnap create ionos:DC/VOL --no-wait -o json | jq -r '.[].operation' | xargs cloudsnap wait")]
pub(crate) struct Create {
    /// What to snapshot, as ACCOUNT:PATH
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// The snapshot's name; takes {account}, {source} ('/' as '-'), {date} (2026-11-21), {time} (085433) and
    /// {timestamp} (20261121T085433Z), in UTC
    #[arg(long, value_name = "TEMPLATE")]
    pub(crate) name: Option<String>,
    /// The snapshot's description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// How long the snapshot is to be kept; `cloudsnap providers` shows where and how that works
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse)]
    pub(crate) expires: Option<Duration>,
    /// A provider's own option, may be repeated; `cloudsnap providers` lists them
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(crate) options: Vec<(String, String)>,
    #[command(flatten)]
    pub(crate) following: Following,
    /// How many exchanges may be under way at an account
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub(crate) concurrency: usize,
    /// How long a provider is watched after a lost answer before its snapshot counts as not created
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse, default_value = "10s")]
    pub(crate) settle: Duration,
}

/// Wait for operations that this or another process started
///
/// The tokens come from `create --no-wait`, from a deadline that passed, or from an interrupted command.
#[derive(Args)]
#[command(after_help = "Example:\n  cloudsnap wait cs1_eyJ… --timeout 3h")]
pub(crate) struct Wait {
    /// The operation's token
    #[arg(required = true, value_name = "OPERATION")]
    pub(crate) operations: Vec<String>,
    #[command(flatten)]
    pub(crate) deadline: Deadline,
}

/// List what can be snapshotted
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap sources\n  cloudsnap sources ionos work -o json")]
pub(crate) struct Sources {
    /// The accounts; none given means all that are configured
    #[arg(value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// List snapshots, in every state
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap list\n  cloudsnap list ionos sitehost:web1/xvda2")]
pub(crate) struct List {
    /// Accounts, or single sources; none given means all accounts that are configured
    #[arg(value_name = "ACCOUNT|SOURCE")]
    pub(crate) of: Vec<String>,
}

/// Show one snapshot
#[derive(Args)]
#[command(after_help = "Example:\n  cloudsnap show sitehost:web1@93")]
pub(crate) struct Show {
    /// The snapshot, as ACCOUNT:[PATH]@ID
    pub(crate) snapshot: String,
}

/// Put a snapshot back; what stands there now is overwritten
///
/// A terminal is asked first. A script needs --yes.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap restore sitehost:web1@93
  cloudsnap restore ionos:@bd8d7a20 --to ionos:DC/VOL --yes")]
pub(crate) struct Restore {
    /// The snapshot, as ACCOUNT:[PATH]@ID
    pub(crate) snapshot: String,
    /// Where to restore it to, as ACCOUNT:PATH [default: where it was taken, at providers that know]
    #[arg(long, value_name = "SOURCE")]
    pub(crate) to: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) following: Following,
}

/// Delete snapshots
///
/// A terminal is asked first. A script needs --yes.
#[derive(Args)]
#[command(after_help = "Example:\n  cloudsnap delete nodecoid:@hjgasd7hagdj ionos:@bd8d7a20 --yes")]
pub(crate) struct Delete {
    /// The snapshots, as ACCOUNT:[PATH]@ID
    #[arg(required = true, value_name = "SNAPSHOT")]
    pub(crate) snapshots: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) following: Following,
}

/// Change a snapshot's name, description or end; what is not given stays as it is
#[derive(Args)]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args(["name", "description", "expires"]))]
#[command(after_help = "Example:\n  cloudsnap update ionos:@bd8d7a20 --name before-upgrade")]
pub(crate) struct Update {
    /// The snapshot, as ACCOUNT:[PATH]@ID
    pub(crate) snapshot: String,
    /// The new name
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,
    /// The new description
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// How long it is to be kept from now on
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse)]
    pub(crate) expires: Option<Duration>,
}

/// Check credentials and reachability, without changing anything
#[derive(Args)]
#[command(after_help = "Examples:\n  cloudsnap doctor\n  cloudsnap doctor sitehost")]
pub(crate) struct Doctor {
    /// The accounts; none given means all that are configured
    #[arg(value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// Serve the four providers' APIs on loopback, until a signal
///
/// Prints the variables with which any client reaches them, then `ready`. What each provider holds is at
/// /__simulator/state beside its API.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap simulate > simulator.txt &     # then, once it says `ready`:
  eval \"$(grep ^export simulator.txt)\"
  cloudsnap simulate --fault '*:create=reset-after@0.3' --seed 7
  cloudsnap simulate --fault ionos:poll=status-503 --build-time 10s")]
pub(crate) struct Simulate {
    /// Where to listen, loopback only; with a port P the four get P to P+3
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// How long each answer is held back
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse_or_zero, default_value = "0s")]
    pub(crate) latency: Duration,
    /// How long a snapshot takes to be built
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true, value_parser = duration::parse_or_zero, default_value = "2s")]
    pub(crate) build_time: Duration,
    /// Requests a second that each provider accepts [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rate_limit: Option<u32>,
    /// Where the random decisions start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Something that goes wrong, as PROVIDER:OPERATION=FAULT[@PROBABILITY]; may be repeated
    #[arg(long = "fault", value_name = "SPEC")]
    pub(crate) faults: Vec<Fault>,
    /// How many servers each provider has
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    pub(crate) servers: usize,
    /// How many finished snapshots each provider has at the start
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) snapshots: usize,
}

#[derive(Subcommand)]
pub(crate) enum Sitehost {
    /// Create, list, show and delete images of cloud containers
    #[command(subcommand)]
    Image(Image),
}

#[derive(Subcommand)]
pub(crate) enum Image {
    Create(ImageCreate),
    /// List the images
    List {
        #[command(flatten)]
        account: SitehostAccount,
    },
    /// Show one image
    Show {
        /// The image's code
        code: String,
        #[command(flatten)]
        account: SitehostAccount,
    },
    /// Delete an image
    Delete {
        /// The image's code
        code: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        following: Following,
        #[command(flatten)]
        account: SitehostAccount,
    },
}

#[derive(Args)]
pub(crate) struct SitehostAccount {
    /// Another SiteHost account, from the configuration file
    #[arg(long, value_name = "ACCOUNT", default_value = "sitehost")]
    pub(crate) account: String,
}

/// Create an image, and follow its job to the end
///
/// A new image still has nothing to deploy: that takes a push, and a build that succeeds.
#[derive(Args)]
#[command(
    after_help = "Example:\n  cloudsnap sitehost image create --label 'My application' --ssh-key 12 --ssh-key 13"
)]
pub(crate) struct ImageCreate {
    /// The image's label
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) label: String,
    /// The image's code [default: made from the label by SiteHost]
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// The id of an SSH key that may push to it; may be repeated
    #[arg(long = "ssh-key", value_name = "ID")]
    pub(crate) ssh_keys: Vec<String>,
    /// The id of the public image to fork
    #[arg(long, value_name = "ID")]
    pub(crate) fork: Option<String>,
    #[command(flatten)]
    pub(crate) following: Following,
    #[command(flatten)]
    pub(crate) account: SitehostAccount,
}

#[derive(Subcommand)]
pub(crate) enum Nodecoid {
    Schedule(Schedule),
}

/// Set which snapshots are taken of a server by itself, or show it
///
/// node.co.id sets all three together: what is not given is read first and set as it is. Without any of them the
/// schedule is only shown.
#[derive(Args)]
#[command(after_help = "\
Examples:
  cloudsnap nodecoid schedule 12345
  cloudsnap nodecoid schedule 12345 --daily 7 --weekly 4 --monthly off")]
pub(crate) struct Schedule {
    /// The server's id
    pub(crate) server: String,
    /// For how many days daily snapshots are kept, 1 to 99, or `off`
    #[arg(long, value_name = "N|off", value_parser = kept)]
    pub(crate) daily: Option<Kept>,
    /// For how many weeks weekly snapshots are kept, 1 to 99, or `off`
    #[arg(long, value_name = "N|off", value_parser = kept)]
    pub(crate) weekly: Option<Kept>,
    /// For how many months monthly snapshots are kept, 1 to 99, or `off`
    #[arg(long, value_name = "N|off", value_parser = kept)]
    pub(crate) monthly: Option<Kept>,
    /// Another node.co.id account, from the configuration file
    #[arg(long, value_name = "ACCOUNT", default_value = "nodecoid")]
    pub(crate) account: String,
}

/// For how long snapshots are kept; `None` is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept(pub(crate) Option<u8>);

fn kept(text: &str) -> Result<Kept, String> {
    match text.parse() {
        _ if text == "off" => Ok(Kept(None)),
        Ok(number @ 1..=99) => Ok(Kept(Some(number))),
        _ => Err("it takes a number from 1 to 99, or off".to_owned()),
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("it is written KEY=VALUE".to_owned()),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err("it takes a number from 1".to_owned()),
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
