//! The arguments of what only one provider has.

use clap::{Args, Subcommand};

use super::changes::Following;
use super::lists::Shown;
use super::values::key_and_value;
use crate::completion::snapshots;

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
    /// List the public images, which --fork takes
    Public {
        #[command(flatten)]
        account: SitehostAccount,
    },
    /// List an image's versions, the newest first, and how their builds stand
    Versions {
        /// The image's code
        code: String,
        #[command(flatten)]
        account: SitehostAccount,
    },
    /// Print the log of a build
    Log {
        /// The image's code
        code: String,
        /// The build, as `versions` shows it [default: the newest]
        #[arg(long, value_name = "ID")]
        build: Option<String>,
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
        #[arg(short, long)]
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
    /// The id of the public image to fork; `sitehost image public` lists them
    #[arg(long, value_name = "ID")]
    pub(crate) fork: Option<String>,
    #[command(flatten)]
    pub(crate) following: Following,
    #[command(flatten)]
    pub(crate) account: SitehostAccount,
}

#[derive(Subcommand)]
pub(crate) enum Ionos {
    /// List, set and remove labels of a snapshot
    #[command(subcommand)]
    Label(Label),
}

#[derive(Subcommand)]
pub(crate) enum Label {
    /// List the labels of a snapshot
    #[command(after_help = "Example:\n  cloudsnap ionos label list ionos:@bd8d7a20")]
    List {
        /// The snapshot, as ACCOUNT:@ID; a unique beginning of the id is enough
        #[arg(add = snapshots())]
        snapshot: String,
        #[command(flatten)]
        shown: Shown,
    },
    /// Set labels of a snapshot, new ones or others in their place
    #[command(after_help = "Example:\n  cloudsnap ionos label set ionos:@bd8d7a20 stage=production keep=yes")]
    Set {
        /// The snapshot, as ACCOUNT:@ID; a unique beginning of the id is enough
        #[arg(add = snapshots())]
        snapshot: String,
        /// The labels
        #[arg(required = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
        labels: Vec<(String, String)>,
    },
    /// Remove labels of a snapshot
    #[command(after_help = "Example:\n  cloudsnap ionos label remove ionos:@bd8d7a20 stage")]
    Remove {
        /// The snapshot, as ACCOUNT:@ID; a unique beginning of the id is enough
        #[arg(add = snapshots())]
        snapshot: String,
        /// The labels' keys
        #[arg(required = true, value_name = "KEY")]
        keys: Vec<String>,
    },
}

#[derive(Subcommand)]
pub(crate) enum Nodecoid {
    Schedule(Schedule),
    Download(Download),
}

/// Print the URL from which a snapshot's image can be fetched
///
/// The URL is a secret: whoever has it can fetch the disk, from the one address that NODECOID_CLIENT_IP names.
#[derive(Args)]
#[command(after_help = "Example:\n  cloudsnap nodecoid download nodecoid:@hjgasd7hagdj")]
pub(crate) struct Download {
    /// The snapshot, as ACCOUNT:@ID; a unique beginning of the id is enough
    #[arg(add = snapshots())]
    pub(crate) snapshot: String,
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
