use std::fmt;
use std::str::FromStr;

use crate::provider::UnknownName;

/// What a request is for; every request counts as exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// The POST that starts a snapshot.
    Create,
    /// A look at something unfinished: a job, a request's status, a snapshot that is still built.
    Poll,
    /// A list of snapshots.
    List,
    /// IONOS's request log. A fault of `list` hits it too.
    Log,
    /// A look at one finished (or missing) snapshot.
    Get,
    /// Putting a snapshot back.
    Restore,
    /// Removing a snapshot.
    Delete,
    /// Changing a snapshot, its labels or its lifetime, or a server's schedule.
    Update,
    /// Servers, disks, data centres, volumes, accounts.
    Sources,
    /// SiteHost's `cloud/image/create`.
    CreateImage,
    /// SiteHost's other `cloud/*` calls.
    Images,
    /// A path that the provider does not document.
    Other,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Create,
        Self::Poll,
        Self::List,
        Self::Log,
        Self::Get,
        Self::Restore,
        Self::Delete,
        Self::Update,
        Self::Sources,
        Self::CreateImage,
        Self::Images,
        Self::Other,
    ];

    /// Whether a fault of this operation hits a request of the other.
    pub(crate) fn includes(self, other: Self) -> bool {
        self == other || (self == Self::List && other == Self::Log)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Poll => "poll",
            Self::List => "list",
            Self::Log => "log",
            Self::Get => "get",
            Self::Restore => "restore",
            Self::Delete => "delete",
            Self::Update => "update",
            Self::Sources => "sources",
            Self::CreateImage => "create-image",
            Self::Images => "images",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Operation {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|operation| operation.name() == name);
        found.ok_or_else(|| UnknownName::new("operation", name, Self::ALL.map(Self::name)))
    }
}

impl serde::Serialize for Operation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
