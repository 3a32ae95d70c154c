use std::fmt;
use std::str::FromStr;

/// One of the four simulated providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// SiteHost, `sitehost`.
    SiteHost,
    /// Hostway, `hostway`.
    Hostway,
    /// node.co.id, `nodecoid`.
    NodeCoId,
    /// IONOS Cloud, `ionos`.
    Ionos,
}

impl Provider {
    /// All of them, in the order of their ports.
    pub const ALL: [Self; 4] = [Self::SiteHost, Self::Hostway, Self::NodeCoId, Self::Ionos];

    pub(crate) fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        match self {
            Self::SiteHost => "sitehost",
            Self::Hostway => "hostway",
            Self::NodeCoId => "nodecoid",
            Self::Ionos => "ionos",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Provider {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        let found = Self::ALL.into_iter().find(|provider| provider.name() == name);
        found.ok_or_else(|| UnknownName::new("provider", name, Self::ALL.map(Self::name)))
    }
}

impl serde::Serialize for Provider {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A word that names no provider, operation or fault; it lists the words that would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    found: String,
    known: String,
}

impl UnknownName {
    pub(crate) fn new(what: &'static str, found: &str, known: impl IntoIterator<Item = &'static str>) -> Self {
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Self { what, found: found.to_owned(), known }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} `{}`, expected one of: {}", self.what, self.found, self.known)
    }
}

impl std::error::Error for UnknownName {}
