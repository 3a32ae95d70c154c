//! Work at a provider that takes time, as data: it can be printed, kept, and followed by another process.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::error::{Error, ErrorKind, Result};
use crate::fingerprint::CreateFingerprint;
use crate::reference::{SnapshotRef, SourceRef};
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
/// use cloudsnap_core::provider::Account;
/// use cloudsnap_core::{Operation, OperationKind};
///
/// let account = Account::new("ionos", "production", "api.ionos.com");
/// let operation = Operation::new(&account, OperationKind::Delete).with_detail("request", "9d0e");
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
    source: Option<SourceRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshot: Option<SnapshotRef>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    details: BTreeMap<Cow<'static, str>, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Arc<CreateFingerprint>>,
}

impl Operation {
    /// Work of this kind at this account, going on.
    #[must_use]
    pub fn new(account: &Account, kind: OperationKind) -> Self {
        Self {
            provider: Cow::Borrowed(account.provider()),
            account: Arc::clone(account.name()),
            kind,
            progress: Progress::Running,
            source: None,
            snapshot: None,
            details: BTreeMap::new(),
            fingerprint: None,
        }
    }

    /// A create of which nobody can tell yet whether the provider began it.
    #[must_use]
    pub fn unconfirmed(account: &Account, fingerprint: impl Into<Arc<CreateFingerprint>>) -> Self {
        let fingerprint = fingerprint.into();
        Self::new(account, OperationKind::Create).with_source(fingerprint.source.clone()).with_fingerprint(fingerprint)
    }

    /// Sets what it is done to.
    #[must_use]
    pub fn with_source(mut self, source: SourceRef) -> Self {
        self.source = Some(source);
        self
    }

    /// Sets the snapshot it concerns.
    #[must_use]
    pub fn with_snapshot(mut self, snapshot: SnapshotRef) -> Self {
        self.snapshot = Some(snapshot);
        self
    }

    /// Keeps something that the provider needs in order to follow it: a job, a request.
    #[must_use]
    pub fn with_detail(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.details.insert(name.into(), value.into());
        self
    }

    /// Keeps the fingerprint by which a created snapshot is found.
    #[must_use]
    pub fn with_fingerprint(mut self, fingerprint: impl Into<Arc<CreateFingerprint>>) -> Self {
        self.fingerprint = Some(fingerprint.into());
        self
    }

    /// Sets how much is known already.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// The provider's name.
    #[must_use]
    pub fn provider(&self) -> &str {
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
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What it is done to.
    #[must_use]
    pub fn source(&self) -> Option<&SourceRef> {
        self.source.as_ref()
    }

    /// The snapshot it concerns, once that is known.
    #[must_use]
    pub fn snapshot(&self) -> Option<&SnapshotRef> {
        self.snapshot.as_ref()
    }

    /// The fingerprint by which a created snapshot is found.
    #[must_use]
    pub fn fingerprint(&self) -> Option<&Arc<CreateFingerprint>> {
        self.fingerprint.as_ref()
    }

    /// Whether all that is known of a create is its fingerprint.
    #[must_use]
    pub fn is_unconfirmed(&self) -> bool {
        self.fingerprint.is_some() && self.snapshot.is_none() && self.details.is_empty()
    }

    /// Whether it is a create that was sent again after a lost answer, so that it may have been done more than once.
    pub(crate) fn is_repeated(&self) -> bool {
        self.fingerprint().is_some_and(|fingerprint| fingerprint.sent.is_some_and(|sent| sent.is_repeated))
    }

    /// What the provider keeps in it, for the account that it belongs to.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] where it belongs to another provider, or to an account of another name.
    pub fn open(&self, account: &Account) -> Result<OpenOperation<'_>> {
        account.expect(&self.provider, &self.account, "the operation")?;
        Ok(OpenOperation { operation: self })
    }
}

/// An operation that was opened by its own account.
#[derive(Clone, Copy, Debug)]
pub struct OpenOperation<'a> {
    operation: &'a Operation,
}

impl<'a> OpenOperation<'a> {
    /// Something that the provider keeps in it.
    #[must_use]
    pub fn detail(self, name: &str) -> Option<&'a str> {
        self.operation.details.get(name).map(String::as_str)
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
    Error::invalid_input(why).with_advice("copy it whole from what the first command printed")
}

/// How an operation stands.
#[derive(Debug)]
#[non_exhaustive]
pub enum OperationStatus {
    /// It goes on.
    Running {
        /// The provider's own word for its state.
        state: String,
    },
    /// It is done.
    Succeeded {
        /// The snapshot as it is now, unless it was deleted or is not known.
        snapshot: Option<Box<Snapshot>>,
    },
    /// It was accepted, and the provider documents no way to see when it ends.
    Accepted,
    /// The provider says that this very operation failed.
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
        Self::Failed { error: Error::answered(ErrorKind::OperationFailed, message) }
    }
}
