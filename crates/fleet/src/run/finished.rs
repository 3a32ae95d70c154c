//! What became of one item of a run.

use std::sync::Arc;
use std::time::Duration;

use cloudsnap_core::jiff::Timestamp;
use cloudsnap_core::{Error, OperationKind, SnapshotRef, SnapshotState};
use serde_json::Value as Json;

use crate::item::{Item, Outcome, Subject};

/// What became of one item of a run, in this process or an earlier one. Serialised as an element of `create`'s JSON.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FinishedItem {
    /// Its place in the run.
    pub position: String,
    /// The account it is of; empty where it is of none.
    pub account: String,
    /// The source; or the selector, where that could not be resolved.
    pub subject: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How many requests it took.
    pub requests: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// What went wrong, where this process saw it.
    pub error: Option<Error>,
    /// Whether an earlier process ended it.
    pub is_past: bool,
    /// Whether the provider says that its snapshot is available.
    pub is_verified: bool,
    /// Shared: a run of thousands of items is passed from hand to hand.
    object: Arc<Json>,
}

impl serde::Serialize for FinishedItem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.object.serialize(serializer)
    }
}

impl FinishedItem {
    /// What a batch made of it.
    pub(super) fn of(position: &str, account: &str, subject: &str, item: &Item) -> Self {
        let object = serde_json::to_value(item).unwrap_or_default();
        Self { error: item.error.clone(), ..Self::read(position, account, subject, item.outcome, object, false) }
    }

    /// What an earlier process noted of it.
    pub(super) fn past(position: &str, account: &str, subject: &str, outcome: Outcome, object: &Json) -> Self {
        Self::read(position, account, subject, outcome, object.clone(), true)
    }

    /// A selector of which the sources are not known.
    pub(super) fn without_source(
        position: String,
        account: &str,
        subject: &str,
        provider: &'static str,
        error: Error,
    ) -> Self {
        let nowhere = Subject { provider, kind: OperationKind::Create, source: None, snapshot: None };
        Self::of(&position, account, subject, &Item::new(nowhere, Err(error), 0, Duration::ZERO))
    }

    fn read(position: &str, account: &str, subject: &str, outcome: Outcome, object: Json, is_past: bool) -> Self {
        let is_available = object["snapshot"]["state"] == SnapshotState::Available.as_str();
        Self {
            position: position.to_owned(),
            account: account.to_owned(),
            subject: subject.to_owned(),
            outcome,
            requests: object["requests"].as_u64().unwrap_or_default(),
            elapsed: Duration::from_millis(object["elapsed_ms"].as_u64().unwrap_or_default()),
            error: None,
            is_past,
            is_verified: outcome.is_good_create() && is_available,
            object: Arc::new(object),
        }
    }

    /// All that is known of it, as the JSON has it.
    #[must_use]
    pub fn object(&self) -> &Json {
        &self.object
    }

    /// Whether the subject is a source.
    #[must_use]
    pub fn has_source(&self) -> bool {
        !self.object["source"].is_null()
    }

    /// The snapshot's reference, as far as it is known.
    #[must_use]
    pub fn reference(&self) -> Option<SnapshotRef> {
        self.object["ref"].as_str()?.parse().ok()
    }

    /// The snapshot's state, as far as it is known.
    #[must_use]
    pub fn state(&self) -> &str {
        self.object["snapshot"]["state"].as_str().unwrap_or_default()
    }

    /// The token that waits on it, where it has not ended or nobody can tell.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.object["operation"].as_str()
    }

    /// When its good snapshot was taken; now where that is not known, and `None` where there is none.
    pub(super) fn succeeded_at(&self) -> Option<Timestamp> {
        let created_at = || self.object["snapshot"]["created_at"].as_str()?.parse().ok();
        self.outcome.is_good_create().then(|| created_at().unwrap_or_else(Timestamp::now))
    }
}
