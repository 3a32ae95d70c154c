//! A snapshot and what it is taken of, as all providers' are shown.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::printable::printable;
use crate::reference::{SnapshotRef, SourceRef};
use crate::tag::TagId;

/// One snapshot. What a provider does not tell is `None`.
///
/// Serialised as the command's JSON.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The account it belongs to.
    pub account: Arc<str>,
    /// The provider's name.
    pub provider: &'static str,
    /// The path it is filed under: the server, where the provider's calls need it; else empty.
    pub path: Vec<String>,
    /// The provider's id.
    pub id: String,
    /// What it was taken of.
    pub source: Option<SourceRef>,
    /// Its display name.
    pub name: Option<String>,
    /// Its description, without our tag.
    pub description: Option<String>,
    /// The id of the cloudsnap create that made it, where its description carries our tag.
    pub tag: Option<TagId>,
    /// Its state.
    pub state: SnapshotState,
    /// When it was taken.
    pub created_at: Option<Timestamp>,
    /// When it ends, by the provider or by our tag.
    pub expires_at: Option<Timestamp>,
    /// The provider's own words for `created_at`, where they carry no zone.
    pub created_text: Option<String>,
    /// The provider's own words for `expires_at`, where they carry no zone.
    pub expires_text: Option<String>,
    /// Its size in bytes, where the provider documents the unit.
    pub size_bytes: Option<u64>,
    /// What the provider tells beyond these, where one snapshot was asked for; empty in lists.
    pub details: Details,
}

impl Snapshot {
    /// A snapshot of which only the id and the state are known.
    pub fn new(account: Arc<str>, provider: &'static str, id: impl Into<String>, state: SnapshotState) -> Self {
        Self {
            account,
            provider,
            path: Vec::new(),
            id: id.into(),
            source: None,
            name: None,
            description: None,
            tag: None,
            state,
            created_at: None,
            expires_at: None,
            created_text: None,
            expires_text: None,
            size_bytes: None,
            details: Details::default(),
        }
    }

    /// A snapshot of which only the reference and the state are known.
    #[must_use]
    pub fn at(account: Arc<str>, provider: &'static str, reference: &SnapshotRef, state: SnapshotState) -> Self {
        let (path, id) = reference.parts();
        Self { path: path.to_vec(), ..Self::new(account, provider, id, state) }
    }

    /// How a user writes it.
    #[must_use]
    pub fn reference(&self) -> SnapshotRef {
        SnapshotRef::from_parts(&self.account, &self.path, &self.id)
    }

    /// Whether its tag is that of the cloudsnap create that made it, as far as its source and its time show: see
    /// [`TagId::vouches_for`].
    #[must_use]
    pub fn has_valid_tag(&self) -> bool {
        let (Some(tag), Some(source), Some(created_at)) = (self.tag, &self.source, self.created_at) else {
            return false;
        };
        tag.vouches_for(source, created_at)
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;

        let mut object = serializer.serialize_struct("Snapshot", 14)?;
        object.serialize_field("ref", &self.reference())?;
        object.serialize_field("account", &*self.account)?;
        object.serialize_field("provider", self.provider)?;
        object.serialize_field("id", &self.id)?;
        object.serialize_field("source", &self.source)?;
        object.serialize_field("name", &self.name)?;
        object.serialize_field("description", &self.description)?;
        object.serialize_field("state", &self.state)?;
        object.serialize_field("created_at", &self.created_at)?;
        object.serialize_field("expires_at", &self.expires_at)?;
        object.serialize_field("created_text", &self.created_text)?;
        object.serialize_field("expires_text", &self.expires_text)?;
        object.serialize_field("size_bytes", &self.size_bytes)?;
        if self.details.is_empty() {
            object.skip_field("details")?;
        } else {
            object.serialize_field("details", &self.details)?;
        }
        object.end()
    }
}

/// What a provider tells of a snapshot beyond what all providers share, under the provider's own names.
///
/// Serialised as an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details(Option<Box<serde_json::Map<String, serde_json::Value>>>);

impl Details {
    /// The members of a value that is an object in JSON; those that are null are left out.
    pub fn of(value: &impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(serde_json::Value::Object(mut members)) => {
                members.retain(|_, value| !value.is_null());
                Self((!members.is_empty()).then(|| Box::new(members)))
            }
            _ => Self::default(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Each name with its value as text; lists and objects as JSON.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().flat_map(|members| members.iter()).map(|(name, value)| {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.as_str(), text)
        })
    }
}

impl Serialize for Details {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(members) => members.serialize(serializer),
            None => serializer.collect_map(std::iter::empty::<(&str, &str)>()),
        }
    }
}

/// The state of a snapshot. A word that we do not know is kept as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SnapshotState {
    /// It is being made.
    Pending,
    /// It is complete and can be restored.
    Available,
    /// It is being restored.
    Restoring,
    /// It is being deleted.
    Deleting,
    /// It is gone, and the provider still lists it.
    Deleted,
    /// It could not be made.
    Failed,
    /// The provider's own word, unchanged.
    Other(String),
}

impl SnapshotState {
    /// The state as scripts read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Available => "available",
            Self::Restoring => "restoring",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Failed => "failed",
            Self::Other(word) => word,
        }
    }
}

impl fmt::Display for SnapshotState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", printable(self.as_str()))
    }
}

impl Serialize for SnapshotState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Something that can be snapshotted: a server, a disk, a volume.
///
/// Serialised as the command's JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// How a user writes it.
    #[serde(rename = "ref")]
    pub reference: SourceRef,
    /// The account it belongs to.
    pub account: Arc<str>,
    /// The provider's name.
    pub provider: &'static str,
    /// What it is, in the provider's word: `server`, `disk`, `volume`.
    pub kind: &'static str,
    /// Its display name.
    pub name: Option<String>,
    /// Its size in bytes, where the provider documents the unit.
    pub size_bytes: Option<u64>,
    /// Its state, in the provider's own word.
    pub state: Option<String>,
}

impl Source {
    /// A source of which only the reference and the kind are known.
    #[must_use]
    pub fn new(reference: SourceRef, provider: &'static str, kind: &'static str) -> Self {
        let account = Arc::clone(reference.shared_account());
        Self { reference, account, provider, kind, name: None, size_bytes: None, state: None }
    }
}
