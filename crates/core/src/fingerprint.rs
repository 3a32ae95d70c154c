//! How the snapshot of one create is told from all others.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::clock::ClockOffset;
use crate::error::Result;
use crate::reference::SourceRef;
use crate::request::CreateSnapshot;
use crate::state_store::StateStore;
use crate::tag::{DescriptionTag, TagId};

/// How long a provider may take to act on a request whose answer was lost, before what it made counts as made by
/// somebody else. Also how long it is watched for, unless [`LookupOptions`](crate::LookupOptions) says otherwise.
pub(crate) const SETTLE: Duration = Duration::from_secs(10);

/// How long an exchange takes at most, where the process that made it did not live to see its end.
const LONGEST_EXCHANGE: Duration = Duration::from_secs(60);

/// What is noted before a create, so that its snapshot can be told from all others if the answer is lost.
///
/// Serialisable: another process can look into an unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateFingerprint {
    /// In no other create; in the tag, where the provider has descriptions.
    pub id: TagId,
    /// What the snapshot is taken of.
    pub source: SourceRef,
    /// When the fingerprint was taken, by this machine's clock.
    pub taken_at: Timestamp,
    /// When the snapshot is to end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The name that the snapshot will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The user's part of its description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The ids of the snapshots that were there before, or that other creates have claimed, where the provider's
    /// snapshots are told by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_ids: Vec<String>,
    /// The provider's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<ClockOffset>,
    /// When the create was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<SendWindow>,
}

/// When a create was sent, by this machine's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendWindow {
    /// Before it was sent for the first time.
    pub first: Timestamp,
    /// After its answer was lost for the last time; `None` while an exchange is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Whether it was sent again after a lost answer, so that it may have been done more than once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_repeated: bool,
}

impl SendWindow {
    /// A create that is sent for the first time now.
    #[must_use]
    pub fn now() -> Self {
        Self { first: Timestamp::now(), last: None, is_repeated: false }
    }
}

impl CreateFingerprint {
    /// A fresh fingerprint for this request at this account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) where the source belongs to another account, or the
    /// expiry lies beyond what a date can say, and [`ErrorKind::Config`](crate::ErrorKind::Config) where the operating
    /// system gives no random numbers.
    pub fn new(account: &Account, request: &CreateSnapshot) -> Result<Self> {
        request.source.open(account)?;
        let taken_at = Timestamp::now();
        Ok(Self {
            id: TagId::new(&request.source, taken_at)?,
            source: request.source.clone(),
            taken_at,
            expires_at: request.expires_at(taken_at)?,
            name: request.name.clone(),
            description: request.description.clone(),
            known_ids: Vec::new(),
            clock: None,
            sent: None,
        })
    }

    /// Sets the ids of the snapshots that were there before, and the provider's clock.
    #[must_use]
    pub fn with_known(mut self, ids: impl IntoIterator<Item = String>, clock: Option<ClockOffset>) -> Self {
        self.known_ids = ids.into_iter().collect();
        self.clock = clock;
        self
    }

    /// The fingerprint, with the snapshots that other creates have claimed meanwhile among the known ones.
    #[must_use]
    pub async fn with_claims(&self, account: &Account, store: &dyn StateStore) -> Self {
        let claimed = store.claimed(account, self.id).await;
        let ids = claimed.iter().filter_map(|snapshot| snapshot.open(account).ok()).map(|(_, id)| id.to_owned());
        let mut fingerprint = self.clone();
        fingerprint.known_ids.extend(ids);
        fingerprint
    }

    /// Sets when the create was sent.
    #[must_use]
    pub fn with_sent(mut self, sent: SendWindow) -> Self {
        self.sent = Some(sent);
        self
    }

    /// The description that the snapshot gets: the tag by which it is found, and the user's text.
    #[must_use]
    pub fn tagged_description(&self) -> String {
        let source = self.source.written_path();
        DescriptionTag { id: Some(self.id), source: Some(&source), expires_at: self.expires_at }
            .in_front_of(self.description.as_deref())
    }

    /// Whether a snapshot of this time can be this create's, by the provider's clock, which writes whole seconds: not
    /// before the create was sent, nor so long after its answer was lost that another create made it.
    #[must_use]
    pub fn covers(&self, created_at: Timestamp) -> bool {
        let Some(sent) = self.sent else { return false };
        let last = sent.last.unwrap_or_else(|| later(sent.first, LONGEST_EXCHANGE));
        !self.is_before(created_at) && created_at <= later(self.clock().latest(last), SETTLE)
    }

    /// Whether the provider's clock puts this time, in whole seconds, before the create was sent.
    pub(crate) fn is_before(&self, created_at: Timestamp) -> bool {
        let second = SignedDuration::from_secs(1);
        self.sent.is_some_and(|sent| later_by(created_at, second) <= self.clock().earliest(sent.first))
    }

    fn clock(&self) -> ClockOffset {
        self.clock.unwrap_or(ClockOffset::ASSUMED)
    }

    /// How long to wait before sending, so that the second in which the provider takes this snapshot is none in which
    /// it can have taken one before the fingerprint.
    pub(crate) fn pause_before_sending(&self) -> Duration {
        let Some(clock) = self.clock else { return Duration::ZERO };
        let next_second = clock.latest(self.taken_at).as_second().saturating_add(1);
        let now = clock.earliest(Timestamp::now());
        let until = Timestamp::from_second(next_second).map_or(SignedDuration::ZERO, |at| at.duration_since(now));
        Duration::try_from(until).unwrap_or_default().min(Duration::from_secs(3))
    }
}

fn later(at: Timestamp, duration: Duration) -> Timestamp {
    later_by(at, SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}

/// Far beyond what a date can say, it is the first or the last date.
fn later_by(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.saturating_add(duration).unwrap_or(at)
}
