//! Work at a provider that takes time, as data: it can be printed, kept, and followed by another process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result};
use crate::hexadecimal;
use crate::marker::Marker;
use crate::reference::{SnapshotRef, Source};
use crate::request::CreateSnapshot;
use crate::snapshot::Snapshot;

/// What kind of work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OperationKind {
    /// A snapshot is made.
    Create,
    /// A snapshot is put back.
    Restore,
    /// A snapshot is deleted.
    Delete,
    /// A snapshot is changed.
    Update,
}

impl OperationKind {
    /// The kind as errors and scripts name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Restore => "restore",
            Self::Delete => "delete",
            Self::Update => "update",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How much of an operation was known when it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Progress {
    /// It goes on; polling tells when it ends.
    #[default]
    Running,
    /// The provider's answer said that it is done.
    Finished,
    /// The provider accepted it and documents no way to see when it ends.
    Accepted,
}

/// Work at a provider. Holds no credential; `Display` and `FromStr` are the token of `cloudsnap wait`.
///
/// ```
/// use cloudsnap_core::{Operation, OperationKind};
///
/// let operation = Operation::new("ionos", "ionos", OperationKind::Delete).detail("request", "9d0e");
/// let elsewhere: Operation = operation.to_string().parse()?;
/// assert_eq!(elsewhere, operation);
/// # Ok::<(), cloudsnap_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    provider: Cow<'static, str>,
    account: Arc<str>,
    kind: OperationKind,
    #[serde(default)]
    progress: Progress,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<SnapshotRef>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<Cow<'static, str>, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mark: Option<CreateMark>,
}

impl Operation {
    /// Work of this kind, going on.
    pub fn new(provider: impl Into<Cow<'static, str>>, account: impl Into<Arc<str>>, kind: OperationKind) -> Self {
        Self {
            provider: provider.into(),
            account: account.into(),
            kind,
            progress: Progress::Running,
            source: None,
            snapshot: None,
            details: BTreeMap::new(),
            mark: None,
        }
    }

    /// A create of which nobody can tell yet whether the provider began it.
    #[must_use]
    pub fn unconfirmed(provider: &'static str, account: &str, mark: CreateMark) -> Self {
        Self::new(provider, account, OperationKind::Create).source(mark.source.clone()).mark(mark)
    }

    /// Sets what it is done to.
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.source = Some(source);
        self
    }

    /// Sets the snapshot it concerns.
    #[must_use]
    pub fn snapshot(mut self, snapshot: SnapshotRef) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Keeps something that the provider needs in order to follow it: a job, a request.
    #[must_use]
    pub fn detail(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// Keeps the mark by which a created snapshot is found.
    #[must_use]
    pub fn mark(mut self, mark: CreateMark) -> Self {
        self.mark = Some(mark);
        self
    }

    /// Says how much is known already.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// The provider's name.
    #[must_use]
    pub fn provider_name(&self) -> &str {
        &self.provider
    }

    /// The account whose credentials follow it.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// What kind of work it is.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        self.kind
    }

    /// How much was known when it was started.
    #[must_use]
    pub fn known_progress(&self) -> Progress {
        self.progress
    }

    /// What it is done to.
    #[must_use]
    pub fn source_ref(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// The snapshot it concerns, once that is known.
    #[must_use]
    pub fn snapshot_ref(&self) -> Option<&SnapshotRef> {
        self.snapshot.as_ref()
    }

    /// Something the provider keeps in it.
    #[must_use]
    pub fn get_detail(&self, name: &str) -> Option<&str> {
        self.details.get(name).map(String::as_str)
    }

    /// The mark by which a created snapshot is found, where that is still needed.
    #[must_use]
    pub fn create_mark(&self) -> Option<&CreateMark> {
        self.mark.as_ref()
    }

    /// The mark, where it is all that is known of the create.
    pub(crate) fn unconfirmed_mark(&self) -> Option<&CreateMark> {
        self.mark.as_ref().filter(|_| self.snapshot.is_none() && self.details.is_empty())
    }
}

/// What the token begins with, so that a later format can be told from this one.
const TOKEN_PREFIX: &str = "cs1_";

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        write!(f, "{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for Operation {
    type Err = Error;

    fn from_str(token: &str) -> Result<Self> {
        let encoded = token
            .trim()
            .strip_prefix(TOKEN_PREFIX)
            .ok_or_else(|| bad_token("an operation's token begins with cs1_"))?;
        let json =
            URL_SAFE_NO_PAD.decode(encoded).map_err(|_| bad_token("the operation's token is cut off or altered"))?;
        serde_json::from_slice(&json).map_err(|_| bad_token("the operation's token is cut off or altered"))
    }
}

fn bad_token(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, why).with_advice("copy it whole from what the first command printed")
}

/// How an operation stands.
#[derive(Debug)]
#[non_exhaustive]
pub enum OperationStatus {
    /// It goes on.
    Running {
        /// The provider's own word for where it stands.
        state: String,
    },
    /// It is done.
    Succeeded {
        /// The snapshot as it is now, unless it was deleted or is not known.
        snapshot: Option<Box<Snapshot>>,
    },
    /// It was accepted, and the provider documents no way to see when it ends.
    Accepted,
    /// The provider says that it failed.
    Failed {
        /// The provider's words, of the kind [`ErrorKind::OperationFailed`].
        error: Error,
    },
}

impl OperationStatus {
    /// It goes on, in the provider's word.
    pub fn running(state: impl Into<String>) -> Self {
        Self::Running { state: state.into() }
    }

    /// It is done, and this is the snapshot now.
    #[must_use]
    pub fn succeeded(snapshot: Option<Snapshot>) -> Self {
        Self::Succeeded { snapshot: snapshot.map(Box::new) }
    }

    /// The provider says, in these words, that it failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed { error: Error::new(ErrorKind::OperationFailed, message) }
    }
}

/// What is noted before a create, so that its snapshot can be told from all others if the answer is lost.
///
/// Serialisable: an unknown outcome can be looked into by another process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateMark {
    /// Random, 24 hexadecimal digits; stands in the description where the provider has one.
    pub id: String,
    /// What the snapshot is taken of.
    pub source: Source,
    /// When the mark was made.
    pub marked_at: Timestamp,
    /// When the snapshot is to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The name that the snapshot will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The ids of the snapshots that were there before, where the provider tells new from old by them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_ids: Vec<String>,
}

impl CreateMark {
    /// A fresh mark for this request.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where the expiry lies beyond what a date can say, and [`ErrorKind::Config`] where
    /// the operating system gives no randomness.
    pub fn new(request: &CreateSnapshot) -> Result<Self> {
        let marked_at = Timestamp::now();
        Ok(Self {
            id: hexadecimal::random::<12>()?,
            source: request.source.clone(),
            marked_at,
            expires_at: request.expires_at(marked_at)?,
            name: request.name.clone(),
            known_ids: Vec::new(),
        })
    }

    /// The description that the snapshot gets: the user's text, and the marker by which it is found.
    #[must_use]
    pub fn describe(&self, description: Option<&str>) -> String {
        let source = self.source.written_path();
        Marker { id: Some(&self.id), source: Some(&source), expires_at: self.expires_at }.append_to(description)
    }
}
